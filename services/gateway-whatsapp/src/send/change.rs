//! Orders that tell something of a message that is there. Each may be repeated: a second run ends like the first.

use contracts::channel::{FailureReason as R, MarkReadOrder, ReactOrder};
use gateway_kit::{SendOutcome, Sent};
use serde_json::{Value, json};

use super::{Sender, envelope};
use crate::{
    address::{Place, REACTION_MARK},
    error::{outcome, refused},
};

impl Sender<'_> {
    /// Reading a message reads those before it, too; the newest is named first.
    pub(super) async fn mark_read(&self, place: Option<Place>, order: &MarkReadOrder) -> SendOutcome {
        let Some(last) = order.message_keys.iter().find(|key| !key.is_empty()) else { return done() };
        if let Some(place) = place {
            self.last_read.put(place, last);
        }
        let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": last });
        let answer: Result<Value, _> = self.client.post(&format!("{}/messages", self.number), &read).await;
        answer.map_or_else(|error| outcome(error, 1), |_| done())
    }

    pub(super) async fn react(&self, place: Option<Place>, order: &ReactOrder) -> SendOutcome {
        let Some(place) = place.filter(|_| !order.message_key.is_empty()) else {
            return refused(R::Rejected, "the message has no key at WhatsApp");
        };
        let reaction = json!({ "message_id": order.message_key, "emoji": order.emoji });
        let body = json!({ "type": "reaction", "reaction": reaction });
        match self.send(&envelope(&place, body, REACTION_MARK, None)).await {
            Ok(_) => done(),
            Err(error) => outcome(error, 1),
        }
    }

    /// Shows the person "typing" for 25 seconds, or until a message is sent, where a message of theirs has been read.
    pub async fn typing(&self, address: &str, reply_address: &str) {
        let place = Place::parse(if reply_address.is_empty() { address } else { reply_address });
        let Some(message) = place.and_then(|place| self.last_read.get(&place)) else { return };
        let typing = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": message,
            "typing_indicator": { "type": "text" },
        });
        let _: Result<Value, _> = self.client.post(&format!("{}/messages", self.number), &typing).await;
    }
}

fn done() -> SendOutcome {
    SendOutcome::Accepted(Sent::default())
}
