//! What mail servers tell of a letter of ours: it is said at that letter, and shown beside it.

use contracts::channel::{Failure, FailureReason, Inbound, Receipt, ReceiptStatus, inbound::Body};
use gateway_kit::words::{clean, fit};
use letter::{Letter, Outcome, Recipient};

use super::{message_key_of, thread::Thread};

/// The letter that a report is about, by its id; `None`: it is no report, or does not say.
pub fn original(letter: &Letter) -> Option<&str> {
    letter.report.as_ref()?.original.message_id.as_deref().filter(|id| !id.is_empty())
}

/// Where the letter had been sent.
pub fn recipient(letter: &Letter) -> Option<&str> {
    let first = letter.report.as_ref()?.recipients.first()?;
    let named = [&first.original_address, &first.address].into_iter().find(|address| address.contains('@'))?;
    Some(named.trim())
}

/// A report belongs to the letter that it is about, wherever that stands by now.
pub fn tie(thread: Thread, original: &str) -> Thread {
    Thread { key: String::new(), refers_to: vec![message_key_of(original)], ..thread }
}

/// What became of the letter; `None`: nothing new.
pub fn receipt(letter: &Letter, original: &str, of: &Inbound) -> Option<Inbound> {
    let recipients = &letter.report.as_ref()?.recipients;
    let worst = recipients.iter().min_by_key(|one| weight(one.outcome()))?;
    let (status, failure) = match worst.outcome() {
        Outcome::Undeliverable | Outcome::GivenUp => (ReceiptStatus::Failed, Some(failure(worst))),
        Outcome::Delivered => (ReceiptStatus::Delivered, None),
        Outcome::Read => (ReceiptStatus::Read, None),
        Outcome::Delayed => return None,
    };
    let provider_keys = vec![message_key_of(original)];
    let receipt = Receipt { status: status.into(), provider_keys, failure, ..Receipt::default() };
    Some(Inbound {
        key: fit(format!("report:{}", of.key)),
        sent_on: of.sent_on,
        message_key: message_key_of(original),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    })
}

fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Undeliverable => 0,
        Outcome::GivenUp => 1,
        Outcome::Delayed => 2,
        Outcome::Delivered => 3,
        Outcome::Read => 4,
    }
}

fn failure(recipient: &Recipient) -> Failure {
    let words = if recipient.diagnostic.is_empty() { &recipient.status } else { &recipient.diagnostic };
    let provider_code = if recipient.status.is_empty() { "bounce".to_owned() } else { clean(&recipient.status, 20) };
    Failure { reason: FailureReason::Unreachable.into(), provider_code, provider_text: clean(words, 500) }
}
