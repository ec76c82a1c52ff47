//! Poll positions of accounts in their bucket: written by router from committed facts, read by adapters (rule I12).

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::stream::DirectGetErrorKind;
use contracts::channel::PositionsEntry;
use model::{AccountId, Channel};
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, names};

const WAIT: Duration = Duration::from_secs(2);

/// The confirmed position of one stream of an account; `None` when the bucket holds none. Then router is to be asked.
///
/// # Errors
/// The text of what NATS refused.
pub async fn read(bus: &Bus, channel: &Channel, account: AccountId, stream: &str) -> Result<Option<String>, String> {
    let bucket = bus.jetstream.get_stream_no_info(names::bucket_stream(names::POSITIONS)).await.map_err(text)?;
    let entry = match timeout(WAIT, bucket.direct_get_last_for_subject(key(channel, account))).await.map_err(text)? {
        Ok(message) => PositionsEntry::decode(message.payload).map_err(text)?,
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    Ok(entry.values.get(stream).filter(|value| !value.is_empty()).cloned())
}

/// Router's side: writes all positions of an account, by stream.
///
/// # Errors
/// The text of what NATS refused.
pub async fn write(
    bus: &Bus,
    channel: &Channel,
    account: AccountId,
    values: HashMap<String, String>,
) -> Result<(), String> {
    let payload = PositionsEntry { values }.encode_to_vec();
    let sent = bus.jetstream.publish(key(channel, account), payload.into()).await.map_err(text)?;
    timeout(WAIT, sent.into_future()).await.map_err(text)?.map(drop).map_err(text)
}

fn key(channel: &Channel, account: AccountId) -> String {
    names::bucket_key(names::POSITIONS, &format!("{channel}.{account}"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
