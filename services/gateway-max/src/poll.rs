//! Long polling (<https://dev.max.ru/docs-api>, read 2026-11-26): for development, and where MAX cannot reach us. MAX keeps
//! little for it and limits it.

use gateway_kit::{Polled, ProviderError};

use crate::{
    client::{Client, POLL_WAIT},
    error, normalize,
    wire::Updates,
};

/// All that tells of a conversation; always named in full.
pub const UPDATE_TYPES: [&str; 15] = [
    "message_created",
    "message_edited",
    "message_removed",
    "message_callback",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
    "dialog_cleared",
    "dialog_muted",
    "dialog_unmuted",
    "bot_added",
    "bot_removed",
    "user_added",
    "user_removed",
    "chat_title_changed",
];

/// Waits for updates after `position`, which is MAX's marker: to name it tells MAX that all before it is taken, so it is
/// named only when that is committed. Without one MAX gives the newest update alone.
pub async fn updates(client: &Client, position: Option<&str>) -> Result<Polled, ProviderError> {
    let mut query = vec![
        ("limit", "100".to_owned()),
        ("timeout", POLL_WAIT.as_secs().to_string()),
        ("types", UPDATE_TYPES.join(",")),
    ];
    // An account that received by webhook before has a position of another form.
    let position = position.filter(|marker| marker.parse::<i64>().is_ok());
    query.extend(position.map(|marker| ("marker", marker.to_owned())));
    let answer: Updates = client.poll(&query).await.map_err(error::provider)?;
    let facts = answer.updates.iter().map(|update| update.get().as_bytes());
    let facts = facts.flat_map(|update| client_facts(client, update)).collect();
    let marker = answer.marker.map(|marker| marker.to_string());
    Ok(Polled { facts, position: marker.filter(|marker| Some(marker.as_str()) != position), ..Polled::default() })
}

fn client_facts(client: &Client, update: &[u8]) -> Vec<contracts::channel::Inbound> {
    let mut facts = normalize::update(update);
    client.prove(update, &mut facts);
    facts
}
