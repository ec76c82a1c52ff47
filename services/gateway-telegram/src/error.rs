//! Telegram's errors and our verdict on each (<https://core.telegram.org/bots/api#making-requests>, read 2026-11-23).

mod table;

use std::{error::Error as _, time::Duration};

use contracts::channel::{AccountHealth, Failure, FailureReason, FailureReason as R};
use gateway_kit::{FetchError, ProviderError, SendOutcome};
pub use table::{Verdict, status, verdict};
use teloxide_core::{ApiError, RequestError};

use crate::describe::REMEDY_CONFLICT;

/// A flood error that does not say how long.
const USUAL_WAIT: Duration = Duration::from_secs(5);

/// Why a call gave no result. No text here holds a URL or the token.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No connection stood: Telegram has not seen the call.
    #[error("not sent: {0}")]
    NotSent(String),
    /// A time-out, a broken connection, a 5xx: Telegram may have done it.
    #[error("no answer: {0}")]
    Unknown(String),
    /// 429: not done.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    Flood(Duration),
    /// The group has become a supergroup with this id: not done.
    #[error("the group has become a supergroup")]
    Migrated(i64),
    /// Telegram's own words: not done.
    #[error("{0}")]
    Refused(String),
    /// It is done, but the answer is none that we can read.
    #[error("done, with an answer that cannot be read")]
    Unreadable,
}

impl From<RequestError> for CallError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Api(error) => Self::described(words(&error)),
            RequestError::MigrateToChatId(chat) => Self::Migrated(chat.0),
            RequestError::RetryAfter(seconds) => Self::Flood(seconds.duration()),
            RequestError::Network(error) => Self::network(&error),
            RequestError::InvalidJson { raw, .. } if is_done(&raw) => Self::Unreadable,
            RequestError::InvalidJson { .. } => Self::Unknown("the answer is not Telegram's".into()),
            RequestError::Io(error) => Self::NotSent(format!("a file cannot be read: {}", error.kind())),
        }
    }
}

impl CallError {
    /// By Telegram's words alone.
    pub fn described(description: String) -> Self {
        if status(&description) == "429" {
            let digits: String = description.chars().filter(char::is_ascii_digit).collect();
            return Self::Flood(digits.parse().map_or(USUAL_WAIT, Duration::from_secs));
        }
        match verdict(&description) {
            Verdict::Unknown => Self::Unknown(description),
            _ => Self::Refused(description),
        }
    }

    pub fn network(error: &reqwest_012::Error) -> Self {
        let cause = root_cause(error);
        if error.is_connect() {
            Self::NotSent(format!("no connection to Telegram: {cause}"))
        } else if error.is_builder() {
            Self::NotSent("the request cannot be made".into())
        } else if error.is_timeout() {
            Self::Unknown("Telegram did not answer in time".into())
        } else {
            Self::Unknown(format!("the connection to Telegram broke: {cause}"))
        }
    }
}

/// The lowest cause: it tells most, and never holds the URL.
fn root_cause(error: &reqwest_012::Error) -> String {
    let Some(mut cause) = error.source() else { return "no cause was given".into() };
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// What Telegram said, whatever teloxide made of it.
fn words(error: &ApiError) -> String {
    match error {
        ApiError::Unknown(text) | ApiError::CantParseEntities(text) => text.clone(),
        ApiError::InvalidToken => "Unauthorized".into(),
        known => known.to_string(),
    }
}

fn is_done(raw: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Answer {
        ok: bool,
    }
    serde_json::from_str(raw).is_ok_and(|answer: Answer| answer.ok)
}

/// What became of an order. [`Verdict::Done`] and what can be sent in another way are the caller's to see first.
pub fn outcome(error: CallError) -> SendOutcome {
    match error {
        CallError::NotSent(text) => SendOutcome::NotSent { text },
        CallError::Unknown(text) => SendOutcome::Unknown { text },
        CallError::Flood(after) => SendOutcome::RetryAfter { after, whole_account: false },
        CallError::Migrated(_) => refused(R::Unreachable, &error.to_string()),
        CallError::Unreadable => SendOutcome::Accepted(gateway_kit::Sent::default()),
        CallError::Refused(text) => match verdict(&text) {
            Verdict::Done => SendOutcome::Accepted(gateway_kit::Sent::default()),
            Verdict::ReplyGone => refused(R::ReplyTargetGone, &text),
            Verdict::AsDocument => refused(R::FileRejected, &text),
            Verdict::Refused(reason) => refused(reason, &text),
            Verdict::Account(remedy_key) => {
                SendOutcome::AccountProblem { failure: failure(R::AccountProblem, &text), remedy_key }
            }
            Verdict::Conflict => SendOutcome::NotSent { text },
            Verdict::Unknown => SendOutcome::Unknown { text },
        },
    }
}

pub fn refused(reason: FailureReason, text: &str) -> SendOutcome {
    SendOutcome::Refused(failure(reason, text))
}

fn failure(reason: FailureReason, text: &str) -> Failure {
    let provider_text = text.chars().take(500).collect();
    Failure { reason: reason.into(), provider_code: status(text).into(), provider_text }
}

/// What an error means for receiving.
pub fn provider(error: CallError) -> ProviderError {
    match error {
        CallError::Refused(text) => match verdict(&text) {
            Verdict::Account(remedy_key) => {
                ProviderError::Account { text, remedy_key, health: AccountHealth::Disconnected }
            }
            Verdict::Conflict => {
                ProviderError::Account { text, remedy_key: REMEDY_CONFLICT, health: AccountHealth::Degraded }
            }
            _ => ProviderError::Temporary { text, retry_after: None },
        },
        CallError::Flood(after) => ProviderError::Temporary { text: error.to_string(), retry_after: Some(after) },
        other => ProviderError::Temporary { text: other.to_string(), retry_after: None },
    }
}

/// What an error means for a file.
pub fn fetch(error: CallError) -> FetchError {
    match error {
        CallError::Refused(text) => match verdict(&text) {
            Verdict::Refused(R::FileTooLarge) => FetchError::TooLarge,
            Verdict::Account(_) | Verdict::Conflict | Verdict::Unknown => {
                FetchError::Temporary { text, retry_after: None }
            }
            _ => FetchError::Gone(text),
        },
        CallError::Flood(after) => FetchError::Temporary { text: error.to_string(), retry_after: Some(after) },
        other => FetchError::Temporary { text: other.to_string(), retry_after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(description: &str) -> CallError {
        let error: ApiError = serde_json::from_value(serde_json::json!(description)).unwrap();
        RequestError::Api(error).into()
    }

    fn broken_answer(raw: &str) -> CallError {
        let source = std::sync::Arc::new(serde_json::from_str::<()>("x").unwrap_err());
        RequestError::InvalidJson { source, raw: raw.into() }.into()
    }

    /// teloxide turns descriptions that it knows into variants; none may change its meaning on that way.
    #[test]
    fn what_teloxide_made_of_an_error_means_the_same() {
        for description in [
            "Bad Request: chat not found",
            "Bad Request: message to be replied not found",
            "Bad Request: message is too long",
            "Forbidden: bot was blocked by the user",
            "Forbidden: user is deactivated",
            "Unauthorized: bot can't initiate conversation with a user",
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            "Bad Request: can't parse entities: x",
            "Unauthorized",
            "Forbidden: something new",
        ] {
            assert_eq!(api(description), CallError::Refused(description.to_owned()), "{description}");
        }
        assert_eq!(api("Not Found"), CallError::Refused("Unauthorized".to_owned()), "nothing answers under the token");
        assert!(matches!(api("Internal Server Error: x"), CallError::Unknown(_)));
        assert_eq!(api("Too Many Requests: retry after 7"), CallError::Flood(Duration::from_secs(7)));
    }

    #[test]
    fn a_send_that_surely_did_nothing_may_be_repeated_and_no_other() {
        let flood = RequestError::RetryAfter(teloxide_core::types::Seconds::from_seconds(7)).into();
        let after = Duration::from_secs(7);
        assert_eq!(outcome(flood), SendOutcome::RetryAfter { after, whole_account: false });
        for maybe in [broken_answer("<html>502</html>"), broken_answer(""), api("Bad Gateway")] {
            assert!(matches!(outcome(maybe), SendOutcome::Unknown { .. }));
        }
        assert!(matches!(outcome(CallError::NotSent("x".into())), SendOutcome::NotSent { .. }));
        let done = outcome(broken_answer(r#"{"ok":true,"result":{"new":"form"}}"#));
        assert!(matches!(done, SendOutcome::Accepted(_)), "done, whatever the answer looks like");
    }

    #[test]
    fn an_account_problem_names_its_remedy() {
        let SendOutcome::AccountProblem { failure, remedy_key } = outcome(api("Unauthorized")) else { panic!() };
        assert_eq!((failure.reason(), remedy_key), (FailureReason::AccountProblem, "token"));
        let conflict = provider(api("Conflict: can't use getUpdates method while webhook is active"));
        assert!(matches!(conflict, ProviderError::Account { remedy_key: "conflict", .. }));
        let gone = provider(api("Unauthorized"));
        let health = AccountHealth::Disconnected;
        assert!(matches!(gone, ProviderError::Account { remedy_key: "token", health: h, .. } if h == health));
        assert!(matches!(provider(api("Bad Gateway")), ProviderError::Temporary { .. }));
    }

    #[test]
    fn a_file_is_too_large_or_gone_or_comes_later() {
        assert!(matches!(fetch(api("Bad Request: file is too big")), FetchError::TooLarge));
        assert!(matches!(fetch(api("Bad Request: wrong file_id or the file is…")), FetchError::Gone(_)));
        assert!(matches!(fetch(api("Internal Server Error")), FetchError::Temporary { .. }));
        assert!(matches!(fetch(api("Unauthorized")), FetchError::Temporary { .. }));
    }
}
