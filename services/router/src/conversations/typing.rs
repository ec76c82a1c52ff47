//! "Is typing": said over core NATS to colleagues and to the channel, never stored.

use std::time::Duration;

use bus::{Bus, names};
use contracts::channel::{Signal, SignalKind, SignalTarget};
use model::{AccountId, Channel, ConversationId, DepartmentId, EmployeeId};
use prost::Message as _;
use sqlx::{PgExecutor, PgPool};
use tracing::debug;

use super::{domain::ConversationError, store};
use crate::access::{Place, Viewer};

/// A signal that takes longer is late anyway.
const DEADLINE: Duration = Duration::from_secs(1);

struct Row {
    account_id: uuid::Uuid,
    channel: String,
    thread_key: String,
    reply_address: String,
    scope: String,
    address: String,
    assignee_employee_id: Option<uuid::Uuid>,
    department_id: Option<uuid::Uuid>,
    request_open: bool,
}

/// Tells that the viewer is typing. Only who may answer is heard; a bus that is away costs nothing but the signal.
///
/// # Errors
/// [`ConversationError`].
pub async fn signal(
    pool: &PgPool,
    bus: Option<&Bus>,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<(), ConversationError> {
    let id = *store::visible(pool, viewer, &[id]).await?.first().ok_or(ConversationError::NotFound(id))?;
    let Some(row) = read(pool, id).await? else { return Err(ConversationError::NotFound(id)) };
    let place = row.place();
    let why = viewer.standing(&place).cannot_reply_reason(&place);
    if !why.is_empty() {
        return Err(ConversationError::NotAllowed { id, why });
    }
    let (Some(bus), Ok(channel)) = (bus, row.channel.parse::<Channel>()) else { return Ok(()) };
    let subject = names::signal(&channel, AccountId(row.account_id));
    let sending = bus.client.publish(subject, row.signal(id, viewer).encode_to_vec().into());
    if !matches!(tokio::time::timeout(DEADLINE, sending).await, Ok(Ok(()))) {
        debug!(conversation.id = %id, "a typing signal was not published");
    }
    Ok(())
}

impl Row {
    fn place(&self) -> Place {
        Place {
            assignee: self.assignee_employee_id.map(EmployeeId),
            department: self.department_id.map(DepartmentId),
            request_open: self.request_open,
        }
    }

    fn signal(self, id: ConversationId, viewer: &Viewer) -> Signal {
        let thread_key = if self.thread_key.starts_with("cp:") { String::new() } else { self.thread_key };
        Signal {
            conversation_id: id.to_string(),
            kind: SignalKind::OperatorTyping.into(),
            target: Some(SignalTarget {
                thread_key: thread_key.clone(),
                address: self.address.clone(),
                reply_address: self.reply_address,
            }),
            peer_address: self.address,
            peer_scope: self.scope,
            thread_key,
            employee_id: viewer.employee.to_string(),
        }
    }
}

async fn read(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        "select c.account_id, a.channel, c.thread_key, c.reply_address, p.scope, p.address, c.assignee_employee_id,
                coalesce(c.department_id, a.department_id) as department_id, c.request_open
         from inbox.conversation c
         join inbox.account a using (account_id)
         join inbox.contact_point p using (contact_point_id)
         where c.conversation_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await
}
