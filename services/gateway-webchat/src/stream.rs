//! Where WebSocket does not pass: `POST .../stream` answers with an event stream, `POST .../frames` takes frames.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::{
        IntoResponse, Json, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use gateway_kit::{Refusal, Visit};
use http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    Webchat,
    cors::{self, Allowed},
    desk::{CalledFrom, Desk},
    limits::Place,
    live::{Live, Worker},
    socket::PING,
    talk::{Answer, Talk, chance_ms},
    wire::{ClientFrame, Code, FRAME_BYTES, FRAMES_MOST, Hello, ServerFrame, unreadable_message},
};

/// A body must be there within this.
const BODY_WAIT: Duration = Duration::from_secs(20);
/// Frames of one POST that the browser has not taken yet.
const WAITING: usize = 64;
/// When the process stops, streams come again scattered over this.
const HERD_MS: u64 = 10_000;

/// What a call is about, once it was let in.
struct Call {
    visit: Visit<Webchat>,
    from: CalledFrom,
    caller: IpAddr,
}

fn let_in(desk: &Desk, account: &str, parts: &Parts) -> Result<Call, Refusal> {
    let (visit, from) = desk.enter_from_page(account, parts).inspect_err(|no| desk.front.count_refused(no.why()))?;
    let caller = desk.caller(parts);
    if desk.limits.call(caller).is_err() {
        desk.front.count_refused("rate");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate"));
    }
    Ok(Call { visit, from, caller })
}

/// The body is a `hello`, the answer an event stream.
///
/// # Errors
/// 400, 401, 403, 404, 408, 413, 429, 503.
pub async fn stream(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    parts: Parts,
    body: Body,
) -> Result<Allowed<Response>, Refusal> {
    let Call { visit, from, caller } = let_in(&desk, &account, &parts)?;
    let place = desk.limits.open(caller).ok_or(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate"))?;
    let body = read(body, FRAME_BYTES).await?;
    let Ok(ClientFrame::Hello(mut hello)) = serde_json::from_slice(&body) else { return Err(bad()) };
    hello.token = bearer(&parts.headers).or(hello.token);
    // Said by the status: an event stream that merely ends looks like a broken line, and would be tried again for ever.
    let from = Desk::stood_on(&visit, from, hello.site.take()).inspect_err(|no| desk.front.count_refused(no.why()))?;
    if hello.token.as_ref().is_some_and(|token| desk.visitor(visit.account(), token).is_none()) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "token"));
    }
    let (seat, heard) = desk.hub.take(visit.account());
    let talk = Talk::new(desk.clone(), visit, from.clone(), caller, Some(seat));
    let (events, answer) = mpsc::channel(WAITING);
    let feed = Feed { desk: desk.clone(), events, _place: place };
    desk.front.tasks().spawn(feed.run(talk, Live::new(heard), *hello));
    let mut response = Sse::new(ReceiverStream::new(answer)).keep_alive(KeepAlive::default()).into_response();
    // Proxies that gather bytes would keep a chat waiting.
    response.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    response.headers_mut().insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    Ok(cors::allow(&from, response))
}

/// What fills one event stream.
struct Feed {
    desk: Arc<Desk>,
    events: mpsc::Sender<Result<Event, Infallible>>,
    _place: Place,
}

impl Feed {
    /// Until the browser is gone, the process stops or the site is no longer allowed.
    async fn run(self, talk: Talk, mut live: Live, hello: Hello) {
        let (account, stop, from) = (talk.account(), self.desk.front.stop().clone(), talk.from.clone());
        live.follow(&talk);
        let (inbox, frames) = mpsc::channel(1);
        let (out, mut answers) = mpsc::channel::<Answer>(WAITING);
        let mut worker = Box::pin(Worker::new(talk, frames, out).run());
        if inbox.send(ClientFrame::Hello(Box::new(hello))).await.is_err() {
            return;
        }
        let mut ping = interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut worked, mut greeted) = (false, false);
        loop {
            let frames = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    let retry_ms = Some(chance_ms(HERD_MS));
                    self.say(vec![ServerFrame::Error { code: Code::Unavailable, retry_ms }]).await;
                    return;
                }
                () = self.events.closed() => return,
                answer = answers.recv() => {
                    let Some(answer) = answer else { return };
                    live.note(&answer.frames);
                    greeted |= answer.frames.iter().any(|frame| matches!(frame, ServerFrame::Welcome(_)));
                    if answer.hangup.is_some() {
                        self.say(answer.frames).await;
                        return;
                    }
                    answer.frames
                }
                () = &mut worker, if !worked => {
                    worked = true;
                    continue;
                }
                frames = live.next(), if greeted => match frames {
                    Some(frames) => frames,
                    None => return,
                },
                _ = ping.tick() => {
                    let from = from.lock().clone();
                    if self.desk.still(account, &from).is_err() {
                        return;
                    }
                    std::iter::once(ServerFrame::Ping).chain(live.office(&self.desk, account).await).collect()
                }
            };
            if !self.say(frames).await {
                return;
            }
        }
    }

    /// `false`: the browser is gone, or takes nothing.
    async fn say(&self, frames: Vec<ServerFrame>) -> bool {
        for frame in frames {
            let sending = self.events.send(Ok(Event::default().data(frame.json())));
            if !matches!(timeout(Duration::from_secs(20), sending).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }
}

/// The body is an array of client frames, the answer an array of server frames.
///
/// # Errors
/// 400, 401, 403, 404, 408, 413, 429, 503.
pub async fn frames(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    parts: Parts,
    body: Body,
) -> Result<Allowed<Json<Vec<ServerFrame>>>, Refusal> {
    let Call { visit, from, caller } = let_in(&desk, &account, &parts)?;
    let body = read(body, FRAME_BYTES).await?;
    let frames: Vec<Value> = serde_json::from_slice(&body).map_err(|_| bad())?;
    if frames.len() > FRAMES_MOST {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    let mut talk = Talk::new(desk.clone(), visit, from.clone(), caller, None);
    if let Some(token) = bearer(&parts.headers)
        && (!talk.resume(&token) || talk.lapsed())
    {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "token"));
    }
    let mut answers = Vec::new();
    for frame in frames {
        answers.extend(take(&mut talk, frame).await.frames);
    }
    Ok(cors::allow(&from, Json(answers)))
}

async fn take(talk: &mut Talk, frame: Value) -> Answer {
    match serde_json::from_value::<ClientFrame>(frame.clone()) {
        // It belongs to the stream.
        Ok(ClientFrame::Hello(_)) => ServerFrame::error(Code::BadFrame).into(),
        Ok(frame) => talk.take(frame).await,
        Err(_) => match unreadable_message(&frame.to_string()) {
            Some(id) => ServerFrame::Nack { id, code: Code::BadFrame, retry_ms: None }.into(),
            None => ServerFrame::error(Code::BadFrame).into(),
        },
    }
}

/// # Errors
/// 408, 413.
pub async fn read(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let reading = timeout(BODY_WAIT, axum::body::to_bytes(body, most));
    match reading.await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large")),
        Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow")),
    }
}

/// The token of `Authorization: Bearer <token>`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn bad() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "bad_frame")
}
