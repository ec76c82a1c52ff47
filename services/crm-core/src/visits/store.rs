//! The SQL of visits. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Months, TimeDelta, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::domain::{Step, Told, Visit, What};

/// Steps of one visit; a script that never stops is not read to its end.
const STEPS_MOST: i64 = 200;
/// Deleted in one statement, and the statements of one round of housekeeping.
const STRETCH: i64 = 1_000;
const STRETCHES: usize = 20;
/// Longer than VISITS keeps anything.
const GONE: TimeDelta = TimeDelta::days(8);

/// How far the stream of reports has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub stream: String,
    pub sequence: i64,
}

pub async fn cursor(db: impl PgExecutor<'_>) -> sqlx::Result<Cursor> {
    sqlx::query_as!(Cursor, "select stream, sequence from crm.visit_cursor").fetch_one(db).await
}

/// `false`: it stands elsewhere.
pub async fn move_cursor(db: &mut PgConnection, from: &Cursor, to: &Cursor) -> sqlx::Result<bool> {
    let moved = sqlx::query!(
        "update crm.visit_cursor set stream = $3, sequence = $4 where stream = $1 and sequence = $2",
        from.stream,
        from.sequence,
        to.stream,
        to.sequence
    )
    .execute(db)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Stores one report.
pub async fn take(db: &mut PgConnection, told: &Told) -> sqlx::Result<()> {
    match &told.what {
        What::Withdrawn => forget_guest(db, told).await,
        What::Visit(visit) => {
            if !visit.address.is_empty() {
                claim(&mut *db, told, visit).await?;
            }
            match insert(&mut *db, told, visit).await? {
                Some(id) => insert_steps(db, told, id, &visit.steps).await,
                None => Ok(()),
            }
        }
    }
}

async fn forget_guest(db: &mut PgConnection, told: &Told) -> sqlx::Result<()> {
    sqlx::query!(
        "with gone as (
             insert into crm.guest_gone (account_id, guest_id, at) values ($1, $2, now()) on conflict do nothing)
         delete from crm.visit where account_id = $1 and guest_id = $2",
        told.account.0,
        told.guest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the guest did before anybody knew who it is belongs to who it is.
async fn claim(db: &mut PgConnection, told: &Told, visit: &Visit) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.visit set scope = $3, address = $4,
             contact_point_id = (select coalesce(p.joined_into, p.contact_point_id) from inbox_read.contact_point p
                                 where p.channel = $5 and p.scope = $3 and p.address = $4)
         where account_id = $1 and guest_id = $2 and address = ''",
        told.account.0,
        told.guest,
        visit.scope,
        visit.address,
        told.channel.to_string()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The visit that a report is about; `None`: its person no longer agrees. Somebody else at the same browser has a visit of their own;
/// what comes without an address is whose it was last.
async fn insert(db: &mut PgConnection, told: &Told, visit: &Visit) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "with known as (
             select scope, address from crm.visit
             where $5 = '' and account_id = $1 and guest_id = $2 and browser_visit_id = $3
             order by last_at desc limit 1),
         whose as (
             select coalesce((select scope from known), $4) as scope, coalesce((select address from known), $5) as address)
         insert into crm.visit as v (account_id, guest_id, browser_visit_id, scope, address, channel, contact_point_id, agreed_at,
                                     started_at, last_at, referrer_host, marks, device)
         select $1, $2, $3, w.scope, w.address, $6,
                (select coalesce(p.joined_into, p.contact_point_id) from inbox_read.contact_point p
                 where w.address <> '' and p.channel = $6 and p.scope = w.scope and p.address = w.address),
                $7, $8, $9, $10, $11, $12
         from whose w
         where not exists (select from crm.guest_gone g where g.account_id = $1 and g.guest_id = $2)
         on conflict (account_id, guest_id, browser_visit_id, address) do update
             set last_at = greatest(v.last_at, excluded.last_at),
                 contact_point_id = coalesce(v.contact_point_id, excluded.contact_point_id)
         returning v.visit_id",
        told.account.0,
        told.guest,
        visit.id,
        visit.scope,
        visit.address,
        told.channel.to_string(),
        visit.agreed_at,
        visit.started_at,
        visit.last_at,
        visit.referrer_host,
        json!(visit.marks),
        visit.device
    )
    .fetch_optional(db)
    .await
}

async fn insert_steps(db: &mut PgConnection, told: &Told, visit: Uuid, steps: &[Step]) -> sqlx::Result<()> {
    let texts = |of: fn(&Step) -> &String| steps.iter().map(|step| of(step).clone()).collect::<Vec<_>>();
    let ids: Vec<Uuid> = steps.iter().map(|step| step.id).collect();
    let times: Vec<DateTime<Utc>> = steps.iter().map(|step| step.at).collect();
    let kinds: Vec<i16> = steps.iter().map(|step| step.kind).collect();
    let seconds: Vec<i32> = steps.iter().map(|step| step.seconds).collect();
    sqlx::query!(
        "insert into crm.visit_step as s (account_id, guest_id, visit_id, step_id, at, kind, path, search_text, title, seconds, name,
                                         left_name, left_phone, left_email)
         select $1, $2, $3, n.* from unnest($4::uuid[], $5::timestamptz[], $6::smallint[], $7::text[], $8::text[], $9::text[],
                                            $10::int[], $11::text[], $12::text[], $13::text[], $14::text[]) n
         where (select count(*) from crm.visit_step o where o.visit_id = $3) < $15
         on conflict (account_id, guest_id, step_id) do update set seconds = greatest(s.seconds, excluded.seconds)",
        told.account.0,
        told.guest,
        visit,
        &ids,
        &times,
        &kinds,
        &texts(|step| &step.path),
        &texts(|step| &step.search_text),
        &texts(|step| &step.title),
        &seconds,
        &texts(|step| &step.name),
        &texts(|step| &step.left.name),
        &texts(|step| &step.left.phone),
        &texts(|step| &step.left.email),
        STEPS_MOST
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Finds the contact points of visits that were told of before router had them.
///
/// # Errors
/// What the database answers.
pub async fn find_points(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.visit v set contact_point_id = coalesce(p.joined_into, p.contact_point_id)
         from inbox_read.contact_point p
         where v.contact_point_id is null and v.address <> '' and v.last_at > now() - interval '7 days'
             and p.channel = v.channel and p.scope = v.scope and p.address = v.address"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same of these contact points, whenever it was told: once router has erased them nobody can tell any more which visits are theirs.
///
/// # Errors
/// What the database answers.
pub async fn find_points_of(db: impl PgExecutor<'_>, points: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.visit v set contact_point_id = coalesce(p.joined_into, p.contact_point_id)
         from inbox_read.contact_point p
         where v.contact_point_id is null and v.address <> '' and p.contact_point_id = any ($1)
             and p.channel = v.channel and p.scope = v.scope and p.address = v.address",
        points
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Follows contact points that were joined into another since: somebody signed in.
///
/// # Errors
/// What the database answers.
pub async fn follow_joined(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.visit v set contact_point_id = p.joined_into
         from inbox_read.contact_point p where p.contact_point_id = v.contact_point_id and p.joined_into is not null"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes what was kept long enough, a bounded part at a time.
///
/// # Errors
/// What the database answers.
pub async fn forget_old(pool: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let months = sqlx::query_scalar!("select keep_visits_months from crm.lead_settings").fetch_one(pool).await?;
    let before = now - Months::new(u32::from(months.unsigned_abs()));
    for _ in 0..STRETCHES {
        let deleted = sqlx::query!(
            "delete from crm.visit where visit_id in (select visit_id from crm.visit where last_at < $1 order by last_at limit $2)",
            before,
            STRETCH
        )
        .execute(pool)
        .await?;
        if deleted.rows_affected() < STRETCH.unsigned_abs() {
            break;
        }
    }
    sqlx::query!("delete from crm.guest_gone where at < $1", now - GONE).execute(pool).await?;
    Ok(())
}

/// Erases what these contact points did; nothing of it that is still on its way is taken.
///
/// # Errors
/// What the database answers.
pub async fn erase(db: impl PgExecutor<'_>, points: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "with erased as (delete from crm.visit where contact_point_id = any ($1) returning account_id, guest_id)
         insert into crm.guest_gone (account_id, guest_id, at)
         select distinct account_id, guest_id, now() from erased on conflict do nothing",
        points
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes what browsers that nobody knows left in forms under these people's addresses out of them: `crm.left_of`.
///
/// # Errors
/// What the database answers.
pub async fn forget_left(
    db: impl PgExecutor<'_>,
    clients: &[Uuid],
    contacts: &[Uuid],
    leads: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.visit_step s set left_name = '', left_phone = '', left_email = ''
         from crm.left_of($1, $2, $3) f
         where s.account_id = f.account_id and s.guest_id = f.guest_id and s.step_id = f.step_id",
        clients,
        contacts,
        leads
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same of leads that go, but for contact points that are also a client's or another lead's.
///
/// # Errors
/// What the database answers.
pub async fn erase_of_leads(db: impl PgExecutor<'_>, leads: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "with point as (
             select p.contact_point_id from crm.lead_contact_point p
             where p.lead_id = any ($1)
                 and not exists (select from crm.contact_point_link l where l.contact_point_id = p.contact_point_id)
                 and not exists (select from crm.lead_contact_point o
                                 where o.contact_point_id = p.contact_point_id and o.lead_id <> all ($1))),
         erased as (
             delete from crm.visit v where v.contact_point_id in (
                 select contact_point_id from point
                 union select q.contact_point_id from inbox_read.contact_point q
                     where q.joined_into in (select contact_point_id from point))
             returning account_id, guest_id)
         insert into crm.guest_gone (account_id, guest_id, at)
         select distinct account_id, guest_id, now() from erased on conflict do nothing",
        leads
    )
    .execute(db)
    .await?;
    Ok(())
}
