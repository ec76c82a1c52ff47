//! The table of calls.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal, invalid, refuse, success},
    chats, messages,
    state::{Bot, Shared},
    subscriptions, updates,
};

pub(super) type Query = BTreeMap<String, String>;

/// What a call is, by method and path; the second is the part of the path that varies.
pub(super) fn name<'a>(method: &Method, path: &'a str) -> Option<(&'static str, &'a str)> {
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    Some(match (method.as_str(), parts.as_slice()) {
        ("GET", ["me"]) => ("me", ""),
        ("GET", ["subscriptions"]) => ("subscriptions", ""),
        ("POST", ["subscriptions"]) => ("subscribe", ""),
        ("DELETE", ["subscriptions"]) => ("unsubscribe", ""),
        ("GET", ["updates"]) => ("updates", ""),
        ("POST", ["messages"]) => ("send", ""),
        ("PUT", ["messages"]) => ("edit", ""),
        ("DELETE", ["messages"]) => ("delete", ""),
        ("GET", ["messages"]) => ("history", ""),
        ("GET", ["messages", mid]) => ("message", mid),
        ("POST", ["answers"]) => ("answer", ""),
        ("POST", ["uploads"]) => ("uploads", ""),
        ("GET", ["videos", token]) => ("video", token),
        ("POST", ["chats", chat, "actions"]) => ("actions", chat),
        ("GET", ["chats", chat]) => ("chat", chat),
        _ => return None,
    })
}

pub(super) async fn call(
    shared: &Arc<Shared>,
    token: &str,
    what: &'static str,
    varies: &str,
    query: &Query,
    body: &Value,
) -> Answer {
    match what {
        "me" => with_bot(shared, token, |bot| Ok(me(bot))),
        "subscriptions" => with_bot(shared, token, |bot| subscriptions::list(bot)),
        "subscribe" => with_bot(shared, token, |bot| subscriptions::add(shared, bot, body)),
        "unsubscribe" => with_bot(shared, token, |bot| subscriptions::remove(bot, query)),
        "updates" => updates::get(shared, token, query).await,
        "send" => messages::send(shared, token, query, body),
        "edit" => messages::edit(shared, token, query, body),
        "delete" => messages::delete(shared, token, query),
        "history" => messages::history(shared, token, query),
        "message" => messages::one(shared, token, varies),
        "answer" => with_bot(shared, token, |bot| answer(bot, query, body)),
        "uploads" => uploads(shared, query),
        "video" => video(shared, varies),
        "actions" => actions(shared, token, varies, body),
        _ => chat(shared, token, varies),
    }
}

fn with_bot(shared: &Shared, token: &str, act: impl FnOnce(&mut Bot) -> Answer) -> Answer {
    match shared.world().bots.get_mut(token) {
        Some(bot) => act(bot),
        None => refuse(401, "verify.token", "Invalid access_token"),
    }
}

fn me(bot: &Bot) -> Value {
    json!({ "user_id": bot.user_id, "first_name": bot.name, "username": format!("okno_{}_bot", bot.user_id),
        "is_bot": true, "last_activity_time": 1_795_420_790_000_i64 })
}

fn answer(bot: &mut Bot, query: &Query, body: &Value) -> Answer {
    let id = query.get("callback_id").cloned().unwrap_or_default();
    if !bot.asked.contains(&id) {
        return refuse(404, "not.found", "Callback not found");
    }
    bot.answers.push((id, body.clone()));
    success()
}

/// Where the bytes go. The token of a video or of sound is told here, the others' by the upload.
fn uploads(shared: &Shared, query: &Query) -> Answer {
    let kind = query.get("type").map(String::as_str).unwrap_or_default();
    if !["image", "video", "audio", "file"].contains(&kind) {
        return invalid("type: image, video, audio or file");
    }
    let mut world = shared.world();
    let number = world.next();
    let (place, token) = (format!("place{number}"), format!("{kind}-token-{number}"));
    world.files.promise(&place, kind, &token);
    let url = format!("{}/put/{place}", shared.media_url);
    Ok(if ["video", "audio"].contains(&kind) { json!({ "url": url, "token": token }) } else { json!({ "url": url }) })
}

fn video(shared: &Shared, token: &str) -> Answer {
    let world = shared.world();
    if world.files.get(token).is_none_or(|file| file.kind != "video") {
        return refuse(404, "not.found", "Video not found");
    }
    let url = world.files.url(&shared.media_url, token);
    let urls = json!({ "mp4_240": format!("{url}?small"), "mp4_720": url, "hls": format!("{url}.m3u8") });
    Ok(json!({ "token": token, "urls": urls, "width": 1280, "height": 720, "duration": 12 }))
}

fn actions(shared: &Shared, token: &str, chat: &str, body: &Value) -> Answer {
    let known = ["typing_on", "sending_photo", "sending_video", "sending_audio", "sending_file"];
    let action = body["action"].as_str().unwrap_or_default();
    let mut world = shared.world();
    let id = chat.parse().unwrap_or_default();
    if !known.contains(&action) || world.chats.get(&id).is_none_or(|chat| chat.token != token) {
        return refuse(404, "not.found", "Chat not found");
    }
    world.bots.get_mut(token).expect("it was checked").typed.push((id, action.to_owned()));
    success()
}

fn chat(shared: &Shared, token: &str, chat: &str) -> Answer {
    let world = shared.world();
    let id = chat.parse().unwrap_or_default();
    if world.chats.get(&id).is_none_or(|chat| chat.token != token) {
        return refuse(404, "not.found", &format!("Chat {chat} not found"));
    }
    Ok(chats::describe(&world, id))
}

pub(super) fn number(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = query.get(name) else { return Ok(None) };
    text.parse().map(Some).or_else(|_| invalid(&format!("{name}: a number is needed")))
}
