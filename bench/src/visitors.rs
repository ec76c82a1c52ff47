//! Visitors of a site with an open web chat: what their browsers say and hear (docs/webchat-protocol.md).

use std::{collections::VecDeque, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use futures::{
    SinkExt, StreamExt, TryStreamExt,
    stream::{self, SplitSink, SplitStream},
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::load::Tally;

/// The page that the chat is on.
pub const SITE: &str = "https://shop.example";
const AT_ONCE: usize = 64;
const SOON: Duration = Duration::from_secs(30);
/// Frames that wait to be sent in one chat.
const WAITING: usize = 1_024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Many open chats.
pub struct Visitors {
    all: Vec<Visitor>,
    tasks: TaskTracker,
}

/// One open chat.
pub struct Visitor {
    out: mpsc::Sender<String>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Messages that wait for their `ack`: id, intended moment.
    waiting: VecDeque<(String, Instant)>,
    /// Ids of staff's messages that came.
    heard: Vec<Uuid>,
    written: i64,
}

impl Visitors {
    /// Opens so many chats, each by somebody new from an address of its own.
    pub async fn open(port: u16, account: &str, count: usize, tally: &Tally) -> Result<Self> {
        let tasks = TaskTracker::new();
        let open = |n: usize| Visitor::open(port, account, n, tally.clone(), &tasks);
        let all = stream::iter(0..count).map(open).buffered(AT_ONCE).try_collect().await?;
        Ok(Self { all, tasks })
    }

    /// Visitor `n` of all in turn.
    pub fn visitor(&self, n: u64) -> &Visitor {
        &self.all[usize::try_from(n).unwrap_or_default() % self.all.len()]
    }

    pub fn all(&self) -> &[Visitor] {
        &self.all
    }

    /// Hangs up.
    pub async fn close(self) {
        drop(self.all);
        self.tasks.close();
        let _ = timeout(SOON, self.tasks.wait()).await;
    }
}

impl Visitor {
    async fn open(port: u16, account: &str, n: usize, tally: Tally, tasks: &TaskTracker) -> Result<Self> {
        let url = format!("ws://127.0.0.1:{port}/webchat/{account}/socket");
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("origin", SITE.parse()?);
        request.headers_mut().insert("x-forwarded-for", address(n).parse()?);
        let (mut socket, _) = timeout(SOON, connect_async(request)).await.context("a chat does not open")??;
        say(&mut socket, &json!({ "t": "hello", "v": 1, "lang": "ru", "tz": "Europe/Moscow" })).await?;
        hear(&mut socket, "welcome").await?;
        say(&mut socket, &json!({ "t": "start" })).await?;
        hear(&mut socket, "visitor").await?;
        let (sink, stream) = socket.split();
        let (out, frames) = mpsc::channel(WAITING);
        let state = Arc::new(Mutex::new(State::default()));
        tasks.spawn(write(sink, frames));
        tasks.spawn(read(stream, out.downgrade(), state.clone(), tally));
        Ok(Self { out, state })
    }

    /// Writes a message that was meant for this moment; its `ack` counts as done. `false`: the chat is closed or stuck.
    pub fn write(&self, text: &str, moment: Instant) -> bool {
        let id = Uuid::now_v7().to_string();
        let number = {
            let mut state = self.state.lock();
            state.waiting.push_back((id.clone(), moment));
            state.written += 1;
            state.written
        };
        let at = chrono::Utc::now().timestamp_millis();
        self.say(&json!({ "t": "msg", "id": id, "n": number, "at": at, "text": text }))
    }

    /// The browser has this message.
    pub fn got(&self, message: Uuid) -> bool {
        self.say(&json!({ "t": "got", "ids": [message] }))
    }

    fn say(&self, frame: &Value) -> bool {
        self.out.try_send(frame.to_string()).is_ok()
    }

    /// Staff's messages that have come.
    pub fn heard(&self) -> Vec<Uuid> {
        self.state.lock().heard.clone()
    }
}

/// An address of the range that is meant for measuring (RFC 2544).
fn address(n: usize) -> String {
    let n = n % (1 << 17);
    format!("198.{}.{}.{}", 18 + (n >> 16), (n >> 8) & 255, n & 255)
}

async fn say(socket: &mut Socket, frame: &Value) -> Result<()> {
    socket.send(Message::text(frame.to_string())).await.context("a chat is closed")
}

/// Waits for a frame of this kind.
async fn hear(socket: &mut Socket, kind: &str) -> Result<Value> {
    loop {
        let next = timeout(SOON, socket.next()).await.with_context(|| format!("no {kind}"))?;
        match next.context("a chat ended")?? {
            Message::Text(text) => {
                let frame: Value = serde_json::from_str(&text)?;
                if frame["t"] == kind {
                    return Ok(frame);
                }
            }
            Message::Close(close) => bail!("a chat was closed while waiting for {kind}: {close:?}"),
            _ => {}
        }
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut frames: mpsc::Receiver<String>) {
    while let Some(frame) = frames.recv().await {
        if sink.send(Message::text(frame)).await.is_err() {
            return;
        }
    }
    let _ = sink.close().await;
}

async fn read(mut stream: SplitStream<Socket>, out: mpsc::WeakSender<String>, state: Arc<Mutex<State>>, tally: Tally) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else { continue };
        let Ok(frame) = serde_json::from_str::<Value>(&text) else { continue };
        match frame["t"].as_str().unwrap_or_default() {
            "ping" => drop(out.upgrade().map(|out| out.try_send(json!({ "t": "pong" }).to_string()))),
            "ack" => answered(&state, &frame).into_iter().for_each(|moment| tally.done(moment)),
            "nack" => {
                let why = format!("nack {}", frame["code"].as_str().unwrap_or_default());
                answered(&state, &frame).into_iter().for_each(|_| tally.failed(&why, None));
            }
            "message" if frame["message"]["own"] == true => {
                let id = frame["message"]["id"].as_str().and_then(|id| id.parse().ok());
                let mut state = state.lock();
                if let Some(id) = id.filter(|id| !state.heard.contains(id)) {
                    state.heard.push(id);
                }
            }
            _ => {}
        }
    }
}

/// The intended moment of the message that a frame answers.
fn answered(state: &Mutex<State>, frame: &Value) -> Option<Instant> {
    let mut state = state.lock();
    let place = state.waiting.iter().position(|(id, _)| frame["id"] == id.as_str())?;
    state.waiting.remove(place).map(|(_, moment)| moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_have_addresses_of_their_own() {
        assert_eq!((address(0), address(258)), ("198.18.0.0".into(), "198.18.1.2".into()));
        assert_eq!(address((1 << 16) + 5), "198.19.0.5");
    }
}
