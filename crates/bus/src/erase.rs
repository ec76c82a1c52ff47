//! Erasing facts and orders of a person for good (rule A6).

use std::time::Duration;

use async_nats::jetstream::{ErrorCode, context::GetStreamErrorKind};
use contracts::channel::Inbound;
use model::{AccountId, Channel};
use prost::Message as _;

use crate::{Bus, Inlet, ReadError, names};

/// Facts read at once while those of a person are looked for.
const READ: usize = 500;
const READ_BYTES: usize = 8 * 1024 * 1024;
const WAIT: Duration = Duration::from_secs(1);
/// Waits in a row without a fact after which there is none.
const IDLE: u32 = 5;

/// Overwrites the facts of a part that `theirs` knows, repeats of a fact among them; returns how many. Reads the part once, up to what
/// was its last fact.
///
/// # Errors
/// [`ReadError`]; it may be repeated.
pub async fn erase_facts(bus: &Bus, part: u32, theirs: impl Fn(AccountId, &Inbound) -> bool) -> Result<u64, ReadError> {
    let name = names::inlet_stream(part);
    let stream = bus.jetstream.get_stream_no_info(&name).await.map_err(|_| ReadError::NoStream(name.clone()))?;
    let mut inlet = Inlet::open(bus, part, 0).await?;
    let last = inlet.state().await?.last;
    let (mut erased, mut idle, mut seen, mut asked_again) = (0, 0, 0, false);
    loop {
        let batch = inlet.next(READ, READ_BYTES, WAIT).await?;
        idle = if batch.is_empty() { idle + 1 } else { 0 };
        if let Some(delivery) = batch.last() {
            (seen, asked_again) = (delivery.sequence, false);
        }
        for delivery in &batch {
            let Some((_, account)) = &delivery.from else { continue };
            let Ok(fact) = Inbound::decode(delivery.payload.clone()) else { continue };
            if theirs(*account, &fact) {
                let done = stream.delete_message(delivery.sequence).await;
                done.map_err(|cause| ReadError::Broken { stream: name.clone(), cause: cause.into() })?;
                erased += 1;
            }
        }
        if last == 0 || seen >= last || asked_again && idle >= IDLE {
            return Ok(erased);
        }
        // The last one may have been erased before: then nothing comes. So it is where the broker stalls: it is asked anew.
        if idle >= IDLE {
            inlet = Inlet::open(bus, part, seen).await?;
            (idle, asked_again) = (0, true);
        }
    }
}

/// Purges the order that lies in each of these lanes of an account. A channel without a stream has none.
///
/// # Errors
/// [`ReadError`]; it may be repeated.
pub async fn erase_orders(bus: &Bus, channel: &Channel, account: AccountId, lanes: &[String]) -> Result<(), ReadError> {
    let name = names::outlet_stream(channel);
    let stream = match bus.jetstream.get_stream(&name).await {
        Ok(stream) => stream,
        Err(error) if is_missing(&error.kind()) => return Ok(()),
        Err(cause) => return Err(ReadError::Broken { stream: name, cause: cause.into() }),
    };
    for lane in lanes {
        let purged = stream.purge().filter(names::outlet(channel, account, lane)).await;
        purged.map_err(|cause| ReadError::Broken { stream: name.clone(), cause: cause.into() })?;
    }
    Ok(())
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
