//! Orders carried out; a send is in `send`, everything else here. Everything else may be done twice.

use std::{panic::AssertUnwindSafe, time::Duration};

use chrono::{DateTime, Utc};
use contracts::channel::{Failure, FailureReason, Inbound, Order, OrderResult, inbound, order::Body};
use futures::FutureExt;
use tokio::time::timeout;
use tracing::{error, info};

use crate::{
    Gateway, SendOutcome, fetch, meters, parse_again, send, templates,
    text::{cut, timestamp},
    worker::Session,
};

/// A call may upload a large file; longer than this, nobody knows what became of it.
const CALL_WAIT: Duration = Duration::from_secs(100);
/// Of it, what comes before the one call that sends: files on their way to the provider.
const PREPARE_WAIT: Duration = Duration::from_secs(70);
/// Attempts that end while files are on their way; after them it is the file's fault.
const PREPARE_TRIES: u32 = 3;
/// A provider's text may be this long (G30).
const TEXT_BYTES: usize = 500;

/// Carries out one order, up to the confirmation of its result.
pub(crate) async fn order<G: Gateway>(session: &Session<G>, order: Order) {
    match &order.body {
        Some(Body::Send(message)) => send::run(session, &order, message).await,
        Some(Body::FetchAttachment(fetch)) => fetch::run(session, &order, fetch).await,
        Some(Body::ParseAgain(again)) => parse_again::run(session, &order, again).await,
        Some(Body::RefreshTemplates(_)) => templates::refresh(session, &order).await,
        Some(body) => errand(session, &order, kind(body)).await,
        None => {
            let failure = failure(FailureReason::NotSupported, "this version does not know the order");
            done(session, &order, "unknown", Some(failure)).await;
        }
    }
}

async fn errand<G: Gateway>(session: &Session<G>, order: &Order, kind: &'static str) {
    if session.pulse.blocked().is_some() {
        return;
    }
    // An answer to a button must not queue behind sends: the person's screen waits for it.
    if kind != "answer_callback" && !slot(session, order).await {
        return;
    }
    match call(session, order).await {
        SendOutcome::Accepted(_) => done(session, order, kind, None).await,
        SendOutcome::Refused(failure) => done(session, order, kind, Some(failure)).await,
        SendOutcome::AccountProblem { failure, remedy_key } => {
            session.pulse.send_problem(&failure, remedy_key);
            done(session, order, kind, Some(failure)).await;
        }
        SendOutcome::Misconfigured { failure, remedy_key } => {
            session.pulse.send_trouble(&failure, remedy_key);
            done(session, order, kind, Some(failure)).await;
        }
        SendOutcome::RetryAfter { after, whole_account } => {
            hold(session, order, after, whole_account);
            later(session, order, kind, after).await;
        }
        SendOutcome::NotSent { text } | SendOutcome::Unknown { text } => {
            info!(reason = text, "an order will be tried again");
            later(session, order, kind, age_pause(order)).await;
        }
    }
}

/// Waits for the provider's pacing; `false`: too long, or nothing is to be begun. Router publishes again.
pub(crate) async fn slot<G: Gateway>(session: &Session<G>, order: &Order) -> bool {
    let address = Some(address(order)).filter(|_| counts::<G>(order));
    let waiting = session.account.pacer.slot(address, session.kit.config.timing.slot);
    let Some(Some(waited)) = session.end.run_until_cancelled(waiting).await else { return false };
    meters::pacing_wait(&session.kit.channel, waited);
    true
}

/// Whether the provider takes it for a message to the person; what is none must not use up what replies have.
fn counts<G: Gateway>(order: &Order) -> bool {
    match order.body {
        Some(Body::MarkRead(_)) => false,
        Some(Body::React(_)) => G::REACTIONS_ARE_MESSAGES,
        _ => true,
    }
}

/// What has to be done before the one call that sends, such as uploads: within a time that leaves the call its own, so
/// that what does not end in time is surely not sent. The third attempt (`attempt` counts from 0 or 1) gives the file up.
///
/// # Errors
/// What becomes of the order then.
pub async fn prepared<T>(
    attempt: u32,
    preparing: impl Future<Output = Result<T, SendOutcome>>,
) -> Result<T, SendOutcome> {
    prepared_within(PREPARE_WAIT, attempt, preparing).await
}

async fn prepared_within<T>(
    deadline: Duration,
    attempt: u32,
    preparing: impl Future<Output = Result<T, SendOutcome>>,
) -> Result<T, SendOutcome> {
    let text = "the files did not reach the provider in time";
    match timeout(deadline, preparing).await {
        Ok(prepared) => prepared,
        Err(_) if attempt < PREPARE_TRIES => Err(SendOutcome::NotSent { text: text.to_owned() }),
        Err(_) => Err(SendOutcome::Refused(failure(FailureReason::FileRejected, text))),
    }
}

/// The one call at the provider. A panic or a call without end leaves open what has happened.
pub(crate) async fn call<G: Gateway>(session: &Session<G>, order: &Order) -> SendOutcome {
    let tools = session.kit.tools(session.account.id);
    let calling = AssertUnwindSafe(session.gateway.carry_out(order, &tools)).catch_unwind();
    let outcome = match timeout(CALL_WAIT, calling).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => {
            error!("the gateway panicked while it carried out an order");
            SendOutcome::Unknown { text: "the gateway failed".to_owned() }
        }
        Err(_) => SendOutcome::Unknown { text: "the provider did not answer in time".to_owned() },
    };
    let code = match &outcome {
        SendOutcome::Accepted(_) => return outcome,
        SendOutcome::RetryAfter { .. } => "rate_limit",
        SendOutcome::NotSent { .. } => "not_sent",
        SendOutcome::Unknown { .. } => "unknown",
        SendOutcome::Refused(_) => "refused",
        SendOutcome::AccountProblem { .. } | SendOutcome::Misconfigured { .. } => "account",
    };
    meters::provider_error(&session.kit.channel, session.account.id, code);
    outcome
}

/// The provider asked to wait.
pub(crate) fn hold<G: Gateway>(session: &Session<G>, order: &Order, after: Duration, whole_account: bool) {
    session.account.pacer.hold((!whole_account).then(|| address(order)), after);
}

/// The order is done, or failed for good.
pub(crate) async fn done<G: Gateway>(
    session: &Session<G>,
    order: &Order,
    kind: &'static str,
    failure: Option<Failure>,
) {
    let outcome = if failure.is_none() { "done" } else { "failed" };
    let failure = failure.map(tidy);
    let result = OrderResult { order_id: order.order_id.clone(), failure, retry_at: None };
    tell(session, order, format!("done:{}", order.order_id), inbound::Body::OrderResult(result)).await;
    meters::order(&session.kit.channel, session.account.id, kind, outcome);
}

/// The order is surely not done; router is to publish it again after a pause.
pub(crate) async fn later<G: Gateway>(session: &Session<G>, order: &Order, kind: &'static str, pause: Duration) {
    let at = after(pause);
    let key = format!("retry:{}:{}", order.order_id, at.timestamp_millis());
    let result = OrderResult { order_id: order.order_id.clone(), failure: None, retry_at: Some(timestamp(at)) };
    tell(session, order, key, inbound::Body::OrderResult(result)).await;
    meters::order(&session.kit.channel, session.account.id, kind, "later");
}

/// A fact about an order carries the order's date (rule I2), and is published until it is confirmed.
pub(crate) async fn tell<G: Gateway>(session: &Session<G>, order: &Order, key: String, body: inbound::Body) {
    let fact = Inbound { key, sent_on: order.created_at, body: Some(body), ..Inbound::default() };
    tell_fact(session, fact).await;
}

pub(crate) async fn tell_fact<G: Gateway>(session: &Session<G>, fact: Inbound) {
    let kit = &session.kit;
    let key = fact.key.clone();
    let told = Box::pin(kit.facts.until_confirmed(&session.account, fact));
    if kit.give_up.run_until_cancelled(told).await.is_none() {
        error!(account.id = %session.account.id, key, "the process ends before router has confirmed what became of an order");
    }
}

/// Pauses without a count of tries: as old as the order is, within bounds.
pub(crate) fn age_pause(order: &Order) -> Duration {
    let created = order.created_at.map_or(0, |at| at.seconds);
    let age = u64::try_from(Utc::now().timestamp().saturating_sub(created)).unwrap_or(0);
    Duration::from_secs(age.clamp(5, 300))
}

pub(crate) fn after(pause: Duration) -> DateTime<Utc> {
    Utc::now() + chrono::TimeDelta::from_std(pause).unwrap_or(chrono::TimeDelta::hours(1))
}

pub(crate) fn failure(reason: FailureReason, text: &str) -> Failure {
    Failure { reason: reason.into(), provider_code: String::new(), provider_text: text.to_owned() }
}

pub(crate) fn tidy(mut failure: Failure) -> Failure {
    failure.provider_text = cut(&failure.provider_text, TEXT_BYTES).to_owned();
    failure
}

/// What the provider paces by.
fn address(order: &Order) -> &str {
    let target = order.target.as_ref();
    let named = target.map(|t| if t.reply_address.is_empty() { &t.address } else { &t.reply_address });
    named.filter(|address| !address.is_empty()).map_or(&order.lane, |address| address)
}

fn kind(body: &Body) -> &'static str {
    match body {
        Body::Send(_) => "send",
        Body::Edit(_) => "edit",
        Body::Delete(_) => "delete",
        Body::MarkRead(_) => "mark_read",
        Body::React(_) => "react",
        Body::FetchAttachment(_) => "fetch",
        Body::ParseAgain(_) => "parse_again",
        Body::AnswerCallback(_) => "answer_callback",
        Body::RefreshTemplates(_) => "refresh_templates",
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_not_prepared_in_time_was_not_sent_and_is_given_up_after_three_attempts() {
        for (attempt, tried_again) in [(0, true), (1, true), (2, true), (3, false)] {
            let outcome = prepared(attempt, pending::<Result<(), _>>()).await.unwrap_err();
            let fits = match &outcome {
                SendOutcome::NotSent { .. } => tried_again,
                SendOutcome::Refused(failure) => !tried_again && failure.reason() == FailureReason::FileRejected,
                _ => false,
            };
            assert!(fits, "attempt {attempt}: {outcome:?}");
        }
        assert!(PREPARE_WAIT + Duration::from_secs(25) < CALL_WAIT, "the call has its time, too");
        assert!(prepared(9, async { Ok(()) }).await.is_ok());
    }
}
