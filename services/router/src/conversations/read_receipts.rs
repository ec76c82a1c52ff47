//! "Read", told to the person where the channel shows it: an order like any other.

use contracts::channel::{MarkReadOrder, Order, order::Body};
use model::{ConversationId, OrderId};
use prost::Message as _;
use sqlx::{PgConnection, PgExecutor};

use super::{domain::Whereabouts, store};
use crate::{
    access::{Standing, Viewer},
    orders::MARK_READ,
};

/// At most this many messages are named; providers mark what is older with them.
const NAMED: i64 = 100;

/// Orders "read" for what the person wrote between two marks, if the reader is who answers there. Returns whether an
/// order was stored; an older one that still waits is replaced.
///
/// # Errors
/// What the database answers.
pub async fn order(
    db: &mut PgConnection,
    viewer: &Viewer,
    id: ConversationId,
    after: i64,
    up_to: i64,
) -> sqlx::Result<bool> {
    let Some(at) = store::whereabouts(&mut *db, id).await? else { return Ok(false) };
    if !at.account.enabled || !answers(viewer, &at) {
        return Ok(false);
    }
    let can = store::capabilities(&mut *db, at.account.id).await?;
    let keys = if can.is_some_and(|can| can.marks_read) { keys(&mut *db, id, after, up_to).await? } else { Vec::new() };
    if keys.is_empty() {
        return Ok(false);
    }
    sqlx::query!("delete from inbox.outgoing where conversation_id = $1 and kind = $2", id.0, MARK_READ)
        .execute(&mut *db)
        .await?;
    insert(db, &at, id, keys).await?;
    Ok(true)
}

/// A head who looks in, or a colleague who was asked, has not read it for the person.
fn answers(viewer: &Viewer, at: &Whereabouts) -> bool {
    let nobodys = at.place.assignee.is_none() && !at.place.request_open;
    at.place.assignee == Some(viewer.employee) || (nobodys && viewer.standing(&at.place) == Standing::Full)
}

async fn keys(db: impl PgExecutor<'_>, id: ConversationId, after: i64, up_to: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "select message_key from inbox.message
         where conversation_id = $1 and seq > $2 and seq <= $3 and direction = 1 and message_key <> ''
         order by seq desc limit $4",
        id.0,
        after,
        up_to,
        NAMED
    )
    .fetch_all(db)
    .await
}

/// In a lane of its own: a reply does not wait for it.
async fn insert(
    db: impl PgExecutor<'_>,
    at: &Whereabouts,
    id: ConversationId,
    message_keys: Vec<String>,
) -> sqlx::Result<()> {
    let order_id = OrderId::new();
    let order = Order {
        order_id: order_id.to_string(),
        lane: order_id.to_string(),
        target: Some(at.peer.target(id)),
        created_at: Some(rpc::timestamp(chrono::Utc::now())),
        traceparent: runtime::trace::parent(),
        body: Some(Body::MarkRead(MarkReadOrder { message_keys })),
    };
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, payload)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        order_id.0,
        at.account.part,
        at.account.channel,
        at.account.id.0,
        order.lane,
        MARK_READ,
        id.0,
        order.encode_to_vec()
    )
    .execute(db)
    .await?;
    Ok(())
}
