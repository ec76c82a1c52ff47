//! Events: appended to the outbox by whoever changes something, moved to the gapless `event` table by the relay.

use chrono::{DateTime, Utc};
use contracts::live::{Audience, Event, event::What};
use prost::Message;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::Schema;

/// Appends events in the transaction that makes the change; one statement for all of them.
///
/// Call it while holding the lock of the row that changed, so that events of one row keep their order.
///
/// # Errors
/// What the database answers.
pub async fn append(db: &mut PgConnection, schema: Schema, events: &[(What, Audience)]) -> sqlx::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = format!("insert into {schema}.outbox (payload) select * from unnest($1::bytea[])");
    let payloads: Vec<Vec<u8>> = events.iter().map(|(what, audience)| encode(what.clone(), audience.clone())).collect();
    sqlx::query(AssertSqlSafe(sql)).bind(payloads).execute(db).await?;
    Ok(())
}

/// The bytes of an outbox row, caused by the current span.
fn encode(what: What, audience: Audience) -> Vec<u8> {
    encode_of(what, audience, runtime::trace::parent())
}

/// The bytes of an outbox row, for owners that insert it as part of a larger statement. `traceparent` is of what caused it.
#[must_use]
pub fn encode_of(what: What, audience: Audience, traceparent: String) -> Vec<u8> {
    Event { what: Some(what), audience: Some(audience), traceparent, ..Event::default() }.encode_to_vec()
}

/// A stretch of an owner's history.
#[derive(Debug, Clone)]
pub struct Page {
    pub events: Vec<Event>,
    pub head: u64,
    pub epoch: Uuid,
}

/// Why a place in the history cannot be read from.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Above the head, or of another epoch: the database was restored.
    #[error("position is not of this history")]
    OutOfRange,
    /// Older than what is kept.
    #[error("events after this position are no longer kept")]
    TooOld,
    #[error("cannot read events")]
    Database(#[from] sqlx::Error),
}

/// At most `limit` events after a position, in order.
///
/// # Errors
/// [`ListError`].
pub async fn list(
    pool: &PgPool,
    schema: Schema,
    epoch: Option<Uuid>,
    after: u64,
    limit: i64,
) -> Result<Page, ListError> {
    let (current, head) = head(pool, schema).await?;
    if epoch.is_some_and(|e| e != current) || after > head {
        return Err(ListError::OutOfRange);
    }
    let sql = format!(
        "select position, at, payload from {schema}.event where position > $1 and epoch = $3 order by position limit $2"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(after.cast_signed()).bind(limit).bind(current).fetch_all(pool).await?;
    let events: Vec<Event> =
        rows.iter().filter_map(|row| decode(schema, current, row.get(0), row.get(1), row.get(2))).collect();
    match events.first() {
        Some(first) if first.position != after + 1 => Err(ListError::TooOld),
        None if after < head => Err(ListError::TooOld),
        _ => Ok(Page { events, head, epoch: current }),
    }
}

/// The current epoch and the last position given out.
///
/// # Errors
/// What the database answers.
pub async fn head(pool: &PgPool, schema: Schema) -> sqlx::Result<(Uuid, u64)> {
    let sql = format!("select epoch, position from {schema}.relay");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await?;
    Ok((row.get(0), row.get::<i64, _>(1).cast_unsigned()))
}

/// The payloads of what is committed and has no position yet, as [`encode_of`] makes them.
///
/// # Errors
/// What the database answers.
pub async fn waiting(pool: &PgPool, schema: Schema) -> sqlx::Result<Vec<Vec<u8>>> {
    let sql = format!("select payload from {schema}.outbox");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await
}

/// Completes a stored payload with its place.
#[must_use]
pub fn decode(schema: Schema, epoch: Uuid, position: i64, at: DateTime<Utc>, payload: &[u8]) -> Option<Event> {
    let mut event = Event::decode(payload).ok()?;
    event.area = schema.name().to_owned();
    event.epoch = epoch.to_string();
    event.position = position.cast_unsigned();
    event.at = Some(prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    });
    Some(event)
}
