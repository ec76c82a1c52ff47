//! Orders to gateways that facts bring about, and what became of orders.

use contracts::channel::{Attachment, AttachmentState};
use model::{AccountId, AttachmentId, ConversationId, MessageId, OrderId};

use super::{Batch, NewOrder, OrderChange};
use crate::{batch::fact::Fact, directory::Directory, orders, time};

impl Batch {
    pub(super) fn answer_callback(&mut self, fact: &Fact, id: ConversationId, callback_id: &str) {
        use contracts::channel::{AnswerCallbackOrder, Order, order};
        let order_id = OrderId::new();
        let body = AnswerCallbackOrder { callback_id: callback_id.to_owned(), text: String::new() };
        self.orders.push(NewOrder {
            order: Order {
                order_id: order_id.to_string(),
                lane: order_id.to_string(),
                body: Some(order::Body::AnswerCallback(body)),
                ..Order::default()
            },
            kind: orders::ANSWER_CALLBACK,
            part: fact.part,
            channel: fact.channel.to_string(),
            account: fact.account,
            conversation: Some(id),
            message: None,
        });
    }

    pub(super) fn attachment_stored(&mut self, stored: &contracts::channel::AttachmentStored) {
        let Some(attachment) = &stored.attachment else { return };
        if let Ok(order) = stored.order_id.parse() {
            self.order_changes.insert(order, OrderChange::Done);
        }
        let Ok(id) = attachment.attachment_id.parse::<AttachmentId>() else { return };
        self.stored.push((id, attachment.clone()));
        if let Some(message) = self.attachment_of.get(&id).copied() {
            self.touch(message);
        }
    }

    pub(super) fn order_result(&mut self, result: &contracts::channel::OrderResult) {
        let Ok(order) = result.order_id.parse::<OrderId>() else { return };
        let again = result.retry_at.as_ref().and_then(time::from_proto);
        let change = again.map_or(OrderChange::Done, |at| OrderChange::Again(Some(at)));
        self.order_changes.insert(order, change);
        let (Some(failure), Some(message)) = (&result.failure, self.message_of_order.get(&order).copied()) else {
            return;
        };
        if let Some(message) = self.messages.get_mut(&message) {
            message.failure = Some(failure.clone());
            message.changed = true;
        }
        self.touch(message);
    }
}

/// A gateway that stores files before it tells of them (a chat on a site) may name those of its account alone: any other
/// would show somebody else's.
pub(super) fn only_own_bytes(account: AccountId, attachment: &mut Attachment) {
    let own = attachment.object_key.starts_with(&format!("in/{account}/")) && !attachment.object_key.contains("..");
    if !attachment.object_key.is_empty() && !own {
        attachment.object_key.clear();
        attachment.set_state(AttachmentState::Failed);
        "the file is none of this account's".clone_into(&mut attachment.problem);
    }
}

pub(super) fn fetch_order(
    directory: &Directory,
    account: AccountId,
    id: AttachmentId,
    attachment: &Attachment,
    message: &MessageId,
) -> Option<NewOrder> {
    use contracts::channel::{FetchAttachmentOrder, Order, order};
    let known = directory.account(account)?;
    let body = FetchAttachmentOrder {
        attachment_id: id.to_string(),
        attachment: Some(Attachment { attachment_id: id.to_string(), ..attachment.clone() }),
        object_key: format!("in/{account}/{id}"),
    };
    let order = Order {
        order_id: OrderId::new().to_string(),
        lane: id.to_string(),
        body: Some(order::Body::FetchAttachment(body)),
        ..Order::default()
    };
    let channel = known.channel.to_string();
    Some(NewOrder {
        order,
        kind: orders::FETCH_ATTACHMENT,
        part: known.part,
        channel,
        account,
        conversation: None,
        message: Some(*message),
    })
}
