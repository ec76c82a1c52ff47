//! Refusals of access, on record: who asked for what, and which permission they lack.

use serde_json::json;
use store::{Schema, audit};
use uuid::Uuid;

use crate::{
    change::{Actor, Db},
    error::Fault,
};

/// What a refused caller would have needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// The role administrator.
    Administrator,
    /// To see this client.
    SeeClient,
    /// To see a dialog of this contact point.
    SeeDialog,
    /// To say who else sees this client.
    ShareClient,
    /// To see this lead.
    SeeLead,
    /// To say who answers for this lead, and who else sees it.
    ShareLead,
    /// To see what this employee or department reaches.
    SeeQuality,
    /// To set this client's potential by hand.
    SetPotential,
    /// To head this department, or one above it.
    LeadDepartment,
}

impl Permission {
    const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::SeeClient => "client.see",
            Self::SeeDialog => "dialog.see",
            Self::ShareClient => "client.share",
            Self::SeeLead => "lead.see",
            Self::ShareLead => "lead.share",
            Self::SeeQuality => "quality.see",
            Self::SetPotential => "potential.set",
            Self::LeadDepartment => "department.lead",
        }
    }
}

/// Records a refusal, in a transaction of its own: what was asked for has not happened.
///
/// # Errors
/// What the database answers.
pub async fn note(db: &Db, by: Actor, kind: &'static str, id: Uuid, lacks: Permission) -> sqlx::Result<()> {
    let entry = audit::Entry {
        employee_id: by.employee().map(Uuid::from),
        action: "access.refused",
        object_kind: kind,
        object_id: id,
        before: None,
        after: Some(json!({ "permission": lacks.name() })),
    };
    let mut connection = db.pool.acquire().await?;
    audit::append(&mut connection, Schema::Crm, &[entry]).await
}

/// Lets administrators pass; the refusal of others is on record.
///
/// # Errors
/// [`Fault::Permission`].
pub async fn administrators_only(db: &Db, by: Actor, kind: &'static str, id: Uuid) -> Result<(), Fault> {
    if by.must_be_administrator().is_err() {
        note(db, by, kind, id, Permission::Administrator).await?;
        return Err(Fault::Permission);
    }
    Ok(())
}
