//! What every gateway needs and none should write again: the [`Gateway`] trait, webhook and poll runners, leases,
//! pacing, claims and orders, media, announcements, drain. Never a channel's name.

mod account;
mod accounts;
mod announce;
mod backoff;
mod body;
mod carry;
mod config;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod facts;
mod fetch;
mod gateway;
mod kit;
mod lanes;
mod meters;
mod orders;
mod pacing;
mod parse;
mod parse_again;
mod pulse;
mod receive;
mod run;
mod send;
mod sessions;
mod signals;
#[cfg(test)]
mod tests;
mod text;
mod timing;
mod webhook;
mod worker;

pub use config::Config;
pub use gateway::{
    AccountSetup, Download, FetchError, Gateway, Identity, Media, PUBLIC_URL, Pacing, Polled, ProviderError, Rate,
    SendOutcome, Sent, SettingsError, Unauthentic, Way, channel_of,
};
pub use run::{RunError, run};
pub use timing::Timing;
