//! What every gateway needs and none should write again: the [`Gateway`] trait, webhook and poll runners, leases,
//! pacing, claims and orders, media, announcements, drain. Never a channel's name.

mod config;
mod gateway;
mod run;
mod timing;

pub use config::Config;
pub use gateway::{
    AccountSetup, Download, FetchError, Gateway, Identity, Media, Pacing, Polled, ProviderError, Rate, SendOutcome,
    Sent, SettingsError, Unauthentic, Way, channel_of,
};
pub use run::{RunError, run};
pub use timing::Timing;
