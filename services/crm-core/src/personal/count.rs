//! How much there is of a person, by kind.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::subject::Subject;

/// Kind: how many. In the order of the kinds' names; no kind without records.
pub type Counts = BTreeMap<String, i64>;

/// Counts what an erasure would take: here, and what router publishes of the contact points.
///
/// # Errors
/// What the database answers.
pub async fn count(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<Counts> {
    let rows = sqlx::query!(
        r#"select kind as "kind!", sum(records)::bigint as "records!" from (
               select 'client' as kind, count(*) as records from crm.client where client_id = any ($1)
               union all select 'contact', count(*) from crm.contact where contact_id = any ($2)
               union all select 'address', count(*) from crm.address where client_id = any ($1) or contact_id = any ($2)
               union all select 'custom_value', count(*) from crm.custom_value where object_id = any ($1 || $2)
               union all select 'photo', count(*) from crm.photo where object_id = any ($1)
               union all select 'change', count(*) from crm.field_change
                   where client_id = any ($1) or contact_id = any ($2)
               union all select 'link', count(*) from crm.client_link
                   where client_id = any ($1) or other_id = any ($1)
               union all select 'consent', count(*) from crm.consent where client_id = any ($1)
               union all select 'lead', count(*) from crm.lead where lead_id = any ($3)
               union all select 'visit', count(*) from crm.visit where contact_point_id = any ($4)
               union all select 'form', count(*) from crm.left_of($1, $2, $3)
               union all select 'contact_point', cardinality($4::uuid[])
               union all select kind, records from inbox_read.contact_point_record where contact_point_id = any ($4)
           ) counted group by kind having sum(records) > 0"#,
        &subject.clients,
        &subject.contacts,
        &subject.leads,
        &subject.points
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.records)).collect())
}
