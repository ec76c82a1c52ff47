//! Erasing what rows of the audit say about a person. That something was done, when and by whom stays, and so do the seals.

use std::fmt::Write as _;

use ring::digest;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use uuid::Uuid;

use super::{Entry, append, refused::REFUSED};
use crate::Schema;

/// Names the record of an erasure.
const ACTION: &str = "audit.erased";

/// The sealed rows of one erasure, in the order of their places.
#[derive(Default)]
pub struct Erased {
    rows: u64,
    seals: String,
}

impl Erased {
    pub fn add(&mut self, place: i64, seal: &[u8]) {
        self.rows += 1;
        let _ = writeln!(self.seals, "{place}:{}", hex(seal)); // into a String: never fails
    }

    /// What is written down about them.
    pub fn record(&self) -> Value {
        json!({ "rows": self.rows, "sha256": hex(digest::digest(&digest::SHA256, self.seals.as_bytes()).as_ref()) })
    }
}

/// Takes away what was before and after in the rows about these objects, but for refusals, which hold nothing of them. Returns of how many. Call it last: nothing is sealed, and no
/// event leaves, until the transaction ends.
///
/// # Errors
/// What the database answers.
pub async fn erase(db: &mut PgConnection, schema: Schema, kinds: &[&str], objects: &[Uuid]) -> sqlx::Result<u64> {
    let fence = format!("select 1 from {schema}.relay for update");
    sqlx::query(AssertSqlSafe(fence)).execute(&mut *db).await?;
    let mark = Uuid::now_v7();
    let sql = format!(
        "with gone as (
             update {schema}.audit set before = null, after = null,
                 erasure_id = case when place is not null then coalesce(erasure_id, $1) end
             where object_kind = any ($2) and object_id = any ($3) and (before is not null or after is not null)
                 and action <> '{REFUSED}'
             returning place, seal)
         select place, seal from gone order by place"
    );
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(mark).bind(kinds).bind(objects).fetch_all(&mut *db).await?;
    let mut erased = Erased::default();
    for row in &rows {
        if let (Some(place), Some(seal)) = (row.get::<Option<i64>, _>(0), row.get::<Option<&[u8]>, _>(1)) {
            erased.add(place, seal);
        }
    }
    if erased.rows > 0 {
        let after = Some(erased.record());
        let entry =
            Entry { employee_id: None, action: ACTION, object_kind: "audit", object_id: mark, before: None, after };
        append(db, schema, &[entry]).await?;
    }
    Ok(rows.len() as u64)
}

/// What was written down about an erasure.
pub async fn recorded(pool: &PgPool, schema: Schema, mark: Uuid) -> sqlx::Result<Option<Value>> {
    let sql = format!(
        "select after from {schema}.audit where object_kind = 'audit' and object_id = $1 and action = '{ACTION}'
         and erasure_id is null"
    );
    let after: Option<Option<Value>> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(mark).fetch_optional(pool).await?;
    Ok(after.flatten())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
