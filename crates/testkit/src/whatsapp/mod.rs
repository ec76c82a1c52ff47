//! A fake of Meta's Graph API as far as WhatsApp's Cloud API goes: what it accepts, refuses and delivers is what Meta does
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/>, v26.0, read 2026-11-26).
//!
//! An adapter connects to [`FakeWhatsApp::base_url`] as to `https://graph.facebook.com`; the test plays the users and reads
//! what they got. It shares no types with any adapter.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::whatsapp::{FakeWhatsApp, Shape};
//! let whatsapp = FakeWhatsApp::start().await;
//! let number = whatsapp.number();                                   // its id, token and secrets go to the adapter
//! let anna = number.user(Shape::phone("79990000001", "Анна"));
//! anna.text("Цена на окно 2x1?");                                   // sent to the webhook, again until it is accepted
//! assert!(anna.received().is_empty());                              // what the number has sent her
//! # }
//! ```

mod error;
mod faults;
mod files;
mod number;
mod pacing;
mod queue;
mod send;
mod server;
mod state;
mod templates;
mod user;
mod webhook;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::net::TcpListener;

pub use faults::Fault;
pub use number::Number;
pub use pacing::Rate;
pub use state::{Call, Received, Shape};
pub use user::User;

use state::Shared;

/// How the fake behaves; the default is like Meta.
#[derive(Debug, Clone)]
pub struct WhatsAppOptions {
    /// Messages of one number: 80 a second.
    pub number_rate: Rate,
    /// Messages to one person: one in six seconds, after a burst of 45.
    pub pair_rate: Rate,
    /// How much faster than ours the fake's clock runs: it drives retries, the life of media and the 24-hour window.
    pub clock_scale: f64,
    /// Changes that one webhook may carry when several wait.
    pub batch: usize,
    /// Delivers everything twice.
    pub duplicates: bool,
    /// Tells "delivered" before "read"; Meta leaves it out when the chat is open.
    pub tells_delivered: bool,
}

impl Default for WhatsAppOptions {
    fn default() -> Self {
        Self {
            number_rate: Rate::new(80.0, 80),
            pair_rate: Rate::new(1.0 / 6.0, 45),
            clock_scale: 1.0,
            batch: 3,
            duplicates: false,
            tells_delivered: true,
        }
    }
}

/// A running fake. Dropping it closes its port and ends its tasks.
#[derive(Debug)]
pub struct FakeWhatsApp {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeWhatsApp {
    /// Starts on a free loopback port, behaving like Meta.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(WhatsAppOptions::default()).await
    }

    /// # Panics
    /// When no port is free.
    pub async fn start_with(options: WhatsAppOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(options, address);
        shared.tasks.spawn(server::serve(shared.clone(), listener));
        shared.tasks.spawn(webhook::run(shared.clone()));
        Self { shared, address }
    }

    /// What stands in for `https://graph.facebook.com`: `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A number of an app and a WhatsApp Business account of its own.
    pub fn number(&self) -> Number {
        let id = self.shared.world().add_number(None);
        Number::new(self.shared.clone(), id)
    }

    /// Another number of the same app and the same WhatsApp Business account.
    pub fn number_beside(&self, other: &Number) -> Number {
        let id = self.shared.world().add_number(Some(other.id()));
        Number::new(self.shared.clone(), id)
    }

    /// Makes the next call of `method` (see [`Call::method`]) go wrong; several wait for one call each.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.world().faults.add(method, fault);
    }

    /// Makes every call of `method` go wrong until [`Self::heal`].
    pub fn fail_always(&self, method: &str, fault: Fault) {
        self.shared.world().faults.add_lasting(method, fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        self.shared.world().faults.clear();
    }

    /// Every call, in order, refused and broken ones included.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.shared.world().calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    pub fn count(&self, method: &str) -> usize {
        self.calls(method).len()
    }

    /// The media id that was given last, uploads and files of people alike.
    pub fn last_media(&self) -> Option<String> {
        self.shared.world().files.last()
    }

    /// Sets the fake's clock forward: windows close, media expires, retries become due.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.shared.wake();
    }

    /// Keeps webhooks back until [`Self::release`].
    pub fn hold(&self) {
        self.shared.world().queue.held = true;
    }

    /// Delivers what was kept back, all of one address in one body.
    pub fn release(&self) {
        self.shared.world().queue.release();
        self.shared.wake();
    }

    /// Webhooks that were not accepted yet.
    pub fn pending(&self) -> usize {
        self.shared.world().queue.len()
    }

    /// What webhooks were answered, in order.
    pub fn answers(&self) -> Vec<u16> {
        self.shared.world().answers.clone()
    }

    /// The signed body of a webhook with these entries' changes, as it would be posted to a number: for whoever posts it.
    pub fn signed(&self, number: &Number, entries: &[Vec<Value>]) -> (Vec<u8>, String) {
        let entries: Vec<_> = entries.iter().map(|changes| (number.business().to_owned(), changes.clone())).collect();
        let body = webhook::body(&entries);
        let signature = webhook::signature(number.app_secret(), &body);
        (body, signature)
    }
}

impl Drop for FakeWhatsApp {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
