//! What MAX could not deliver. It tries a delivery for hours and then drops the subscription without a word; what came
//! while there was none stays in the history, which can be read chat by chat (`GET /messages`). MAX lists no chats, so
//! router is asked for those that have spoken, whichever replica took their messages; with those seen here they are this
//! account's position, which serves while router is silent.

use std::collections::{HashSet, VecDeque};

use contracts::channel::{AskChatsResponse, Inbound};
use gateway_kit::{Chats, Polled, ProviderError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{client::Client, error, normalize, wire::History};

/// Those that spoke last; a position is a fact and has its bounds.
const CHATS_MOST: u16 = 500;
/// Chats that are asked for at once: well within the kit's patience, and below MAX's limit of calls.
const STEP: usize = 8;
const PER_PAGE: usize = 100;
/// Per chat; more than a person writes in a day.
const PAGES_MOST: usize = 10;
/// Deliveries overtake each other, so the history is read from a little earlier on.
const MARGIN_MS: i64 = 15 * 60 * 1000;
/// How far the position may lie behind while only known chats speak.
const STALE_MS: i64 = 5 * 60 * 1000;

/// The position of an account that receives by webhook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    /// When the newest message was sent that was delivered, in milliseconds; 0: none yet.
    at: i64,
    /// The last to speak stands first.
    chats: VecDeque<i64>,
}

/// What has to be asked for.
#[derive(Default)]
pub struct CatchUp(Mutex<State>);

#[derive(Default)]
struct State {
    /// Set with the lease.
    router: Option<Chats>,
    seen: Memory,
    /// Whether the history was looked at since the subscription was made last.
    is_caught_up: bool,
    /// Chats that are still to be asked, and from when on.
    open: Option<(VecDeque<i64>, i64)>,
}

impl CatchUp {
    pub fn equip(&self, router: Chats) {
        self.0.lock().router = Some(router);
    }

    /// The subscription was gone: what came meanwhile was not delivered.
    pub fn lost(&self) {
        self.0.lock().is_caught_up = false;
    }

    /// Remembers where facts of a delivery came from.
    pub fn note(&self, facts: &[Inbound]) {
        let mut state = self.0.lock();
        for fact in facts {
            let chat = fact.peer.as_ref().and_then(|peer| peer.reply_address.parse().ok());
            let at = fact.shown_at.as_ref().map_or(0, |at| at.seconds.saturating_mul(1000));
            chat.into_iter().for_each(|chat| state.seen.note(chat, at));
        }
    }

    /// Remembers a chat that we wrote into.
    pub fn note_chat(&self, chat: i64) {
        self.0.lock().seen.note(chat, 0);
    }

    /// A few chats' histories each time; nothing when all is told.
    pub async fn run(&self, client: &Client, position: Option<&str>) -> Result<Polled, ProviderError> {
        let told: Memory = position.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        self.ask_router().await;
        let Some((chats, since)) = self.next(&told) else {
            return Ok(Polled { facts: Vec::new(), position: self.news(&told), ..Polled::default() });
        };
        let mut facts = Vec::new();
        for chat in &chats {
            facts.extend(history(client, *chat, since).await?);
        }
        self.done(chats.len());
        let position = if facts.is_empty() { self.progress(&told) } else { None };
        Ok(Polled { facts, position, ..Polled::default() })
    }

    /// What any replica has taken.
    async fn ask_router(&self) {
        let router = self.0.lock().router.clone();
        let Some(router) = router else { return };
        if let Some(answer) = router.latest(CHATS_MOST.into()).await {
            self.0.lock().seen.learn(&answer);
        }
    }

    /// The chats to ask now. Where this was begun, `told` is what was committed before the subscription was lost.
    fn next(&self, told: &Memory) -> Option<(Vec<i64>, i64)> {
        let mut state = self.0.lock();
        told.chats.iter().for_each(|chat| state.seen.keep(*chat));
        if !state.is_caught_up {
            state.is_caught_up = true;
            let since = told.at.saturating_sub(MARGIN_MS);
            state.open = (told.at > 0).then(|| (state.seen.chats.clone(), since));
        }
        let (chats, since) = state.open.as_ref().filter(|(chats, _)| !chats.is_empty())?;
        Some((chats.iter().take(STEP).copied().collect(), *since))
    }

    fn done(&self, count: usize) {
        let mut state = self.0.lock();
        if let Some((chats, _)) = &mut state.open {
            chats.drain(..count.min(chats.len()));
        }
    }

    /// A position that differs from the last, so that the kit asks for the next chats although these brought nothing;
    /// its time stays, for more is to come.
    fn progress(&self, told: &Memory) -> Option<String> {
        let mut state = self.0.lock();
        let (chats, _) = state.open.as_ref()?;
        if chats.is_empty() {
            state.open = None;
        }
        let chats = state.seen.chats.clone();
        serde_json::to_string(&Memory { at: told.at, chats }).ok()
    }

    /// The position, when it tells more than the last.
    fn news(&self, told: &Memory) -> Option<String> {
        let mut state = self.0.lock();
        state.open = None;
        let seen = &state.seen;
        let more = seen.chats.iter().any(|chat| !told.chats.contains(chat));
        if !more && seen.at < told.at.saturating_add(STALE_MS) {
            return None;
        }
        let at = seen.at.max(told.at);
        serde_json::to_string(&Memory { at, chats: seen.chats.clone() }).ok()
    }
}

impl Memory {
    /// Those of router's answer stand first, in its order.
    fn learn(&mut self, answer: &AskChatsResponse) {
        let at = answer.newest_at.as_ref().map_or(0, |at| at.seconds.saturating_mul(1000));
        let chats = answer.reply_addresses.iter().rev().filter_map(|chat| chat.parse().ok());
        chats.for_each(|chat| self.note(chat, at));
    }

    fn note(&mut self, chat: i64, at: i64) {
        self.at = self.at.max(at);
        if self.chats.front() == Some(&chat) {
            return;
        }
        self.chats.retain(|known| *known != chat);
        self.chats.push_front(chat);
        self.chats.truncate(CHATS_MOST.into());
    }

    /// One that is known from before, behind those that spoke since.
    fn keep(&mut self, chat: i64) {
        if self.chats.len() < usize::from(CHATS_MOST) && !self.chats.contains(&chat) {
            self.chats.push_back(chat);
        }
    }
}

/// What a chat's history has since then, the oldest first. A chat that is closed to us has nothing.
async fn history(client: &Client, chat: i64, since: i64) -> Result<Vec<Inbound>, ProviderError> {
    let mut found: Vec<Value> = Vec::new();
    let mut from: Option<i64> = None;
    for _ in 0..PAGES_MOST {
        let mut query = vec![("chat_id", chat.to_string()), ("count", PER_PAGE.to_string())];
        query.extend(from.map(|from| ("from", from.to_string())));
        let page: History = match client.get(&["messages"], &query).await {
            Ok(page) => page,
            Err(refused) if refused.is_closed() => break,
            Err(error) => return Err(error::provider(error)),
        };
        let is_full = page.messages.len() >= PER_PAGE;
        let oldest = page.messages.last().map(sent_at);
        found.extend(page.messages.into_iter().filter(|message| sent_at(message) >= since));
        if !is_full || oldest.is_none_or(|oldest| oldest < since || Some(oldest) == from) {
            break;
        }
        from = oldest;
    }
    // The pages overlap by what was sent in one millisecond.
    let mut known = HashSet::new();
    found.retain(|message| known.insert(message["body"]["mid"].to_string() + &sent_at(message).to_string()));
    Ok(found.iter().rev().flat_map(|message| facts(client, message)).collect())
}

fn sent_at(message: &Value) -> i64 {
    message["timestamp"].as_i64().unwrap_or(i64::MAX)
}

fn facts(client: &Client, message: &Value) -> Vec<Inbound> {
    let mut facts = normalize::of_history(message);
    client.prove(json!({ "message": message }).to_string().as_bytes(), &mut facts);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_spoke_last_is_asked_first_and_the_oldest_is_forgotten() {
        let mut memory = Memory::default();
        (0..600).for_each(|chat| memory.note(chat, chat));
        memory.note(300, 0);
        assert_eq!((memory.chats.len(), memory.chats[0], memory.chats[1], memory.at), (500, 300, 599, 599));
        memory.keep(1);
        assert!(!memory.chats.contains(&1), "there is no room for it");
    }

    #[test]
    fn the_position_is_written_for_a_new_chat_and_when_it_is_old() {
        let catch_up = CatchUp::default();
        let mut told = Memory::default();
        catch_up.0.lock().seen.note(7, 1_000);
        let written = catch_up.news(&told).unwrap();
        told = serde_json::from_str(&written).unwrap();
        assert_eq!(catch_up.news(&told), None);
        catch_up.0.lock().seen.note(7, 1_000 + STALE_MS);
        assert!(catch_up.news(&told).is_some());
    }

    #[test]
    fn nothing_is_asked_for_an_account_that_never_heard_anything() {
        let catch_up = CatchUp::default();
        assert_eq!(catch_up.next(&Memory::default()), None);
        let told = Memory { at: 10_000_000, chats: (0..20).collect() };
        assert_eq!(catch_up.next(&told), None, "it was looked at already");
        catch_up.lost();
        let (chats, since) = catch_up.next(&told).unwrap();
        assert_eq!((chats.len(), since), (STEP, 10_000_000 - MARGIN_MS));
    }
}
