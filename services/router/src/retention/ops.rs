//! Looking at what a rule would take, and setting it.

use serde_json::{Value, json};
use sqlx::PgPool;
use store::{Schema, audit};
use uuid::Uuid;

use super::{
    RetentionError,
    rules::{self, Count, Rule},
};

const MONTHS: std::ops::RangeInclusive<i32> = 0..=1_200;

/// What is asked for.
pub struct Wanted {
    pub channel: String,
    pub account: Option<Uuid>,
    pub months: i32,
    pub seen_revision: Option<i64>,
    pub messages_seen: i64,
    /// The rule of the channel is to count again.
    pub as_channel: bool,
}

/// # Errors
/// [`RetentionError`].
pub async fn preview(
    pool: &PgPool,
    channel: &str,
    account: Option<Uuid>,
    months: i32,
) -> Result<Count, RetentionError> {
    if months < 1 || !MONTHS.contains(&months) {
        return Err(RetentionError::Invalid("months", "must be 1 to 1200"));
    }
    if !rules::is_known(pool, channel, account).await? {
        return Err(RetentionError::AccountNotFound(account));
    }
    Ok(rules::count(pool, channel, account, months).await?)
}

/// Sets or removes a rule; `None`: there is none any more.
///
/// # Errors
/// [`RetentionError`].
pub async fn set(pool: &PgPool, by: Uuid, wanted: &Wanted) -> Result<Option<Rule>, RetentionError> {
    let Wanted { channel, account, months, .. } = wanted;
    if !MONTHS.contains(months) {
        return Err(RetentionError::Invalid("rule.months", "must be 0 to 1200"));
    }
    if wanted.as_channel && account.is_none() {
        return Err(RetentionError::Invalid("as_channel", "is for rules of an account"));
    }
    if !rules::is_known(pool, channel, *account).await? {
        return Err(RetentionError::AccountNotFound(*account));
    }
    // Before anything is held: it may take a while.
    let would_take = async |months: i32| match months {
        0 => Ok(0),
        months => rules::count(pool, channel, *account, months).await.map(|count| count.messages),
    };
    let of_channel = if wanted.as_channel { rules::of_channel(pool, channel).await? } else { *months };
    let taken = would_take(of_channel).await?;
    if taken > wanted.messages_seen + grown(wanted.messages_seen) {
        return Err(RetentionError::CountChanged(taken));
    }
    let mut tx = pool.begin().await?;
    rules::hold(&mut *tx, channel).await?;
    let before = rules::lock(&mut *tx, channel, *account).await?;
    if before.as_ref().map(|rule| rule.revision) != wanted.seen_revision {
        return Err(RetentionError::Stale);
    }
    // Without its own rule an account may lose what its own rule keeps: that was looked at, too.
    if wanted.as_channel && rules::of_channel(&mut *tx, channel).await? != of_channel {
        return Err(RetentionError::Stale);
    }
    let after = match &before {
        Some(rule) if wanted.as_channel => {
            rules::remove(&mut *tx, rule.id).await?;
            None
        }
        None if wanted.as_channel => None,
        _ => Some(rules::set(&mut *tx, channel, *account, *months, by).await?),
    };
    if let Some(rule) = after.as_ref().or(before.as_ref()) {
        let entry = audit::Entry {
            employee_id: Some(by),
            action: "retention.set",
            object_kind: "retention_rule",
            object_id: rule.id,
            before: before.as_ref().map(fact),
            after: after.as_ref().map(fact),
        };
        audit::append(&mut tx, Schema::Inbox, &[entry]).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// By how much a count may have grown since it was seen: messages grow old while one reads. Whoever saw nothing agrees to nothing.
const fn grown(seen: i64) -> i64 {
    if seen == 0 { 0 } else { 5 + seen / 100 }
}

fn fact(rule: &Rule) -> Value {
    json!({ "channel": rule.channel, "account_id": rule.account, "months": rule.months })
}
