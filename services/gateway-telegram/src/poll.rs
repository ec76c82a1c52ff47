//! Long polling (<https://core.telegram.org/bots/api#getupdates>, read 2026-11-23).

use gateway_kit::{Polled, ProviderError};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use teloxide_core::{
    payloads::GetUpdates,
    types::AllowedUpdate::{self, *},
};

use crate::{
    client::{Client, POLL_WAIT},
    error, normalize,
};

/// All that tells of a conversation. Always named in full: Telegram keeps the last list it was given, and its own
/// default leaves reactions out.
pub const ALLOWED_UPDATES: [AllowedUpdate; 9] = [
    Message,
    EditedMessage,
    BusinessConnection,
    BusinessMessage,
    EditedBusinessMessage,
    DeletedBusinessMessages,
    CallbackQuery,
    MessageReaction,
    MyChatMember,
];

/// What of our polls Telegram must still be told.
#[derive(Debug, Default)]
pub struct Offset(Mutex<Option<String>>);

impl Offset {
    /// The `offset` of the next call: only to confirm what our own last call brought. In all other calls it is left
    /// out, which brings what is unconfirmed. Ids begin anew, maybe lower, after a week of silence; so a stored position
    /// from before, which the new ids may not reach for years, must never be asked for.
    fn next(&self, position: Option<&str>) -> Option<i32> {
        let mine = self.0.lock().clone()?;
        if position == Some(mine.as_str()) { mine.parse().ok() } else { None }
    }

    fn brought(&self, position: Option<&String>) {
        *self.0.lock() = position.cloned();
    }
}

/// Waits for updates after `position`, which is the last `update_id` plus one.
pub async fn updates(client: &Client, offset: &Offset, position: Option<&str>) -> Result<Polled, ProviderError> {
    let payload = GetUpdates {
        offset: offset.next(position),
        timeout: Some(POLL_WAIT.as_secs() as u32),
        limit: Some(100),
        allowed_updates: Some(ALLOWED_UPDATES.to_vec()),
    };
    let updates = client.updates(&payload).await.map_err(error::provider)?;
    let position = updates.iter().rev().find_map(|update| next_id(update)).map(|id| id.to_string());
    offset.brought(position.as_ref());
    let facts = updates.iter().flat_map(|update| normalize::update(update.get().as_bytes())).collect();
    Ok(Polled { facts, position, ..Polled::default() })
}

fn next_id(update: &RawValue) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Update {
        update_id: i64,
    }
    let update: Update = serde_json::from_str(update.get()).ok()?;
    update.update_id.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_call_brought_is_confirmed() {
        let offset = Offset::default();
        assert_eq!(offset.next(Some("700101")), None, "a position from before a restart");
        offset.brought(Some(&"12".to_owned()));
        assert_eq!(offset.next(Some("700101")), None, "not committed yet");
        assert_eq!(offset.next(Some("12")), Some(12), "committed: ids that began anew are confirmed");
        offset.brought(None);
        assert_eq!(offset.next(Some("12")), None, "nothing is left to confirm");
    }
}
