use contracts::channel::{FailureReason, FailureReason as R};

use Verdict::{Account, General, Refused, TooMany, WebhookNotSet};

use crate::describe::{REMEDY_SUSPENDED, REMEDY_TOKEN, REMEDY_WEBHOOK};

/// What a status means for a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Final for this order.
    Refused(FailureReason),
    /// Final until an administrator acts.
    Account(&'static str),
    /// More than Viber takes, for one person most likely: not sent.
    TooMany,
    /// Viber sends for a bot only while its webhook is set: it is set again, then the order.
    WebhookNotSet,
    /// Viber does not say why: not sent.
    General,
}

/// Status, Viber's name for it, verdict.
pub const VERDICTS: [(i64, &str, Verdict); 20] = [
    (1, "invalidUrl", Account(REMEDY_WEBHOOK)),
    (2, "invalidAuthToken", Account(REMEDY_TOKEN)),
    (3, "badData", Refused(R::Rejected)),
    (4, "missingData", Refused(R::Rejected)),
    (5, "receiverNotRegistered", Refused(R::Unreachable)),
    (6, "receiverNotSubscribed", Refused(R::CannotWriteFirst)),
    (7, "publicAccountBlocked", Account(REMEDY_SUSPENDED)),
    (8, "publicAccountNotFound", Account(REMEDY_TOKEN)),
    (9, "publicAccountSuspended", Account(REMEDY_SUSPENDED)),
    (10, "webhookNotSet", WebhookNotSet),
    (11, "receiverNoSuitableDevice", Refused(R::Unreachable)),
    (12, "tooManyRequests", TooMany),
    (13, "apiVersionNotSupported", Refused(R::NotSupported)),
    (14, "incompatibleWithVersion", Refused(R::NotSupported)),
    (15, "publicAccountNotAuthorized", Account(REMEDY_SUSPENDED)),
    (16, "inchatReplyMessageNotAllowed", Refused(R::Rejected)),
    (17, "publicAccountIsNotInline", Refused(R::NotSupported)),
    (18, "noPublicChat", Refused(R::Unreachable)),
    (19, "cannotSendBroadcast", Refused(R::NotSupported)),
    (20, "broadcastNotAllowed", Refused(R::NotSupported)),
];

/// The verdict on a status; one that the table does not know is taken for a general error.
pub fn verdict(status: i64) -> Verdict {
    VERDICTS.iter().find(|row| row.0 == status).map_or(General, |row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_documentation_has_its_row() {
        let statuses: Vec<_> = VERDICTS.iter().map(|row| row.0).collect();
        assert_eq!(statuses, (1..=20).collect::<Vec<_>>());
        assert_eq!((verdict(-1), verdict(99)), (General, General));
    }
}
