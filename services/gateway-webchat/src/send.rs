//! Orders: what staff writes goes to the visitor's open chats. It lies in PostgreSQL already (rule O8), so whoever is
//! away learns of it by asking.

use chrono::{DateTime, Utc};
use contracts::channel::{Content, Failure, FailureReason, Order, OrderTarget, PeerMessage, SendOrder, order::Body};
use gateway_kit::{SendOutcome, Sent, Tools};
use prost::Message as _;
use uuid::Uuid;

use crate::{
    event::{Event, What},
    normalize::{position, timestamp},
};

/// A send that router has committed, told once more: who asked for their history between the first telling and the commit
/// has it from nowhere else.
pub async fn again(order: &Order, tools: &Tools) {
    let target = order.target.clone().unwrap_or_default();
    if let Some(Body::Send(send)) = &order.body {
        tell(tools, &target, What::Message(Box::new(message(send, Utc::now()))), true).await;
    }
}

/// Carries out one order.
pub async fn order(order: &Order, tools: &Tools) -> SendOutcome {
    let target = order.target.clone().unwrap_or_default();
    let now = Utc::now();
    let (what, sent) = match &order.body {
        Some(Body::Send(send)) => (What::Message(Box::new(message(send, now))), sent(&send.message_id, now)),
        Some(Body::Edit(edit)) => {
            let edited_at = Some(timestamp(now.timestamp_millis()));
            let message = PeerMessage { edited_at, ..ours(&edit.message_id, edit.content.clone()) };
            (What::Message(Box::new(message)), Sent::default())
        }
        Some(Body::Delete(delete)) => (What::Gone(delete.message_id.clone()), Sent::default()),
        Some(Body::MarkRead(read)) => match read.message_keys.first() {
            Some(newest) => (What::Seen(newest.clone()), Sent::default()),
            None => return SendOutcome::Accepted(Sent::default()),
        },
        _ => return refused(),
    };
    if tell(tools, &target, what, false).await {
        SendOutcome::Accepted(sent)
    } else {
        SendOutcome::NotSent { text: "NATS is away".to_owned() }
    }
}

/// Shows the person that staff is typing.
pub async fn typing(tools: &Tools, address: &str, reply_address: &str) {
    let target =
        OrderTarget { address: address.to_owned(), reply_address: reply_address.to_owned(), ..OrderTarget::default() };
    tell(tools, &target, What::Typing(true), false).await;
}

async fn tell(tools: &Tools, target: &OrderTarget, what: What, again: bool) -> bool {
    let mut addresses = vec![target.reply_address.clone(), target.address.clone()];
    addresses.retain(|address| !address.is_empty());
    addresses.dedup();
    let Some(first) = addresses.first().cloned() else { return false };
    let event = Event { addresses, except: String::new(), again, what: Some(what) };
    tools.peers.tell(tools.account, &first, event.encode_to_vec().into()).await
}

fn message(send: &SendOrder, now: DateTime<Utc>) -> PeerMessage {
    PeerMessage {
        author_name: send.author_name.clone(),
        reply_to_key: send.reply_to_key.clone(),
        shown_at: Some(timestamp(now.timestamp_millis())),
        ..ours(&send.message_id, send.content.clone())
    }
}

/// A message of ours is known by our own id, here and at "the provider's".
fn ours(id: &str, content: Option<Content>) -> PeerMessage {
    PeerMessage { message_id: id.to_owned(), message_key: id.to_owned(), own: true, content, ..PeerMessage::default() }
}

fn sent(id: &str, now: DateTime<Utc>) -> Sent {
    let place = Uuid::parse_str(id).ok().and_then(position).unwrap_or_else(|| now.timestamp_millis());
    Sent { provider_keys: vec![id.to_owned()], shown_at: Some(now), position: place, new_reply_address: None }
}

fn refused() -> SendOutcome {
    SendOutcome::Refused(Failure {
        reason: FailureReason::NotSupported.into(),
        provider_code: String::new(),
        provider_text: "the web chat does not carry this".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use contracts::channel::ReactOrder;

    use super::*;

    fn tools() -> Tools {
        Tools::alone(model::AccountId::new(), std::sync::Arc::new(object_store::memory::InMemory::new()))
    }

    #[tokio::test]
    async fn without_nats_nothing_is_sent_and_it_comes_again() {
        let send = SendOrder { message_id: Uuid::now_v7().to_string(), ..SendOrder::default() };
        let target = OrderTarget { address: "v-1".into(), ..OrderTarget::default() };
        let order = Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() };
        assert!(matches!(super::order(&order, &tools()).await, SendOutcome::NotSent { .. }));
    }

    #[tokio::test]
    async fn what_the_chat_cannot_carry_is_refused() {
        let order = Order { body: Some(Body::React(ReactOrder::default())), ..Order::default() };
        let SendOutcome::Refused(failure) = super::order(&order, &tools()).await else { panic!("refused") };
        assert_eq!(failure.reason(), FailureReason::NotSupported);
    }

    #[test]
    fn a_message_stands_where_its_id_says() {
        let id = Uuid::now_v7();
        let sent = sent(&id.to_string(), Utc::now());
        assert_eq!((sent.position, sent.provider_keys), (position(id).unwrap(), vec![id.to_string()]));
    }
}
