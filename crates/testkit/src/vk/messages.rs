//! `messages.*`: histories, changes, and small talk.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    error::{Answer, VkError},
    params::Params,
    sends,
    server::items,
    state::{Group, Shared},
    uploads,
};
use crate::telegram::clock::unix_now;

/// How long a message can be edited and deleted for all.
const CHANGES: Duration = Duration::from_secs(24 * 3600);

pub(super) fn call(shared: &Arc<Shared>, id: i64, method: &str, params: &Params) -> Answer {
    let mut world = shared.world();
    if !world.group(id).rights.contains(&"messages") {
        return Err(VkError::new(15, "Access denied: messages permission is required"));
    }
    match method {
        "messages.send" => return sends::send(shared, &mut world, id, params),
        "messages.edit" => {
            let message = edit(shared, world.group(id), params)?;
            let attachments = sends::attachments(&world, params)?;
            let message = replace(world.group(id), &message, params, attachments);
            shared.emit(&mut world, id, "message_edit", message);
            return Ok(json!(1));
        }
        "messages.getByConversationMessageId" => {
            let numbers = params.integers("conversation_message_ids");
            let talk = talk(world.group(id), params)?;
            let found: Vec<_> = talk.into_iter().filter(|one| numbers.contains(&number(one))).collect();
            let renewed = |mut message: Value| {
                let attachments = message["attachments"].as_array().cloned().unwrap_or_default();
                let fresh = attachments.iter().map(|one| uploads::fresh(&world, &shared.base, one));
                message["attachments"] = fresh.collect();
                message
            };
            return Ok(items(found.into_iter().map(renewed).collect()));
        }
        _ => {}
    }
    let group = world.group(id);
    match method {
        "messages.getHistory" => {
            let mut messages = talk(group, params)?;
            messages.reverse();
            Ok(page(messages, params))
        }
        "messages.getConversations" => Ok(page(conversations(group), params)),
        "messages.getConversationsById" => {
            let title = |peer: i64| json!({ "peer": { "id": peer, "type": "chat" }, "chat_settings": { "title": format!("Беседа {peer}") } });
            Ok(items(params.integers("peer_ids").into_iter().map(title).collect()))
        }
        "messages.getById" => {
            let ids = params.integers("message_ids");
            let all = group.talks.values().flat_map(|talk| &talk.messages);
            Ok(items(all.filter(|one| ids.contains(&one["id"].as_i64().unwrap_or_default())).cloned().collect()))
        }
        "messages.delete" => delete(shared, group, params),
        "messages.markAsRead" => {
            group.talks.entry(params.required("peer_id")?).or_default().read_by_community = true;
            Ok(json!(1))
        }
        "messages.setActivity" => {
            group.talks.entry(params.required("peer_id")?).or_default().typings += 1;
            Ok(json!(1))
        }
        "messages.sendReaction" | "messages.deleteReaction" => {
            let message = message(group, params.required("peer_id")?, params.required("cmid")?)?;
            message["reaction_id"] = params.integer("reaction_id").map_or(Value::Null, Value::from);
            Ok(json!(1))
        }
        "messages.sendMessageEventAnswer" => {
            for name in ["event_id", "user_id", "peer_id"] {
                if params.text(name).is_empty() {
                    return Err(VkError::param(name));
                }
            }
            group.answers.push(params.shown());
            Ok(json!(1))
        }
        _ => Err(VkError::new(3, "Unknown method passed")),
    }
}

pub(super) fn number(message: &Value) -> i64 {
    message["conversation_message_id"].as_i64().unwrap_or_default()
}

fn talk(group: &mut Group, params: &Params) -> Result<Vec<Value>, VkError> {
    let peer = params.required("peer_id")?;
    Ok(group.talks.get(&peer).map(|talk| talk.messages.clone()).unwrap_or_default())
}

/// Newest first.
fn conversations(group: &Group) -> Vec<Value> {
    let with = |(peer, talk): (&i64, &super::state::Talk)| {
        let last = talk.messages.last()?.clone();
        Some(json!({ "conversation": { "peer": { "id": peer, "type": "user" } }, "last_message": last }))
    };
    let mut all: Vec<_> = group.talks.iter().filter_map(with).collect();
    all.sort_by_key(|talk| -talk["last_message"]["date"].as_i64().unwrap_or_default());
    all
}

fn page(all: Vec<Value>, params: &Params) -> Value {
    let count = params.integer("count").unwrap_or(20).clamp(0, 200) as usize;
    let offset = params.integer("offset").unwrap_or_default().max(0) as usize;
    let total = all.len();
    json!({ "count": total, "items": all.into_iter().skip(offset).take(count).collect::<Vec<_>>() })
}

pub(super) fn message(group: &mut Group, peer: i64, cmid: i64) -> Result<&mut Value, VkError> {
    let found = group.talks.get_mut(&peer).and_then(|talk| talk.messages.iter_mut().find(|one| number(one) == cmid));
    found.ok_or_else(|| VkError::param("cmid: no such message"))
}

fn is_late(shared: &Shared, message: &Value) -> bool {
    // Dates are real; only what the test has set forward makes a message old.
    let ahead = shared.clock.now();
    message["out"] != 1 || ahead > CHANGES
}

fn edit(shared: &Shared, group: &mut Group, params: &Params) -> Answer {
    let message = message(group, params.required("peer_id")?, params.required("cmid")?)?.clone();
    if is_late(shared, &message) {
        return Err(VkError::new(909, "Can't edit this message, because it's too old"));
    }
    if params.text("message").chars().count() > 4096 {
        return Err(VkError::new(914, "Message is too long"));
    }
    Ok(message)
}

fn replace(group: &mut Group, old: &Value, params: &Params, attachments: Vec<Value>) -> Value {
    let peer = old["peer_id"].as_i64().unwrap_or_default();
    let Ok(message) = message(group, peer, number(old)) else { return Value::Null };
    message["text"] = params.text("message").into();
    message["attachments"] = attachments.into();
    message["update_time"] = unix_now().into();
    if let Some(keyboard) = params.json("keyboard") {
        message["keyboard"] = keyboard;
    }
    message.clone()
}

fn delete(shared: &Shared, group: &mut Group, params: &Params) -> Answer {
    let peer = params.required("peer_id")?;
    let numbers = params.integers("cmids");
    for cmid in &numbers {
        let late = message(group, peer, *cmid).map_or(true, |message| is_late(shared, message));
        if late && params.text("delete_for_all") == "1" {
            return Err(VkError::new(924, "Can't delete this message for everybody"));
        }
    }
    if let Some(talk) = group.talks.get_mut(&peer) {
        talk.messages.retain(|one| !numbers.contains(&number(one)));
    }
    Ok(numbers.iter().map(|cmid| json!({ "peer_id": peer, "conversation_message_id": cmid, "response": 1 })).collect())
}
