use contracts::channel::{FailureReason, FailureReason as R};

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The file is not ready yet: surely not sent.
    NotReady,
    /// Final for this order.
    Refused(FailureReason),
    /// Final until an administrator acts.
    Account,
}

/// By the code, which MAX means for programs, and where it tells too little by words of the message, which is theirs
/// to change. What is not listed is decided by the status alone.
const CODES: [(&str, Verdict); 6] = [
    ("attachment.not.ready", Verdict::NotReady),
    ("verify.token", Verdict::Account),
    ("chat.denied", Verdict::Refused(R::BlockedByClient)),
    ("dialog.not.found", Verdict::Refused(R::Unreachable)),
    ("not.found", Verdict::Refused(R::Unreachable)),
    ("method.not.allowed", Verdict::Refused(R::NotSupported)),
];

const WORDS: [(&str, Verdict); 8] = [
    ("file.not.processed", Verdict::NotReady),
    ("error.dialog.suspended", Verdict::Refused(R::BlockedByClient)),
    ("error.dialog.notfound", Verdict::Refused(R::Unreachable)),
    ("extension is forbidden", Verdict::Refused(R::FileRejected)),
    ("too large", Verdict::Refused(R::FileTooLarge)),
    ("too long", Verdict::Refused(R::TooLong)),
    ("size must be between 0 and 4000", Verdict::Refused(R::TooLong)),
    ("too old", Verdict::Refused(R::TooOld)),
];

/// The verdict on a refusal: a 4xx but for 429, or `success: false`.
pub fn verdict(status: u16, code: &str, text: &str) -> Verdict {
    if status == 401 {
        return Verdict::Account;
    }
    let words = text.to_lowercase();
    let by_code = CODES.iter().find(|(known, _)| *known == code);
    let found = by_code.or_else(|| WORDS.iter().find(|(part, _)| words.contains(part)));
    let by_status = match status {
        403 => Verdict::Refused(R::BlockedByClient),
        404 => Verdict::Refused(R::Unreachable),
        405 => Verdict::Refused(R::NotSupported),
        413 => Verdict::Refused(R::FileTooLarge),
        _ => Verdict::Refused(R::Rejected),
    };
    found.map_or(by_status, |(_, verdict)| *verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MAX's error table where it is a refusal, a line for each of our rows; the others are tried in tests/send.rs.
    #[test]
    fn every_refusal_has_its_verdict() {
        let mut untried: Vec<_> = CODES.iter().chain(&WORDS).map(|row| row.0).collect();
        for (status, code, text, expected) in [
            (400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed", Verdict::NotReady),
            (200, "attachment.not.ready", "", Verdict::NotReady),
            (400, "proto.payload", "File extension is forbidden", Verdict::Refused(R::FileRejected)),
            (400, "proto.payload", "text: size must be between 0 and 4000", Verdict::Refused(R::TooLong)),
            (400, "proto.payload", "buttons: bad", Verdict::Refused(R::Rejected)),
            (401, "verify.token", "Invalid access_token", Verdict::Account),
            (401, "", "", Verdict::Account),
            (403, "chat.denied", "error.dialog.suspended", Verdict::Refused(R::BlockedByClient)),
            (404, "dialog.not.found", "error.dialog.notfound", Verdict::Refused(R::Unreachable)),
            (400, "dialog.not.found", "", Verdict::Refused(R::Unreachable)),
            (404, "not.found", "Chat 1 not found", Verdict::Refused(R::Unreachable)),
            (405, "", "", Verdict::Refused(R::NotSupported)),
            (405, "method.not.allowed", "", Verdict::Refused(R::NotSupported)),
            (400, "proto.payload", "Key: errors.process.attachment.file.not.processed", Verdict::NotReady),
            (400, "", "Key: error.dialog.suspended", Verdict::Refused(R::BlockedByClient)),
            (400, "", "Key: error.dialog.notfound", Verdict::Refused(R::Unreachable)),
            (413, "", "", Verdict::Refused(R::FileTooLarge)),
            (400, "proto.payload", "The file is too large", Verdict::Refused(R::FileTooLarge)),
            (400, "proto.payload", "The text is too long", Verdict::Refused(R::TooLong)),
            (200, "", "The message is too old", Verdict::Refused(R::TooOld)),
            (200, "", "no", Verdict::Refused(R::Rejected)),
        ] {
            assert_eq!(verdict(status, code, text), expected, "{status} {code} {text}");
            let words = text.to_lowercase();
            untried.retain(|row| *row != code && !words.contains(row));
        }
        assert!(untried.is_empty(), "no line for {untried:?}");
    }
}
