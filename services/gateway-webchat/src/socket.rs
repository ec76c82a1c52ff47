//! `GET /webchat/<account>/socket`: one JSON frame per text message.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{
        Path, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use gateway_kit::Refusal;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::{StatusCode, request::Parts};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};

use crate::{
    desk::Desk,
    live::{Live, Worker},
    talk::{Answer, FOREIGN, Hangup, MISUNDERSTOOD, TOO_MANY, Talk, chance_ms},
    wire::{ClientFrame, Code, FRAME_BYTES, ServerFrame, read, unreadable_message},
};

/// A browser that takes nothing for so long is gone.
const SEND_WAIT: Duration = Duration::from_secs(20);
pub const PING: Duration = Duration::from_secs(25);
/// Whoever says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// The first frame must come within this.
const HELLO_WAIT: Duration = Duration::from_secs(15);
/// What is on its way when the process stops is finished within this; a message waits 2 s for router.
const FINISH: Duration = Duration::from_secs(4);
/// Chats come back scattered over this, so that a restart is no herd.
const HERD_MS: u64 = 10_000;
/// Frames that wait while one is taken.
const FRAMES: usize = 32;
/// The server restarts, or wants the browser to come again.
const RESTART: Hangup = Hangup(1012);
const GONE: Hangup = Hangup(1000);

/// Upgrades a call that comes from an allowed page.
///
/// # Errors
/// 403, 404, 503, 429.
pub async fn upgrade(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    parts: Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let (visit, from) = desk.enter_from_page(&account, &parts).inspect_err(|no| desk.front.count_refused(no.why()))?;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let caller = desk.caller(&parts);
    let place = desk.limits.call(caller).ok().and_then(|()| desk.limits.open(caller));
    let Some(place) = place else {
        desk.front.count_refused("rate");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate"));
    };
    let small = upgrade.read_buffer_size(8 * 1024).write_buffer_size(8 * 1024).max_write_buffer_size(1 << 20);
    Ok(small.max_message_size(FRAME_BYTES).max_frame_size(FRAME_BYTES).on_upgrade(async move |socket| {
        let _place = place;
        let (seat, heard) = desk.hub.take(visit.account());
        let talk = Talk::new(desk.clone(), visit, from, caller, Some(seat));
        serve(desk, talk, Live::new(heard), socket).await;
    }))
}

async fn serve(desk: Arc<Desk>, talk: Talk, live: Live, socket: WebSocket) {
    let _drain_waits = desk.front.tasks().token();
    let (sink, stream) = socket.split();
    let line = Line { sink, stream: Some(stream), heard_at: Instant::now(), pace: pace(), greeted: false };
    line.run(desk, talk, live).await;
}

struct Line {
    sink: SplitSink<WebSocket, Message>,
    /// `None`: nothing more is taken.
    stream: Option<SplitStream<WebSocket>>,
    heard_at: Instant,
    pace: DefaultDirectRateLimiter,
    greeted: bool,
}

/// What came from the browser.
enum Heard {
    Frame(ClientFrame),
    /// An answer that needs no taking.
    Say(ServerFrame),
    Nothing,
    End(Hangup),
}

impl Line {
    async fn run(mut self, desk: Arc<Desk>, talk: Talk, mut live: Live) {
        let (account, stop, from) = (talk.account(), desk.front.stop().clone(), talk.from.clone());
        live.follow(&talk);
        let (inbox, frames) = mpsc::channel(FRAMES);
        let (out, mut answers) = mpsc::channel::<Answer>(FRAMES);
        let mut inbox = Some(inbox);
        let mut worker = Box::pin(Worker::new(talk, frames, out).run());
        let mut worked = false;
        let began = Instant::now();
        let mut last_moment = None;
        let mut ping = interval_at(began + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let hangup = loop {
            if last_moment.is_some() {
                // Nothing more is taken; what was taken is answered.
                (inbox, self.stream) = (None, None);
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if last_moment.is_none() => {
                    last_moment = Some(Instant::now() + FINISH);
                }
                () = sleep_until(began + HELLO_WAIT), if !self.greeted && last_moment.is_none() => break GONE,
                () = until(last_moment), if last_moment.is_some() => break RESTART,
                answer = answers.recv() => match answer {
                    Some(answer) => if let Err(hangup) = self.say_all(&mut live, answer).await { break hangup },
                    None => break if last_moment.is_some() { RESTART } else { GONE },
                },
                () = &mut worker, if !worked => worked = true,
                event = live.next(), if self.greeted => match event {
                    Some(frames) => if let Err(hangup) = self.say(frames).await { break hangup },
                    None => break RESTART,
                },
                heard = hear(&mut self.stream, inbox.as_ref()), if self.stream.is_some() => {
                    self.heard_at = Instant::now();
                    let heard = match heard {
                        Some((permit, Some(Ok(message)))) => match self.read(message) {
                            Heard::Frame(frame) => {
                                permit.send(frame);
                                Heard::Nothing
                            }
                            other => other,
                        },
                        _ => Heard::End(GONE),
                    };
                    match heard {
                        Heard::Say(frame) => if let Err(hangup) = self.say(vec![frame]).await { break hangup },
                        Heard::End(hangup) => break hangup,
                        Heard::Frame(_) | Heard::Nothing => {}
                    }
                }
                _ = ping.tick() => {
                    let silent = self.heard_at.elapsed() >= SILENCE;
                    if silent {
                        break GONE;
                    }
                    let from = from.lock().clone();
                    match desk.still(account, &from) {
                        Ok(_) => {}
                        Err(refusal) if refusal.retry_after().is_some() => break RESTART,
                        Err(_) => break FOREIGN,
                    }
                    let office = live.office(&desk, account).await;
                    let frames = std::iter::once(ServerFrame::Ping).chain(office).collect();
                    if let Err(hangup) = self.say(frames).await { break hangup }
                }
            }
        };
        self.close(hangup).await;
    }

    fn read(&mut self, message: Message) -> Heard {
        if self.pace.check().is_err() && !matches!(message, Message::Close(_)) {
            return Heard::End(TOO_MANY);
        }
        match message {
            Message::Text(text) => match read(&text) {
                Some(ClientFrame::Pong) => Heard::Nothing,
                Some(frame) => Heard::Frame(frame),
                None => match unreadable_message(&text) {
                    Some(id) => Heard::Say(ServerFrame::Nack { id, code: Code::BadFrame, retry_ms: None }),
                    None => Heard::Say(ServerFrame::error(Code::BadFrame)),
                },
            },
            Message::Binary(_) => Heard::End(MISUNDERSTOOD),
            Message::Close(_) => Heard::End(GONE),
            Message::Ping(_) | Message::Pong(_) => Heard::Nothing,
        }
    }

    async fn say_all(&mut self, live: &mut Live, answer: Answer) -> Result<(), Hangup> {
        let welcomes = answer.frames.iter().any(|frame| matches!(frame, ServerFrame::Welcome(_)));
        live.note(&answer.frames);
        self.say(answer.frames).await?;
        self.greeted |= welcomes;
        answer.hangup.map_or(Ok(()), Err)
    }

    async fn say(&mut self, frames: Vec<ServerFrame>) -> Result<(), Hangup> {
        for frame in frames {
            let sending = self.sink.send(Message::Text(frame.json().into()));
            if !matches!(timeout(SEND_WAIT, sending).await, Ok(Ok(()))) {
                return Err(GONE);
            }
        }
        Ok(())
    }

    async fn close(mut self, hangup: Hangup) {
        let reason = match hangup {
            RESTART => format!("retry_ms={}", chance_ms(HERD_MS)),
            TOO_MANY => "retry_ms=30000".to_owned(),
            _ => String::new(),
        };
        let frame = CloseFrame { code: hangup.0, reason: reason.into() };
        // Whoever is gone hears nothing.
        let _ = timeout(SEND_WAIT, self.sink.send(Message::Close(Some(frame)))).await;
        let _ = timeout(Duration::from_millis(500), self.sink.flush()).await;
    }
}

/// The next message, when there is room for it.
async fn hear<'a>(
    stream: &mut Option<SplitStream<WebSocket>>,
    inbox: Option<&'a mpsc::Sender<ClientFrame>>,
) -> Option<(mpsc::Permit<'a, ClientFrame>, Option<Result<Message, axum::Error>>)> {
    let permit = inbox?.reserve().await.ok()?;
    Some((permit, stream.as_mut()?.next().await))
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// 60 frames at once, 300 a minute: far more than a widget sends.
fn pace() -> DefaultDirectRateLimiter {
    let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_minute(number(300)).allow_burst(number(60)))
}
