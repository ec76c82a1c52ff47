//! Meta's errors and our verdict on each. What decides is the code, never the words or the HTTP status
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>, read 2026-11-26).

mod table;

use std::time::Duration;

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use gateway_kit::{FetchError, ProviderError, SendOutcome, Sent};
pub use table::{Verdict, verdict};

use crate::wire::{GraphError, Problem};

/// The longest pause of [`Verdict::Pair`]: four to the fifth.
const PAIR_TRIES: u32 = 5;
/// How often [`Verdict::Twice`] is tried.
const TWICE: u32 = 2;
/// A busy signal that is none of Meta's own.
const USUAL_WAIT: Duration = Duration::from_secs(5);

/// Why a call gave no result. No text here holds a URL or the token.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No connection stood: Meta has not seen the call.
    #[error("not sent: {0}")]
    NotSent(String),
    /// A time-out, a broken connection, a page that is none of Meta's: it may have been done.
    #[error("no answer: {0}")]
    Unknown(String),
    /// 429 of somebody in between: not done.
    #[error("too many calls")]
    Busy,
    /// Meta's own words. `broke`: with an HTTP 5xx.
    #[error("{}", described(.error))]
    Refused { error: GraphError, broke: bool },
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

/// Details tell most; the message repeats the code.
fn described(error: &GraphError) -> String {
    let words = error.error_data.as_ref().or(error.message.as_ref());
    let words = words.map_or("Meta gives no reason", String::as_str);
    format!("{words} ({})", error.code)
}

/// The words of an error in a webhook.
pub fn words(problem: &Problem) -> String {
    let details = problem.error_data.as_ref().and_then(|data| data.details.as_ref());
    let words = details.or(problem.message.as_ref()).or(problem.title.as_ref());
    words.map(|words| words.chars().filter(|c| !c.is_control()).take(500).collect()).unwrap_or_default()
}

/// Why a message failed that was accepted before. There is no more trying then.
pub fn told(problem: Option<&Problem>) -> Failure {
    let Some(problem) = problem else { return failure(R::Rejected, 0, "Meta gives no reason") };
    failure(reason(problem.code), problem.code, &words(problem))
}

/// What helps, where only an administrator can.
pub fn remedy(code: i64) -> Option<&'static str> {
    match verdict(code)? {
        Verdict::Account(remedy_key) | Verdict::Settings(remedy_key) => Some(remedy_key),
        _ => None,
    }
}

fn reason(code: i64) -> FailureReason {
    match verdict(code) {
        Some(Verdict::Refused(reason)) => reason,
        Some(Verdict::Account(_) | Verdict::Settings(_)) => R::AccountProblem,
        _ => R::Rejected,
    }
}

/// What became of an order. `attempt` counts its tries.
pub fn outcome(error: CallError, attempt: u32) -> SendOutcome {
    let (error, broke) = match error {
        CallError::NotSent(text) => return SendOutcome::NotSent { text },
        CallError::Unknown(text) => return SendOutcome::Unknown { text },
        CallError::Busy => return SendOutcome::RetryAfter { after: USUAL_WAIT, whole_account: true },
        CallError::Unreadable => return SendOutcome::Accepted(Sent::default()),
        CallError::Refused { error, broke } => (error, broke),
    };
    let text = described(&error);
    let again = |seconds, whole_account| {
        let after = Duration::from_secs(seconds);
        SendOutcome::RetryAfter { after, whole_account }
    };
    match verdict(error.code) {
        Some(Verdict::RetryAll(seconds)) => again(seconds, true),
        Some(Verdict::Retry(seconds)) => again(seconds, false),
        Some(Verdict::Pair) => again(4_u64.pow(attempt.clamp(1, PAIR_TRIES)), false),
        Some(Verdict::Maybe) if broke => SendOutcome::Unknown { text },
        Some(Verdict::Maybe) => again(30, false),
        Some(Verdict::Twice) if attempt < TWICE => again(30, false),
        Some(Verdict::Twice) => SendOutcome::Refused(failure(R::Rejected, error.code, &text)),
        Some(Verdict::Refused(reason)) => SendOutcome::Refused(failure(reason, error.code, &text)),
        Some(Verdict::Account(remedy_key)) => {
            SendOutcome::AccountProblem { failure: failure(R::AccountProblem, error.code, &text), remedy_key }
        }
        Some(Verdict::Settings(remedy_key)) => {
            SendOutcome::Misconfigured { failure: failure(R::AccountProblem, error.code, &text), remedy_key }
        }
        None if broke => SendOutcome::Unknown { text },
        None => SendOutcome::Refused(failure(R::Rejected, error.code, &text)),
    }
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    SendOutcome::Refused(failure(reason, 0, text))
}

fn failure(reason: FailureReason, code: i64, text: &str) -> Failure {
    let provider_code = if code == 0 { String::new() } else { code.to_string() };
    Failure { reason: reason.into(), provider_code, provider_text: text.chars().take(500).collect() }
}

/// What an error means for receiving.
pub fn provider(error: CallError) -> ProviderError {
    let text = error.to_string();
    let retry_after = match &error {
        CallError::Busy => Some(USUAL_WAIT),
        CallError::Refused { error, .. } => match verdict(error.code) {
            Some(Verdict::Account(remedy_key)) => {
                return ProviderError::Account { text, remedy_key, health: AccountHealth::Disconnected };
            }
            Some(Verdict::RetryAll(seconds) | Verdict::Retry(seconds)) => Some(Duration::from_secs(seconds)),
            _ => None,
        },
        _ => None,
    };
    ProviderError::Temporary { text, retry_after }
}

/// What an error means for a file.
pub fn fetch(error: CallError) -> FetchError {
    match provider(error.clone()) {
        ProviderError::Temporary { text, retry_after } => match error {
            CallError::Refused { error, broke: false } if matches!(verdict(error.code), Some(Verdict::Refused(_))) => {
                FetchError::Gone(text)
            }
            _ => FetchError::Temporary { text, retry_after },
        },
        ProviderError::Account { text, .. } => FetchError::Temporary { text, retry_after: None },
    }
}

/// The remedies that the table names.
#[cfg(test)]
pub fn remedies() -> impl Iterator<Item = &'static str> {
    table::rows().filter_map(|(_, verdict)| match verdict {
        Verdict::Account(key) | Verdict::Settings(key) => Some(key),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_with(code: i64, broke: bool) -> CallError {
        CallError::Refused { error: GraphError { code, ..GraphError::default() }, broke }
    }

    #[test]
    fn every_row_of_the_table_becomes_an_outcome() {
        for (code, verdict) in table::rows() {
            let outcome = outcome(refused_with(code, false), 1);
            let fits = match verdict {
                Verdict::RetryAll(_) => matches!(outcome, SendOutcome::RetryAfter { whole_account: true, .. }),
                Verdict::Retry(_) | Verdict::Pair | Verdict::Maybe | Verdict::Twice => {
                    matches!(outcome, SendOutcome::RetryAfter { whole_account: false, .. })
                }
                Verdict::Refused(reason) => matches!(&outcome, SendOutcome::Refused(f) if f.reason() == reason),
                Verdict::Account(key) => {
                    matches!(&outcome, SendOutcome::AccountProblem { remedy_key, .. } if *remedy_key == key)
                }
                Verdict::Settings(key) => {
                    matches!(&outcome, SendOutcome::Misconfigured { remedy_key, .. } if *remedy_key == key)
                }
            };
            assert!(fits, "{code}: {outcome:?}");
        }
    }

    #[test]
    fn a_broken_answer_of_meta_leaves_open_what_happened() {
        for code in [1, 2, 131_000, 999_999] {
            assert!(matches!(outcome(refused_with(code, true), 1), SendOutcome::Unknown { .. }), "{code}");
        }
        assert!(matches!(outcome(refused_with(131_016, true), 1), SendOutcome::RetryAfter { .. }), "it says not done");
        assert!(matches!(outcome(refused_with(999_999, false), 1), SendOutcome::Refused(_)));
        assert!(matches!(outcome(CallError::Unreadable, 1), SendOutcome::Accepted(_)));
    }

    #[test]
    fn one_recipient_waits_longer_each_time() {
        let wait = |attempt| match outcome(refused_with(131_056, false), attempt) {
            SendOutcome::RetryAfter { after, .. } => after.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!([0, 1, 2, 3, 5, 99].map(wait), [4, 4, 16, 64, 1024, 1024]);
    }

    #[test]
    fn what_calls_itself_temporary_is_tried_twice() {
        assert!(matches!(outcome(refused_with(135_000, false), 1), SendOutcome::RetryAfter { .. }));
        assert!(matches!(outcome(refused_with(135_000, false), 2), SendOutcome::Refused(_)));
    }

    #[test]
    fn a_file_is_gone_or_comes_later() {
        assert!(matches!(fetch(refused_with(100, false)), FetchError::Gone(_)));
        for later in [refused_with(190, false), refused_with(131_052, false), CallError::Unknown("x".into())] {
            assert!(matches!(fetch(later), FetchError::Temporary { .. }));
        }
    }
}
