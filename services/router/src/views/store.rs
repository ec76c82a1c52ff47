//! The SQL of saved views.

use contracts::inbox::ConversationFilter;
use model::EmployeeId;
use prost::Message as _;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::View;

struct Row {
    view_id: Uuid,
    revision: i64,
    owner_employee_id: Uuid,
    name: String,
    shared: bool,
    base: i16,
    sort: i16,
    filter: Vec<u8>,
    query: String,
    rank: i32,
}

/// What the last view of a page was ordered by.
pub type Place = (i32, String, Uuid);

/// Own and shared views by rank and name, after a place.
pub async fn seen(
    db: impl PgExecutor<'_>,
    by: EmployeeId,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<View>> {
    let (rank, name, id) = after.map_or((None, None, None), |(rank, name, id)| (Some(rank), Some(name), Some(id)));
    let rows = sqlx::query_as!(
        Row,
        "select view_id, revision, owner_employee_id, name, shared, base, sort, filter, query, rank from inbox.view
         where (owner_employee_id = $1 or shared) and ($2::int is null or (rank, name, view_id) > ($2, $3, $4))
         order by rank, name, view_id limit $5",
        by.0,
        rank,
        name,
        id,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(View::from).collect())
}

/// Of these, the views that are somebody's own or shared; in no order.
pub async fn seen_of(db: impl PgExecutor<'_>, by: EmployeeId, ids: &[Uuid]) -> sqlx::Result<Vec<View>> {
    let rows = sqlx::query_as!(
        Row,
        "select view_id, revision, owner_employee_id, name, shared, base, sort, filter, query, rank from inbox.view
         where view_id = any ($2) and (owner_employee_id = $1 or shared)",
        by.0,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(View::from).collect())
}

/// Locks a view that is somebody's own or shared.
pub async fn lock(db: impl PgExecutor<'_>, by: EmployeeId, id: Uuid) -> sqlx::Result<Option<View>> {
    let row = sqlx::query_as!(
        Row,
        "select view_id, revision, owner_employee_id, name, shared, base, sort, filter, query, rank from inbox.view
         where view_id = $2 and (owner_employee_id = $1 or shared) for update",
        by.0,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(View::from))
}

/// Makes one's views wait for each other until the transaction ends, so that none slips past the limit; tells how many
/// there are.
pub async fn count_own(db: &mut sqlx::PgConnection, by: EmployeeId) -> sqlx::Result<i64> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('inbox.view ' || $1::text, 0))", by.to_string())
        .execute(&mut *db)
        .await?;
    sqlx::query_scalar!(r#"select count(*) as "n!" from inbox.view where owner_employee_id = $1"#, by.0)
        .fetch_one(db)
        .await
}

/// `false`: the id is taken.
pub async fn insert(db: impl PgExecutor<'_>, view: &View) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into inbox.view (view_id, owner_employee_id, name, shared, base, sort, filter, query, rank)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        view.id,
        view.owner.0,
        view.name,
        view.shared,
        small(view.base),
        small(view.order),
        view.filter.encode_to_vec(),
        view.query,
        view.rank
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn update(db: impl PgExecutor<'_>, view: &View) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.view set revision = $2, name = $3, shared = $4, base = $5, sort = $6, filter = $7, query = $8,
             rank = $9
         where view_id = $1",
        view.id,
        view.revision,
        view.name,
        view.shared,
        small(view.base),
        small(view.order),
        view.filter.encode_to_vec(),
        view.query,
        view.rank
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.view where view_id = $1", id).execute(db).await?;
    Ok(())
}

/// Enums were checked to be known; they are small.
fn small(value: i32) -> i16 {
    i16::try_from(value).unwrap_or_default()
}

impl From<Row> for View {
    fn from(row: Row) -> Self {
        Self {
            id: row.view_id,
            revision: row.revision,
            owner: row.owner_employee_id.into(),
            name: row.name,
            shared: row.shared,
            base: row.base.into(),
            order: row.sort.into(),
            filter: ConversationFilter::decode(row.filter.as_slice()).unwrap_or_default(),
            query: row.query,
            rank: row.rank,
        }
    }
}
