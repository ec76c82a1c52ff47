//! The SQL of mailings and their recipients.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    channel::Failure,
    inbox::{self, MailingCounts, MailingRecipientState},
};
use prost::Message as _;
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};
use uuid::Uuid;

use super::domain::{Mailing, Recipient, Written};
use crate::access::Viewer;

/// An account as far as its mailings need it.
pub struct Account {
    pub department: Option<Uuid>,
    pub owner: Option<Uuid>,
}

pub async fn account(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "select department_id as department, owner_employee_id as owner
         from inbox.account where account_id = $1 and deleted_at is null",
        id
    )
    .fetch_optional(db)
    .await
}

/// Whether an account of the viewer's own is there.
pub async fn has_own_account(db: impl PgExecutor<'_>, viewer: &Viewer) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from inbox.account
           where owner_employee_id = $1 and deleted_at is null) and $2 as "own!""#,
        viewer.employee.0,
        viewer.personal
    )
    .fetch_one(db)
    .await
}

/// What was ordered by.
pub type Place = (DateTime<Utc>, Uuid);

/// The newest mailings that the viewer may have, after a place; or the one named.
pub async fn page(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    only: Option<Uuid>,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Mailing>> {
    let (at, id) = after.unzip();
    sqlx::query_as!(
        Mailing,
        r#"select m.mailing_id as id, m.revision, m.account_id as account, m.series_id as series,
                  m.after_mailing_id as after, m.name, m.subject, m.text, m.per_minute, m.state,
                  m.author_employee_id as author, m.created_at, m.started_at, m.ended_at, a.department_id as department,
                  a.owner_employee_id as owner, not a.enabled or a.deleted_at is not null as "account_off!",
                  a.deleted_at is not null as "account_deleted!"
           from inbox.mailing m join inbox.account a using (account_id)
           where ($1::uuid is null or m.mailing_id = $1)
               and ($2::timestamptz is null or (m.created_at, m.mailing_id) < ($2, $3))
               and case when a.owner_employee_id is null then $5 or a.department_id = any ($6)
                        else $7 and a.owner_employee_id = $8 end
           order by m.created_at desc, m.mailing_id desc limit $4"#,
        only,
        at,
        id,
        limit,
        viewer.administrator,
        &viewer.headed,
        viewer.personal,
        viewer.employee.0
    )
    .fetch_all(db)
    .await
}

/// A mailing, whoever may have it.
pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Mailing>> {
    sqlx::query_as!(
        Mailing,
        r#"select m.mailing_id as id, m.revision, m.account_id as account, m.series_id as series,
                  m.after_mailing_id as after, m.name, m.subject, m.text, m.per_minute, m.state,
                  m.author_employee_id as author, m.created_at, m.started_at, m.ended_at, a.department_id as department,
                  a.owner_employee_id as owner, not a.enabled or a.deleted_at is not null as "account_off!",
                  a.deleted_at is not null as "account_deleted!"
           from inbox.mailing m join inbox.account a using (account_id) where m.mailing_id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Takes the lock under which a mailing changes and its letters are made.
pub async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Mailing>> {
    let locked = sqlx::query!("select mailing_id from inbox.mailing where mailing_id = $1 for update", id);
    match locked.fetch_optional(&mut *db).await? {
        Some(_) => find(db, id).await,
        None => Ok(None),
    }
}

/// What is on its way is counted for one mailing of an account at a time. Taken before a series' lock.
pub async fn lock_account(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("mailings of {account}"))
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Letters of one series are made by one transaction at a time: nobody is served by two of its runs.
pub async fn lock_series(db: impl PgExecutor<'_>, series: Uuid) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("mailing {series}"))
        .fetch_all(db)
        .await?;
    Ok(())
}

/// `false`: the id is in use.
pub async fn insert(
    db: impl PgExecutor<'_>,
    (id, account, author): (Uuid, Uuid, Uuid),
    after: Option<&Mailing>,
    written: &Written,
) -> sqlx::Result<bool> {
    let made = sqlx::query!(
        "insert into inbox.mailing (mailing_id, account_id, series_id, after_mailing_id, name, subject, text, per_minute,
             state, author_employee_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9) on conflict do nothing",
        id,
        account,
        after.map_or(id, |after| after.series),
        after.map(|after| after.id),
        written.name,
        written.subject,
        written.text,
        written.per_minute,
        author
    )
    .execute(db)
    .await?;
    Ok(made.rows_affected() == 1)
}

pub async fn update(db: impl PgExecutor<'_>, id: Uuid, written: &Written) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.mailing set revision = revision + 1, name = $2, subject = $3, text = $4, per_minute = $5
         where mailing_id = $1",
        id,
        written.name,
        written.subject,
        written.text,
        written.per_minute
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the state; the times are those of the first start and of the last end.
pub async fn set_state(db: impl PgExecutor<'_>, id: Uuid, state: inbox::MailingState) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.mailing set revision = revision + 1, state = $2::smallint,
             started_at = case when $2::smallint = 2 then coalesce(started_at, now()) else started_at end,
             ended_at = case when $2::smallint = 4 then now() end
         where mailing_id = $1",
        id,
        state as i16
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a draft with its list.
pub async fn delete(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    delete_recipients(&mut *db, id).await?;
    sqlx::query!("delete from inbox.mailing where mailing_id = $1", id).execute(db).await?;
    Ok(())
}

pub async fn delete_recipients(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.mailing_recipient where mailing_id = $1", id).execute(db).await?;
    Ok(())
}

pub async fn insert_recipients(db: impl PgExecutor<'_>, mailing: &Mailing, list: &[Recipient]) -> sqlx::Result<()> {
    sqlx::query!(
        r#"insert into inbox.mailing_recipient (mailing_id, series_id, address, ordinal, name, "values", state)
           select $1, $2, r.address, r.ordinal, r.name, r.given, 1
           from unnest($3::text[], $4::text[], $5::jsonb[]) with ordinality r(address, name, given, ordinal)"#,
        mailing.id,
        mailing.series,
        &list.iter().map(|one| one.address.clone()).collect::<Vec<_>>(),
        &list.iter().map(|one| one.name.clone()).collect::<Vec<_>>(),
        &list.iter().map(|one| serde_json::json!(one.values)).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The whole list as it was given.
pub async fn all_recipients(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Vec<Recipient>> {
    let rows = sqlx::query!(
        r#"select address, name, "values" as "values: Json<HashMap<String, String>>" from inbox.mailing_recipient
           where mailing_id = $1 order by ordinal"#,
        id
    )
    .fetch_all(db)
    .await?;
    let recipients = rows.into_iter();
    Ok(recipients.map(|row| Recipient { address: row.address, name: row.name, values: row.values.0 }).collect())
}

/// How many there are in each state, by mailing.
pub async fn counts(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, MailingCounts>> {
    let rows = sqlx::query!(
        r#"select r.mailing_id, r.state, count(*) as "count!",
                  count(*) filter (where r.state = 4 and not r.was_sent and (m.sent_again_as is null)) as "retryable!"
           from inbox.mailing_recipient r
           left join inbox.message m on m.message_id = r.message_id and r.state = 4 and not r.was_sent
           where r.mailing_id = any ($1) group by r.mailing_id, r.state"#,
        ids
    )
    .fetch_all(db)
    .await?;
    let mut counts: HashMap<Uuid, MailingCounts> = HashMap::new();
    for row in rows {
        use MailingRecipientState as S;
        let count = u32::try_from(row.count).unwrap_or(u32::MAX);
        let of = counts.entry(row.mailing_id).or_default();
        of.total += count;
        of.retryable += u32::try_from(row.retryable).unwrap_or(u32::MAX);
        match S::try_from(i32::from(row.state)).unwrap_or_default() {
            S::Waiting => of.waiting = count,
            S::Queued => of.queued = count,
            S::Sent => of.sent = count,
            S::Failed => of.failed = count,
            S::Unsubscribed => of.unsubscribed = count,
            S::Skipped => of.skipped = count,
            S::Unknown => of.unknown = count,
            S::Unspecified => {}
        }
    }
    let left = sqlx::query!(
        r#"select mailing_id as "mailing_id!", count(*) as "count!" from inbox.unsubscribed
           where mailing_id = any ($1) group by mailing_id"#,
        ids
    );
    for row in left.fetch_all(db).await? {
        counts.entry(row.mailing_id).or_default().left = u32::try_from(row.count).unwrap_or(u32::MAX);
    }
    Ok(counts)
}

/// Recipients in one of these states (none: in any), in the order of the list, after a place of it.
pub async fn recipients(
    db: impl PgExecutor<'_>,
    id: Uuid,
    states: &[i16],
    after: Option<i32>,
    limit: i64,
) -> sqlx::Result<Vec<(i32, inbox::MailingRecipient)>> {
    let rows = sqlx::query!(
        r#"select r.ordinal, r.address, r.name, r."values" as "values: Json<HashMap<String, String>>", r.state, r.state_at,
                  r.message_id, r.conversation_id, r.skipped_because, m.failure as "failure?"
           from inbox.mailing_recipient r
           left join inbox.message m on m.message_id = r.message_id and r.state = 4
           where r.mailing_id = $1 and (cardinality($2::smallint[]) = 0 or r.state = any ($2)) and r.ordinal > $3
           order by r.ordinal limit $4"#,
        id,
        states,
        after.unwrap_or(-1),
        limit
    )
    .fetch_all(db)
    .await?;
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let recipients = rows.into_iter().map(|row| {
        let recipient = inbox::MailingRecipient {
            address: row.address,
            name: row.name,
            values: row.values.0,
            state: row.state.into(),
            failure: row.failure.and_then(|bytes| Failure::decode(bytes.as_slice()).ok()),
            skipped_because: row.skipped_because,
            conversation_id: text(row.conversation_id),
            message_id: text(row.message_id),
            at: Some(rpc::timestamp(row.state_at)),
        };
        (row.ordinal, recipient)
    });
    Ok(recipients.collect())
}

/// Leaves out of those who wait (all of them, or these) who takes no such letters, and whom another run of the series has
/// served or is serving, be it by a failed letter that somebody sent again. Who was sent a letter that came back was served.
pub async fn leave_out(db: &mut PgConnection, mailing: &Mailing, only: Option<&[String]>) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.mailing_recipient r set state = 5, state_at = now()
         where r.mailing_id = $1 and r.state = 1 and ($2::text[] is null or r.address = any ($2))
             and exists (select from inbox.unsubscribed u where u.address = r.address)",
        mailing.id,
        only
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update inbox.mailing_recipient r set state = 6, state_at = now(), skipped_because = 'served'
         where r.mailing_id = $1 and r.state = 1 and ($2::text[] is null or r.address = any ($2))
             and exists (select from inbox.mailing_recipient o
                         where o.address = r.address and o.series_id = $3 and o.mailing_id <> $1
                             and (o.state in (2, 3, 7) or o.was_sent
                                  or exists (select from inbox.message m
                                             where m.message_id = o.message_id and m.sent_again_as is not null)))",
        mailing.id,
        only,
        mailing.series
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who failed for sure, and was not helped by hand since, waits again; returns how many.
pub async fn wait_again(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<u64> {
    let again = sqlx::query!(
        "update inbox.mailing_recipient r set state = 1, state_at = now(), message_id = null
         where r.mailing_id = $1 and r.state = 4 and not r.was_sent
             and not exists (select from inbox.message m
                             where m.message_id = r.message_id and m.sent_again_as is not null)",
        id
    );
    Ok(again.execute(db).await?.rows_affected())
}

/// A letter that is made and may not be taken yet.
pub struct Queued {
    pub mailing: Uuid,
    pub address: String,
    pub message: Uuid,
}

/// Those of a mailing, or to an address.
pub async fn queued(
    db: impl PgExecutor<'_>,
    mailing: Option<Uuid>,
    address: Option<&str>,
) -> sqlx::Result<Vec<Queued>> {
    sqlx::query_as!(
        Queued,
        r#"select mailing_id as mailing, address, message_id as "message!" from inbox.mailing_recipient
           where state = 2 and message_id is not null and ($1::uuid is null or mailing_id = $1)
               and ($2::text is null or address = $2) and ($1::uuid is not null or $2::text is not null)"#,
        mailing,
        address
    )
    .fetch_all(db)
    .await
}

/// A letter was taken back: its recipient is where it was before, or takes no letters.
pub async fn taken_back(db: impl PgExecutor<'_>, queued: &Queued, state: MailingRecipientState) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.mailing_recipient set state = $3, state_at = now(), message_id = null, skipped_because = ''
         where mailing_id = $1 and address = $2",
        queued.mailing,
        queued.address,
        state as i16
    )
    .execute(db)
    .await?;
    Ok(())
}
