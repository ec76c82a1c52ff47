//! What one stretch of a sweep reads and deletes.

use chrono::{DateTime, Utc};
use contracts::live::{Audience, ConversationChanged, event::What};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::access;

/// Messages deleted in one transaction.
pub const MESSAGES: i64 = 300;
/// Conversations that are looked into at once.
const PAGE: i64 = 500;
/// Letters that nobody could read, deleted at once.
pub const LETTERS: usize = 300;

/// A run of a rule.
#[derive(Debug, Clone)]
pub struct Run {
    pub rule: Uuid,
    pub months: i32,
    pub before: DateTime<Utc>,
    pub after: Uuid,
    pub messages: i64,
    pub conversations: i64,
    pub files: i64,
}

/// The rule that is due first and that nobody runs; a run that somebody left is gone on with after half a minute.
///
/// # Errors
/// What the database answers.
pub async fn claim(pool: &PgPool) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"with due as (
               select rule_id, started_at is null or ended_at is not null as anew from inbox.retention_rule
               where months > 0 and due_at <= now() and claimed_until <= now()
               order by due_at limit 1 for update skip locked)
           update inbox.retention_rule r set claimed_until = now() + interval '30 s',
               started_at = case when d.anew then now() else r.started_at end,
               ended_at = null,
               before_at = case when d.anew then now() - make_interval(months => r.months) else r.before_at end,
               after_id = case when d.anew then '00000000-0000-0000-0000-000000000000' else r.after_id end,
               messages = case when d.anew then 0 else r.messages end,
               conversations = case when d.anew then 0 else r.conversations end,
               files = case when d.anew then 0 else r.files end
           from due d where r.rule_id = d.rule_id
           returning r.rule_id as rule, r.months, r.before_at as "before!", r.after_id as after, r.messages, r.conversations,
               r.files"#
    )
    .fetch_optional(pool)
    .await
}

/// Keeps the rule as it is until the transaction ends; `false`: it is another one by now.
pub async fn hold(db: &mut PgConnection, run: &Run) -> sqlx::Result<bool> {
    let there = sqlx::query_scalar!(
        "select rule_id from inbox.retention_rule where rule_id = $1 and before_at = $2 for update",
        run.rule,
        run.before
    )
    .fetch_optional(db)
    .await?;
    Ok(there.is_some())
}

/// The next conversations under the rule, whether they have something old or not.
pub async fn page(db: &mut PgConnection, run: &Run) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select c.conversation_id from inbox.conversation c join inbox.account_retention a using (account_id)
         where a.rule_id = $1 and c.conversation_id > $2 order by c.conversation_id limit $3",
        run.rule,
        run.after,
        PAGE
    )
    .fetch_all(db)
    .await
}

#[derive(Debug, Default)]
pub struct Erased {
    pub messages: i64,
    pub files: i64,
    pub conversations: Vec<Uuid>,
    /// Those that this run had taken nothing of before.
    pub new_conversations: i64,
    pub keys: Vec<String>,
}

/// Deletes some old messages of these conversations with what hangs on them, and says so in the conversations.
pub async fn erase(db: &mut PgConnection, run: &Run, page: &[Uuid]) -> sqlx::Result<Erased> {
    let old = sqlx::query!(
        "select m.conversation_id, m.seq, m.message_id from unnest($1::uuid[]) c(conversation_id)
         cross join lateral (
             select m.conversation_id, m.seq, m.message_id from inbox.message m
             where m.conversation_id = c.conversation_id and not m.unsent and m.shown_at < $2
             order by m.shown_at, m.position, m.seq limit $3) m limit $3",
        page,
        run.before,
        MESSAGES
    )
    .fetch_all(&mut *db)
    .await?;
    if old.is_empty() {
        return Ok(Erased::default());
    }
    let mut conversations: Vec<Uuid> = old.iter().map(|row| row.conversation_id).collect();
    conversations.sort_unstable();
    conversations.dedup();
    // In the order of rule I9.
    let new = sqlx::query_scalar!(
        r#"select removed_before is distinct from $2 as "new!" from inbox.conversation
           where conversation_id = any ($1) order by conversation_id for update"#,
        &conversations,
        run.before
    )
    .fetch_all(&mut *db)
    .await?;
    // Only what is still where it was seen: a merge may have moved it, somebody may send it again.
    let gone = sqlx::query_scalar!(
        "delete from inbox.message m using unnest($1::uuid[], $2::bigint[], $3::uuid[]) o(conversation_id, seq, message_id)
         where m.conversation_id = o.conversation_id and m.seq = o.seq and m.message_id = o.message_id and not m.unsent
             and m.shown_at < $4
         returning m.message_id",
        &old.iter().map(|row| row.conversation_id).collect::<Vec<_>>(),
        &old.iter().map(|row| row.seq).collect::<Vec<_>>(),
        &old.iter().map(|row| row.message_id).collect::<Vec<_>>(),
        run.before
    )
    .fetch_all(&mut *db)
    .await?;
    let keys = sqlx::query_scalar!(
        r#"with files as (
               delete from inbox.attachment where message_id = any ($1) returning object_key, thumbnail_object_key),
           names as (delete from inbox.reference where message_id = any ($1)),
           versions as (delete from inbox.message_version where message_id = any ($1)),
           orders as (delete from inbox.outgoing where message_id = any ($1))
           select k.key as "key!" from files f cross join lateral (
               values (f.object_key), (f.thumbnail_object_key)) k(key)"#,
        &gone
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "update inbox.conversation c set revision = revision + 1, removed_before = $2, removed_months = $3,
             last_message_id = case when c.last_message_id = any ($4) then null else c.last_message_id end,
             last_text = case when c.last_message_id = any ($4) then '' else c.last_text end,
             not_sent = c.not_sent and exists (
                 select from inbox.message m where m.conversation_id = c.conversation_id and m.direction = 2)
         where conversation_id = any ($1)",
        &conversations,
        run.before,
        run.months,
        &gone
    )
    .execute(db)
    .await?;
    Ok(Erased {
        messages: number(gone.len()),
        files: number(keys.len() / 2),
        new_conversations: number(new.iter().filter(|new| **new).count()),
        conversations,
        keys: keys.into_iter().filter(|key| !key.is_empty()).collect(),
    })
}

/// What nobody could read and is as old: all keys of each.
pub async fn dead_letters(db: &mut PgConnection, run: &Run) -> sqlx::Result<Vec<Vec<String>>> {
    let rows = sqlx::query!(
        "delete from inbox.dead_letter d using (
             select l.dead_letter_id from inbox.dead_letter l join inbox.account_retention a using (account_id)
             where a.rule_id = $1 and l.received_at < $2 limit $3) old
         where d.dead_letter_id = old.dead_letter_id returning d.object_key, d.original_object_key",
        run.rule,
        run.before,
        number(LETTERS)
    )
    .fetch_all(db)
    .await?;
    let keys = |keys: [String; 2]| keys.into_iter().filter(|key| !key.is_empty()).collect();
    Ok(rows.into_iter().map(|row| keys([row.object_key, row.original_object_key])).collect())
}

/// Writes down how far the run is.
pub async fn go_on(
    db: &mut PgConnection,
    run: &Run,
    page: &[Uuid],
    erased: &Erased,
    page_is_done: bool,
    ended: bool,
) -> sqlx::Result<()> {
    let after = page.last().filter(|_| page_is_done).copied().unwrap_or(run.after);
    sqlx::query!(
        "update inbox.retention_rule set after_id = $2, messages = messages + $3, conversations = conversations + $4,
             files = files + $5, claimed_until = now(), ended_at = case when $6 then now() end,
             due_at = case when $6 then now() + interval '1 day' else due_at end
         where rule_id = $1",
        run.rule,
        after,
        erased.messages,
        erased.new_conversations,
        erased.files,
        ended
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Open pages load these conversations anew.
pub async fn told(db: &mut PgConnection, conversations: &[Uuid]) -> sqlx::Result<Vec<(What, Audience)>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select c.conversation_id, c.revision, c.owner_employee_id, c.assignee_employee_id, c.department_id,
                  array(select m.employee_id from inbox.mention m where m.conversation_id = c.conversation_id)
                      as "mentioned!"
           from inbox.conversation c where c.conversation_id = any ($1) and c.merged_into is null"#,
        conversations
    )
    .fetch_all(db)
    .await?;
    let events = rows.into_iter().map(|row| {
        let (conversation_id, revision) = (row.conversation_id.to_string(), row.revision.unsigned_abs());
        let employees = row.mentioned.into_iter().chain(row.assignee_employee_id);
        let audience = access::audience(row.owner_employee_id.map(Into::into), employees, row.department_id);
        let changed = ConversationChanged { conversation_id, revision, ..ConversationChanged::default() };
        (What::ConversationChanged(changed), audience)
    });
    Ok(events.collect())
}

/// Those that no message, draft, upload in use or letter names any more.
pub async fn unnamed(pool: &PgPool, keys: &[String]) -> sqlx::Result<Vec<String>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        r#"with unnamed as (
               select distinct k.key from unnest($1::text[]) k(key)
               where not exists (select from inbox.attachment a where a.object_key = k.key and a.object_key <> '')
                   and not exists (select from inbox.attachment a
                                   where a.thumbnail_object_key = k.key and a.thumbnail_object_key <> '')
                   and not exists (select from inbox.dead_letter d
                                   where d.object_key = k.key or d.original_object_key = k.key)
                   and not exists (select from inbox.file f join inbox.draft d on f.file_id = any (d.file_ids)
                                   where f.object_key = k.key)),
           uploads as (delete from inbox.file f using unnamed u where f.object_key = u.key)
           select key as "key!" from unnamed"#,
        keys
    )
    .fetch_all(pool)
    .await
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
