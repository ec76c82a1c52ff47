//! What mail servers answer, and our verdict on each.

mod mailbox;
mod table;

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason};
use gateway_kit::{ProviderError, SendOutcome};
pub use mailbox::MailboxError;
pub use table::Verdict;

use crate::{
    describe::{REMEDY_CONSENT, REMEDY_PASSWORD, REMEDY_SERVER},
    net::NetError,
};

/// At most so often a letter is tried that the server does not take for now (EM-13): four times more after the first.
const TRIES: u32 = 5;
/// The pauses between them.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900), Duration::from_secs(3600)];

/// How far a letter was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Hello,
    SignIn,
    From,
    To,
    Data,
    /// The answer to its end.
    End,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Told {
    /// The server's answer: not sent.
    #[error("{code} {words}")]
    Refused { phase: Phase, code: u16, words: String },
    /// Nothing was handed over.
    #[error("{0}")]
    NotSent(String),
    /// The mail service gives no token, or takes none, in its word: nothing was handed over.
    #[error("the mail service does not accept the consent: {0}")]
    NoConsent(String),
    /// The end was written, and no answer came.
    #[error("{0}")]
    Unknown(String),
}

/// What is reported of a send. `attempt` is the number of tries before this one.
#[must_use]
pub fn outcome(told: &Told, attempt: u32) -> SendOutcome {
    let (phase, code, words) = match told {
        Told::NotSent(text) => return SendOutcome::NotSent { text: text.clone() },
        Told::Unknown(text) => return SendOutcome::Unknown { text: text.clone() },
        Told::NoConsent(word) => {
            let failure = Failure {
                reason: FailureReason::AccountProblem.into(),
                provider_code: "consent".to_owned(),
                provider_text: word.clone(),
            };
            return SendOutcome::AccountProblem { failure, remedy_key: REMEDY_CONSENT };
        }
        Told::Refused { phase, code, words } => (*phase, *code, words),
    };
    match table::verdict(phase, code, words) {
        Verdict::Later => match PAUSES.get(usize::try_from(attempt).unwrap_or(usize::MAX)) {
            Some(pause) if attempt + 1 < TRIES => SendOutcome::RetryAfter { after: *pause, whole_account: false },
            _ => SendOutcome::Refused(failure(FailureReason::Rejected, code, words)),
        },
        Verdict::Limit(pause) => SendOutcome::RetryAfter { after: pause, whole_account: true },
        Verdict::Refused(reason) => SendOutcome::Refused(failure(reason, code, words)),
        Verdict::Account(remedy_key) => {
            SendOutcome::AccountProblem { failure: failure(FailureReason::AccountProblem, code, words), remedy_key }
        }
    }
}

fn failure(reason: FailureReason, code: u16, words: &str) -> Failure {
    Failure { reason: reason.into(), provider_code: code.to_string(), provider_text: words.to_owned() }
}

/// What the mailbox's trouble means for the account.
#[must_use]
pub fn provider(error: MailboxError) -> ProviderError {
    let (remedy_key, text) = match &error {
        MailboxError::SignIn(_) => (REMEDY_PASSWORD, error.to_string()),
        MailboxError::Consent(_) => (REMEDY_CONSENT, error.to_string()),
        MailboxError::NoStartTls | MailboxError::Net(NetError::Tls | NetError::Private | NetError::NoName) => {
            (REMEDY_SERVER, error.to_string())
        }
        _ => return ProviderError::Temporary { text: error.to_string(), retry_after: None },
    };
    ProviderError::Account { text, remedy_key, health: AccountHealth::Disconnected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_for_now_is_tried_five_times_with_growing_pauses() {
        let told = Told::Refused { phase: Phase::To, code: 451, words: "4.7.1 greylisted".into() };
        let mut last = Duration::ZERO;
        for attempt in 0..4 {
            let SendOutcome::RetryAfter { after, whole_account: false } = outcome(&told, attempt) else { panic!() };
            assert!(after > last);
            last = after;
        }
        let SendOutcome::Refused(failure) = outcome(&told, 4) else { panic!() };
        assert_eq!((failure.provider_code.as_str(), failure.provider_text.as_str()), ("451", "4.7.1 greylisted"));
    }

    #[test]
    fn a_wrong_password_is_the_accounts_trouble() {
        let error = provider(MailboxError::SignIn("[AUTHENTICATIONFAILED]".into()));
        assert!(matches!(error, ProviderError::Account { remedy_key: REMEDY_PASSWORD, .. }));
        assert!(matches!(provider(MailboxError::Slow), ProviderError::Temporary { .. }));
    }
}
