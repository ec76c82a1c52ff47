//! Whose entries make a feed, and pins.

use model::{ClientId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{Scope, Source};

pub async fn sources(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Source>> {
    sqlx::query_as!(
        Source,
        "select view_name, by_client, kinds, has_files, plans from crm.feed_source order by view_name"
    )
    .fetch_all(db)
    .await
}

/// Who reads a feed, as far as dialogs are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub employee: EmployeeId,
    /// Their own personal accounts are in sight.
    pub personal: bool,
    /// They are the client's responsible person, who sees its dialogs but for personal ones.
    pub responsible: bool,
}

/// By the rules of inbox.visible, as of now.
pub async fn scope(db: impl PgExecutor<'_>, client: ClientId, reader: Reader) -> sqlx::Result<Scope> {
    let row = sqlx::query!(
        r#"with dialog as materialized (
               select s.conversation_id, s.owner_employee_id,
                      case when s.owner_employee_id is not null then $3 and s.owner_employee_id = $2
                           else coalesce($4 or crm.sees_dialog($2, null, s.assignee_employee_id, s.department_id,
                               exists (select from inbox_read.mention m
                                       where m.conversation_id = s.conversation_id and m.employee_id = $2)), false) end as sees
               from crm.contact_point_link l join inbox_read.conversation_sight s using (contact_point_id)
               where l.client_id = $1)
           select array(select client_id from crm.client where client_id = $1 or merged_into = $1) as "clients!",
                  array(select conversation_id from dialog where sees) as "conversations!",
                  (select count(*) from dialog where not sees and owner_employee_id is null) as "hidden!""#,
        client.0,
        reader.employee.0,
        reader.personal,
        reader.responsible
    )
    .fetch_one(db)
    .await?;
    Ok(Scope { clients: row.clients, conversations: row.conversations, hidden: row.hidden })
}

/// Whether it is pinned now and was not; nothing when that would be one too many.
pub async fn pin(db: impl PgExecutor<'_>, employee: EmployeeId, entry: Uuid, most: i64) -> sqlx::Result<Option<bool>> {
    let row = sqlx::query!(
        r#"with room as (select count(*) < $3 as left from crm.feed_pin where employee_id = $1),
           made as (
               insert into crm.feed_pin (employee_id, entry_id) select $1, $2 from room where room.left
               on conflict do nothing returning true)
           select (select room.left from room) as "left!", exists (select from made) as "made!",
                  exists (select from crm.feed_pin where employee_id = $1 and entry_id = $2) as "there!""#,
        employee.0,
        entry,
        most
    )
    .fetch_one(db)
    .await?;
    Ok((row.left || row.there).then_some(row.made))
}

/// Whether it was pinned.
pub async fn unpin(db: impl PgExecutor<'_>, employee: EmployeeId, entry: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from crm.feed_pin where employee_id = $1 and entry_id = $2", employee.0, entry)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}
