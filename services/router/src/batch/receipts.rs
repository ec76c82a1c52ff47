//! Claims and receipts: what becomes of our own messages (rules O3, O4, O7).

use chrono::TimeDelta;
use contracts::{
    channel::{Claim, Failure, FailureReason, Order, Receipt, ReceiptStatus, Released},
    inbox::{Direction, MessageKind, MessageStatus},
};
use model::{ConversationId, MessageId, OrderId};
use store::timer::Timer;

use super::{
    apply::{Batch, NewOrder, OrderChange},
    fact::{Fact, Verdict},
    requests,
    state::Message,
};
use crate::{orders::SEND, time};

/// How often a send may be put off; the pauses grow to 5 min, so this is about a day (rule O5).
const DEFERRED_MOST: i32 = 300;

impl Batch {
    /// Grants a claim to one asker: the row must be queued, or sending with this nonce.
    pub(super) fn claim(&mut self, claim: &Claim) -> Verdict {
        let Some(message) = parse(&claim.message_id).and_then(|id| self.messages.get_mut(&id)) else {
            return Verdict::Refused;
        };
        if message.status == MessageStatus::Sending && message.nonce == claim.nonce {
            return Verdict::Granted;
        }
        let fresh = message.attempt.cast_unsigned() == claim.attempt && !claim.nonce.is_empty();
        let idempotent = message.status == MessageStatus::Unknown && message.retry_at.is_some();
        // Its latest time has come: the timer calls it off, if it has not yet.
        if message.not_after.is_some_and(|latest| latest <= self.now) {
            return Verdict::Refused;
        }
        if !fresh || !(message.status == MessageStatus::Queued || idempotent) {
            return Verdict::Refused;
        }
        message.status = MessageStatus::Sending;
        message.nonce.clone_from(&claim.nonce);
        message.claimed_at = Some(self.now);
        message.retry_at = None;
        message.changed = true;
        let id = message.id;
        self.send_changes.insert(id, OrderChange::Again(None));
        self.timers.push(Timer {
            kind: "claim".to_owned(),
            key: id.to_string(),
            due_at: self.now + self.directory.claim_ends(),
            payload: serde_json::json!({ "nonce": claim.nonce }),
        });
        self.touch(id);
        Verdict::Granted
    }

    /// A granted claim that was surely not used: back into the queue, for a new attempt.
    pub(super) fn released(&mut self, released: &Released) {
        if let Some(id) = parse(&released.message_id)
            && self.holds_claim(id, &released.nonce)
        {
            self.back_to_queue(id, None);
        }
    }

    pub(super) fn receipt(&mut self, fact: &Fact, receipt: &Receipt, conversation: Option<ConversationId>) -> Verdict {
        match parse(&receipt.message_id) {
            Some(id) if self.messages.contains_key(&id) => self.own_receipt(fact, receipt, id),
            Some(id) => return self.lost_send(fact, receipt, id, conversation),
            None => self.later_receipt(fact, receipt, conversation),
        }
        Verdict::Committed
    }

    /// The send's own receipt.
    fn own_receipt(&mut self, fact: &Fact, receipt: &Receipt, id: MessageId) {
        match receipt.status() {
            ReceiptStatus::Sent => self.sent(fact, receipt, id),
            ReceiptStatus::Failed => {
                self.failed(receipt, id);
                if is_later(receipt) {
                    self.failed_later(receipt, id);
                }
            }
            ReceiptStatus::Deferred if self.holds_claim(id, &receipt.nonce) => {
                if self.has_waited_long(id) {
                    return self.failed(receipt, id);
                }
                self.back_to_queue(id, receipt.retry_at.as_ref().and_then(time::from_proto));
            }
            ReceiptStatus::Unknown if self.holds_claim(id, &receipt.nonce) => self.unknown(id),
            ReceiptStatus::Delivered | ReceiptStatus::Read => self.forward(id, receipt.status()),
            _ => {}
        }
    }

    fn sent(&mut self, fact: &Fact, receipt: &Receipt, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        // The provider's own words overtook each other, or the answer to the send.
        let told = message.failure.as_ref().is_some_and(|failure| !failure.provider_code.is_empty());
        if message.status == MessageStatus::Failed && (told || is_later(receipt)) {
            return self.refer_all(receipt, id);
        }
        // Settled before, by hand or by an echo: the keys and the place are news all the same.
        let settled = matches!(message.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read);
        if settled && message.position != 0 {
            return self.refer_all(receipt, id);
        }
        if !settled {
            message.status = MessageStatus::Sent;
        }
        message.failure = None;
        message.retry_at = None;
        // Until now it stood last; the provider's time and place are the true ones (I3), and may have come before.
        let told_at = fact.inbound.shown_at.as_ref().and_then(time::from_proto);
        if let Some(at) = told_at.or_else(|| (!settled).then(|| message.claimed_at.unwrap_or(self.now))) {
            message.shown_at = at;
        }
        message.position = fact.inbound.position;
        message.changed = true;
        let conversation = message.conversation;
        self.refer_all(receipt, id);
        self.send_changes.insert(id, OrderChange::Done);
        self.touch(id);
        if let (Some(conversation), Some(message)) = (self.conversations.get_mut(&conversation), self.messages.get(&id))
        {
            conversation.show_last(message);
            if !message.is_automatic() {
                requests::replied(conversation);
            }
        }
    }

    fn refer_all(&mut self, receipt: &Receipt, id: MessageId) {
        let Some((conversation, account)) = self.messages.get(&id).map(|m| (m.conversation, m.account)) else { return };
        for key in &receipt.provider_keys {
            self.refer(account, key.clone(), conversation, id);
        }
    }

    fn failed(&mut self, receipt: &Receipt, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let open = matches!(message.status, MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Unknown);
        if open && message.attempt.cast_unsigned() == receipt.attempt {
            message.status = MessageStatus::Failed;
            message.failure.clone_from(&receipt.failure);
            message.changed = true;
            let conversation = message.conversation;
            self.send_changes.insert(id, OrderChange::Done);
            self.touch(id);
            self.close(conversation, id, receipt.failure.as_ref());
        }
    }

    /// What the refusal of a message says of its conversation. Whoever has written since has opened the window anew.
    fn close(&mut self, conversation: ConversationId, message: MessageId, failure: Option<&Failure>) {
        let Some(conversation) = self.conversations.get_mut(&conversation) else { return };
        match failure.map(Failure::reason) {
            Some(FailureReason::BlockedByClient) => conversation.blocked = true,
            Some(FailureReason::WindowClosed) if conversation.last.message == Some(message) => {
                conversation.reply_until = conversation.reply_until.map(|until| until.min(self.now));
            }
            _ => {}
        }
    }

    /// Maybe sent. Only a channel with an idempotency key gets it again by itself.
    pub(super) fn unknown(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let account = self.directory.account(message.account);
        let idempotent = account.is_some_and(|a| self.directory.capabilities(&a.channel).idempotent_send);
        message.status = MessageStatus::Unknown;
        message.changed = true;
        let change = if idempotent {
            let again = self.now + TimeDelta::seconds(5);
            message.attempt += 1;
            message.retry_at = Some(again);
            OrderChange::Again(Some(again))
        } else {
            OrderChange::Done
        };
        metrics::counter!("okno_router_unknown_outcomes_total").increment(1);
        self.send_changes.insert(id, change);
        self.touch(id);
    }

    fn back_to_queue(&mut self, id: MessageId, retry_at: Option<chrono::DateTime<chrono::Utc>>) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let order_is_gone = message.status == MessageStatus::Unknown;
        message.status = MessageStatus::Queued;
        message.attempt += 1;
        message.nonce.clear();
        message.claimed_at = None;
        message.retry_at = retry_at;
        message.changed = true;
        self.send_changes.insert(id, OrderChange::Again(Some(retry_at.unwrap_or(self.now))));
        self.touch(id);
        if order_is_gone {
            self.order_send_again(id);
        }
    }

    /// The claim's timer was faster than the word that nothing was sent: its order is stored anew.
    fn order_send_again(&mut self, id: MessageId) {
        let Some((conversation, account)) = self.messages.get(&id).map(|m| (m.conversation, m.account)) else { return };
        let Some(known) = self.directory.account(account) else { return };
        self.orders.push(NewOrder {
            order: Order { order_id: OrderId::new().to_string(), lane: conversation.to_string(), ..Order::default() },
            kind: SEND,
            part: known.part,
            channel: known.channel.to_string(),
            account,
            conversation: Some(conversation),
            message: Some(id),
        });
    }

    /// It was put off for about a day: nobody waits for it any more, and everything behind it waits for nothing.
    fn has_waited_long(&self, id: MessageId) -> bool {
        self.messages.get(&id).is_some_and(|message| message.attempt >= DEFERRED_MOST)
    }

    /// Also when the claim's timer has given it up meanwhile.
    fn holds_claim(&self, id: MessageId, nonce: &str) -> bool {
        let open = |m: &Message| matches!(m.status, MessageStatus::Sending | MessageStatus::Unknown);
        self.messages.get(&id).is_some_and(|m| open(m) && m.nonce == nonce && !nonce.is_empty())
    }

    /// Delivered or read, by the provider's key; it may come before the send's own receipt, then it waits.
    fn later_receipt(&mut self, fact: &Fact, receipt: &Receipt, conversation: Option<ConversationId>) {
        if receipt.status() == ReceiptStatus::Read && receipt.read_up_to_position > 0 {
            return self.read_up_to(conversation, receipt.read_up_to_position);
        }
        let keys = std::iter::once(&fact.inbound.message_key).chain(&receipt.provider_keys);
        for key in keys.filter(|key| !key.is_empty()) {
            match self.references.get(&(fact.account, key.clone())).copied() {
                Some(id) if receipt.status() == ReceiptStatus::Failed => self.failed_later(receipt, id),
                Some(id) => self.forward(id, receipt.status()),
                None => self.wait(fact, key, None),
            }
        }
    }

    fn failed_later(&mut self, receipt: &Receipt, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        if message.status == MessageStatus::Sent {
            message.status = MessageStatus::Failed;
            message.failure.clone_from(&receipt.failure);
            message.changed = true;
            let conversation = message.conversation;
            self.touch(id);
            self.close(conversation, id, receipt.failure.as_ref());
        }
    }

    /// Of one conversation only: positions of others say nothing here.
    fn read_up_to(&mut self, conversation: Option<ConversationId>, position: i64) {
        let read: Vec<MessageId> = self
            .messages
            .values()
            .filter(|m| Some(m.conversation) == conversation && m.direction == Direction::Out && m.position <= position)
            .filter(|m| matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered))
            .map(|m| m.id)
            .collect();
        for id in read {
            self.forward(id, ReceiptStatus::Read);
        }
    }

    /// Status moves forward only.
    fn forward(&mut self, id: MessageId, status: ReceiptStatus) {
        let to = match status {
            ReceiptStatus::Delivered => MessageStatus::Delivered,
            ReceiptStatus::Read => MessageStatus::Read,
            ReceiptStatus::Sent => MessageStatus::Sent,
            _ => return,
        };
        let Some(message) = self.messages.get_mut(&id) else { return };
        // What arrived has not failed, on one of several devices, say.
        let after_all = message.direction == Direction::Out && message.status == MessageStatus::Failed;
        if after_all && matches!(to, MessageStatus::Delivered | MessageStatus::Read) {
            message.status = to;
            message.failure = None;
            message.changed = true;
            return self.touch(id);
        }
        let from = message.status;
        let open = matches!(from, MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Unknown);
        let sent = matches!(from, MessageStatus::Sent | MessageStatus::Delivered);
        if message.direction == Direction::Out && (open || sent) && to as i32 > from as i32 {
            message.status = to;
            message.changed = true;
            if open {
                message.shown_at = message.claimed_at.unwrap_or(message.shown_at);
                self.send_changes.insert(id, OrderChange::Done);
            }
            self.touch(id);
        }
    }

    /// The receipt of a send that this database does not know (it was restored): the sent message comes back.
    fn lost_send(
        &mut self,
        fact: &Fact,
        receipt: &Receipt,
        id: MessageId,
        conversation: Option<ConversationId>,
    ) -> Verdict {
        let (Some(conversation), Some(content), ReceiptStatus::Sent) = (conversation, &receipt.sent, receipt.status())
        else {
            return Verdict::Committed; // nothing was sent, so nothing is lost
        };
        let mut message = self.new_message(fact, conversation, Direction::Out, MessageKind::Message, content.clone());
        message.id = id;
        message.status = MessageStatus::Sent;
        self.add(message, "");
        for key in &receipt.provider_keys {
            self.refer(fact.account, key.clone(), conversation, id);
        }
        Verdict::Committed
    }
}

/// What the provider tells of a message that it once accepted; the send's own receipt bears its claim's nonce.
fn is_later(receipt: &Receipt) -> bool {
    receipt.nonce.is_empty()
}

fn parse(id: &str) -> Option<MessageId> {
    id.parse().ok()
}
