//! Two conversations of one account become the older of them.

use ::store::{Schema, audit};
use model::ConversationId;
use serde_json::json;
use sqlx::PgConnection;
use tracing::{info, warn};

use super::{
    Done,
    audience::{self, Told},
    messages, requests, side,
    store::{self, Half},
};

/// Merges two conversations into the older one, a stretch of messages at a time.
///
/// The messages move first and the newer conversation lives on meanwhile, so that facts which arrive for it are stored
/// as ever and move with the next stretch. Its id becomes an alias last, in the transaction that finds it empty.
///
/// Conversations of two contact points stay two: what a message refers to is its sender's word. Where two clients are
/// concerned, the audit says so.
///
/// # Errors
/// [`::store::Conflict`] when one of them was merged while we waited for its lock; what the database answers.
pub async fn merge(db: &mut PgConnection, one: ConversationId, other: ConversationId) -> sqlx::Result<Done> {
    let Some((older, newer)) = store::lock_pair(&mut *db, one, other).await? else { return Ok(Done::All) };
    if older.account != newer.account {
        warn!(conversation.id = %newer.id, "conversations of two accounts are not merged");
        return Ok(Done::Apart);
    }
    if older.point != newer.point {
        keep_apart(db, &older, &newer).await?;
        return Ok(Done::Apart);
    }
    let audience = audience::of(&mut *db, &[older.id, newer.id]).await?;
    let (moved, more) = messages::move_stretch(&mut *db, &older, &newer).await?;
    let request = if more { None } else { finish(&mut *db, &older, &newer).await? };
    if !more {
        info!(conversation.id = %older.id, merged = %newer.id, "conversation {} is part of {} now", newer.id, older.id);
    }
    let told = [Told { conversation: older.id, messages: moved, request }, Told::changed(newer.id)];
    audience::tell(db, &told, &audience).await?;
    Ok(if more { Done::Stretch } else { Done::All })
}

/// Says so once, where both belong to clients and not to the same one.
async fn keep_apart(db: &mut PgConnection, older: &Half, newer: &Half) -> sqlx::Result<()> {
    info!(conversation.id = %newer.id, other = %older.id, "conversations of two people are not merged");
    let points = [older.point.0, newer.point.0];
    let clients = sqlx::query_scalar!(
        r#"select distinct client_id as "client!" from crm_read.contact_point_client
           where contact_point_id = any ($1) order by 1"#,
        &points
    );
    let clients = clients.fetch_all(&mut *db).await?;
    let after = json!({ "with": older.id, "clients": clients });
    let said = sqlx::query_scalar!(
        r#"select exists (select from inbox.audit where object_kind = 'conversation' and object_id = $1
               and action = 'not_merged' and after = $2) as "said!""#,
        newer.id.0,
        after
    );
    if clients.len() < 2 || said.fetch_one(&mut *db).await? {
        return Ok(());
    }
    let entry = audit::Entry {
        employee_id: None,
        action: "not_merged",
        object_kind: "conversation",
        object_id: newer.id.0,
        before: None,
        after: Some(after.clone()),
    };
    audit::append(db, Schema::Inbox, &[entry]).await
}

/// Everything but the messages, and the alias.
async fn finish(db: &mut PgConnection, older: &Half, newer: &Half) -> sqlx::Result<Option<model::RequestId>> {
    let request = requests::follow(&mut *db, older.id, newer.id).await?;
    side::follow(&mut *db, older.id, newer.id).await?;
    store::unite(&mut *db, older.id, newer.id, request).await?;
    store::make_alias(&mut *db, older.id, newer.id).await?;
    let entry = audit::Entry {
        employee_id: None,
        action: "merged",
        object_kind: "conversation",
        object_id: newer.id.0,
        before: None,
        after: Some(json!({ "into": older.id })),
    };
    audit::append(db, Schema::Inbox, &[entry]).await?;
    Ok(request)
}
