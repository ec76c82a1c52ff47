use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

/// How long Telegram keeps an update that nobody fetched.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// The same for button presses.
pub(super) const CALLBACK_KEPT: Duration = Duration::from_secs(150);
/// A reply of getUpdates is cut here, whatever `limit` allows.
const REPLY_LIMIT: usize = 4 << 20;
/// Kinds that a bot gets only if it asks for them.
const NOT_BY_DEFAULT: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// What is delivered one after another: one family of updates of one chat or user.
pub(super) type Lane = (String, i64);

#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) body: Value,
    pub(super) update_id: i64,
    pub(super) lane: Lane,
    expires: Duration,
    /// A repeat of an update that was confirmed already: handed out once more, whatever the offset.
    repeat: bool,
    served: bool,
    /// The place in the queue; an update id may come twice.
    pub(super) place: u64,
}

/// The updates of one bot that were not confirmed yet.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Queued>,
    next_id: i64,
    next_place: u64,
    /// What the bot asked for; empty is the default set.
    pub(super) allowed: Vec<String>,
    /// All that ever was, for repeats.
    past: BTreeMap<i64, Value>,
}

impl Queue {
    pub(super) fn starting_at(next_id: i64) -> Self {
        Self { waiting: VecDeque::new(), next_id, next_place: 0, allowed: Vec::new(), past: BTreeMap::new() }
    }

    /// Queues `{kind: content}` if the bot wants this kind, and returns its update id.
    pub(super) fn push(&mut self, kind: &str, content: Value, now: Duration) -> Option<i64> {
        if !self.wants(kind) {
            return None;
        }
        Some(self.push_anyway(json!({ kind: content }), now))
    }

    /// Queues an update as it is, of a kind known or not; without an `update_id` it gets the next one.
    pub(super) fn push_anyway(&mut self, mut body: Value, now: Duration) -> i64 {
        let update_id = match body["update_id"].as_i64() {
            Some(id) => id,
            None => {
                self.next_id += 1;
                self.next_id - 1
            }
        };
        body["update_id"] = json!(update_id);
        self.past.insert(update_id, body.clone());
        self.enqueue(body, update_id, now, false);
        update_id
    }

    /// Hands an update out once more under its old id. Returns whether it is known.
    pub(super) fn repeat(&mut self, update_id: i64, now: Duration) -> bool {
        let Some(body) = self.past.get(&update_id).cloned() else { return false };
        self.enqueue(body, update_id, now, true);
        true
    }

    /// Hands the content of an update out under a new id, as a re-created queue does.
    pub(super) fn repeat_as_new(&mut self, update_id: i64, now: Duration) -> Option<i64> {
        let mut body = self.past.get(&update_id)?.clone();
        body.as_object_mut()?.remove("update_id");
        Some(self.push_anyway(body, now))
    }

    fn enqueue(&mut self, body: Value, update_id: i64, now: Duration, repeat: bool) {
        let lane = lane(&body);
        let kept = if lane.0 == "callback_query" { CALLBACK_KEPT } else { KEPT };
        self.next_place += 1;
        let place = self.next_place;
        let expires = now + kept;
        self.waiting.push_back(Queued { body, update_id, lane, expires, repeat, served: false, place });
    }

    fn wants(&self, kind: &str) -> bool {
        if self.allowed.is_empty() {
            return !NOT_BY_DEFAULT.contains(&kind);
        }
        self.allowed.iter().any(|allowed| allowed == kind)
    }

    /// Forgets what lies before `offset`; a negative offset keeps only that many of the last.
    pub(super) fn confirm(&mut self, offset: i64) {
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            let gone = self.waiting.len().saturating_sub(keep);
            self.waiting.drain(..gone);
        } else if offset > 0 {
            self.waiting.retain(|one| if one.repeat { !one.served } else { one.update_id >= offset });
        }
    }

    /// The first updates, at most `limit` and about 4 MiB of them.
    pub(super) fn serve(&mut self, limit: usize, now: Duration) -> Vec<Value> {
        self.forget_expired(now);
        let mut length = 0;
        let mut batch = Vec::new();
        for one in self.waiting.iter_mut().take(limit) {
            length += one.body.to_string().len();
            if length > REPLY_LIMIT && !batch.is_empty() {
                break;
            }
            one.served = true;
            batch.push(one.body.clone());
        }
        batch
    }

    /// The oldest update of each lane.
    pub(super) fn heads(&mut self, now: Duration) -> Vec<Queued> {
        self.forget_expired(now);
        let mut seen = HashSet::new();
        self.waiting.iter().filter(|one| seen.insert(&one.lane)).cloned().collect()
    }

    pub(super) fn remove(&mut self, place: u64) {
        self.waiting.retain(|one| one.place != place);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    fn forget_expired(&mut self, now: Duration) {
        self.waiting.retain(|one| now < one.expires);
    }
}

/// Messages and their edits of one chat share a lane, those of a business account another one.
fn lane(update: &Value) -> Lane {
    let content = update.as_object().into_iter().flatten().find(|(key, _)| *key != "update_id");
    let Some((kind, content)) = content else { return (String::new(), 0) };
    let family = match kind.as_str() {
        "message" | "edited_message" | "channel_post" | "edited_channel_post" => "message",
        "business_message" | "edited_business_message" | "deleted_business_messages" => "business_message",
        other => other,
    };
    let id = ["/chat/id", "/message/chat/id", "/from/id", "/user/id"];
    let id = id.iter().find_map(|path| content.pointer(path)?.as_i64()).unwrap_or_default();
    (family.to_owned(), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn message(chat: i64) -> Value {
        json!({ "chat": { "id": chat } })
    }

    #[test]
    fn an_update_is_served_until_it_is_confirmed() {
        let mut queue = Queue::starting_at(10);
        queue.push("message", message(1), NOW);
        queue.push("message", message(1), NOW);
        assert_eq!(queue.serve(100, NOW).len(), 2);
        queue.confirm(11);
        assert_eq!(queue.serve(100, NOW)[0]["update_id"], 11);
        queue.confirm(12);
        assert!(queue.serve(100, NOW).is_empty());
    }

    #[test]
    fn a_repeat_comes_once_whatever_was_confirmed() {
        let mut queue = Queue::starting_at(10);
        queue.push("message", message(1), NOW);
        queue.confirm(11);
        assert!(queue.repeat(10, NOW));
        queue.confirm(11);
        assert_eq!(queue.serve(100, NOW)[0]["update_id"], 10);
        queue.confirm(11);
        assert!(queue.serve(100, NOW).is_empty());
        assert_eq!(queue.repeat_as_new(10, NOW), Some(11));
    }

    #[test]
    fn what_nobody_fetches_is_lost_after_a_day_and_a_press_after_150_seconds() {
        let mut queue = Queue::starting_at(10);
        queue.push("message", message(1), NOW);
        queue.push("callback_query", json!({ "from": { "id": 1 } }), NOW);
        assert_eq!(queue.serve(100, CALLBACK_KEPT).len(), 1);
        assert!(queue.serve(100, KEPT).is_empty());
    }

    #[test]
    fn reactions_come_only_to_whom_asked_for_them() {
        let mut queue = Queue::starting_at(10);
        assert_eq!(queue.push("message_reaction", message(1), NOW), None);
        queue.allowed = vec!["message_reaction".into()];
        assert_eq!(queue.push("message_reaction", message(1), NOW), Some(10));
        assert_eq!(queue.push("message", message(1), NOW), None);
    }

    #[test]
    fn edits_wait_behind_the_messages_of_their_chat_only() {
        let mut queue = Queue::starting_at(1);
        queue.push("message", message(1), NOW);
        queue.push("edited_message", message(1), NOW);
        queue.push("message", message(2), NOW);
        queue.push("my_chat_member", message(1), NOW);
        let heads: Vec<_> = queue.heads(NOW).iter().map(|head| head.update_id).collect();
        assert_eq!(heads, [1, 3, 4]);
    }
}
