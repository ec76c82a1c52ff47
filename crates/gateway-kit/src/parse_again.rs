//! The bytes of a dead letter, read once more by a version that may understand them.

use std::time::Duration;

use bytes::Bytes;
use contracts::channel::{FailureReason, Inbound, Order, ParseAgainOrder, inbound::Body};
use object_store::{ObjectStoreExt, path::Path};
use prost::Message;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::{Gateway, carry, facts::ENCODED, parse, worker::Session};

const READ_WAIT: Duration = Duration::from_secs(30);
const KIND: &str = "parse_again";

pub(crate) async fn run<G: Gateway>(session: &Session<G>, order: &Order, again: &ParseAgainOrder) {
    let bytes = match bytes(session, again).await {
        Ok(bytes) => bytes,
        Err(error @ object_store::Error::NotFound { .. }) => {
            warn!(%error, "the bytes of a dead letter are gone");
            let failure = carry::failure(FailureReason::Rejected, "the stored bytes are gone");
            return carry::done(session, order, KIND, Some(failure)).await;
        }
        Err(error) => {
            info!(%error, "a dead letter will be read again");
            return carry::later(session, order, KIND, carry::age_pause(order)).await;
        }
    };
    let facts = facts::<G>(session, again, &bytes);
    if facts.iter().any(|fact| matches!(fact.body, Some(Body::Unparsed(_)) | None)) {
        let failure = carry::failure(FailureReason::NotSupported, "the bytes still cannot be read");
        return carry::done(session, order, KIND, Some(failure)).await;
    }
    for fact in facts {
        carry::tell_fact(session, Inbound { replays: again.dead_letter_id.clone(), ..fact }).await;
    }
    carry::done(session, order, KIND, None).await;
}

async fn bytes<G: Gateway>(session: &Session<G>, again: &ParseAgainOrder) -> Result<Bytes, object_store::Error> {
    if again.object_key.is_empty() {
        return Ok(again.raw.clone().into());
    }
    let path = Path::from(again.object_key.as_str());
    let reading = async { session.kit.config.objects.get(&path).await?.bytes().await };
    timeout(READ_WAIT, reading)
        .await
        .unwrap_or_else(|elapsed| Err(object_store::Error::Generic { store: "object store", source: elapsed.into() }))
}

/// What was too large for the bus lies as an encoded fact; it may fit by now.
fn facts<G: Gateway>(session: &Session<G>, again: &ParseAgainOrder, bytes: &[u8]) -> Vec<Inbound> {
    if again.object_key.ends_with(ENCODED) {
        return Inbound::decode(bytes).into_iter().collect();
    }
    parse::parse::<G>(session.account.id, bytes)
}
