use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Entry, append};
use crate::Schema;

/// The action of such rows.
pub(super) const REFUSED: &str = "access.refused";

/// Somebody asked for what he has no right to.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    pub employee_id: Option<Uuid>,
    /// "client", "conversation", ...; "method" when the call named nothing, whose id is nil then.
    pub object_kind: &'a str,
    pub object_id: Uuid,
    /// What was lacking: "administrator", "client.see", a scope, ...
    pub permission: &'a str,
    /// The gRPC method; empty when the object says enough.
    pub method: &'a str,
    /// A program asked, with a key that acts for the employee.
    pub by_key: bool,
    /// How often the same was refused since the last record.
    pub repeated: u32,
}

/// Puts a refusal on record, as `access.refused`, in a transaction of its own: what was asked for has not happened.
///
/// # Errors
/// What the database answers.
pub async fn refused(pool: &PgPool, schema: Schema, refused: &Refused<'_>) -> sqlx::Result<()> {
    let mut after = json!({ "permission": refused.permission });
    if !refused.method.is_empty() {
        after["method"] = refused.method.into();
    }
    if refused.by_key {
        after["api_key"] = true.into();
    }
    if refused.repeated > 0 {
        after["repeated"] = refused.repeated.into();
    }
    let entry = Entry {
        employee_id: refused.employee_id,
        action: REFUSED,
        object_kind: refused.object_kind,
        object_id: refused.object_id,
        before: None,
        after: Some(after),
    };
    append(&mut *pool.acquire().await?, schema, &[entry]).await
}
