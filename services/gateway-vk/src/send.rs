//! Orders, carried out. One order is one creating call at VK, which takes each `random_id` once.

mod change;
mod file;
mod keyboard;
mod plan;
mod settle;
mod upload;

use contracts::channel::{FailureReason as R, Order, SendOrder, order::Body};
use gateway_kit::{Media, SendOutcome, Sent, prepared};
use plan::Plan;
use serde_json::{Value, json};

use crate::{
    address::{MessageKey, random_id},
    client::{Client, Param},
    error::{CallError, Verdict, outcome, refused},
    wire::{Items, Message, SentItem},
};

/// The first, one without buttons, and one without what it answers.
const TRIES: usize = 3;

/// Carries out one order.
pub async fn order(client: &Client, order: &Order, media: &Media) -> SendOutcome {
    match &order.body {
        Some(Body::Send(send)) => match peer(order) {
            Some(peer) => message(client, peer, order, send, media).await,
            None => refused(R::Unreachable, "the conversation has no address at VK"),
        },
        Some(Body::Edit(edit)) => change::edit(client, edit).await,
        Some(Body::Delete(delete)) => change::delete(client, delete).await,
        Some(Body::MarkRead(read)) => change::mark_read(client, read).await,
        Some(Body::React(react)) => change::react(client, react).await,
        Some(Body::AnswerCallback(answer)) => change::answer_callback(client, answer).await,
        _ => refused(R::NotSupported, "an order of a kind that is not known"),
    }
}

/// Shows the person "typing" for ten seconds, if it can.
pub async fn typing(client: &Client, address: &str, reply_address: &str) {
    let address = if reply_address.is_empty() { address } else { reply_address };
    let params = [("peer_id", address.to_owned()), ("type", "typing".to_owned()), client.group_param()];
    let _: Result<Value, _> = client.call_within(client.deadlines.aside, "messages.setActivity", &params).await;
}

fn peer(order: &Order) -> Option<i64> {
    let target = order.target.as_ref()?;
    target.reply_address.parse().or_else(|_| target.address.parse()).ok().filter(|peer| *peer != 0)
}

async fn message(client: &Client, peer: i64, order: &Order, send: &SendOrder, media: &Media) -> SendOutcome {
    let random_id = random_id(if send.idempotency_key.is_empty() { &send.message_id } else { &send.idempotency_key });
    if settle::is_needed(order, send) {
        match settle::find(client, peer, random_id).await {
            Ok(Some(sent)) => return SendOutcome::Accepted(sent),
            Ok(None) => {}
            // What was not found out is as unknown as before.
            Err(error) => return SendOutcome::Unknown { text: error.to_string() },
        }
    }
    let mut plan = match prepared(send.attempt, Plan::make(client, peer, send, media)).await {
        Ok(plan) => plan,
        Err(outcome) => return outcome,
    };
    for _ in 0..TRIES {
        let error = match once(client, peer, random_id, &plan).await {
            Ok(sent) => return SendOutcome::Accepted(sent),
            Err(error) => error,
        };
        match error.verdict() {
            Some(Verdict::Keyboard) if plan.keyboard.is_some() => plan.keyboard = None,
            _ if plan.reply_to.is_some() && is_about_the_reply(&error) => plan.reply_to = None,
            _ => return outcome(error, send.attempt),
        }
    }
    refused(R::Rejected, "VK refused the message in every form")
}

/// The message that is answered may be gone.
fn is_about_the_reply(error: &CallError) -> bool {
    match error {
        CallError::Refused { code: 913 | 921, .. } => true,
        CallError::Refused { code: 100, text } => text.contains("forward") || text.contains("reply"),
        _ => false,
    }
}

/// `peer_ids` instead of `peer_id`: then the answer tells the message's number in the conversation.
async fn once(client: &Client, peer: i64, random_id: i32, plan: &Plan) -> Result<Sent, CallError> {
    let mut params: Vec<Param> = vec![
        ("peer_ids", peer.to_string()),
        ("random_id", random_id.to_string()),
        ("message", plan.text.clone()),
        client.group_param(),
    ];
    if !plan.attachments.is_empty() {
        params.push(("attachment", plan.attachments.join(",")));
    }
    if let Some(at) = &plan.location {
        params.extend([("lat", at.latitude.to_string()), ("long", at.longitude.to_string())]);
    }
    if let Some(keyboard) = &plan.keyboard {
        params.push(("keyboard", keyboard.to_string()));
    }
    if let Some(reply_to) = plan.reply_to {
        let numbers = json!([reply_to]);
        let forward = json!({ "peer_id": peer, "conversation_message_ids": numbers, "is_reply": 1 });
        params.push(("forward", forward.to_string()));
    }
    let sent: Vec<SentItem> = client.call("messages.send", &params).await?;
    let item = sent.into_iter().next().ok_or(CallError::Unreadable)?;
    if let Some(error) = item.error {
        return Err(CallError::Refused { code: error.code, text: error.description.unwrap_or_default() });
    }
    let cmid = match item.conversation_message_id.filter(|cmid| *cmid > 0) {
        Some(cmid) => Some(cmid),
        None => number_of(client, item.message_id).await,
    };
    Ok(cmid.map_or_else(Sent::default, |cmid| receipt(MessageKey { peer, cmid })))
}

/// The message's number in its conversation, where the answer did not tell it. It is sent, whatever comes of this.
async fn number_of(client: &Client, message: i64) -> Option<i64> {
    let params = [("message_ids", message.to_string()), client.group_param()];
    let found: Items<Message> = client.call("messages.getById", &params).await.ok()?;
    found.items.first()?.conversation_message_id.filter(|cmid| *cmid > 0)
}

fn receipt(key: MessageKey) -> Sent {
    Sent { provider_keys: vec![key.to_string()], position: key.cmid, ..Sent::default() }
}
