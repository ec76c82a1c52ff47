//! What Telegram sends, in Telegram's own names (<https://core.telegram.org/bots/api#available-types>, read 2026-11-23).
//!
//! Our own and tolerant, for the API grows every few weeks: unknown fields stay in `rest`, and what a message can be
//! shown without (an author, a quotation, an entity) is absent when it cannot be read. Numbers are i64.

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
    pub id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub language_code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub can_read_all_group_messages: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Chat {
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`.
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub username: Option<String>,
}

/// Unique inside its chat, but for ephemeral messages, which all have 0.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    pub message_id: i64,
    /// When it was sent: Unix seconds, UTC; 0 for an inaccessible message.
    #[serde(default)]
    pub date: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub edit_date: Option<i64>,
    pub chat: Chat,
    #[serde(default, deserialize_with = "lenient")]
    pub from: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub sender_chat: Option<Chat>,
    #[serde(default, deserialize_with = "lenient")]
    pub direct_messages_topic: Option<DirectTopic>,
    #[serde(default)]
    pub message_thread_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_topic_message: Option<bool>,
    #[serde(default)]
    pub business_connection_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub sender_business_bot: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub forward_origin: Option<Origin>,
    #[serde(default, deserialize_with = "lenient")]
    pub media_group_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub reply_to_message: Option<Replied>,
    #[serde(default, deserialize_with = "lenient")]
    pub quote: Option<Quote>,
    #[serde(default, deserialize_with = "lenient")]
    pub reply_markup: Option<Markup>,

    #[serde(default)]
    pub text: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub entities: Vec<Entity>,
    #[serde(default)]
    pub caption: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub caption_entities: Vec<Entity>,

    #[serde(default)]
    pub photo: Option<Vec<File>>,
    #[serde(default)]
    pub document: Option<File>,
    #[serde(default)]
    pub animation: Option<File>,
    #[serde(default)]
    pub video: Option<File>,
    #[serde(default)]
    pub video_note: Option<File>,
    #[serde(default)]
    pub voice: Option<File>,
    #[serde(default)]
    pub audio: Option<File>,
    #[serde(default)]
    pub sticker: Option<File>,
    #[serde(default)]
    pub location: Option<Location>,
    #[serde(default)]
    pub venue: Option<Venue>,
    #[serde(default)]
    pub contact: Option<Contact>,

    /// Service messages, and all that is newer than this list.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A person's thread in the direct messages of a channel.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct DirectTopic {
    pub topic_id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
}

/// The one level of a replied message that is used.
#[derive(Debug, Clone, Deserialize)]
pub struct Replied {
    pub message_id: i64,
    pub chat: Chat,
    pub forum_topic_created: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Quote {
    pub text: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Origin {
    #[serde(default, deserialize_with = "lenient")]
    pub sender_user: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub sender_user_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub sender_chat: Option<Chat>,
    #[serde(default, deserialize_with = "lenient")]
    pub chat: Option<Chat>,
}

/// `offset` and `length` count UTF-16 units.
#[derive(Debug, Clone, Deserialize)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: i64,
    pub length: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub language: Option<String>,
}

/// Any of Telegram's file objects; each kind fills its part of the fields.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct File {
    pub file_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub file_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub file_size: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub width: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub height: Option<i64>,
    /// The side of a round video.
    #[serde(default, deserialize_with = "lenient")]
    pub length: Option<i64>,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub duration: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub performer: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub emoji: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_animated: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_video: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Venue {
    pub location: Location,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub address: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Contact {
    #[serde(default)]
    pub phone_number: String,
    #[serde(default)]
    pub first_name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub vcard: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Markup {
    #[serde(default, deserialize_with = "lenient")]
    pub inline_keyboard: Option<Vec<Vec<Button>>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Button {
    #[serde(default)]
    pub text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub callback_data: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CallbackQuery {
    pub id: String,
    pub from: User,
    /// Absent for a message that an inline query sent.
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<Message>,
    #[serde(default)]
    pub data: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MessageReaction {
    pub chat: Chat,
    pub message_id: i64,
    /// Absent when a chat reacts in its own name.
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    pub date: i64,
    #[serde(default, deserialize_with = "lenient_list")]
    pub new_reaction: Vec<ReactionType>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ReactionType {
    /// `emoji`, `custom_emoji` or `paid`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub emoji: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ChatMemberUpdated {
    pub chat: Chat,
    pub from: User,
    pub date: i64,
    pub old_chat_member: ChatMember,
    pub new_chat_member: ChatMember,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ChatMember {
    /// `creator`, `administrator`, `member`, `restricted`, `left` or `kicked`.
    pub status: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct DeletedBusinessMessages {
    pub business_connection_id: String,
    pub chat: Chat,
    pub message_ids: Vec<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct BusinessConnection {
    pub id: String,
    pub user: User,
    #[serde(default)]
    pub date: i64,
    pub is_enabled: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub rights: Option<BusinessRights>,
    /// Before Bot API 9.0 the only right.
    #[serde(default, deserialize_with = "lenient")]
    pub can_reply: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct BusinessRights {
    #[serde(default)]
    pub can_reply: bool,
}

/// What a send answers with, as far as we need it.
#[derive(Debug, Clone, Deserialize)]
pub struct SentMessage {
    pub message_id: i64,
    pub date: i64,
    pub chat: Chat,
    #[serde(default)]
    pub business_connection_id: Option<String>,
}

/// The answer of `getFile`.
#[derive(Debug, Clone, Deserialize)]
pub struct FilePath {
    #[serde(default)]
    pub file_size: Option<i64>,
    #[serde(default)]
    pub file_path: Option<String>,
}

/// The answer of `getWebhookInfo`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct WebhookInfo {
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub pending_update_count: i64,
    #[serde(default)]
    pub last_error_date: Option<i64>,
    #[serde(default)]
    pub last_error_message: Option<String>,
    #[serde(default)]
    pub allowed_updates: Option<Vec<String>>,
}
