use bus::Delivery;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::channel::{Inbound, inbound::Body};
use model::{AccountId, Channel};
use prost::Message;
use ring::digest;

use crate::time;

/// One fact with where it came from.
#[derive(Debug, Clone)]
pub struct Fact {
    pub account: AccountId,
    pub channel: Channel,
    pub part: i32,
    pub sequence: i64,
    pub inbound: Inbound,
    /// The bytes as received, for a dead letter.
    pub raw: bytes::Bytes,
    /// Taken again although its key is known: the replay of a dead letter, an early fact whose time has come.
    pub again: bool,
    /// Its gateway answered for it without us (the named exception of the first law).
    pub stands_in: bool,
    /// W3C trace context of what router does with it; empty where no traces are made.
    pub traceparent: String,
}

impl Fact {
    /// Reads a delivery; `None` when its subject names no channel and account (router's own users cannot publish such).
    pub fn read(part: u32, delivery: &Delivery) -> Option<Self> {
        let (channel, account) = delivery.from.clone()?;
        // Without a body it becomes a dead letter with its bytes, which a newer version may understand.
        let unreadable = |_| Inbound { key: raw_key(&delivery.payload), ..Inbound::default() };
        let inbound = Inbound::decode(delivery.payload.clone()).unwrap_or_else(unreadable);
        Some(Self {
            account,
            channel,
            part: part.cast_signed(),
            sequence: delivery.sequence.cast_signed(),
            inbound,
            raw: delivery.payload.clone(),
            again: false,
            stands_in: delivery.stands_in,
            traceparent: delivery.traceparent.clone().unwrap_or_default(),
        })
    }

    /// The partition of `received`: the provider's date, or 1970-01-01 where it gives none or an impossible one (I2).
    pub fn sent_on(&self, now: DateTime<Utc>) -> NaiveDate {
        let stated = self.inbound.sent_on.as_ref().and_then(time::from_proto).map(|t| t.date_naive());
        let earliest = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
        let latest = (now + chrono::TimeDelta::days(1)).date_naive();
        stated.filter(|day| (earliest..=latest).contains(day)).unwrap_or_default()
    }

    /// When it is shown: the provider's time, at most 5 min ahead of ours (I3).
    pub fn shown_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let stated = self.inbound.shown_at.as_ref().and_then(time::from_proto);
        stated.map_or(now, |t| if t > now + chrono::TimeDelta::minutes(5) { now } else { t })
    }

    /// The message keys that this fact makes known.
    pub fn brings(&self) -> Vec<&str> {
        match &self.inbound.body {
            Some(Body::Message(_) | Body::OwnEcho(_)) => vec![self.inbound.message_key.as_str()],
            Some(Body::Receipt(receipt)) => receipt.provider_keys.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Where the letter lies that it is of; empty: nowhere by itself.
    pub fn original_key(&self) -> &str {
        let content = match &self.inbound.body {
            Some(Body::Message(said)) => said.content.as_ref(),
            Some(Body::OwnEcho(echo)) => echo.content.as_ref(),
            _ => None,
        };
        content.and_then(|content| content.letter.as_ref()).map_or("", |letter| &letter.raw_object_key)
    }

    /// Whether it belongs into a conversation that is made when missing.
    pub fn opens_conversation(&self) -> bool {
        self.inbound.peer.is_some()
            && matches!(
                self.inbound.body,
                Some(
                    Body::Message(_)
                        | Body::OwnEcho(_)
                        | Body::ConversationStarted(_)
                        | Body::ButtonCallback(_)
                        | Body::Blocked(_)
                        | Body::Unblocked(_)
                        | Body::Receipt(_)
                        | Body::Edit(_)
                )
            )
            && (self.again || !matches!(self.inbound.body, Some(Body::Edit(_))))
    }
}

/// What the cursor remembers of the fact at its place, to notice another stream: its key as the database can hold it.
pub fn place_key(payload: &bytes::Bytes) -> String {
    let key = Inbound::decode(payload.clone()).map_or_else(|_| raw_key(payload), |fact| fact.key);
    key.replace('\0', "\u{fffd}")
}

fn raw_key(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().fold("raw:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// What the sender of a fact is told, once the batch is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Committed,
    DeadLetter,
    Granted,
    Refused,
}
