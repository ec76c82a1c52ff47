//! Letters to facts; pure.

mod automatic;
mod content;
mod people;
pub mod refusal;
mod report;
mod thread;
pub mod ties;

use contracts::channel::{Inbound, Message as Said, Own, OwnEcho, Receipt, ReceiptStatus, Unparsed, inbound::Body};
use gateway_kit::words;
use letter::{
    Broken, Letter, Limits,
    threads::{self, Own as OwnId},
};
use model::AccountId;
use prost_types::Timestamp;
pub use thread::message_key_of;

use crate::{
    imap::Found,
    send::trial,
    wire::{self, Place},
};

/// 2000-01-01 and 2100-01-01: what lies outside is no date of a letter.
const DATES: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// The facts of one letter, as [`wire::pack`] wrote it.
#[must_use]
pub fn delivery(account: AccountId, bytes: &[u8]) -> Vec<Inbound> {
    let Some((place, raw)) = wire::unpack(bytes) else {
        return vec![unparsed(bytes, None, "these bytes are no letter of a mailbox")];
    };
    taken(account, &place, raw, &letter::parse(raw, &Limits::default()), || bytes.to_vec())
}

/// The facts of a letter that has been taken apart; `packed` is what is kept of one that says nothing.
pub fn taken(
    account: AccountId,
    place: &Place,
    raw: &[u8],
    letter: &Result<Letter, Broken>,
    packed: impl Fn() -> Vec<u8>,
) -> Vec<Inbound> {
    let quarantined = |reason: &str| {
        let mut fact = unparsed(&packed(), Some(raw), reason);
        if let Some(Body::Unparsed(kept)) = &mut fact.body {
            kept.original_object_key.clone_from(&place.object_key);
        }
        vec![fact]
    };
    match letter {
        Ok(letter) => facts(account, place, raw, letter)
            .unwrap_or_else(|| quarantined("the letter names nobody who wrote it or whom it is for")),
        Err(broken) => quarantined(&broken.to_string()),
    }
}

/// A letter that the server could not give, however often it was asked.
#[must_use]
pub fn not_given((folder, validity, uid): &(String, u32, u32), found: Found) -> Inbound {
    let reason = format!(
        "the mailbox's server could not give this letter of {} bytes (number {uid} of the folder): look at it there",
        found.size_bytes
    );
    let body = Unparsed { reason, ..Unparsed::default() };
    Inbound {
        key: words::fit(format!("notgiven:{validity}:{uid}:{folder}")),
        sent_on: date(Some(found.received_at)),
        body: Some(Body::Unparsed(body)),
        ..Inbound::default()
    }
}

/// The key is of the letter, wherever it lay: when it can be read one day it has another one.
fn unparsed(bytes: &[u8], raw: Option<&[u8]>, reason: &str) -> Inbound {
    let body = Unparsed {
        raw: bytes.to_vec(),
        content_type: "message/rfc822".to_owned(),
        reason: reason.to_owned(),
        ..Unparsed::default()
    };
    let key = format!("unparsed:{}", words::hash(raw.unwrap_or(bytes)));
    Inbound { key, body: Some(Body::Unparsed(body)), ..Inbound::default() }
}

/// `None`: nobody is on the other side.
fn facts(account: AccountId, place: &Place, raw: &[u8], letter: &Letter) -> Option<Vec<Inbound>> {
    if trial::is_one(&place.mailbox, letter) {
        return Some(Vec::new());
    }
    let people = people::of(place, letter)?;
    let thread = thread::of(raw, letter);
    let original = if people.is_ours { None } else { report::original(letter) };
    let thread = match original {
        Some(original) => report::tie(thread, original),
        None => thread,
    };
    if people.is_ours
        && place.is_sent
        && let Some(own) = letter.message_id.as_deref().and_then(threads::read_own_id)
    {
        return Some(vec![receipt(place, letter, &thread, people.peer, &own)]);
    }
    let mut thread = thread;
    if !people.is_ours && original.is_none() {
        thread.refers_to.extend(ties::of(place, letter, &people.peer.address));
    }
    let kind = automatic::kind(account, letter);
    let content = content::of(place, letter, kind);
    let body = if people.is_ours {
        Body::OwnEcho(OwnEcho { own: Own::No.into(), content: Some(content), author_name: people.author })
    } else {
        Body::Message(Said { content: Some(content) })
    };
    let shown_at = date(Some(place.received_at)).or_else(|| date(letter.sent_at));
    let fact = Inbound {
        key: thread.fact_key,
        sent_on: date(letter.sent_at),
        shown_at,
        thread_key: thread.key,
        message_key: thread.message_key,
        refers_to: thread.refers_to,
        peer: Some(people.peer),
        automatic: kind != contracts::channel::AutomaticLetter::Unspecified && !people.is_ours,
        body: Some(body),
        ..Inbound::default()
    };
    let told = original.and_then(|original| report::receipt(letter, original, &fact));
    Some(std::iter::once(fact).chain(told).collect())
}

/// A letter of ours lies among the sent ones: it was sent, whatever the end of its sending was (rule O6).
fn receipt(
    place: &Place,
    letter: &Letter,
    thread: &thread::Thread,
    peer: contracts::channel::Peer,
    own: &OwnId,
) -> Inbound {
    let content = contracts::channel::Content { text: words::storable(&letter.text), ..Default::default() };
    let receipt = Receipt {
        message_id: own.message.to_string(),
        status: ReceiptStatus::Sent.into(),
        provider_keys: vec![thread.message_key.clone()],
        sent: Some(content),
        ..Receipt::default()
    };
    Inbound {
        key: words::fit(format!("kept:{}", own.message)),
        sent_on: date(letter.sent_at),
        shown_at: date(letter.sent_at).or_else(|| date(Some(place.received_at))),
        thread_key: thread.key.clone(),
        message_key: thread.message_key.clone(),
        peer: Some(peer),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    }
}

fn date(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.filter(|seconds| DATES.contains(seconds)).map(|seconds| Timestamp { seconds, nanos: 0 })
}
