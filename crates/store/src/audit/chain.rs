//! The chain: each seal is the SHA-256 of the seal before it and the row, so that a later change of an old row shows.
//!
//! Rows get their places in the order in which they are sealed, not in that of their ids: a slow transaction takes its id
//! long before anybody sees its row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ring::digest;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::erase::{self, Erased};
use crate::Schema;

/// How many rows are sealed in one transaction.
const BATCH: i64 = 1_000;
/// How many rows are read at once to verify them.
const PAGE: i64 = 5_000;

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Rows in the chain; also the last one's place.
    pub sealed: i64,
    /// The last row's seal; empty when there is none.
    pub seal: Vec<u8>,
    /// Committed rows that the job has not sealed yet.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Why a chain does not hold, or could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error("the audit of {schema} is broken at place {place}: row {audit_id} is not what was sealed")]
    Changed { schema: Schema, place: i64, audit_id: i64 },
    #[error("the audit of {schema} is broken at place {place}: the row that was sealed there is gone")]
    Missing { schema: Schema, place: i64 },
    #[error("the audit of {schema} is not the one that was noted: place {place} has another seal, or none")]
    Another { schema: Schema, place: i64 },
    #[error(
        "the audit of {schema} is broken: rows are erased that the record of erasure {mark} does not name, or there is none"
    )]
    Erased { schema: Schema, mark: Uuid },
    #[error("the audit cannot be read")]
    Database(#[from] sqlx::Error),
}

/// Seals up to 1,000 committed rows. Returns how many were sealed.
///
/// # Errors
/// What the database answers.
pub async fn seal(pool: &PgPool, schema: Schema) -> sqlx::Result<usize> {
    let mut tx = pool.begin().await?;
    let fence = format!("select 1 from {schema}.relay for update");
    sqlx::query(AssertSqlSafe(fence)).execute(&mut *tx).await?;
    let (mut place, mut seal) = head(&mut tx, schema).await?;
    let open = format!(
        "select audit_id, {ROW_TEXT} from {schema}.audit a where place is null order by audit_id limit {BATCH}"
    );
    let (mut ids, mut places, mut seals) = (Vec::new(), Vec::new(), Vec::new());
    for row in sqlx::query(AssertSqlSafe(open)).fetch_all(&mut *tx).await? {
        place += 1;
        seal = next_seal(&seal, row.get::<&str, _>(1));
        ids.push(row.get::<i64, _>(0));
        places.push(place);
        seals.push(seal.clone());
    }
    let update = format!(
        "update {schema}.audit a set place = s.place, seal = s.seal
         from unnest($1::bigint[], $2::bigint[], $3::bytea[]) s(id, place, seal) where a.audit_id = s.id"
    );
    sqlx::query(AssertSqlSafe(update)).bind(&ids).bind(&places).bind(&seals).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// The last place and its seal.
async fn head(db: &mut PgConnection, schema: Schema) -> sqlx::Result<(i64, Vec<u8>)> {
    let last = format!("select place, seal from {schema}.audit where place is not null order by place desc limit 1");
    let row = sqlx::query(AssertSqlSafe(last)).fetch_optional(db).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))).unwrap_or_default())
}

/// Walks the whole chain. A row whose content was erased since keeps its seal, which the record of that erasure names; the record is a
/// row of the chain as well. It cannot tell whether rows were cut off its end: for that a place and its seal are noted
/// elsewhere, see [`verify_noted`].
///
/// # Errors
/// [`ChainError`] for the first row that does not fit.
pub async fn verify(pool: &PgPool, schema: Schema) -> Result<Chain, ChainError> {
    let (mut sealed, mut seal) = (0, Vec::new());
    let mut erased: BTreeMap<Uuid, Erased> = BTreeMap::new();
    loop {
        let page = page(pool, schema, sealed).await?;
        for row in &page {
            let (place, audit_id) = (row.get::<i64, _>(0), row.get(1));
            if place != sealed + 1 {
                return Err(ChainError::Missing { schema, place: sealed + 1 });
            }
            let stored: Option<&[u8]> = row.get(3);
            match (row.get::<Option<Uuid>, _>(4), stored) {
                (Some(mark), Some(stored)) => {
                    erased.entry(mark).or_default().add(place, stored);
                    seal = stored.to_vec();
                }
                _ => seal = next_seal(&seal, row.get::<&str, _>(2)),
            }
            if stored != Some(&seal) {
                return Err(ChainError::Changed { schema, place, audit_id });
            }
            sealed = place;
        }
        if page.is_empty() {
            break;
        }
    }
    for (mark, found) in erased {
        if erase::recorded(pool, schema, mark).await? != Some(found.record()) {
            return Err(ChainError::Erased { schema, mark });
        }
    }
    let (waiting, waiting_since) = waiting(pool, schema).await?;
    Ok(Chain { sealed, seal, waiting, waiting_since })
}

/// Rows of the chain after a place, in its order.
async fn page(pool: &PgPool, schema: Schema, after: i64) -> sqlx::Result<Vec<PgRow>> {
    let sql = format!(
        "select place, audit_id, {ROW_TEXT}, seal, erasure_id from {schema}.audit a
         where place > $1 order by place limit {PAGE}"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(after).fetch_all(pool).await
}

async fn waiting(pool: &PgPool, schema: Schema) -> sqlx::Result<(i64, Option<DateTime<Utc>>)> {
    let sql = format!("select count(*), min(at) from {schema}.audit where place is null");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await?;
    Ok((row.get(0), row.get(1)))
}

/// Checks that the chain still has a seal that was noted earlier: a chain made anew, or cut off before it, has not.
///
/// # Errors
/// [`ChainError::Another`], or what the database answers.
pub async fn verify_noted(pool: &PgPool, schema: Schema, place: i64, seal: &[u8]) -> Result<(), ChainError> {
    let sql = format!("select seal from {schema}.audit where place = $1");
    let now: Option<Option<Vec<u8>>> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(place).fetch_optional(pool).await?;
    if now.flatten().is_some_and(|now| now == seal) { Ok(()) } else { Err(ChainError::Another { schema, place }) }
}

const ROW_TEXT: &str = "jsonb_build_array(audit_id, extract(epoch from at), employee_id, action, object_kind, \
                        object_id, before, after)::text";

fn next_seal(previous: &[u8], row: &str) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(previous);
    context.update(row.as_bytes());
    context.finish().as_ref().to_vec()
}
