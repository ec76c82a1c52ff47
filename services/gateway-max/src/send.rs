//! Orders, carried out. One order is one creating call at MAX, repeated only where MAX has said that it did nothing
//! because a file is not ready yet.

mod change;
mod plan;

use std::time::Duration;

use chrono::DateTime;
use contracts::channel::{FailureReason as R, Order, SendOrder, order::Body};
use gateway_kit::{Media, SendOutcome, Sent, prepared};
use plan::Plan;
use tokio::time::sleep;

use crate::{
    address::Place,
    client::Client,
    error::{done, outcome, refused},
    wire,
};

/// Until a file that was uploaded just now is ready; after that router asks again.
const NOT_READY: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Carries out one order.
pub async fn order(client: &Client, order: &Order, media: &Media) -> SendOutcome {
    match &order.body {
        Some(Body::Send(send)) => match place(order) {
            Some(place) => message(client, place, send, media).await,
            None => refused(R::Unreachable, "the conversation has no address at MAX"),
        },
        Some(Body::Edit(edit)) => change::edit(client, edit).await,
        Some(Body::Delete(delete)) => change::delete(client, delete).await,
        Some(Body::AnswerCallback(answer)) => change::answer_callback(client, answer).await,
        // MAX shows nobody that a bot has read.
        Some(Body::MarkRead(_)) => done(),
        Some(Body::React(_)) => refused(R::NotSupported, "MAX has no reactions for bots"),
        _ => refused(R::NotSupported, "an order of a kind that is not known"),
    }
}

/// Shows the person "typing", if it can.
pub async fn typing(client: &Client, address: &str, reply_address: &str) {
    if let Some(Place::Chat(chat)) = Place::of(address, reply_address) {
        client.typing(chat).await;
    }
}

fn place(order: &Order) -> Option<Place> {
    let target = order.target.as_ref()?;
    Place::of(&target.address, &target.reply_address)
}

async fn message(client: &Client, place: Place, order: &SendOrder, media: &Media) -> SendOutcome {
    let content = order.content.clone().unwrap_or_default();
    let preparing = async { Plan::make(content, &order.reply_to_key)?.into_body(client, media).await };
    let body = match prepared(order.attempt, preparing).await {
        Ok(body) => body,
        Err(ended) => return ended,
    };
    let mut pauses = NOT_READY.iter();
    loop {
        let error = match client.send::<wire::Sent>(place, &body).await {
            Ok(sent) => return SendOutcome::Accepted(receipt(&sent.message)),
            Err(error) => error,
        };
        match pauses.next().filter(|_| error.is_not_ready()) {
            Some(pause) => sleep(*pause).await,
            None => return outcome(&error),
        }
    }
}

fn receipt(message: &wire::Message) -> Sent {
    let body = message.body.as_ref();
    Sent {
        provider_keys: body.and_then(|body| body.mid.clone()).into_iter().collect(),
        shown_at: message.timestamp.and_then(DateTime::from_timestamp_millis),
        position: body.and_then(|body| body.seq).unwrap_or_default(),
        new_reply_address: message.recipient.chat_id.map(|chat| chat.to_string()),
    }
}
