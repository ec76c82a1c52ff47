//! The SQL of merges. Tables and columns come from `references`, never from a caller.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{ClientId, ContactPointId, EmployeeId};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row as _, types::Json};
use uuid::Uuid;

use super::{
    Count, Merge,
    fields::{Columns, Filled, Held, Row},
    references::Reference,
};
use crate::{change::RequestHash, duplicates::kind::Kind};

impl Kind {
    const fn table(self) -> &'static str {
        match self {
            Self::Client => "crm.client",
            Self::Contact => "crm.contact",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Client => "client_id",
            Self::Contact => "contact_id",
        }
    }
}

/// Rows of records, locked in order of their ids against merges, links and everything else that changes them.
pub async fn lock(db: &mut PgConnection, kind: Kind, ids: &[Uuid]) -> sqlx::Result<BTreeMap<Uuid, Row>> {
    let (table, column) = (kind.table(), kind.column());
    let sql = format!(
        "select {column} as id, to_jsonb(t) as row from {table} t where {column} = any ($1) order by 1 for update"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(ids).fetch_all(db).await?;
    let read = |row: sqlx::postgres::PgRow| -> sqlx::Result<(Uuid, Row)> {
        let Json(told): Json<Row> = row.try_get("row")?;
        Ok((row.try_get("id")?, told))
    };
    rows.into_iter().map(read).collect()
}

/// How many rows records have.
pub async fn count(db: &mut PgConnection, of: &Reference, clients: &[Uuid]) -> sqlx::Result<i64> {
    let Reference { table, column, only, .. } = of;
    let sql = format!("select count(*) from {table} t where t.{column} = any ($1) and {only}");
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(clients).fetch_one(db).await
}

fn partition(columns: &[&str]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("t.{column}")).collect();
    if columns.is_empty() { String::new() } else { format!("partition by {}", columns.join(", ")) }
}

/// The rows of records of which each has one by its name; none where the reference asks nothing.
pub async fn held(db: &mut PgConnection, of: &Reference, clients: &[Uuid]) -> sqlx::Result<Vec<Held>> {
    let Reference { table, column, only, asked: Some(name), .. } = of else { return Ok(Vec::new()) };
    let sql = format!(
        "select {name} as name, t.{column} as owner,
                sha256(convert_to((to_jsonb(t) - '{column}')::text, 'UTF8')) as content
         from {table} t where t.{column} = any ($1) and {only}"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(clients).fetch_all(db).await?;
    let held = |row: sqlx::postgres::PgRow| -> sqlx::Result<Held> {
        Ok(Held { name: row.try_get("name")?, owner: row.try_get("owner")?, content: row.try_get("content")? })
    };
    rows.into_iter().map(held).collect()
}

/// Takes away rows that do not stay, of all but the one named; returns how many.
pub async fn drop_others(
    db: &mut PgConnection,
    of: &Reference,
    merge: Uuid,
    all: &[Uuid],
    kept: &BTreeMap<String, Uuid>,
) -> sqlx::Result<u64> {
    let Reference { table, column, only, asked: Some(name), .. } = of else { return Ok(0) };
    let (names, owners): (Vec<&str>, Vec<Uuid>) = kept.iter().map(|(name, owner)| (name.as_str(), *owner)).unzip();
    let sql = format!(
        "with dropped as (
             delete from {table} t using unnest($3::text[], $4::uuid[]) k(name, owner)
             where t.{column} = any ($2) and {only} and {name} = k.name and t.{column} <> k.owner
             returning t.{column} as owner, to_jsonb(t) as row)
         insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
         select $1, '{table}.{column}', owner, row, true from dropped"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(all).bind(names).bind(owners);
    Ok(query.execute(db).await?.rows_affected())
}

/// Takes away rows that tie those that are merged to each other; returns how many.
pub async fn drop_inside(db: &mut PgConnection, of: &Reference, merge: Uuid, all: &[Uuid]) -> sqlx::Result<u64> {
    let Reference { table, column, only, inside: Some(inside), .. } = of else { return Ok(0) };
    let sql = format!(
        "with dropped as (
             delete from {table} t where t.{column} = any ($2) and t.{inside} = any ($2) and {only}
             returning t.{column} as owner, to_jsonb(t) as row)
         insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
         select $1, '{table}.{column}', owner, row, true from dropped"
    );
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(all).execute(db).await?.rows_affected())
}

/// Takes away rows of the others that the original, or one before them, has too; returns how many.
pub async fn drop_repeated(
    db: &mut PgConnection,
    of: &Reference,
    merge: Uuid,
    original: Uuid,
    all: &[Uuid],
) -> sqlx::Result<u64> {
    let Reference { table, column, only, key, .. } = of;
    let by_key = partition(key);
    let sql = format!(
        "with ranked as (
             select t.ctid as at, t.{column} as owner,
                    row_number() over ({by_key} order by t.{column} <> $2, t.{column}) as number
             from {table} t where t.{column} = any ($3) and {only}),
         dropped as (
             delete from {table} t using ranked r where t.ctid = r.at and r.number > 1 and r.owner <> $2
             returning t.{column} as owner, to_jsonb(t) as row)
         insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
         select $1, '{table}.{column}', owner, row, true from dropped"
    );
    let done = sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(original).bind(all).execute(db).await?;
    Ok(done.rows_affected())
}

/// Gives the rows of the others to the original, and notes whose they were and how.
pub async fn move_rows(
    db: &mut PgConnection,
    of: &Reference,
    merge: Uuid,
    original: Uuid,
    others: &[Uuid],
) -> sqlx::Result<()> {
    let Reference { table, column, only, .. } = of;
    let sql = format!(
        "insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
         select $1, '{table}.{column}', t.{column}, to_jsonb(t), false from {table} t
         where t.{column} = any ($2) and {only}"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(others).execute(&mut *db).await?;
    if let Some(main) = &of.main {
        let (flag, by_group) = (main.column, partition(main.group));
        let sql = format!(
            "with ranked as (
                 select t.ctid as at, row_number() over ({by_group} order by t.{column} <> $1, t.{column}) as number
                 from {table} t where (t.{column} = $1 or t.{column} = any ($2)) and t.{flag})
             update {table} t set {flag} = false from ranked r where t.ctid = r.at and r.number > 1"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(original).bind(others).execute(&mut *db).await?;
    }
    let sql = format!("update {table} t set {column} = $1 where t.{column} = any ($2) and {only}");
    sqlx::query(AssertSqlSafe(sql)).bind(original).bind(others).execute(db).await?;
    Ok(())
}

/// ` and <one>.<column> is not distinct from <other>.<column>` for each of these columns.
fn same(columns: &[&str], one: &str, other: &str) -> String {
    columns.iter().map(|column| format!(" and {one}.{column} is not distinct from {other}.{column}")).collect()
}

/// Whether a row still says what another does; only asked of what somebody could change where it stands.
fn untouched(of: &Reference, one: &str, other: &str) -> String {
    let column = of.column;
    let same = format!(" and to_jsonb({one}) - '{column}' = to_jsonb({other}) - '{column}'");
    of.asked.map(|_| same).unwrap_or_default()
}

/// Gives back what is still the original's, but where its owner has such a thing again.
pub async fn move_back(db: &mut PgConnection, of: &Reference, merge: Uuid, original: Uuid) -> sqlx::Result<()> {
    let Reference { table, column, key, main, .. } = of;
    let (same_key, again, untouched) = (same(key, "t", "was"), same(key, "o", "t"), untouched(of, "t", "was"));
    let main = main.map(|main| {
        let (flag, back, group) = (main.column, main.back, same(main.group, "o", "t"));
        format!(
            ", {flag} = {back} and not exists (
                 select from {table} o where o.{column} = j.from_client_id and o.{flag}{group})"
        )
    });
    let main = main.unwrap_or_default();
    let sql = format!(
        "update {table} t set {column} = j.from_client_id{main}
         from crm.merge_journal j cross join lateral jsonb_populate_record(null::{table}, j.row) was
         where j.merge_id = $1 and j.reference = '{table}.{column}' and not j.dropped
           and t.{column} = $2{same_key}{untouched}
           and not exists (select from {table} o where o.{column} = j.from_client_id{again})"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(original).execute(db).await?;
    Ok(())
}

/// Puts back what was taken away, and what was changed where it stood: there the change stays, and its owner gets what it had.
/// What the original had is left out where something else came in its place and somebody changed that since.
pub async fn put_back(db: &mut PgConnection, of: &Reference, merge: Uuid, original: Uuid) -> sqlx::Result<()> {
    let Reference { table, column, key, asked, .. } = of;
    let (same_place, back, unchanged) =
        (same(key, "moved", "was"), same(key, "t", "moved"), untouched(of, "t", "moved"));
    let changed = if asked.is_some() { "true" } else { "false" };
    let sql = format!(
        "insert into {table} overriding system value
         select was.* from crm.merge_journal j cross join lateral jsonb_populate_record(null::{table}, j.row) was
         where j.merge_id = $1 and j.reference = '{table}.{column}' and (j.dropped or {changed})
           and (j.from_client_id <> $2 or not exists (
               select from crm.merge_journal k cross join lateral jsonb_populate_record(null::{table}, k.row) moved
               where k.merge_id = $1 and k.reference = j.reference and not k.dropped{same_place}
                 and not exists (select from {table} t where t.{column} = k.from_client_id{back}{unchanged})))
         order by j.place on conflict do nothing"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(merge).bind(original).execute(db).await?;
    Ok(())
}

/// Rows of contacts name the client that each of these is of now.
pub async fn follow_client(db: &mut PgConnection, of: &Reference, contacts: &[Uuid]) -> sqlx::Result<()> {
    let Reference { table, column, with_client: true, .. } = of else { return Ok(()) };
    let sql = format!(
        "update {table} t set client_id = k.client_id from crm.contact k
         where k.contact_id = t.{column} and t.{column} = any ($1) and t.client_id <> k.client_id"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(contacts).execute(db).await?;
    Ok(())
}

/// Clears what clients say of contacts that are not theirs.
pub async fn clear_foreign_contacts(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "with said as (
             select c.client_id,
                    (select k.contact_id from crm.contact k
                     where k.contact_id = c.main_contact_id and k.client_id = c.client_id) as main_contact_id,
                    (select coalesce(jsonb_agg(case when i.one ->> 'contact_id' is null or exists (
                                select from crm.contact k
                                where k.contact_id = (i.one ->> 'contact_id')::uuid and k.client_id = c.client_id)
                            then i.one else i.one || '{\"contact_id\": null}' end order by i.place), '[]')
                     from jsonb_array_elements(c.more_industries) with ordinality i(one, place)) as more_industries
             from crm.client c where c.client_id = any ($1))
         update crm.client c set main_contact_id = s.main_contact_id, more_industries = s.more_industries
         from said s where c.client_id = s.client_id
           and (c.main_contact_id, c.more_industries) is distinct from (s.main_contact_id, s.more_industries)",
        clients
    )
    .execute(db)
    .await?;
    Ok(())
}

/// When clients were changed last.
pub async fn set_updated(db: impl PgExecutor<'_>, clients: &[Uuid], at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update crm.client set updated_at = $2 where client_id = any ($1)", clients, at).execute(db).await?;
    Ok(())
}

/// Gives contacts a new revision.
pub async fn bump_contacts(db: impl PgExecutor<'_>, contacts: &[Uuid], at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.contact set revision = revision + 1, updated_at = $2 where contact_id = any ($1)",
        contacts,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes columns of a record; they come from `references`.
pub async fn write(db: &mut PgConnection, kind: Kind, id: Uuid, columns: &Columns) -> sqlx::Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    let set = names.iter().map(|name| format!("{name} = was.{name}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "update {table} c set {set} from jsonb_populate_record(null::{table}, $2) was where c.{column} = $1",
        table = kind.table(),
        column = kind.column()
    );
    sqlx::query(AssertSqlSafe(sql)).bind(id).bind(Json(columns)).execute(db).await?;
    Ok(())
}

/// Says into which record others went; `None`: they stand for themselves again.
pub async fn set_merged(db: &mut PgConnection, kind: Kind, others: &[Uuid], into: Option<Uuid>) -> sqlx::Result<()> {
    let sql = format!("update {} set merged_into = $2 where {} = any ($1)", kind.table(), kind.column());
    sqlx::query(AssertSqlSafe(sql)).bind(others).bind(into).execute(db).await?;
    Ok(())
}

/// The contact points that a merge moved.
pub async fn moved_points(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<Vec<(ContactPointId, ClientId)>> {
    let rows = sqlx::query!(
        r#"select (j.row->>'contact_point_id')::uuid as "point!", l.client_id
           from crm.merge_journal j
           join crm.contact_point_link l on l.contact_point_id = (j.row->>'contact_point_id')::uuid
           where j.merge_id = $1 and j.reference = 'crm.contact_point_link.client_id' order by j.place"#,
        merge
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.point.into(), row.client_id.into())).collect())
}

/// `false` when a merge of this id is there already; until we commit, who brings the same id waits.
pub async fn insert(db: impl PgExecutor<'_>, merge: &Merge, request: &RequestHash) -> sqlx::Result<bool> {
    let contact = (merge.kind == Kind::Contact).then_some(merge.original);
    let done = sqlx::query!(
        "insert into crm.merge (merge_id, request_sha256, client_id, other_ids, counts, fields_before, fields_after,
                                employee_id, merged_at, contact_id)
         values ($1, $2, $3, $4, '[]', '{}', '{}', $5, $6, $7) on conflict (merge_id) do nothing",
        merge.id,
        request.bytes(),
        merge.client.0,
        &merge.others,
        merge.author.map(Uuid::from),
        merge.merged_at,
        contact
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn finish(db: impl PgExecutor<'_>, merge: Uuid, counts: &[Count], filled: &Filled) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.merge set counts = $2, fields_before = $3, fields_after = $4 where merge_id = $1",
        merge,
        Json(counts) as _,
        Json(&filled.before) as _,
        Json(&filled.after) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn request_of(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.merge where merge_id = $1", merge).fetch_optional(db).await
}

pub async fn set_undone(db: impl PgExecutor<'_>, merge: Uuid, at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update crm.merge set undone_at = $2 where merge_id = $1", merge, at).execute(db).await?;
    Ok(())
}

/// What the merge changed in the original's fields.
pub async fn filled(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<Filled> {
    let row = sqlx::query!(
        r#"select fields_before as "before: Json<Columns>", fields_after as "after: Json<Columns>"
           from crm.merge where merge_id = $1"#,
        merge
    )
    .fetch_one(db)
    .await?;
    Ok(Filled { before: row.before.0, after: row.after.0 })
}

/// One of these clients whose erasure waits or goes on.
pub async fn being_erased(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select client_id from crm.erasure where client_id = any ($1) and state in (1, 2) limit 1",
        clients
    )
    .fetch_optional(db)
    .await
}

/// One merge, locked: two who take it back at once do it once.
pub async fn merge_for_update(db: &mut PgConnection, merge: Uuid) -> sqlx::Result<Option<Merge>> {
    sqlx::query!("select 1 as one from crm.merge where merge_id = $1 for update", merge)
        .fetch_optional(&mut *db)
        .await?;
    self::merge(db, merge).await
}

pub async fn merge(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<Option<Merge>> {
    let sql = format!("{SELECT} where merge_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(merge).fetch_optional(db).await?;
    row.map(|row| read(&row)).transpose()
}

const SELECT: &str =
    "select merge_id, client_id, contact_id, other_ids, counts, employee_id, merged_at, undone_at from crm.merge";

/// A page of merges of a kind, the newest first; of one record, those that it takes part in.
pub async fn merges(
    db: impl PgExecutor<'_>,
    kind: Kind,
    of: Option<Uuid>,
    viewer: Option<EmployeeId>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Merge>> {
    let sql = format!(
        "{SELECT} m where ($1::uuid is null or coalesce(contact_id, client_id) = $1 or other_ids @> array[$1])
                    and (contact_id is not null) = $6
                    and ($2::timestamptz is null or (merged_at, merge_id) < ($2, $3::uuid))
                    and ($5::uuid is null or exists (
                        select from crm.client c cross join crm.client_scope($5) s
                        where c.client_id = coalesce((select k.client_id from crm.contact k where k.contact_id = m.contact_id),
                                                     m.client_id) and (s.all_clients or c.responsible_employee_id = any (s.employees)
                                                             or c.access_level_ids && s.levels)))
         order by merged_at desc, merge_id desc limit $4"
    );
    let (at, id) = after.unzip();
    let query = sqlx::query(AssertSqlSafe(sql)).bind(of).bind(at).bind(id).bind(limit);
    let query = query.bind(viewer.map(|id| id.0)).bind(kind == Kind::Contact);
    query.fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &sqlx::postgres::PgRow) -> sqlx::Result<Merge> {
    let client: Uuid = row.try_get("client_id")?;
    let contact: Option<Uuid> = row.try_get("contact_id")?;
    let counts: Json<Vec<Count>> = row.try_get("counts")?;
    Ok(Merge {
        id: row.try_get("merge_id")?,
        kind: if contact.is_some() { Kind::Contact } else { Kind::Client },
        original: contact.unwrap_or(client),
        client: ClientId(client),
        others: row.try_get("other_ids")?,
        counts: counts.0,
        author: row.try_get::<Option<Uuid>, _>("employee_id")?.map(EmployeeId),
        merged_at: row.try_get("merged_at")?,
        undone_at: row.try_get("undone_at")?,
    })
}

/// Forgets the journals of merges that can no longer be taken back.
pub async fn forget_journals(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from crm.merge_journal j using crm.merge m
         where m.merge_id = j.merge_id and (m.merged_at < now() - interval '31 days' or m.undone_at < now() - interval '1 day')"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a later merge stands that went on from what this one made: into the same original, or of these clients when this one is
/// of contacts, or of their contacts when it is of clients. What the one put somewhere the other may have put elsewhere.
pub async fn has_later(db: impl PgExecutor<'_>, of: &Merge, clients: &[Uuid]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from crm.merge m
               where m.undone_at is null and (m.merged_at, m.merge_id) > ($2, $3) and (
                   m.client_id = $1 and m.contact_id is null or m.contact_id = $1
                   or $4 and m.contact_id is null and (m.client_id = any ($5) or m.other_ids && $5::uuid[])
                   or not $4 and m.contact_id is not null and exists (
                       select from crm.contact k
                       where k.client_id = any ($5) and (k.contact_id = m.contact_id or k.contact_id = any (m.other_ids)))))
               as "later!""#,
        of.original,
        of.merged_at,
        of.id,
        of.kind == Kind::Contact,
        clients
    )
    .fetch_one(db)
    .await
}

/// Whether an erasure took what this merge had written down: then nothing goes back.
pub async fn is_erased(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select request_sha256 = '' as "erased!" from crm.merge where merge_id = $1"#, merge)
        .fetch_one(db)
        .await
}

/// Where a record went, if it was merged.
#[must_use]
pub fn merged_into(row: &Row) -> Option<&str> {
    row.get("merged_into").and_then(Value::as_str)
}
