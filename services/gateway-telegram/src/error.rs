//! Telegram's errors and our verdict on each (<https://core.telegram.org/bots/api#making-requests>, read 2026-11-23).

use std::{error::Error as _, time::Duration};

use contracts::channel::{AccountHealth, Failure, FailureReason};
use gateway_kit::{FetchError, ProviderError, SendOutcome};
use teloxide_core::{ApiError, RequestError};

use crate::describe::{REMEDY_CONFLICT, REMEDY_FROZEN, REMEDY_TOKEN};

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

/// What an error's words mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What was asked for is so already, or no longer matters.
    Done,
    /// The message to answer is gone: send without the reply.
    ReplyGone,
    /// The picture does not suit a photo: send it as a file.
    AsDocument,
    /// Final for this order.
    Refused(FailureReason),
    /// Final until an administrator acts.
    Account(&'static str),
    /// Another program receives for this bot.
    Conflict,
    /// Telegram broke: it may have done it.
    Unknown,
}

use FailureReason as R;
use Verdict::{Account, AsDocument, Conflict, Done, Refused, ReplyGone};

/// Parts of descriptions in lower case; the first that fits decides.
const VERDICTS: [(&str, Verdict); 59] = [
    ("message is not modified", Done),
    ("query is too old", Done),
    ("message to delete not found", Done),
    ("message to be replied not found", ReplyGone),
    ("reply message not found", ReplyGone),
    ("photo_invalid_dimensions", AsDocument),
    ("image_process_failed", AsDocument),
    ("photo_ext_invalid", AsDocument),
    ("photo_save_file_invalid", AsDocument),
    ("bot was blocked by the user", Refused(R::BlockedByClient)),
    ("user_is_blocked", Refused(R::BlockedByClient)),
    ("bot can't initiate conversation", Refused(R::CannotWriteFirst)),
    ("business_peer_usage_missing", Refused(R::WindowClosed)),
    ("chat not found", Refused(R::Unreachable)),
    ("user not found", Refused(R::Unreachable)),
    ("peer_id_invalid", Refused(R::Unreachable)),
    ("user is deactivated", Refused(R::Unreachable)),
    ("input_user_deactivated", Refused(R::Unreachable)),
    ("bot was kicked from", Refused(R::Unreachable)),
    ("bot is not a member of", Refused(R::Unreachable)),
    ("group chat was deleted", Refused(R::Unreachable)),
    ("group chat is deactivated", Refused(R::Unreachable)),
    ("group is deactivated", Refused(R::Unreachable)),
    ("group chat was upgraded", Refused(R::Unreachable)),
    ("message thread not found", Refused(R::Unreachable)),
    ("topic_deleted", Refused(R::Unreachable)),
    ("topic_closed", Refused(R::Unreachable)),
    ("bots can't send messages to bots", Refused(R::Unreachable)),
    ("bot can't send messages to bots", Refused(R::Unreachable)),
    ("chat_write_forbidden", Refused(R::Unreachable)),
    ("no rights to send", Refused(R::Unreachable)),
    ("message is too long", Refused(R::TooLong)),
    ("message_too_long", Refused(R::TooLong)),
    ("message caption is too long", Refused(R::TooLong)),
    ("media_caption_too_long", Refused(R::TooLong)),
    ("reply markup is too long", Refused(R::TooLong)),
    ("message text is empty", Refused(R::Rejected)),
    ("can't parse entities", Refused(R::Rejected)),
    ("file is too big", Refused(R::FileTooLarge)),
    ("request entity too large", Refused(R::FileTooLarge)),
    ("wrong file_id", Refused(R::FileRejected)),
    ("wrong file id", Refused(R::FileRejected)),
    ("invalid file id", Refused(R::FileRejected)),
    ("wrong remote file id", Refused(R::FileRejected)),
    ("wrong http url", Refused(R::FileRejected)),
    ("failed to get http url content", Refused(R::FileRejected)),
    ("wrong type of the web page content", Refused(R::FileRejected)),
    ("wrong file identifier/http url", Refused(R::FileRejected)),
    ("voice_messages_forbidden", Refused(R::NotSupported)),
    ("reaction_invalid", Refused(R::NotSupported)),
    ("message can't be edited", Refused(R::TooOld)),
    ("message can't be deleted", Refused(R::TooOld)),
    ("business_connection_invalid", Refused(R::AccountProblem)),
    ("business_peer_invalid", Refused(R::AccountProblem)),
    ("not enough rights", Refused(R::AccountProblem)),
    ("frozen_method_invalid", Account(REMEDY_FROZEN)),
    ("method not found", Refused(R::NotSupported)),
    ("unauthorized", Account(REMEDY_TOKEN)),
    ("conflict:", Conflict),
];

/// The words before the colon of a description, which stand for its status.
const PREFIXES: [(&str, &str); 9] = [
    ("Bad Request", "400"),
    ("Unauthorized", "401"),
    ("Forbidden", "403"),
    ("Not Found", "404"),
    ("Not Acceptable", "406"),
    ("Conflict", "409"),
    ("Request Entity Too Large", "413"),
    ("Too Many Requests", "429"),
    ("Request Header Fields Too Large", "431"),
];

/// The verdict on a description. An error that is new to us is final when Telegram says that the request is at fault,
/// and of unknown outcome otherwise.
pub fn verdict(description: &str) -> Verdict {
    let words = description.to_lowercase();
    if let Some((_, verdict)) = VERDICTS.iter().find(|(part, _)| words.contains(part)) {
        return *verdict;
    }
    if words.starts_with("not found") {
        return Account(REMEDY_TOKEN); // Nothing answers under this token: it is mistyped or taken back.
    }
    if status(description).is_empty() { Verdict::Unknown } else { Refused(R::Rejected) }
}

/// The HTTP status that a description stands for; empty when it is none of a refusal.
pub fn status(description: &str) -> &'static str {
    PREFIXES.iter().find(|(prefix, _)| description.starts_with(prefix)).map_or("", |(_, status)| status)
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
