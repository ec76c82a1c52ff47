//! The timer of a running mailing: each time it makes a few letters, and says when to come again.

use std::collections::HashMap;

use ::store::{Schema, audit, timer::Timer};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::inbox::MailingState;
use sqlx::{PgConnection, PgExecutor, types::Json};
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::{
    domain::{Mailing, MailingError, Recipient},
    letters::{self, Leaving},
    store as rows,
};

/// The timer of a running mailing; its key is the mailing's id.
pub const MAILING: &str = "mailing";
/// Letters of an account's mailings that are made and not settled: an ordinary reply waits behind no more than these.
const ON_THEIR_WAY: i64 = 4;
/// When to look again where nothing can go now.
const NO_ROOM: TimeDelta = TimeDelta::seconds(1);
const HELD_UP: TimeDelta = TimeDelta::seconds(15);

/// Due at once.
#[must_use]
pub fn timer(id: Uuid) -> Timer {
    Timer { kind: MAILING.to_owned(), key: id.to_string(), due_at: Utc::now(), payload: serde_json::Value::Null }
}

/// Makes the next letters of a running mailing. All of them, and the end of the timer, are one transaction: a crash neither
/// doubles nor loses one. `None`: there is nothing more to do.
///
/// # Errors
/// [`MailingError`]; the timer comes again.
pub async fn tick(
    db: &mut PgConnection,
    leaving: Option<&Leaving>,
    id: Uuid,
) -> Result<Option<DateTime<Utc>>, MailingError> {
    let Some(mailing) = rows::lock(db, id).await?.filter(|mailing| mailing.is(MailingState::Running)) else {
        return Ok(None);
    };
    if mailing.account_deleted {
        warn!(mailing.id = %id, "mailing {id} is stopped: its account was deleted");
        rows::set_state(&mut *db, id, MailingState::Stopped).await?;
        let (action, object_kind) = ("stopped", "mailing");
        let entry = audit::Entry { employee_id: None, action, object_kind, object_id: id, before: None, after: None };
        audit::append(db, Schema::Inbox, &[entry]).await?;
        return Ok(None);
    }
    let Some(leaving) = leaving.filter(|_| !mailing.account_off) else {
        debug!(mailing.id = %id, "mailing {id} is held up: its account or the public address is off");
        return Ok(Some(Utc::now() + HELD_UP));
    };
    rows::lock_account(&mut *db, mailing.account).await?;
    rows::lock_series(&mut *db, mailing.series).await?;
    let (most, pause) = pace(mailing.pace());
    let room = ON_THEIR_WAY - on_their_way(&mut *db, mailing.account).await?;
    if room <= 0 {
        return Ok(Some(Utc::now() + NO_ROOM));
    }
    let taken = take(&mut *db, id, most.min(room)).await?;
    if taken.is_empty() {
        if somebody_waits(&mut *db, id).await? {
            return Ok(Some(Utc::now() + NO_ROOM)); // held by who leaves just now
        }
        rows::set_state(&mut *db, id, MailingState::Done).await?;
        info!(mailing.id = %id, "mailing {id} is done: nobody waits any more");
        return Ok(None);
    }
    let made = make(db, &mailing, leaving, taken).await?;
    metrics::counter!("okno_router_mailing_letters_total").increment(made);
    Ok(Some(Utc::now() + if made == 0 { TimeDelta::zero() } else { pause }))
}

async fn make(
    db: &mut PgConnection,
    mailing: &Mailing,
    leaving: &Leaving,
    taken: Vec<(Recipient, i32)>,
) -> Result<u64, MailingError> {
    let addresses: Vec<String> = taken.iter().map(|(recipient, _)| recipient.address.clone()).collect();
    rows::leave_out(db, mailing, Some(&addresses)).await?;
    let wait = still_wait(&mut *db, mailing.id, &addresses).await?;
    let mut made = 0;
    for (recipient, attempt) in taken.into_iter().filter(|(one, _)| wait.contains(&one.address)) {
        letters::make(db, mailing, leaving, &recipient, attempt).await?;
        made += 1;
    }
    Ok(made)
}

/// How many letters at once, and the pause after them: a second at least.
fn pace(per_minute: u32) -> (i64, TimeDelta) {
    let per_minute = i64::from(per_minute.max(1));
    let most = (per_minute + 59) / 60;
    (most, TimeDelta::milliseconds(most * 60_000 / per_minute))
}

/// Those that wait for another try hold nobody up.
async fn on_their_way(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from inbox.mailing m
           join inbox.mailing_recipient r on r.mailing_id = m.mailing_id and r.state = 2
           left join inbox.message l on l.message_id = r.message_id
           where m.account_id = $1 and (l.retry_at is null or l.retry_at <= now())"#,
        account
    )
    .fetch_one(db)
    .await
}

/// The next ones who wait, with how many letters there were for each.
async fn take(db: impl PgExecutor<'_>, id: Uuid, most: i64) -> sqlx::Result<Vec<(Recipient, i32)>> {
    let rows = sqlx::query!(
        r#"select address, name, "values" as "values: Json<HashMap<String, String>>", attempt
           from inbox.mailing_recipient where mailing_id = $1 and state = 1
           order by ordinal limit $2 for update skip locked"#,
        id,
        most
    )
    .fetch_all(db)
    .await?;
    let recipient = |address, name, values: Json<_>| Recipient { address, name, values: values.0 };
    Ok(rows.into_iter().map(|row| (recipient(row.address, row.name, row.values), row.attempt)).collect())
}

async fn somebody_waits(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from inbox.mailing_recipient where mailing_id = $1 and state = 1) as "waits!""#,
        id
    )
    .fetch_one(db)
    .await
}

async fn still_wait(db: impl PgExecutor<'_>, id: Uuid, addresses: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "select address from inbox.mailing_recipient where mailing_id = $1 and state = 1 and address = any ($2)",
        id,
        addresses
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_kept_by_letters_and_pauses_of_a_second_at_least() {
        for (per_minute, most, pause_ms) in
            [(1, 1, 60_000), (10, 1, 6_000), (20, 1, 3_000), (90, 2, 1_333), (600, 10, 1_000)]
        {
            assert_eq!(pace(per_minute), (most, TimeDelta::milliseconds(pause_ms)), "{per_minute}");
        }
    }
}
