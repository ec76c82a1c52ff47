//! The append-only record of who changed what, and the job that seals it into a hash chain.

use ring::digest;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::Schema;

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

/// Seals up to 1,000 rows: each seal is the SHA-256 of the previous seal and the row, so that a later change of an
/// old row shows. Returns how many were sealed. Rows younger than 10 s wait, for a transaction may still be open.
///
/// # Errors
/// What the database answers.
pub async fn seal(pool: &PgPool, schema: Schema) -> sqlx::Result<usize> {
    let mut tx = pool.begin().await?;
    let fence = format!("select 1 from {schema}.relay for update");
    sqlx::query(AssertSqlSafe(fence)).execute(&mut *tx).await?;
    let last = format!("select seal from {schema}.audit where seal is not null order by audit_id desc limit 1");
    let mut seal: Vec<u8> =
        sqlx::query(AssertSqlSafe(last)).fetch_optional(&mut *tx).await?.map(|row| row.get(0)).unwrap_or_default();
    let open = format!(
        "select audit_id, {ROW_TEXT} from {schema}.audit a
         where seal is null and at < now() - interval '10 s' order by audit_id limit 1000"
    );
    let rows = sqlx::query(AssertSqlSafe(open)).fetch_all(&mut *tx).await?;
    let (mut ids, mut seals) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        seal = next_seal(&seal, row.get::<&str, _>(1));
        ids.push(row.get::<i64, _>(0));
        seals.push(seal.clone());
    }
    let update = format!(
        "update {schema}.audit a set seal = s.seal from unnest($1::bigint[], $2::bytea[]) s(id, seal)
         where a.audit_id = s.id"
    );
    sqlx::query(AssertSqlSafe(update)).bind(&ids).bind(&seals).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// The first sealed row that no longer fits its seal; `None` when the chain holds.
///
/// # Errors
/// What the database answers.
pub async fn verify(pool: &PgPool, schema: Schema) -> sqlx::Result<Option<i64>> {
    let sql =
        format!("select audit_id, {ROW_TEXT}, seal from {schema}.audit a where seal is not null order by audit_id");
    let mut seal = Vec::new();
    for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await? {
        seal = next_seal(&seal, row.get::<&str, _>(1));
        if seal != row.get::<Vec<u8>, _>(2) {
            return Ok(Some(row.get(0)));
        }
    }
    Ok(None)
}

const ROW_TEXT: &str = "jsonb_build_array(audit_id, extract(epoch from at), employee_id, action, object_kind, \
                        object_id, before, after)::text";

fn next_seal(previous: &[u8], row: &str) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(previous);
    context.update(row.as_bytes());
    context.finish().as_ref().to_vec()
}
