use gateway_kit::words::clean;
use serde_json::{Map, Value};

use super::peer;
use crate::wire::User;

/// Service messages that need no more than a word.
const EVENTS: [(&str, &str); 37] = [
    ("boost_added", "Boosted the group"),
    ("chat_background_set", "Changed the background"),
    ("chat_owner_changed", "Became the owner of the group"),
    ("chat_owner_left", "The owner left the group"),
    ("channel_chat_created", "Created the channel"),
    ("connected_website", "Signed in to a website with Telegram"),
    ("delete_chat_photo", "Removed the group's picture"),
    ("direct_message_price_changed", "The price of direct messages changed"),
    ("forum_topic_closed", "Closed the topic"),
    ("forum_topic_created", "Opened the topic"),
    ("forum_topic_edited", "Renamed the topic"),
    ("forum_topic_reopened", "Opened the topic again"),
    ("general_forum_topic_hidden", "Hid the general topic"),
    ("general_forum_topic_unhidden", "Showed the general topic"),
    ("gift", "Sent a gift"),
    ("gift_upgrade_sent", "Upgraded a gift"),
    ("giveaway_completed", "A giveaway ended"),
    ("giveaway_created", "Started a giveaway"),
    ("group_chat_created", "Created the group"),
    ("message_auto_delete_timer_changed", "Changed when messages vanish"),
    ("migrate_from_chat_id", "The group became a supergroup"),
    ("migrate_to_chat_id", "The group became a supergroup"),
    ("new_chat_photo", "Changed the group's picture"),
    ("paid_message_price_changed", "The price of messages changed"),
    ("pinned_message", "Pinned a message"),
    ("proximity_alert_triggered", "Came close to another member"),
    ("refunded_payment", "A payment was returned"),
    ("successful_payment", "Paid"),
    ("supergroup_chat_created", "Created the group"),
    ("unique_gift", "Sent a gift"),
    ("users_shared", "Shared users"),
    ("chat_shared", "Shared a chat"),
    ("video_chat_ended", "The video chat ended"),
    ("video_chat_participants_invited", "Invited to the video chat"),
    ("video_chat_scheduled", "Planned a video chat"),
    ("video_chat_started", "Started a video chat"),
    ("write_access_allowed", "Allowed the bot to write"),
];

/// What a service message says; `None` when it is none that we know.
pub fn event(rest: &Map<String, Value>) -> Option<Event> {
    if let Some(people) = rest.get("new_chat_members").and_then(Value::as_array) {
        let names: Vec<_> = people.iter().take(NAMED).map(name).collect();
        return Some(Event { key: "new_chat_members", text: format!("Joined: {}", names.join(", ")), about: names });
    }
    if let Some(person) = rest.get("left_chat_member") {
        return Some(Event::about("left_chat_member", "Left: ", name(person), ""));
    }
    if let Some(title) = rest.get("new_chat_title").and_then(Value::as_str) {
        return Some(Event::about("new_chat_title", "Renamed the group to \"", clean(title, 200), "\""));
    }
    if let Some(form) = rest.get("web_app_data") {
        let button = clean(form["button_text"].as_str().unwrap_or_default(), 100);
        return Some(Event::about("web_app_data", "Sent a form: ", button, ""));
    }
    let (key, text) = EVENTS.iter().find(|(field, _)| rest.contains_key(*field))?;
    Some(Event { key, text: (*text).to_owned(), about: Vec::new() })
}

/// People that one line names.
const NAMED: usize = 20;

/// A line of service: its key (the field's name, which never changes), the same in English, and what it speaks of.
#[derive(Debug)]
pub struct Event {
    pub key: &'static str,
    pub text: String,
    pub about: Vec<String>,
}

impl Event {
    fn about(key: &'static str, before: &str, what: String, after: &str) -> Self {
        Self { key, text: format!("{before}{what}{after}"), about: vec![what] }
    }
}

/// The data that a web app gave back: the customer's words, as far as we can know.
pub fn form_data(rest: &Map<String, Value>) -> Option<&str> {
    rest.get("web_app_data")?.get("data")?.as_str()
}

fn name(person: &Value) -> String {
    serde_json::from_value::<User>(person.clone()).map(|user| peer::user_name(&user)).unwrap_or_default()
}
