use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::channel::{Order, SendOrder};
use gateway_kit::Sent;

use crate::{address::MessageKey, client::Client, error::CallError, history};

/// VK knows a `random_id` for at least an hour (its documentation has named an hour and longer spans; read 2026-11-26).
const REMEMBERED: Duration = Duration::from_secs(50 * 60);

/// Whether a try may have been made so long ago that VK would not know its `random_id` any more.
pub fn is_needed(order: &Order, send: &SendOrder) -> bool {
    let created = order.created_at.as_ref().and_then(|at| DateTime::from_timestamp(at.seconds, 0));
    let age = created.and_then(|at| (Utc::now() - at).to_std().ok());
    send.attempt > 0 && age.is_some_and(|age| age > REMEMBERED)
}

/// Looks for the message among the last ones of the conversation: ours carry their `random_id`.
pub async fn find(client: &Client, peer: i64, random_id: i32) -> Result<Option<Sent>, CallError> {
    let page = history::page(client, peer, 0).await?;
    let ours = page.into_iter().find(|message| message["random_id"].as_i64() == Some(i64::from(random_id)));
    let cmid = ours.and_then(|message| message["conversation_message_id"].as_i64());
    Ok(cmid.map(|cmid| super::receipt(MessageKey { peer, cmid })))
}
