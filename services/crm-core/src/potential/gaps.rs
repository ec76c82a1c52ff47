//! Values that count as 1 because nobody set a weight for them.

use super::PotentialError;
use crate::{
    change::{Actor, Db},
    clients::sight::Sight,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub clients: i64,
    pub field: String,
    pub value: String,
}

/// What a page begins after.
pub type Place = (i64, String, String);

/// A page of them by how many clients in sight have them, the most first.
///
/// # Errors
/// What the database answers.
pub async fn list(db: &Db, by: Actor, after: Option<Place>, limit: i64) -> Result<Vec<Gap>, PotentialError> {
    let sight = Sight::of(&db.pool, by).await?;
    let (clients, field, value) = after.unwrap_or((i64::MAX, String::new(), String::new()));
    let gaps = sqlx::query_as!(
        Gap,
        r#"select count(*) as "clients!", f.field as "field!", f.value as "value!"
           from crm.client_potential p join crm.client c using (client_id)
               cross join lateral jsonb_to_recordset(p.factors) as f(field text, value text, weight text)
           where f.weight is null and c.archived_at is null and c.merged_into is null and c.work_status <> 3
             and ($1 or c.responsible_employee_id = any ($2) or c.access_level_ids && $3)
           group by f.field, f.value
           having (count(*), f.field, f.value) < ($4::bigint, $5::text, $6::text)
           order by count(*) desc, f.field desc, f.value desc limit $7"#,
        sight.all,
        &sight.employees,
        &sight.levels,
        clients,
        field,
        value,
        limit
    )
    .fetch_all(&db.pool)
    .await?;
    Ok(gaps)
}
