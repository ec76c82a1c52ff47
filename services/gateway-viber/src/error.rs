//! Viber's statuses and our verdict on each (<https://developers.viber.com/docs/api/rest-bot-api/#error-codes>, read
//! 2026-11-26).

mod table;

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use egress::StatusCode;
use gateway_kit::{ProviderError, SendOutcome, Sent};
pub use table::{Verdict, verdict};

/// After "too many": Viber does not say how long.
const BUSY_WAIT: Duration = Duration::from_secs(60);
/// After an error of Viber's own; and until the webhook is set again.
const GENERAL_WAIT: Duration = Duration::from_secs(30);
/// How often a send is tried when Viber says no more than "error".
const GENERAL_TRIES: u32 = 3;

/// Why a call gave no result. No text here holds a URL or the token.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No connection stood: Viber has not seen the call.
    #[error("not sent: {0}")]
    NotSent(String),
    /// A time-out, a broken connection, a 5xx, a page: Viber may have done it.
    #[error("no answer: {0}")]
    Unknown(String),
    /// 429: not done.
    #[error("Viber asks to wait {} s", .0.as_secs())]
    Busy(Duration),
    /// 4xx with no word of Viber's: not done.
    #[error("refused with HTTP {}", .0.as_u16())]
    Http(StatusCode),
    /// Viber's own status: not done.
    #[error("Viber refused ({status}): {text}")]
    Refused { status: i64, text: String },
    /// It is done, but the answer is none that we can read.
    #[error("done, with an answer that cannot be read")]
    Unreadable,
}

impl CallError {
    pub fn network(error: &egress::Error) -> Self {
        let text = runtime::chain(error);
        if error.surely_not_sent() { Self::NotSent(text) } else { Self::Unknown(text) }
    }

    /// The head of an answer had come: the call had surely arrived.
    pub fn after_answer(error: &egress::Error) -> Self {
        Self::Unknown(runtime::chain(error))
    }

    pub fn is_webhook_not_set(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if verdict(*status) == Verdict::WebhookNotSet)
    }
}

/// What became of a send on its `attempt`th try (the first is 1, or 0).
pub fn outcome(error: CallError, attempt: u32) -> SendOutcome {
    match error {
        CallError::NotSent(text) => SendOutcome::NotSent { text },
        CallError::Unknown(text) => SendOutcome::Unknown { text },
        CallError::Busy(after) => SendOutcome::RetryAfter { after, whole_account: true },
        CallError::Unreadable => SendOutcome::Accepted(Sent::default()),
        CallError::Http(StatusCode::PAYLOAD_TOO_LARGE) => refused(R::TooLong, &error.to_string()),
        // Somebody between us, such as a proxy: what asks every half minute how the account is meets them, too, and tells.
        CallError::Http(_) => SendOutcome::NotSent { text: error.to_string() },
        CallError::Refused { status, text } => by_status(status, &text, attempt),
    }
}

fn by_status(status: i64, text: &str, attempt: u32) -> SendOutcome {
    let failure = |reason| failure(reason, status, text);
    match verdict(status) {
        Verdict::Refused(reason) => SendOutcome::Refused(failure(reason)),
        Verdict::Account(remedy_key) => SendOutcome::AccountProblem { failure: failure(R::AccountProblem), remedy_key },
        Verdict::TooMany => SendOutcome::RetryAfter { after: BUSY_WAIT, whole_account: false },
        Verdict::WebhookNotSet => SendOutcome::RetryAfter { after: GENERAL_WAIT, whole_account: true },
        Verdict::General if attempt < GENERAL_TRIES => {
            SendOutcome::RetryAfter { after: GENERAL_WAIT, whole_account: false }
        }
        Verdict::General => SendOutcome::Refused(failure(R::Rejected)),
    }
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    SendOutcome::Refused(Failure { reason: reason.into(), provider_text: text.into(), ..Failure::default() })
}

fn failure(reason: FailureReason, status: i64, text: &str) -> Failure {
    let provider_text = text.chars().take(500).collect();
    Failure { reason: reason.into(), provider_code: status.to_string(), provider_text }
}

/// What an error means for receiving.
pub fn provider(error: CallError) -> ProviderError {
    let text = error.to_string();
    let retry_after = if let CallError::Busy(after) = error { Some(after) } else { None };
    let CallError::Refused { status, .. } = error else { return ProviderError::Temporary { text, retry_after } };
    let Verdict::Account(remedy_key) = verdict(status) else { return ProviderError::Temporary { text, retry_after } };
    // A webhook that Viber does not reach stops receiving alone.
    let is_webhook = remedy_key == crate::describe::REMEDY_WEBHOOK;
    let health = if is_webhook { AccountHealth::Degraded } else { AccountHealth::Disconnected };
    ProviderError::Account { text, remedy_key, health }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_that_surely_did_nothing_may_be_repeated_and_no_other() {
        let after = Duration::from_secs(7);
        assert_eq!(outcome(CallError::Busy(after), 1), SendOutcome::RetryAfter { after, whole_account: true });
        assert!(matches!(outcome(CallError::Unknown("x".into()), 1), SendOutcome::Unknown { .. }));
        assert!(matches!(outcome(CallError::NotSent("x".into()), 1), SendOutcome::NotSent { .. }));
        assert!(matches!(outcome(CallError::Unreadable, 1), SendOutcome::Accepted(_)));
        let SendOutcome::Refused(failure) = outcome(CallError::Http(StatusCode::PAYLOAD_TOO_LARGE), 1) else {
            panic!()
        };
        assert_eq!(failure.reason(), R::TooLong);
        for page in [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::PROXY_AUTHENTICATION_REQUIRED] {
            assert!(matches!(outcome(CallError::Http(page), 1), SendOutcome::NotSent { .. }), "{page}");
        }
    }

    #[test]
    fn an_error_without_a_reason_is_tried_three_times() {
        let error = || CallError::Refused { status: -1, text: "generalError".into() };
        for attempt in [0, 1, 2] {
            assert!(matches!(outcome(error(), attempt), SendOutcome::RetryAfter { .. }), "{attempt}");
        }
        assert!(matches!(outcome(error(), 3), SendOutcome::Refused(_)));
    }

    #[test]
    fn an_account_problem_names_its_remedy() {
        for (status, remedy, lost) in [
            (2, "token", AccountHealth::Disconnected),
            (1, "webhook", AccountHealth::Degraded),
            (9, "suspended", AccountHealth::Disconnected),
        ] {
            let error = provider(CallError::Refused { status, text: "x".into() });
            let ProviderError::Account { remedy_key, health, .. } = error else { panic!("{status}") };
            assert_eq!((remedy_key, health), (remedy, lost));
        }
        assert!(matches!(provider(CallError::Unknown("x".into())), ProviderError::Temporary { .. }));
    }
}
