//! `messages.send`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    error::{Answer, VkError},
    messages::{message, number},
    params::Params,
    state::{Group, Shared, World},
    uploads,
};

const TEXT_MOST: usize = 4096;
const ATTACHMENTS_MOST: usize = 10;

pub(super) fn send(shared: &Arc<Shared>, world: &mut World, id: i64, params: &Params) -> Answer {
    let random_id = params.required("random_id")?;
    let (peer, many) = match params.integers("peer_ids").as_slice() {
        [] => (params.required("peer_id")?, false),
        [peer] => (*peer, true),
        _ => return Err(VkError::param("the fake takes one of peer_ids")),
    };
    let answer = |message: i64, cmid: i64| match many {
        true => json!([{ "peer_id": peer, "message_id": message, "conversation_message_id": cmid }]),
        false => json!(message),
    };
    let now = shared.clock.now();
    let known = world.group(id).random_ids.get(&random_id).copied();
    if let Some((message, cmid, at)) = known.filter(|_| random_id != 0)
        && now - at < shared.options.random_id_span
    {
        return Ok(answer(message, cmid));
    }
    if let Err(error) = may(world.group(id), peer) {
        let refused = json!({ "code": error.code, "description": error.text });
        return if many { Ok(json!([{ "peer_id": peer, "message_id": 0, "error": refused }])) } else { Err(error) };
    }
    let message = made(world, id, peer, random_id, params)?;
    let message = world.group(id).add(peer, message);
    let numbers = (message["id"].as_i64().unwrap_or_default(), number(&message));
    world.group(id).random_ids.insert(random_id, (numbers.0, numbers.1, now));
    shared.emit(world, id, "message_reply", message);
    Ok(answer(numbers.0, numbers.1))
}

fn may(group: &Group, peer: i64) -> Result<(), VkError> {
    let talk = group.talks.get(&peer);
    if let Some(code) = talk.and_then(|talk| talk.refused) {
        return Err(VkError::new(code, "Can't send messages to this user"));
    }
    if talk.is_none_or(|talk| !talk.may_write) {
        return Err(VkError::new(901, "Can't send messages for users without permission"));
    }
    Ok(())
}

fn made(world: &mut World, id: i64, peer: i64, random_id: i64, params: &Params) -> Answer {
    let text = params.text("message");
    let attachments = attachments(world, params)?;
    let place = params.text("lat").parse::<f64>().ok().zip(params.text("long").parse::<f64>().ok());
    if text.is_empty() && attachments.is_empty() && place.is_none() {
        return Err(VkError::param("message is empty or invalid"));
    }
    if text.chars().count() > TEXT_MOST {
        return Err(VkError::new(914, "Message is too long"));
    }
    let mut fields =
        json!({ "from_id": -id, "out": 1, "text": text, "random_id": random_id, "attachments": attachments });
    if let Some((latitude, longitude)) = place {
        fields["geo"] = json!({ "type": "point", "coordinates": { "latitude": latitude, "longitude": longitude } });
    }
    let group = world.group(id);
    if !params.text("keyboard").is_empty() {
        fields["keyboard"] = keyboard(group, params)?;
    }
    if let Some(forward) = params.json("forward") {
        let cmid = forward["conversation_message_ids"][0].as_i64().unwrap_or_default();
        let replied = message(group, peer, cmid).map_err(|_| VkError::param("forward: no such message"))?;
        fields["reply_message"] = replied.clone();
    }
    Ok(fields)
}

fn keyboard(group: &Group, params: &Params) -> Answer {
    if !group.bot_features {
        return Err(VkError::new(912, "This is a chat bot feature, change this status in settings"));
    }
    let wrong = || VkError::new(911, "Keyboard format is invalid");
    let keyboard = params.json("keyboard").ok_or_else(wrong)?;
    let rows = keyboard["buttons"].as_array().ok_or_else(wrong)?;
    let all: Vec<_> = rows.iter().flat_map(|row| row.as_array().into_iter().flatten()).collect();
    let inline = keyboard["inline"] == true && rows.len() <= 6 && all.len() <= 10 && keyboard.get("one_time").is_none();
    let good = |button: &&&Value| {
        let action = &button["action"];
        let label = action["label"].as_str().is_some_and(|label| (1..=40).contains(&label.chars().count()));
        let payload = action["payload"].as_str().unwrap_or("{}");
        let json = payload.chars().count() <= 255 && serde_json::from_str::<Value>(payload).is_ok();
        let kind = match action["type"].as_str().unwrap_or_default() {
            "callback" | "text" => true,
            "open_link" => action["link"].as_str().is_some_and(|link| link.starts_with("http")),
            _ => false,
        };
        label && json && kind
    };
    let five = rows.iter().all(|row| row.as_array().is_some_and(|row| (1..=5).contains(&row.len())));
    if inline && five && all.iter().filter(good).count() == all.len() { Ok(keyboard) } else { Err(wrong()) }
}

/// The attachments that a call names.
pub(super) fn attachments(world: &World, params: &Params) -> Result<Vec<Value>, VkError> {
    let names = params.text("attachment").split(',').filter(|name| !name.is_empty());
    let found: Vec<_> = names
        .map(|name| {
            // The key after the last underscore is not part of the name.
            let mut parts = name.splitn(3, '_');
            let short = [parts.next().unwrap_or_default(), parts.next().unwrap_or_default()].join("_");
            world.saved.get(&short).map(|(attachment, _)| attachment.clone())
        })
        .collect::<Option<_>>()
        .ok_or_else(|| VkError::param("attachment"))?;
    if found.len() > ATTACHMENTS_MOST {
        return Err(VkError::param("attachment: too many"));
    }
    debug_assert!(found.iter().all(|one| !uploads::name_of(one).is_empty()));
    Ok(found)
}
