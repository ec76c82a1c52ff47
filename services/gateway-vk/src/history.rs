//! What VK could not deliver: it stops after failures, and a long poll forgets. The histories of conversations have it.

use std::{collections::VecDeque, time::Duration};

use chrono::Utc;
use contracts::channel::Inbound;
use gateway_kit::{Polled, ProviderError, words::said};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use tracing::{info, warn};

use crate::{
    client::Client,
    complete,
    error::{self, CallError, Verdict},
    names::Names,
    normalize::{message::remembered, unreadable},
    wire::{Items, Message},
};

/// How often an account that receives by callback looks whether something was missed.
const EVERY: Duration = Duration::from_secs(600);
/// A page of conversations, or of a history; VK gives at most so many.
const PAGE: usize = 200;
/// Conversations that one catching up visits.
const TALKS: usize = 5_000;
/// Messages of one conversation.
const MESSAGES: usize = 10_000;
/// Conversations that one round visits, and for how long: its calls must end within the time of a poll.
const ROUND: usize = 100;
const ROUND_SPAN: Duration = Duration::from_secs(30);
/// VK's clocks, and messages under way when a position was noted.
const OVERLAP_SECONDS: i64 = 120;

/// Where a position stands: the long poll's place, and the date up to which everything is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Empty: none, for receiving by callback.
    pub ts: String,
    pub date: i64,
}

impl Place {
    /// A position that cannot be read is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (ts, date) = text.rsplit_once('@')?;
        Some(Self { ts: ts.to_owned(), date: date.parse().ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.ts, self.date)
    }
}

/// The catching up of one community.
#[derive(Default)]
pub struct CatchUp(Mutex<State>);

#[derive(Default)]
struct State {
    ended: Option<Instant>,
    under_way: Option<Journey>,
}

/// Conversations that are still to be looked at. It stands in the state while it is under way, so that a poll that is
/// given up half-way costs nothing.
struct Journey {
    since: i64,
    until: i64,
    talks: VecDeque<i64>,
    /// What was read of the first of them, newest first.
    read: Vec<Value>,
    /// Found, and not handed out yet.
    facts: Vec<Inbound>,
}

/// A round's facts; `until` when it was the last.
pub struct Round {
    pub facts: Vec<Inbound>,
    pub until: Option<i64>,
}

impl CatchUp {
    /// For accounts that receive by callback: a round when it is time, else nothing.
    pub async fn when_due(
        &self,
        client: &Client,
        names: &Names,
        position: Option<&str>,
    ) -> Result<Polled, ProviderError> {
        let is_due = {
            let state = self.0.lock().await;
            state.under_way.is_some() || state.ended.is_none_or(|at| at.elapsed() >= EVERY)
        };
        if !is_due {
            return Ok(Polled::default());
        }
        let Some(known) = position.and_then(Place::parse) else {
            self.0.lock().await.ended = Some(Instant::now());
            let first = Place { ts: String::new(), date: Utc::now().timestamp() };
            return Ok(Polled { facts: Vec::new(), position: Some(first.to_string()), ..Polled::default() });
        };
        let mut round = self.round(client, names, known.date).await.map_err(error::provider)?;
        // What was under way does not end the waiting: the kit asks again until there is nothing.
        while round.facts.is_empty() && round.until.is_none() {
            round = self.round(client, names, known.date).await.map_err(error::provider)?;
        }
        let position = round.until.map(|date| Place { ts: String::new(), date }.to_string());
        Ok(Polled { facts: round.facts, position, ..Polled::default() })
    }

    /// Looks at some more conversations that had messages since a date.
    pub async fn round(&self, client: &Client, names: &Names, since: i64) -> Result<Round, CallError> {
        let mut state = self.0.lock().await;
        if state.under_way.is_none() {
            state.under_way = Some(begin(client, since).await?);
        }
        let Some(journey) = &mut state.under_way else { return Ok(Round { facts: Vec::new(), until: None }) };
        let walked = journey.walk(client).await;
        complete::name(client, names, &mut journey.facts).await;
        let (facts, until) = (std::mem::take(&mut journey.facts), journey.until);
        match walked {
            // What was found before goes first; whoever asks again meets the error again, if it lasts.
            Err(error) if facts.is_empty() => Err(error),
            Ok(Walk::Over) => {
                (state.under_way, state.ended) = (None, Some(Instant::now()));
                Ok(Round { facts, until: Some(until) })
            }
            _ => Ok(Round { facts, until: None }),
        }
    }
}

enum Walk {
    Goes,
    Over,
}

impl Journey {
    /// Goes on for one round; its facts lie in `facts`.
    async fn walk(&mut self, client: &Client) -> Result<Walk, CallError> {
        let began = Instant::now();
        let mut visited = 0;
        while let Some(peer) = self.talks.front().copied() {
            if visited >= ROUND || began.elapsed() >= ROUND_SPAN {
                return Ok(Walk::Goes);
            }
            let is_whole = match self.read_page(client, peer).await {
                Ok(is_whole) => is_whole,
                Err(error) => {
                    // The others first; this one from its beginning.
                    self.read.clear();
                    self.talks.rotate_left(1);
                    return Err(error);
                }
            };
            if is_whole {
                // One page may hold an edit of what the next tells first, so a conversation is told as a whole.
                let read = std::mem::take(&mut self.read);
                self.facts.extend(read.into_iter().rev().flat_map(|message| told(peer, message)));
                self.talks.pop_front();
                visited += 1;
            }
        }
        Ok(Walk::Over)
    }

    /// Reads one more page of a conversation; `true`: there is no more of it that is new.
    async fn read_page(&mut self, client: &Client, peer: i64) -> Result<bool, CallError> {
        let page = match page(client, peer, self.read.len()).await {
            Ok(page) => page,
            Err(error) => {
                if !is_closed(client, &error).await? {
                    return Err(error);
                }
                info!(code = error.code(), "a conversation whose history VK refuses is passed over");
                return Ok(true);
            }
        };
        let size = page.len();
        let fresh: Vec<_> = page.into_iter().filter(|message| is_since(message, self.since)).collect();
        let all = fresh.len() == size && size == PAGE;
        self.read.extend(fresh);
        Ok(!all || self.read.len() >= MESSAGES)
    }
}

/// Whether VK refuses this one conversation, for good. A right that is missing may be the whole community's: then it
/// lists no conversations either.
async fn is_closed(client: &Client, error: &CallError) -> Result<bool, CallError> {
    match error.verdict() {
        Some(Verdict::Refused(_)) => Ok(true),
        Some(Verdict::Account(_)) => talks(client, 0, 1).await.map(|_| true),
        _ => Ok(false),
    }
}

async fn begin(client: &Client, since: i64) -> Result<Journey, CallError> {
    let until = Utc::now().timestamp();
    let since = since.saturating_sub(OVERLAP_SECONDS);
    let (mut found, mut seen) = (VecDeque::new(), 0);
    while seen < TALKS {
        let page = talks(client, seen, PAGE).await?;
        seen += page.len();
        let is_fresh = |talk: &&Value| talk["last_message"].is_object() && is_since(&talk["last_message"], since);
        let fresh: Vec<_> =
            page.iter().filter(is_fresh).map(|talk| talk["conversation"]["peer"]["id"].as_i64()).collect();
        let all = fresh.len() == page.len() && page.len() == PAGE;
        found.extend(fresh.into_iter().flatten());
        if !all {
            break;
        }
    }
    if found.len() >= TALKS {
        warn!(conversations = found.len(), "more conversations than are looked at had messages while we were away");
    }
    if !found.is_empty() {
        info!(conversations = found.len(), "looking for messages that VK could not deliver");
    }
    Ok(Journey { since, until, talks: found, read: Vec::new(), facts: Vec::new() })
}

/// Conversations, the latest first.
async fn talks(client: &Client, offset: usize, count: usize) -> Result<Vec<Value>, CallError> {
    let params = [
        ("count", count.to_string()),
        ("offset", offset.to_string()),
        ("filter", "all".to_owned()),
        client.group_param(),
    ];
    let page: Items<Value> = client.call("messages.getConversations", &params).await?;
    Ok(page.items)
}

/// One without a date that can be read counts as new: it becomes a dead letter, once.
fn is_since(message: &Value, since: i64) -> bool {
    let changed = message["update_time"].as_i64().unwrap_or_default();
    message["date"].as_i64().is_none_or(|date| date.max(changed) >= since)
}

/// A message of a history as facts; one that cannot be read stands in no other's way.
fn told(peer: i64, mut message: Value) -> Vec<Inbound> {
    if let Some(fields) = message.as_object_mut() {
        fields.insert("peer_id".into(), peer.into());
    }
    let read = serde_json::from_value::<Message>(message.clone()).map_err(|error| said(&error));
    read.and_then(remembered).unwrap_or_else(|reason| vec![unreadable(peer, message, &reason)])
}

/// Newest first.
pub async fn page(client: &Client, peer: i64, offset: usize) -> Result<Vec<Value>, CallError> {
    let params = [
        ("peer_id", peer.to_string()),
        ("count", PAGE.to_string()),
        ("offset", offset.to_string()),
        client.group_param(),
    ];
    let page: Items<Value> = client.call("messages.getHistory", &params).await?;
    Ok(page.items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_from_its_text() {
        for text in ["105@1795420800", "@1795420800", "a@b@1"] {
            assert_eq!(Place::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "105", "105@", "@x"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
