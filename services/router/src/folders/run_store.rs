//! The SQL of runs, and of moving conversations by the stretch.

use std::collections::HashMap;

use ::store::{Schema, event};
use chrono::{DateTime, Utc};
use contracts::{
    channel::{Attachment, Content},
    inbox::{FolderRun, FolderRunState},
    live::{ConversationChanged, event::What},
};
use model::EmployeeId;
use prost::Message as _;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::letter::TEXT;
use crate::access;

#[derive(Debug, Clone)]
pub struct Run {
    pub id: Uuid,
    pub account: Uuid,
    pub employee: Uuid,
    pub folders: Vec<Uuid>,
    pub rules: Vec<u8>,
    pub conversations: i64,
    pub looked_at: i64,
    pub moved: i64,
    pub after: Option<Uuid>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Run {
    pub fn contract(&self) -> FolderRun {
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let state = if self.ended_at.is_some() { FolderRunState::Done } else { FolderRunState::Running };
        FolderRun {
            run_id: self.id.to_string(),
            account_id: self.account.to_string(),
            state: state.into(),
            conversations: number(self.conversations),
            looked_at: number(self.looked_at),
            moved: number(self.moved),
            started_at: Some(rpc::timestamp(self.started_at)),
            ended_at: self.ended_at.map(rpc::timestamp),
        }
    }
}

/// What rules look at in one conversation.
pub struct Letter {
    pub content: Content,
    pub address: String,
    pub name: String,
}

/// Stores a run of what lies in these folders; `None`: another one of the account goes on.
pub async fn begin(
    db: &mut PgConnection,
    id: Uuid,
    account: Uuid,
    by: Uuid,
    folders: &[Uuid],
    rules: &[u8],
) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"insert into inbox.folder_run (run_id, account_id, employee_id, folder_ids, rules, conversations)
           select $1, $2, $3, $4, $5, (
               select count(*) from inbox.conversation c where c.account_id = $2 and c.merged_into is null and (
                   c.folder_id = any ($4) or c.folder_id is null and exists (
                       select from inbox.folder f where f.folder_id = any ($4) and f.kind = 1)))
           on conflict do nothing
           returning run_id as id, account_id as account, employee_id as employee, folder_ids as folders, rules,
               conversations, looked_at, moved, after_conversation_id as after, started_at, ended_at"#,
        id,
        account,
        by,
        folders,
        rules
    )
    .fetch_optional(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        "select run_id as id, account_id as account, employee_id as employee, folder_ids as folders, rules,
             conversations, looked_at, moved, after_conversation_id as after, started_at, ended_at
         from inbox.folder_run where run_id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// A run that goes on; its account may have taken it along.
pub async fn lock(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        "select run_id as id, account_id as account, employee_id as employee, folder_ids as folders, rules,
             conversations, looked_at, moved, after_conversation_id as after, started_at, ended_at
         from inbox.folder_run where run_id = $1 and ended_at is null for update",
        id
    )
    .fetch_optional(db)
    .await
}

/// Locks the next conversations in the order of their ids (rule I9); with where each lies by then. Folders and the inbox
/// are looked through by themselves: each has an index of its own.
pub async fn next(db: impl PgExecutor<'_>, run: &Run, limit: i64) -> sqlx::Result<Vec<(Uuid, Option<Uuid>)>> {
    let rows = sqlx::query!(
        "select c.conversation_id, c.folder_id from inbox.conversation c
         where c.conversation_id = any (array(
             select n.conversation_id from (
                 (select k.conversation_id from inbox.conversation k
                  where k.folder_id = any ($3) and k.merged_into is null and k.conversation_id > $2
                  order by k.conversation_id limit $4)
                 union all
                 (select k.conversation_id from inbox.conversation k
                  where k.account_id = $1 and k.folder_id is null and k.merged_into is null and k.conversation_id > $2
                      and exists (select from inbox.folder f where f.folder_id = any ($3) and f.kind = 1)
                  order by k.conversation_id limit $4)) n
             order by n.conversation_id limit $4))
         order by c.conversation_id for update of c",
        run.account,
        run.after.unwrap_or_default(),
        &run.folders,
        limit
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.conversation_id, row.folder_id)).collect())
}

/// The first letter that came in each of these conversations; those without one are left out.
pub async fn first_letters(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Letter>> {
    let most = i32::try_from(TEXT).unwrap_or(i32::MAX);
    let rows = sqlx::query!(
        r#"select c.conversation_id as "id!", p.address as "address!", p.display_name as "name!",
               left(m.text, $2) as "text!", m.content as "content!",
               array(select a.attachment_id from inbox.attachment a where a.message_id = m.message_id
                     order by a.ordinal) as "files!",
               array(select a.name from inbox.attachment a where a.message_id = m.message_id
                     order by a.ordinal) as "names!"
           from inbox.conversation c
           join inbox.contact_point p using (contact_point_id)
           cross join lateral (
               select m.message_id, m.text, m.content from inbox.message m
               where m.conversation_id = c.conversation_id and m.direction = 1 and m.kind = 1 and m.deleted_at is null
               order by m.seq limit 1) m
           where c.conversation_id = any ($1)"#,
        ids,
        most
    )
    .fetch_all(db)
    .await?;
    let letter = |text, content: &[u8], files: Vec<Uuid>, names: Vec<String>| {
        let file = |(id, name): (Uuid, String)| Attachment { attachment_id: id.to_string(), name, ..<_>::default() };
        let attachments = files.into_iter().zip(names).map(file).collect();
        Content { text, attachments, ..Content::decode(content).unwrap_or_default() }
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let content = letter(row.text, &row.content, row.files, row.names);
            (row.id, Letter { content, address: row.address, name: row.name })
        })
        .collect())
}

/// Puts locked conversations where they belong from now on; `None` is the inbox.
pub async fn put(db: impl PgExecutor<'_>, moves: &[(Uuid, Option<Uuid>)]) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.conversation c set folder_id = n.folder_id, revision = c.revision + 1
         from unnest($1::uuid[], $2::uuid[]) n(conversation_id, folder_id) where c.conversation_id = n.conversation_id",
        &moves.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &moves.iter().map(|(_, folder)| *folder).collect::<Vec<_>>() as &[Option<Uuid>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes how far a run has come.
pub async fn advance(
    db: impl PgExecutor<'_>,
    run: &Run,
    looked_at: &[Uuid],
    moved: usize,
    ended: bool,
) -> sqlx::Result<Run> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query_as!(
        Run,
        "update inbox.folder_run set looked_at = looked_at + $2, moved = moved + $3,
             after_conversation_id = coalesce($4, after_conversation_id), ended_at = case when $5 then now() end
         where run_id = $1
         returning run_id as id, account_id as account, employee_id as employee, folder_ids as folders, rules,
             conversations, looked_at, moved, after_conversation_id as after, started_at, ended_at",
        run.id,
        number(looked_at.len()),
        number(moved),
        looked_at.last().copied(),
        ended
    )
    .fetch_one(db)
    .await
}

/// Runs are kept for 30 days.
pub(crate) async fn forget(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.folder_run where started_at < now() - interval '30 days' and ended_at is not null")
        .execute(db)
        .await?;
    Ok(())
}

/// Where what lies in a removed folder goes: `None` is the inbox.
pub async fn removed(db: impl PgExecutor<'_>, folder: Uuid) -> sqlx::Result<Option<Option<Uuid>>> {
    let row = sqlx::query!(
        r#"select f.emptied_into, (select i.kind <> 1 from inbox.folder i where i.folder_id = f.emptied_into) as own
           from inbox.folder f where f.folder_id = $1 and f.emptied_into is not null"#,
        folder
    );
    Ok(row.fetch_optional(db).await?.map(|row| row.emptied_into.filter(|_| row.own.unwrap_or_default())))
}

/// Locks conversations of a folder in the order of their ids (rule I9).
pub async fn lying_in(db: impl PgExecutor<'_>, folder: Uuid, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "select conversation_id from inbox.conversation where folder_id = $1 and merged_into is null
         order by conversation_id limit $2 for update",
        folder,
        limit
    );
    ids.fetch_all(db).await
}

/// Waits for whoever has just sorted into a removed folder.
pub async fn lock_removed(db: impl PgExecutor<'_>, folder: Uuid) -> sqlx::Result<()> {
    sqlx::query!("select folder_id from inbox.folder where folder_id = $1 for update", folder)
        .fetch_optional(db)
        .await?;
    Ok(())
}

/// `false`: something lies in it.
pub async fn take_away(db: impl PgExecutor<'_>, folder: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from inbox.folder where folder_id = $1 and not exists (
             select from inbox.conversation c where c.folder_id = $1 and c.merged_into is null)",
        folder
    );
    Ok(done.execute(db).await?.rows_affected() > 0)
}

/// The events of conversations that were moved, each for who sees it (rule E3).
pub async fn tell(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    let rows = sqlx::query!(
        r#"select c.conversation_id, c.revision, c.owner_employee_id, c.assignee_employee_id,
               coalesce(c.department_id, a.department_id) as department,
               array(select m.employee_id from inbox.mention m where m.conversation_id = c.conversation_id
                     union
                     select p.responsible_employee_id from crm_read.contact_point_client p
                     where p.contact_point_id = c.contact_point_id and p.responsible_employee_id is not null)
                   as "watchers!: Vec<Uuid>"
           from inbox.conversation c join inbox.account a using (account_id)
           where c.conversation_id = any ($1) and c.merged_into is null"#,
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    let events = rows.into_iter().map(|row| {
        let employees = row.assignee_employee_id.into_iter().chain(row.watchers);
        let audience = access::audience(row.owner_employee_id.map(EmployeeId), employees, row.department);
        let changed = ConversationChanged {
            conversation_id: row.conversation_id.to_string(),
            revision: row.revision.cast_unsigned(),
            ..ConversationChanged::default()
        };
        (What::ConversationChanged(changed), audience)
    });
    event::append(db, Schema::Inbox, &events.collect::<Vec<_>>()).await
}
