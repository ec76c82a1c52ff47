//! The SQL that reads contacts as they are compared; and clients or contacts, by their kind.

use chrono::NaiveDate;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{kind::Kind, rules::Facts, store};

struct Row {
    contact_id: Uuid,
    name: String,
    birthday: Option<NaiveDate>,
    phones: Vec<String>,
    emails: Vec<String>,
    identities: Vec<String>,
}

/// Records as they are compared, those that stand for themselves.
pub async fn facts(db: &mut PgConnection, kind: Kind, ids: &[Uuid]) -> sqlx::Result<Vec<Facts>> {
    if kind == Kind::Client {
        return store::facts(db, ids).await;
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select k.contact_id, k.name, k.birthday, coalesce(a.phones, '{}') as "phones!",
                  coalesce(a.emails, '{}') as "emails!", coalesce(a.identities, '{}') as "identities!"
           from crm.contact k
           left join lateral (
               select array_agg(distinct a.normalized) filter (where a.kind = 1) as phones,
                      array_agg(distinct a.normalized) filter (where a.kind = 2) as emails,
                      array_agg(distinct a.normalized) filter (where a.kind in (3, 6)) as identities
               from crm.address a where a.contact_id = k.contact_id) a on true
           where k.contact_id = any ($1) and k.merged_into is null"#,
        ids
    )
    .fetch_all(db)
    .await?;
    let facts = |row: Row| Facts {
        id: row.contact_id,
        names: vec![row.name],
        birthday: row.birthday,
        phones: row.phones,
        emails: row.emails,
        identities: row.identities,
        ..Facts::default()
    };
    Ok(rows.into_iter().map(facts).collect())
}

/// Records that share an address or an INN; at most 200.
pub async fn sharing(db: &mut PgConnection, kind: Kind, addresses: &[String], inn: &str) -> sqlx::Result<Vec<Uuid>> {
    match kind {
        Kind::Client => store::sharing(db, addresses, inn).await,
        Kind::Contact => contacts_sharing(db, addresses).await,
    }
}

async fn contacts_sharing(db: impl PgExecutor<'_>, addresses: &[String]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select distinct contact_id as "contact_id!" from crm.address
           where normalized = any ($1) and kind in (1, 2, 3, 6) and contact_id is not null limit 200"#,
        addresses
    )
    .fetch_all(db)
    .await
}

/// Records in whose name there is one word of each list; at most `most`. An empty list asks for nothing.
pub async fn named(db: &mut PgConnection, kind: Kind, lists: [&[String]; 4], most: i64) -> sqlx::Result<Vec<Uuid>> {
    match kind {
        Kind::Client => Ok(store::named(db, lists, most).await?.into_iter().map(|(client, _)| client).collect()),
        Kind::Contact => contacts_named(db, lists, most).await,
    }
}

async fn contacts_named(db: impl PgExecutor<'_>, lists: [&[String]; 4], most: i64) -> sqlx::Result<Vec<Uuid>> {
    let [first, second, third, fourth] = lists;
    sqlx::query_scalar!(
        "select n.owner_id from crm.name_sound n
         where n.owner_id <> n.client_id and n.words && $1 and (cardinality($2::text[]) = 0 or n.words && $2)
           and (cardinality($3::text[]) = 0 or n.words && $3) and (cardinality($4::text[]) = 0 or n.words && $4)
         limit $5",
        first,
        second,
        third,
        fourth,
        most
    )
    .fetch_all(db)
    .await
}
