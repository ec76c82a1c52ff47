//! The writing half of a batch's SQL: one statement per function.

use contracts::{
    channel::{AccountState, Content},
    live::{ConversationChanged, event::What},
};
use model::AccountId;
use prost::Message as _;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    apply::{Batch, OrderChange},
    state::{Conversation, Message, Request},
};
use crate::{files::safe_name, orders::SEND};

/// Statement: the new messages with their files and references.
pub async fn new_messages(db: &mut PgConnection, batch: &Batch) -> sqlx::Result<()> {
    let rows: Vec<&Message> = batch.new_messages.iter().filter_map(|id| batch.messages.get(id)).collect();
    let files: Vec<_> =
        rows.iter().flat_map(|m| m.attachments.iter().enumerate().map(move |(i, a)| (*m, i, a))).collect();
    let references = &batch.new_references;
    let content: Vec<Vec<u8>> = rows.iter().map(|m| stored_content(&m.content)).collect();
    let events: Vec<Option<Vec<u8>>> = rows.iter().map(|m| m.event.as_ref().map(|e| e.encode_to_vec())).collect();
    sqlx::query!(
        "with files as (
             insert into inbox.attachment (attachment_id, message_id, conversation_id, account_id, ordinal, kind, name,
                 mime_type, size_bytes, width, height, duration_ms, remote_ref, state, problem, object_key)
             select * from unnest($22::uuid[], $23::uuid[], $24::uuid[], $25::uuid[], $26::int[], $27::smallint[], $28::text[],
                 $29::text[], $30::bigint[], $31::int[], $32::int[], $33::int[], $34::text[], $35::smallint[], $36::text[],
                 $41::text[])),
         names as (
             insert into inbox.reference (account_id, key, conversation_id, message_id)
             select * from unnest($37::uuid[], $38::text[], $39::uuid[], $40::uuid[]) on conflict do nothing)
         insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, position, direction, kind,
             status, text, content, group_key, message_key, inbound_no, author_name, reply_to_message_id, edited_at,
             event, original_unknown, part, stream_sequence, deleted_at, reactions, automatic)
         select conversation_id, seq, message_id, account_id, shown_at, position, direction, kind, status, text, content,
             group_key, message_key, inbound_no, author_name, reply_to_message_id, edited_at, event, original_unknown,
             part, stream_sequence, deleted_at, array_remove(string_to_array(reactions, chr(31)), ''), automatic
         from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bigint[],
             $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::bytea[], $12::text[], $13::text[],
             $14::bigint[], $15::text[], $16::uuid[], $17::timestamptz[], $18::bytea[], $19::bool[], $20::int[],
             $21::bigint[], $42::timestamptz[], $43::text[], $44::smallint[])
             n(conversation_id, seq, message_id, account_id, shown_at, position, direction, kind, status, text, content,
               group_key, message_key, inbound_no, author_name, reply_to_message_id, edited_at, event, original_unknown,
               part, stream_sequence, deleted_at, reactions, automatic)",
        &each(&rows, |m| m.conversation.0),
        &each(&rows, |m| m.seq),
        &each(&rows, |m| m.id.0),
        &each(&rows, |m| m.account.0),
        &each(&rows, |m| m.shown_at),
        &each(&rows, |m| m.position),
        &each(&rows, |m| m.direction as i16),
        &each(&rows, |m| m.kind as i16),
        &each(&rows, |m| m.status as i16),
        &each(&rows, |m| clean(&m.content.text)),
        &content,
        &each(&rows, |m| clean(&m.group_key)),
        &each(&rows, |m| clean(&m.message_key)),
        &each(&rows, |m| m.inbound_no) as &[Option<i64>],
        &each(&rows, |m| clean(&m.author_name)),
        &each(&rows, |m| m.reply_to.map(|id| id.0)) as &[Option<Uuid>],
        &each(&rows, |m| m.edited_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &events as &[Option<Vec<u8>>],
        &each(&rows, |m| m.original_unknown),
        &each(&rows, |m| m.place.map(|(part, _)| part)) as &[Option<i32>],
        &each(&rows, |m| m.place.map(|(_, sequence)| sequence)) as &[Option<i64>],
        &each(&files, |(_, _, (id, _))| id.0),
        &each(&files, |(m, ..)| m.id.0),
        &each(&files, |(m, ..)| m.conversation.0),
        &each(&files, |(m, ..)| m.account.0),
        &each(&files, |(_, ordinal, _)| i32::try_from(*ordinal).unwrap_or_default()),
        &each(&files, |(.., (_, a))| i16::try_from(a.kind).unwrap_or_default()),
        &each(&files, |(.., (_, a))| file_name(&a.name)),
        &each(&files, |(.., (_, a))| clean(&a.mime_type)),
        &each(&files, |(.., (_, a))| a.size_bytes),
        &each(&files, |(.., (_, a))| a.width.cast_signed()),
        &each(&files, |(.., (_, a))| a.height.cast_signed()),
        &each(&files, |(.., (_, a))| a.duration_ms.cast_signed()),
        &each(&files, |(.., (_, a))| clean(&a.remote_ref)),
        &each(&files, |(.., (_, a))| i16::try_from(a.state).unwrap_or_default()),
        &each(&files, |(.., (_, a))| clean(&a.problem)),
        &each(references, |(account, ..)| account.0),
        &each(references, |(_, key, ..)| key.clone()),
        &each(references, |(_, _, conversation, _)| conversation.0),
        &each(references, |(.., message)| message.0),
        &each(&files, |(.., (_, a))| clean(&a.object_key)),
        &each(&rows, |m| m.deleted_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &joined_reactions(&rows),
        &each(&rows, |m| m.automatic as i16),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a stranger called a file is only a name, never a path; one without a name has none.
fn file_name(name: &str) -> String {
    if name.is_empty() { String::new() } else { safe_name(name) }
}

/// Reactions go as one text each: unnest flattens arrays of arrays.
fn joined_reactions(rows: &[&Message]) -> Vec<String> {
    rows.iter().map(|m| clean(&m.reactions.join("\u{1f}"))).collect()
}

/// Statement: the changed messages, and the texts that they had.
pub async fn changed_messages(db: &mut PgConnection, batch: &Batch) -> sqlx::Result<()> {
    let rows: Vec<&Message> = batch.messages.values().filter(|m| m.changed && !m.is_new).collect();
    let replaced: Vec<_> = batch.messages.values().flat_map(|m| m.replaced.iter().map(move |was| (m, was))).collect();
    if rows.is_empty() && replaced.is_empty() {
        return Ok(());
    }
    let content: Vec<Vec<u8>> = rows.iter().map(|m| stored_content(&m.content)).collect();
    let failures: Vec<Option<Vec<u8>>> = rows.iter().map(|m| m.failure.as_ref().map(|f| f.encode_to_vec())).collect();
    let reactions = joined_reactions(&rows);
    sqlx::query!(
        "with versions as (
             -- Providers' dates are whole seconds: of several edits in one, each keeps its place by a microsecond.
             insert into inbox.message_version (message_id, until, text, content)
             select r.message_id,
                 greatest(r.until, (select max(v.until) + interval '1 microsecond' from inbox.message_version v
                                    where v.message_id = r.message_id))
                     + (row_number() over (partition by r.message_id order by r.place) - 1) * interval '1 microsecond',
                 r.text, r.content
             from unnest($17::uuid[], $18::timestamptz[], $19::text[], $20::bytea[])
                 with ordinality r(message_id, until, text, content, place)
             on conflict do nothing)
         update inbox.message m set
             shown_at = c.shown_at, position = c.position, status = c.status, text = c.text, content = c.content,
             failure = c.failure, retry_at = c.retry_at, attempt = c.attempt, nonce = c.nonce, claimed_at = c.claimed_at,
             edited_at = c.edited_at, deleted_at = c.deleted_at,
             reactions = array_remove(string_to_array(c.reactions, chr(31)), '')
         from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::smallint[], $6::text[], $7::bytea[],
             $8::bytea[], $9::timestamptz[], $10::int[], $11::text[], $12::timestamptz[], $13::timestamptz[],
             $14::timestamptz[], $15::text[], $16::uuid[])
             c(conversation_id, seq, shown_at, position, status, text, content, failure, retry_at, attempt, nonce,
               claimed_at, edited_at, deleted_at, reactions, message_id)
         where m.conversation_id = c.conversation_id and m.seq = c.seq",
        &each(&rows, |m| m.conversation.0),
        &each(&rows, |m| m.seq),
        &each(&rows, |m| m.shown_at),
        &each(&rows, |m| m.position),
        &each(&rows, |m| m.status as i16),
        &each(&rows, |m| clean(&m.content.text)),
        &content,
        &failures as &[Option<Vec<u8>>],
        &each(&rows, |m| m.retry_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |m| m.attempt),
        &each(&rows, |m| clean(&m.nonce)),
        &each(&rows, |m| m.claimed_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |m| m.edited_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |m| m.deleted_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &reactions,
        &each(&rows, |m| m.id.0),
        &each(&replaced, |(m, _)| m.id.0),
        &each(&replaced, |(_, (until, _))| *until),
        &each(&replaced, |(_, (_, was))| clean(&was.text)),
        &each(&replaced, |(_, (_, was))| stored_content(was)),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Statement: requests, and their conversations; new ones are written this once.
///
/// # Errors
/// [`store::Conflict`] when somebody else made one of the new ones: the attempt begins anew.
pub async fn conversations(db: &mut PgConnection, batch: &Batch) -> sqlx::Result<()> {
    let written = |c: &&Conversation| c.changed || c.new_thread.is_some();
    let mut rows: Vec<&Conversation> = batch.conversations.values().filter(written).collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|c| c.id);
    let requests: Vec<(&Conversation, &Request)> =
        rows.iter().filter_map(|c| Some((*c, c.request.as_ref()?))).filter(|(_, r)| r.changed).collect();
    let decisions: Vec<Option<Vec<u8>>> =
        requests.iter().map(|(_, r)| r.decision.as_ref().map(|d| d.encode_to_vec())).collect();
    let assigned: Vec<Option<chrono::DateTime<chrono::Utc>>> =
        requests.iter().map(|(_, r)| r.assignee.is_some().then_some(batch.now)).collect();
    let begun = rows.iter().filter(|c| c.new_thread.is_some()).count();
    let made = sqlx::query_scalar!(
        r#"with requests as (
             insert into inbox.request as r (request_id, conversation_id, account_id, is_current, state,
                 assignee_employee_id, department_id, received_at, assigned_at, closed_at, previous_request_id, decision,
                 first_reply_at)
             select * from unnest($22::uuid[], $23::uuid[], $24::uuid[], $25::bool[], $26::smallint[], $27::uuid[],
                 $28::uuid[], $29::timestamptz[], $30::timestamptz[], $31::timestamptz[], $32::uuid[], $33::bytea[], $34::timestamptz[])
             on conflict (request_id) do update set revision = r.revision + 1, is_current = excluded.is_current,
                 state = excluded.state, closed_at = excluded.closed_at, postponed_until = null,
                 assigned_at = coalesce(r.assigned_at, excluded.assigned_at),
                 decision = coalesce(excluded.decision, r.decision),
                 outcome = case when excluded.state in (5, 6) then r.outcome else 0 end,
                 reject_reason_id = case when excluded.state in (5, 6) then r.reject_reason_id end,
                 reject_comment = case when excluded.state in (5, 6) then r.reject_comment else '' end,
                 first_reply_at = coalesce(r.first_reply_at, excluded.first_reply_at),
                 assignee_employee_id = excluded.assignee_employee_id, department_id = excluded.department_id),
         n as (
             select g.*,
                 -- A folder that was removed meanwhile takes nothing more; whoever empties it waits for us.
                 case when g.sorted_to is not null then (
                     select f.folder_id from inbox.folder f
                     where f.folder_id = g.sorted_to and f.kind <> 1 and f.emptied_into is null for key share) end as folder
             from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::smallint[], $7::smallint[],
                 $8::smallint[], $9::smallint[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
                 $14::bool[], $15::text[], $16::uuid[], $17::bool[], $18::uuid[], $19::uuid[], $20::bool[], $21::uuid[],
                 $35::text[], $36::uuid[], $37::uuid[])
                 g(conversation_id, last_seq, inbound_count, last_group_key, last_message_id, last_direction, last_kind,
                   last_status, last_attachment_kind, last_text, last_shown_at, last_activity_at, reply_until, blocked,
                   reply_address, request_id, request_open, assignee, department, written, sorted_to, new_thread_key,
                   brought_by, account_id)),
         updated as (
             update inbox.conversation c set revision = c.revision + 1,
                 last_seq = n.last_seq, inbound_count = n.inbound_count, last_group_key = n.last_group_key,
                 last_message_id = n.last_message_id, last_direction = n.last_direction, last_kind = n.last_kind,
                 last_status = n.last_status, last_attachment_kind = n.last_attachment_kind, last_text = n.last_text,
                 last_shown_at = n.last_shown_at, last_activity_at = n.last_activity_at, reply_until = n.reply_until,
                 blocked = n.blocked, reply_address = n.reply_address, request_id = n.request_id,
                 request_open = n.request_open, assignee_employee_id = n.assignee, department_id = n.department,
                 written_seq = case when n.written then n.last_seq else c.written_seq end,
                 folder_id = case when n.sorted_to is null then c.folder_id else n.folder end
             from n where c.conversation_id = n.conversation_id and n.new_thread_key is null),
         made as (
             insert into inbox.conversation (conversation_id, account_id, thread_key, contact_point_id, last_seq,
                 inbound_count, last_group_key, last_message_id, last_direction, last_kind, last_status,
                 last_attachment_kind, last_text, last_shown_at, last_activity_at, reply_until, blocked, reply_address,
                 request_id, request_open, assignee_employee_id, department_id, written_seq, folder_id)
             select conversation_id, account_id, new_thread_key, brought_by, last_seq, inbound_count, last_group_key,
                 last_message_id, last_direction, last_kind, last_status, last_attachment_kind, last_text, last_shown_at,
                 last_activity_at, reply_until, blocked, reply_address, request_id, request_open, assignee, department,
                 case when written then last_seq else 0 end, folder
             from n where new_thread_key is not null
             on conflict (account_id, thread_key) do nothing returning conversation_id)
         select count(*) as "made!" from made"#,
        &each(&rows, |c| c.id.0),
        &each(&rows, |c| c.last_seq),
        &each(&rows, |c| c.inbound_count),
        &each(&rows, |c| clean(&c.last_group_key)),
        &each(&rows, |c| c.last.message.map(|id| id.0)) as &[Option<Uuid>],
        &each(&rows, |c| c.last.direction),
        &each(&rows, |c| c.last.kind),
        &each(&rows, |c| c.last.status),
        &each(&rows, |c| c.last.attachment_kind),
        &each(&rows, |c| clean(&c.last.text)),
        &each(&rows, |c| c.last.shown_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |c| c.last_activity_at),
        &each(&rows, |c| c.reply_until) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |c| c.blocked),
        &each(&rows, |c| clean(&c.reply_address)),
        &each(&rows, |c| c.request.as_ref().map(|r| r.id.0)) as &[Option<Uuid>],
        &each(&rows, |c| c.request.as_ref().is_some_and(Request::is_open)),
        &each(&rows, |c| c.assignee.map(|id| id.0)) as &[Option<Uuid>],
        &each(&rows, |c| c.department.map(|id| id.0)) as &[Option<Uuid>],
        &each(&rows, |c| c.written),
        &each(&rows, |c| c.sorted_to) as &[Option<Uuid>],
        &each(&requests, |(_, r)| r.id.0),
        &each(&requests, |(c, _)| c.id.0),
        &each(&requests, |(c, _)| c.account.0),
        &each(&requests, |(_, r)| r.is_current),
        &each(&requests, |(_, r)| r.state as i16),
        &each(&requests, |(_, r)| r.assignee.map(|id| id.0)) as &[Option<Uuid>],
        &each(&requests, |(_, r)| r.department.map(|id| id.0)) as &[Option<Uuid>],
        &each(&requests, |(_, r)| r.received_at),
        &assigned as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&requests, |(_, r)| r.closed_at) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&requests, |(_, r)| r.previous.map(|id| id.0)) as &[Option<Uuid>],
        &decisions as &[Option<Vec<u8>>],
        &each(&requests, |(_, r)| r.replied.then_some(batch.now)) as &[Option<chrono::DateTime<chrono::Utc>>],
        &each(&rows, |c| c.new_thread.as_ref().map(|(key, _)| key.clone())) as &[Option<String>],
        &each(&rows, |c| c.new_thread.as_ref().map(|(_, by)| by.0)) as &[Option<Uuid>],
        &each(&rows, |c| c.account.0),
    )
    .fetch_one(db)
    .await?;
    if usize::try_from(made) != Ok(begun) {
        return Err(store::Conflict.into());
    }
    Ok(())
}

/// The outbox rows: one per changed conversation (E4), one per account whose state changed.
pub fn events(batch: &Batch) -> Vec<Vec<u8>> {
    let mut conversations: Vec<&Conversation> = batch.conversations.values().filter(|c| c.changed).collect();
    conversations.sort_by_key(|c| c.id);
    let changed = conversations.into_iter().map(|c| {
        let request = c.request.as_ref().filter(|_| c.request_changed);
        let what = What::ConversationChanged(ConversationChanged {
            conversation_id: c.id.to_string(),
            revision: (c.revision + 1).cast_unsigned(),
            message_ids: c.touched.iter().map(ToString::to_string).collect(),
            request_id: request.map(|r| r.id.to_string()).unwrap_or_default(),
            inbound: c.inbound,
            assignee_employee_id: request.and(c.assignee).map(|id| id.to_string()).unwrap_or_default(),
            mention_employee_ids: Vec::new(),
        });
        let owner = batch.directory.account(c.account).and_then(|account| account.owner);
        store::event::encode_of(what, c.audience(owner), c.traceparent.clone())
    });
    let accounts = batch.health.keys().map(|id| {
        let what = What::ChannelAccountChanged(contracts::live::ChannelAccountChanged {
            account_id: id.to_string(),
            revision: 0,
        });
        let everyone = contracts::live::Audience { everyone: true, ..Default::default() };
        store::event::encode_of(what, everyone, String::new())
    });
    changed.chain(accounts).collect()
}

/// Statement: everything that stands by itself: events, orders, timers, early facts, dead letters, positions, states.
pub async fn rest(db: &mut PgConnection, batch: &Batch) -> sqlx::Result<()> {
    sqlx::query!(
        r#"with d as (select $1::jsonb as d),
         events as (
             insert into inbox.outbox (payload) select * from unnest($2::bytea[])),
         orders as (
             insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, message_id, payload)
             select x.order_id, x.part, x.channel, x.account_id, x.lane, x.kind, x.conversation_id, x.message_id, p.payload
             from d, jsonb_to_recordset(d->'orders') as x(n int, order_id uuid, part int, channel text, account_id uuid,
                 lane text, kind smallint, conversation_id uuid, message_id uuid)
                 join unnest($3::bytea[]) with ordinality p(payload, n) on p.n = x.n),
         orders_done as (
             delete from inbox.outgoing o using d where o.order_id in (select v::uuid from jsonb_array_elements_text(d->'orders_done') v)),
         sends_done as (
             delete from inbox.outgoing o using d
             where o.message_id in (select v::uuid from jsonb_array_elements_text(d->'sends_done') v) and o.kind = $16),
         orders_again as (
             update inbox.outgoing o set next_at = x.at, publishes = 0
             from d, jsonb_to_recordset(d->'orders_again') as x(order_id uuid, at timestamptz) where o.order_id = x.order_id),
         sends_again as (
             update inbox.outgoing o set next_at = x.at, publishes = 0
             from d, jsonb_to_recordset(d->'sends_again') as x(message_id uuid, at timestamptz)
             where o.message_id = x.message_id and o.kind = $16),
         timers as (
             insert into inbox.timer (kind, key, due_at, payload)
             select distinct on (x.kind, x.key) x.kind, x.key, x.due_at, coalesce(x.payload, '{}') from d, jsonb_to_recordset(d->'timers')
                 as x(kind text, key text, due_at timestamptz, payload jsonb) order by x.kind, x.key, x.due_at desc
             on conflict (kind, key) do update set due_at = excluded.due_at, payload = excluded.payload, attempts = 0),
         early as (
             insert into inbox.early (account_id, waits_for, key, fact)
             select * from unnest($4::uuid[], $5::text[], $6::text[], $7::bytea[]) on conflict do nothing),
         awaited as (
             insert into inbox.awaited (account_id, key, conversation_id)
             select x.account_id, x.key, x.conversation_id
             from d, jsonb_to_recordset(d->'awaited') as x(account_id uuid, key text, conversation_id uuid)
             on conflict do nothing),
         dead as (
             insert into inbox.dead_letter (dead_letter_id, account_id, channel, key, reason, kind, raw, object_key,
                 original_object_key, content_type)
             select * from unnest($8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::text[],
                 $17::text[], $18::text[])
             on conflict (account_id, key) do nothing),
         replayed as (
             update inbox.dead_letter l set replayed_at = now() from d
             where (l.account_id, l.dead_letter_id) in (
                 select x.account_id, x.id from jsonb_to_recordset(d->'replayed') as x(account_id uuid, id uuid))
                 and l.replayed_at is null),
         positions as (
             insert into inbox.poll_position (account_id, stream, value)
             select x.account_id, x.stream, x.value from d, jsonb_to_recordset(d->'positions') as x(account_id uuid, stream text, value text)
             on conflict (account_id, stream) do update set value = excluded.value),
         stored as (
             update inbox.attachment a set state = x.state, object_key = x.object_key, problem = x.problem,
                 thumbnail_object_key = x.thumbnail_object_key,
                 size_bytes = case when x.size_bytes > 0 then x.size_bytes else a.size_bytes end,
                 mime_type = coalesce(nullif(x.mime_type, ''), a.mime_type),
                 width = case when x.width > 0 then x.width else a.width end,
                 height = case when x.height > 0 then x.height else a.height end,
                 duration_ms = case when x.duration_ms > 0 then x.duration_ms else a.duration_ms end
             from d, jsonb_to_recordset(d->'stored') as x(id uuid, state smallint, object_key text, problem text,
                 thumbnail_object_key text, size_bytes bigint, mime_type text, width int, height int, duration_ms int)
             where a.attachment_id = x.id),
         seen as (
             insert into inbox.account_state as s (account_id, last_event_at, health, problem, problem_ru, remedy_key, identity,
                 last_error_at, accepted_unconfirmed, accepted_unconfirmed_at)
             select x.account_id, case when x.fact then now() end, coalesce(x.health, 0), coalesce(x.problem, ''),
                 coalesce(x.problem_ru, ''),
                 coalesce(x.remedy_key, ''), coalesce(x.identity, ''), case when x.problem <> '' then now() end,
                 coalesce(x.stood_in, 0), case when x.stood_in > 0 then now() end
             from d, jsonb_to_recordset(d->'seen') as x(account_id uuid, fact bool, stood_in bigint, health smallint,
                 problem text, problem_ru text, remedy_key text, identity text)
             on conflict (account_id) do update set
                 -- A plain mean of the first gaps, then one that forgets.
                 usual_gap_s = case when excluded.last_event_at is null or s.last_event_at is null then s.usual_gap_s
                     else s.usual_gap_s + (extract(epoch from now() - s.last_event_at) - s.usual_gap_s)
                         * greatest(0.02, 1.0 / (s.gap_count + 1)) end,
                 gap_count = case when excluded.last_event_at is null or s.last_event_at is null then s.gap_count
                     else least(s.gap_count + 1, 1000) end,
                 last_event_at = coalesce(excluded.last_event_at, s.last_event_at),
                 health = case when excluded.health > 0 then excluded.health else s.health end,
                 problem = case when excluded.health > 0 then excluded.problem else s.problem end,
                 problem_ru = case when excluded.health > 0 then excluded.problem_ru else s.problem_ru end,
                 remedy_key = case when excluded.health > 0 then excluded.remedy_key else s.remedy_key end,
                 identity = coalesce(nullif(excluded.identity, ''), s.identity),
                 last_error_at = coalesce(excluded.last_error_at, s.last_error_at),
                 accepted_unconfirmed = s.accepted_unconfirmed + excluded.accepted_unconfirmed,
                 accepted_unconfirmed_at = coalesce(excluded.accepted_unconfirmed_at, s.accepted_unconfirmed_at)),
         rotations as (
             insert into inbox.rotation (account_id, next)
             select x.account_id, x.next from d, jsonb_to_recordset(d->'rotations') as x(account_id uuid, next int)
             on conflict (account_id) do update set next = excluded.next)
         insert into inbox.audit (action, object_kind, object_id, after)
         select x.action, 'request', x.object_id, x.after from d, jsonb_to_recordset(d->'audit') as x(action text, object_id uuid, after jsonb)"#,
        small(batch),
        &events(batch),
        &each(&batch.orders, |o| o.order.encode_to_vec()),
        &each(&batch.early, |(account, ..)| account.0),
        &each(&batch.early, |(_, waits_for, _)| waits_for.clone()),
        &each(&batch.early, |(.., fact)| fact.inbound.key.clone()),
        &each(&batch.early, |(.., fact)| fact.inbound.encode_to_vec()),
        &each(&batch.dead, |l| l.id.0),
        &each(&batch.dead, |l| l.account.0),
        &each(&batch.dead, |l| l.channel.clone()),
        &each(&batch.dead, |l| clean(&l.key)),
        &each(&batch.dead, |l| clean(&l.reason)),
        &each(&batch.dead, |l| l.kind.to_owned()),
        &each(&batch.dead, |l| l.raw.clone()),
        &each(&batch.dead, |l| clean(&l.object_key)),
        SEND,
        &each(&batch.dead, |l| clean(&l.original_object_key)),
        &each(&batch.dead, |l| clean(&l.content_type)),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is small and rare travels as one JSON document.
fn small(batch: &Batch) -> serde_json::Value {
    let at = |at: &Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(|| "infinity".to_owned(), |t| t.to_rfc3339());
    let orders = batch.orders.iter().enumerate().map(|(i, o)| {
        json!({ "n": i + 1, "order_id": o.order.order_id, "part": o.part, "channel": o.channel, "account_id": o.account,
                "lane": o.order.lane, "kind": o.kind, "conversation_id": o.conversation, "message_id": o.message })
    });
    let (mut orders_done, mut orders_again, mut sends_done, mut sends_again) = (vec![], vec![], vec![], vec![]);
    for (id, change) in &batch.order_changes {
        match change {
            OrderChange::Done => orders_done.push(json!(id)),
            OrderChange::Again(when) => orders_again.push(json!({ "order_id": id, "at": at(when) })),
        }
    }
    for (id, change) in &batch.send_changes {
        match change {
            OrderChange::Done => sends_done.push(json!(id)),
            OrderChange::Again(when) => sends_again.push(json!({ "message_id": id, "at": at(when) })),
        }
    }
    json!({
        "orders": orders.collect::<Vec<_>>(),
        "orders_done": orders_done,
        "orders_again": orders_again,
        "sends_done": sends_done,
        "sends_again": sends_again,
        "timers": each(&batch.timers, |t| json!({ "kind": t.kind, "key": t.key, "due_at": t.due_at, "payload": t.payload })),
        "awaited": each(&batch.awaited, |(account, key, conversation)|
            json!({ "account_id": account, "key": clean(key), "conversation_id": conversation })),
        "replayed": each(&batch.closed_dead_letters, |(account, id)| json!({ "account_id": account, "id": id })),
        "positions": batch.positions.iter().map(|((account, stream), value)|
            json!({ "account_id": account, "stream": stream, "value": value })).collect::<Vec<_>>(),
        "stored": each(&batch.stored, |(id, a)| json!({ "id": id, "state": a.state, "object_key": a.object_key,
            "problem": clean(&a.problem), "thumbnail_object_key": a.thumbnail_object_key, "size_bytes": a.size_bytes,
            "mime_type": clean(&a.mime_type), "width": a.width, "height": a.height, "duration_ms": a.duration_ms })),
        "seen": seen(batch),
        "rotations": batch.rotations.iter().map(|(a, next)| json!({ "account_id": a, "next": next })).collect::<Vec<_>>(),
        "audit": each(&batch.audit, |a| json!({ "action": a.action, "object_id": a.request, "after": a.after })),
    })
}

fn seen(batch: &Batch) -> Vec<serde_json::Value> {
    let accounts: std::collections::BTreeSet<&AccountId> = batch.seen.keys().chain(batch.health.keys()).collect();
    accounts
        .into_iter()
        .map(|id| {
            let (fact, stood_in) = (batch.seen.contains_key(id), batch.stood_in.get(id).copied().unwrap_or_default());
            match batch.health.get(id) {
                Some(s) => json!({ "account_id": id, "fact": fact, "stood_in": stood_in, "health": s.health,
                               "problem": clean(&s.problem), "problem_ru": clean(problem_ru(s)), "remedy_key": s.remedy_key, "identity": clean(&s.identity) }),
                None => json!({ "account_id": id, "fact": fact, "stood_in": stood_in }),
            }
        })
        .collect()
}

/// Empty where there are only the provider's own words.
fn problem_ru(state: &AccountState) -> &str {
    state.problem_text.as_ref().map_or("", |text| text.ru.as_str())
}

/// Content as the column holds it: the text and the attachments have places of their own.
pub fn stored_content(content: &Content) -> Vec<u8> {
    Content { text: String::new(), attachments: Vec::new(), ..content.clone() }.encode_to_vec()
}

/// PostgreSQL's text holds no NUL.
fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

fn each<T, U>(rows: &[T], column: impl FnMut(&T) -> U) -> Vec<U> {
    rows.iter().map(column).collect()
}
