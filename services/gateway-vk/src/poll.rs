//! Bots Long Poll (<https://dev.vk.com/ru/api/bots-long-poll/getting-started>, read 2026-11-26).

use std::time::Duration;

use chrono::Utc;
use contracts::channel::{Inbound, Peer};
use egress::Url;
use gateway_kit::{Polled, ProviderError};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    client::{Client, VERSION},
    complete,
    error::{self, CallError},
    history::{CatchUp, Place},
    names::Names,
    normalize,
    webhook::EVENTS,
    wire::{LongPollAnswer, LongPollServer},
};

/// VK's advice: proxies cut at 30 s.
const WAIT_SECONDS: u64 = 25;
/// Above the wait, and below what the kit waits for a poll.
const ANSWER: Duration = Duration::from_secs(40);

/// Has VK gather the events that we read. What else is switched on stays.
pub async fn open(client: &Client) -> Result<(), ProviderError> {
    let mut params = vec![client.group_param(), ("enabled", "1".into()), ("api_version", VERSION.into())];
    params.extend(EVENTS.map(|event| (event, "1".to_owned())));
    let _: Value = client.call("groups.setLongPollSettings", &params).await.map_err(error::provider)?;
    Ok(())
}

/// The long poll of one community.
#[derive(Default)]
pub struct LongPoll(Mutex<State>);

#[derive(Default)]
struct State {
    /// Server and key, which last about an hour.
    server: Option<(Url, String)>,
    /// The histories have to be looked at, then reading goes on from here.
    lost: Option<String>,
}

impl LongPoll {
    /// What is new after a position.
    pub async fn events(
        &self,
        client: &Client,
        names: &Names,
        catch_up: &CatchUp,
        position: Option<&str>,
    ) -> Result<Polled, ProviderError> {
        let mut state = self.0.lock().await;
        let known = position.and_then(Place::parse).unwrap_or_default();
        let answer = match &state.lost {
            Some(_) => Ok(Heard::Lost),
            None => state.hear(client, &known).await,
        };
        match answer.map_err(error::provider)? {
            Heard::Nothing => Ok(Polled::default()),
            Heard::Began(ts) => {
                let place = Place { ts, date: Utc::now().timestamp() };
                Ok(Polled { facts: Vec::new(), position: Some(place.to_string()), ..Polled::default() })
            }
            Heard::Events(ts, mut facts, typing) => {
                complete::name(client, names, &mut facts).await;
                let date = facts.iter().filter_map(|fact| Some(fact.sent_on.as_ref()?.seconds)).max();
                let place = Place { ts, date: date.unwrap_or_default().max(known.date).min(Utc::now().timestamp()) };
                let position = Some(place.to_string()).filter(|place| Some(place.as_str()) != position);
                Ok(Polled { facts, position, typing, ..Polled::default() })
            }
            Heard::Lost => {
                let round = catch_up.round(client, names, known.date).await.map_err(error::provider)?;
                let position = round.until.map(|date| Place { ts: state.lost.take().unwrap_or_default(), date });
                Ok(Polled {
                    facts: round.facts,
                    position: position.map(|place| place.to_string()),
                    ..Polled::default()
                })
            }
        }
    }
}

/// What a poll brought.
enum Heard {
    Nothing,
    /// The place to begin from: nothing was ever read.
    Began(String),
    Events(String, Vec<Inbound>, Vec<Peer>),
    /// Events are missing.
    Lost,
}

impl State {
    async fn hear(&mut self, client: &Client, known: &Place) -> Result<Heard, CallError> {
        let (url, key) = match self.server.clone() {
            Some(server) => server,
            None => {
                let server: LongPollServer = client.call("groups.getLongPollServer", &[client.group_param()]).await?;
                let url = server.server.parse().map_err(|_| CallError::Unknown("VK names no server".into()))?;
                let server_now = (url, server.key);
                self.server = Some(server_now.clone());
                if known.date == 0 {
                    return Ok(Heard::Began(server.ts));
                }
                if known.ts.is_empty() {
                    self.lost = Some(server.ts);
                    return Ok(Heard::Lost);
                }
                server_now
            }
        };
        let asked = asked(url, &key, &known.ts);
        let answer: Result<LongPollAnswer, _> = client.ask(&asked, ANSWER).await;
        let answer = answer.inspect_err(|_| self.server = None)?;
        self.heard(client, known, answer).await
    }

    async fn heard(&mut self, client: &Client, known: &Place, answer: LongPollAnswer) -> Result<Heard, CallError> {
        match answer.failed {
            None => {
                let ts = answer.ts.unwrap_or_else(|| known.ts.clone());
                let updates = answer.updates.unwrap_or_default();
                let (mut facts, mut typing) = (Vec::new(), Vec::new());
                for update in updates {
                    let body = update.get().as_bytes();
                    let whole = complete::whole(client, body, normalize::event(body)).await?;
                    typing.extend(whole.is_empty().then(|| normalize::typing(body)).flatten());
                    facts.extend(whole);
                }
                Ok(Heard::Events(ts, facts, typing))
            }
            // The history is older than VK keeps, or was lost in part.
            Some(1) => {
                self.lost = answer.ts;
                if self.lost.is_none() {
                    self.server = None;
                    self.lost = Some(fresh(client).await?);
                }
                Ok(Heard::Lost)
            }
            // The key has expired, as it does about each hour; the place stays good.
            Some(2) => {
                self.server = None;
                Ok(Heard::Nothing)
            }
            Some(_) => {
                self.server = None;
                self.lost = Some(fresh(client).await?);
                Ok(Heard::Lost)
            }
        }
    }
}

async fn fresh(client: &Client) -> Result<String, CallError> {
    let server: LongPollServer = client.call("groups.getLongPollServer", &[client.group_param()]).await?;
    Ok(server.ts)
}

fn asked(mut url: Url, key: &str, ts: &str) -> Url {
    url.query_pairs_mut()
        .append_pair("act", "a_check")
        .append_pair("key", key)
        .append_pair("ts", ts)
        .append_pair("wait", &WAIT_SECONDS.to_string());
    url
}
