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
pub mod describe;
mod equipment;
mod facts;
mod fetch;
mod front;
mod gateway;
mod keep;
mod kit;
mod lanes;
mod links;
mod meters;
mod orders;
mod outside;
mod pacing;
mod parse;
mod parse_again;
mod peers;
mod pulse;
mod receive;
mod refusal;
mod run;
mod send;
mod server;
mod sessions;
mod signals;
mod strongbox;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod timing;
mod way;
mod webhook;
pub mod words;
mod worker;

pub use carry::prepared;
pub use config::Config;
pub use equipment::{Chats, Equipment, Imports};
pub use front::{Front, Visit};
pub use gateway::{
    AccountSetup, Consented, Download, FetchError, Gateway, Identity, Media, OWN_KEY, PUBLIC_URL, Pacing, Polled,
    ProviderError, Rate, SendOutcome, Sent, SettingsError, Share, Tools, Unauthentic, Way, channel_of,
};
pub use keep::{Kept, keep};
pub use links::{FileLinks, serve_files};
pub use outside::Outside;
pub use peers::{Peers, Said};
pub use refusal::Refusal;
pub use run::{RunError, run, run_beside};
pub use strongbox::{KEPT, Strongbox};
pub use timing::Timing;
