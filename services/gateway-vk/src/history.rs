//! What VK could not deliver: it stops after failures, and a long poll forgets. The histories of conversations have it.

use std::{collections::VecDeque, time::Duration};

use chrono::Utc;
use contracts::channel::Inbound;
use gateway_kit::{Polled, ProviderError};
use tokio::{sync::Mutex, time::Instant};
use tracing::{info, warn};

use crate::{
    client::Client,
    complete,
    error::{self, CallError},
    names::Names,
    normalize::message::remembered,
    wire::{Items, Message, Talk},
};

/// How often an account that receives by callback looks whether something was missed.
const EVERY: Duration = Duration::from_secs(600);
/// A page of conversations, or of a history; VK gives at most so many.
const PAGE: usize = 200;
/// Conversations that one catching up visits.
const TALKS: usize = 5_000;
/// Messages of one conversation.
const MESSAGES: usize = 10_000;
/// Conversations that one round visits: its calls must end within the time of a poll.
const ROUND: usize = 100;
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

/// Conversations that are still to be looked at.
struct Journey {
    since: i64,
    until: i64,
    talks: VecDeque<i64>,
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
        let mut journey = match state.under_way.take() {
            Some(journey) => journey,
            None => begin(client, since).await?,
        };
        let mut facts = Vec::new();
        for _ in 0..ROUND {
            let Some(peer) = journey.talks.pop_front() else { break };
            match talk(client, peer, journey.since).await {
                Ok(found) => facts.extend(found),
                Err(error) => {
                    journey.talks.push_front(peer);
                    state.under_way = Some(journey);
                    return Err(error);
                }
            }
        }
        complete::name(client, names, &mut facts).await;
        if !journey.talks.is_empty() {
            state.under_way = Some(journey);
            return Ok(Round { facts, until: None });
        }
        state.ended = Some(Instant::now());
        Ok(Round { facts, until: Some(journey.until) })
    }
}

async fn begin(client: &Client, since: i64) -> Result<Journey, CallError> {
    let until = Utc::now().timestamp();
    let since = since.saturating_sub(OVERLAP_SECONDS);
    let mut talks = VecDeque::new();
    while talks.len() < TALKS {
        let params = [
            ("count", PAGE.to_string()),
            ("offset", talks.len().to_string()),
            ("filter", "all".to_owned()),
            client.group_param(),
        ];
        let page: Items<Talk> = client.call("messages.getConversations", &params).await?;
        let size = page.items.len();
        let fresh = page.items.iter().filter(|talk| talk.last_message.as_ref().is_some_and(|last| last.date >= since));
        let fresh: Vec<_> = fresh.filter_map(|talk| Some(talk.conversation.peer.as_ref()?.id)).collect();
        let all = fresh.len() == size && size == PAGE;
        talks.extend(fresh);
        if !all {
            break;
        }
    }
    if talks.len() >= TALKS {
        warn!(conversations = talks.len(), "more conversations than are looked at had messages while we were away");
    }
    if !talks.is_empty() {
        info!(conversations = talks.len(), "looking for messages that VK could not deliver");
    }
    Ok(Journey { since, until, talks })
}

/// The facts of one conversation since a date, oldest first.
async fn talk(client: &Client, peer: i64, since: i64) -> Result<Vec<Inbound>, CallError> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let page = page(client, peer, messages.len()).await?;
        let size = page.len();
        let fresh: Vec<_> =
            page.into_iter().filter(|one| one.date.max(one.update_time.unwrap_or(0)) >= since).collect();
        let all = fresh.len() == size && size == PAGE;
        messages.extend(fresh);
        if !all || messages.len() >= MESSAGES {
            break;
        }
    }
    messages.reverse();
    // One that cannot be read here came, or comes, as an event, where it becomes a dead letter.
    Ok(messages.into_iter().filter_map(|message| remembered(message).ok()).flatten().collect())
}

/// Newest first.
pub async fn page(client: &Client, peer: i64, offset: usize) -> Result<Vec<Message>, CallError> {
    let params = [
        ("peer_id", peer.to_string()),
        ("count", PAGE.to_string()),
        ("offset", offset.to_string()),
        client.group_param(),
    ];
    let page: Items<Message> = client.call("messages.getHistory", &params).await?;
    Ok(page.items.into_iter().map(|message| Message { peer_id: peer, ..message }).collect())
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
