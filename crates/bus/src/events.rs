use std::time::Duration;

use async_nats::{StatusCode, jetstream::consumer::pull};
use contracts::live::{Event, LiveSignal, event::What};
use futures::StreamExt;
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, names};

/// Publishes committed events to EVENTS: `okno.event.<area>.<what>`.
#[derive(Debug, Clone)]
pub struct EventSink(pub Bus);

impl EventSink {
    /// Publishes in order; waits for the broker to take the last.
    ///
    /// # Errors
    /// The text of what NATS refused.
    pub async fn publish(&self, events: &[Event]) -> Result<(), String> {
        self.connected()?;
        let mut last = None;
        for event in events {
            let subject = names::event(&event.area, what(event));
            let sent = self.0.jetstream.publish(subject, event.encode_to_vec().into()).await;
            last = Some(sent.map_err(|e| e.to_string())?);
        }
        match last {
            Some(acknowledged) => acknowledged.await.map(drop).map_err(|e| e.to_string()),
            None => Ok(()),
        }
    }

    /// The newest event of an area in EVENTS; `None` when there is none.
    ///
    /// # Errors
    /// The text of what NATS refused.
    pub async fn last(&self, area: &str) -> Result<Option<Event>, String> {
        self.connected()?;
        // Of the stream itself: nats-server 2.9 breaks when its API is asked for a message of a stream that is being made.
        let subject = format!("$JS.API.DIRECT.GET.{}", names::EVENTS);
        let question = format!("{{\"last_by_subj\":\"{}\"}}", names::event(area, "*"));
        let answer = self.0.client.request(subject, question.into()).await.map_err(|e| e.to_string())?;
        match answer.status {
            None => Event::decode(answer.payload).map(Some).map_err(|e| e.to_string()),
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(status) => Err(format!("EVENTS answers with status {status}")),
        }
    }
}

impl EventSink {
    /// The client would wait for a server that is away.
    fn connected(&self) -> Result<(), String> {
        if self.0.is_connected() { Ok(()) } else { Err("NATS is away".to_owned()) }
    }
}

/// Passes over every event that EVENTS holds now, oldest first.
///
/// # Errors
/// The text of what NATS refused, or that it stopped in the middle.
pub async fn each_event(bus: &Bus, mut take: impl FnMut(Event)) -> Result<(), String> {
    let stream = bus.jetstream.get_stream_no_info(names::EVENTS).await.map_err(|e| e.to_string())?;
    let config = pull::OrderedConfig {
        name: Some(format!("okno-history-{}", uuid::Uuid::now_v7().simple())),
        ..pull::OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|e| e.to_string())?;
    let mut left = consumer.cached_info().num_pending;
    let mut messages = consumer.messages().await.map_err(|e| e.to_string())?;
    while left > 0 {
        let next = timeout(Duration::from_secs(5), messages.next()).await.map_err(|_| "EVENTS does not answer")?;
        let message = next.ok_or("the reader of EVENTS ended")?.map_err(|e| e.to_string())?;
        left = message.info().map_err(|e| e.to_string())?.pending;
        if let Ok(event) = Event::decode(message.payload.clone()) {
            take(event);
        }
    }
    Ok(())
}

/// The last token of an event's subject.
#[must_use]
pub fn what(event: &Event) -> &'static str {
    match &event.what {
        Some(What::ConversationChanged(_)) => "conversation_changed",
        Some(What::ChannelAccountChanged(_)) => "channel_account_changed",
        Some(What::GatewayChanged(_)) => "gateway_changed",
        Some(What::DraftChanged(_)) => "draft_changed",
        Some(What::ReadMarkChanged(_)) => "read_mark_changed",
        Some(What::ViewChanged(_)) => "view_changed",
        Some(What::EmployeeChanged(_)) => "employee_changed",
        Some(What::DepartmentChanged(_)) => "department_changed",
        Some(What::ClientChanged(_)) => "client_changed",
        Some(What::ContactPointLinked(_)) => "contact_point_linked",
        Some(What::SessionRevoked(_)) => "session_revoked",
        Some(What::ScheduleChanged(_)) => "schedule_changed",
        Some(What::ContactChanged(_)) => "contact_changed",
        Some(What::DirectoryChanged(_)) => "directory_changed",
        Some(What::ClientSettingsChanged(_)) => "client_settings_changed",
        Some(What::LeadChanged(_)) => "lead_changed",
        Some(What::FeedPinsChanged(_)) => "feed_pins_changed",
        None => "other",
    }
}

/// Tells the edges something that is true for a moment. Lost signals cost nothing.
///
/// # Errors
/// When the client does not take it.
pub async fn publish_live_signal(bus: &Bus, signal: &LiveSignal) -> Result<(), async_nats::PublishError> {
    bus.client.publish(names::LIVE_SIGNALS, signal.encode_to_vec().into()).await
}

/// What the owners say to the edges for a moment.
pub struct LiveSignals(async_nats::Subscriber);

impl LiveSignals {
    /// # Errors
    /// When NATS does not take the subscription.
    pub async fn subscribe(bus: &Bus) -> Result<Self, async_nats::SubscribeError> {
        Ok(Self(bus.client.subscribe(names::LIVE_SIGNALS).await?))
    }

    /// The next readable signal; `None` when the connection has ended for good.
    pub async fn next(&mut self) -> Option<LiveSignal> {
        loop {
            if let Ok(signal) = LiveSignal::decode(self.0.next().await?.payload) {
                return Some(signal);
            }
        }
    }
}

/// New events as they are published. Gaps are possible and visible by position; the owner's `ListEvents` fills them.
pub struct EventFeed(async_nats::Subscriber);

impl EventFeed {
    /// Subscribes to every area, from now on.
    ///
    /// # Errors
    /// When NATS does not take the subscription.
    pub async fn subscribe(bus: &Bus) -> Result<Self, async_nats::SubscribeError> {
        Ok(Self(bus.client.subscribe("okno.event.>").await?))
    }

    /// The next readable event; `None` when the connection has ended for good.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Ok(event) = Event::decode(self.0.next().await?.payload) {
                return Some(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::live::DraftChanged;
    use futures::future::join_all;
    use testkit::servers::{NatsOptions, NatsServer};

    use super::*;
    use crate::BusConfig;

    async fn nats() -> NatsServer {
        NatsServer::start(NatsOptions::default()).await.expect("nats-server")
    }

    async fn sink(nats: &NatsServer) -> EventSink {
        let config = BusConfig { url: nats.url(), name: "events".to_owned(), channel: None };
        EventSink(Bus::connect(&config).await.expect("nats-server"))
    }

    fn event(area: &str, position: u64) -> Event {
        let what = Some(What::DraftChanged(DraftChanged::default()));
        Event { area: area.to_owned(), position, what, ..Event::default() }
    }

    #[tokio::test]
    async fn the_last_event_of_each_area_is_known() {
        let nats = nats().await;
        let sink = sink(&nats).await;
        assert!(sink.last("inbox").await.is_err(), "there is no EVENTS yet");
        crate::ensure_streams(&sink.0, 1, 1).await.unwrap();
        assert_eq!(sink.last("inbox").await, Ok(None));
        sink.publish(&[event("inbox", 1), event("inbox", 2), event("crm", 7)]).await.unwrap();
        assert_eq!(sink.last("inbox").await, Ok(Some(event("inbox", 2))));
        assert_eq!(sink.last("crm").await, Ok(Some(event("crm", 7))));
    }

    #[tokio::test]
    async fn asking_while_events_is_being_made_harms_no_server() {
        let nats = nats().await;
        // The server does what one connection asks one after the other.
        let (maker, asker) = (sink(&nats).await, sink(&nats).await);
        for _ in 0..20 {
            let made = async {
                crate::ensure_streams(&maker.0, 1, 1).await.unwrap();
                maker.last("crm").await
            };
            let asking = async {
                loop {
                    join_all((0..20).map(|_| asker.last("crm"))).await;
                }
            };
            tokio::select! {
                made = made => assert_eq!(made, Ok(None)),
                () = asking => {}
            }
            maker.0.jetstream.delete_stream(names::EVENTS).await.unwrap();
        }
    }
}
