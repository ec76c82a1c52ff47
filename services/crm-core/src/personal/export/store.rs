use chrono::{DateTime, Utc};
use model::{ClientId, EmployeeId};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::super::{count::Counts, store::Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running = 1,
    Ready = 2,
    Removed = 3,
}

impl State {
    const fn of(number: i16) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Ready,
            _ => Self::Removed,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Removed => "removed",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Export {
    pub id: Uuid,
    pub state: State,
    pub client: ClientId,
    pub points: Vec<Uuid>,
    pub gathered: bool,
    pub seen: Counts,
    pub packed: Counts,
    pub size_bytes: i64,
    pub asked_by: Option<EmployeeId>,
    pub asked_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    pub removed_at: Option<DateTime<Utc>>,
    pub downloads: i32,
    pub downloaded_at: Option<DateTime<Utc>>,
}

struct Row {
    export_id: Uuid,
    state: i16,
    client_id: Uuid,
    contact_point_ids: Vec<Uuid>,
    gathered: bool,
    seen: Json<Counts>,
    packed: Json<Counts>,
    size_bytes: i64,
    asked_by: Option<Uuid>,
    asked_at: DateTime<Utc>,
    ready_at: Option<DateTime<Utc>>,
    removed_at: Option<DateTime<Utc>>,
    downloads: i32,
    downloaded_at: Option<DateTime<Utc>>,
}

impl From<Row> for Export {
    fn from(row: Row) -> Self {
        Self {
            id: row.export_id,
            state: State::of(row.state),
            client: ClientId(row.client_id),
            points: row.contact_point_ids,
            gathered: row.gathered,
            seen: row.seen.0,
            packed: row.packed.0,
            size_bytes: row.size_bytes,
            asked_by: row.asked_by.map(EmployeeId),
            asked_at: row.asked_at,
            ready_at: row.ready_at,
            removed_at: row.removed_at,
            downloads: row.downloads,
            downloaded_at: row.downloaded_at,
        }
    }
}

/// One of them; of one client that which is being packed. Of such a one router says how far it is.
pub async fn export(
    db: impl PgExecutor<'_>,
    id: Option<Uuid>,
    under_way_of: Option<Uuid>,
) -> sqlx::Result<Option<Export>> {
    let row = sqlx::query_as!(
        Row,
        r#"select e.export_id, e.state, e.client_id, e.contact_point_ids, e.gathered, e.seen as "seen: Json<Counts>",
                  coalesce(case when e.state = 1 then r.packed end, e.packed) as "packed!: Json<Counts>",
                  coalesce(case when e.state = 1 then r.size_bytes end, e.size_bytes) as "size_bytes!",
                  e.asked_by, e.asked_at, e.ready_at, e.removed_at, e.downloads, e.downloaded_at
           from crm.personal_export e left join inbox_read.personal_export r using (export_id)
           where ($1::uuid is null or e.export_id = $1)
               and ($2::uuid is null or e.client_id = $2 and e.state = 1) limit 1"#,
        id,
        under_way_of
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Export::from))
}

pub async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Export>> {
    sqlx::query!("select export_id from crm.personal_export where export_id = $1 for update", id)
        .fetch_optional(&mut *db)
        .await?;
    export(db, Some(id), None).await
}

pub async fn list(
    db: impl PgExecutor<'_>,
    client: Option<Uuid>,
    after: Option<&Place>,
    limit: i64,
) -> sqlx::Result<Vec<Export>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.export_id, e.state, e.client_id, e.contact_point_ids, e.gathered, e.seen as "seen: Json<Counts>",
                  coalesce(case when e.state = 1 then r.packed end, e.packed) as "packed!: Json<Counts>",
                  coalesce(case when e.state = 1 then r.size_bytes end, e.size_bytes) as "size_bytes!",
                  e.asked_by, e.asked_at, e.ready_at, e.removed_at, e.downloads, e.downloaded_at
           from crm.personal_export e left join inbox_read.personal_export r using (export_id)
           where ($1::timestamptz is null or (e.asked_at, e.export_id) < ($1, $2))
               and ($4::uuid is null or e.client_id = $4)
           order by e.asked_at desc, e.export_id desc limit $3"#,
        after.map(|place| place.asked_at),
        after.map(|place| place.id),
        limit,
        client
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Export::from).collect())
}

pub async fn insert(db: impl PgExecutor<'_>, new: &Export) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.personal_export (export_id, state, client_id, contact_point_ids, seen, asked_by, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.state as i16,
        new.client.0,
        &new.points,
        Json(&new.seen) as _,
        new.asked_by.map(Uuid::from),
        new.asked_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is no longer being packed needs no parts; what is not ready has no link.
pub async fn save(db: &mut PgConnection, export: &Export) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.personal_export set state = $2, contact_point_ids = $3, gathered = $4, packed = $5, size_bytes = $6,
             ready_at = $7, removed_at = $8, link_sha256 = case when $2::smallint = 2 then link_sha256 end
         where export_id = $1",
        export.id,
        export.state as i16,
        &export.points,
        export.gathered,
        Json(&export.packed) as _,
        export.size_bytes,
        export.ready_at,
        export.removed_at
    )
    .execute(&mut *db)
    .await?;
    if export.state != State::Running {
        sqlx::query!("delete from crm.personal_export_part where export_id = $1", export.id).execute(db).await?;
    }
    Ok(())
}

/// The one link that counts.
pub async fn link(
    db: impl PgExecutor<'_>,
    id: Uuid,
    sha256: &[u8],
    employee: EmployeeId,
    until: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.personal_export set link_sha256 = $2, link_employee_id = $3, link_until = $4 where export_id = $1",
        id,
        sha256,
        employee.0,
        until
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts a download; `false`: there is no such link, or none any more.
pub async fn take(
    db: impl PgExecutor<'_>,
    id: Uuid,
    sha256: &[u8],
    employee: EmployeeId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update crm.personal_export set downloads = downloads + 1, downloaded_at = $4
         where export_id = $1 and state = 2 and link_sha256 = $2 and link_employee_id = $3 and link_until > $4",
        id,
        sha256,
        employee.0,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub struct Piece {
    pub id: Uuid,
    pub size_bytes: i64,
}

pub async fn pieces(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Vec<Piece>> {
    sqlx::query_as!(
        Piece,
        r#"select piece_id as "id!", size_bytes as "size_bytes!" from inbox_read.personal_export_piece
           where export_id = $1 order by ordinal"#,
        id
    )
    .fetch_all(db)
    .await
}
