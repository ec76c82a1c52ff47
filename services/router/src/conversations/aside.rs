//! Letters of known clients that belong to no deal: whoever is responsible for the client sets them aside.

use model::ConversationId;

use super::{change::Db, domain::ConversationError};
use crate::access::Viewer;

/// Sets a dialog aside, up to message `seq` (0: the last there is), until the client writes again; with `back` it returns.
///
/// # Errors
/// [`ConversationError`].
pub async fn set(
    db: &Db,
    viewer: &Viewer,
    id: ConversationId,
    seq: i64,
    back: bool,
) -> Result<ConversationId, ConversationError> {
    let mut change = db.change(viewer, id).await?;
    let id = change.conversation.id;
    let own = sqlx::query!(
        "update inbox.conversation c
         set set_aside_seq = case when $2 then 0 when $4::bigint > 0 then least($4, c.last_seq) else c.last_seq end
         where c.conversation_id = $1 and exists (
             select from crm_read.contact_point_client p
             where p.contact_point_id = c.contact_point_id and p.responsible_employee_id = $3)",
        id.0,
        back,
        viewer.employee.0,
        seq
    )
    .execute(change.db())
    .await?;
    if own.rows_affected() == 0 {
        return Err(ConversationError::NotAllowed { id, why: "client_of_another" });
    }
    let action = if back { "unlinked_again" } else { "set_aside" };
    change.audit(action, "conversation", id.0, None, None);
    change.commit().await?;
    Ok(id)
}
