//! An order to send becomes one letter, handed over once (rule O6).

mod compose;
mod smtp;
pub mod trial;
mod wire;

use std::time::Duration;

use contracts::channel::{Failure, FailureReason, Order, SendOrder, order::Body};
use gateway_kit::{SendOutcome, Sent, Tools};
use parking_lot::Mutex;
use tokio::time::{sleep, timeout};
use tracing::info;

use crate::{
    Email,
    chores::Gone,
    config::Receive,
    error::{MailboxError, Told, outcome},
    imap::Line,
    normalize::{message_key_of, refusal},
};

pub use smtp::check;

/// When the mailbox is looked at for a letter of which nobody knows: the provider may need a moment to put it there.
const LOOKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(10)];
const LOOK_WAIT: Duration = Duration::from_secs(8);

/// The last letter that went out, by its message: kept until its copy is made.
#[derive(Default)]
pub struct Outgoing(Mutex<Vec<(String, Gone)>>);

/// Letters whose copies have not been asked for yet.
const KEPT: usize = 8;

/// Carries out one order. Letters can neither be edited nor taken back.
pub async fn order(email: &Email, order: &Order, tools: &Tools) -> SendOutcome {
    match &order.body {
        Some(Body::Send(send)) => letter(email, order, send, tools).await,
        // Whether a letter was read is nobody's business but the mailbox's.
        Some(Body::MarkRead(_)) => SendOutcome::Accepted(Sent::default()),
        _ => refused(FailureReason::NotSupported, "letters cannot do this"),
    }
}

async fn letter(email: &Email, order: &Order, send: &SendOrder, tools: &Tools) -> SendOutcome {
    let composed = match compose::letter(email, order, send, tools).await {
        Ok(composed) => composed,
        Err(outcome) => return outcome,
    };
    let message_id = composed.message_id.clone();
    match smtp::send(&email.settings, &composed.from, &composed.to, &composed.letter).await {
        Ok(taken) => {
            if !taken.refused.is_empty() {
                tell_refused(email, order, send, &message_id, &taken.refused);
            }
            accepted(email, send, composed)
        }
        Err(Told::Unknown(text)) if was_sent(email, &message_id).await => {
            info!(account.id = %email.account, message.id = send.message_id, reason = text, "a letter lies among the sent ones: it was sent");
            accepted(email, send, composed)
        }
        Err(told) => outcome(&told, send.attempt),
    }
}

/// The others have the letter: it is not sent again.
fn tell_refused(email: &Email, order: &Order, send: &SendOrder, letter_id: &str, refused: &[(String, String)]) {
    info!(account.id = %email.account, message.id = send.message_id, refused = refused.len(), "some of a letter's recipients were refused");
    let target = order.target.clone().unwrap_or_default();
    let (server, now) = (&email.settings.smtp.host, chrono::Utc::now().timestamp());
    email.chores.tell(refusal::notice(&target, &send.message_id, letter_id, server, refused, now));
}

fn accepted(email: &Email, send: &SendOrder, composed: compose::Composed) -> SendOutcome {
    let keys = std::iter::once(message_key_of(&composed.message_id)).chain(composed.ties).collect();
    let gone = Gone { message_id: composed.message_id, answers: composed.answers, letter: composed.letter };
    let mut outgoing = email.outgoing.0.lock();
    outgoing.push((send.message_id.clone(), gone));
    let over = outgoing.len().saturating_sub(KEPT);
    outgoing.drain(..over);
    SendOutcome::Accepted(Sent { provider_keys: keys, shown_at: Some(chrono::Utc::now()), ..Sent::default() })
}

/// Router knows that it was sent: the copy and the mark may follow.
pub fn after(email: &Email, order: &Order) {
    let Some(Body::Send(send)) = &order.body else { return };
    let mut outgoing = email.outgoing.0.lock();
    if let Some(at) = outgoing.iter().position(|(message, _)| *message == send.message_id) {
        let (_, gone) = outgoing.remove(at);
        drop(outgoing);
        // POP3 knows no folders and no marks.
        if email.settings.receive == Receive::Imap {
            email.chores.add(gone);
        }
    }
}

/// Whether a letter lies among the sent ones, looked for by a connection of its own: the other one waits for letters.
async fn was_sent(email: &Email, message_id: &str) -> bool {
    if email.settings.receive != Receive::Imap {
        return false;
    }
    for pause in LOOKS {
        sleep(pause).await;
        let looking = async {
            let mut line = Line::open(&email.settings).await?;
            let found = line.has_sent(message_id).await?;
            line.close().await;
            Ok::<_, MailboxError>(found)
        };
        if let Ok(Ok(true)) = timeout(LOOK_WAIT, looking).await {
            return true;
        }
    }
    false
}

pub(crate) fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    SendOutcome::Refused(Failure {
        reason: reason.into(),
        provider_code: String::new(),
        provider_text: text.to_owned(),
    })
}
