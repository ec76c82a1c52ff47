//! VK's errors and our verdict on each (<https://dev.vk.com/ru/reference/errors>, read 2026-11-26).

mod table;

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use gateway_kit::{FetchError, ProviderError, SendOutcome, Sent};
pub use table::{Verdict, verdict};

use crate::wire;

/// After "too many alike" (error 9).
const FLOOD_WAIT: Duration = Duration::from_secs(120);
/// Tries of a message that VK calls a flood; after them it is refused.
const FLOOD_TRIES: u32 = 3;

/// Why a call gave no result. No text here holds a URL or the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection stood: VK has not seen the call.
    #[error("not sent: {0}")]
    NotSent(String),
    /// A time-out, a broken connection, a 5xx: VK may have done it.
    #[error("no answer: {0}")]
    Unknown(String),
    /// VK's own words.
    #[error("VK's error {code}: {text}")]
    Refused { code: i64, text: String },
    /// It is done, but the answer is none that we can read.
    #[error("done, with an answer that cannot be read")]
    Unreadable,
}

impl From<egress::Error> for CallError {
    fn from(error: egress::Error) -> Self {
        let text = runtime::chain(&error);
        if error.surely_not_sent() { Self::NotSent(text) } else { Self::Unknown(text) }
    }
}

impl From<wire::ApiError> for CallError {
    fn from(error: wire::ApiError) -> Self {
        Self::Refused { code: error.error_code, text: error.error_msg.unwrap_or_default() }
    }
}

impl CallError {
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    pub fn verdict(&self) -> Option<Verdict> {
        self.code().map(verdict)
    }

    /// Whether the same question may be answered later, with nobody doing anything about it.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Unknown(_) => true,
            Self::Unreadable => false,
            Self::Refused { code, .. } => {
                matches!(verdict(*code), Verdict::Unknown | Verdict::Wait(_) | Verdict::Flood)
            }
        }
    }
}

/// What became of an order's call, on this attempt.
pub fn outcome(error: CallError, attempt: u32) -> SendOutcome {
    let text = error.to_string();
    let Some(verdict) = error.verdict() else {
        return match error {
            CallError::NotSent(text) => SendOutcome::NotSent { text },
            CallError::Unreadable => SendOutcome::Accepted(Sent::default()),
            _ => SendOutcome::Unknown { text },
        };
    };
    match verdict {
        Verdict::Unknown => SendOutcome::Unknown { text },
        Verdict::Wait(after) => SendOutcome::RetryAfter { after, whole_account: true },
        Verdict::Flood if attempt < FLOOD_TRIES => SendOutcome::RetryAfter { after: FLOOD_WAIT, whole_account: false },
        Verdict::Flood => SendOutcome::Refused(failure(R::Moderated, &error)),
        Verdict::Account(remedy_key) => {
            SendOutcome::AccountProblem { failure: failure(R::AccountProblem, &error), remedy_key }
        }
        Verdict::Upload => SendOutcome::Refused(failure(R::FileRejected, &error)),
        Verdict::Keyboard => SendOutcome::Refused(failure(R::NotSupported, &error)),
        Verdict::Refused(reason) => SendOutcome::Refused(failure(reason, &error)),
    }
}

/// The same for a call before the one that sends: whatever became of it, nothing was sent.
pub fn before_sending(error: CallError, attempt: u32) -> SendOutcome {
    match outcome(error, attempt) {
        SendOutcome::Unknown { text } => SendOutcome::NotSent { text },
        SendOutcome::Accepted(_) => SendOutcome::NotSent { text: "VK's answer cannot be read".into() },
        other => other,
    }
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    let provider_text = text.chars().take(500).collect();
    SendOutcome::Refused(Failure { reason: reason.into(), provider_text, ..Failure::default() })
}

fn failure(reason: FailureReason, error: &CallError) -> Failure {
    let CallError::Refused { code, text } = error else { return Failure::default() };
    let provider_text = text.chars().take(500).collect();
    Failure { reason: reason.into(), provider_code: code.to_string(), provider_text }
}

/// What an error means for receiving.
pub fn provider(error: CallError) -> ProviderError {
    let text = error.to_string();
    match error.verdict() {
        Some(Verdict::Account(remedy_key)) => {
            ProviderError::Account { text, remedy_key, health: AccountHealth::Disconnected }
        }
        Some(Verdict::Wait(after)) => ProviderError::Temporary { text, retry_after: Some(after) },
        _ => ProviderError::Temporary { text, retry_after: None },
    }
}

/// What an error means for a file.
pub fn fetch(error: CallError) -> FetchError {
    let text = error.to_string();
    match error.verdict() {
        Some(Verdict::Wait(after)) => FetchError::Temporary { text, retry_after: Some(after) },
        Some(Verdict::Refused(_)) => FetchError::Gone(text),
        _ => FetchError::Temporary { text, retry_after: None },
    }
}
