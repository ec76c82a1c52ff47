//! What an account answers by itself when nobody is there: once per dialog and closed time.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Content, Order},
    inbox::{Automatic, Direction, MessageKind, MessageStatus},
};
use model::{ConversationId, MessageId, OrderId};
use sqlx::PgConnection;
use store::timer::Timer;
use uuid::Uuid;

use super::{
    apply::{Batch, NewOrder},
    fact::Fact,
    read,
    requests::GROUP_QUIET,
    save,
    state::{Conversation, Message},
};
use crate::{
    directory::Directory,
    messages::{Speech, plan},
    orders::SEND,
};

/// The timer that answers; its key is the conversation, so that many messages are one question.
pub const OUT_OF_HOURS: &str = "out_of_hours";

/// Somebody has written now: whether nobody is there is looked at after the batch (rule I11).
pub(super) fn answer_later(batch: &mut Batch, fact: &Fact, id: ConversationId) {
    if !batch.directory.account(fact.account).is_some_and(|account| account.answers_out_of_hours) {
        return;
    }
    let quiet = if fact.inbound.group_key.is_empty() { TimeDelta::zero() } else { GROUP_QUIET };
    batch.timers.push(Timer {
        kind: OUT_OF_HOURS.to_owned(),
        key: id.to_string(),
        due_at: batch.now + quiet,
        payload: serde_json::Value::Null,
    });
}

/// Sends the account's text into a conversation, unless somebody is there, it was sent in this closed time, or nothing may
/// be sent. The caller's transaction ends the timer too, so it happens once.
///
/// # Errors
/// What the database answers.
pub async fn out_of_hours(db: &mut PgConnection, directory: &Directory, id: ConversationId) -> sqlx::Result<()> {
    let mut batch = Batch { now: Utc::now(), directory: directory.clone(), ..Batch::default() };
    let locked = read::lock_conversations(db, &[], &HashSet::from([id])).await?;
    batch.conversations = read::conversations(db, &locked.stands_for.values().copied().collect()).await?;
    let Some(conversation) = batch.conversations.values().next().cloned() else { return Ok(()) };
    let closed_to_us = conversation.blocked || conversation.reply_until.is_some_and(|until| until < batch.now);
    let text = if closed_to_us { None } else { due_text(db, conversation.id, batch.now).await? };
    let Some(text) = text else { return Ok(()) };
    batch.say(&conversation, &text);
    save(db, &batch).await
}

impl Batch {
    /// Puts a text of nobody's into the conversation and its lane, as many messages as the channel needs.
    fn say(&mut self, conversation: &Conversation, text: &str) {
        let Some(account) = self.directory.account(conversation.account) else { return };
        let can = self.directory.capabilities(&account.channel);
        let Ok(parts) = plan(&Speech::plain(text), Vec::new(), &can) else { return };
        let group_key = if parts.len() > 1 { Uuid::now_v7().to_string() } else { String::new() };
        for part in parts {
            let content = Content { text: part.speech.text, ..Content::default() };
            let message = own_message(conversation, self.now, content, group_key.clone());
            let id = self.add(message, "");
            let lane = conversation.id.to_string();
            self.orders.push(NewOrder {
                order: Order { order_id: OrderId::new().to_string(), lane, ..Order::default() },
                kind: SEND,
                part: account.part,
                channel: account.channel.to_string(),
                account: account.id,
                conversation: Some(conversation.id),
                message: Some(id),
            });
        }
    }
}

fn own_message(conversation: &Conversation, now: DateTime<Utc>, content: Content, group_key: String) -> Message {
    Message {
        id: MessageId::new(),
        conversation: conversation.id,
        account: conversation.account,
        seq: 0,
        shown_at: now,
        position: 0,
        direction: Direction::Out,
        kind: MessageKind::Message,
        status: MessageStatus::Queued,
        content,
        attachments: Vec::new(),
        group_key,
        message_key: String::new(),
        inbound_no: None,
        author_name: String::new(),
        reply_to: None,
        failure: None,
        retry_at: None,
        attempt: 0,
        nonce: String::new(),
        claimed_at: None,
        not_after: None,
        edited_at: None,
        deleted_at: None,
        reactions: Vec::new(),
        event: None,
        original_unknown: false,
        automatic: Automatic::OutOfHours,
        place: None,
        is_new: true,
        changed: false,
        replaced: Vec::new(),
    }
}

/// The account's text, if it is to be sent now: it is closed, and since the last such message it has not been open. Where
/// the schedule does not open within 14 days, the closed time has no end.
async fn due_text(db: &mut PgConnection, id: ConversationId, now: DateTime<Utc>) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"with last as (
             select max(created_at) as at from inbox.message where conversation_id = $1 and automatic = $3)
         select a.out_of_hours_text as "text!"
         from inbox.conversation c
             join inbox.account a using (account_id)
             join crm_read.schedule_at(a.schedule_id, $2) today on not today.open
             cross join last
             left join lateral (select * from crm_read.schedule_at(a.schedule_id, last.at)) then_was on true
         where c.conversation_id = $1 and a.enabled and a.deleted_at is null and a.out_of_hours_text <> ''
             and (last.at is null or then_was.open or then_was.opens_at <= $2)"#,
        id.0,
        now,
        Automatic::OutOfHours as i16
    )
    .fetch_optional(db)
    .await
}
