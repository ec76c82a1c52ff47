//! The SQL of imports. One statement per function; the caller owns the transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use model::EmployeeId;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::{Column, Counts, Import, Outcome, RowResult, State, mapping::Mapping, parse::Problem, table};
use crate::change::RequestHash;

struct Found {
    import_id: Uuid,
    employee_id: Uuid,
    file_name: String,
    state: i16,
    problem: i16,
    size_bytes: i64,
    format: String,
    encoding: String,
    separator: String,
    columns: Json<Vec<Column>>,
    mapping: Json<Mapping>,
    dry_run: bool,
    rows_total: i64,
    row_cursor: i32,
    rows_done: i64,
    rows_made: i64,
    rows_updated: i64,
    rows_double: i64,
    rows_refused: i64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// `false` when an import of this id is there already.
pub async fn insert(
    db: impl PgExecutor<'_>,
    id: Uuid,
    author: EmployeeId,
    file_name: &str,
    request: &RequestHash,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.import (import_id, employee_id, file_name, request_sha256, state) values ($1, $2, $3, $4, 1)
         on conflict (import_id) do nothing",
        id,
        author.0,
        file_name,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn request_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.import where import_id = $1", id).fetch_optional(db).await
}

/// How many of somebody's imports wait for a file, for being read, or for a start.
pub async fn waiting(db: impl PgExecutor<'_>, author: EmployeeId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from crm.import where employee_id = $1 and state in (1, 2, 3)"#,
        author.0
    )
    .fetch_one(db)
    .await
}

pub async fn import(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Import>> {
    let row = sqlx::query_as!(
        Found,
        r#"select import_id, employee_id, file_name, state, problem, size_bytes, format, encoding, separator,
                  columns as "columns: Json<Vec<Column>>", mapping as "mapping: Json<Mapping>", dry_run, rows_total,
                  row_cursor, rows_done, rows_made, rows_updated, rows_double, rows_refused, created_at, started_at, ended_at
           from crm.import where import_id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Import::from))
}

/// The same, locked until the transaction ends.
pub async fn for_update(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Import>> {
    let row = sqlx::query_as!(
        Found,
        r#"select import_id, employee_id, file_name, state, problem, size_bytes, format, encoding, separator,
                  columns as "columns: Json<Vec<Column>>", mapping as "mapping: Json<Mapping>", dry_run, rows_total,
                  row_cursor, rows_done, rows_made, rows_updated, rows_double, rows_refused, created_at, started_at, ended_at
           from crm.import where import_id = $1 for update"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Import::from))
}

/// Of one author, or of all; the newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    author: Option<EmployeeId>,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Import>> {
    let rows = sqlx::query_as!(
        Found,
        r#"select import_id, employee_id, file_name, state, problem, size_bytes, format, encoding, separator,
                  '[]'::jsonb as "columns!: Json<Vec<Column>>", mapping as "mapping: Json<Mapping>", dry_run, rows_total,
                  row_cursor, rows_done, rows_made, rows_updated, rows_double, rows_refused, created_at, started_at, ended_at
           from crm.import
           where ($1::uuid is null or employee_id = $1) and ($2::uuid is null or import_id < $2)
           order by import_id desc limit $3"#,
        author.map(Uuid::from),
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Import::from).collect())
}

/// Whether these very bytes stand there already.
pub async fn has_part(db: impl PgExecutor<'_>, id: Uuid, starts_at: i64, bytes: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.import_part
                          where import_id = $1 and starts_at = $2 and bytes = $3) as "there!""#,
        id,
        starts_at,
        bytes
    )
    .fetch_one(db)
    .await
}

pub async fn insert_part(db: impl PgExecutor<'_>, id: Uuid, starts_at: i64, bytes: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "with part as (insert into crm.import_part (import_id, starts_at, bytes) values ($1, $2, $3))
         update crm.import set size_bytes = $2 + octet_length($3) where import_id = $1",
        id,
        starts_at,
        bytes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets the transaction stand still while a large file is read; sessions of ours are cut off after 5 s otherwise.
pub async fn think_long(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("select set_config('idle_in_transaction_session_timeout', '50s', true)").fetch_one(db).await?;
    Ok(())
}

/// The file's parts, in order.
pub async fn parts(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!("select bytes from crm.import_part where import_id = $1 order by starts_at", id)
        .fetch_all(db)
        .await
}

pub async fn delete_parts(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.import_part where import_id = $1", id).execute(db).await?;
    Ok(())
}

pub async fn set_state(db: impl PgExecutor<'_>, id: Uuid, state: State) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.import set state = $2, ended_at = case when $2::smallint in (5, 6, 7) then now() end where import_id = $1",
        id,
        state as i16
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn fail(db: impl PgExecutor<'_>, id: Uuid, problem: i16) -> sqlx::Result<()> {
    sqlx::query!("update crm.import set state = 7, problem = $2, ended_at = now() where import_id = $1", id, problem)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_mapping(db: impl PgExecutor<'_>, id: Uuid, mapping: &Mapping) -> sqlx::Result<()> {
    sqlx::query!("update crm.import set mapping = $2 where import_id = $1", id, Json(mapping) as _).execute(db).await?;
    Ok(())
}

/// What was found in a file.
pub async fn have_read(db: impl PgExecutor<'_>, id: Uuid, of: &Import) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.import set state = 3, format = $2, encoding = $3, separator = $4, columns = $5, mapping = $6, rows_total = $7
         where import_id = $1",
        id,
        of.format,
        of.encoding,
        of.separator,
        Json(&of.columns) as _,
        Json(&of.mapping) as _,
        of.rows_total
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_rows(db: impl PgExecutor<'_>, id: Uuid, rows: &[table::Row]) -> sqlx::Result<()> {
    let numbers: Vec<i32> = rows.iter().map(|row| row.number).collect();
    // PostgreSQL has no array of arrays of different lengths.
    let cells: Vec<serde_json::Value> = rows.iter().map(|row| serde_json::json!(row.cells)).collect();
    sqlx::query!(
        "insert into crm.import_row (import_id, row_number, cells)
         select $1, r.number, array(select jsonb_array_elements_text(r.cells))
         from unnest($2::int[], $3::jsonb[]) as r(number, cells)",
        id,
        &numbers,
        &cells
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The number of the first row that holds anything.
pub async fn first_row(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!("select min(row_number) from crm.import_row where import_id = $1", id).fetch_one(db).await
}

/// Begins from the first row, or behind the heading.
pub async fn begin(db: impl PgExecutor<'_>, id: Uuid, dry_run: bool, cursor: i32) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.import set state = 4, dry_run = $2, row_cursor = $3, rows_done = 0, rows_made = 0, rows_updated = 0,
             rows_double = 0, rows_refused = 0, started_at = now(), ended_at = null where import_id = $1",
        id,
        dry_run,
        cursor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets what a dry run said.
pub async fn reset_rows(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.import_row set outcome = 0, client_id = null, contact_id = null, other_row = null, problems = '[]'
         where import_id = $1 and outcome <> 0",
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_keys(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.import_key where import_id = $1", id).execute(db).await?;
    Ok(())
}

/// The next rows behind `after`.
pub async fn next_rows(db: impl PgExecutor<'_>, id: Uuid, after: i32, limit: i64) -> sqlx::Result<Vec<table::Row>> {
    let rows = sqlx::query!(
        "select row_number, cells from crm.import_row where import_id = $1 and row_number > $2 order by row_number limit $3",
        id,
        after,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| table::Row { number: row.row_number, cells: row.cells }).collect())
}

/// These rows of the file.
pub async fn rows_of(db: impl PgExecutor<'_>, id: Uuid, numbers: &[i32]) -> sqlx::Result<Vec<table::Row>> {
    let rows = sqlx::query!(
        "select row_number, cells from crm.import_row where import_id = $1 and row_number = any ($2) order by row_number",
        id,
        numbers
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| table::Row { number: row.row_number, cells: row.cells }).collect())
}

/// Notes what became of rows.
pub async fn note(db: impl PgExecutor<'_>, id: Uuid, results: &[RowResult]) -> sqlx::Result<()> {
    let numbers: Vec<i32> = results.iter().map(|result| result.row).collect();
    let outcomes: Vec<i16> = results.iter().map(|result| result.outcome as i16).collect();
    let clients: Vec<Option<Uuid>> = results.iter().map(|result| result.client).collect();
    let contacts: Vec<Option<Uuid>> = results.iter().map(|result| result.contact).collect();
    let others: Vec<Option<i32>> = results.iter().map(|result| result.other_row).collect();
    let problems: Vec<serde_json::Value> = results.iter().map(|result| serde_json::json!(result.problems)).collect();
    sqlx::query!(
        "update crm.import_row w set outcome = r.outcome, client_id = r.client_id, other_row = r.other_row, problems = r.problems,
             contact_id = r.contact_id
         from unnest($2::int[], $3::smallint[], $4::uuid[], $5::int[], $6::jsonb[], $7::uuid[])
             as r(row_number, outcome, client_id, other_row, problems, contact_id)
         where w.import_id = $1 and w.row_number = r.row_number",
        id,
        &numbers,
        &outcomes,
        &clients as &[Option<Uuid>],
        &others as &[Option<i32>],
        &problems,
        &contacts as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn have_gone(db: impl PgExecutor<'_>, id: Uuid, cursor: i32, counts: &Counts) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.import set row_cursor = $2, rows_done = $3, rows_made = $4, rows_updated = $5, rows_double = $6,
             rows_refused = $7 where import_id = $1",
        id,
        cursor,
        counts.done,
        counts.made,
        counts.updated,
        counts.double,
        counts.refused
    )
    .execute(db)
    .await?;
    Ok(())
}

/// From which rows of this import these clients came.
pub async fn made_by(db: impl PgExecutor<'_>, id: Uuid, clients: &[Uuid]) -> sqlx::Result<HashMap<Uuid, i32>> {
    let rows = sqlx::query!(
        r#"select client_id as "client_id!", row_number from crm.import_row
           where import_id = $1 and client_id = any ($2) and outcome = 1"#,
        id,
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.row_number)).collect())
}

pub async fn insert_keys(db: impl PgExecutor<'_>, id: Uuid, keys: &[i64], rows: &[i32]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.import_key (import_id, key, row_number)
         select $1, * from unnest($2::bigint[], $3::int[]) on conflict do nothing",
        id,
        keys,
        rows
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Earlier rows of a dry run under these keys; a key that many share says nothing.
pub async fn rows_under(db: impl PgExecutor<'_>, id: Uuid, keys: &[i64]) -> sqlx::Result<Vec<(i64, i32)>> {
    let rows = sqlx::query!(
        r#"select w.key as "key!", k.row_number as "row_number!" from unnest($2::bigint[]) as w(key)
           cross join lateral (select row_number from crm.import_key k
                               where k.import_id = $1 and k.key = w.key order by row_number limit 20) k"#,
        id,
        keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.row_number)).collect())
}

/// A row as it is shown.
pub struct Shown {
    pub result: RowResult,
    pub cells: Vec<String>,
}

pub async fn results(
    db: impl PgExecutor<'_>,
    id: Uuid,
    outcomes: &[i16],
    after: i32,
    limit: i64,
) -> sqlx::Result<Vec<Shown>> {
    let rows = sqlx::query!(
        r#"select row_number, cells, outcome, client_id, contact_id, other_row, problems as "problems: Json<Vec<Problem>>"
           from crm.import_row where import_id = $1 and outcome = any ($2) and outcome <> 0 and row_number > $3
           order by row_number limit $4"#,
        id,
        outcomes,
        after,
        limit
    )
    .fetch_all(db)
    .await?;
    let shown = rows.into_iter().filter_map(|row| {
        let outcome = Outcome::of(row.outcome)?;
        let (client, contact, other_row, problems) = (row.client_id, row.contact_id, row.other_row, row.problems.0);
        Some(Shown {
            result: RowResult { row: row.row_number, outcome, client, contact, other_row, problems },
            cells: row.cells,
        })
    });
    Ok(shown.collect())
}

/// Clients in whose name, or a contact's, all words of one of these texts are; with the place of the text.
pub async fn named(db: &mut PgConnection, words: &[String]) -> sqlx::Result<Vec<(usize, Uuid)>> {
    scans(&mut *db, false).await?;
    let rows = sqlx::query!(
        r#"select w.place as "place!", n.client_id as "client_id!"
           from unnest($1::text[]) with ordinality as w(words, place)
           cross join lateral (select client_id from crm.name_sound n
                               where n.words @> string_to_array(w.words, ' ') limit 20) n
           where w.words <> ''"#,
        words
    )
    .fetch_all(&mut *db)
    .await?;
    scans(db, true).await?;
    let place = |place: i64| usize::try_from(place - 1).unwrap_or_default();
    Ok(rows.into_iter().map(|row| (place(row.place), row.client_id)).collect())
}

/// Whether the transaction may read tables from end to end. PostgreSQL takes it that 20 of a name are soon found that way; for a name
/// that nobody has it reads all, once for each.
pub async fn scans(db: &mut PgConnection, may: bool) -> sqlx::Result<()> {
    let setting = if may { "on" } else { "off" };
    sqlx::query!("select set_config('enable_seqscan', $1, true) as set", setting).fetch_one(db).await.map(drop)
}

/// Who has these addresses: at most 20 clients for each.
pub async fn with_addresses(db: impl PgExecutor<'_>, normalized: &[String]) -> sqlx::Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!(
        r#"select w.normalized as "normalized!", a.client_id as "client_id!" from unnest($1::text[]) as w(normalized)
           cross join lateral (select distinct client_id from crm.address a
                               where a.normalized = w.normalized and a.kind in (1, 2, 3, 6) limit 20) a"#,
        normalized
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.normalized, row.client_id)).collect())
}

/// Who has these INNs: at most 20 clients for each.
pub async fn with_inns(db: impl PgExecutor<'_>, inns: &[String]) -> sqlx::Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!(
        r#"select w.inn as "inn!", c.client_id as "client_id!" from unnest($1::text[]) as w(inn)
           cross join lateral (select client_id from crm.client c
                               where c.inn = w.inn and c.inn <> '' and c.merged_into is null limit 20) c"#,
        inns
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.inn, row.client_id)).collect())
}

/// Of these clients those that are archived.
pub async fn archived(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<HashSet<Uuid>> {
    let ids = sqlx::query_scalar!(
        "select client_id from crm.client where client_id = any ($1) and archived_at is not null",
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().collect())
}

pub async fn is_employed(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.employee where employee_id = $1 and not dismissed) as "there!""#,
        employee.0
    )
    .fetch_one(db)
    .await
}

/// Forgets imports that ended 30 days ago, and those that nobody started within a week: they hold what is personal.
///
/// # Errors
/// What the database answers.
pub async fn forget_old(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from crm.import where ended_at < now() - interval '30 days'
             or (state in (1, 2, 3) and created_at < now() - interval '7 days')"
    )
    .execute(db)
    .await?;
    Ok(())
}

impl From<Found> for Import {
    fn from(row: Found) -> Self {
        Self {
            id: row.import_id,
            author: EmployeeId(row.employee_id),
            file_name: row.file_name,
            state: State::of(row.state),
            problem: row.problem,
            size_bytes: row.size_bytes,
            format: row.format,
            encoding: row.encoding,
            separator: row.separator,
            columns: row.columns.0,
            mapping: row.mapping.0,
            dry_run: row.dry_run,
            rows_total: row.rows_total,
            cursor: row.row_cursor,
            counts: Counts {
                done: row.rows_done,
                made: row.rows_made,
                updated: row.rows_updated,
                double: row.rows_double,
                refused: row.rows_refused,
            },
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}
