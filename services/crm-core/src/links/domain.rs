use chrono::{DateTime, NaiveDate, Utc};
use model::{ClientId, ClientLinkId, DirectoryEntryId, EmployeeId};

use crate::{caller::Mask, change::Revision, clients::domain::take, error::Fault, text};

/// What people say of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: ClientLinkId,
    pub revision: Revision,
    pub kind: DirectoryEntryId,
    pub client: ClientId,
    /// What the kind's name says it is to `client`.
    pub other: ClientId,
    pub terms: Terms,
    pub author: Option<EmployeeId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A link from the card of one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub link: Link,
    pub from: ClientId,
    /// The other's name; `None` where the viewer does not see it.
    pub other_name: Option<String>,
}

impl Link {
    /// Whom it ties to one of the two.
    #[must_use]
    pub fn across(&self, from: ClientId) -> ClientId {
        if self.client == from { self.other } else { self.client }
    }

    /// What the audit keeps: the note may tell of people, and the audit outlives them.
    #[must_use]
    pub fn facts(&self) -> serde_json::Value {
        let Self { id, kind, client, other, terms, .. } = self;
        serde_json::json!({"link_id": id, "kind_id": kind, "client_id": client, "other_client_id": other,
                           "linked_from": terms.from, "linked_until": terms.until, "has_note": !terms.note.is_empty()})
    }
}

impl Terms {
    /// With those fields of `from` that are named.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, from: Self, fields: &Mask) -> Result<Self, Fault> {
        let mut to = self.clone();
        take!(to, from, fields, "linked_from" => from, "linked_until" => until, "note" => note);
        to.checked()
    }

    /// In its stored form.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn checked(mut self) -> Result<Self, Fault> {
        self.note = text::paragraph("note", &self.note, 2_000)?;
        match (self.from, self.until) {
            (Some(from), Some(until)) if until < from => {
                Err(Fault::invalid("linked_until", "must not be before linked_from"))
            }
            _ => Ok(self),
        }
    }
}
