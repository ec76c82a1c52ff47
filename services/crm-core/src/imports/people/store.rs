//! The SQL that finds whose rows of contacts are, and who they are.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::imports::store::scans;

fn place(place: i64) -> usize {
    usize::try_from(place - 1).unwrap_or_default()
}

/// Clients in whose own name all words of one of these texts are, the shortest names first; with the place of the text.
pub async fn clients_named(db: &mut PgConnection, words: &[String]) -> sqlx::Result<Vec<(usize, Uuid)>> {
    scans(&mut *db, false).await?;
    let rows = sqlx::query!(
        r#"select w.place as "place!", n.client_id as "client_id!"
           from unnest($1::text[]) with ordinality as w(words, place)
           cross join lateral (select client_id from crm.name_sound n
                               where n.words @> string_to_array(w.words, ' ') and n.owner_id = n.client_id
                               order by cardinality(n.words) limit 20) n
           where w.words <> ''"#,
        words
    )
    .fetch_all(&mut *db)
    .await?;
    scans(db, true).await?;
    Ok(rows.into_iter().map(|row| (place(row.place), row.client_id)).collect())
}

/// Contacts that have these addresses: at most 20 for each.
pub async fn with_addresses(db: impl PgExecutor<'_>, normalized: &[String]) -> sqlx::Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!(
        r#"select w.normalized as "normalized!", a.contact_id as "contact_id!" from unnest($1::text[]) as w(normalized)
           cross join lateral (select distinct contact_id from crm.address a
                               where a.normalized = w.normalized and a.kind in (1, 2, 3, 6) and a.contact_id is not null
                               limit 20) a"#,
        normalized
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.normalized, row.contact_id)).collect())
}

/// Who is looked for by name.
pub struct Asked {
    pub words: String,
    pub owner: Uuid,
    pub birthday: Option<NaiveDate>,
}

/// Contacts of that name at the same client, and those born on the same day anywhere; with the place of who is looked for.
pub async fn contacts_named(db: &mut PgConnection, asked: &[Asked]) -> sqlx::Result<Vec<(usize, Uuid)>> {
    scans(&mut *db, false).await?;
    let words: Vec<String> = asked.iter().map(|one| one.words.clone()).collect();
    let owners: Vec<Uuid> = asked.iter().map(|one| one.owner).collect();
    let birthdays: Vec<Option<NaiveDate>> = asked.iter().map(|one| one.birthday).collect();
    let rows = sqlx::query!(
        r#"select w.place as "place!", n.owner_id as "contact_id!"
           from unnest($1::text[], $2::uuid[], $3::date[]) with ordinality as w(words, client_id, birthday, place)
           cross join lateral (
               (select n.owner_id from crm.name_sound n
                where n.client_id = w.client_id and n.owner_id <> n.client_id and n.words @> string_to_array(w.words, ' ')
                limit 20)
               union
               (select n.owner_id from crm.contact k join crm.name_sound n on n.owner_id = k.contact_id
                where k.birthday = w.birthday and n.words @> string_to_array(w.words, ' ') limit 20)) n
           where w.words <> ''"#,
        &words,
        &owners,
        &birthdays as &[Option<NaiveDate>]
    )
    .fetch_all(&mut *db)
    .await?;
    scans(db, true).await?;
    Ok(rows.into_iter().map(|row| (place(row.place), row.contact_id)).collect())
}

/// From which rows of this import these contacts came.
pub async fn made_by(db: impl PgExecutor<'_>, id: Uuid, contacts: &[Uuid]) -> sqlx::Result<HashMap<Uuid, i32>> {
    let rows = sqlx::query!(
        r#"select contact_id as "contact_id!", row_number from crm.import_row
           where import_id = $1 and contact_id = any ($2) and outcome = 1"#,
        id,
        contacts
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_id, row.row_number)).collect())
}

/// Of these clients those with no contact.
pub async fn without_contacts(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select client_id as "client_id!" from unnest($1::uuid[]) as w(client_id)
           where not exists (select from crm.contact k
                             where k.client_id = w.client_id and k.archived_at is null and k.merged_into is null)"#,
        clients
    )
    .fetch_all(db)
    .await
}
