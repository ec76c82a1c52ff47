//! What VK sends, in VK's own field names (<https://dev.vk.com/ru/reference/objects/message>, read 2026-11-26). Fields and
//! kinds that we do not know are passed over.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// An event, by the Callback API or from a long poll.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub object: Value,
    #[serde(default)]
    pub group_id: i64,
    pub event_id: Option<String>,
}

/// What a delivery shows of itself before anything is believed.
#[derive(Debug, Default, Deserialize)]
pub struct Shown {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub group_id: Option<i64>,
    pub secret: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MessageNew {
    pub message: Message,
    pub client_info: Option<ClientInfo>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct ClientInfo {
    pub lang_id: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Message {
    pub date: i64,
    pub update_time: Option<i64>,
    #[serde(default)]
    pub peer_id: i64,
    pub from_id: i64,
    pub out: Option<i64>,
    pub text: Option<String>,
    pub random_id: Option<i64>,
    pub conversation_message_id: Option<i64>,
    pub attachments: Option<Vec<Value>>,
    pub geo: Option<Geo>,
    pub payload: Option<String>,
    pub reply_message: Option<Box<Quoted>>,
    pub fwd_messages: Option<Vec<Quoted>>,
    pub action: Option<Map<String, Value>>,
    pub admin_author_id: Option<i64>,
    #[serde(rename = "ref")]
    pub ref_: Option<String>,
    pub ref_source: Option<String>,
    pub is_cropped: Option<bool>,
}

/// A message inside of another.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Quoted {
    pub from_id: Option<i64>,
    pub peer_id: Option<i64>,
    pub conversation_message_id: Option<i64>,
    pub text: Option<String>,
    pub attachments: Option<Vec<Value>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Geo {
    pub coordinates: Option<Coordinates>,
    pub place: Option<GeoPlace>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Coordinates {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct GeoPlace {
    pub title: Option<String>,
    pub address: Option<String>,
    pub city: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Allowed {
    pub user_id: i64,
    pub key: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MessageEvent {
    pub user_id: i64,
    pub peer_id: i64,
    pub event_id: String,
    #[serde(default)]
    pub payload: Value,
    pub conversation_message_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MessageRead {
    pub from_id: i64,
    pub peer_id: i64,
    pub conversation_message_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct TypingState {
    pub from_id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ReactionEvent {
    pub reacted_id: i64,
    pub peer_id: i64,
    pub cmid: i64,
    pub reaction_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct LeadForm {
    pub lead_id: i64,
    pub group_id: Option<i64>,
    /// 0 or none: whoever filled it in was not signed in.
    pub user_id: Option<i64>,
    pub form_id: Option<i64>,
    pub form_name: Option<String>,
    pub ad_id: Option<Value>,
    #[serde(default)]
    pub answers: Vec<LeadAnswer>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct LeadAnswer {
    pub key: Option<String>,
    pub question: Option<String>,
    /// A text, or texts where several could be chosen.
    #[serde(default)]
    pub answer: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MarketOrder {
    pub id: i64,
    pub user_id: Option<i64>,
    pub date: Option<i64>,
    pub display_order_id: Option<String>,
    pub items_count: Option<i64>,
    pub total_price: Option<Price>,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Price {
    pub text: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct ApiError {
    #[serde(default)]
    pub error_code: i64,
    pub error_msg: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Groups {
    #[serde(default)]
    pub groups: Vec<Group>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Group {
    pub id: i64,
    pub name: Option<String>,
    pub screen_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub id: i64,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub screen_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Items<T> {
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Conversation {
    pub peer: Option<ConversationPeer>,
    pub chat_settings: Option<ChatSettings>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ConversationPeer {
    pub id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ChatSettings {
    pub title: Option<String>,
}

/// An element of `messages.getConversations`.
/// An element of the answer to `messages.send` with `peer_ids`.
#[derive(Debug, Clone, Deserialize)]
pub struct SentItem {
    #[serde(default)]
    pub message_id: i64,
    pub conversation_message_id: Option<i64>,
    pub error: Option<SentError>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct SentError {
    pub code: i64,
    pub description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct UploadServer {
    pub upload_url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct LongPollServer {
    pub server: String,
    pub key: String,
    #[serde(deserialize_with = "text_or_number")]
    pub ts: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct LongPollAnswer {
    #[serde(default, deserialize_with = "maybe_text_or_number")]
    pub ts: Option<String>,
    pub updates: Option<Vec<Box<serde_json::value::RawValue>>>,
    pub failed: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Permissions {
    #[serde(default)]
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Permission {
    pub name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CallbackServer {
    pub id: i64,
    pub title: Option<String>,
    pub url: Option<String>,
    pub status: Option<String>,
}

fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    maybe_text_or_number(from)?.ok_or_else(|| serde::de::Error::custom("neither text nor number"))
}

fn maybe_text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
