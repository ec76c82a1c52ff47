//! Orders, carried out: one signed event each.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use contracts::channel::{
    Attachment, Content, Failure, FailureReason as R, Order, OrderTarget, SendOrder, order::Body,
};
use gateway_kit::{SendOutcome, Sent};
use serde_json::{Value, json};

use crate::{
    Custom,
    content::{FILES_MOST, KINDS},
    describe::{FILE_BYTES, REMEDY_PUBLIC_URL, TEXT_LIMIT},
    error::{outcome, refused},
};

/// The chat is to fetch what it wants to keep.
const LINK_DAYS: i64 = 7;
/// How long the contract asks the chat to know an id, less a margin: later a repeat might be shown twice.
const REMEMBERED: TimeDelta = TimeDelta::days(6);

/// Carries out one order.
pub async fn order(custom: &Custom, order: &Order) -> SendOutcome {
    let can = custom.settings.abilities;
    let target = order.target.clone().unwrap_or_default();
    let event = match &order.body {
        Some(Body::Send(send)) if may_be_forgotten(order, send) => {
            Err(refused(R::TooOld, "tried for days, and the chat need not know any more whether it has it"))
        }
        Some(Body::Send(send)) => return message(custom, &target, send).await,
        Some(Body::Edit(edit)) if can.edits => {
            let shown = content(custom, &edit.message_id, edit.content.clone().unwrap_or_default());
            shown.map(|shown| (of_messages("message.edited", &edit.message_keys, shown), order))
        }
        Some(Body::Delete(delete)) if can.deletes => {
            Ok((of_messages("message.deleted", &delete.message_keys, json!({})), order))
        }
        Some(Body::MarkRead(read)) if can.reads => {
            Ok((of_messages("message.read", &read.message_keys, json!({})), order))
        }
        _ => Err(refused(R::NotSupported, "the chat does not take this, by its settings")),
    };
    match event {
        Ok((event, order)) => told(custom, &order.order_id, with_target(event, &target)).await,
        Err(outcome) => outcome,
    }
}

/// Whether an earlier try may lie so far back that the chat would take this one for a new message.
fn may_be_forgotten(order: &Order, send: &SendOrder) -> bool {
    let created = order.created_at.as_ref().and_then(|at| DateTime::from_timestamp(at.seconds, 0));
    send.attempt > 0 && created.is_some_and(|at| Utc::now() - at > REMEMBERED)
}

/// Shows the person that somebody types; whether it arrives is of no interest.
pub async fn typing(custom: &Custom, address: &str) {
    if custom.settings.abilities.typing {
        let event = named("typing", json!({ "person": { "id": address } }));
        let id = uuid::Uuid::now_v7().to_string();
        let _ = custom.client.post(&id, &event, custom.client.deadlines.aside).await;
    }
}

pub fn named(kind: &str, data: Value) -> Value {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "type": kind, "timestamp": now, "data": data })
}

async fn message(custom: &Custom, target: &OrderTarget, send: &SendOrder) -> SendOutcome {
    let mut data = match content(custom, &send.message_id, send.content.clone().unwrap_or_default()) {
        Ok(data) => data,
        Err(outcome) => return outcome,
    };
    data["id"] = json!(send.message_id);
    data["author"] = json!(send.author_name);
    if !send.reply_to_key.is_empty() {
        data["reply_to"] = json!(send.reply_to_key);
    }
    let event = with_target(named("message.created", data), target);
    match custom.client.post(&send.message_id, &event, custom.client.deadlines.call).await {
        Ok(answer) => SendOutcome::Accepted(receipt(&send.message_id, &answer.id)),
        Err(error) => outcome(error),
    }
}

/// Known by our id always, and by the chat's if it has one.
fn receipt(own: &str, theirs: &str) -> Sent {
    let fits = !theirs.is_empty() && theirs != own && theirs.len() <= 128 && !theirs.chars().any(char::is_control);
    let keys = [Some(own), fits.then_some(theirs)].into_iter().flatten().map(str::to_owned).collect();
    Sent { provider_keys: keys, shown_at: Some(Utc::now()), ..Sent::default() }
}

async fn told(custom: &Custom, id: &str, event: Value) -> SendOutcome {
    match custom.client.post(id, &event, custom.client.deadlines.call).await {
        Ok(_) => SendOutcome::Accepted(Sent::default()),
        Err(error) => outcome(error),
    }
}

/// `id` is the first of `ids`: a message of ours is one there.
fn of_messages(kind: &str, keys: &[String], mut data: Value) -> Value {
    data["id"] = json!(keys.first());
    data["ids"] = json!(keys);
    named(kind, data)
}

fn with_target(mut event: Value, target: &OrderTarget) -> Value {
    event["data"]["person"] = json!({ "id": target.address });
    if !target.thread_key.is_empty() {
        event["data"]["conversation"] = json!(target.thread_key);
    }
    event
}

/// What a message shows, in the words of the contract.
fn content(custom: &Custom, message_id: &str, content: Content) -> Result<Value, SendOutcome> {
    let text = content.text.trim_end();
    if text.chars().count() > TEXT_LIMIT as usize {
        return Err(refused(R::TooLong, &format!("a text has at most {TEXT_LIMIT} characters")));
    }
    let beside = content.location.is_some() || content.contact_card.is_some();
    if text.trim().is_empty() && content.attachments.is_empty() && !beside {
        return Err(refused(R::Rejected, "there is nothing to send"));
    }
    if content.attachments.len() > FILES_MOST {
        return Err(refused(R::NotSupported, &format!("a message has at most {FILES_MOST} files")));
    }
    let files: Result<Vec<_>, _> = content.attachments.iter().map(|one| file(custom, message_id, one)).collect();
    let buttons: Vec<Vec<Value>> = content.buttons.iter().map(|row| row.buttons.iter().map(button).collect()).collect();
    let mut data = json!({ "text": text, "files": files?, "buttons": buttons });
    if let Some(at) = content.location {
        data["location"] = json!({
            "latitude": at.latitude, "longitude": at.longitude, "title": at.title, "address": at.address,
        });
    }
    if let Some(card) = content.contact_card {
        data["contact"] = json!({ "name": card.name, "phones": card.phones, "emails": card.emails });
    }
    Ok(data)
}

fn button(button: &contracts::channel::Button) -> Value {
    let data = if button.data.is_empty() && button.url.is_empty() { &button.title } else { &button.data };
    json!({ "title": button.title, "url": button.url, "button": data })
}

/// Only an administrator can help; messages without files go.
fn no_public_address() -> SendOutcome {
    let text = "no public address for files is known".to_owned();
    let failure = Failure { reason: R::AccountProblem.into(), provider_code: String::new(), provider_text: text };
    SendOutcome::Misconfigured { failure, remedy_key: REMEDY_PUBLIC_URL }
}

fn file(custom: &Custom, message_id: &str, file: &Attachment) -> Result<Value, SendOutcome> {
    if file.object_key.is_empty() || file.size_bytes <= 0 {
        return Err(refused(R::FileRejected, "the file is empty, or not stored"));
    }
    if file.size_bytes > FILE_BYTES {
        return Err(refused(R::FileTooLarge, "a file has at most 100 MB"));
    }
    let until = Utc::now() + TimeDelta::days(LINK_DAYS);
    let url = custom.links.link(message_id, file, &file.name, until);
    let url = url.ok_or_else(no_public_address)?;
    let kind = KINDS.iter().find(|(_, kind)| *kind == file.kind()).map_or("document", |(name, _)| *name);
    Ok(json!({
        "url": url.as_str(), "name": file.name, "kind": kind, "mime_type": file.mime_type, "size": file.size_bytes,
        "width": file.width, "height": file.height, "duration_ms": file.duration_ms,
    }))
}
