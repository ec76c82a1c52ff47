//! A fake of Viber's REST Bot API: what it accepts, refuses and delivers is what Viber does (7.3.0).
//!
//! A bot connects to [`FakeViber::base_url`] as to `https://chatapi.viber.com/pa`; the test plays the people and reads what
//! they got. Statuses come in HTTP 200; callbacks are signed, come in any order and again when they are not answered; a
//! sent picture is really fetched. It shares no types with any adapter.

mod callback;
mod fault;
mod methods;
mod person;
mod send;
mod server;
mod state;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;

pub use fault::Fault;
pub use person::Person;
use state::{Bot, Shared};
pub use state::{Call, Sent};

/// How the fake behaves; the default is like Viber.
#[derive(Debug, Clone)]
pub struct ViberOptions {
    /// How much faster than ours the fake's clock runs: it drives callbacks' retries, sessions, the hourly limit, and how
    /// long addresses of media are good.
    pub clock_scale: f64,
    /// Devices of each person; each tells that a message was delivered.
    pub devices: usize,
    /// Refuses webhooks that are not https, as the real one does.
    pub https_only: bool,
}

impl Default for ViberOptions {
    fn default() -> Self {
        Self { clock_scale: 1.0, devices: 1, https_only: false }
    }
}

/// A running fake. Dropping it closes its port and ends its tasks.
#[derive(Debug)]
pub struct FakeViber {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeViber {
    /// Starts on a free loopback port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(ViberOptions::default()).await
    }

    /// # Panics
    /// When no port is free.
    pub async fn start_with(options: ViberOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(options, address);
        shared.tasks.spawn(server::serve(shared.clone(), listener));
        Self { shared, address }
    }

    /// What stands in for `https://chatapi.viber.com/pa`.
    pub fn base_url(&self) -> String {
        format!("http://{}/pa", self.address)
    }

    /// Makes a bot with a token of its own.
    pub fn bot(&self) -> FakeBot {
        let mut world = self.shared.world();
        let token = format!("4453b6ac{:08}-e02c5f12174805f9-daf9cbb448bb51ba", world.bots.len());
        world.bots.insert(token.clone(), Bot::default());
        drop(world);
        FakeBot { shared: self.shared.clone(), token }
    }

    /// How often a method was called, refused and broken calls included.
    pub fn count(&self, method: &str) -> usize {
        self.calls(method).len()
    }

    /// The calls of a method, in order.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.shared.world().calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    /// Makes the next call of `method` go wrong; several wait for one call each.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.world().faults.entry(method.to_owned()).or_default().push_back(fault);
    }

    /// Makes every call of `method` go wrong until [`Self::heal`].
    pub fn fail_always(&self, method: &str, fault: Fault) {
        self.shared.world().lasting.insert(method.to_owned(), fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        let mut world = self.shared.world();
        world.faults.clear();
        world.lasting.clear();
    }

    /// Sets the fake's clock forward: sessions end, addresses of media expire.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }
}

impl Drop for FakeViber {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// A bot, as its owner and Viber know it.
#[derive(Debug, Clone)]
pub struct FakeBot {
    shared: Arc<Shared>,
    token: String,
}

impl FakeBot {
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Somebody who uses Viber and has not opened the chat yet.
    pub fn person(&self, id: &str, name: &str) -> Person {
        Person::new(self.shared.clone(), &self.token, id, name)
    }

    /// Where callbacks go; empty: nowhere.
    pub fn webhook(&self) -> String {
        self.with(|bot| bot.webhook.clone().unwrap_or_default())
    }

    /// Forgets the webhook, as when another program has removed it.
    pub fn lose_webhook(&self) {
        self.with(|bot| bot.webhook = None);
    }

    /// From now on every call is refused with this status (7 blocked, 9 suspended, …); 0: no longer.
    pub fn suspend(&self, status: i64) {
        self.with(|bot| bot.suspended = status);
    }

    /// Everything that the bot has sent to anybody and Viber has accepted, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.with(|bot| bot.sent.clone())
    }

    /// Callbacks that were given up after the last try.
    pub fn lost_callbacks(&self) -> usize {
        self.with(|bot| bot.lost_callbacks)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Bot) -> T) -> T {
        act(self.shared.world().bots.get_mut(&self.token).expect("a bot that was made before"))
    }
}
