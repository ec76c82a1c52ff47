//! What MAX sends, in MAX's own names (<https://dev.max.ru/docs-api>, read 2026-11-26).
//!
//! Tolerant, for the API changes every month: unknown fields are passed over, and what a message can be shown without is
//! absent when it cannot be read. Numbers are i64 and never floats: `seq` is above 2^53. Times are milliseconds.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Absent when it is not what we think it is.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).ok())
}

/// The elements that are what we think they are.
fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let values: Vec<Value> = lenient(from)?.unwrap_or_default();
    Ok(values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect())
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct User {
    pub user_id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub last_name: Option<String>,
    /// Of an older API, for who has no `first_name`.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_bot: Option<bool>,
}

/// One event. There is no id of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Update {
    pub update_type: String,
    #[serde(default, deserialize_with = "lenient")]
    pub timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub user_locale: Option<String>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    #[serde(default, deserialize_with = "lenient")]
    pub sender: Option<User>,
    pub recipient: Recipient,
    #[serde(default, deserialize_with = "lenient")]
    pub timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub link: Option<Link>,
    /// Null when the message is nothing but a forward.
    #[serde(default)]
    pub body: Option<MessageBody>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Recipient {
    #[serde(default, deserialize_with = "lenient")]
    pub chat_id: Option<i64>,
    /// `dialog`, `chat` or `channel`.
    #[serde(default, deserialize_with = "lenient")]
    pub chat_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Link {
    /// `reply` or `forward`.
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub sender: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<MessageBody>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct MessageBody {
    #[serde(default, deserialize_with = "lenient")]
    pub mid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub seq: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub text: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub markup: Vec<Markup>,
}

/// `from` and `length` count UTF-16 units.
#[derive(Debug, Clone, Deserialize)]
pub struct Markup {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub from: i64,
    #[serde(default)]
    pub length: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Attachment {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub payload: Option<Payload>,
    #[serde(default, deserialize_with = "lenient")]
    pub filename: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub size: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub width: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub height: Option<i64>,
    /// In seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub duration: Option<i64>,
    /// Of a place: beside the payload, not in it.
    #[serde(default, deserialize_with = "lenient")]
    pub latitude: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    pub longitude: Option<f64>,
    /// Of a link's preview.
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Payload {
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub vcf_info: Option<String>,
    /// Proves that the card is the sender's own.
    #[serde(default, deserialize_with = "lenient")]
    pub hash: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub max_info: Option<User>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub buttons: Vec<Vec<Button>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Button {
    #[serde(default)]
    pub text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub payload: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Callback {
    #[serde(default, deserialize_with = "lenient")]
    pub timestamp: Option<i64>,
    pub callback_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub payload: Option<String>,
    pub user: User,
}

/// What happened to a chat or to a person in it.
#[derive(Debug, Clone, Deserialize)]
pub struct ChatEvent {
    pub chat_id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<i64>,
    /// Of a deep link, at most 512 characters.
    #[serde(default, deserialize_with = "lenient")]
    pub payload: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub message_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_channel: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
}

/// The answer to `GET /messages`.
#[derive(Debug, Deserialize)]
pub struct History {
    #[serde(default)]
    pub messages: Vec<Value>,
}

/// The answer to `GET /updates`. Each update is read alone: one that we cannot read must not stop the others.
#[derive(Debug, Deserialize)]
pub struct Updates {
    #[serde(default)]
    pub updates: Vec<Box<serde_json::value::RawValue>>,
    #[serde(default)]
    pub marker: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Subscriptions {
    #[serde(default, deserialize_with = "lenient_list")]
    pub subscriptions: Vec<Subscription>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Subscription {
    pub url: String,
    /// Absent: all.
    #[serde(default, deserialize_with = "lenient")]
    pub update_types: Option<Vec<String>>,
}

/// The answer to `POST /messages`.
#[derive(Debug, Deserialize)]
pub struct Sent {
    pub message: Message,
}

/// The answer to the other calls that write.
#[derive(Debug, Deserialize)]
pub struct Success {
    #[serde(default = "yes")]
    pub success: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
}

fn yes() -> bool {
    true
}

/// The answer to `POST /uploads`; for videos and sound the token stands here.
#[derive(Debug, Deserialize)]
pub struct Place {
    pub url: String,
    #[serde(default, deserialize_with = "lenient")]
    pub token: Option<String>,
}

/// The answer to the upload itself: the token of a file, or those of a picture.
#[derive(Debug, Default, Deserialize)]
pub struct Uploaded {
    #[serde(default, deserialize_with = "lenient")]
    pub token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub photos: Option<Map<String, Value>>,
}

/// The answer to `GET /videos/{token}`.
#[derive(Debug, Deserialize)]
pub struct Video {
    #[serde(default, deserialize_with = "lenient")]
    pub urls: Option<Map<String, Value>>,
}

/// What a refused call says.
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    #[serde(default, deserialize_with = "lenient")]
    pub code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
}
