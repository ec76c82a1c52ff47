//! The append-only record of who changed what, and the job that seals it into a hash chain.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::Schema;

mod chain;
mod erase;
mod refused;
#[cfg(test)]
mod tests;

pub use chain::{Chain, ChainError, seal, verify, verify_noted};
pub use erase::erase;
pub use refused::{Refused, refused};

/// One change, before it is stored.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `None`: a rule or the system.
    pub employee_id: Option<Uuid>,
    pub action: &'a str,
    pub object_kind: &'a str,
    pub object_id: Uuid,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Records changes in the transaction that makes them; one statement for all of them.
///
/// # Errors
/// What the database answers.
pub async fn append(db: &mut PgConnection, schema: Schema, entries: &[Entry<'_>]) -> sqlx::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into {schema}.audit (employee_id, action, object_kind, object_id, before, after)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::jsonb[], $6::jsonb[])"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(entries.iter().map(|e| e.employee_id).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.action.to_owned()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.object_kind.to_owned()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.object_id).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.before.clone()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.after.clone()).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}
