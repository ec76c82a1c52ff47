//! Edits and deletions.

use serde_json::{Map, Value, json};

use super::clock::unix_now;
use super::content;
use super::error::{Answer, ApiError};
use super::ledger::{SentEdit, SentFile};
use super::markup;
use super::params::Params;
use super::send::{album_item, entities, string};
use super::state::{Bot, Common, Shared};
use super::target::{Target, message_id};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same \
                            as a current content and reply markup of the message";
/// A bot can delete for 48 hours.
const DELETABLE_SECONDS: i64 = 48 * 3600;
/// The fields of a message that are its content.
const MEDIA_FIELDS: [&str; 5] = ["photo", "video", "audio", "document", "animation"];

/// Carries out an edit or a deletion; `None` when `method` (in lower case) is neither.
pub(super) fn call(
    shared: &Shared,
    common: &mut Common,
    bot: &mut Bot,
    method: &str,
    params: &Params,
) -> Option<Answer> {
    Some(match method {
        "editmessagetext" => edit(shared, common, bot, params, Part::Text),
        "editmessagecaption" => edit(shared, common, bot, params, Part::Caption),
        "editmessagemedia" => edit(shared, common, bot, params, Part::Media),
        "editmessagereplymarkup" => edit(shared, common, bot, params, Part::Markup),
        "deletemessage" => delete_one(common, bot, params),
        "deletemessages" => delete_several(common, bot, params),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Text,
    Caption,
    Media,
    Markup,
}

fn edit(shared: &Shared, common: &mut Common, bot: &mut Bot, params: &Params, part: Part) -> Answer {
    let target = Target::writable(shared, common, bot, params)?;
    let id = message_id(params)?;
    let old = bot.chats.get(&target.key).and_then(|chat| chat.messages.get(&id)).cloned();
    let old = old.ok_or_else(|| ApiError::bad("message to edit not found"))?;
    let ours = old["from"]["id"] == bot.id || old["sender_business_bot"]["id"] == bot.id;
    if !ours {
        return Err(ApiError::bad("message can't be edited"));
    }
    let (mut fields, file) = new_fields(common, bot, params, part, &old)?;
    let markup = markup::read(params)?;
    if let Some(markup) =
        markup.filter(|markup| markup["inline_keyboard"].as_array().is_some_and(|rows| !rows.is_empty()))
    {
        fields.insert("reply_markup".into(), markup);
    }
    let mut new = without(&old, part);
    new.extend(fields);
    if Value::Object(new.clone()) == old {
        return Err(ApiError::bad(NOT_MODIFIED));
    }
    bot.pacing.take(target.key.chat_id, 1)?;
    new.insert("edit_date".into(), json!(unix_now()));
    let new = Value::Object(new);
    if let Some(chat) = bot.chats.get_mut(&target.key) {
        chat.messages.insert(id, new.clone());
    }
    record(common, bot, &target, id, &new, file);
    Ok(new)
}

fn new_fields(
    common: &Common,
    bot: &mut Bot,
    params: &Params,
    part: Part,
    old: &Value,
) -> Answer<(Map<String, Value>, Option<SentFile>)> {
    let has_media = MEDIA_FIELDS.iter().chain(&["voice"]).any(|field| old.get(*field).is_some());
    match part {
        Part::Text if old.get("text").is_none() => Err(ApiError::bad("there is no text in the message to edit")),
        Part::Text => Ok((content::text(params)?.fields, None)),
        Part::Caption if !has_media => Err(ApiError::bad("there is no caption in the message to edit")),
        Part::Caption => Ok((content::caption(params)?, None)),
        Part::Media => {
            let media = params.nested("media")?.ok_or_else(|| ApiError::bad("media is empty"))?;
            let content = album_item(bot, common, &media, params)?;
            Ok((content.fields, content.file))
        }
        Part::Markup => Ok((Map::new(), None)),
    }
}

/// The message without what the edit replaces. An edit without a keyboard takes the keyboard away.
fn without(message: &Value, part: Part) -> Map<String, Value> {
    let mut fields = message.as_object().cloned().unwrap_or_default();
    let texts = ["text", "entities", "caption", "caption_entities"];
    let gone: &[&str] = match part {
        Part::Text => &texts[..2],
        Part::Caption => &texts[2..],
        Part::Media => &texts,
        Part::Markup => &[],
    };
    let media: &[&str] = if part == Part::Media { &MEDIA_FIELDS } else { &[] };
    for field in gone.iter().chain(media).chain(&["reply_markup"]) {
        fields.remove(*field);
    }
    fields
}

fn record(common: &mut Common, bot: &Bot, target: &Target, id: i64, new: &Value, file: Option<SentFile>) {
    let Some(sent) = common.ledger.find(bot.id, &target.key.business, target.key.chat_id, id) else { return };
    sent.text = string(new, "text");
    sent.caption = string(new, "caption");
    sent.entities = entities(new);
    sent.reply_markup = new.get("reply_markup").cloned();
    if file.is_some() {
        sent.file = file;
        let kind =
            ["photo", "video", "audio", "animation", "document"].into_iter().find(|field| new.get(*field).is_some());
        sent.kind = kind.unwrap_or_default().to_owned();
    }
    sent.json = new.clone();
    let (text, caption, reply_markup) = (sent.text.clone(), sent.caption.clone(), sent.reply_markup.clone());
    sent.edits.push(SentEdit { text, caption, reply_markup });
}

fn delete_one(common: &mut Common, bot: &mut Bot, params: &Params) -> Answer {
    let target = Target::known(common, bot, params)?;
    delete(common, bot, &target, message_id(params)?)?;
    Ok(json!(true))
}

/// Deletes those that can be deleted and is silent about the others.
fn delete_several(common: &mut Common, bot: &mut Bot, params: &Params) -> Answer {
    let target = Target::known(common, bot, params)?;
    let ids: Option<Vec<i64>> = params.nested("message_ids")?.and_then(|ids| serde_json::from_value(ids).ok());
    let ids = ids.ok_or_else(|| ApiError::bad("message identifiers are not specified"))?;
    if ids.len() > 100 {
        return Err(ApiError::bad("too many message identifiers specified"));
    }
    for id in ids {
        let _ = delete(common, bot, &target, id);
    }
    Ok(json!(true))
}

fn delete(common: &mut Common, bot: &mut Bot, target: &Target, id: i64) -> Answer<()> {
    let chat = bot.chats.get_mut(&target.key);
    let missing = || ApiError::bad("message to delete not found");
    let chat = chat.ok_or_else(missing)?;
    let message = chat.messages.get(&id).ok_or_else(missing)?;
    if message["date"].as_i64().is_some_and(|date| date + DELETABLE_SECONDS < unix_now()) {
        return Err(ApiError::bad("message can't be deleted for everyone"));
    }
    chat.messages.remove(&id);
    if let Some(sent) = common.ledger.find(bot.id, &target.key.business, target.key.chat_id, id) {
        sent.deleted = true;
    }
    Ok(())
}
