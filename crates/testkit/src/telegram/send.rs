//! The send methods: all of them are checks, a message in the chat and an entry in the ledger.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::clock::unix_now;
use super::content::{self, Content};
use super::error::{Answer, ApiError};
use super::ledger::SentMessage;
use super::markup;
use super::media::MediaKind;
use super::params::Params;
use super::state::{Bot, Common, Shared};
use super::target::{Target, reply_fields};

/// Carries out a send method; `None` when `method` (in lower case) is none.
pub(super) fn call(
    shared: &Shared,
    common: &mut Common,
    bot: &mut Bot,
    method: &str,
    params: &Params,
) -> Option<Answer> {
    if method == "sendmediagroup" {
        return Some(album(shared, common, bot, params));
    }
    let content = content::read(method, params, bot, &common.hosted)?;
    Some(single(shared, common, bot, params, content))
}

fn single(shared: &Shared, common: &mut Common, bot: &mut Bot, params: &Params, content: Answer<Content>) -> Answer {
    let target = Target::writable(shared, common, bot, params)?;
    let content = content?;
    let envelope = Envelope::read(bot, &target, params)?;
    bot.pacing.take(target.key.chat_id, 1)?;
    Ok(put(shared, common, bot, &target, &envelope, content))
}

fn album(shared: &Shared, common: &mut Common, bot: &mut Bot, params: &Params) -> Answer {
    let target = Target::writable(shared, common, bot, params)?;
    let media = match params.nested("media")? {
        Some(Value::Array(media)) => media,
        _ => return Err(ApiError::bad("can't parse media JSON object")),
    };
    if !(2..=10).contains(&media.len()) {
        return Err(ApiError::bad("media group must include 2-10 items"));
    }
    let mut contents = Vec::new();
    for item in &media {
        contents.push(album_item(bot, common, item, params)?);
    }
    let together = |kind: &str| kind == "photo" || kind == "video";
    if let Some(odd) =
        contents.iter().find(|one| one.kind != contents[0].kind && !(together(one.kind) && together(contents[0].kind)))
    {
        return Err(ApiError::bad(format!("{} can't be mixed with other media types", odd.kind)));
    }
    let mut envelope = Envelope::read(bot, &target, params)?;
    envelope.fields.insert("media_group_id".into(), json!(bot.next_id()));
    bot.pacing.take(target.key.chat_id, contents.len())?;
    let mut messages = Vec::new();
    for content in contents {
        messages.push(put(shared, common, bot, &target, &envelope, content));
    }
    Ok(Value::Array(messages))
}

/// Reads one `InputMedia` object.
pub(super) fn album_item(bot: &mut Bot, common: &Common, item: &Value, params: &Params) -> Answer<Content> {
    let kind = item["type"].as_str().and_then(MediaKind::of_field);
    let kind = kind.ok_or_else(|| {
        ApiError::bad("can't parse InputMedia: type must be photo, video, audio, document or animation")
    })?;
    let fields = Params::from_json(item, params);
    content::file(kind, "media", &fields, bot, &common.hosted)
}

/// What surrounds the content.
struct Envelope {
    fields: Map<String, Value>,
    markup: Option<Value>,
}

impl Envelope {
    fn read(bot: &Bot, target: &Target, params: &Params) -> Answer<Self> {
        let markup = markup::read(params)?;
        let mut fields = reply_fields(bot, &target.key, params)?;
        if let Some(markup) = markup.as_ref().filter(|markup| markup["inline_keyboard"].is_array()) {
            fields.insert("reply_markup".into(), markup.clone());
        }
        if let Some(thread) = params.integer("message_thread_id")? {
            fields.insert("message_thread_id".into(), json!(thread));
        }
        if params.flag("protect_content") {
            fields.insert("has_protected_content".into(), json!(true));
        }
        Ok(Self { fields, markup })
    }
}

/// Puts the message into the chat and the ledger, and echoes it to a business account's stream.
fn put(
    shared: &Shared,
    common: &mut Common,
    bot: &mut Bot,
    target: &Target,
    envelope: &Envelope,
    content: Content,
) -> Value {
    let message_id = bot.next_message_id();
    let mut message = Map::new();
    message.insert("message_id".into(), json!(message_id));
    message.insert("from".into(), target.from.clone());
    message.insert("chat".into(), target.chat.clone());
    message.insert("date".into(), json!(unix_now()));
    let business = target.key.business.clone();
    if !business.is_empty() {
        message.insert("business_connection_id".into(), json!(business));
        message.insert("sender_business_bot".into(), bot.user());
    }
    message.extend(envelope.fields.clone());
    message.extend(content.fields);
    let message = Value::Object(message);
    let chat = bot.chats.entry(target.key.clone()).or_default();
    chat.messages.insert(message_id, message.clone());
    if !business.is_empty() {
        bot.updates.push("business_message", message.clone(), shared.clock.now());
    }
    common.ledger.sent.push(SentMessage {
        bot_id: bot.id,
        business_connection_id: Some(business).filter(|business| !business.is_empty()),
        chat_id: target.key.chat_id,
        message_id,
        kind: content.kind.to_owned(),
        text: string(&message, "text"),
        caption: string(&message, "caption"),
        entities: entities(&message),
        file: content.file,
        reply_to: message.pointer("/reply_to_message/message_id").and_then(Value::as_i64),
        reply_markup: envelope.markup.clone(),
        media_group_id: string(&message, "media_group_id"),
        edits: Vec::new(),
        deleted: false,
        at: Instant::now(),
        json: message.clone(),
    });
    message
}

pub(super) fn string(message: &Value, field: &str) -> Option<String> {
    message[field].as_str().map(str::to_owned)
}

pub(super) fn entities(message: &Value) -> Vec<Value> {
    let entities = message.get("entities").or_else(|| message.get("caption_entities"));
    entities.and_then(Value::as_array).cloned().unwrap_or_default()
}
