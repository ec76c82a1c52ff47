//! The SQL of what is added to a conversation: messages of ours with their files, mentions and orders.

use chrono::{DateTime, Utc};
use contracts::{
    channel::{AttachmentState, Order},
    inbox::Direction,
};
use model::{AttachmentId, ConversationId, EmployeeId, MessageId, OrderId};
use prost::Message as _;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{NewFile, NewMessage};
use crate::{
    conversations::Change,
    orders::{self, SEND},
};

/// Stores messages of ours at the end of the conversation, in order, and names them in the event.
pub(crate) async fn insert(change: &mut Change<'_>, messages: &[NewMessage]) -> sqlx::Result<()> {
    for message in messages {
        let seq = change.next_seq();
        let (conversation, account) = (change.conversation.id, change.conversation.account.id);
        let (author, now) = (change.viewer.employee, change.now);
        let mentions: Vec<Uuid> = message.mentions.iter().map(|id| id.0).collect();
        sqlx::query!(
            "insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, direction, kind, status,
                 text, content, group_key, author_employee_id, reply_to_message_id, not_before, mentions, event,
                 not_after)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            conversation.0,
            seq,
            message.id.0,
            account.0,
            now,
            Direction::Out as i16,
            message.kind as i16,
            message.status as i16,
            message.speech.text,
            message.speech.content().encode_to_vec(),
            message.group_key,
            author.0,
            message.reply_to.map(|id| id.0),
            message.not_before,
            &mentions,
            message.event.as_ref().map(|event| event.encode_to_vec()),
            message.not_after
        )
        .execute(change.db())
        .await?;
        change.tell_message(message.id);
    }
    insert_files(change, messages).await
}

/// The files of all these messages in one statement; their bytes are stored already.
async fn insert_files(change: &mut Change<'_>, messages: &[NewMessage]) -> sqlx::Result<()> {
    let files: Vec<_> = messages.iter().flat_map(|m| m.files.iter().enumerate().map(|(i, f)| (m.id.0, i, f))).collect();
    if files.is_empty() {
        return Ok(());
    }
    let column = |of: &dyn Fn(&NewFile) -> i32| files.iter().map(|(.., f)| of(f)).collect::<Vec<i32>>();
    let (conversation, account) = (change.conversation.id, change.conversation.account.id);
    sqlx::query!(
        "insert into inbox.attachment (attachment_id, message_id, conversation_id, account_id, ordinal, kind, name,
             mime_type, size_bytes, width, height, duration_ms, object_key, state)
         select f.id, f.message_id, $1, $2, f.ordinal, f.kind, f.name, f.mime_type, f.size_bytes, f.width, f.height,
             f.duration_ms, f.object_key, $3
         from unnest($4::uuid[], $5::uuid[], $6::int[], $7::smallint[], $8::text[], $9::text[], $10::bigint[],
             $11::int[], $12::int[], $13::int[], $14::text[])
             as f(id, message_id, ordinal, kind, name, mime_type, size_bytes, width, height, duration_ms, object_key)",
        conversation.0,
        account.0,
        AttachmentState::Stored as i16,
        &files.iter().map(|(.., f)| f.id.0).collect::<Vec<_>>(),
        &files.iter().map(|(message, ..)| *message).collect::<Vec<_>>(),
        &files.iter().map(|(_, i, _)| i32::try_from(*i).unwrap_or(i32::MAX)).collect::<Vec<_>>(),
        &files.iter().map(|(.., f)| f.kind).collect::<Vec<_>>(),
        &files.iter().map(|(.., f)| f.upload.name.clone()).collect::<Vec<_>>(),
        &files.iter().map(|(.., f)| f.upload.mime_type.clone()).collect::<Vec<_>>(),
        &files.iter().map(|(.., f)| f.upload.size_bytes).collect::<Vec<_>>(),
        &column(&|f| f.upload.width),
        &column(&|f| f.upload.height),
        &column(&|f| f.upload.duration_ms),
        &files.iter().map(|(.., f)| f.upload.object_key.clone()).collect::<Vec<_>>()
    )
    .execute(change.db())
    .await?;
    Ok(())
}

/// Puts stored messages into the conversation's lane, in order.
pub async fn queue_sends(
    change: &mut Change<'_>,
    messages: &[MessageId],
    not_before: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    let conversation = change.conversation.id;
    let account = change.conversation.account.clone();
    let orders: Vec<Uuid> = messages.iter().map(|_| OrderId::new().0).collect();
    let messages: Vec<Uuid> = messages.iter().map(|id| id.0).collect();
    // The rest of a send is built of its message when it is published.
    let caused = Order { traceparent: runtime::trace::parent(), ..Order::default() };
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, message_id, not_before,
             payload)
         select o.order_id, $1, $2, $3, $4, $5, $6, o.message_id, coalesce($7::timestamptz, '-infinity'), $10
         from unnest($8::uuid[], $9::uuid[]) with ordinality as o(order_id, message_id, place) order by o.place",
        account.part,
        account.channel,
        account.id.0,
        conversation.to_string(),
        SEND,
        conversation.0,
        not_before,
        &orders,
        &messages,
        caused.encode_to_vec()
    )
    .execute(change.db())
    .await?;
    change.has_orders();
    Ok(())
}

/// Stores an order about a message that is at the provider.
pub async fn queue_order(change: &mut Change<'_>, message: MessageId, order: &Order) -> sqlx::Result<()> {
    let account = change.conversation.account.clone();
    let conversation = change.conversation.id;
    let id = order.order_id.parse::<OrderId>().unwrap_or_default();
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, message_id, payload)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.0,
        account.part,
        account.channel,
        account.id.0,
        order.lane,
        orders::kind(order),
        conversation.0,
        message.0,
        order.encode_to_vec()
    )
    .execute(change.db())
    .await?;
    change.has_orders();
    Ok(())
}

/// Copies the files of a message to another one.
pub async fn copy_files(
    db: impl PgExecutor<'_>,
    from: MessageId,
    to: MessageId,
    copies: &[AttachmentId],
) -> sqlx::Result<()> {
    let copies: Vec<Uuid> = copies.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into inbox.attachment (attachment_id, message_id, conversation_id, account_id, ordinal, kind, name,
             mime_type, size_bytes, width, height, duration_ms, remote_ref, object_key, thumbnail_object_key, state)
         select c.id, $2, a.conversation_id, a.account_id, a.ordinal, a.kind, a.name, a.mime_type, a.size_bytes,
             a.width, a.height, a.duration_ms, a.remote_ref, a.object_key, a.thumbnail_object_key, a.state
         from (select x.*, row_number() over (order by ordinal) as place
               from inbox.attachment x where x.message_id = $1) a
         join unnest($3::uuid[]) with ordinality as c(id, place) on c.place = a.place",
        from.0,
        to.0,
        &copies
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_mentions(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    message: MessageId,
    employees: &[EmployeeId],
) -> sqlx::Result<()> {
    let employees: Vec<Uuid> = employees.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into inbox.mention (employee_id, conversation_id, message_id)
         select e, $1, $2 from unnest($3::uuid[]) e on conflict do nothing",
        conversation.0,
        message.0,
        &employees
    )
    .execute(db)
    .await?;
    Ok(())
}
