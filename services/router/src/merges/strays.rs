//! What came about while a join was on its way, for nothing locks what is not there yet: a conversation that a batch made
//! with a contact point just joined, a client that crm-core linked to one.

use ::store::{Schema, timer};
use chrono::Utc;
use model::ContactPointId;
use sqlx::{PgConnection, PgPool};

use super::join_timer;

/// Lets such pairs be joined once more, at most 100 at a time, and forgets what was waited for in vain.
///
/// # Errors
/// What the database answers.
pub async fn look_for(pool: &PgPool) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    let timers: Vec<_> =
        strays(&mut tx).await?.into_iter().map(|(joined, into)| join_timer(joined, into, Utc::now())).collect();
    timer::schedule(&mut tx, Schema::Inbox, &timers).await?;
    sqlx::query!("delete from inbox.awaited where at < now() - interval '30 days'").execute(&mut *tx).await?;
    tx.commit().await
}

async fn strays(db: &mut PgConnection) -> sqlx::Result<Vec<(ContactPointId, ContactPointId)>> {
    let rows = sqlx::query!(
        r#"select p.contact_point_id, p.joined_into as "joined_into!" from inbox.contact_point p
           where p.joined_into is not null and (
               exists (select from inbox.conversation c where c.contact_point_id = p.contact_point_id)
               or (exists (select from crm_read.contact_point_client l where l.contact_point_id = p.contact_point_id)
                   and not exists (select from crm_read.contact_point_client l where l.contact_point_id = p.joined_into)))
           limit 100"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_point_id.into(), row.joined_into.into())).collect())
}
