//! The SQL that reads clients, and what is shown of records, as they are compared.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use model::{ClientId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{
    kind::{Kind, Owners},
    rules::Facts,
};

/// Which of these clients somebody sees; `None` sees all.
pub async fn visible(
    db: impl PgExecutor<'_>,
    viewer: Option<EmployeeId>,
    clients: &[Uuid],
) -> sqlx::Result<HashSet<Uuid>> {
    let ids = sqlx::query_scalar!(
        "select c.client_id from crm.client c cross join crm.client_scope($1) s
         where c.client_id = any ($2) and ($1::uuid is null or s.all_clients
             or c.responsible_employee_id = any (s.employees) or c.access_level_ids && s.levels)",
        viewer.map(|id| id.0),
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().collect())
}

struct Row {
    client_id: Uuid,
    company: bool,
    name: String,
    working_name: String,
    surname: String,
    given_name: String,
    patronymic: String,
    birthday: Option<NaiveDate>,
    inn: String,
    kpp: String,
    phones: Vec<String>,
    emails: Vec<String>,
    identities: Vec<String>,
}

/// Clients as they are compared, those that stand for themselves; addresses of contacts count as theirs.
pub async fn facts(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Vec<Facts>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.client_id, c.kind = 2 as "company!", c.name, c.working_name, c.surname, c.given_name, c.patronymic,
                  c.birthday, c.inn, c.kpp,
                  coalesce(a.phones, '{}') as "phones!", coalesce(a.emails, '{}') as "emails!",
                  coalesce(a.identities, '{}') as "identities!"
           from crm.client c
           left join lateral (
               select array_agg(distinct a.normalized) filter (where a.kind = 1) as phones,
                      array_agg(distinct a.normalized) filter (where a.kind = 2) as emails,
                      array_agg(distinct a.normalized) filter (where a.kind in (3, 6)) as identities
               from crm.address a where a.client_id = c.client_id) a on true
           where c.client_id = any ($1) and c.merged_into is null"#,
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Facts::from).collect())
}

impl From<Row> for Facts {
    fn from(row: Row) -> Self {
        let parts = [row.surname, row.given_name, row.patronymic].join(" ").trim().to_owned();
        let names = [row.name, row.working_name, parts].into_iter().filter(|name| !name.is_empty());
        Self {
            id: row.client_id,
            company: row.company,
            names: names.collect(),
            inn: row.inn,
            kpp: row.kpp,
            birthday: row.birthday,
            phones: row.phones,
            emails: row.emails,
            identities: row.identities,
        }
    }
}

/// Clients that share an address or an INN; at most 200.
pub async fn sharing(db: impl PgExecutor<'_>, addresses: &[String], inn: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select client_id as "client_id!" from (
               select client_id from crm.address where normalized = any ($1) and kind in (1, 2, 3, 6)
               union
               select client_id from crm.client where inn = $2 and inn <> '') hit limit 200"#,
        addresses,
        inn
    )
    .fetch_all(db)
    .await
}

/// Words of any name that look like this one: by trigrams, or beginning like it. At most 300.
pub async fn words_like(db: impl PgExecutor<'_>, word: &str, beginning: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"(select word as "word!" from crm.sound_word where word operator(public.%) $1
            order by public.similarity(word, $1) desc, word limit 150)
           union (select word from crm.sound_word where word like $2 || '%' and length(word) <= length($1) + 6
                  order by public.similarity(word, $1) desc, word limit 150)"#,
        word,
        beginning
    )
    .fetch_all(db)
    .await
}

/// Clients in whose name, or a contact's, there is one word of each list; at most `most`. An empty list asks for nothing.
pub async fn named(
    db: impl PgExecutor<'_>,
    lists: [&[String]; 4],
    most: i64,
) -> sqlx::Result<Vec<(Uuid, Vec<String>)>> {
    let [first, second, third, fourth] = lists;
    let rows = sqlx::query!(
        "select n.client_id, n.words from crm.name_sound n
         where n.words && $1 and (cardinality($2::text[]) = 0 or n.words && $2)
           and (cardinality($3::text[]) = 0 or n.words && $3) and (cardinality($4::text[]) = 0 or n.words && $4)
         limit $5",
        first,
        second,
        third,
        fourth,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.words)).collect())
}

/// Those of these that were called different from one, here or of those that were merged into them.
pub async fn different(db: impl PgExecutor<'_>, one: Uuid, others: &[Uuid]) -> sqlx::Result<HashSet<Uuid>> {
    let ids = sqlx::query_scalar!(
        r#"select case when coalesce(a.merged_into, a.record_id) = $1 then coalesce(b.merged_into, b.record_id)
                       else coalesce(a.merged_into, a.record_id) end as "record_id!"
           from crm.called_different n
           join crm.duplicate_record a on a.record_id = n.one_id join crm.duplicate_record b on b.record_id = n.other_id
           where $1 in (coalesce(a.merged_into, a.record_id), coalesce(b.merged_into, b.record_id))"#,
        one
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().filter(|id| others.contains(id)).collect())
}

/// Remembers that each two of these are different.
pub async fn mark_different(
    db: impl PgExecutor<'_>,
    kind: Kind,
    ids: &[Uuid],
    by: Option<EmployeeId>,
) -> sqlx::Result<u64> {
    let by = by.map(|id| id.0);
    let done = match kind {
        Kind::Client => sqlx::query!(
            "insert into crm.not_duplicate (one_id, other_id, employee_id)
             select one, other, $2 from unnest($1::uuid[]) one cross join unnest($1::uuid[]) other where one < other
             order by one, other on conflict do nothing",
            ids,
            by
        ),
        Kind::Contact => sqlx::query!(
            "insert into crm.not_duplicate_contact (one_id, other_id, employee_id)
             select one, other, $2 from unnest($1::uuid[]) one cross join unnest($1::uuid[]) other where one < other
             order by one, other on conflict do nothing",
            ids,
            by
        ),
    };
    Ok(done.execute(db).await?.rows_affected())
}

/// Whether there is such a record, be it merged or not.
pub async fn is_there(db: impl PgExecutor<'_>, kind: Kind, id: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.duplicate_record where kind = $1 and record_id = $2) as "there!""#,
        kind.number(),
        id
    )
    .fetch_one(db)
    .await
}

/// Whose records are.
pub async fn owners(db: impl PgExecutor<'_>, kind: Kind, ids: &[Uuid]) -> sqlx::Result<Owners> {
    let rows = sqlx::query!(
        r#"select record_id as "record_id!", client_id as "client_id!" from crm.duplicate_record
           where kind = $1 and record_id = any ($2)"#,
        kind.number(),
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.record_id, row.client_id)).collect())
}

/// Somebody who is compared, as far as the viewer may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub kind: Kind,
    pub id: Uuid,
    pub client: ClientId,
    /// `None` where the viewer may not open it, as the next.
    pub name: Option<String>,
    /// Of a contact: its client's.
    pub client_name: Option<String>,
    /// For the client.
    pub responsible: Option<EmployeeId>,
}

/// Those of these records that stand for themselves.
pub async fn shown(
    db: impl PgExecutor<'_>,
    viewer: Option<EmployeeId>,
    ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Shown>> {
    struct Row {
        kind: i16,
        record_id: Uuid,
        name: String,
        client_id: Uuid,
        client_name: String,
        responsible_employee_id: Option<Uuid>,
        seen: bool,
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select r.kind as "kind!", r.record_id as "record_id!", r.name as "name!", c.client_id, c.name as client_name,
                  c.responsible_employee_id, coalesce($2::uuid is null or s.all_clients
                      or c.responsible_employee_id = any (s.employees) or c.access_level_ids && s.levels, false) as "seen!"
           from crm.duplicate_record r join crm.client c on c.client_id = r.client_id cross join crm.client_scope($2) s
           where r.record_id = any ($1) and r.merged_into is null"#,
        ids,
        viewer.map(|id| id.0)
    )
    .fetch_all(db)
    .await?;
    let shown = |row: Row| {
        let (kind, seen) = (Kind::of(row.kind), row.seen);
        Shown {
            kind,
            id: row.record_id,
            client: row.client_id.into(),
            name: seen.then_some(row.name),
            client_name: (seen && kind == Kind::Contact).then_some(row.client_name),
            responsible: row.responsible_employee_id.map(EmployeeId),
        }
    };
    Ok(rows.into_iter().map(shown).map(|one| (one.id, one)).collect())
}
