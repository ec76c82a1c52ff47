//! Where a reading belongs, and what the log's ids are called now.

use std::collections::HashMap;

use ::store::access::{Of, Row};
use model::ClientId;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::access::Viewer;

pub async fn of_conversation(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Of> {
    let row =
        sqlx::query!("select contact_point_id, account_id from inbox.conversation where conversation_id = $1", id)
            .fetch_one(db)
            .await?;
    Ok(Of { subject: Some(row.contact_point_id), account: Some(row.account_id) })
}

/// Whom the log of a client is about: whoever writes for it now, with those who were joined into them.
pub async fn subjects(db: impl PgExecutor<'_>, client: ClientId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"with linked as (select contact_point_id from crm_read.identified_contact_point where client_id = $1)
           select contact_point_id as "subject!" from linked
           union
           select contact_point_id from inbox.contact_point
           where joined_into in (select contact_point_id from linked)"#,
        client.0
    )
    .fetch_all(db)
    .await
}

/// Personal accounts of others.
pub async fn closed_accounts(db: impl PgExecutor<'_>, viewer: &Viewer) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select account_id from inbox.account
         where owner_employee_id is not null and not ($2 and owner_employee_id = $1)",
        viewer.employee.0,
        viewer.personal
    )
    .fetch_all(db)
    .await
}

/// A dialog that is still there, or what is in one.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub name: String,
    /// A merged one leads to the one that stayed.
    pub conversation: Uuid,
    pub client: Option<Uuid>,
    pub client_name: String,
    /// In somebody else's personal account: it has no name then.
    pub closed: bool,
}

/// By id of the dialog, or of the file in it.
pub async fn named(db: impl PgExecutor<'_>, viewer: &Viewer, rows: &[Row]) -> sqlx::Result<HashMap<Uuid, Named>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.object_id).collect();
    let found = sqlx::query!(
        r#"with recursive asked(object_id, file_name, conversation_id) as (
               select conversation_id, null, conversation_id from inbox.conversation where conversation_id = any ($1)
               union all
               select a.attachment_id, a.name, a.conversation_id from inbox.attachment a
               join inbox.message m on m.message_id = a.message_id and m.conversation_id = a.conversation_id
               where a.attachment_id = any ($1) and m.deleted_at is null),
           followed(object_id, file_name, conversation_id, merged_into) as (
               select a.object_id, a.file_name, c.conversation_id, c.merged_into
               from asked a join inbox.conversation c using (conversation_id)
               union
               select f.object_id, f.file_name, c.conversation_id, c.merged_into
               from followed f join inbox.conversation c on c.conversation_id = f.merged_into)
           select f.object_id as "object_id!", f.conversation_id as "conversation_id!",
                  coalesce(f.file_name, nullif(p.display_name, ''), p.address) as "name!",
                  k.client_id as "client_id?", k.client_name as "client_name?",
                  c.owner_employee_id is not null and not ($3 and c.owner_employee_id = $2) as "closed!"
           from followed f
           join inbox.conversation c on c.conversation_id = f.conversation_id
           join inbox.contact_point p on p.contact_point_id = c.contact_point_id
           left join crm_read.contact_point_client k on k.contact_point_id = c.contact_point_id
           where f.merged_into is null"#,
        &ids,
        viewer.employee.0,
        viewer.personal
    )
    .fetch_all(db)
    .await?;
    let named = found.into_iter().map(|row| {
        let (client, client_name) = (row.client_id, row.client_name.unwrap_or_default());
        let named =
            Named { name: row.name, conversation: row.conversation_id, client, client_name, closed: row.closed };
        (row.object_id, named)
    });
    Ok(named.collect())
}

/// Dead letters that are still kept.
pub async fn dead_letters(db: impl PgExecutor<'_>, rows: &[Row]) -> sqlx::Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.object_id).collect();
    sqlx::query_scalar!("select dead_letter_id from inbox.dead_letter where dead_letter_id = any ($1)", &ids)
        .fetch_all(db)
        .await
}

/// Channel and name of each; deleted ones keep theirs.
pub async fn accounts(db: impl PgExecutor<'_>, rows: &[Row]) -> sqlx::Result<HashMap<Uuid, (String, String)>> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.account_id).collect();
    let found = sqlx::query!("select account_id, channel, name from inbox.account where account_id = any ($1)", &ids)
        .fetch_all(db)
        .await?;
    Ok(found.into_iter().map(|row| (row.account_id, (row.channel, row.name))).collect())
}
