//! Refusals of access, on record: who asked for what, and which permission they lack. What the cards refuse they note
//! themselves, for they often answer that there is no such thing; the server notes every other refusal.

use model::EmployeeId;
use rpc::{Lacking, Noting, Refusal, Refusals};
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

/// Records a refusal, in a transaction of its own: what was asked for has not happened. In a call of gRPC the server does, once
/// it has answered.
///
/// # Errors
/// What the database answers.
pub async fn note(db: &Db, by: Actor, kind: &'static str, id: Uuid, lacks: Permission) -> sqlx::Result<()> {
    let lacking = Lacking { object: kind, id, permission: lacks.name() };
    let Err(lacking) = lacking.leave() else { return Ok(()) };
    let refused = audit::Refused {
        employee_id: by.employee().map(Uuid::from),
        object_kind: lacking.object,
        object_id: lacking.id,
        permission: lacking.permission,
        method: "",
        by_key: false,
        repeated: 0,
    };
    audit::refused(&db.pool, Schema::Crm, &refused).await
}

/// A key that acts for the employee was refused by the edge.
///
/// # Errors
/// What the database answers.
pub async fn of_key(db: &Db, employee: EmployeeId, method: &str, permission: &str) -> sqlx::Result<()> {
    let refused = audit::Refused {
        employee_id: Some(employee.into()),
        object_kind: "method",
        object_id: Uuid::nil(),
        permission,
        method,
        by_key: true,
        repeated: 0,
    };
    audit::refused(&db.pool, Schema::Crm, &refused).await
}

/// What the server's refusals are recorded by.
pub struct Refused(pub Db);

impl Refusals for Refused {
    fn note(&self, refusal: Refusal) -> Noting<'_> {
        Box::pin(async move {
            if let Err(cause) = self.record(&refusal).await {
                error!(error = runtime::chain(&cause), method = refusal.method, "a refusal is not on record");
            }
        })
    }
}

impl Refused {
    async fn record(&self, refusal: &Refusal) -> sqlx::Result<()> {
        if refusal.is_hidden && !self.is_there(&refusal.object, refusal.id).await? {
            return Ok(());
        }
        let refused = audit::Refused {
            employee_id: refusal.caller.employee().ok().map(Uuid::from),
            object_kind: &refusal.object,
            object_id: refusal.id,
            permission: &refusal.permission,
            method: refusal.method,
            by_key: !refusal.caller.scopes.is_empty(),
            repeated: refusal.repeated,
        };
        audit::refused(&self.0.pool, Schema::Crm, &refused).await
    }

    async fn is_there(&self, object: &str, id: Uuid) -> sqlx::Result<bool> {
        sqlx::query_scalar!(
            r#"select coalesce(case $1::text
                   when 'client' then exists (select from crm.client where client_id = $2)
                   when 'contact' then exists (select from crm.contact where contact_id = $2)
                   when 'import' then exists (select from crm.import where import_id = $2)
                   when 'merge' then exists (select from crm.merge where merge_id = $2)
                   when 'session' then exists (select from crm.session where session_id = $2)
               end, false) as "there!""#,
            object,
            id,
        )
        .fetch_one(&self.0.pool)
        .await
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
