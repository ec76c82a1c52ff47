use std::{sync::Arc, time::Duration};

use contracts::live::{Event, ListEventsRequest, ListEventsResponse};
use rpc::internal;
use runtime::{Component, Stop};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tonic::{Code, Status};
use tracing::{info, warn};

use crate::{
    identity::Identities,
    live::{
        readers::Readers,
        ring::{Offered, Place, Ring},
    },
    upstream::{Area, Upstreams},
};

const PAGE: i32 = 1_000;
/// How often the owner is asked though events come by the bus: a lost one is found within it.
const WITH_BUS: Duration = Duration::from_secs(1);
/// How often it is asked when they do not.
const WITHOUT_BUS: Duration = Duration::from_millis(100);

/// Keeps one area's ring at the head of its owner's history.
///
/// The owner is the truth; the bus is only faster. What it brings out of order or not at all is fetched.
pub struct Feed {
    pub area: Area,
    pub ring: Arc<Ring>,
    pub readers: Arc<Readers>,
    pub upstreams: Upstreams,
    pub identities: Arc<Identities>,
    pub component: Component,
    /// Events as the bus brings them.
    pub live: mpsc::Receiver<Event>,
    pub with_bus: bool,
}

impl Feed {
    pub async fn run(mut self, stop: Stop) {
        let mut tick = interval(if self.with_bus { WITH_BUS } else { WITHOUT_BUS });
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            let done = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(event) = self.live.recv() => self.take(event).await,
                _ = tick.tick() => self.catch_up().await,
            };
            failing = self.tell(done, failing);
        }
    }

    /// Says once when the owner stops answering, and when it answers again.
    fn tell(&self, done: Result<(), Status>, failing: bool) -> bool {
        let area = self.area.name();
        match done {
            Ok(()) => {
                if failing {
                    info!("{area} events come again");
                }
                self.component.ready();
                false
            }
            Err(status) => {
                if !failing {
                    warn!("{area} events cannot be read: {:?} {}", status.code(), status.message());
                }
                self.component.not_ready(format!("{:?}", status.code()));
                true
            }
        }
    }

    async fn take(&self, event: Event) -> Result<(), Status> {
        self.identities.learn(&event); // before any reader sees it, so that none asks the cache too early
        match self.readers.offer(self.area, &self.ring, &Arc::new(event)) {
            Offered::Taken | Offered::Known => Ok(()),
            Offered::Gap | Offered::OtherEpoch => self.catch_up().await,
        }
    }

    async fn catch_up(&self) -> Result<(), Status> {
        let Some(mut place) = self.ring.head() else { return self.begin().await };
        loop {
            let page = match list(&self.upstreams, self.area, &place).await {
                Err(status) if status.code() == Code::OutOfRange || status.code() == Code::FailedPrecondition => {
                    warn!("the {} history is another one than before: pages reload", self.area.name());
                    return self.begin().await;
                }
                page => page?,
            };
            let more = page.events.len() == PAGE as usize;
            place.position = page.events.last().map_or(place.position, |event| event.position);
            let head = if more { place.position } else { page.head_position.max(place.position) };
            let events: Vec<_> = page.events.into_iter().map(Arc::new).collect();
            for event in &events {
                self.identities.learn(event);
            }
            if !events.is_empty() || head > place.position {
                self.readers.append_listed(self.area, &self.ring, &events, head);
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn begin(&self) -> Result<(), Status> {
        let message = ListEventsRequest {
            area: self.area.name().to_owned(),
            page_size: 1,
            head_only: true,
            ..ListEventsRequest::default()
        };
        let answer = ask(&self.upstreams, self.area, message).await?;
        self.readers.begin(&self.ring, Place { epoch: answer.epoch, position: answer.head_position });
        Ok(())
    }
}

/// One page of an area's history after a place, all audiences in it.
///
/// # Errors
/// OUT_OF_RANGE for a place of another history, FAILED_PRECONDITION for one that is no longer kept.
pub async fn list(upstreams: &Upstreams, area: Area, after: &Place) -> Result<ListEventsResponse, Status> {
    let message = ListEventsRequest {
        area: area.name().to_owned(),
        after_position: after.position,
        page_size: PAGE,
        epoch: after.epoch.clone(),
        head_only: false,
    };
    ask(upstreams, area, message).await
}

async fn ask(upstreams: &Upstreams, area: Area, message: ListEventsRequest) -> Result<ListEventsResponse, Status> {
    let request = upstreams.own_request(area.owner(), message)?;
    let mut events = upstreams.events(area);
    let answer = rpc::call_with_deadline(events.list_events(request)).await?;
    if answer.epoch.is_empty() { Err(internal(NoEpoch)) } else { Ok(answer) }
}

#[derive(Debug, thiserror::Error)]
#[error("the owner of the events told no epoch")]
struct NoEpoch;
