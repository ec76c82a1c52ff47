//! The page on which a newcomer plays the customer of a demo bot.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;

use super::state::Shared;

/// The token of the demo bot: always the same, so that a channel connected before a restart keeps working.
pub const DEMO_TOKEN: &str = "7000000001:DEMO_not_a_secret_the_fake_accepts_";
pub(super) const USERNAME: &str = "okno_demo_bot";

/// How the demo is run.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// A folder that remembers that the demo customer has written the first message; without it each start greets anew.
    pub memory: Option<PathBuf>,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
}

pub(super) fn greet(_: &Shared, _: &str) {}
