//! A send: slot, claim, one call, receipt. Only a granted claim is sent, and only in time (rules O3 to O5).

use std::time::Duration;

use bus::Outcome;
use contracts::channel::{
    Claim, ConfirmationOutcome, Failure, FailureReason, Inbound, Order, Peer, Receipt, ReceiptStatus, Released,
    SendOrder, inbound::Body,
};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

use crate::{Gateway, SendOutcome, Sent, carry, meters, text::timestamp, worker::Session};

/// For what a gateway does once router knows that a message was sent.
const AFTER_SENT: Duration = Duration::from_secs(5);

/// One attempt to send one message.
struct Attempt<'a, G> {
    session: &'a Session<G>,
    order: &'a Order,
    send: &'a SendOrder,
    nonce: String,
}

pub(crate) async fn run<G: Gateway>(session: &Session<G>, order: &Order, send: &SendOrder) {
    // Nothing is claimed yet: what is not begun here is published again by router.
    if session.pulse.blocked().is_some() || !carry::slot(session, order).await || session.end.is_cancelled() {
        return;
    }
    let nonce = uuid::Uuid::now_v7().simple().to_string();
    Attempt { session, order, send, nonce }.run().await;
}

impl<G: Gateway> Attempt<'_, G> {
    async fn run(&self) {
        let asked = Instant::now();
        let granted = match self.claim(asked).await {
            Some(ConfirmationOutcome::Granted) => true,
            Some(_) => {
                self.count("refused");
                return;
            }
            None => false,
        };
        let in_time = asked.elapsed() < self.session.kit.config.timing.claim;
        if !granted || !in_time || self.session.lost.is_cancelled() {
            info!(message.id = self.send.message_id, granted, in_time, "a claim is given back unused");
            self.release().await;
            return;
        }
        if let Some(left) = self.session.pulse.blocked() {
            self.defer(left, "the account is stopped").await;
            return;
        }
        let outcome = carry::call(self.session, self.order).await;
        self.report(outcome).await;
    }

    /// Asks until there is an answer, for a while; `None`: there was none, and the claim may still be granted.
    async fn claim(&self, asked: Instant) -> Option<ConfirmationOutcome> {
        let (kit, account) = (&self.session.kit, &self.session.account);
        let timing = &kit.config.timing;
        let body = Body::Claim(Claim {
            message_id: self.send.message_id.clone(),
            attempt: self.send.attempt,
            nonce: self.nonce.clone(),
        });
        let fact = self.fact(self.key("claim"), body);
        while asked.elapsed() < timing.ask && !kit.stop.is_cancelled() {
            let began = Instant::now();
            match kit.facts.publisher.publish(account.part(), account.id, &fact, timing.repeat).await {
                Ok(Outcome::Confirmed(outcome)) => return Some(outcome),
                Ok(Outcome::OnBusOnly) => {}
                Err(error) => warn!(account.id = %account.id, %error, "a claim waits for the bus"),
            }
            kit.stop.run_until_cancelled(sleep_until(began + timing.repeat)).await;
        }
        None
    }

    /// The claim was surely not used.
    async fn release(&self) {
        let body = Body::Released(Released {
            message_id: self.send.message_id.clone(),
            attempt: self.send.attempt,
            nonce: self.nonce.clone(),
        });
        carry::tell_fact(self.session, self.fact(self.key("released"), body)).await;
        self.count("released");
    }

    async fn report(&self, outcome: SendOutcome) {
        match outcome {
            SendOutcome::Accepted(sent) => self.sent(sent).await,
            SendOutcome::RetryAfter { after, whole_account } => {
                carry::hold(self.session, self.order, after, whole_account);
                self.defer(after, "the provider asked to wait").await;
            }
            SendOutcome::NotSent { text } => {
                info!(
                    message.id = self.send.message_id,
                    reason = text.as_str(),
                    "a message was not sent; it will be tried again"
                );
                self.defer(self.pause(), &text).await;
            }
            SendOutcome::Unknown { text } => {
                warn!(message.id = self.send.message_id, reason = text, "nobody knows whether a message was sent");
                meters::unknown_outcome(&self.session.kit.channel, self.session.account.id);
                self.receipt(ReceiptStatus::Unknown, "unknown", Receipt::default()).await;
            }
            SendOutcome::Refused(failure) => self.failed(failure).await,
            SendOutcome::AccountProblem { failure, remedy_key } => {
                self.session.pulse.send_problem(&failure, remedy_key);
                self.failed(failure).await;
            }
            SendOutcome::Misconfigured { failure, remedy_key } => {
                self.session.pulse.send_trouble(&failure, remedy_key);
                self.failed(failure).await;
            }
        }
    }

    /// A receipt with what was sent, so that it comes back as an echo after a restore (rule O7).
    async fn sent(&self, sent: Sent) {
        let target = self.order.target.clone().unwrap_or_default();
        let peer = Peer {
            scope: target.scope,
            address: target.address,
            reply_address: sent.new_reply_address.unwrap_or(target.reply_address),
            ..Peer::default()
        };
        let message_key = sent.provider_keys.first().cloned().unwrap_or_default();
        let receipt = Receipt {
            provider_keys: sent.provider_keys,
            sent: self.send.content.clone(),
            ..self.blank(ReceiptStatus::Sent)
        };
        let fact = Inbound {
            shown_at: sent.shown_at.map(timestamp),
            position: sent.position,
            thread_key: target.thread_key,
            message_key,
            peer: Some(peer),
            ..self.fact(self.key("rcpt") + ":sent", Body::Receipt(receipt))
        };
        carry::tell_fact(self.session, fact).await;
        self.count("sent");
        let tools = self.session.kit.tools(self.session.account.id);
        let after = self.session.gateway.after_sent(self.order, &tools);
        if timeout(AFTER_SENT, after).await.is_err() {
            warn!(message.id = self.send.message_id, "what follows a send took too long and was given up");
        }
    }

    async fn failed(&self, failure: Failure) {
        let receipt = Receipt { failure: Some(carry::tidy(failure)), ..Receipt::default() };
        self.receipt(ReceiptStatus::Failed, "failed", receipt).await;
    }

    /// Why goes along: where it never gets better, router ends the message with it.
    async fn defer(&self, pause: Duration, why: &str) {
        let failure = carry::tidy(carry::failure(FailureReason::AccountProblem, why));
        let retry_at = Some(timestamp(carry::after(pause)));
        let receipt = Receipt { retry_at, failure: Some(failure), ..Receipt::default() };
        self.receipt(ReceiptStatus::Deferred, "deferred", receipt).await;
    }

    async fn receipt(&self, status: ReceiptStatus, name: &'static str, with: Receipt) {
        let receipt = Receipt { failure: with.failure, retry_at: with.retry_at, ..self.blank(status) };
        let fact = self.fact(format!("{}:{name}", self.key("rcpt")), Body::Receipt(receipt));
        carry::tell_fact(self.session, fact).await;
        self.count(name);
    }

    fn blank(&self, status: ReceiptStatus) -> Receipt {
        Receipt {
            message_id: self.send.message_id.clone(),
            attempt: self.send.attempt,
            nonce: self.nonce.clone(),
            status: status.into(),
            ..Receipt::default()
        }
    }

    fn fact(&self, key: String, body: Body) -> Inbound {
        Inbound { key, sent_on: self.order.created_at, body: Some(body), ..Inbound::default() }
    }

    fn key(&self, kind: &str) -> String {
        format!("{kind}:{}:{}:{}", self.send.message_id, self.send.attempt, self.nonce)
    }

    /// 5 s, doubled with each attempt, up to 5 min.
    fn pause(&self) -> Duration {
        let doubled = self.send.attempt.saturating_sub(1).min(6);
        Duration::from_secs((5 << doubled).min(300))
    }

    fn count(&self, outcome: &'static str) {
        meters::order(&self.session.kit.channel, self.session.account.id, "send", outcome);
    }
}
