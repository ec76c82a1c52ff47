//! The SQL that reads clients as they are compared.

use std::collections::HashSet;

use chrono::NaiveDate;
use model::{ClientId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::rules::Facts;

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

/// Those of these pairs that were called different, here or of those that were merged into them.
pub async fn different(db: impl PgExecutor<'_>, one: ClientId, others: &[Uuid]) -> sqlx::Result<HashSet<Uuid>> {
    let ids = sqlx::query_scalar!(
        r#"select case when coalesce(a.merged_into, a.client_id) = $1 then coalesce(b.merged_into, b.client_id)
                       else coalesce(a.merged_into, a.client_id) end as "client_id!"
           from crm.not_duplicate n
           join crm.client a on a.client_id = n.one_id join crm.client b on b.client_id = n.other_id
           where $1 in (coalesce(a.merged_into, a.client_id), coalesce(b.merged_into, b.client_id))"#,
        one.0
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().filter(|id| others.contains(id)).collect())
}

/// Remembers that each two of these are different.
pub async fn mark_different(db: impl PgExecutor<'_>, clients: &[Uuid], by: Option<EmployeeId>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "insert into crm.not_duplicate (one_id, other_id, employee_id)
         select one, other, $2 from unnest($1::uuid[]) one cross join unnest($1::uuid[]) other where one < other
         order by one, other on conflict do nothing",
        clients,
        by.map(|id| id.0)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Whether there is a client of this id, be it merged or not.
pub async fn is_there(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from crm.client where client_id = $1) as "there!""#, client.0)
        .fetch_one(db)
        .await
}

/// Names and responsible people of clients.
pub async fn shown(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Vec<(Uuid, String, Option<EmployeeId>)>> {
    let rows = sqlx::query!(
        "select client_id, name, responsible_employee_id from crm.client where client_id = any ($1) and merged_into is null",
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.name, row.responsible_employee_id.map(EmployeeId))).collect())
}
