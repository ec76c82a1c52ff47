use gateway_kit::words::clean;
use serde_json::{Map, Value};

use crate::names;

/// VK's service messages of conversations of several
/// (<https://dev.vk.com/ru/reference/objects/message#action>, read 2026-11-26).
const EVENTS: [(&str, &str); 12] = [
    ("chat_create", "Created the conversation"),
    ("chat_title_update", "Renamed the conversation"),
    ("chat_photo_update", "Changed the picture"),
    ("chat_photo_remove", "Removed the picture"),
    ("chat_invite_user", "Invited"),
    ("chat_kick_user", "Removed"),
    ("chat_invite_user_by_link", "Joined by a link"),
    ("chat_invite_user_by_message_request", "Joined by a request"),
    ("chat_pin_message", "Pinned a message"),
    ("chat_unpin_message", "Unpinned a message"),
    ("chat_screenshot", "Made a screenshot"),
    ("conversation_style_update", "Changed the style"),
];

/// A line of service: VK's own key, the same in English, who did it (empty: whoever wrote), and what it speaks of.
pub struct Event {
    pub key: String,
    pub text: String,
    pub args: Vec<String>,
}

pub fn event(action: &Map<String, Value>) -> Option<Event> {
    let kind = action.get("type")?.as_str()?;
    let words = EVENTS.iter().find(|(known, _)| *known == kind).map_or("Changed the conversation", |(_, words)| words);
    let title = action.get("text").and_then(Value::as_str).map(|text| clean(text, 200));
    let member = action.get("member_id").and_then(Value::as_i64).map(names::place_of);
    let about = title.or(member).filter(|about| !about.is_empty());
    let text = about.as_ref().map_or_else(|| words.to_owned(), |about| format!("{words}: {about}"));
    Some(Event { key: clean(kind, 64), text, args: [String::new()].into_iter().chain(about).collect() })
}
