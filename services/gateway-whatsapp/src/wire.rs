//! What Meta sends, in Meta's own names
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/>, read 2026-11-26).
//!
//! Tolerant, for the API grows every few weeks: unknown fields are passed over, and what a message can be shown without
//! is absent when it cannot be read. A delivery is read in slices of its bytes, so that what is broken costs only itself.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

/// Absent when it is not what we think it is.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).ok())
}

/// The elements that are what we think they are.
fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let values: Vec<Value> = lenient(from)?.unwrap_or_default();
    Ok(values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect())
}

/// Unix seconds, which come as a text in webhooks.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.parse().unwrap_or_default(),
        number => number.as_i64().unwrap_or_default(),
    })
}

/// A number or its text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    })
}

/// The whole body of a webhook.
#[derive(Debug, Deserialize)]
pub struct Delivery<'a> {
    pub object: String,
    #[serde(borrow)]
    pub entry: Vec<Entry<'a>>,
}

/// What happened in one WhatsApp Business account.
#[derive(Debug, Deserialize)]
pub struct Entry<'a> {
    pub id: String,
    /// When Meta made it, Unix seconds; 0: it does not say.
    #[serde(default, deserialize_with = "seconds")]
    pub time: i64,
    #[serde(borrow, default)]
    pub changes: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub struct Change<'a> {
    pub field: String,
    #[serde(borrow)]
    pub value: &'a RawValue,
}

/// The value of `messages` and of `smb_message_echoes`.
#[derive(Debug, Deserialize)]
pub struct Traffic<'a> {
    #[serde(default)]
    pub metadata: Metadata,
    #[serde(default, deserialize_with = "lenient_list")]
    pub contacts: Vec<Contact>,
    #[serde(borrow, default)]
    pub messages: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub message_echoes: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub statuses: Vec<&'a RawValue>,
    /// Problems of the account as a whole.
    #[serde(default, deserialize_with = "lenient_list")]
    pub errors: Vec<Problem>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    pub phone_number_id: String,
}

/// As much of a change as tells whose it is.
#[derive(Debug, Deserialize)]
pub struct Addressed {
    #[serde(default)]
    pub value: AddressedValue,
}

#[derive(Debug, Default, Deserialize)]
pub struct AddressedValue {
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Contact {
    #[serde(default, deserialize_with = "lenient")]
    pub profile: Option<Profile>,
    #[serde(default, deserialize_with = "lenient")]
    pub wa_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub parent_user_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Profile {
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub username: Option<String>,
}

/// A message of a user, or the echo of what our side wrote in the WhatsApp Business app.
#[derive(Debug, Default, Deserialize)]
pub struct Message {
    pub id: String,
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, deserialize_with = "seconds")]
    pub timestamp: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub from: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub from_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub from_parent_user_id: Option<String>,
    /// Echoes only.
    #[serde(default, deserialize_with = "lenient")]
    pub to: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub to_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub group_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub context: Option<Context>,
    #[serde(default, deserialize_with = "lenient")]
    pub referral: Option<Referral>,
    /// `contact_request` or `other`, beside `contacts`.
    #[serde(default, deserialize_with = "lenient")]
    pub origin: Option<String>,
    #[serde(flatten)]
    pub body: Body,
}

/// What a message consists of; an edit brings one anew.
#[derive(Debug, Default, Deserialize)]
pub struct Body {
    #[serde(default)]
    pub text: Option<Text>,
    #[serde(default)]
    pub image: Option<Media>,
    #[serde(default)]
    pub video: Option<Media>,
    #[serde(default)]
    pub audio: Option<Media>,
    #[serde(default)]
    pub document: Option<Media>,
    #[serde(default)]
    pub sticker: Option<Media>,
    #[serde(default)]
    pub location: Option<Location>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub contacts: Vec<Card>,
    #[serde(default)]
    pub interactive: Option<Interactive>,
    #[serde(default)]
    pub button: Option<Pressed>,
    #[serde(default)]
    pub reaction: Option<Reaction>,
    #[serde(default)]
    pub order: Option<Order>,
    #[serde(default)]
    pub system: Option<System>,
    #[serde(default)]
    pub edit: Option<Edit>,
    #[serde(default)]
    pub revoke: Option<Revoke>,
    #[serde(default, deserialize_with = "lenient")]
    pub unsupported: Option<Unsupported>,
}

#[derive(Debug, Deserialize)]
pub struct Text {
    pub body: String,
}

#[derive(Debug, Deserialize)]
pub struct Media {
    pub id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub caption: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub filename: Option<String>,
    /// `audio` only: recorded, not a file.
    #[serde(default, deserialize_with = "lenient")]
    pub voice: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub address: Option<String>,
}

/// A shared contact.
#[derive(Debug, Default, Deserialize)]
pub struct Card {
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<CardName>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub phones: Vec<CardPhone>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub emails: Vec<CardEmail>,
}

#[derive(Debug, Default, Deserialize)]
pub struct CardName {
    #[serde(default, deserialize_with = "lenient")]
    pub formatted_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub first_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct CardPhone {
    #[serde(default, deserialize_with = "lenient")]
    pub phone: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub wa_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct CardEmail {
    #[serde(default)]
    pub email: String,
}

/// The answer to a question with buttons or a list, or a filled-in form (a Flow).
#[derive(Debug, Deserialize)]
pub struct Interactive {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub button_reply: Option<Chosen>,
    #[serde(default, deserialize_with = "lenient")]
    pub list_reply: Option<Chosen>,
    #[serde(default, deserialize_with = "lenient")]
    pub nfm_reply: Option<Flow>,
}

#[derive(Debug, Deserialize)]
pub struct Chosen {
    pub title: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Flow {
    #[serde(default, deserialize_with = "lenient")]
    pub body: Option<String>,
    /// JSON in a text.
    #[serde(default, deserialize_with = "lenient")]
    pub response_json: Option<String>,
}

/// A quick-reply button of a template.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    pub text: String,
}

#[derive(Debug, Deserialize)]
pub struct Reaction {
    pub message_id: String,
    /// Absent or empty: taken back.
    #[serde(default, deserialize_with = "lenient")]
    pub emoji: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Order {
    #[serde(default, deserialize_with = "lenient")]
    pub text: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub product_items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
pub struct Item {
    pub product_retailer_id: String,
    #[serde(default)]
    pub quantity: Value,
    #[serde(default)]
    pub item_price: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub currency: Option<String>,
}

/// The user's number or id has changed.
#[derive(Debug, Deserialize)]
pub struct System {
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub body: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub wa_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub previous_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub previous_parent_user_id: Option<String>,
}

/// Numbers that are in the WhatsApp Business app as well, within 15 min.
#[derive(Debug, Deserialize)]
pub struct Edit {
    pub original_message_id: String,
    pub message: Edited,
}

#[derive(Debug, Deserialize)]
pub struct Edited {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(flatten)]
    pub body: Box<Body>,
}

/// As [`Edit`], within 2 days.
#[derive(Debug, Deserialize)]
pub struct Revoke {
    pub original_message_id: String,
}

#[derive(Debug, Deserialize)]
pub struct Unsupported {
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Deserialize)]
pub struct Context {
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub forwarded: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub frequently_forwarded: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub referred_product: Option<Product>,
}

#[derive(Debug, Deserialize)]
pub struct Product {
    pub product_retailer_id: String,
}

/// The advertisement or post that the person came from.
#[derive(Debug, Default, Deserialize)]
pub struct Referral {
    #[serde(default, deserialize_with = "lenient")]
    pub source_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub source_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub source_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub headline: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub body: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub media_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub ctwa_clid: Option<String>,
}

/// What became of a message of ours.
#[derive(Debug, Deserialize)]
pub struct Status {
    pub id: String,
    pub status: String,
    #[serde(default, deserialize_with = "seconds")]
    pub timestamp: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub biz_opaque_callback_data: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub errors: Vec<Problem>,
}

/// An error as webhooks tell it.
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    pub code: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub error_data: Option<ErrorData>,
}

#[derive(Debug, Default, Clone, Deserialize)]
pub struct ErrorData {
    #[serde(default, deserialize_with = "lenient")]
    pub details: Option<String>,
}

/// An error as a call answers it.
#[derive(Debug, Deserialize)]
pub struct Envelope {
    pub error: GraphError,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub struct GraphError {
    #[serde(default)]
    pub code: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
    #[serde(default, deserialize_with = "details")]
    pub error_data: Option<String>,
}

fn details<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(lenient::<D, ErrorData>(from)?.and_then(|data| data.details))
}

/// What a send answers with.
#[derive(Debug, Deserialize)]
pub struct Sent {
    pub messages: Vec<SentMessage>,
}

#[derive(Debug, Deserialize)]
pub struct SentMessage {
    pub id: String,
}

/// What an upload answers with.
#[derive(Debug, Deserialize)]
pub struct Uploaded {
    pub id: String,
}

/// Where the bytes of a media id are, for five minutes.
#[derive(Debug, Deserialize)]
pub struct MediaPlace {
    pub url: String,
    #[serde(default, deserialize_with = "lenient")]
    pub mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub sha256: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub file_size: Option<i64>,
}

/// A number of ours, as far as it tells whether it works.
#[derive(Debug, Default, Deserialize)]
pub struct PhoneNumber {
    #[serde(default, deserialize_with = "lenient")]
    pub display_phone_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub verified_name: Option<String>,
    /// `CONNECTED`, or for example `BANNED`, `RESTRICTED`, `DISCONNECTED`, `PENDING`.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub webhook_configuration: Option<WebhookConfiguration>,
}

#[derive(Debug, Default, Deserialize)]
pub struct WebhookConfiguration {
    #[serde(default, deserialize_with = "lenient")]
    pub phone_number: Option<String>,
}

/// A page of templates.
#[derive(Debug, Default, Deserialize)]
pub struct TemplatePage {
    #[serde(default, deserialize_with = "lenient_list")]
    pub data: Vec<Template>,
    #[serde(default, deserialize_with = "lenient")]
    pub paging: Option<Paging>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    #[serde(default, deserialize_with = "lenient")]
    pub cursors: Option<Cursors>,
    /// Present while there is another page; it holds the token, so only its being there is used.
    #[serde(default, deserialize_with = "lenient")]
    pub next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Cursors {
    #[serde(default, deserialize_with = "lenient")]
    pub after: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Template {
    pub name: String,
    pub language: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub category: String,
    #[serde(default, deserialize_with = "lenient")]
    pub rejected_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub components: Vec<Component>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Component {
    #[serde(rename = "type")]
    pub kind: String,
    /// Of a header: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT`, `LOCATION`.
    #[serde(default, deserialize_with = "lenient")]
    pub format: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub text: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub buttons: Vec<TemplateButton>,
    #[serde(default, deserialize_with = "lenient")]
    pub example: Option<Example>,
}

#[derive(Debug, Default, Deserialize)]
pub struct TemplateButton {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub phone_number: Option<String>,
    #[serde(default)]
    pub example: Value,
}

#[derive(Debug, Default, Deserialize)]
pub struct Example {
    #[serde(default, deserialize_with = "lenient_list")]
    pub header_text: Vec<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub body_text: Vec<Vec<String>>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub header_text_named_params: Vec<NamedExample>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub body_text_named_params: Vec<NamedExample>,
}

#[derive(Debug, Default, Deserialize)]
pub struct NamedExample {
    pub param_name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub example: Option<String>,
}
