use std::collections::HashMap;

use contracts::{
    channel::{Answered, Attachment, Content, Order, OrderTarget, SendOrder, order::Body},
    inbox::Automatic,
};
use prost::Message;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Due,
    store::{Row, Send},
};
use crate::{mailings::EXIT, orders::SEND, time};

/// Makes the order to publish; `None` when its message is gone or its row cannot be read.
pub fn order(row: &Row, sends: &HashMap<Uuid, Send>) -> Option<Due> {
    let mut order = Order::decode(row.payload.as_slice()).ok()?;
    order.order_id = row.order_id.to_string();
    order.lane.clone_from(&row.lane);
    order.created_at = Some(time::to_proto(row.created_at));
    if row.kind == SEND {
        let send = sends.get(&row.message_id?)?;
        order.target = Some(target(send));
        order.body = Some(Body::Send(body(send)));
    }
    Some(Due { channel: row.channel.parse().ok()?, account: row.account_id.into(), order })
}

fn target(send: &Send) -> OrderTarget {
    // A key of our own making says nothing to the adapter.
    let thread_key = if send.thread_key.starts_with("cp:") { "" } else { &send.thread_key };
    OrderTarget {
        conversation_id: send.conversation_id.to_string(),
        thread_key: thread_key.to_owned(),
        scope: send.scope.clone(),
        address: send.address.clone(),
        reply_address: send.reply_address.clone(),
    }
}

pub fn body(send: &Send) -> SendOrder {
    let mut content = Content::decode(send.content.as_slice()).unwrap_or_default();
    content.text.clone_from(&send.text);
    // How one leaves a mailing is read by its recipient alone.
    if let Some(exit) = content.letter.as_ref().and_then(|letter| letter.unsubscribe.as_ref()) {
        content.text = send.text.replace(EXIT, &exit.url);
    }
    content.attachments = send.attachments.as_array().into_iter().flatten().map(attachment).collect();
    SendOrder {
        message_id: send.message_id.to_string(),
        attempt: send.attempt.cast_unsigned(),
        content: Some(content),
        reply_to_key: send.reply_to_key.clone(),
        idempotency_key: send.message_id.to_string(),
        author_name: send.author_name.clone(),
        answers: answered(send),
        // Letters of mailings say what they are in their own way, and their bounces are wanted.
        automatic: send.automatic == Automatic::OutOfHours as i16,
    }
}

/// Only letters have a head that an answer needs.
fn answered(send: &Send) -> Option<Box<Answered>> {
    let letter = Content::decode(send.answered.as_slice()).ok()?.letter?;
    Some(Box::new(Answered { message_key: send.answered_key.clone(), letter: Some(*letter) }))
}

fn attachment(row: &Value) -> Attachment {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| row[name].as_i64().unwrap_or_default();
    let small = |name: &str| u32::try_from(number(name)).unwrap_or_default();
    Attachment {
        attachment_id: text("attachment_id"),
        kind: i32::try_from(number("kind")).unwrap_or_default(),
        name: text("name"),
        mime_type: text("mime_type"),
        size_bytes: number("size_bytes"),
        width: small("width"),
        height: small("height"),
        duration_ms: small("duration_ms"),
        object_key: text("object_key"),
        state: i32::try_from(number("state")).unwrap_or_default(),
        ..Attachment::default()
    }
}
