use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

/// A rule and its last run.
#[derive(Debug, Clone)]
pub struct Rule {
    pub id: Uuid,
    pub channel: String,
    pub account: Option<Uuid>,
    pub months: i32,
    pub revision: i64,
    pub set_by: Option<Uuid>,
    pub set_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub before_at: Option<DateTime<Utc>>,
    pub messages: i64,
    pub conversations: i64,
    pub files: i64,
}

pub async fn list(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Rule>> {
    sqlx::query_as!(
        Rule,
        "select r.rule_id as id, r.channel, r.account_id as account, r.months, r.revision, r.set_by, r.set_at, r.started_at,
                r.ended_at, r.before_at, r.messages, r.conversations, r.files
         from inbox.retention_rule r left join inbox.account a using (account_id)
         where r.account_id is null or a.deleted_at is null order by r.channel, r.account_id nulls first"
    )
    .fetch_all(db)
    .await
}

/// Waits for the stretch of a sweep that goes on in the channel, and keeps the next ones waiting.
pub async fn hold(db: impl PgExecutor<'_>, channel: &str) -> sqlx::Result<()> {
    sqlx::query!("select rule_id from inbox.retention_rule where channel = $1 order by rule_id for update", channel)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Of the channel itself, or of one account of it; kept from changes of others.
pub async fn lock(db: impl PgExecutor<'_>, channel: &str, account: Option<Uuid>) -> sqlx::Result<Option<Rule>> {
    sqlx::query_as!(
        Rule,
        "select rule_id as id, channel, account_id as account, months, revision, set_by, set_at, started_at, ended_at,
                before_at, messages, conversations, files
         from inbox.retention_rule where channel = $1 and account_id is not distinct from $2 for update",
        channel,
        account
    )
    .fetch_optional(db)
    .await
}

/// Makes or changes a rule. It is due at once, and a run that goes on begins anew.
pub async fn set(
    db: impl PgExecutor<'_>,
    channel: &str,
    account: Option<Uuid>,
    months: i32,
    by: Uuid,
) -> sqlx::Result<Rule> {
    sqlx::query_as!(
        Rule,
        "insert into inbox.retention_rule as r (rule_id, channel, account_id, months, set_by) values ($1, $2, $3, $4, $5)
         on conflict (channel, account_id) do update set months = excluded.months, set_by = excluded.set_by, set_at = now(),
             revision = r.revision + 1, due_at = now(), started_at = null, ended_at = null, before_at = null
         returning rule_id as id, channel, account_id as account, months, revision, set_by, set_at, started_at, ended_at,
             before_at, messages, conversations, files",
        Uuid::now_v7(),
        channel,
        account,
        months,
        by
    )
    .fetch_one(db)
    .await
}

/// For how many months the channel's own rule keeps; 0: for ever.
pub async fn of_channel(db: impl PgExecutor<'_>, channel: &str) -> sqlx::Result<i32> {
    let months = sqlx::query_scalar!(
        "select months from inbox.retention_rule where channel = $1 and account_id is null",
        channel
    );
    Ok(months.fetch_optional(db).await?.unwrap_or_default())
}

pub async fn remove(db: impl PgExecutor<'_>, rule: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.retention_rule where rule_id = $1", rule).execute(db).await?;
    Ok(())
}

/// Whether such accounts are there; a personal one has no rule of its own.
pub async fn is_known(db: impl PgExecutor<'_>, channel: &str, account: Option<Uuid>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from inbox.account where channel = $1 and deleted_at is null
                              and ($2::uuid is null or account_id = $2 and owner_employee_id is null)) as "known!""#,
        channel,
        account
    )
    .fetch_one(db)
    .await
}

pub struct Count {
    pub messages: i64,
    pub conversations: i64,
    pub files: i64,
}

/// What a rule of so many months would take now. What waits to be sent is never taken, and personal accounts are their owners'.
/// Conversation by conversation, as the sweep goes: messages have no index by account and age.
pub async fn count(db: impl PgExecutor<'_>, channel: &str, account: Option<Uuid>, months: i32) -> sqlx::Result<Count> {
    sqlx::query_as!(
        Count,
        r#"with accounts as (
               select a.account_id from inbox.account a
               where a.channel = $1 and a.owner_employee_id is null
                   and (a.account_id = $2 or $2::uuid is null and not exists (
                       select from inbox.retention_rule r where r.account_id = a.account_id))),
           each as (
               select old.messages, old.files
               from inbox.conversation c join accounts using (account_id)
               cross join lateral (
                   select count(*) as messages, coalesce(sum((
                       select count(*) from inbox.attachment f where f.message_id = m.message_id)), 0) as files
                   from inbox.message m
                   where m.conversation_id = c.conversation_id and not m.unsent
                       and m.shown_at < now() - make_interval(months => $3)) old)
           select coalesce(sum(messages), 0)::bigint as "messages!",
                  count(*) filter (where messages > 0) as "conversations!", coalesce(sum(files), 0)::bigint as "files!"
           from each"#,
        channel,
        account,
        months
    )
    .fetch_one(db)
    .await
}
