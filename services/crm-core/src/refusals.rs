//! Refusals of access, on record: who asked for what, and which permission they lack. What the cards refuse they note
//! themselves, for they often answer that there is no such thing; the server notes every other refusal.

use model::EmployeeId;
use rpc::{Noting, Refusal, Refusals};
use store::{Schema, audit};
use tracing::error;
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
    let refused = audit::Refused {
        employee_id: by.employee().map(Uuid::from),
        object_kind: kind,
        object_id: id,
        permission: lacks.name(),
        method: "",
        by_key: false,
    };
    audit::refused(&db.pool, Schema::Crm, &refused).await?;
    rpc::recorded();
    Ok(())
}

/// A key that acts for the employee was refused by the edge.
///
/// # Errors
/// What the database answers.
pub async fn of_key(db: &Db, employee: EmployeeId, method: &str, permission: &str) -> sqlx::Result<()> {
    call(db, Some(employee), method, permission, true).await
}

async fn call(db: &Db, employee: Option<EmployeeId>, method: &str, permission: &str, by_key: bool) -> sqlx::Result<()> {
    let refused = audit::Refused {
        employee_id: employee.map(Uuid::from),
        object_kind: "method",
        object_id: Uuid::nil(),
        permission,
        method,
        by_key,
    };
    audit::refused(&db.pool, Schema::Crm, &refused).await
}

/// What the server's refusals are recorded by.
pub struct Refused(pub Db);

impl Refusals for Refused {
    fn note(&self, refusal: Refusal) -> Noting<'_> {
        Box::pin(async move {
            let (employee, by_key) = (refusal.caller.employee().ok(), !refusal.caller.scopes.is_empty());
            if let Err(cause) = call(&self.0, employee, refusal.method, &refusal.permission, by_key).await {
                error!(error = runtime::chain(&cause), method = refusal.method, "a refusal is not on record");
            }
        })
    }
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
