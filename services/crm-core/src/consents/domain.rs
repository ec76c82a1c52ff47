use std::collections::HashSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use model::{ClientId, ContactId, DirectoryEntryId, EmployeeId};
use uuid::Uuid;

use crate::{change::Revision, error::Fault, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub id: Uuid,
    pub client: ClientId,
    pub revision: Revision,
    pub said: Said,
    pub noted_by: Option<EmployeeId>,
    pub noted_at: DateTime<Utc>,
    pub annulled_by: Option<EmployeeId>,
    pub annulled_at: Option<DateTime<Utc>>,
    pub annul_reason: String,
    /// The newest of its purpose and person.
    pub current: bool,
}

/// What was given or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub contact: Option<ContactId>,
    pub purpose: DirectoryEntryId,
    pub given: bool,
    pub on: NaiveDate,
    pub means: Option<DirectoryEntryId>,
    pub wording: String,
    pub version: String,
    pub document: String,
}

impl Said {
    /// In its stored form. A day more than today is somebody's today.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Fault> {
        if today.checked_add_days(Days::new(1)).is_some_and(|tomorrow| self.on > tomorrow) {
            return Err(Fault::invalid("consent.on", "must not be in the future"));
        }
        self.wording = text::paragraph("consent.wording", &self.wording, 10_000)?;
        self.version = text::optional_line("consent.version", &self.version, 100)?;
        self.document = text::optional_line("consent.document", &self.document, 300)?;
        Ok(self)
    }
}

/// Marks those that count; they come newest first.
pub fn mark_current(consents: &mut [Consent]) {
    let mut known = HashSet::new();
    for consent in consents {
        consent.current = consent.annulled_at.is_none() && known.insert((consent.said.contact, consent.said.purpose));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(purpose: DirectoryEntryId, given: bool, on: &str) -> Said {
        let on = on.parse().unwrap();
        let [wording, version, document] = [const { String::new() }; 3];
        Said { contact: None, purpose, given, on, means: None, wording, version, document }
    }

    fn consent(said: Said, annulled: bool) -> Consent {
        let now = Utc::now();
        Consent {
            id: Uuid::now_v7(),
            client: ClientId::new(),
            revision: Revision(1),
            said,
            noted_by: None,
            noted_at: now,
            annulled_by: None,
            annulled_at: annulled.then_some(now),
            annul_reason: String::new(),
            current: false,
        }
    }

    #[test]
    fn the_newest_of_each_purpose_counts_unless_it_was_a_mistake() {
        let (mail, data) = (DirectoryEntryId::new(), DirectoryEntryId::new());
        let mut all = [
            consent(said(mail, true, "2026-05-03"), true),
            consent(said(mail, false, "2026-05-02"), false),
            consent(said(data, true, "2026-05-01"), false),
            consent(said(mail, true, "2026-04-01"), false),
        ];
        mark_current(&mut all);
        assert_eq!(all.map(|one| one.current), [false, true, true, false]);
    }

    #[test]
    fn nobody_agrees_in_the_future() {
        let today = "2026-05-03".parse().unwrap();
        assert!(said(DirectoryEntryId::new(), true, "2026-05-04").checked(today).is_ok());
        assert!(said(DirectoryEntryId::new(), true, "2026-05-05").checked(today).is_err());
    }
}
