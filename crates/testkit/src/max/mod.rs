//! A fake of MAX's Bot API (<https://dev.max.ru/docs-api>, read 2026-11-26): what it accepts, refuses, delivers and forgets
//! is what MAX does.
//!
//! A bot connects to [`FakeMax::base_url`] as to `https://platform-api2.max.ru`; the test plays its customers and reads what
//! they got. It shares no types with any adapter.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::max::FakeMax;
//! let max = FakeMax::start().await;
//! let bot = max.bot();                              // bot.token(), max.base_url() go to the adapter
//! let anna = bot.customer(88_100, "Анна");
//! anna.text("Когда приедет замерщик?");             // to the webhook, or kept for GET /updates
//! assert!(anna.received().is_empty());              // what the bot has sent her
//! # }
//! ```

mod answer;
mod bot;
mod chats;
mod customer;
mod faults;
mod files;
mod html;
mod keyboard;
mod messages;
mod methods;
mod server;
mod state;
mod subscriptions;
mod updates;
mod webhook;

use std::{net::SocketAddr, sync::Arc, time::Duration};

pub use bot::{FakeBot, Group};
pub use customer::{Card, Customer, CustomerMessage};
pub use faults::Fault;
use state::Shared;
pub use state::{Call, Received};
use tokio::net::TcpListener;

/// How the fake behaves; the default is like MAX.
#[derive(Debug, Clone)]
pub struct MaxOptions {
    /// Messages a second to one chat.
    pub chat_rate: usize,
    /// Calls a second of one bot.
    pub bot_rate: usize,
    /// How long a file is worked on after it was uploaded; until then a message with it is refused.
    pub processing: Duration,
    /// How much faster than ours the fake's clock runs: it drives retries, the end of subscriptions and of edits.
    pub clock_scale: f64,
    /// Refuses webhooks that are not https on port 443.
    pub public_webhooks_only: bool,
    /// Delivers the bot's own messages too; whether MAX does is not documented.
    pub echoes: bool,
}

impl Default for MaxOptions {
    fn default() -> Self {
        Self {
            chat_rate: 2,
            bot_rate: 30,
            processing: Duration::ZERO,
            clock_scale: 1.0,
            public_webhooks_only: false,
            echoes: false,
        }
    }
}

impl MaxOptions {
    /// For tests of what is sent, not how fast.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { chat_rate: usize::MAX, bot_rate: usize::MAX, ..Self::default() }
    }
}

/// A running fake. Dropping it closes its ports and ends its tasks.
#[derive(Debug)]
pub struct FakeMax {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeMax {
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(MaxOptions::default()).await
    }

    /// # Panics
    /// When no port is free.
    pub async fn start_with(options: MaxOptions) -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0");
        let (api, media) = (listen().await.expect("a free port"), listen().await.expect("a free port"));
        let address = api.local_addr().expect("the port's number");
        let media_address = media.local_addr().expect("the port's number");
        let shared = Shared::new(options, format!("http://{media_address}"));
        shared.tasks.spawn(server::serve(shared.clone(), api, server::api()));
        shared.tasks.spawn(server::serve(shared.clone(), media, server::media()));
        Self { shared, address }
    }

    /// What stands in for `https://platform-api2.max.ru`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes a bot with a token of its own.
    pub fn bot(&self) -> FakeBot {
        let number = self.shared.world().bots.len() + 1;
        self.shared.add_bot(&format!("Test_token-of_a_fake_max_bot_{number:04}"));
        FakeBot::new(self.shared.clone(), &format!("Test_token-of_a_fake_max_bot_{number:04}"))
    }

    /// Makes the next calls of `what` (`send`, `edit`, `delete`, `history`, `message`, `updates`, `me`, `subscriptions`,
    /// `subscribe`, `unsubscribe`, `answer`, `uploads`, `upload`, `video`, `actions`, `file`) go wrong, one each.
    pub fn fail_next(&self, what: &str, fault: Fault) {
        self.shared.world().faults.add(what, fault);
    }

    /// Makes every call of `what` go wrong until [`Self::heal`].
    pub fn fail_always(&self, what: &str, fault: Fault) {
        self.shared.world().faults.add_lasting(what, fault);
    }

    pub fn heal(&self) {
        self.shared.world().faults.clear();
    }

    /// Every call, in order.
    pub fn calls(&self, what: &str) -> Vec<Call> {
        self.shared.world().calls.iter().filter(|call| call.what == what).cloned().collect()
    }

    /// Sets the fake's clock forward: retries become due, subscriptions and edits expire.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.shared.changed();
    }

    /// Forgets the addresses of all files, as if they had become old; messages name new ones from now on.
    pub fn move_files(&self) {
        self.shared.world().files.move_all();
    }
}

impl Drop for FakeMax {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
