//! What the company's chat may answer and our verdict on each (docs/custom-channel.md, "Answers").

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use egress::StatusCode;
use gateway_kit::{ProviderError, SendOutcome};

use crate::{
    describe::{REMEDY_ADDRESS, REMEDY_SECRET},
    wire::Refusal,
};

/// The reasons that a 4xx may name.
pub const REASONS: [(&str, FailureReason); 8] = [
    ("blocked", R::BlockedByClient),
    ("unreachable", R::Unreachable),
    ("too_long", R::TooLong),
    ("file_rejected", R::FileRejected),
    ("file_too_large", R::FileTooLarge),
    ("not_supported", R::NotSupported),
    ("too_old", R::TooOld),
    ("moderated", R::Moderated),
];

/// Why an event was not taken. No text here holds a URL or the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("not sent: {0}")]
    NotSent(String),
    /// A time-out, a broken connection, a 5xx: the chat may have taken it. The same id may be sent again.
    #[error("no answer: {0}")]
    Unknown(String),
    /// 429, 503: not taken.
    #[error("the chat asks to wait {} s", .0.as_secs())]
    Busy(Duration),
    /// 401, 403: the signature was not accepted.
    #[error("the chat does not accept our signature (HTTP {})", .0.as_u16())]
    Signature(StatusCode),
    /// 404 or 410 without a word: nothing listens there.
    #[error("nothing takes events at the address (HTTP {})", .0.as_u16())]
    Nobody(StatusCode),
    #[error("refused (HTTP {}): {}", .status.as_u16(), .refusal.message)]
    Refused { status: StatusCode, refusal: Refusal },
}

impl CallError {
    pub fn network(error: &egress::Error) -> Self {
        let text = runtime::chain(error);
        if error.surely_not_sent() { Self::NotSent(text) } else { Self::Unknown(text) }
    }

    /// Which remedy helps, when only an administrator can.
    fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Signature(_) => Some(REMEDY_SECRET),
            Self::Nobody(_) => Some(REMEDY_ADDRESS),
            _ => None,
        }
    }
}

/// What became of an order.
pub fn outcome(error: CallError) -> SendOutcome {
    if let Some(remedy_key) = error.remedy() {
        let failure = failure(R::AccountProblem, "", &error.to_string());
        return SendOutcome::AccountProblem { failure, remedy_key };
    }
    match error {
        CallError::NotSent(text) => SendOutcome::NotSent { text },
        CallError::Busy(after) => SendOutcome::RetryAfter { after, whole_account: true },
        CallError::Refused { status, refusal } => {
            let named = REASONS.iter().find(|(name, _)| *name == refusal.reason);
            let reason = named.map_or(R::Rejected, |(_, reason)| *reason);
            SendOutcome::Refused(failure(reason, status.as_str(), &refusal.message))
        }
        other => SendOutcome::Unknown { text: other.to_string() },
    }
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    SendOutcome::Refused(failure(reason, "", text))
}

fn failure(reason: FailureReason, code: &str, text: &str) -> Failure {
    let provider_text = text.replace('\0', "").chars().take(500).collect();
    Failure { reason: reason.into(), provider_code: code.to_owned(), provider_text }
}

/// What an error means for the connection.
pub fn provider(error: &CallError) -> ProviderError {
    let text = error.to_string();
    // A ping concerns nobody: whoever does not find it has no place for events.
    let is_lost = matches!(error, CallError::Refused { status: StatusCode::NOT_FOUND | StatusCode::GONE, .. });
    match error.remedy().or(is_lost.then_some(REMEDY_ADDRESS)) {
        Some(remedy_key) => ProviderError::Account { text, remedy_key, health: AccountHealth::Disconnected },
        None => {
            let retry_after = if let CallError::Busy(after) = error { Some(*after) } else { None };
            ProviderError::Temporary { text, retry_after }
        }
    }
}
