//! Refusals of access, on record: who asked for what, and which right was lacking. Whoever asks for what is not in sight is
//! told that there is no such thing; only where there is one that is a refusal.

use rpc::{Noting, Refusal, Refusals};
use sqlx::PgPool;
use store::{Schema, audit};
use tracing::error;
use uuid::Uuid;

/// What the server's refusals are recorded by.
pub struct Refused {
    pub pool: PgPool,
}

impl Refusals for Refused {
    fn note(&self, refusal: Refusal) -> Noting<'_> {
        Box::pin(async move {
            if let Err(cause) = self.record(&refusal).await {
                error!(error = runtime::chain(&cause), method = refusal.method, "a refusal is not on record");
            }
        })
    }
}

impl Refused {
    async fn record(&self, refusal: &Refusal) -> sqlx::Result<()> {
        // The page sends these by itself while somebody reads and types.
        if refusal.method.ends_with("/SignalTyping") || refusal.method.ends_with("/SignalViewing") {
            return Ok(());
        }
        if refusal.is_hidden && !self.is_there(&refusal.object, refusal.id).await? {
            return Ok(());
        }
        let refused = audit::Refused {
            employee_id: refusal.caller.employee().ok().map(Uuid::from),
            object_kind: &refusal.object,
            object_id: refusal.id,
            permission: &refusal.permission,
            method: refusal.method,
            by_key: !refusal.caller.scopes.is_empty(),
            repeated: refusal.repeated,
        };
        audit::refused(&self.pool, Schema::Inbox, &refused).await
    }

    async fn is_there(&self, object: &str, id: Uuid) -> sqlx::Result<bool> {
        sqlx::query_scalar!(
            r#"select coalesce(case $1::text
                   when 'conversation' then exists (select from inbox.conversation where conversation_id = $2)
                   when 'message' then exists (
                       select from inbox.message where message_id = $2 and deleted_at is null)
                   when 'request' then exists (select from inbox.request where request_id = $2)
                   when 'file' then exists (
                           select from inbox.attachment a join inbox.message m using (message_id)
                           where a.attachment_id = $2 and m.deleted_at is null)
                       or exists (select from inbox.file where file_id = $2 and dropped_at is null)
                   when 'view' then exists (select from inbox.view where view_id = $2)
                   when 'mailing' then exists (select from inbox.mailing where mailing_id = $2)
                   when 'folder' then exists (select from inbox.folder where folder_id = $2)
                   when 'dead_letter' then exists (select from inbox.dead_letter where dead_letter_id = $2)
                   when 'channel_account' then exists (
                       select from inbox.account where account_id = $2 and deleted_at is null)
               end, false) as "there!""#,
            object,
            id,
        )
        .fetch_one(&self.pool)
        .await
    }
}
