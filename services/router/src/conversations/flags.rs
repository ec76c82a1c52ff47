//! What lists are quick by: flags of conversations that may say too much, never too little. Housekeeping takes away what
//! they say too much; lists look at the truth too.

use std::time::Duration;

use model::EmployeeId;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

/// Flagged conversations that one statement looks at.
const STRETCH: i64 = 2_000;
/// From so many marks on a reader's list takes long without help.
const MANY_MARKS: i64 = 5_000;
/// Readers whose unread conversations are kept, at most: each costs a row per conversation that somebody writes in, some
/// 2 ms for a batch of 500.
const KEPT: i64 = 10;

/// Whether what this employee has not read is kept in `unread`.
///
/// # Errors
/// What the database answers.
pub async fn unread_is_kept(pool: &PgPool, employee: EmployeeId) -> sqlx::Result<bool> {
    let ready = sqlx::query_scalar!("select ready from inbox.unread_kept where employee_id = $1", employee.0);
    Ok(ready.fetch_optional(pool).await?.unwrap_or(false))
}

/// Contact points that were let go and whose conversations are not flagged for it yet.
///
/// # Errors
/// What the database answers.
pub async fn released(pool: &PgPool) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select r.contact_point_id as "id!" from crm_read.released_contact_point r
           where exists (select from inbox.conversation c
                         where c.contact_point_id = r.contact_point_id and not c.may_be_unidentified)
             and not exists (select from crm_read.identified_contact_point p
                             where p.contact_point_id = r.contact_point_id)"#
    )
    .fetch_all(pool)
    .await
}

/// What is quick and each minute's: who was let go, and readers who were chosen.
///
/// # Errors
/// What the database answers.
pub async fn follow(pool: &PgPool) -> sqlx::Result<()> {
    flag_released(pool).await?;
    fill_unread(pool).await
}

/// How often all that is flagged is looked at: it takes a moment.
const LOOK: Duration = Duration::from_secs(600);

/// Runs [`settle`] until `stop`.
pub async fn keep(pool: PgPool, stop: CancellationToken) {
    loop {
        if let Err(cause) = settle(&pool).await {
            warn!(%cause, "flags of lists are not settled; again in ten minutes");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Looks at all that is flagged, and at who reads much; each ten minutes. Any number of processes may do it at once.
///
/// # Errors
/// What the database answers.
pub async fn settle(pool: &PgPool) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    while let Some(last) = clear_identified(pool, after).await? {
        after = last;
    }
    choose_readers(pool, MANY_MARKS).await
}

async fn flag_released(pool: &PgPool) -> sqlx::Result<()> {
    let released = released(pool).await?;
    if !released.is_empty() {
        sqlx::query!(
            "update inbox.conversation set may_be_unidentified = true
             where contact_point_id = any ($1) and not may_be_unidentified",
            &released
        )
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// Looks at the next flagged conversations in the order of their ids; returns the last of them. Who is let go meanwhile
/// stands in `released_contact_point` and is flagged again.
async fn clear_identified(pool: &PgPool, after: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        r#"with looked_at as (
               select c.conversation_id, c.contact_point_id from inbox.conversation c
               where c.merged_into is null and c.may_be_unidentified and c.conversation_id > $1
               order by c.conversation_id limit $2),
           known as (
               select c.conversation_id from inbox.conversation c
               where c.conversation_id in (
                   select l.conversation_id from looked_at l
                   join crm_read.identified_contact_point p using (contact_point_id))
               order by c.conversation_id for no key update skip locked),
           cleared as (
               update inbox.conversation c set may_be_unidentified = false from known k
               where c.conversation_id = k.conversation_id)
           select conversation_id as "id!" from looked_at order by conversation_id desc limit 1"#,
        after,
        STRETCH
    )
    .fetch_optional(pool)
    .await
}

/// Who sees much and has read much, as long as it is so.
///
/// # Errors
/// What the database answers.
pub(crate) async fn choose_readers(pool: &PgPool, many: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "with many as (
             select e.employee_id from crm_read.employee e
             where e.active and (e.is_administrator or e.is_head) and (
                 select count(*) from (
                     select from inbox.read_mark r where r.employee_id = e.employee_id limit $1) n) = $1
             order by e.employee_id limit $2),
         gone as (
             delete from inbox.unread_kept k where k.employee_id not in (select employee_id from many)
             returning k.employee_id),
         emptied as (delete from inbox.unread u using gone g where u.employee_id = g.employee_id)
         insert into inbox.unread_kept (employee_id) select employee_id from many on conflict do nothing",
        many,
        KEPT
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// What was unread when a reader was chosen. A minute later: whatever did not know of the choice has ended by then.
async fn fill_unread(pool: &PgPool) -> sqlx::Result<()> {
    let chosen = sqlx::query_scalar!(
        "select employee_id from inbox.unread_kept where not ready and since < now() - interval '55 seconds'"
    );
    let chosen = chosen.fetch_all(pool).await?;
    for employee in &chosen {
        fill(pool, *employee).await?;
    }
    if !chosen.is_empty() {
        sqlx::query("analyze inbox.unread").execute(pool).await?;
    }
    Ok(())
}

/// In stretches, each a statement of its own: whoever writes into these conversations does not wait for long.
async fn fill(pool: &PgPool, employee: Uuid) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    while let Some(last) = fill_stretch(pool, employee, after).await? {
        after = last;
    }
    sqlx::query!("update inbox.unread_kept set ready = true where employee_id = $1", employee).execute(pool).await?;
    Ok(())
}

/// The last conversation that was looked at.
async fn fill_stretch(pool: &PgPool, employee: Uuid, after: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        r#"with looked_at as (
               select c.conversation_id, c.inbound_count from inbox.conversation c
               where c.merged_into is null and c.conversation_id > $2 order by c.conversation_id limit $3),
           unread as (
               insert into inbox.unread (employee_id, conversation_id)
               select $1, l.conversation_id from looked_at l
               left join inbox.read_mark r on r.conversation_id = l.conversation_id and r.employee_id = $1
               where l.inbound_count > coalesce(r.inbound_no, 0)
               on conflict do nothing)
           select conversation_id as "id!" from looked_at order by conversation_id desc limit 1"#,
        employee,
        after,
        STRETCH
    )
    .fetch_optional(pool)
    .await
}
