//! What IN tells of sends: each is claimed before it begins, and reported afterwards (rules O3, O7).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use anyhow::Context;
use bus::{Bus, Delivery, Inlet, ReadError, names};
use chrono::{DateTime, Utc};
use contracts::channel::{Failure, Inbound, Receipt, ReceiptStatus, inbound::Body};
use model::{AccountId, Channel, MessageId};
use prost::Message;
use router::restored::Waiting;

/// For the next facts, while there are some.
const ANSWER: Duration = Duration::from_secs(5);
/// Of whoever reads why a reply failed.
const WHY: &str = "База данных восстановлена из копии: возможно, этот ответ успели отменить. \
                   The database was restored from a backup: this reply may have been taken back.";

/// A send that was begun and never reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub message_id: MessageId,
    pub channel: Channel,
    pub account: AccountId,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub struct Sends {
    begun: HashMap<MessageId, Begun>,
    sent: HashSet<MessageId>,
}

impl Sends {
    /// Reads all that IN holds.
    pub async fn read(bus: &Bus, parts: u32) -> anyhow::Result<Self> {
        let mut sends = Self::default();
        for part in 0..parts {
            match sends.read_part(bus, part).await {
                Ok(()) | Err(ReadError::NoStream(_)) => {} // nothing to tell, after a wipe for example
                Err(error) => return Err(error).context("IN cannot be read"),
            }
        }
        Ok(sends)
    }

    async fn read_part(&mut self, bus: &Bus, part: u32) -> Result<(), ReadError> {
        let mut inlet = Inlet::open(bus, part, 0).await?;
        let last = inlet.state().await?.last;
        let mut place = 0;
        while place < last {
            let batch = inlet.next(1_000, 16 << 20, ANSWER).await?;
            let Some(newest) = batch.last() else { break };
            place = newest.sequence;
            batch.iter().for_each(|delivery| self.meet(delivery));
        }
        Ok(())
    }

    fn meet(&mut self, delivery: &Delivery) {
        let (Some((channel, account)), Ok(fact)) = (&delivery.from, Inbound::decode(delivery.payload.clone())) else {
            return;
        };
        let at = DateTime::from_timestamp_millis(delivery.stored_ms).unwrap_or_default();
        if let Some(body) = &fact.body {
            self.note(channel, *account, at, body);
        }
    }

    fn note(&mut self, channel: &Channel, account: AccountId, at: DateTime<Utc>, body: &Body) {
        match body {
            Body::Claim(claim) => {
                if let Ok(message_id) = claim.message_id.parse() {
                    self.begun.insert(message_id, Begun { message_id, channel: channel.clone(), account, at });
                }
            }
            Body::Released(released) => self.reported(&released.message_id),
            Body::Receipt(receipt) if receipt.status() != ReceiptStatus::Unknown => {
                self.reported(&receipt.message_id);
                if receipt.status() == ReceiptStatus::Sent {
                    self.sent.extend(receipt.message_id.parse::<MessageId>().ok());
                }
            }
            _ => {}
        }
    }

    fn reported(&mut self, message_id: &str) {
        if let Ok(id) = message_id.parse::<MessageId>() {
            self.begun.remove(&id);
        }
    }

    pub fn begun(&self) -> impl Iterator<Item = &Begun> {
        self.begun.values()
    }

    /// Whether IN will tell what became of it: its old claim and receipt come before any new claim.
    pub fn knows(&self, id: MessageId) -> bool {
        self.begun.contains_key(&id) || self.sent.contains(&id)
    }
}

/// Says in IN that the reply has failed: that comes before any claim of a target that is not running yet.
pub async fn hold(bus: &Bus, reply: &Waiting) -> anyhow::Result<()> {
    let failure = Failure { provider_code: "RESTORED".to_owned(), provider_text: WHY.to_owned(), ..Failure::default() };
    let receipt = Receipt {
        message_id: reply.message_id.to_string(),
        attempt: reply.attempt,
        status: ReceiptStatus::Failed.into(),
        failure: Some(failure),
        ..Receipt::default()
    };
    let now = Utc::now();
    let fact = Inbound {
        key: format!("held:{}:{}", reply.message_id, now.timestamp_millis()),
        sent_on: Some(prost_types::Timestamp { seconds: now.timestamp(), nanos: 0 }),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    };
    let subject = names::inlet(reply.part, &reply.channel, reply.account_id);
    bus.jetstream.publish(subject, fact.encode_to_vec().into()).await?.await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contracts::channel::{Claim, Released};

    use super::*;

    fn deliver(sends: &mut Sends, body: &Body) {
        sends.note(&"telegram".parse().unwrap(), AccountId::default(), DateTime::UNIX_EPOCH, body);
    }

    fn claim(id: MessageId) -> Body {
        Body::Claim(Claim { message_id: id.to_string(), attempt: 1, nonce: "n".to_owned() })
    }

    fn receipt(id: MessageId, status: ReceiptStatus) -> Body {
        Body::Receipt(Receipt { message_id: id.to_string(), status: status.into(), ..Receipt::default() })
    }

    #[test]
    fn a_send_is_begun_until_it_is_reported() {
        let (id, other) = (MessageId::new(), MessageId::new());
        for (report, open) in [
            (receipt(id, ReceiptStatus::Sent), false),
            (receipt(id, ReceiptStatus::Failed), false),
            (receipt(id, ReceiptStatus::Deferred), false),
            (Body::Released(Released { message_id: id.to_string(), ..Released::default() }), false),
            (receipt(id, ReceiptStatus::Unknown), true),
            (receipt(other, ReceiptStatus::Sent), true),
        ] {
            let mut sends = Sends::default();
            deliver(&mut sends, &claim(id));
            assert!(sends.knows(id));
            deliver(&mut sends, &report);
            assert_eq!(sends.begun().any(|begun| begun.message_id == id), open, "{report:?}");
        }
    }
}
