use std::time::Duration;

use contracts::channel::VisitReport;
use model::{AccountId, Channel};
use prost::Message;
use tokio::time::timeout;

use crate::{Bus, PublishError, names};

/// A report may be this large on the bus.
pub const MAX_REPORT_BYTES: usize = 64 * 1024;

/// Hands one report of visits to the bus and waits until JetStream has it. Nobody confirms it: whoever sent it sends it
/// again, and ids tell repeats.
///
/// # Errors
/// [`PublishError`] when the bus has it not.
pub async fn publish_visits(
    bus: &Bus,
    channel: &Channel,
    account: AccountId,
    report: &VisitReport,
    wait: Duration,
) -> Result<(), PublishError> {
    let payload = report.encode_to_vec();
    if payload.len() > MAX_REPORT_BYTES {
        return Err(PublishError::TooLarge(payload.len()));
    }
    // The client would keep it until NATS is back.
    if !bus.is_connected() {
        return Err(PublishError::NotTaken("NATS is away".to_owned()));
    }
    let taken = async {
        let sent = bus.jetstream.publish(names::visit(channel, account), payload.into()).await;
        let acknowledged = sent.map_err(|e| PublishError::NotTaken(e.to_string()))?;
        acknowledged.await.map(drop).map_err(|e| PublishError::NotTaken(e.to_string()))
    };
    timeout(wait, taken).await.map_err(|_| PublishError::NotTaken("JetStream does not answer".to_owned()))?
}
