//! Doubles among clients and among contacts: what a match is, looking for them on entry and in bulk, merging and taking back.

pub(crate) mod blocks;
mod check;
pub(crate) mod contacts;
mod facts;
mod groups;
mod grpc;
#[cfg(test)]
pub(crate) mod invented;
pub(crate) mod kind;
pub(crate) mod merge;
mod messages;
pub(crate) mod names;
#[cfg(test)]
mod quality;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod sound;
pub(crate) mod store;

use std::collections::BTreeSet;

use check::{Candidate, check};
pub(crate) use grpc::{DuplicateGrpc, before_create, before_create_contact};
pub(crate) use kind::Kind;
use model::{ClientId, ContactId, EmployeeId};
use rpc::{Caller, Role};
use serde_json::json;
use uuid::Uuid;

use crate::{
    change::{Actor, Db},
    error::Fault,
};

#[derive(Debug, thiserror::Error)]
pub enum DuplicateError {
    #[error("there is no client {0}")]
    ClientNotFound(ClientId),
    #[error("there is no contact {0}")]
    ContactNotFound(ContactId),
    #[error("client {0} was merged meanwhile")]
    Merged(ClientId),
    #[error("contact {0} was merged meanwhile")]
    ContactMerged(ContactId),
    #[error("the original is archived, or its client")]
    Archived,
    #[error("client {0} is being erased, or waits for it")]
    BeingErased(ClientId),
    #[error("they differ, and no choice is made: {}", .0.join(", "))]
    Conflict(Vec<String>),
    #[error("there is no such merge")]
    MergeNotFound(Uuid),
    #[error("a merge can be taken back for 30 days")]
    TooOld,
    #[error("there is no such search")]
    SearchNotFound,
    #[error("another search of this kind goes on")]
    SearchRunning,
    #[error("this is for heads and administrators, or for whoever is responsible")]
    Permission,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for DuplicateError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Fault(cause.into())
    }
}

/// Remembers that each two of these are different.
///
/// # Errors
/// [`DuplicateError::ClientNotFound`], [`DuplicateError::ContactNotFound`] for one that the caller does not see.
pub async fn mark(db: &Db, by: &By, kind: Kind, ids: &[Uuid]) -> Result<(), DuplicateError> {
    let ids: Vec<Uuid> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if !(2..=50).contains(&ids.len()) {
        let field = if kind == Kind::Client { "client_ids" } else { "contact_ids" };
        return Err(Fault::invalid(field, "must be 2 to 50").into());
    }
    let mut change = db.begin(by.actor).await?;
    kind::seen(change.db(), by, kind, &ids).await?;
    if store::mark_different(change.db(), kind, &ids, by.viewer()).await? > 0 {
        let action = if kind == Kind::Client { "client.not_duplicate" } else { "contact.not_duplicate" };
        for id in &ids {
            change.audit(action, kind.word(), *id, None, Some(json!({"different": ids})));
        }
        change.commit().await?;
    }
    Ok(())
}

/// On whose behalf records are compared and merged.
#[derive(Debug, Clone, Copy)]
pub struct By {
    pub actor: Actor,
    /// A head or an administrator.
    pub leads: bool,
}

impl By {
    #[must_use]
    pub fn of(caller: &Caller, actor: Actor) -> Self {
        Self { actor, leads: caller.roles.iter().any(|role| matches!(role, Role::Head | Role::Administrator)) }
    }

    /// Whose eyes decide what is seen; `None`: the system's.
    #[must_use]
    pub const fn viewer(&self) -> Option<EmployeeId> {
        self.actor.employee()
    }

    /// # Errors
    /// [`DuplicateError::Permission`].
    pub const fn must_lead(&self) -> Result<(), DuplicateError> {
        if self.leads { Ok(()) } else { Err(DuplicateError::Permission) }
    }

    /// Who does not lead changes what is its own or nobody's.
    ///
    /// # Errors
    /// [`DuplicateError::Permission`].
    pub fn must_change(&self, responsible: Option<EmployeeId>) -> Result<(), DuplicateError> {
        if responsible.is_none() || responsible == self.viewer() { Ok(()) } else { self.must_lead() }
    }

    /// # Errors
    /// [`DuplicateError::Permission`].
    pub fn must_undo(&self, author: Option<EmployeeId>) -> Result<(), DuplicateError> {
        if author.is_some() && author == self.viewer() { Ok(()) } else { self.must_lead() }
    }
}
