//! What stands in the way of a start.

use contracts::inbox::MailingGap;

use super::domain::{Mailing, Recipient, fill};

/// Gaps that are named.
const NAMED: usize = 200;

/// Who lacks what, the first of them named, and how many they are.
#[must_use]
pub fn gaps(mailing: &Mailing, recipients: &[Recipient]) -> (Vec<MailingGap>, usize) {
    let mut named = Vec::new();
    let mut count = 0;
    for recipient in recipients {
        let filled = fill(&mailing.subject, &mailing.text, recipient);
        let is_empty = filled.is_unfit();
        if filled.missing.is_empty() && !is_empty {
            continue;
        }
        count += 1;
        if named.len() < NAMED {
            named.push(MailingGap { address: recipient.address.clone(), places: filled.missing, is_empty });
        }
    }
    (named, count)
}
