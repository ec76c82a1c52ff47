//! What the log's ids are called now.

use std::collections::HashMap;

use ::store::access::Row;
use model::ClientId;
use sqlx::PgExecutor;
use uuid::Uuid;

/// A thing that is still there.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub name: String,
    /// Whose it is: of a merged client the one that stayed.
    pub client: Option<Uuid>,
    pub client_name: String,
    /// Of a list as a file.
    pub records: u64,
}

/// Whom the log of a client is about: the client, those merged into it, and the leads that became one of them.
pub async fn subjects(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"with recursive ours as (
               select client_id from crm.client where client_id = $1 or merged_into = $1),
           became(lead_id) as (
               select lead_id from crm.lead where client_id in (select client_id from ours)
               union
               select l.lead_id from crm.lead l join became b on l.merged_into = b.lead_id)
           select client_id as "subject!" from ours union all select lead_id from became"#,
        client.0
    )
    .fetch_all(db)
    .await
}

/// By id, of objects and of those whose they are.
pub async fn named(db: impl PgExecutor<'_>, rows: &[Row]) -> sqlx::Result<HashMap<Uuid, Named>> {
    let ids: Vec<Uuid> =
        rows.iter().map(|row| row.object_id).chain(rows.iter().filter_map(|row| row.subject_id)).collect();
    let found = sqlx::query!(
        r#"with thing(id, name, owner_id, records) as (
               select client_id, name, client_id, 0::bigint from crm.client where client_id = any ($1)
               union all
               select contact_id, name, client_id, 0 from crm.contact where contact_id = any ($1)
               union all
               select lead_id, name, client_id, 0 from crm.lead where lead_id = any ($1)
               union all
               select export_id, '', client_id, 0 from crm.personal_export where export_id = any ($1)
               union all
               select object_id, '', null, (after ->> 'clients')::bigint from crm.audit
               where object_kind = 'client_export' and object_id = any ($1) and action = 'client_export.end')
           select t.id as "id!", t.name as "name!", s.client_id as "client_id?", s.name as "client_name?",
                  coalesce(t.records, 0) as "records!"
           from thing t
           left join crm.client c on c.client_id = t.owner_id
           left join crm.client s on s.client_id = coalesce(c.merged_into, c.client_id)"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let named = found.into_iter().map(|row| {
        let (client, client_name) = (row.client_id, row.client_name.unwrap_or_default());
        (row.id, Named { name: row.name, client, client_name, records: row.records.unsigned_abs() })
    });
    Ok(named.collect())
}
