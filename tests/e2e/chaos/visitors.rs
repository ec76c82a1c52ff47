//! Visitors of a site: browsers whose outbox keeps what is not acknowledged, and whose connection breaks at times.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use serde_json::{Value, json};
use testkit::webchat::{Chat, Site, msg};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{dice::Dice, ledger::Ledger};

/// What is not acknowledged by then is sent again.
const AGAIN: Duration = Duration::from_secs(4);
/// One message in so many is followed by a broken connection.
const BREAKS: u64 = 8;

pub struct Visitor {
    site: Site,
    name: String,
    token: String,
    ledger: Arc<Ledger>,
    dice: Dice,
    /// The last message it has.
    after: Option<String>,
    /// The frame that nobody has acknowledged yet.
    outbox: Option<Value>,
    next_at: Instant,
}

impl Visitor {
    /// A new visitor who has a token, and has written nothing yet.
    pub async fn come(site: &Site, name: String, ledger: Arc<Ledger>, dice: Dice) -> Self {
        let (chat, token) = site.begin().await;
        chat.leave().await;
        let site = site.clone();
        Self { site, name, token, ledger, dice, after: None, outbox: None, next_at: Instant::now() }
    }

    /// Writes about one message in two seconds until `stop`, and goes on until all of it is acknowledged.
    pub async fn write(mut self, stop: CancellationToken) -> Self {
        while !(stop.is_cancelled() && self.outbox.is_none()) {
            match self.enter().await {
                Some(chat) => self.talk(chat, &stop).await,
                None => sleep(self.dice.milliseconds(200..800)).await,
            }
            sleep(self.dice.milliseconds(0..1_500)).await;
        }
        self
    }

    /// Comes back as often as there is more to hear.
    ///
    /// # Errors
    /// The gateway does not let it in.
    pub async fn catch_up(&mut self) -> Result<(), String> {
        loop {
            let before = self.after.clone();
            self.enter().await.ok_or("the gateway lets nobody in")?.leave().await;
            if self.after == before {
                return Ok(());
            }
        }
    }

    /// The whole history as a browser shows it that knows nothing: id, text, whether it is staff's.
    ///
    /// # Errors
    /// The gateway does not tell it.
    pub async fn history(&self) -> Result<Vec<Told>, String> {
        let mut chat = self.site.connect().await.map_err(|status| format!("no chat: {status}"))?;
        chat.send(self.hello(None)).await;
        let mut page = answer(&mut chat, "welcome").await?;
        let mut all = told(&page["messages"]);
        while page["more"] == true {
            let first = all.first().ok_or("more, but nothing first")?.id.clone();
            chat.send(json!({ "t": "older", "before": first })).await;
            page = answer(&mut chat, "older").await?;
            all.splice(0..0, told(&page["messages"]));
        }
        chat.leave().await;
        Ok(all)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn hello(&self, after: Option<&str>) -> Value {
        json!({ "t": "hello", "v": 1, "lang": "ru", "tz": "Europe/Moscow", "token": self.token, "after": after })
    }

    /// An open chat that has brought what was missed.
    async fn enter(&mut self) -> Option<Chat> {
        let mut chat = self.site.connect().await.ok()?;
        chat.send(self.hello(self.after.as_deref())).await;
        loop {
            let welcome = answer(&mut chat, "welcome").await.ok()?;
            self.take(&welcome["messages"]);
            // Without `known` another welcome follows, as soon as history can be read.
            if welcome["known"] != false {
                return Some(chat);
            }
        }
    }

    /// Until the connection breaks, or nothing is left to say.
    async fn talk(&mut self, mut chat: Chat, stop: &CancellationToken) {
        let mut again_at = Instant::now();
        while !(stop.is_cancelled() && self.outbox.is_none()) {
            if self.outbox.is_none() && Instant::now() >= self.next_at {
                let (number, text) = self.ledger.write(&self.name);
                self.outbox = Some(msg(i64::try_from(number).expect("a small number"), &text));
                self.next_at = Instant::now() + self.dice.milliseconds(1_200..2_800);
                again_at = Instant::now();
            }
            if let Some(frame) = self.outbox.clone().filter(|_| Instant::now() >= again_at) {
                chat.send(frame).await;
                again_at = Instant::now() + AGAIN;
            }
            let wake = if self.outbox.is_some() { again_at } else { self.next_at };
            let heard = tokio::select! {
                heard = chat.next() => heard,
                () = sleep_until(wake) => continue,
            };
            let Ok(frame) = heard else { return };
            if frame["message"]["own"] == true {
                chat.send(json!({ "t": "got", "ids": [frame["message"]["id"]] })).await;
            }
            if self.hear(&frame, &mut again_at).is_break() {
                return;
            }
        }
        chat.leave().await;
    }

    /// Breaks off when the connection is to break.
    fn hear(&mut self, frame: &Value, again_at: &mut Instant) -> ControlFlow<()> {
        let mine = self.outbox.as_ref().is_some_and(|outbox| outbox["id"] == frame["id"]);
        match frame["t"].as_str() {
            Some("ack") if mine => {
                self.outbox = None;
                self.ledger.acknowledge(&self.name);
                if self.dice.one_in(BREAKS) {
                    return ControlFlow::Break(());
                }
            }
            Some("nack") if mine => {
                let wait = frame["retry_ms"].as_u64();
                if wait.is_none() {
                    self.ledger.refuse(format!("{}: {frame}", self.name));
                }
                *again_at = Instant::now() + Duration::from_millis(wait.unwrap_or(1_000));
            }
            Some("message") => {
                if frame["message"]["own"] == true {
                    self.ledger.push(&self.name);
                }
                self.take(&json!([frame["message"]]));
            }
            Some("welcome") => self.take(&frame["messages"]),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn take(&mut self, messages: &Value) {
        for one in told(messages) {
            if one.staffs {
                self.ledger.hear(&self.name, &one.id, &one.text);
            }
            self.after = Some(one.id);
        }
    }
}

/// One message as a browser shows it.
#[derive(Debug, Clone)]
pub struct Told {
    pub id: String,
    pub text: String,
    pub staffs: bool,
}

/// Those that have an id; echoes of one's own that is not stored yet have none.
fn told(messages: &Value) -> Vec<Told> {
    let one = |message: &Value| {
        let id = message["id"].as_str().filter(|id| !id.is_empty())?.to_owned();
        Some(Told { id, text: message["text"].as_str()?.to_owned(), staffs: message["own"] == true })
    };
    messages.as_array().into_iter().flatten().filter_map(one).collect()
}

/// The next frame of this kind; others are passed over.
async fn answer(chat: &mut Chat, kind: &str) -> Result<Value, String> {
    let reading = async {
        loop {
            match chat.next().await {
                Ok(frame) if frame["t"] == kind => return Ok(frame),
                Ok(_) => {}
                Err(end) => return Err(format!("{end:?} instead of {kind}")),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap_or_else(|_| Err(format!("no {kind} in 10 s")))
}
