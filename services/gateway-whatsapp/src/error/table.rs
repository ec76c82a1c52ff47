use contracts::channel::{FailureReason, FailureReason as R};

use Verdict::{Account, Maybe, Pair, Refused, Retry, RetryAll, Settings, Twice};

use crate::describe::{
    REMEDY_BILLING, REMEDY_LOCKED, REMEDY_MARKETING, REMEDY_NAME, REMEDY_PERMISSION, REMEDY_REGISTER, REMEDY_SPAM,
    REMEDY_TEST_NUMBER, REMEDY_TOKEN,
};

/// What an error's code means. Codes come in the answers to calls and, later, in failed statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not done; the number, the app or all of WhatsApp needs so many seconds.
    RetryAll(u64),
    /// Not done; this message needs so many seconds.
    Retry(u64),
    /// Too much for this one recipient: 4, 16, 64 s and so on.
    Pair,
    /// Something broke at Meta. With a 5xx nobody knows what became of it.
    Maybe,
    /// Calls itself temporary, and is mostly a message that will never do.
    Twice,
    /// Final for this message.
    Refused(FailureReason),
    /// Final until an administrator acts.
    Account(&'static str),
    /// The same, for this recipient or this kind of message; others still go.
    Settings(&'static str),
}

/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>, read 2026-11-26.
const VERDICTS: [(i64, Verdict); 62] = [
    (0, Account(REMEDY_TOKEN)),
    (190, Account(REMEDY_TOKEN)),
    (3, Account(REMEDY_PERMISSION)),
    (10, Account(REMEDY_PERMISSION)),
    (131_005, Account(REMEDY_PERMISSION)),
    (1, Maybe),
    (2, Maybe),
    (131_000, Maybe),
    (131_016, Retry(30)),
    (133_004, Retry(30)),
    (135_000, Twice),
    (4, RetryAll(60)),
    (80_007, RetryAll(300)),
    (130_429, RetryAll(2)),
    (131_056, Pair),
    (131_048, Account(REMEDY_SPAM)),
    (131_064, Account(REMEDY_SPAM)),
    (131_057, RetryAll(120)),
    (33, Refused(R::Rejected)),
    (100, Refused(R::Rejected)),
    (131_008, Refused(R::Rejected)),
    (131_009, Refused(R::Rejected)),
    (131_021, Refused(R::Rejected)),
    (131_026, Refused(R::Undeliverable)),
    (131_030, Settings(REMEDY_TEST_NUMBER)),
    (131_031, Account(REMEDY_LOCKED)),
    (368, Account(REMEDY_LOCKED)),
    (130_497, Account(REMEDY_LOCKED)),
    (131_037, Account(REMEDY_NAME)),
    (131_042, Account(REMEDY_BILLING)),
    (131_044, Account(REMEDY_BILLING)),
    (131_045, Account(REMEDY_REGISTER)),
    (133_010, Account(REMEDY_REGISTER)),
    (133_016, Account(REMEDY_REGISTER)),
    (131_047, Refused(R::WindowClosed)),
    (131_049, Refused(R::Moderated)),
    (130_472, Refused(R::Moderated)),
    (131_050, Refused(R::AdvertisingRefused)),
    (131_051, Refused(R::NotSupported)),
    (131_052, Retry(30)),
    (131_053, Refused(R::FileRejected)),
    (131_060, Refused(R::Rejected)),
    (131_062, Refused(R::Undeliverable)),
    (131_063, Settings(REMEDY_MARKETING)),
    (132_000, Refused(R::TemplateRefused)),
    (132_001, Refused(R::TemplateRefused)),
    (132_005, Refused(R::TemplateRefused)),
    (132_007, Refused(R::TemplateRefused)),
    (132_008, Refused(R::TemplateRefused)),
    (132_012, Refused(R::TemplateRefused)),
    (132_015, Refused(R::TemplateRefused)),
    (132_016, Refused(R::TemplateRefused)),
    (132_068, Refused(R::TemplateRefused)),
    (132_069, Retry(300)),
    (137_000, Refused(R::Unreachable)),
    // Registration, which only an administrator does.
    (133_000, Account(REMEDY_REGISTER)),
    (133_005, Account(REMEDY_REGISTER)),
    (133_006, Account(REMEDY_REGISTER)),
    (133_008, Account(REMEDY_REGISTER)),
    (133_009, Account(REMEDY_REGISTER)),
    (133_015, Account(REMEDY_REGISTER)),
    (134_011, Account(REMEDY_LOCKED)),
];

/// The verdict on a code; `None`: one that is new to us.
pub fn verdict(code: i64) -> Option<Verdict> {
    if (200..300).contains(&code) {
        return Some(Account(REMEDY_PERMISSION));
    }
    VERDICTS.iter().find(|(known, _)| *known == code).map(|(_, verdict)| *verdict)
}

#[cfg(test)]
pub fn rows() -> impl Iterator<Item = (i64, Verdict)> {
    VERDICTS.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta's error table, by the code as it is written there; each of our rows is among them.
    #[test]
    fn every_row_of_the_error_table_has_its_verdict() {
        let mut untried: Vec<_> = super::rows().map(|(code, _)| code).collect();
        let rows: [(&[i64], Verdict); 30] = [
            (&[0, 190], Account(REMEDY_TOKEN)),
            (&[3, 10, 200, 230, 299, 131_005], Account(REMEDY_PERMISSION)),
            (&[1, 2, 131_000], Maybe),
            (&[131_016, 133_004, 131_052], Retry(30)),
            (&[135_000], Twice),
            (&[4], RetryAll(60)),
            (&[80_007], RetryAll(300)),
            (&[130_429], RetryAll(2)),
            (&[131_056], Pair),
            (&[131_048, 131_064], Account(REMEDY_SPAM)),
            (&[131_057], RetryAll(120)),
            (&[33, 100, 131_008, 131_009, 131_021, 131_060], Refused(R::Rejected)),
            (&[131_026], Refused(R::Undeliverable)),
            (&[131_030], Settings(REMEDY_TEST_NUMBER)),
            (&[131_031, 368, 130_497, 134_011], Account(REMEDY_LOCKED)),
            (&[131_037], Account(REMEDY_NAME)),
            (&[131_042, 131_044], Account(REMEDY_BILLING)),
            (&[131_045, 133_010, 133_016], Account(REMEDY_REGISTER)),
            (&[131_047], Refused(R::WindowClosed)),
            (&[131_049, 130_472], Refused(R::Moderated)),
            (&[131_050], Refused(R::AdvertisingRefused)),
            (&[131_051], Refused(R::NotSupported)),
            (&[131_053], Refused(R::FileRejected)),
            (&[131_062], Refused(R::Undeliverable)),
            (&[131_063], Settings(REMEDY_MARKETING)),
            (&[132_000, 132_001, 132_005, 132_007, 132_008, 132_012], Refused(R::TemplateRefused)),
            (&[132_015, 132_016, 132_068], Refused(R::TemplateRefused)),
            (&[132_069], Retry(300)),
            (&[137_000], Refused(R::Unreachable)),
            (&[133_000, 133_005, 133_006, 133_008, 133_009, 133_015], Account(REMEDY_REGISTER)),
        ];
        for (codes, expected) in rows {
            for code in codes {
                assert_eq!(verdict(*code), Some(expected), "{code}");
                untried.retain(|row| row != code);
            }
        }
        assert!(untried.is_empty(), "no line for {untried:?}");
        assert_eq!(verdict(999_999), None);
    }

    #[test]
    fn no_code_has_two_verdicts() {
        let codes: std::collections::HashSet<_> = rows().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), VERDICTS.len());
    }
}
