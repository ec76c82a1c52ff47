//! Orders that change what is there. Each may be repeated: a second run ends like the first.

use std::collections::BTreeMap;

use contracts::channel::{AnswerCallbackOrder, DeleteOrder, EditOrder, FailureReason as R, MarkReadOrder, ReactOrder};
use gateway_kit::{SendOutcome, Sent};
use serde_json::{Value, json};

use super::{keyboard, plan};
use crate::{
    address::{CallbackId, MessageKey},
    client::{Client, Param},
    complete,
    error::{CallError, outcome, refused},
    normalize::reaction_id,
};

/// `messages.delete` takes so many at once.
const DELETE_MOST: usize = 100;
/// `show_snackbar` shows so many characters.
const ANSWER_CHARS: usize = 90;

/// Errors that say that a message is not there, or no longer to be changed.
const TOO_LATE: i64 = 924;

type Answered = Result<Value, CallError>;

fn no_target() -> SendOutcome {
    refused(R::Rejected, "the message has no key at VK")
}

fn done() -> SendOutcome {
    SendOutcome::Accepted(Sent::default())
}

fn ended(answer: Answered) -> SendOutcome {
    match answer {
        Ok(_) | Err(CallError::Unreadable) => done(),
        Err(error) => outcome(error, u32::MAX),
    }
}

/// Changes text and buttons. Files stay only if they are named again.
pub async fn edit(client: &Client, order: &EditOrder) -> SendOutcome {
    let Some(key) = order.message_keys.first().and_then(|key| MessageKey::parse(key)) else { return no_target() };
    let content = order.content.clone().unwrap_or_default();
    let (text, keyboard) = match plan::text(&content).and_then(|text| Ok((text, keyboard::inline(&content.buttons)?))) {
        Ok(planned) => planned,
        Err(refusal) => return refusal,
    };
    let attachment = match attachments(client, key).await {
        Ok(attachment) => attachment,
        Err(error) => return outcome(error, u32::MAX),
    };
    let mut params: Vec<Param> = vec![
        ("peer_id", key.peer.to_string()),
        ("cmid", key.cmid.to_string()),
        ("message", text),
        ("keep_forward_messages", "1".into()),
        ("keep_snippets", "1".into()),
        client.group_param(),
    ];
    params.extend((!attachment.is_empty()).then_some(("attachment", attachment)));
    params.extend(keyboard.map(|keyboard| ("keyboard", keyboard.to_string())));
    ended(client.call("messages.edit", &params).await)
}

/// The message's files, as VK names them.
async fn attachments(client: &Client, key: MessageKey) -> Result<String, CallError> {
    let message = complete::message(client, key).await?.unwrap_or_default();
    let name = |attachment: &Value| {
        let kind = attachment["type"].as_str()?;
        let value = &attachment[kind];
        let (owner, id) = (value["owner_id"].as_i64()?, value["id"].as_i64()?);
        let key = value["access_key"].as_str().map(|key| format!("_{key}")).unwrap_or_default();
        let kind = if kind == "audio_message" { "doc" } else { kind };
        Some(format!("{kind}{owner}_{id}{key}"))
    };
    Ok(message.attachments.iter().flatten().filter_map(name).collect::<Vec<_>>().join(","))
}

/// Deletes for both sides.
pub async fn delete(client: &Client, order: &DeleteOrder) -> SendOutcome {
    let keys: Option<Vec<_>> = order.message_keys.iter().map(|key| MessageKey::parse(key)).collect();
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else { return no_target() };
    let mut by_peer = BTreeMap::<i64, Vec<MessageKey>>::new();
    keys.into_iter().for_each(|key| by_peer.entry(key.peer).or_default().push(key));
    for (peer, keys) in by_peer {
        for keys in keys.chunks(DELETE_MOST) {
            let ended = delete_some(client, peer, keys).await;
            if !matches!(ended, SendOutcome::Accepted(_)) {
                return ended;
            }
        }
    }
    done()
}

async fn delete_some(client: &Client, peer: i64, keys: &[MessageKey]) -> SendOutcome {
    let numbers = keys.iter().map(|key| key.cmid.to_string()).collect::<Vec<_>>().join(",");
    let params =
        [("peer_id", peer.to_string()), ("cmids", numbers), ("delete_for_all", "1".into()), client.group_param()];
    let answer: Answered = client.call("messages.delete", &params).await;
    match answer {
        Err(error) if error.code() == Some(TOO_LATE) && all_gone(client, keys).await => done(),
        answer => ended(answer),
    }
}

/// What an earlier run has deleted cannot be deleted again.
async fn all_gone(client: &Client, keys: &[MessageKey]) -> bool {
    for key in keys {
        if !matches!(complete::message(client, *key).await, Ok(None)) {
            return false;
        }
    }
    true
}

/// VK marks whole conversations.
pub async fn mark_read(client: &Client, order: &MarkReadOrder) -> SendOutcome {
    let Some(key) = order.message_keys.iter().find_map(|key| MessageKey::parse(key)) else { return no_target() };
    let params =
        [("peer_id", key.peer.to_string()), ("mark_conversation_as_read", "1".to_owned()), client.group_param()];
    ended(client.call("messages.markAsRead", &params).await)
}

pub async fn react(client: &Client, order: &ReactOrder) -> SendOutcome {
    let Some(key) = MessageKey::parse(&order.message_key) else { return no_target() };
    let place = [("peer_id", key.peer.to_string()), ("cmid", key.cmid.to_string()), client.group_param()];
    if order.emoji.is_empty() {
        return ended(client.call("messages.deleteReaction", &place).await);
    }
    let Some(id) = reaction_id(&order.emoji) else {
        return refused(R::NotSupported, "VK has no such reaction");
    };
    let params: Vec<_> = place.into_iter().chain([("reaction_id", id.to_string())]).collect();
    ended(client.call("messages.sendReaction", &params).await)
}

pub async fn answer_callback(client: &Client, order: &AnswerCallbackOrder) -> SendOutcome {
    let Some(id) = CallbackId::parse(&order.callback_id) else {
        return refused(R::Rejected, "the button's press is none of VK's");
    };
    let mut params: Vec<Param> =
        vec![("event_id", id.event), ("user_id", id.user.to_string()), ("peer_id", id.peer.to_string())];
    let text: String = order.text.trim().chars().take(ANSWER_CHARS).collect();
    if !text.is_empty() {
        params.push(("event_data", json!({ "type": "show_snackbar", "text": text }).to_string()));
    }
    ended(client.call("messages.sendMessageEventAnswer", &params).await)
}
