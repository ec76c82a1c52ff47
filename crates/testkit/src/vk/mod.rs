//! A fake of VK for communities: what it accepts, refuses, delivers and forgets is what VK does (API 5.199).
//!
//! An adapter uses [`FakeVk::base_url`] in place of `https://api.vk.ru/method`; the test plays the people and the staff.
//! It shares no types with any adapter.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::vk::FakeVk;
//! let vk = FakeVk::start().await;
//! let shop = vk.community();                       // shop.token(), shop.id(), vk.base_url() go to the adapter
//! let anna = shop.person(77001, "Анна");
//! anna.text("Цена на окно 2x1?");                  // kept for a long poll, or delivered to the callback servers
//! assert!(anna.received().is_empty());             // what the community has sent her
//! # }
//! ```

mod callback;
mod community;
mod error;
mod groups;
mod long_poll;
mod messages;
mod params;
mod person;
mod sends;
mod server;
mod state;
mod uploads;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;

pub use community::Community;
pub use person::{Person, Received};
pub use state::{Call, Fault};

use state::Shared;

/// How the fake behaves; the default is like VK.
#[derive(Debug, Clone)]
pub struct VkOptions {
    /// Calls of one community's key in a second.
    pub calls_per_second: usize,
    /// How long a `random_id` is remembered.
    pub random_id_span: Duration,
    /// Failed deliveries in a row after which a callback server is delivered to no more.
    pub failures_most: u32,
    /// How much faster than ours the fake's clock runs: it drives retries of callbacks, and spans.
    pub clock_scale: f64,
}

impl Default for VkOptions {
    fn default() -> Self {
        let random_id_span = Duration::from_secs(3600);
        Self { calls_per_second: 20, random_id_span, failures_most: 10, clock_scale: 1.0 }
    }
}

/// A running fake. Dropping it closes its port and ends its tasks.
#[derive(Debug)]
pub struct FakeVk {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeVk {
    /// Starts on a free loopback port, behaving like VK.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(VkOptions::default()).await
    }

    /// # Panics
    /// When no port is free.
    pub async fn start_with(options: VkOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(options, format!("http://{address}"));
        shared.tasks.spawn(server::serve(shared.clone(), listener));
        Self { shared, address }
    }

    /// What stands in for `https://api.vk.ru/method`.
    pub fn base_url(&self) -> String {
        format!("http://{}/method", self.address)
    }

    /// Makes a community with a key of all rights.
    pub fn community(&self) -> Community {
        Community::make(&self.shared)
    }

    /// How often a method was called, refused and broken calls included.
    pub fn count(&self, method: &str) -> usize {
        self.shared.world().calls.iter().filter(|call| call.method == method).count()
    }

    /// Every call, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().calls.clone()
    }

    /// Makes the next call of `method` go wrong; several wait for one call each. Uploads are `upload`, long polls
    /// `long_poll`, files `file`; `messages.getHistory@77001` is that of one conversation.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.world().faults.entry(method.to_owned()).or_default().push_back(fault);
    }

    /// Makes every call of `method` (`*`: of any) go wrong until [`Self::heal`].
    pub fn fail_always(&self, method: &str, fault: Fault) {
        self.shared.world().lasting.insert(method.to_owned(), fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        let mut world = self.shared.world();
        world.faults.clear();
        world.lasting.clear();
    }

    /// Sets the fake's clock forward: a `random_id` is forgotten, retries become due, changes become too late.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.shared.changed();
    }

    /// From now on the addresses of files that people have sent lead nowhere; asked for anew, they are new ones.
    pub fn expire_files(&self) {
        self.shared.world().file_generation += 1;
    }
}

impl Drop for FakeVk {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
