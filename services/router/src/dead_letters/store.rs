use chrono::{DateTime, Utc};
use contracts::inbox;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{orders::PARSE_AGAIN, time};

/// A dead letter with its bytes.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub dead_letter_id: Uuid,
    pub account_id: Uuid,
    pub channel: String,
    pub key: String,
    pub reason: String,
    /// "fact": an Inbound to take again; "raw": bytes of the provider to parse again.
    pub kind: String,
    /// Empty in lists, whatever it is.
    pub raw: Vec<u8>,
    /// Of `raw`.
    pub raw_bytes: i64,
    pub object_key: String,
    /// Where what came lies by itself; empty: `raw` or `object_key` is what came.
    pub original_object_key: String,
    pub content_type: String,
    pub received_at: DateTime<Utc>,
    pub replayed_at: Option<DateTime<Utc>>,
}

impl DeadLetter {
    /// Without the bytes: they may hold what a customer wrote. `closed`: of somebody else's personal account, whose keys tell
    /// who wrote.
    #[must_use]
    pub fn contract(&self, closed: bool) -> inbox::DeadLetter {
        inbox::DeadLetter {
            dead_letter_id: self.dead_letter_id.to_string(),
            account_id: self.account_id.to_string(),
            key: if closed { String::new() } else { self.key.clone() },
            reason: self.reason.clone(),
            received_at: Some(time::to_proto(self.received_at)),
            size_bytes: if self.is_in_objects() { 0 } else { self.raw_bytes },
            replayed_at: self.replayed_at.map(time::to_proto),
            has_original: !closed && self.has_original(),
            content_type: self.content_type.clone(),
        }
    }
}

/// Which dead letters to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub account: Option<Uuid>,
    /// Only of this employee's personal accounts.
    pub owner: Option<Uuid>,
    pub with_replayed: bool,
}

/// One page, newest first, without their bytes.
///
/// # Errors
/// What the database answers.
pub async fn list(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<DeadLetter>> {
    sqlx::query_as!(
        DeadLetter,
        r#"select dead_letter_id, account_id, channel, key, reason, kind, ''::bytea as "raw!",
             octet_length(raw)::bigint as "raw_bytes!", object_key, original_object_key, content_type, received_at, replayed_at
         from inbox.dead_letter
         where ($1::uuid is null or account_id = $1) and ($2 or replayed_at is null)
             and ($3::uuid is null or dead_letter_id < $3)
             and ($5::uuid is null or account_id in (select account_id from inbox.account where owner_employee_id = $5))
         order by dead_letter_id desc limit $4"#,
        filter.account,
        filter.with_replayed,
        before,
        limit,
        filter.owner,
    )
    .fetch_all(db)
    .await
}

/// One dead letter.
///
/// # Errors
/// What the database answers.
pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<DeadLetter>> {
    sqlx::query_as!(
        DeadLetter,
        r#"select dead_letter_id, account_id, channel, key, reason, kind, raw, octet_length(raw)::bigint as "raw_bytes!",
             object_key, original_object_key, content_type, received_at, replayed_at
         from inbox.dead_letter where dead_letter_id = $1"#,
        id,
    )
    .fetch_optional(db)
    .await
}

/// The lock that keeps two replays of one dead letter apart.
pub async fn lock_open(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<bool> {
    let row = sqlx::query_scalar!(
        "select 1 from inbox.dead_letter where dead_letter_id = $1 and replayed_at is null for update",
        id
    );
    Ok(row.fetch_optional(db).await?.is_some())
}

pub async fn close(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("update inbox.dead_letter set replayed_at = now() where dead_letter_id = $1", id).execute(db).await?;
    Ok(())
}

/// Orders the adapter to parse the bytes again; at most one such order at a time.
pub async fn order_parse(
    db: impl PgExecutor<'_>,
    order: Uuid,
    letter: &DeadLetter,
    payload: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, payload)
         select $1, a.part, a.channel, a.account_id, $3, $5, $4 from inbox.account a
         where a.account_id = $2 and not exists (select 1 from inbox.outgoing where account_id = $2 and lane = $3)",
        order,
        letter.account_id,
        letter.dead_letter_id.to_string(),
        payload,
        PARSE_AGAIN,
    )
    .execute(db)
    .await?;
    Ok(())
}
