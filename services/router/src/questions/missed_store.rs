//! The SQL of what a person missed: whose conversations, and which messages. A person sees what came from them and what
//! was sent to them, whatever staff wrote beside it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    Account,
    missed::{Keys, Place},
};

/// At most this many conversations of one person in one account are looked at: the latest.
const CONVERSATIONS: i64 = 8;
/// What stands before a known message is told again, for clocks differ by a little.
const OVERLAP: i64 = 5;
/// What was changed, or came in late, is told up to this many; the newest.
const CHANGED: i64 = 100;
/// Providers' clocks, which date edits and deletions, differ from ours by less.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

/// A message that the asker has.
#[derive(Debug)]
pub struct Known {
    pub place: Place,
    conversation: Uuid,
    /// What was changed before has reached the asker with it.
    since: DateTime<Utc>,
}

/// The conversations of whoever is known by one of these addresses, the latest first; merged ones lead to those that stayed.
/// How a person is found by addresses stands here and nowhere else.
pub async fn conversations(
    db: impl PgExecutor<'_>,
    account: &Account,
    scope: &str,
    addresses: &[String],
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"with recursive named as (
               select p.contact_point_id, coalesce(p.joined_into, p.contact_point_id) as stands
               from inbox.contact_address a join inbox.contact_point p using (contact_point_id)
               where a.channel = $1 and a.scope = $2 and a.address = any ($3)),
           person as (
               select contact_point_id from named
               union select stands from named
               union select p.contact_point_id from named n join inbox.contact_point p on p.joined_into = n.stands),
           found(conversation_id, merged_into, last_activity_at) as (
               select c.conversation_id, c.merged_into, c.last_activity_at
               from person join inbox.conversation c using (contact_point_id)
               where c.account_id = $4
               union
               select c.conversation_id, c.merged_into, c.last_activity_at
               from inbox.conversation c join found f on c.conversation_id = f.merged_into)
           select conversation_id as "id!" from found where merged_into is null
           order by last_activity_at desc, conversation_id limit $5"#,
        account.channel,
        scope,
        addresses,
        account.id.0,
        CONVERSATIONS
    )
    .fetch_all(db)
    .await
}

/// A message of these conversations.
pub async fn known(db: impl PgExecutor<'_>, conversations: &[Uuid], id: Uuid) -> sqlx::Result<Option<Known>> {
    let row = sqlx::query!(
        r#"select conversation_id, shown_at, position, seq, least(shown_at, created_at) as "since!"
           from inbox.message where message_id = $1 and conversation_id = any ($2)"#,
        id,
        conversations
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Known {
        place: Place { shown_at: row.shown_at, position: row.position, seq: row.seq },
        conversation: row.conversation_id,
        since: row.since - CLOCKS,
    }))
}

/// The last `limit` before a place, the latest first; `None`: before the end.
pub async fn older(
    db: impl PgExecutor<'_>,
    conversations: &[Uuid],
    place: Option<Place>,
    limit: usize,
) -> sqlx::Result<Keys> {
    let stretch = sqlx::query_scalar!(
        r#"select m.message_id as "id!" from unnest($1::uuid[]) c(id) cross join lateral (
               select message_id, shown_at, position, seq from inbox.message
               where conversation_id = c.id and unsent = false and (shown_at, position, seq)
                       < (coalesce($2, 'infinity'::timestamptz), coalesce($3::bigint, 0), coalesce($4::bigint, 0))
                   and kind in (1, 4) and (direction = 1 or kind = 1 and status in (4, 5, 6))
               order by shown_at desc, position desc, seq desc limit $5) m
           order by m.shown_at desc, m.position desc, m.seq desc limit $5"#,
        conversations,
        place.map(|p| p.shown_at),
        place.map(|p| p.position),
        place.map(|p| p.seq),
        one_more(limit)
    )
    .fetch_all(db)
    .await?;
    Ok(Keys::of(stretch, limit))
}

/// The first `limit` after a known message, and beside them what of the known may look different by now.
pub async fn newer(pool: &PgPool, conversations: &[Uuid], known: &Known, limit: usize) -> sqlx::Result<Keys> {
    let stretch = sqlx::query_scalar!(
        r#"select m.message_id as "id!" from unnest($1::uuid[]) c(id) cross join lateral (
               select message_id, shown_at, position, seq from inbox.message
               where conversation_id = c.id and unsent = false and (shown_at, position, seq) > ($2, $3, $4)
                   and kind in (1, 4) and (direction = 1 or kind = 1 and status in (4, 5, 6))
               order by shown_at, position, seq limit $5) m
           order by m.shown_at, m.position, m.seq limit $5"#,
        conversations,
        known.place.shown_at,
        known.place.position,
        known.place.seq,
        one_more(limit)
    )
    .fetch_all(pool)
    .await?;
    Ok(Keys { beside: beside(pool, conversations, known).await?, ..Keys::of(stretch, limit) })
}

/// What was changed since, the newest first; what arrived later and stands before; and a little of what stands before.
async fn beside(db: impl PgExecutor<'_>, conversations: &[Uuid], known: &Known) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"with changed as (
               select 1 as what, message_id, greatest(edited_at, deleted_at) as at from inbox.message
               where conversation_id = any ($1) and (edited_at is not null or deleted_at is not null)
                   and greatest(edited_at, deleted_at) >= $6
                   and kind in (1, 4) and (direction = 1 or kind = 1 and status in (4, 5, 6))
               order by at desc limit $7),
           late as (
               select 2, message_id, shown_at from inbox.message
               where conversation_id = $2 and seq > $5 and (shown_at, position, seq) < ($3, $4, $5)
                   and kind in (1, 4) and (direction = 1 or kind = 1 and status in (4, 5, 6))
               order by seq desc limit $7),
           before as (
               select 3, m.message_id, m.shown_at from unnest($1::uuid[]) c(id) cross join lateral (
                   select message_id, shown_at from inbox.message
                   where conversation_id = c.id and unsent = false and (shown_at, position, seq) <= ($3, $4, $5)
                       and kind in (1, 4) and (direction = 1 or kind = 1 and status in (4, 5, 6))
                   order by shown_at desc, position desc, seq desc limit $8) m)
           select message_id as "id!" from (
               select * from changed union all select * from late union all select * from before) b
           group by message_id order by min(what), max(at) desc"#,
        conversations,
        known.conversation,
        known.place.shown_at,
        known.place.position,
        known.place.seq,
        known.since,
        CHANGED,
        OVERLAP
    )
    .fetch_all(db)
    .await
}

/// How many messages of ours stand after the last that the person has read or written.
pub async fn unread(db: impl PgExecutor<'_>, conversations: &[Uuid]) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(n.unread), 0)::bigint as "unread!" from unnest($1::uuid[]) c(id)
           left join lateral (
               select shown_at, position, seq from inbox.message
               where conversation_id = c.id and unsent = false
                   and (direction = 1 and kind in (1, 4) or direction = 2 and status = 6)
               order by shown_at desc, position desc, seq desc limit 1) last on true
           cross join lateral (
               select count(*) as unread from inbox.message
               where conversation_id = c.id and unsent = false and (shown_at, position, seq)
                       > (coalesce(last.shown_at, '-infinity'), coalesce(last.position, 0), coalesce(last.seq, 0))
                   and direction = 2 and kind = 1 and status in (4, 5) and deleted_at is null) n"#,
        conversations
    )
    .fetch_one(db)
    .await
}

fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

impl Keys {
    /// A stretch that was read one longer than it is to be.
    fn of(mut stretch: Vec<Uuid>, limit: usize) -> Self {
        let more = stretch.len() > limit;
        stretch.truncate(limit);
        Self { stretch, more, ..Self::default() }
    }
}
