//! The rows of a person. A message is deleted a stretch at a time, all the rest in one short transaction under the locks of the parts.

use contracts::live::{Audience, ConversationChanged, event::What};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use store::Schema;
use uuid::Uuid;

use super::scope::Scope;
use crate::access;

/// Messages deleted in one transaction: whoever writes there meanwhile waits for a moment at most.
const STRETCH: i64 = 2_000;

/// What crm-core ordered.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: Uuid,
    pub points: Vec<Uuid>,
    /// Of the client, normalized: lists of mailings have them.
    pub emails: Vec<String>,
    /// As it stands in the list beside the files.
    pub listed: Value,
}

/// The oldest order that is not carried out, or not for all of its contact points; `but` these.
///
/// # Errors
/// What the database answers.
pub async fn next(pool: &PgPool, but: &[Uuid]) -> sqlx::Result<Option<Order>> {
    let row = sqlx::query!(
        r#"select o.erasure_id as "id!", o.contact_point_ids as "points!", o.emails as "emails!",
                  (to_jsonb(o) - 'emails') as "listed!"
           from crm_read.erasure o
           where not exists (select from inbox.erasure e
                             where e.erasure_id = o.erasure_id and e.contact_point_ids @> o.contact_point_ids)
               and o.erasure_id <> all ($1)
           order by o.asked_at limit 1"#,
        but
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Order { id: row.id, points: row.points, emails: row.emails, listed: row.listed }))
}

/// Deletes what the scope names; `false`: they have written meanwhile, and the scope is no longer all.
pub async fn forget(pool: &PgPool, order: &Order, scope: &Scope) -> sqlx::Result<bool> {
    let facts = facts(pool, scope).await?;
    let (mut messages, mut files) = (0, 0);
    loop {
        let (gone, with) = stretch(pool, scope).await?;
        (messages, files) = (messages + gone, files + with);
        if gone == 0 {
            break;
        }
    }
    let mut tx = pool.begin().await?;
    // In the order of rule I9. No batch commits until the end, so that nothing is added to what is deleted.
    let parts: Vec<i32> = scope.parts.iter().map(|part| part.cast_signed()).collect();
    sqlx::query!("select part from inbox.part where part = any ($1) order by part for update", &parts)
        .fetch_all(&mut *tx)
        .await?;
    // Whoever answers holds the conversation: what they write is seen now, or finds no conversation.
    sqlx::query!(
        "select conversation_id from inbox.conversation where conversation_id = any ($1) order by conversation_id for update",
        &scope.conversations
    )
    .fetch_all(&mut *tx)
    .await?;
    let left = sqlx::query_scalar!(
        r#"select exists (select from inbox.message where conversation_id = any ($1))
                  or exists (select from inbox.conversation where contact_point_id = any ($2)
                                 and conversation_id <> all ($1)) as "left!""#,
        &scope.conversations,
        &scope.points
    )
    .fetch_one(&mut *tx)
    .await?;
    if left {
        return Ok(false);
    }
    let (requests, told) = (requests(&mut tx, scope).await?, told(&mut tx, scope).await?);
    rows(&mut tx, scope).await?;
    mailings(&mut tx, scope).await?;
    timers(&mut tx, scope, &requests).await?;
    let objects = [&scope.conversations, &scope.points, &scope.dead_letters, &scope.messages, &requests];
    let objects: Vec<Uuid> = objects.into_iter().flatten().copied().collect();
    let kinds = ["conversation", "contact_point", "dead_letter", "message", "request"];
    store::event::append(&mut tx, Schema::Inbox, &told).await?;
    let erased = json!({
        "conversation": scope.conversations.len(), "message": messages, "file": files, "request": requests.len(),
        "dead_letter": scope.dead_letters.len(), "fact": facts,
    });
    done(&mut tx, order, &erased).await?;
    let audited = store::audit::erase(&mut tx, Schema::Inbox, &kinds, &objects).await?;
    sqlx::query!(
        "update inbox.erasure set erased = erased || jsonb_build_object(
             'audit', coalesce((erased ->> 'audit')::bigint, 0) + $2::bigint) where erasure_id = $1",
        order.id,
        audited.cast_signed()
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Keys of received facts are the provider's words and name people. As hashes they keep repeats out as before.
async fn facts(pool: &PgPool, scope: &Scope) -> sqlx::Result<u64> {
    let mut tx = pool.begin().await?;
    // Every key that an account ever brought is looked at.
    sqlx::query("set local statement_timeout = '15min'").execute(&mut *tx).await?;
    let done = sqlx::query!(
        "with names as materialized (
             select r.key from inbox.message m join inbox.reference r using (message_id)
                 where m.conversation_id = any ($2)
             union select m.message_key from inbox.message m where m.conversation_id = any ($2) and m.message_key <> ''
             union select m.message_id::text from inbox.message m where m.conversation_id = any ($2)
             union select a.attachment_id::text from inbox.message m join inbox.attachment a using (message_id)
                 where m.conversation_id = any ($2)
             union select unnest($3::text[])),
         given as (
             select r.sent_on, r.account_id, r.key, substr(r.key, strpos(r.key, ':') + 1) as rest
             from inbox.received r where r.account_id = any ($1)),
         ours as materialized (
             select g.sent_on, g.account_id, g.key from given g
             where g.key in (select key from names) or g.rest in (select key from names)
                 or regexp_replace(g.rest, ':[^:]*$', '') in (select key from names)
                 or split_part(translate(g.rest, '|', ':'), ':', 1) in (select key from names)
                 or (g.account_id, g.key) in (
                     select d.account_id, d.key from inbox.dead_letter d where d.dead_letter_id = any ($4))
                 or (g.account_id, g.key) in (select * from unnest($5::uuid[], $6::text[]))),
         gone as (
             delete from inbox.received r using ours o
             where r.sent_on = o.sent_on and r.account_id = o.account_id and r.key = o.key)
         insert into inbox.erased_fact (account_id, key_sha256)
         select distinct account_id, sha256(convert_to(key, 'UTF8')) from ours on conflict do nothing",
        &scope.accounts,
        &scope.conversations,
        &scope.addresses,
        &scope.dead_letters,
        &scope.early.iter().map(|early| early.account).collect::<Vec<_>>(),
        &scope.early.iter().map(|early| early.key.clone()).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

/// Deletes some messages with what hangs on them; returns how many, and how many files.
async fn stretch(pool: &PgPool, scope: &Scope) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"with stretch as materialized (
               select conversation_id, seq, message_id from inbox.message
               where conversation_id = any ($1) order by conversation_id, seq limit $2),
           files as (
               delete from inbox.attachment where message_id in (select message_id from stretch) returning object_key),
           uploads as (
               delete from inbox.file f using files g where g.object_key <> '' and f.object_key = g.object_key
                   and not exists (select from inbox.attachment a where a.object_key = f.object_key
                                       and a.object_key <> '' and a.message_id not in (select message_id from stretch))),
           names as (delete from inbox.reference where message_id in (select message_id from stretch)),
           versions as (delete from inbox.message_version where message_id in (select message_id from stretch)),
           orders as (delete from inbox.outgoing where message_id in (select message_id from stretch)),
           gone as (
               delete from inbox.message m using stretch s
               where m.conversation_id = s.conversation_id and m.seq = s.seq returning m.message_id)
           select (select count(*) from gone) as "messages!", (select count(*) from files) as "files!""#,
        &scope.conversations,
        STRETCH
    )
    .fetch_one(pool)
    .await?;
    Ok((row.messages, row.files))
}

async fn requests(db: &mut PgConnection, scope: &Scope) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("select request_id from inbox.request where conversation_id = any ($1)", &scope.conversations)
        .fetch_all(db)
        .await
}

/// Open pages learn that these conversations are no more.
async fn told(db: &mut PgConnection, scope: &Scope) -> sqlx::Result<Vec<(What, Audience)>> {
    let rows = sqlx::query!(
        r#"select c.conversation_id, c.revision, c.owner_employee_id, c.assignee_employee_id, c.department_id,
                  array(select m.employee_id from inbox.mention m where m.conversation_id = c.conversation_id)
                      as "mentioned!"
           from inbox.conversation c where c.conversation_id = any ($1) and c.merged_into is null"#,
        &scope.conversations
    )
    .fetch_all(db)
    .await?;
    let events = rows.into_iter().map(|row| {
        let (conversation_id, revision) = (row.conversation_id.to_string(), (row.revision + 1).unsigned_abs());
        let employees = row.mentioned.into_iter().chain(row.assignee_employee_id);
        let audience = access::audience(row.owner_employee_id.map(Into::into), employees, row.department_id);
        let changed = ConversationChanged { conversation_id, revision, ..ConversationChanged::default() };
        (What::ConversationChanged(changed), audience)
    });
    Ok(events.collect())
}

/// What hangs on the conversations and contact points, and they themselves.
async fn rows(db: &mut PgConnection, scope: &Scope) -> sqlx::Result<()> {
    sqlx::query!(
        "with mentions as (delete from inbox.mention where conversation_id = any ($1)),
         marks as (delete from inbox.read_mark where conversation_id = any ($1)),
         unread as (delete from inbox.unread where conversation_id = any ($1)),
         awaited as (delete from inbox.awaited where conversation_id = any ($1)),
         orders as (delete from inbox.outgoing where conversation_id = any ($1)),
         requests as (delete from inbox.request where conversation_id = any ($1)),
         drafts as (delete from inbox.draft where conversation_id = any ($1) returning file_ids),
         files as (
             delete from inbox.file f using drafts d where f.file_id = any (d.file_ids)
                 and not exists (select from inbox.attachment a where a.object_key = f.object_key and a.object_key <> '')),
         letters as (delete from inbox.dead_letter where dead_letter_id = any ($3)),
         early as (
             delete from inbox.early e using unnest($4::uuid[], $5::text[], $6::text[]) t(account_id, waits_for, key)
             where e.account_id = t.account_id and e.waits_for = t.waits_for and e.key = t.key),
         addresses as (delete from inbox.contact_address where contact_point_id = any ($2)),
         points as (delete from inbox.contact_point where contact_point_id = any ($2))
         delete from inbox.conversation where conversation_id = any ($1)",
        &scope.conversations,
        &scope.points,
        &scope.dead_letters,
        &scope.early.iter().map(|early| early.account).collect::<Vec<_>>(),
        &scope.early.iter().map(|early| early.waits_for.clone()).collect::<Vec<_>>(),
        &scope.early.iter().map(|early| early.key.clone()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A mailing keeps how many it went to, and forgets who this one was.
async fn mailings(db: &mut PgConnection, scope: &Scope) -> sqlx::Result<()> {
    sqlx::query!(
        r#"with left_off as (delete from inbox.unsubscribed where address = any ($1))
           update inbox.mailing_recipient set address = 'erased:' || gen_random_uuid(), name = '', "values" = '{}',
               token_sha256 = null, message_id = null, conversation_id = null,
               state = case when state in (1, 2, 7) then 6 else state end,
               skipped_because = case when state in (1, 2, 7) then 'cancelled' else skipped_because end
           where address = any ($1)"#,
        &scope.emails
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Timers of what is gone, with the words that they hold.
async fn timers(db: &mut PgConnection, scope: &Scope, requests: &[Uuid]) -> sqlx::Result<()> {
    let ids = [&scope.conversations, &scope.points].into_iter().flatten().chain(requests);
    let ids: Vec<String> = ids.map(Uuid::to_string).collect();
    sqlx::query!(
        "delete from inbox.timer t
         where string_to_array(t.key, ' ') && $1
             or t.kind = 'early' and (t.payload ->> 'account')::uuid = any ($2) and not exists (
                 select from inbox.early e
                 where e.account_id = (t.payload ->> 'account')::uuid and e.waits_for = t.payload ->> 'waits_for'
                     and e.key = t.payload ->> 'key')
             or t.kind in ('claim', 'expire', 'files_of_deleted') and t.key ~ '^[0-9a-f-]{36}$' and not exists (
                 select from inbox.message m where m.message_id = t.key::uuid)",
        &ids,
        &scope.accounts
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What came in several goes is counted together.
async fn done(db: &mut PgConnection, order: &Order, erased: &Value) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.erasure as e (erasure_id, contact_point_ids, erased) values ($1, $2, $3)
         on conflict (erasure_id) do update set contact_point_ids = excluded.contact_point_ids, at = now(),
             erased = e.erased || (
                 select jsonb_object_agg(key, coalesce((e.erased ->> key)::bigint, 0) + (excluded.erased ->> key)::bigint)
                 from jsonb_object_keys(excluded.erased) key)",
        order.id,
        &order.points,
        erased
    )
    .execute(db)
    .await?;
    Ok(())
}
