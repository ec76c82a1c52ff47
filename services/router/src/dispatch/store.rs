use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::inbox::{Direction, MessageKind};
use sqlx::PgPool;
use uuid::Uuid;

/// An order that is due, as its row tells.
pub struct Row {
    pub order_id: Uuid,
    pub channel: String,
    pub account_id: Uuid,
    pub lane: String,
    pub kind: i16,
    pub message_id: Option<Uuid>,
    pub payload: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

/// Takes the oldest order of each lane whose time has come, and puts off its next publishing: 2 s, 4 s … 1 min.
pub async fn take_due(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        "with head as (
             select distinct on (account_id, lane) order_id from inbox.outgoing
             where not_before <= now() order by account_id, lane, order_seq),
         due as (
             select o.order_id from inbox.outgoing o join head h on h.order_id = o.order_id
             where o.next_at <= now() order by o.next_at limit $1 for update of o skip locked)
         update inbox.outgoing o set publishes = publishes + 1,
             next_at = now() + least(interval '1 min', interval '2 s' * power(2, least(publishes, 6)))
         from due d where o.order_id = d.order_id
         returning o.order_id, o.channel, o.account_id, o.lane, o.kind, o.message_id, o.payload, o.created_at",
        limit,
    )
    .fetch_all(pool)
    .await
}

/// A message to be sent, with where to.
pub struct Send {
    pub message_id: Uuid,
    pub conversation_id: Uuid,
    pub text: String,
    pub content: Vec<u8>,
    pub attempt: i32,
    pub thread_key: String,
    pub reply_address: String,
    pub scope: String,
    pub address: String,
    pub reply_to_key: String,
    pub author_name: String,
    pub attachments: serde_json::Value,
    pub automatic: i16,
    /// The message that it answers: the quoted one, else the other side's last. Empty where there is none.
    pub answered_key: String,
    pub answered: Vec<u8>,
}

/// The messages of due sends, as they are now.
pub async fn sends(pool: &PgPool, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Send>> {
    let rows = sqlx::query_as!(
        Send,
        r#"select m.message_id as "message_id!", m.conversation_id as "conversation_id!", m.text as "text!",
                  m.content as "content!", m.attempt as "attempt!", c.thread_key as "thread_key!",
                  c.reply_address as "reply_address!", p.scope as "scope!", coalesce(p.latest_address, p.address) as "address!",
                  coalesce((select r.key from inbox.reference r
                            where r.message_id = m.reply_to_message_id and r.account_id = m.account_id limit 1), '') as "reply_to_key!",
                  coalesce(e.name, m.author_name) as "author_name!",
                  coalesce((select jsonb_agg(to_jsonb(a) order by a.ordinal) from inbox.attachment a
                            where a.message_id = m.message_id), '[]') as "attachments!",
                  m.automatic as "automatic!", coalesce(answered.message_key, '') as "answered_key!",
                  coalesce(answered.content, '') as "answered!"
           from inbox.message m
               join inbox.conversation c on c.conversation_id = m.conversation_id
               join inbox.contact_point p on p.contact_point_id = c.contact_point_id
               left join crm_read.employee e on e.employee_id = m.author_employee_id
               left join lateral (
                   select a.message_key, a.content from inbox.message a
                   where a.conversation_id = m.conversation_id and a.direction = $2 and a.kind = $3
                       and (m.reply_to_message_id is null or a.message_id = m.reply_to_message_id)
                   order by a.seq desc limit 1) answered on true
           where m.message_id = any($1)"#,
        ids,
        Direction::In as i16,
        MessageKind::Message as i16,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.message_id, row)).collect())
}
