//! A change that touches two conversations of one person: both under their locks, taken in the order of their ids
//! (rule I9), in one transaction.

use contracts::live::{Audience, ConversationChanged, event::What};
use model::{ConversationId, MessageId};
use sqlx::{PgConnection, PgExecutor};

use super::{
    change::{Change, Db, audience},
    domain::{ConversationError, Locked},
    store,
};
use crate::access::Viewer;

/// The conversation that changes with the one that the change is of.
pub struct Beside {
    pub conversation: Locked,
    pub messages: Vec<MessageId>,
}

impl Beside {
    /// Writes it back, one revision on, and tells what its event is.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn save(self, db: &mut PgConnection) -> sqlx::Result<(What, Audience)> {
        store::save(&mut *db, &self.conversation).await?;
        let what = What::ConversationChanged(ConversationChanged {
            conversation_id: self.conversation.id.to_string(),
            revision: (self.conversation.revision + 1).cast_unsigned(),
            message_ids: self.messages.iter().map(ToString::to_string).collect(),
            ..ConversationChanged::default()
        });
        let place = self.conversation.place();
        Ok((what, audience(db, &self.conversation, place).await?))
    }
}

impl Db {
    /// Locks two conversations that the viewer sees, for a change of the first; merged ones lead to those that stayed.
    ///
    /// # Errors
    /// [`ConversationError::NotFound`] with the id that was asked for when one of them is not in sight.
    pub async fn change_beside<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
        beside: ConversationId,
    ) -> Result<Change<'a>, ConversationError> {
        let mut tx = self.pool.begin().await?;
        let mut locked = None;
        // While we waited for the locks one may have been merged: then those that stayed are looked for once more.
        for _ in 0..3 {
            let first = store::survivor(&mut *tx, id).await?.ok_or(ConversationError::NotFound(id))?;
            let second = store::survivor(&mut *tx, beside).await?.ok_or(ConversationError::NotFound(beside))?;
            locked = lock_both(&mut tx, first, second).await?;
            if locked.is_some() {
                break;
            }
        }
        let (first, second) = locked.ok_or(ConversationError::NotFound(id))?;
        let seen = store::visible(&mut *tx, viewer, &[first.id, second.id]).await?;
        for (held, asked) in [(&second, beside), (&first, id)] {
            if !seen.contains(&held.id) {
                return Err(ConversationError::NotFound(asked));
            }
        }
        let mut change = Change::new(tx, self, viewer, first);
        change.set_beside(Beside { conversation: second, messages: Vec::new() });
        Ok(change)
    }
}

async fn lock_both(
    db: &mut PgConnection,
    first: ConversationId,
    second: ConversationId,
) -> sqlx::Result<Option<(Locked, Locked)>> {
    sqlx::query!(
        "select from inbox.conversation where conversation_id = any ($1) order by conversation_id for update",
        &[first.0, second.0]
    )
    .fetch_all(&mut *db)
    .await?;
    let first = store::lock(&mut *db, first).await?;
    let second = store::lock(&mut *db, second).await?;
    Ok(first.zip(second))
}

/// Where a message of `from` would go that is meant for `to`; `None`: it is there already.
///
/// # Errors
/// [`ConversationError::NotFound`] when there is no such conversation.
pub async fn elsewhere(
    db: &Db,
    from: ConversationId,
    to: ConversationId,
) -> Result<Option<ConversationId>, ConversationError> {
    let there = store::survivor(&db.pool, to).await?.ok_or(ConversationError::NotFound(to))?;
    let here = store::survivor(&db.pool, from).await?;
    Ok(Some(to).filter(|_| here != Some(there)))
}

/// Whether two conversations are with one person, as far as known: of one contact point (or of joined ones), or of one
/// client.
///
/// # Errors
/// What the database answers.
pub async fn same_person(db: impl PgExecutor<'_>, one: ConversationId, other: ConversationId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from inbox.conversation a
               join inbox.conversation b on b.conversation_id = $2
               join inbox.contact_point pa on pa.contact_point_id = a.contact_point_id
               join inbox.contact_point pb on pb.contact_point_id = b.contact_point_id
               left join crm_read.contact_point_client ca on ca.contact_point_id = a.contact_point_id
               left join crm_read.contact_point_client cb on cb.contact_point_id = b.contact_point_id
               where a.conversation_id = $1
                 and (coalesce(pa.joined_into, pa.contact_point_id) = coalesce(pb.joined_into, pb.contact_point_id)
                      or ca.client_id = cb.client_id)) as "same!""#,
        one.0,
        other.0
    )
    .fetch_one(db)
    .await
}
