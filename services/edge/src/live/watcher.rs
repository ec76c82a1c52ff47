use std::{sync::Arc, time::Duration};

use chrono::Utc;
use contracts::{
    errors::ErrorReason,
    live::{Event, Heartbeat, Hello, Reset, WatchResponse, event, watch_response::What},
};
use rpc::{status, timestamp};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use tonic::{Code, Status};
use tracing::{Instrument as _, info_span};

use crate::{
    Edge,
    identity::{Identity, may_change},
    live::{
        audience::may_learn,
        feed::list,
        readers::{Held, Seat},
        resume::Places,
        ring::{Place, Pull},
        signal::Signal,
    },
    scope,
    upstream::Area,
};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the credential is looked at again though nothing was heard of it. When the first look comes is told by the
/// credential: pages that all come back at once after a restart do not all ask at once.
const RECHECK: Duration = Duration::from_secs(180);
/// A page that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);
const BATCH: usize = 128;
/// Events that a resumed stream is brought from their owner; who missed more reloads.
const MOST_MISSED: usize = 10_000;

/// One open stream: takes what concerns its reader, at the reader's pace.
pub struct Watcher {
    pub edge: Arc<Edge>,
    pub identity: Arc<Identity>,
    pub places: Places,
    pub out: mpsc::Sender<Result<WatchResponse, Status>>,
    /// Taken before anything is read: what follows lies in its mailbox.
    pub seat: Seat,
}

/// Events, and the place that they lead to.
type Missed = (Vec<(Area, Arc<Event>)>, Place);

/// Why a stream ends before its hour.
pub enum End {
    /// The reader is gone, or we stop.
    Gone,
    Refused(Status),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl Watcher {
    /// Serves the stream to its end.
    pub async fn run(mut self, resume_token: &str) {
        let (stop, out) = (self.edge.stop.clone(), self.out.clone());
        let ended = tokio::select! {
            ended = self.serve(resume_token) => ended,
            () = stop.cancelled() => Ok(()),
            () = out.closed() => Ok(()), // nobody reads any more
        };
        if let Err(End::Refused(status)) = ended {
            let _ = timeout(STALLED, self.out.send(Err(status))).await;
        }
    }

    async fn serve(&mut self, resume_token: &str) -> Result<(), End> {
        self.start(resume_token).await?;
        self.look().await?;
        let started = Instant::now();
        let mut heartbeat = ticks(started + HEARTBEAT, HEARTBEAT);
        let mut recheck = ticks(started + first_recheck(self.identity.credential.digest()), RECHECK);
        while started.elapsed() < LONGEST {
            tokio::select! {
                () = self.seat.filled() => self.open_mail().await?,
                _ = heartbeat.tick() => {
                    self.move_on().await?;
                    self.send(What::Heartbeat(Heartbeat {})).await?;
                }
                _ = recheck.tick() => self.recheck().await?,
            }
        }
        Ok(())
    }

    /// People see both areas, API keys those that their scopes name.
    fn areas(&self) -> Vec<Area> {
        let identity = &self.identity;
        let may_read =
            |area: &Area| !identity.is_api_key() || scope::holds(&identity.caller, &format!("{}.read", area.name()));
        Area::ALL.into_iter().filter(may_read).collect()
    }

    async fn start(&mut self, resume_token: &str) -> Result<(), End> {
        let wanted = Places::decode(resume_token);
        let mut lost = (wanted.is_none() && !resume_token.is_empty()).then_some("the resume token is unknown");
        let (mut missed, mut reached) = (Vec::new(), Vec::new());
        for area in self.areas() {
            let head = self.edge.live.ring(area).head().ok_or_else(not_yet)?;
            let place = match wanted.as_ref().and_then(|places| places.get(area)) {
                Some(place) if place.epoch == head.epoch => match self.missed(area, &place).await? {
                    Some((events, last)) => {
                        missed.extend(events);
                        reached.push((area, last));
                        place
                    }
                    None => {
                        lost = Some("too much was missed");
                        head
                    }
                },
                Some(_) => {
                    lost = Some("the history is another one");
                    head
                }
                None => head,
            };
            self.places.set(area, &place);
        }
        self.send(What::Hello(Hello { version: crate::page::version() })).await?;
        match lost {
            Some(reason) => self.reset(reason).await,
            None => self.deliver(missed, reached).await,
        }
    }

    /// What of that which lies between a place and the ring may concern the reader, asked of the owner, and where it ends.
    /// `None`: too much, or no longer kept.
    async fn missed(&self, area: Area, place: &Place) -> Result<Option<Missed>, End> {
        let (mut events, mut seen) = (Vec::new(), 0);
        let mut place = place.clone();
        let concerns = |event: &Event| may_learn(&self.identity.caller, event) || may_change(&self.identity, event);
        while let Pull::Behind = self.edge.live.ring(area).after(&place, 1) {
            let page = match list(&self.edge.upstreams, area, &place).await {
                Ok(page) => page,
                Err(status) if matches!(status.code(), Code::OutOfRange | Code::FailedPrecondition) => return Ok(None),
                Err(status) => return Err(End::Refused(status)),
            };
            let Some(last) = page.events.last() else { return Ok(None) };
            place.position = last.position;
            seen += page.events.len();
            events.extend(page.events.into_iter().filter(concerns).map(|event| (area, Arc::new(event))));
            if seen > MOST_MISSED {
                return Ok(None);
            }
        }
        Ok(Some((events, place)))
    }

    /// Everything in the rings after our places.
    async fn look(&mut self) -> Result<(), End> {
        for area in self.areas() {
            self.drain(area).await?;
        }
        Ok(())
    }

    /// Tells what lies in the mailbox and was not told yet.
    async fn open_mail(&mut self) -> Result<(), End> {
        let Held { events, look, signals, missed } = self.seat.take();
        self.signal(&signals).await?;
        if missed {
            self.reset("too slow: too much was missed").await?;
        }
        if look {
            return self.look().await;
        }
        let areas = self.areas();
        for (area, event) in events {
            match self.places.get(area) {
                _ if !areas.contains(&area) => {}
                Some(place) if place.epoch == event.epoch && event.position <= place.position => {}
                Some(place) if place.epoch == event.epoch => self.tell(area, &event).await?,
                _ => self.drain(area).await?,
            }
        }
        Ok(())
    }

    /// Moves on over what concerns somebody else, so that the page need not be told of it when it comes again.
    async fn move_on(&mut self) -> Result<(), End> {
        let live = self.edge.live.clone();
        let heads: Vec<_> = self.areas().into_iter().map(|area| (area, live.readers.head(live.ring(area)))).collect();
        self.open_mail().await?;
        for (area, head) in heads {
            let (Some(head), Some(place)) = (head, self.places.get(area)) else { continue };
            if place.epoch == head.epoch && place.position < head.position {
                self.places.set(area, &head);
            }
        }
        Ok(())
    }

    async fn deliver(&mut self, events: Vec<(Area, Arc<Event>)>, reached: Vec<(Area, Place)>) -> Result<(), End> {
        for (area, event) in events {
            self.tell(area, &event).await?;
        }
        for (area, place) in reached {
            self.places.set(area, &place);
        }
        Ok(())
    }

    async fn drain(&mut self, area: Area) -> Result<(), End> {
        loop {
            let ring = self.edge.live.ring(area);
            let Some(place) = self.places.get(area).or_else(|| ring.head()) else { return Ok(()) };
            let reason = match ring.after(&place, BATCH) {
                Pull::Events(events) if events.is_empty() => return Ok(()),
                Pull::Events(events) => {
                    for event in events {
                        self.tell(area, &event).await?;
                    }
                    continue;
                }
                Pull::Unknown => return Ok(()),
                Pull::Behind => "too slow: too much was missed",
                Pull::OtherEpoch => "the history is another one",
            };
            if let Some(head) = ring.head() {
                self.places.set(area, &head);
            }
            self.reset(reason).await?;
        }
    }

    /// Passes one event on, or only its place; looks at the caller again when it may concern them.
    async fn tell(&mut self, area: Area, event: &Arc<Event>) -> Result<(), End> {
        self.places.set(area, &Place { epoch: event.epoch.clone(), position: event.position });
        if may_change(&self.identity, event) {
            if matches!(event.what, Some(event::What::SessionRevoked(_))) {
                self.edge.identities.forget(&self.identity.credential);
            }
            self.recheck().await?;
        }
        if !may_learn(&self.identity.caller, event) {
            return Ok(());
        }
        let of_few = event.audience.as_ref().is_some_and(|audience| !audience.everyone);
        let event = Event { audience: None, ..Event::clone(event) };
        if event.traceparent.is_empty() || !of_few {
            return self.send(What::Event(event)).await;
        }
        let span = info_span!("tell a page", area = area.name(), position = event.position);
        runtime::trace::continue_from(&span, &event.traceparent);
        self.send(What::Event(event)).instrument(span).await
    }

    async fn signal(&mut self, signals: &[Arc<Signal>]) -> Result<(), End> {
        for signal in signals {
            if signal.is_for(&self.identity.caller) {
                self.send(signal.what.clone()).await?;
            }
        }
        Ok(())
    }

    /// Asks who the caller is now. Other rights: the page reloads what it shows.
    async fn recheck(&mut self) -> Result<(), End> {
        if self.identity.expires_at.is_some_and(|end| end <= Utc::now()) {
            self.edge.identities.forget(&self.identity.credential);
        }
        let credential = self.identity.credential.clone();
        let place = self.edge.live.rechecks.clone().acquire_owned().await; // never closed
        let identity = match self.edge.identities.resolve(&credential).await {
            Ok(identity) => identity,
            Err(status) if status.code() == Code::Unauthenticated => return Err(End::Refused(status)),
            Err(_) => return Ok(()), // crm-core is away; the calls of the page fail meanwhile, the next look decides
        };
        drop(place);
        let changed = identity.caller != self.identity.caller;
        self.identity = identity;
        if changed {
            self.seat.change(&self.identity.caller);
            self.reset("your rights have changed").await?;
        }
        Ok(())
    }

    async fn reset(&mut self, reason: &str) -> Result<(), End> {
        metrics::counter!("okno_edge_watch_resets_total").increment(1);
        self.send(What::Reset(Reset { reason: reason.to_owned() })).await
    }

    async fn send(&mut self, what: What) -> Result<(), End> {
        let response = WatchResponse {
            server_time: Some(timestamp(Utc::now())),
            resume_token: self.places.encode(),
            what: Some(what),
        };
        match timeout(STALLED, self.out.send(Ok(response))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

fn not_yet() -> Status {
    status(Code::Unavailable, ErrorReason::Unavailable, &"the live feed is starting; try again shortly")
}

fn first_recheck(digest: [u8; 32]) -> Duration {
    RECHECK * (u32::from(digest[31]) + 1) / 256
}

fn ticks(first: Instant, every: Duration) -> Interval {
    let mut ticks = interval_at(first, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_come_back_at_once_do_not_all_ask_at_once() {
        let mut per_second = std::collections::HashMap::<u64, u32>::new();
        for page in 0..7_500_u32 {
            let secret = runtime::Secret::new(format!("session-{page}"));
            let first = first_recheck(crate::credential::Credential::Session(secret).digest());
            assert!(!first.is_zero() && first <= RECHECK, "{first:?}");
            *per_second.entry(first.as_secs()).or_default() += 1;
        }
        assert!(per_second.values().all(|asking| *asking < 150), "{per_second:?}");
    }
}
