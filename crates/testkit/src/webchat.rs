//! A visitor's browser as far as the web chat's gateway sees it: frames of docs/webchat-protocol.md, with no type of the
//! gateway's.

use std::{collections::VecDeque, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};
use uuid::Uuid;

/// How long a frame may take; the machine may be busy.
const SOON: Duration = Duration::from_secs(30);

/// Where a chat is.
#[derive(Debug, Clone)]
pub struct Site {
    /// `http://host:port` of the gateway.
    pub gateway: String,
    pub account: String,
    /// Of the page that the chat is on.
    pub origin: String,
}

/// One open WebSocket.
pub struct Chat {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while another was waited for.
    waiting: VecDeque<Value>,
    /// Every frame that ever came.
    pub heard: Vec<Value>,
}

/// Why a chat is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Code and reason.
    Closed(u16, String),
    /// Without a word.
    Broken,
}

impl Site {
    #[must_use]
    pub fn new(gateway: &str, account: impl ToString, origin: &str) -> Self {
        Self { gateway: gateway.to_owned(), account: account.to_string(), origin: origin.to_owned() }
    }

    /// Below `/webchat/<account>/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}/webchat/{}/{path}", self.gateway, self.account)
    }

    /// Opens the socket.
    ///
    /// # Errors
    /// The status of a refusal; 0 when nothing answers.
    pub async fn connect(&self) -> Result<Chat, u16> {
        let url = self.url("socket").replacen("http", "ws", 1);
        let mut request = url.into_client_request().map_err(|_| 0_u16)?;
        if !self.origin.is_empty() {
            request.headers_mut().insert("origin", self.origin.parse().map_err(|_| 0_u16)?);
        }
        match timeout(SOON, connect_async(request)).await {
            Ok(Ok((socket, _))) => Ok(Chat { socket, waiting: VecDeque::new(), heard: Vec::new() }),
            Ok(Err(Error::Http(answer))) => Err(answer.status().as_u16()),
            _ => Err(0),
        }
    }

    /// Opens the socket and says hello with these fields beside the usual ones; gives the chat and its `welcome`.
    ///
    /// # Panics
    /// When it is not let in.
    pub async fn enter(&self, fields: Value) -> (Chat, Value) {
        let mut chat = self.connect().await.expect("an open chat");
        let welcome = chat.hello(fields).await;
        (chat, welcome)
    }

    /// A new visitor: the chat, and the token.
    ///
    /// # Panics
    /// When no visitor may begin.
    pub async fn begin(&self) -> (Chat, String) {
        let (mut chat, _) = self.enter(json!({})).await;
        chat.send(json!({ "t": "start" })).await;
        let token = chat.expect("visitor").await["token"].as_str().expect("a token").to_owned();
        (chat, token)
    }
}

impl Chat {
    /// Sends one frame; what becomes of it, the next frames tell.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    /// Sends any text as a frame.
    pub async fn send_text(&mut self, text: String) {
        // The server may have closed; reading tells.
        let _ = self.socket.send(Message::text(text)).await;
    }

    pub async fn hello(&mut self, fields: Value) -> Value {
        let mut hello = json!({ "t": "hello", "v": 1, "lang": "ru", "tz": "Europe/Moscow" });
        merge(&mut hello, fields);
        self.send(hello).await;
        self.expect("welcome").await
    }

    /// The next frame of a kind; others wait.
    ///
    /// # Panics
    /// When the chat ends before, or nothing comes for 30 s.
    pub async fn expect(&mut self, kind: &str) -> Value {
        if let Some(place) = self.waiting.iter().position(|frame| frame["t"] == kind) {
            return self.waiting.remove(place).expect("it is there");
        }
        loop {
            let frame = self.next().await.unwrap_or_else(|end| panic!("waiting for {kind}: {end:?}"));
            if frame["t"] == kind {
                return frame;
            }
            self.waiting.push_back(frame);
        }
    }

    /// The next frame, whatever it is.
    ///
    /// # Errors
    /// [`End`].
    ///
    /// # Panics
    /// When nothing comes for 30 s.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            match timeout(SOON, self.socket.next()).await.expect("a frame, or the end") {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                    self.heard.push(frame.clone());
                    if frame["t"] == "ping" {
                        self.send(json!({ "t": "pong" })).await;
                        continue;
                    }
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(end(frame)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(End::Broken),
            }
        }
    }

    /// Reads on until the chat ends.
    pub async fn ended(&mut self) -> End {
        loop {
            if let Err(end) = self.next().await {
                return end;
            }
        }
    }

    /// Writes and waits until it is kept; gives the id that the browser made.
    pub async fn write(&mut self, n: i64, text: &str) -> String {
        let msg = msg(n, text);
        let id = msg["id"].as_str().expect("an id").to_owned();
        self.send(msg).await;
        let ack = self.expect("ack").await;
        assert_eq!(ack["id"], id.as_str());
        id
    }

    /// Hangs up as a browser does.
    pub async fn leave(mut self) {
        let _ = self.socket.close(None).await;
    }
}

fn end(frame: Option<CloseFrame>) -> End {
    frame.map_or(End::Broken, |frame| End::Closed(u16::from(frame.code), frame.reason.to_string()))
}

/// A `msg` frame written now.
#[must_use]
pub fn msg(n: i64, text: &str) -> Value {
    let at = chrono::Utc::now().timestamp_millis();
    json!({ "t": "msg", "id": Uuid::now_v7().to_string(), "n": n, "at": at, "text": text })
}

/// Puts fields into an object, over what is there.
pub fn merge(into: &mut Value, fields: Value) {
    if let (Some(into), Value::Object(fields)) = (into.as_object_mut(), fields) {
        into.extend(fields);
    }
}
