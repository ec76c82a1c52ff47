//! Two contact points that are one person's (rule A4).

use std::collections::{BTreeMap, BTreeSet};

use ::store::{Schema, audit, timer};
use chrono::{DateTime, Utc};
use model::{ContactPointId, ConversationId};
use serde_json::json;
use sqlx::PgConnection;
use tracing::{info, warn};
use uuid::Uuid;

use super::{Done, audience, merge_timer, threads};

/// A contact point under its lock.
#[derive(Debug, Clone)]
struct Point {
    id: ContactPointId,
    channel: String,
    scope: String,
    created_at: DateTime<Utc>,
    joined_into: Option<ContactPointId>,
}

/// Makes two contact points of one channel and scope one: the newer points to the older, or to the one that belongs to a
/// client, so that the client keeps it. Their conversations in one account are merged by timers of their own. Repeating
/// it changes nothing, but mends what a batch did meanwhile.
///
/// Two that belong to different clients are left as they are, with a line in the audit: whose they are is crm-core's to
/// say.
///
/// # Errors
/// [`::store::Conflict`] when one was joined while we waited for its lock; what the database answers.
pub async fn join(db: &mut PgConnection, one: ContactPointId, other: ContactPointId) -> sqlx::Result<Done> {
    let points = lock(&mut *db, one, other).await?;
    let roots: Vec<&Point> = points.iter().filter(|point| point.joined_into.is_none()).collect();
    let Some(first) = roots.first() else { return Ok(Done::All) };
    if roots.iter().any(|root| (&root.channel, &root.scope) != (&first.channel, &first.scope)) {
        warn!(contact_point.id = %one, "contact points of two channels or scopes are not joined");
        return Ok(Done::Apart);
    }
    let owners = owners(&mut *db, &points).await?;
    let clients: BTreeSet<Uuid> = owners.values().copied().collect();
    if clients.len() > 1 {
        keep_apart(db, &roots, &clients).await?;
        return Ok(Done::Apart);
    }
    let stays = who_stays(&points, &owners).unwrap_or(first.id);
    let ids: Vec<Uuid> = points.iter().map(|point| point.id.0).collect();
    for new in points.iter().filter(|p| p.id != stays && p.joined_into != Some(stays)) {
        point_to(&mut *db, new.id, stays, &ids).await?;
        info!(contact_point.id = %stays, joined = %new.id, "contact point {} is {stays} from now on", new.id);
    }
    conversations_follow(db, stays, &ids).await?;
    Ok(Done::All)
}

/// Both, the ones that they were joined into, and all that were joined into those; in the order of their ids.
async fn lock(db: &mut PgConnection, one: ContactPointId, other: ContactPointId) -> sqlx::Result<Vec<Point>> {
    let rows = sqlx::query!(
        "with root as (
             select coalesce(joined_into, contact_point_id) as id from inbox.contact_point where contact_point_id = any ($1))
         select contact_point_id, channel, scope, created_at, joined_into from inbox.contact_point
         where contact_point_id in (select id from root) or joined_into in (select id from root)
         order by contact_point_id for update",
        &[one.0, other.0]
    )
    .fetch_all(db)
    .await?;
    let points: Vec<Point> = rows
        .into_iter()
        .map(|row| Point {
            id: row.contact_point_id.into(),
            channel: row.channel,
            scope: row.scope,
            created_at: row.created_at,
            joined_into: row.joined_into.map(Into::into),
        })
        .collect();
    let is_root = |id| points.iter().any(|point| point.id == id && point.joined_into.is_none());
    if points.iter().filter_map(|point| point.joined_into).all(is_root) {
        Ok(points)
    } else {
        Err(::store::Conflict.into())
    }
}

/// Contact point -> client, as crm-core says now.
async fn owners(db: &mut PgConnection, points: &[Point]) -> sqlx::Result<BTreeMap<ContactPointId, Uuid>> {
    let ids: Vec<Uuid> = points.iter().map(|point| point.id.0).collect();
    let rows = sqlx::query!(
        r#"select contact_point_id as "contact_point_id!", client_id as "client_id!"
           from crm_read.contact_point_client where contact_point_id = any ($1)"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_point_id.into(), row.client_id)).collect())
}

/// One that belongs to a client before one that does not, one that stands for itself before a joined one, then the older.
fn who_stays(points: &[Point], owners: &BTreeMap<ContactPointId, Uuid>) -> Option<ContactPointId> {
    let rank = |p: &&Point| (!owners.contains_key(&p.id), p.joined_into.is_some(), p.created_at, p.id);
    points.iter().min_by_key(rank).map(|point| point.id)
}

/// Says so once for these two and these clients.
async fn keep_apart(db: &mut PgConnection, roots: &[&Point], clients: &BTreeSet<Uuid>) -> sqlx::Result<()> {
    let (Some(one), Some(other)) = (roots.first(), roots.last()) else { return Ok(()) };
    let after = json!({ "with": other.id, "clients": clients });
    let said = sqlx::query_scalar!(
        r#"select exists (select from inbox.audit where object_kind = 'contact_point' and object_id = $1
               and action = 'not_joined' and after = $2) as "said!""#,
        one.id.0,
        after
    )
    .fetch_one(&mut *db)
    .await?;
    if said {
        return Ok(());
    }
    warn!(contact_point.id = %one.id, other = %other.id, "one person belongs to two clients; their contact points stay apart");
    let entry = audit::Entry {
        employee_id: None,
        action: "not_joined",
        object_kind: "contact_point",
        object_id: one.id.0,
        before: None,
        after: Some(after),
    };
    audit::append(db, Schema::Inbox, &[entry]).await
}

/// The one that stays gets the other's addresses and what is known of it; where the person wrote from last stays where
/// replies go.
async fn point_to(
    db: &mut PgConnection,
    gone: ContactPointId,
    stays: ContactPointId,
    all: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.contact_point s set
             joined_into = null,
             display_name = coalesce(nullif(s.display_name, ''), g.display_name),
             aliases = s.aliases || coalesce((
                 select jsonb_agg(alias) from jsonb_array_elements(g.aliases) alias
                 where not exists (
                     select from jsonb_array_elements(s.aliases) own
                     where own -> 'kind' = alias -> 'kind' and own -> 'value' = alias -> 'value')), '[]'),
             language = coalesce(nullif(s.language, ''), g.language),
             avatar_ref = coalesce(nullif(s.avatar_ref, ''), g.avatar_ref),
             first_source = coalesce(s.first_source, g.first_source),
             latest_address = nullif(coalesce((
                 select coalesce(p.latest_address, p.address) from inbox.conversation c
                 join inbox.contact_point p using (contact_point_id)
                 where c.contact_point_id = any ($3) order by c.last_activity_at desc limit 1), s.latest_address), s.address)
         from inbox.contact_point g where s.contact_point_id = $1 and g.contact_point_id = $2",
        stays.0,
        gone.0,
        all
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with names as (update inbox.contact_address set contact_point_id = $1 where contact_point_id = $2)
         update inbox.contact_point set joined_into = $1 where contact_point_id = $2",
        stays.0,
        gone.0
    )
    .execute(&mut *db)
    .await?;
    let entry = audit::Entry {
        employee_id: None,
        action: "joined",
        object_kind: "contact_point",
        object_id: gone.0,
        before: None,
        after: Some(json!({ "into": stays })),
    };
    audit::append(db, Schema::Inbox, &[entry]).await
}

/// The conversations of all of them are with the one that stays; several of one account are merged.
async fn conversations_follow(db: &mut PgConnection, stays: ContactPointId, all: &[Uuid]) -> sqlx::Result<()> {
    let threads = threads::lock(&mut *db, all).await?;
    let strays: Vec<ConversationId> =
        threads.iter().filter(|t| t.contact_point != stays && t.merged_into.is_none()).map(|t| t.id).collect();
    let before = audience::of(&mut *db, &strays).await?;
    threads::hand_over(&mut *db, stays, all).await?;
    let mut merges = Vec::new();
    for same in threads::by_account(&threads).values() {
        let Some(oldest) = same.first() else { continue };
        threads::lead(&mut *db, stays, *oldest).await?;
        merges.extend(same[1..].iter().map(|newer| merge_timer(*oldest, *newer, Utc::now())));
    }
    timer::schedule(&mut *db, Schema::Inbox, &merges).await?;
    let told: Vec<_> = strays.iter().map(|id| audience::Told::changed(*id)).collect();
    audience::tell(db, &told, &before).await
}
