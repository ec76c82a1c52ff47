//! From a method's name to what it does.

use std::time::Duration;

use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::ledger::SentReaction;
use super::params::Params;
use super::receive::{self, Told};
use super::state::{Bot, Common, Shared};
use super::target::{Target, message_id};
use super::{edit, send};

const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

/// The reactions that every chat has.
const REACTIONS: &str = "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u{200d}🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 \
                         🖕 😈 😴 😭 🤓 👻 👨\u{200d}💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u{200d}♂ \
                         🤷 🤷\u{200d}♀ 😡";

/// Carries out every method but getUpdates, which waits.
pub(super) fn call(shared: &Shared, common: &mut Common, bot: &mut Bot, method: &str, params: &Params) -> Answer<Told> {
    if let Some(sent) = send::call(shared, common, bot, method, params) {
        return sent.map(plain);
    }
    if let Some(edited) = edit::call(shared, common, bot, method, params) {
        return edited.map(plain);
    }
    let now = shared.clock.now();
    match method {
        "setwebhook" => receive::set_webhook(shared, bot, params),
        "deletewebhook" => receive::delete_webhook(bot, params),
        "getwebhookinfo" => Ok(plain(receive::webhook_info(bot))),
        "getme" => Ok(plain(me(bot))),
        "getfile" => get_file(bot, params, now).map(plain),
        "sendchataction" => chat_action(shared, common, bot, params).map(plain),
        "answercallbackquery" => answer_callback(bot, params, now).map(plain),
        "setmessagereaction" => react(common, bot, params).map(plain),
        "readbusinessmessage" => read_business(common, bot, params).map(plain),
        "logout" => {
            bot.logged_out = true;
            Ok(plain(json!(true)))
        }
        "close" => Ok(plain(json!(true))),
        _ => Err(ApiError::new(404, "Not Found: method not found")),
    }
}

fn plain(result: Value) -> Told {
    (result, None)
}

fn me(bot: &Bot) -> Value {
    let mut me = bot.user();
    let abilities = json!({
        "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        "can_connect_to_business": true, "has_main_web_app": false,
    });
    for (name, value) in abilities.as_object().into_iter().flatten() {
        me[name] = value.clone();
    }
    me
}

fn get_file(bot: &mut Bot, params: &Params, now: Duration) -> Answer {
    let file_id = params.non_empty("file_id").ok_or_else(|| ApiError::bad("file_id not specified"))?;
    bot.files.open(&file_id, now)
}

fn chat_action(shared: &Shared, common: &Common, bot: &Bot, params: &Params) -> Answer {
    let action = params.non_empty("action").unwrap_or_default().to_lowercase();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    Target::writable(shared, common, bot, params)?;
    Ok(json!(true))
}

fn answer_callback(bot: &mut Bot, params: &Params, now: Duration) -> Answer {
    let old = || ApiError::bad("query is too old and response timeout expired or query ID is invalid");
    let text = params.text("text").unwrap_or_default();
    if super::text::utf16_len(&text) > 200 {
        return Err(ApiError::bad("MESSAGE_TOO_LONG"));
    }
    let id = params.non_empty("callback_query_id").ok_or_else(old)?;
    let callback = bot.callbacks.get_mut(&id).filter(|callback| now < callback.until).ok_or_else(old)?;
    callback.answer = Some(params.to_json());
    Ok(json!(true))
}

fn react(common: &mut Common, bot: &Bot, params: &Params) -> Answer {
    let target = Target::known(common, bot, params)?;
    let id = message_id(params)?;
    if bot.chats.get(&target.key).is_none_or(|chat| !chat.messages.contains_key(&id)) {
        return Err(ApiError::bad("message to react not found"));
    }
    let reactions = params.nested("reaction")?.unwrap_or_else(|| json!([]));
    let reactions = reactions.as_array().ok_or_else(|| ApiError::bad("can't parse reaction JSON object"))?;
    if reactions.len() > 1 {
        return Err(ApiError::bad("REACTIONS_TOO_MANY"));
    }
    let emoji: Option<Vec<String>> = reactions.iter().map(|one| Some(one["emoji"].as_str()?.to_owned())).collect();
    let known = |emoji: &String| REACTIONS.split_whitespace().any(|known| known == emoji);
    let emoji = emoji.filter(|emoji| emoji.iter().all(known)).ok_or_else(|| ApiError::bad("REACTION_INVALID"))?;
    let reaction = SentReaction { bot_id: bot.id, chat_id: target.key.chat_id, message_id: id, emoji };
    common.ledger.reactions.push(reaction);
    Ok(json!(true))
}

fn read_business(common: &mut Common, bot: &Bot, params: &Params) -> Answer {
    if !params.has("business_connection_id") {
        return Err(ApiError::bad("BUSINESS_CONNECTION_INVALID"));
    }
    let target = Target::known(common, bot, params)?;
    let id = message_id(params)?;
    if !bot.connections[&target.key.business].can_read() {
        return Err(ApiError::bad("not enough rights to read messages"));
    }
    if bot.chats.get(&target.key).is_none_or(|chat| !chat.messages.contains_key(&id)) {
        return Err(ApiError::bad("message not found"));
    }
    common.ledger.read.push((target.key.business, target.key.chat_id, id));
    Ok(json!(true))
}
