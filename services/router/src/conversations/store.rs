//! The SQL of one conversation: its lock, who sees it, what is written back.

use contracts::channel::{Capabilities, Content, GatewayDescription};
use model::{AccountId, ConversationId};
use prost::Message as _;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{Account, Last, Locked, Peer, Whereabouts, preview};
use crate::{
    access::{Place, Viewer},
    accounts,
};

/// The conversation that a merged one became part of; `None` for an unknown id, itself when it was never merged.
pub async fn survivor(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<ConversationId>> {
    let id = sqlx::query_scalar!(
        r#"with recursive merged(conversation_id, merged_into) as (
               select conversation_id, merged_into from inbox.conversation where conversation_id = $1
               union
               select c.conversation_id, c.merged_into from inbox.conversation c
               join merged m on c.conversation_id = m.merged_into)
           select conversation_id as "id!" from merged where merged_into is null"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(ConversationId))
}

/// Of these conversations, merged ones followed, those that the viewer sees.
pub async fn visible(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<ConversationId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let seen = sqlx::query_scalar!(
        r#"with recursive merged(conversation_id, merged_into) as (
               select conversation_id, merged_into from inbox.conversation where conversation_id = any($5)
               union
               select c.conversation_id, c.merged_into from inbox.conversation c
               join merged m on c.conversation_id = m.merged_into)
           select c.conversation_id as "id!" from inbox.visible($1, $2, $3, $4, $6) c
           where c.conversation_id = any(array(select conversation_id from merged where merged_into is null))"#,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        &ids,
        viewer.personal
    )
    .fetch_all(db)
    .await?;
    Ok(seen.into_iter().map(ConversationId).collect())
}

/// Takes the lock under which anything about a conversation changes. `None`: unknown, or merged into another.
pub async fn lock(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<Locked>> {
    let row = sqlx::query!(
        r#"select c.conversation_id, c.revision, c.account_id, c.contact_point_id, c.reply_address, c.thread_key, c.last_seq,
                  c.inbound_count, c.last_message_id, c.last_direction, c.last_kind, c.last_status, c.last_attachment_kind,
                  c.last_text, c.last_shown_at, c.last_activity_at, c.reply_until, c.blocked, c.request_id, c.request_open,
                  c.assignee_employee_id, c.department_id, c.folder_id, a.channel, a.part,
                  a.enabled and a.deleted_at is null as "enabled!",
                  a.department_id as account_department_id, a.owner_employee_id, p.scope,
                  coalesce(p.latest_address, p.address) as "address!"
           from inbox.conversation c
           join inbox.account a using (account_id)
           join inbox.contact_point p using (contact_point_id)
           where c.conversation_id = $1 and c.merged_into is null
           for update of c"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Locked {
        id: row.conversation_id.into(),
        revision: row.revision,
        account: Account {
            id: row.account_id.into(),
            channel: row.channel,
            part: row.part,
            enabled: row.enabled,
            department: row.account_department_id.map(Into::into),
            owner: row.owner_employee_id.map(Into::into),
        },
        peer: Peer {
            contact_point: row.contact_point_id.into(),
            scope: row.scope,
            address: row.address,
            reply_address: row.reply_address,
            thread_key: adapters_key(row.thread_key),
        },
        last_seq: row.last_seq,
        inbound_count: row.inbound_count,
        last: Last {
            message: row.last_message_id.map(Into::into),
            direction: row.last_direction,
            kind: row.last_kind,
            status: row.last_status,
            attachment_kind: row.last_attachment_kind,
            text: row.last_text,
            shown_at: row.last_shown_at,
        },
        last_activity_at: row.last_activity_at,
        reply_until: row.reply_until,
        blocked: row.blocked,
        request: row.request_id.map(Into::into),
        request_open: row.request_open,
        assignee: row.assignee_employee_id.map(Into::into),
        department: row.department_id.map(Into::into),
        folder: row.folder_id,
    }))
}

/// Where a conversation is and whose, without its lock.
pub async fn whereabouts(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<Whereabouts>> {
    let row = sqlx::query!(
        r#"select c.account_id, a.channel, a.part, a.enabled and a.deleted_at is null as "enabled!",
                  a.department_id as account_department_id, a.owner_employee_id, c.contact_point_id, p.scope,
                  coalesce(p.latest_address, p.address) as "address!", c.reply_address,
                  c.thread_key, c.assignee_employee_id, c.department_id, c.request_open
           from inbox.conversation c
           join inbox.account a using (account_id)
           join inbox.contact_point p using (contact_point_id)
           where c.conversation_id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Whereabouts {
        place: Place {
            assignee: row.assignee_employee_id.map(Into::into),
            department: row.department_id.or(row.account_department_id).map(Into::into),
            request_open: row.request_open,
            owner: row.owner_employee_id.map(Into::into),
        },
        account: Account {
            id: row.account_id.into(),
            channel: row.channel,
            part: row.part,
            enabled: row.enabled,
            department: row.account_department_id.map(Into::into),
            owner: row.owner_employee_id.map(Into::into),
        },
        peer: Peer {
            contact_point: row.contact_point_id.into(),
            scope: row.scope,
            address: row.address,
            reply_address: row.reply_address,
            thread_key: adapters_key(row.thread_key),
        },
    }))
}

/// A key of our own making says nothing to the adapter.
fn adapters_key(thread_key: String) -> String {
    if thread_key.starts_with("cp:") { String::new() } else { thread_key }
}

/// Writes a locked conversation back, one revision on.
pub async fn save(db: impl PgExecutor<'_>, locked: &Locked) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.conversation set
             revision = revision + 1, last_seq = $2, last_message_id = $3, last_direction = $4, last_kind = $5,
             last_status = $6, last_attachment_kind = $7, last_text = $8, last_shown_at = $9, last_activity_at = $10,
             request_id = $11, request_open = $12, assignee_employee_id = $13, department_id = $14,
             folder_id = $15
         where conversation_id = $1",
        locked.id.0,
        locked.last_seq,
        locked.last.message.map(|id| id.0),
        locked.last.direction,
        locked.last.kind,
        locked.last.status,
        locked.last.attachment_kind,
        locked.last.text,
        locked.last.shown_at,
        locked.last_activity_at,
        locked.request.map(|id| id.0),
        locked.request_open,
        locked.assignee.map(|id| id.0),
        locked.department.map(|id| id.0),
        locked.folder,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who sees a conversation beside assignee and department: the mentioned, and the client's responsible.
pub async fn other_watchers(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select m.employee_id as "id!" from inbox.mention m where m.conversation_id = $1
           union
           select p.responsible_employee_id from inbox.conversation c
           join crm_read.contact_point_client p using (contact_point_id)
           where c.conversation_id = $1 and p.responsible_employee_id is not null"#,
        id.0
    )
    .fetch_all(db)
    .await
}

/// The last line of the list row anew, from the messages themselves: after one was taken back.
pub async fn last_line(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<Last>> {
    let row = sqlx::query!(
        r#"select m.message_id, m.direction, m.kind, m.status, left(m.text, 200) as "text!", m.content, m.shown_at,
                  coalesce((select a.kind from inbox.attachment a where a.message_id = m.message_id
                            order by a.ordinal limit 1), 0::smallint) as "attachment_kind!"
           from inbox.message m
           where m.conversation_id = $1 and m.kind in (1, 4) and m.status <> 8 and m.deleted_at is null and m.automatic = 0
           order by m.unsent desc, m.shown_at desc, m.position desc, m.seq desc limit 1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Last {
        message: Some(row.message_id.into()),
        direction: row.direction,
        kind: row.kind,
        status: row.status,
        attachment_kind: row.attachment_kind,
        text: preview(&Content { text: row.text, ..Content::decode(row.content.as_slice()).unwrap_or_default() }),
        shown_at: Some(row.shown_at),
    }))
}

/// An employee as requests name one.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub name: String,
    /// Not dismissed.
    pub active: bool,
}

/// `None` for an unknown id.
pub async fn colleague(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Colleague>> {
    sqlx::query_as!(
        Colleague,
        r#"select name as "name!", active as "active!" from crm_read.employee where employee_id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// What an account can do, as its gateway last announced and its settings allow; `None` when no gateway ever did.
pub async fn capabilities(db: impl PgExecutor<'_>, account: AccountId) -> sqlx::Result<Option<Capabilities>> {
    let row = sqlx::query!(
        "select g.description, a.settings from inbox.account a join inbox.gateway g using (channel)
         where a.account_id = $1",
        account.0
    );
    Ok(row.fetch_optional(db).await?.and_then(|row| {
        accounts::abilities(GatewayDescription::decode(row.description.as_slice()).ok()?, &row.settings)
    }))
}
