//! Answers of SMTP servers (RFC 5321, section 4.2.3; RFC 3463; RFC 4954; the providers' own), the first that fits decides.

use std::time::Duration;

use contracts::channel::{FailureReason, FailureReason as R};

use super::Phase;
use crate::describe::{REMEDY_OAUTH, REMEDY_PASSWORD, REMEDY_SENDER};

/// What an answer means. None of them was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not now.
    Later,
    /// Nothing of this account for so long.
    Limit(Duration),
    /// Final for this letter.
    Refused(FailureReason),
    /// Final until an administrator acts.
    Account(&'static str),
}

/// The provider's limit of a day: asked again each hour. Some lengthen the block by every try before.
const HOUR: Duration = Duration::from_secs(3600);

/// Phase (none: any), codes, a part of the words in lower case, and what it means.
type Row = (Option<Phase>, std::ops::RangeInclusive<u16>, &'static str, Verdict);

const ROWS: [Row; 35] = [
    // Gmail's, Yandex's and Mail.ru's limits of a day come as final refusals.
    (None, 400..=599, "5.4.5", Verdict::Limit(HOUR)),
    (None, 400..=599, "daily user sending limit", Verdict::Limit(HOUR)),
    (None, 400..=599, "daily sending quota", Verdict::Limit(HOUR)),
    (None, 400..=599, "sending limit", Verdict::Limit(HOUR)),
    (None, 400..=599, "too many messages", Verdict::Limit(HOUR)),
    (None, 400..=599, "ratelimit", Verdict::Limit(HOUR)),
    (None, 400..=599, "rate limit", Verdict::Limit(HOUR)),
    (None, 421..=421, "4.7.28", Verdict::Limit(HOUR)),
    // Microsoft has switched passwords off.
    (None, 500..=599, "5.7.30", Verdict::Account(REMEDY_OAUTH)),
    (None, 500..=599, "5.7.139", Verdict::Account(REMEDY_OAUTH)),
    (Some(Phase::SignIn), 454..=454, "", Verdict::Later),
    (Some(Phase::SignIn), 400..=499, "", Verdict::Later),
    (Some(Phase::SignIn), 500..=599, "", Verdict::Account(REMEDY_PASSWORD)),
    (None, 530..=530, "", Verdict::Account(REMEDY_PASSWORD)),
    (None, 534..=535, "", Verdict::Account(REMEDY_PASSWORD)),
    // The server lets nobody but the mailbox itself be the sender.
    (Some(Phase::From), 500..=599, "sender address rejected", Verdict::Account(REMEDY_SENDER)),
    (Some(Phase::From), 553..=553, "", Verdict::Account(REMEDY_SENDER)),
    (Some(Phase::From), 500..=599, "5.7.1", Verdict::Account(REMEDY_SENDER)),
    (None, 552..=552, "5.2.2", Verdict::Refused(R::Unreachable)),
    (None, 500..=599, "5.3.4", Verdict::Refused(R::FileTooLarge)),
    (None, 500..=599, "5.2.3", Verdict::Refused(R::FileTooLarge)),
    (Some(Phase::From), 552..=552, "", Verdict::Refused(R::FileTooLarge)),
    (Some(Phase::End), 552..=552, "", Verdict::Refused(R::FileTooLarge)),
    (Some(Phase::To), 500..=599, "5.1.", Verdict::Refused(R::Unreachable)),
    (Some(Phase::To), 500..=599, "5.2.", Verdict::Refused(R::Unreachable)),
    (Some(Phase::To), 500..=599, "5.4.", Verdict::Refused(R::Unreachable)),
    (Some(Phase::To), 500..=599, "5.7.", Verdict::Refused(R::BlockedByClient)),
    (Some(Phase::To), 550..=551, "", Verdict::Refused(R::Unreachable)),
    (Some(Phase::To), 553..=553, "", Verdict::Refused(R::Unreachable)),
    (Some(Phase::End), 500..=599, "spam", Verdict::Refused(R::Moderated)),
    (Some(Phase::End), 500..=599, "5.7.", Verdict::Refused(R::Moderated)),
    (None, 500..=599, "5.5.3", Verdict::Refused(R::Rejected)),
    (None, 421..=421, "", Verdict::Later),
    (None, 400..=499, "", Verdict::Later),
    (None, 500..=599, "", Verdict::Refused(R::Rejected)),
];

/// An answer that is none of these is no SMTP.
#[must_use]
pub fn verdict(phase: Phase, code: u16, words: &str) -> Verdict {
    let words = words.to_lowercase();
    let fits = |row: &&Row| row.0.is_none_or(|of| of == phase) && row.1.contains(&code) && words.contains(row.2);
    ROWS.iter().find(fits).map_or(Verdict::Refused(R::Rejected), |row| row.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each row, in its order: the code at the beginning of its range, and its words.
    #[test]
    fn each_row_decides_what_no_row_before_it_did() {
        for (number, row) in ROWS.iter().enumerate() {
            let phase = row.0.unwrap_or(Phase::Data);
            let found = verdict(phase, *row.1.start(), row.2);
            let earlier = ROWS[..number].iter().any(|one| one.3 == found);
            assert!(found == row.3 || earlier, "row {number}: {found:?}");
        }
    }

    #[test]
    fn answers_of_real_servers_mean_what_they_say() {
        for (phase, code, words, meant) in [
            (Phase::To, 451, "4.7.1 Greylisting in action, please come back later", Verdict::Later),
            (Phase::To, 452, "4.2.2 The email account is over quota", Verdict::Later),
            (Phase::To, 550, "5.1.1 No such user!", Verdict::Refused(R::Unreachable)),
            (Phase::To, 550, "No such user here", Verdict::Refused(R::Unreachable)),
            (Phase::To, 554, "5.7.1 Relay access denied", Verdict::Refused(R::BlockedByClient)),
            (
                Phase::From,
                553,
                "5.7.1 Sender address rejected: not owned by auth user.",
                Verdict::Account(REMEDY_SENDER),
            ),
            (
                Phase::SignIn,
                535,
                "5.7.8 Error: authentication failed: Invalid user or password!",
                Verdict::Account(REMEDY_PASSWORD),
            ),
            (Phase::SignIn, 454, "4.7.0 Temporary authentication failure", Verdict::Later),
            (
                Phase::SignIn,
                550,
                "5.7.30 Basic authentication is not supported for Client Submission.",
                Verdict::Account(REMEDY_OAUTH),
            ),
            (Phase::End, 550, "5.4.5 Daily user sending limit exceeded.", Verdict::Limit(HOUR)),
            (Phase::End, 554, "5.7.1 Message rejected under suspicion of SPAM", Verdict::Refused(R::Moderated)),
            (Phase::End, 552, "5.3.4 Message size exceeds fixed limit", Verdict::Refused(R::FileTooLarge)),
            (Phase::Data, 421, "4.4.2 closing", Verdict::Later),
            (Phase::Data, 503, "5.5.1 out of order", Verdict::Refused(R::Rejected)),
        ] {
            assert_eq!(verdict(phase, code, words), meant, "{code} {words}");
        }
    }
}
