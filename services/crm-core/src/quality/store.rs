//! The SQL of counts. One statement per function; the caller owns the transaction.

use std::collections::HashMap;

use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::score::{Mark, Share};

/// What is stored of many records.
pub struct Columns {
    ids: Vec<Uuid>,
    contact_percents: Vec<Option<i16>>,
    portrait_percents: Vec<Option<i16>>,
    percents: Vec<Option<f32>>,
    /// Lists of lists do not fit into an array.
    missing: Json<Vec<[Vec<String>; 2]>>,
}

impl Columns {
    #[must_use]
    pub fn of(marks: Vec<(Uuid, Mark)>, percents: Vec<Option<f32>>) -> Self {
        Self {
            ids: marks.iter().map(|(id, _)| *id).collect(),
            contact_percents: marks.iter().map(|(_, mark)| mark.contact.percent).collect(),
            portrait_percents: marks.iter().map(|(_, mark)| mark.portrait.percent).collect(),
            percents,
            missing: Json(marks.into_iter().map(|(_, mark)| [mark.contact.missing, mark.portrait.missing]).collect()),
        }
    }
}

/// Locks clients until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("select from crm.client where client_id = any ($1) order by client_id for no key update", clients)
        .fetch_all(db)
        .await?;
    Ok(())
}

pub async fn active_contacts(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select contact_id from crm.contact
         where client_id = any ($1) and archived_at is null and merged_into is null order by contact_id",
        clients
    )
    .fetch_all(db)
    .await
}

/// The mean of the active contacts of those clients that have any; `None` where nothing is required of contacts.
pub async fn contact_means(db: impl PgExecutor<'_>, clients: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Option<f32>>> {
    let rows = sqlx::query!(
        r#"select c.client_id, avg(q.percent)::float4 as mean
           from crm.contact c left join crm.contact_quality q using (contact_id)
           where c.client_id = any ($1) and c.archived_at is null and c.merged_into is null group by c.client_id"#,
        clients
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.mean)).collect())
}

/// Writes those that changed.
pub async fn save_contacts(db: impl PgExecutor<'_>, columns: &Columns) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.contact_quality as q (contact_id, contact_percent, portrait_percent, percent, missing_contact, missing_portrait)
         select r.id, r.contact, r.portrait, r.percent,
                array(select jsonb_array_elements_text(r.missing -> 0)), array(select jsonb_array_elements_text(r.missing -> 1))
         from rows from (unnest($1::uuid[]), unnest($2::smallint[]), unnest($3::smallint[]), unnest($4::float4[]),
                         jsonb_array_elements($5)) as r(id, contact, portrait, percent, missing)
         on conflict (contact_id) do update set contact_percent = excluded.contact_percent,
             portrait_percent = excluded.portrait_percent, percent = excluded.percent,
             missing_contact = excluded.missing_contact, missing_portrait = excluded.missing_portrait
         where (q.contact_percent, q.portrait_percent, q.percent, q.missing_contact, q.missing_portrait) is distinct from
               (excluded.contact_percent, excluded.portrait_percent, excluded.percent, excluded.missing_contact, excluded.missing_portrait)",
        &columns.ids,
        &columns.contact_percents as _,
        &columns.portrait_percents as _,
        &columns.percents as _,
        &columns.missing as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes those that changed.
pub async fn save_clients(db: impl PgExecutor<'_>, columns: &Columns) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.client_quality as q (client_id, contact_percent, portrait_percent, percent, missing_contact, missing_portrait)
         select r.id, r.contact, r.portrait, r.percent,
                array(select jsonb_array_elements_text(r.missing -> 0)), array(select jsonb_array_elements_text(r.missing -> 1))
         from rows from (unnest($1::uuid[]), unnest($2::smallint[]), unnest($3::smallint[]), unnest($4::float4[]),
                         jsonb_array_elements($5)) as r(id, contact, portrait, percent, missing)
         on conflict (client_id) do update set contact_percent = excluded.contact_percent,
             portrait_percent = excluded.portrait_percent, percent = excluded.percent,
             missing_contact = excluded.missing_contact, missing_portrait = excluded.missing_portrait
         where (q.contact_percent, q.portrait_percent, q.percent, q.missing_contact, q.missing_portrait) is distinct from
               (excluded.contact_percent, excluded.portrait_percent, excluded.percent, excluded.missing_contact, excluded.missing_portrait)",
        &columns.ids,
        &columns.contact_percents as _,
        &columns.portrait_percents as _,
        &columns.percents as _,
        &columns.missing as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is stored of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub own: Mark,
    pub percent: Option<f32>,
    /// Those that lack something, by name.
    pub contacts: Vec<(Uuid, Mark)>,
}

struct Row {
    contact_id: Option<Uuid>,
    contact_percent: Option<i16>,
    portrait_percent: Option<i16>,
    percent: Option<f32>,
    missing_contact: Vec<String>,
    missing_portrait: Vec<String>,
}

impl Row {
    fn mark(self) -> Mark {
        Mark {
            contact: Share { percent: self.contact_percent, missing: self.missing_contact },
            portrait: Share { percent: self.portrait_percent, missing: self.missing_portrait },
        }
    }
}

/// What a client reaches; `None` when it was not counted yet.
pub async fn of_client(db: impl PgExecutor<'_>, client: Uuid) -> sqlx::Result<Option<Stored>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select null::uuid as contact_id, contact_percent, portrait_percent, percent,
                  missing_contact as "missing_contact!", missing_portrait as "missing_portrait!"
           from crm.client_quality where client_id = $1
           union all
           (select q.contact_id, q.contact_percent, q.portrait_percent, q.percent, q.missing_contact, q.missing_portrait
            from crm.contact_quality q join crm.contact c using (contact_id)
            where c.client_id = $1 and c.archived_at is null and c.merged_into is null
              and cardinality(q.missing_contact) + cardinality(q.missing_portrait) > 0
            order by c.search_name, c.contact_id limit 50)"#,
        client
    )
    .fetch_all(db)
    .await?;
    let mut stored: Option<Stored> = None;
    let mut contacts = Vec::new();
    for row in rows {
        match row.contact_id {
            Some(id) => contacts.push((id, row.mark())),
            None => stored = Some(Stored { percent: row.percent, own: row.mark(), contacts: Vec::new() }),
        }
    }
    Ok(stored.map(|stored| Stored { contacts, ..stored }))
}
