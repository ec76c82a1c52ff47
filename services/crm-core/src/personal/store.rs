use chrono::{DateTime, Utc};
use model::{ClientId, EmployeeId};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::count::Counts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting = 1,
    Running = 2,
    Done = 3,
    CalledOff = 4,
}

impl State {
    const fn of(number: i16) -> Self {
        match number {
            1 => Self::Waiting,
            2 => Self::Running,
            3 => Self::Done,
            _ => Self::CalledOff,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::CalledOff => "called_off",
        }
    }
}

/// One erasure: the order while it goes on, the proof afterwards.
#[derive(Debug, Clone)]
pub struct Erasure {
    pub id: Uuid,
    pub state: State,
    pub client: ClientId,
    pub points: Vec<Uuid>,
    pub seen: Counts,
    pub records: i64,
    pub erased: Counts,
    pub asked_by: Option<EmployeeId>,
    pub asked_at: DateTime<Utc>,
    pub approved_by: Option<EmployeeId>,
    pub approved_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub identifiers: Vec<u8>,
    pub replayed: bool,
}

struct Row {
    erasure_id: Uuid,
    state: i16,
    client_id: Uuid,
    contact_point_ids: Vec<Uuid>,
    seen: Json<Counts>,
    records: i64,
    erased: Option<Json<Counts>>,
    asked_by: Option<Uuid>,
    asked_at: DateTime<Utc>,
    approved_by: Option<Uuid>,
    approved_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    identifiers_sha256: Option<Vec<u8>>,
    replayed: bool,
}

impl From<Row> for Erasure {
    fn from(row: Row) -> Self {
        Self {
            id: row.erasure_id,
            state: State::of(row.state),
            client: ClientId(row.client_id),
            points: row.contact_point_ids,
            seen: row.seen.0,
            records: row.records,
            erased: row.erased.map(|erased| erased.0).unwrap_or_default(),
            asked_by: row.asked_by.map(EmployeeId),
            asked_at: row.asked_at,
            approved_by: row.approved_by.map(EmployeeId),
            approved_at: row.approved_at,
            ended_at: row.ended_at,
            identifiers: row.identifiers_sha256.unwrap_or_default(),
            replayed: row.replayed,
        }
    }
}

/// One of them; of one client that which waits or runs.
pub async fn erasure(
    db: impl PgExecutor<'_>,
    id: Option<Uuid>,
    under_way_of: Option<Uuid>,
) -> sqlx::Result<Option<Erasure>> {
    let row = sqlx::query_as!(
        Row,
        r#"select erasure_id, state, client_id, contact_point_ids, seen as "seen: Json<Counts>", records,
                  erased as "erased: Json<Counts>", asked_by, asked_at, approved_by, approved_at, ended_at,
                  identifiers_sha256, replayed
           from crm.erasure
           where ($1::uuid is null or erasure_id = $1)
               and ($2::uuid is null or client_id = $2 and state in (1, 2)) limit 1"#,
        id,
        under_way_of
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Erasure::from))
}

pub async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Erasure>> {
    sqlx::query!("select erasure_id from crm.erasure where erasure_id = $1 for update", id)
        .fetch_optional(&mut *db)
        .await?;
    erasure(db, Some(id), None).await
}

/// Where a page ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub asked_at: DateTime<Utc>,
    pub id: Uuid,
}

pub async fn list(db: impl PgExecutor<'_>, after: Option<&Place>, limit: i64) -> sqlx::Result<Vec<Erasure>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select erasure_id, state, client_id, contact_point_ids, seen as "seen: Json<Counts>", records,
                  erased as "erased: Json<Counts>", asked_by, asked_at, approved_by, approved_at, ended_at,
                  identifiers_sha256, replayed
           from crm.erasure
           where $1::timestamptz is null or (asked_at, erasure_id) < ($1, $2)
           order by asked_at desc, erasure_id desc limit $3"#,
        after.map(|place| place.asked_at),
        after.map(|place| place.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Erasure::from).collect())
}

pub async fn insert(db: impl PgExecutor<'_>, new: &Erasure) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.erasure (erasure_id, state, client_id, contact_point_ids, seen, records, asked_by, asked_at,
             approved_by, approved_at, identifiers_sha256, replayed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.id,
        new.state as i16,
        new.client.0,
        &new.points,
        Json(&new.seen) as _,
        new.records,
        new.asked_by.map(Uuid::from),
        new.asked_at,
        new.approved_by.map(Uuid::from),
        new.approved_at,
        Some(new.identifiers.as_slice()).filter(|hash| !hash.is_empty()),
        new.replayed
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn save(db: impl PgExecutor<'_>, erasure: &Erasure) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.erasure set state = $2, contact_point_ids = $3, erased = $4, approved_by = $5, approved_at = $6,
             ended_at = $7, identifiers_sha256 = $8, seen = $9, records = $10
         where erasure_id = $1",
        erasure.id,
        erasure.state as i16,
        &erasure.points,
        (erasure.state == State::Done).then_some(Json(&erasure.erased)) as _,
        erasure.approved_by.map(Uuid::from),
        erasure.approved_at,
        erasure.ended_at,
        Some(erasure.identifiers.as_slice()).filter(|hash| !hash.is_empty()),
        Json(&erasure.seen) as _,
        erasure.records
    )
    .execute(db)
    .await?;
    Ok(())
}
