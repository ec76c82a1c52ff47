//! MAX's errors and our verdict on each (<https://dev.max.ru/docs-api>, read 2026-11-26).

mod table;

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use gateway_kit::{FetchError, ProviderError, SendOutcome, Sent};
pub use table::{Verdict, verdict};

use crate::describe::{REMEDY_CA, REMEDY_MODERATION, REMEDY_TOKEN};

/// A file that MAX still works on. It is mostly ready within seconds.
const NOT_READY_WAIT: Duration = Duration::from_secs(10);

/// Why a call gave no result. No text here holds a URL or the token.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No connection stood: MAX has not seen the call.
    #[error("not sent: {0}")]
    NotSent(String),
    /// Its certificate is signed by a root that we lack: MAX has not seen the call.
    #[error("the certificate is signed by a root that is not trusted here")]
    Untrusted,
    /// A time-out, a broken connection, a 5xx, an answer that is none of MAX's: it may have done it.
    #[error("no answer: {0}")]
    Unknown(String),
    /// 429: not done. MAX does not say how long; `times` in a row.
    #[error("MAX asks to slow down")]
    Limit { after: Duration, times: u32 },
    /// MAX's own words: not done.
    #[error("{status} {code} {text}")]
    Refused { status: u16, code: String, text: String },
    /// The conversation refuses, and whether it is the person's doing or the bot's nobody knows yet. Not done.
    #[error("MAX refuses this conversation: {0}")]
    Denied(String),
    /// Every conversation is refused: the bot is blocked, or has not passed moderation. Not done.
    #[error("MAX refuses every conversation: {0}")]
    Closed(String),
}

impl CallError {
    pub fn network(error: &egress::Error) -> Self {
        if error.untrusted() {
            return Self::Untrusted;
        }
        let text = runtime::chain(error);
        if error.surely_not_sent() { Self::NotSent(text) } else { Self::Unknown(text) }
    }

    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Refused { status, code, text } => Some(verdict(*status, code, text)),
            _ => None,
        }
    }

    /// What was asked for is not there, or no longer.
    pub fn is_gone(&self) -> bool {
        self.verdict() == Some(Verdict::Refused(R::Unreachable))
    }

    /// The chat is not there, or no longer open to us.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 403 | 404, .. })
    }

    /// MAX still works on a file that was sent to it.
    pub fn is_not_ready(&self) -> bool {
        self.verdict() == Some(Verdict::NotReady)
    }
}

/// What became of an order.
pub fn outcome(error: &CallError) -> SendOutcome {
    match error {
        CallError::NotSent(text) => SendOutcome::NotSent { text: text.clone() },
        CallError::Untrusted => SendOutcome::AccountProblem { failure: failure(error), remedy_key: REMEDY_CA },
        CallError::Unknown(text) => SendOutcome::Unknown { text: text.clone() },
        CallError::Limit { after, times } => SendOutcome::RetryAfter { after: *after, whole_account: *times > 1 },
        CallError::Denied(text) => refused(R::Undeliverable, text),
        CallError::Closed(_) => SendOutcome::AccountProblem { failure: failure(error), remedy_key: REMEDY_MODERATION },
        CallError::Refused { .. } => match error.verdict() {
            Some(Verdict::NotReady) => SendOutcome::RetryAfter { after: NOT_READY_WAIT, whole_account: false },
            Some(Verdict::Account) => SendOutcome::AccountProblem { failure: failure(error), remedy_key: REMEDY_TOKEN },
            _ => SendOutcome::Refused(failure(error)),
        },
    }
}

pub fn done() -> SendOutcome {
    SendOutcome::Accepted(Sent::default())
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    let provider_text = text.chars().take(500).collect();
    SendOutcome::Refused(Failure { reason: reason.into(), provider_code: String::new(), provider_text })
}

fn failure(error: &CallError) -> Failure {
    let (reason, code, text) = match (error, error.verdict()) {
        (CallError::Refused { code, text, .. }, Some(Verdict::Refused(reason))) => {
            (reason, code.as_str(), text.clone())
        }
        (CallError::Refused { code, text, .. }, _) => (R::AccountProblem, code.as_str(), text.clone()),
        (error, _) => (R::AccountProblem, "", error.to_string()),
    };
    Failure {
        reason: reason.into(),
        provider_code: code.chars().take(100).collect(),
        provider_text: text.chars().take(500).collect(),
    }
}

/// What an error means for receiving.
pub fn provider(error: CallError) -> ProviderError {
    let text = error.to_string();
    let account = |remedy_key, health| ProviderError::Account { text: text.clone(), remedy_key, health };
    match &error {
        CallError::Untrusted => account(REMEDY_CA, AccountHealth::Disconnected),
        CallError::Closed(_) => account(REMEDY_MODERATION, AccountHealth::Degraded),
        CallError::Limit { after, .. } => ProviderError::Temporary { text, retry_after: Some(*after) },
        CallError::Refused { .. } if error.verdict() == Some(Verdict::Account) => {
            account(REMEDY_TOKEN, AccountHealth::Disconnected)
        }
        _ => ProviderError::Temporary { text, retry_after: None },
    }
}

/// What an error means for a file.
pub fn fetch(error: &CallError) -> FetchError {
    let text = error.to_string();
    match error.verdict() {
        Some(Verdict::Refused(R::FileTooLarge)) => FetchError::TooLarge,
        Some(Verdict::Refused(_)) => FetchError::Gone(text),
        _ => FetchError::Temporary { text, retry_after: None },
    }
}
