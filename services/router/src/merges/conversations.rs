//! Two conversations of one account become the older of them.

use ::store::{Schema, audit};
use model::ConversationId;
use serde_json::json;
use sqlx::PgConnection;
use tracing::{info, warn};

use super::{
    audience::{self, Told},
    messages, requests, side,
    store::{self, Half},
};

/// Merges two conversations into the older one, a stretch of messages at a time; `true`: there is more to do.
///
/// The messages move first and the newer conversation lives on meanwhile, so that facts which arrive for it are stored
/// as ever and move with the next stretch. Its id becomes an alias last, in the transaction that finds it empty.
///
/// # Errors
/// [`::store::Conflict`] when one of them was merged while we waited for its lock; what the database answers.
pub async fn merge(db: &mut PgConnection, one: ConversationId, other: ConversationId) -> sqlx::Result<bool> {
    let Some((older, newer)) = store::lock_pair(&mut *db, one, other).await? else { return Ok(false) };
    if older.account != newer.account {
        warn!(conversation.id = %newer.id, "conversations of two accounts are not merged");
        return Ok(false);
    }
    let audience = audience::of(&mut *db, &[older.id, newer.id]).await?;
    let moved = messages::move_stretch(&mut *db, &older, &newer).await?;
    let more = moved.len() == messages::STRETCH;
    let request = if more { None } else { finish(&mut *db, &older, &newer).await? };
    if !more {
        info!(conversation.id = %older.id, merged = %newer.id, "conversation {} is part of {} now", newer.id, older.id);
    }
    let told = [Told { conversation: older.id, messages: moved, request }, Told::changed(newer.id)];
    audience::tell(db, &told, &audience).await?;
    Ok(more)
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
