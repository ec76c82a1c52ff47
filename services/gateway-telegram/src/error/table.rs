use contracts::channel::{FailureReason, FailureReason as R};

use Verdict::{Account, AsDocument, Conflict, Done, Refused, ReplyGone};

use crate::describe::{REMEDY_FROZEN, REMEDY_TOKEN, REMEDY_WEBHOOK};

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

/// Parts of descriptions in lower case; the first that fits decides.
const VERDICTS: [(&str, Verdict); 61] = [
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
    ("bad webhook", Account(REMEDY_WEBHOOK)),
    ("invalid webhook url", Account(REMEDY_WEBHOOK)),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Telegram's error table, a line for each of our rows, with the words that its server uses.
    #[test]
    fn every_row_of_the_error_table_has_its_verdict() {
        let mut untried: Vec<_> = VERDICTS.iter().map(|row| row.0).collect();
        for (description, expected) in [
            ("Bad Request: chat not found", Refused(R::Unreachable)),
            ("Bad Request: PEER_ID_INVALID", Refused(R::Unreachable)),
            ("Bad Request: user not found", Refused(R::Unreachable)),
            ("Bad Request: message to be replied not found", ReplyGone),
            (
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same \
              as a current content and reply markup of the message",
                Done,
            ),
            ("Bad Request: can't parse entities: Unsupported start tag", Refused(R::Rejected)),
            ("Bad Request: message text is empty", Refused(R::Rejected)),
            ("Bad Request: message is too long", Refused(R::TooLong)),
            ("Bad Request: MESSAGE_TOO_LONG", Refused(R::TooLong)),
            ("Bad Request: message caption is too long", Refused(R::TooLong)),
            ("Bad Request: reply markup is too long", Refused(R::TooLong)),
            ("Bad Request: wrong HTTP URL specified", Refused(R::FileRejected)),
            ("Bad Request: failed to get HTTP URL content", Refused(R::FileRejected)),
            ("Bad Request: wrong type of the web page content", Refused(R::FileRejected)),
            ("Bad Request: file is too big", Refused(R::FileTooLarge)),
            ("Bad Request: wrong file_id or the file is temporarily unavailable", Refused(R::FileRejected)),
            ("Bad Request: group chat was upgraded to a supergroup chat", Refused(R::Unreachable)),
            ("Bad Request: query is too old and response timeout expired or query ID is invalid", Done),
            ("Bad Request: BUSINESS_CONNECTION_INVALID", Refused(R::AccountProblem)),
            (
                "Bad Request: not enough rights to send messages on behalf of the business account",
                Refused(R::AccountProblem),
            ),
            ("Bad Request: BUSINESS_PEER_INVALID", Refused(R::AccountProblem)),
            ("Bad Request: BUSINESS_PEER_USAGE_MISSING", Refused(R::WindowClosed)),
            ("Unauthorized", Account(REMEDY_TOKEN)),
            ("Unauthorized: invalid token specified", Account(REMEDY_TOKEN)),
            ("Forbidden: bot was blocked by the user", Refused(R::BlockedByClient)),
            ("Forbidden: user is deactivated", Refused(R::Unreachable)),
            ("Forbidden: bot can't initiate conversation with a user", Refused(R::CannotWriteFirst)),
            ("Forbidden: bot was kicked from the group chat", Refused(R::Unreachable)),
            ("Forbidden: bot was kicked from the supergroup chat", Refused(R::Unreachable)),
            ("Forbidden: bot was kicked from the channel chat", Refused(R::Unreachable)),
            ("Forbidden: bot is not a member of the supergroup chat", Refused(R::Unreachable)),
            ("Forbidden: the group chat was deleted", Refused(R::Unreachable)),
            ("Not Found", Account(REMEDY_TOKEN)),
            ("Not Found: method not found", Refused(R::NotSupported)),
            ("Bad Request: FROZEN_METHOD_INVALID", Account(REMEDY_FROZEN)),
            (
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                Conflict,
            ),
            (
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
                Conflict,
            ),
            ("Request Entity Too Large", Refused(R::FileTooLarge)),
            ("Internal Server Error", Verdict::Unknown),
            ("Bad Gateway", Verdict::Unknown),
            ("Internal Server Error: sent message was immediately deleted and can't be found", Verdict::Unknown),
            ("Service Unavailable", Verdict::Unknown),
            ("Gateway Timeout", Verdict::Unknown),
            ("", Verdict::Unknown),
            ("Bad Request: something that Telegram invents tomorrow", Refused(R::Rejected)),
            ("Forbidden: something that Telegram invents tomorrow", Refused(R::Rejected)),
            ("Bad Request: message to delete not found", Done),
            ("Bad Request: reply message not found", ReplyGone),
            ("Bad Request: PHOTO_INVALID_DIMENSIONS", AsDocument),
            ("Bad Request: IMAGE_PROCESS_FAILED", AsDocument),
            ("Bad Request: PHOTO_EXT_INVALID", AsDocument),
            ("Bad Request: PHOTO_SAVE_FILE_INVALID", AsDocument),
            ("Bad Request: USER_IS_BLOCKED", Refused(R::BlockedByClient)),
            ("Bad Request: INPUT_USER_DEACTIVATED", Refused(R::Unreachable)),
            ("Forbidden: the group chat is deactivated", Refused(R::Unreachable)),
            ("Bad Request: group is deactivated", Refused(R::Unreachable)),
            ("Bad Request: message thread not found", Refused(R::Unreachable)),
            ("Bad Request: TOPIC_DELETED", Refused(R::Unreachable)),
            ("Bad Request: TOPIC_CLOSED", Refused(R::Unreachable)),
            ("Forbidden: bots can't send messages to bots", Refused(R::Unreachable)),
            ("Forbidden: bot can't send messages to bots", Refused(R::Unreachable)),
            ("Bad Request: CHAT_WRITE_FORBIDDEN", Refused(R::Unreachable)),
            ("Bad Request: have no rights to send a message", Refused(R::Unreachable)),
            ("Bad Request: MEDIA_CAPTION_TOO_LONG", Refused(R::TooLong)),
            ("Bad Request: wrong file id", Refused(R::FileRejected)),
            ("Bad Request: invalid file id", Refused(R::FileRejected)),
            ("Bad Request: wrong remote file identifier specified", Refused(R::FileRejected)),
            ("Bad Request: wrong remote file id specified", Refused(R::FileRejected)),
            ("Bad Request: wrong file identifier/HTTP URL specified", Refused(R::FileRejected)),
            ("Bad Request: VOICE_MESSAGES_FORBIDDEN", Refused(R::NotSupported)),
            ("Bad Request: invalid webhook URL specified", Account(REMEDY_WEBHOOK)),
            ("Bad Request: message can't be deleted for everyone", Refused(R::TooOld)),
            ("Bad Request: message can't be edited", Refused(R::TooOld)),
            ("Bad Request: REACTION_INVALID", Refused(R::NotSupported)),
            ("Bad Request: bad webhook: HTTPS url must be provided for webhook", Account(REMEDY_WEBHOOK)),
        ] {
            assert_eq!(verdict(description), expected, "{description}");
            let words = description.to_lowercase();
            untried.retain(|part| !words.contains(part));
        }
        assert!(untried.is_empty(), "no line for {untried:?}");
    }

    #[test]
    fn the_status_is_read_from_the_words() {
        for (description, expected) in [
            ("Bad Request: x", "400"),
            ("Forbidden: x", "403"),
            ("Too Many Requests: retry after 7", "429"),
            ("Oops", ""),
        ] {
            assert_eq!(status(description), expected, "{description}");
        }
    }
}
