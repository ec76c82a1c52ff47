use std::sync::OnceLock;

use bus::{Bus, EventSink};
use contracts::live::Event;
use store::relay::Sink;

/// The relay's way to EVENTS. Without a bus events stay where their truth is anyway: in the database.
#[derive(Default)]
pub struct BusSink(OnceLock<EventSink>);

impl BusSink {
    /// From now on events are published.
    pub fn use_bus(&self, bus: Bus) {
        let _ = self.0.set(EventSink(bus)); // there is one bus; a second call changes nothing
    }
}

impl Sink for BusSink {
    async fn publish(&self, events: &[Event]) -> Result<(), String> {
        match self.0.get() {
            Some(sink) => sink.publish(events).await,
            None => Ok(()),
        }
    }

    async fn last(&self, area: &str) -> Result<Option<Event>, String> {
        match self.0.get() {
            Some(sink) => sink.last(area).await,
            None => Err("NATS was not reached yet".to_owned()),
        }
    }
}
