//! The live feed: a ring of recent events per area, and a stream per open page that takes from them.

mod audience;
mod feed;
mod presence;
mod readers;
mod resume;
mod ring;
mod signal;
mod watcher;

use std::{pin::Pin, sync::Arc};

use bus::{Bus, EventFeed, LiveSignals};
use contracts::{
    errors::ErrorReason,
    live::{Event, WatchRequest, WatchResponse, live_service_server::LiveService},
};
use futures::Stream;
use rpc::status;
use runtime::{Health, Stop, TaskTracker};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};
use tracing::warn;

use self::{
    feed::Feed, presence::Presence, readers::Readers, resume::Places, ring::Ring, signal::Signal, watcher::Watcher,
};
use crate::{
    Edge,
    identity::{Identities, Identity},
    marks::Marks,
    upstream::{Area, Upstreams},
};

/// Messages that wait for a stream's reader; what does not fit stays in the ring.
const READER_QUEUE: usize = 32;
const BUS_QUEUE: usize = 1024;
/// Open streams that ask crm-core about their callers at the same time; calls that come in do not wait behind them.
const RECHECKS: usize = 32;

/// What all streams of this replica share.
#[derive(Clone)]
pub struct Live {
    rings: [Arc<Ring>; 2],
    readers: Arc<Readers>,
    presence: Arc<Presence>,
    rechecks: Arc<Semaphore>,
}

impl Live {
    #[must_use]
    pub fn new(marks: Marks) -> Self {
        let readers = Arc::<Readers>::default();
        let (presence, rechecks) = (Presence::new(marks, readers.clone()), Arc::new(Semaphore::new(RECHECKS)));
        Self { rings: Default::default(), readers, presence, rechecks }
    }

    fn ring(&self, area: Area) -> &Arc<Ring> {
        &self.rings[usize::from(area == Area::Crm)]
    }

    /// Starts what keeps the rings at the head and the online marks fresh.
    pub fn start(
        &self,
        upstreams: &Upstreams,
        identities: &Arc<Identities>,
        bus: Option<Bus>,
        health: &Health,
        tasks: &TaskTracker,
        stop: &Stop,
    ) {
        let mut inputs = Vec::new();
        for area in Area::ALL {
            let (input, live) = mpsc::channel(BUS_QUEUE);
            inputs.push((area, input));
            let feed = Feed {
                area,
                ring: self.ring(area).clone(),
                readers: self.readers.clone(),
                upstreams: upstreams.clone(),
                identities: identities.clone(),
                component: health.component(&format!("events.{}", area.name())),
                live,
                with_bus: bus.is_some(),
            };
            tasks.spawn(feed.run(stop.clone()));
        }
        if let Some(bus) = bus {
            tasks.spawn(read_signals(bus.clone(), self.readers.clone(), stop.clone()));
            tasks.spawn(read_bus(bus, inputs, stop.clone()));
        }
        tasks.spawn(self.presence.clone().run(stop.clone()));
        tasks.spawn(self.readers.clone().wake(stop.clone()));
    }
}

/// Hands events of the bus to their areas; what does not fit is found as a gap.
async fn read_bus(bus: Bus, inputs: Vec<(Area, mpsc::Sender<Event>)>, stop: Stop) {
    let read = async {
        let mut feed = EventFeed::subscribe(&bus).await.map_err(|error| error.to_string())?;
        while let Some(event) = feed.next().await {
            if let Some((_, input)) = inputs.iter().find(|(area, _)| area.name() == event.area) {
                let _ = input.try_send(event);
            }
        }
        Err::<(), _>("the subscription has ended".to_owned())
    };
    tokio::select! {
        Err(why) = read => warn!("events come from their owners alone, within a second: {why}"),
        () = stop.cancelled() => {}
        else => {}
    }
    stop.cancelled().await; // the inputs stay open: a closed one would make the feeds spin
}

/// Hands on what is true for a moment. Without it nobody sees who types, and nothing else is missing.
async fn read_signals(bus: Bus, readers: Arc<Readers>, stop: Stop) {
    let read = async {
        let mut heard = LiveSignals::subscribe(&bus).await.map_err(|error| error.to_string())?;
        while let Some(signal) = heard.next().await {
            if let Some(signal) = Signal::of(signal) {
                readers.signal(signal);
            }
        }
        Err::<(), _>("the subscription has ended".to_owned())
    };
    tokio::select! {
        Err(why) = read => warn!("nobody sees who types: {why}"),
        () = stop.cancelled() => {}
        else => {}
    }
}

/// `LiveService` as the edge serves it; the identity stands in the request's extensions.
pub struct Watch(pub Arc<Edge>);

#[tonic::async_trait]
impl LiveService for Watch {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let edge = self.0.clone();
        let identity: &Arc<Identity> = request.extensions().get().ok_or_else(|| Status::unauthenticated(""))?;
        let identity = identity.clone();
        let page = edge.live.presence.enter(identity.employee()?).ok_or_else(too_many)?;
        let (out, stream) = mpsc::channel(READER_QUEUE);
        let seat = edge.live.readers.enter(&identity.caller);
        let tasks = edge.tasks.clone();
        let watcher = Watcher { edge, identity, places: Places::default(), out, seat };
        tasks.spawn(async move {
            let _page = page;
            watcher.run(&request.into_inner().resume_token).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

fn too_many() -> Status {
    status(Code::ResourceExhausted, ErrorReason::RateLimited, &"too many live streams are open for this employee")
}
