//! The conversations of one person, as far as the person alone names them. A thread that the channel names (a letter's)
//! stays a conversation of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{AccountId, ContactPointId, ConversationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A conversation under its lock.
#[derive(Debug, Clone)]
pub struct Thread {
    pub id: ConversationId,
    pub contact_point: ContactPointId,
    pub merged_into: Option<ConversationId>,
    account: AccountId,
    thread_key: String,
    created_at: DateTime<Utc>,
}

/// Locks the conversations of these contact points in the order of their ids (rule I9).
pub async fn lock(db: &mut PgConnection, points: &[Uuid]) -> sqlx::Result<Vec<Thread>> {
    let rows = sqlx::query!(
        "select conversation_id, contact_point_id, merged_into, account_id, thread_key, created_at
         from inbox.conversation where contact_point_id = any ($1) order by conversation_id for update",
        points
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Thread {
            id: row.conversation_id.into(),
            contact_point: row.contact_point_id.into(),
            merged_into: row.merged_into.map(Into::into),
            account: row.account_id.into(),
            thread_key: row.thread_key,
            created_at: row.created_at,
        })
        .collect())
}

/// Gives them to the contact point that stays.
pub async fn hand_over(db: &mut PgConnection, stays: ContactPointId, points: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.conversation set contact_point_id = $1, revision = revision + 1
         where contact_point_id = any ($2) and contact_point_id <> $1",
        stays.0,
        points
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The conversations of each account that the person alone names, the oldest first; each once.
pub fn by_account(threads: &[Thread]) -> BTreeMap<AccountId, Vec<ConversationId>> {
    let mut found: BTreeMap<AccountId, Vec<&Thread>> = BTreeMap::new();
    for thread in threads.iter().filter(|t| t.merged_into.is_none() && t.thread_key.starts_with("cp:")) {
        found.entry(thread.account).or_default().push(thread);
    }
    let oldest_first = |mut same: Vec<&Thread>| {
        same.sort_by_key(|thread| (thread.created_at, thread.id));
        same.into_iter().map(|thread| thread.id).collect()
    };
    found.into_iter().map(|(account, same)| (account, oldest_first(same))).collect()
}

/// What the contact point says next comes to this conversation: where its account knows no thread of it, an alias leads
/// there.
pub async fn lead(db: &mut PgConnection, point: ContactPointId, to: ConversationId) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.conversation (conversation_id, account_id, contact_point_id, thread_key, merged_into)
         select $1, account_id, $2, 'cp:' || $2::uuid, $3 from inbox.conversation where conversation_id = $3
         on conflict (account_id, thread_key) do nothing",
        Uuid::now_v7(),
        point.0,
        to.0
    )
    .execute(db)
    .await?;
    Ok(())
}
