//! What is compared with its like, and who knows a record by which name.

use std::collections::{BTreeSet, HashMap, HashSet};

use contracts::crm;
use model::{ClientId, ContactId};
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{By, DuplicateError, store};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Client,
    Contact,
}

impl Kind {
    /// As in `okno.crm.v1.DuplicateKind`.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Client => 1,
            Self::Contact => 2,
        }
    }

    #[must_use]
    pub const fn of(number: i16) -> Self {
        if number == 2 { Self::Contact } else { Self::Client }
    }

    /// Clients where a request says nothing.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a kind that is unknown.
    pub fn asked(number: i32) -> Result<Self, Status> {
        match crm::DuplicateKind::try_from(number) {
            Ok(crm::DuplicateKind::Unspecified | crm::DuplicateKind::Client) => Ok(Self::Client),
            Ok(crm::DuplicateKind::Contact) => Ok(Self::Contact),
            Err(_) => Err(rpc::invalid_field("kind", "is unknown")),
        }
    }

    #[must_use]
    pub const fn message(self) -> crm::DuplicateKind {
        match self {
            Self::Client => crm::DuplicateKind::Client,
            Self::Contact => crm::DuplicateKind::Contact,
        }
    }

    /// What the audit calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Contact => "contact",
        }
    }

    #[must_use]
    pub const fn not_found(self, id: Uuid) -> DuplicateError {
        match self {
            Self::Client => DuplicateError::ClientNotFound(ClientId(id)),
            Self::Contact => DuplicateError::ContactNotFound(ContactId(id)),
        }
    }

    #[must_use]
    pub const fn merged(self, id: Uuid) -> DuplicateError {
        match self {
            Self::Client => DuplicateError::Merged(ClientId(id)),
            Self::Contact => DuplicateError::ContactMerged(ContactId(id)),
        }
    }
}

/// Whose records are: a contact its client's, a client its own.
pub type Owners = HashMap<Uuid, Uuid>;

/// The owners of these records, all of which the caller sees.
///
/// # Errors
/// [`DuplicateError::ClientNotFound`], [`DuplicateError::ContactNotFound`] for one that it does not see.
pub async fn seen(db: &mut PgConnection, by: &By, kind: Kind, ids: &[Uuid]) -> Result<Owners, DuplicateError> {
    let owners = store::owners(&mut *db, kind, ids).await?;
    let clients: Vec<Uuid> = owners.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let visible: HashSet<Uuid> = store::visible(db, by.viewer(), &clients).await?;
    let unseen = ids.iter().find(|id| !owners.get(*id).is_some_and(|owner| visible.contains(owner)));
    unseen.map_or(Ok(owners), |id| Err(kind.not_found(*id)))
}
