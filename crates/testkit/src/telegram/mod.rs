//! A fake of the Telegram Bot API server: what it accepts, refuses and delivers is what Telegram does (Bot API 10.3).
//!
//! A bot connects to [`FakeTelegram::base_url`] as to `https://api.telegram.org`; the test plays its customers and reads
//! what they got. It shares no types with any adapter.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::telegram::FakeTelegram;
//! let telegram = FakeTelegram::start().await;
//! let bot = telegram.bot();                        // bot.token(), telegram.base_url() go to the adapter
//! let olga = bot.customer(5001, "Ольга");
//! olga.text("Цена на окно 2x1?");                  // queued for getUpdates or sent to the webhook
//! assert!(olga.received().is_empty());             // what the bot has sent her
//! # }
//! ```

mod bot;
mod business;
pub(crate) mod clock;
mod content;
mod customer;
mod demo;
mod edit;
mod error;
mod faults;
mod files;
mod group;
mod html;
mod image;
mod ledger;
mod markdown;
mod markup;
mod media;
mod message;
mod methods;
mod pacing;
mod params;
mod receive;
mod send;
mod server;
pub(crate) mod socket;
mod source;
mod state;
mod target;
mod text;
mod updates;
pub(crate) mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;

pub use bot::FakeBot;
pub use business::Business;
pub use customer::{Customer, Delivered};
pub use demo::{DEMO_TOKEN, DemoOptions};
pub use faults::Fault;
pub use group::Group;
pub use image::png;
pub use ledger::{Call, SentEdit, SentFile, SentMessage, SentReaction};
pub use message::CustomerMessage;
pub use pacing::Rate;
pub use state::Person;

use state::{Hosted, Shared};

/// How the fake behaves; the default is like Telegram.
#[derive(Debug, Clone)]
pub struct TelegramOptions {
    /// Messages of one bot to all chats: 30 a second.
    pub bot_rate: Rate,
    /// Messages to one private chat: one a second, after a burst of 5.
    pub chat_rate: Rate,
    /// Messages to one group: 20 a minute.
    pub group_rate: Rate,
    /// How much faster than ours the fake's clock runs: it drives webhook retries, expiry and the 24-hour rules. Rates and
    /// `retry_after` are real time.
    pub clock_scale: f64,
    /// Refuses webhooks that are not https on Telegram's ports, as the public server does.
    pub public_webhooks_only: bool,
    /// As a server of one's own in `--local` mode: it takes uploads of 2000 MB, and `getFile` any size, which it answers with
    /// a place on the server's disk. A web server beside it serves that folder, as the fake does.
    pub keeps_files: bool,
    /// Plays a customer on a page under `/demo`.
    pub demo: Option<DemoOptions>,
}

impl Default for TelegramOptions {
    fn default() -> Self {
        let [bot_rate, chat_rate, group_rate] = state::RATES;
        let (public_webhooks_only, keeps_files) = (false, false);
        Self { bot_rate, chat_rate, group_rate, clock_scale: 1.0, public_webhooks_only, keeps_files, demo: None }
    }
}

/// A running fake. Dropping it closes its port and ends its tasks.
#[derive(Debug)]
pub struct FakeTelegram {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeTelegram {
    /// Starts on a free loopback port, behaving like Telegram.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(TelegramOptions::default()).await
    }

    /// # Panics
    /// When no port is free.
    pub async fn start_with(options: TelegramOptions) -> Self {
        Self::start_on(([127, 0, 0, 1], 0).into(), options).await.expect("a free loopback port")
    }

    /// Starts on a given address, for a process that runs it for long.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start_on(address: SocketAddr, options: TelegramOptions) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Shared::new(options, webhook::client());
        shared.tasks.spawn(server::serve(shared.clone(), listener));
        let fake = Self { shared, address };
        if fake.shared.options.demo.is_some() {
            fake.add_bot_named(DEMO_TOKEN, demo::USERNAME);
            demo::prepare(&fake.shared);
        }
        Ok(fake)
    }

    /// What stands in for `https://api.telegram.org`: `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes a bot with a token of its own.
    pub fn bot(&self) -> FakeBot {
        let number = self.shared.world().bots.len() + 1;
        self.add_bot(&format!("{}:{}", 77_000_000 + number, "Test_token-of_a_bot_that_is_a_fake1"))
    }

    /// Makes a bot with this token, or finds it.
    ///
    /// # Panics
    /// When the token is not `<bot id>:<35 characters of A-Z a-z 0-9 _ ->`.
    pub fn add_bot(&self, token: &str) -> FakeBot {
        let id = state::bot_id(token).expect("a token is <bot id>:<35 characters of A-Z a-z 0-9 _ ->");
        self.add_bot_named(token, &format!("okno_{id}_bot"))
    }

    fn add_bot_named(&self, token: &str, username: &str) -> FakeBot {
        if !self.shared.world().bots.contains_key(token) {
            self.shared.add_bot(token, username);
            self.shared.tasks.spawn(webhook::run(self.shared.clone(), token.to_owned()));
        }
        FakeBot::new(self.shared.clone(), token)
    }

    /// What the chat got from all bots, in order, what was deleted later included.
    pub fn sent_to(&self, chat_id: i64) -> Vec<SentMessage> {
        let world = self.shared.world();
        world.common.ledger.sent.iter().filter(|sent| sent.chat_id == chat_id).cloned().collect()
    }

    /// Everything that was sent to anybody, in order.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.shared.world().common.ledger.sent.clone()
    }

    /// The reactions that bots set, in order.
    pub fn reactions(&self) -> Vec<SentReaction> {
        self.shared.world().common.ledger.reactions.clone()
    }

    /// How often a method was called, refused and broken calls included; the name's case does not matter.
    pub fn count(&self, method: &str) -> usize {
        let method = method.to_lowercase();
        self.shared.world().common.ledger.calls.iter().filter(|call| call.method == method).count()
    }

    /// Every call of every method, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().common.ledger.calls.clone()
    }

    /// Makes the next call of `method` (`*`: of any) go wrong; several wait for one call each.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.world().common.faults.add(method, fault);
    }

    /// Makes every call of `method` (`*`: of any) go wrong until [`Self::heal`].
    pub fn fail_always(&self, method: &str, fault: Fault) {
        self.shared.world().common.faults.add_lasting(method, fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        self.shared.world().common.faults.clear();
    }

    /// Sets the fake's clock forward: updates, file paths and button presses expire, retries become due.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        for bot in self.shared.world().bots.values() {
            bot.wake();
        }
    }

    /// Says what stands behind a URL that a bot names instead of a file. Other URLs lead nowhere.
    pub fn host(&self, url: &str, mime: &str, bytes: impl Into<Bytes>) {
        let file = Hosted { mime: mime.to_owned(), bytes: bytes.into() };
        self.shared.world().common.hosted.insert(url.to_owned(), file);
    }
}

impl Drop for FakeTelegram {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
