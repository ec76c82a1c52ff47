//! Who polls and sends for an account: one holder at a time, by compare-and-set on a bucket whose entries live 15 s.

use std::time::Duration;

use async_nats::{HeaderMap, header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, jetstream::stream::DirectGetErrorKind};
use model::{AccountId, Channel};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::{Bus, names};

/// A holder renews this often.
pub const RENEW: Duration = Duration::from_secs(4);
/// After a renewal that failed, it tries again this soon.
const RETRY: Duration = Duration::from_millis(500);
/// A holder that could not renew for this long stops by itself, well before the entry ends.
pub const TRUST: Duration = Duration::from_secs(10);

/// A held lease. Its `lost` token is cancelled when it can no longer be trusted.
pub struct Lease {
    bus: Bus,
    subject: String,
    holder: String,
    revision: u64,
    renewed: Instant,
}

impl Lease {
    /// Tries once; `None` when somebody else holds it, or NATS is away. A holder that lost it may take it again, so no
    /// two may have one name.
    pub async fn try_take(bus: &Bus, channel: &Channel, account: AccountId, holder: &str) -> Option<Self> {
        let subject = names::bucket_key(names::LEASES, &format!("{channel}.{account}"));
        let asked = Instant::now();
        let revision = compare_and_set(bus, &subject, holder, 0).await?;
        Some(Self { bus: bus.clone(), subject, holder: holder.to_owned(), revision, renewed: asked })
    }

    /// Renews until the lease is lost or `stop`; then gives it back, so that a successor need not wait.
    /// Cancels `lost` before returning, and in any case [`TRUST`] after the last renewal was asked for.
    pub async fn hold(mut self, lost: CancellationToken, stop: CancellationToken) {
        let announce = lost.drop_guard();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    drop(announce);
                    return self.give_back().await;
                }
                () = tokio::time::sleep_until(self.renewed + TRUST) => return,
                renewed = self.renew() => if !renewed { return },
            }
        }
    }

    /// Waits for the time of renewal and renews once; `false` when somebody else holds it.
    async fn renew(&mut self) -> bool {
        tokio::time::sleep(RENEW.saturating_sub(self.renewed.elapsed()).max(RETRY)).await;
        let asked = Instant::now();
        if let Some(revision) = compare_and_set(&self.bus, &self.subject, &self.holder, self.revision).await {
            self.revision = revision;
            self.renewed = asked;
            return true;
        }
        self.look().await
    }

    /// After a refused renewal: `false` when somebody else holds it. Otherwise the entry is taken up as it stands, for
    /// the answer to the write that made it may have been lost, or the bucket was wiped.
    async fn look(&mut self) -> bool {
        let bucket = names::bucket_stream(names::LEASES);
        let Ok(stream) = self.bus.jetstream.get_stream_no_info(bucket).await else { return true };
        match timeout(Duration::from_secs(2), stream.direct_get_last_for_subject(self.subject.as_str())).await {
            Ok(Ok(entry)) if entry.payload != self.holder.as_bytes() && !is_mark(&entry.headers) => return false,
            Ok(Ok(entry)) => self.revision = entry.sequence,
            Ok(Err(error)) if error.kind() == DirectGetErrorKind::NotFound => self.revision = 0,
            _ => {}
        }
        true
    }

    async fn give_back(mut self) {
        if !self.look().await {
            return;
        }
        let mut headers = HeaderMap::new();
        headers.insert("KV-Operation", "PURGE");
        headers.insert("Nats-Rollup", "sub");
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, self.revision.to_string().as_str());
        let sent = self.bus.jetstream.publish_with_headers(self.subject, headers, bytes::Bytes::new()).await;
        if let Ok(acknowledged) = sent {
            let _ = timeout(Duration::from_secs(2), acknowledged.into_future()).await;
        }
    }
}

/// Whether an entry only says that there is none.
fn is_mark(headers: &HeaderMap) -> bool {
    headers.get("KV-Operation").is_some()
}

/// Writes the holder's name if the entry's last revision is `expected`; 0 means there is none, or only a purge mark, or
/// the holder's own from before it lost its trust.
async fn compare_and_set(bus: &Bus, subject: &str, holder: &str, expected: u64) -> Option<u64> {
    let written = write(bus, subject, holder, expected).await;
    if written.is_some() || expected != 0 {
        return written;
    }
    // The last entry may be the mark of a lease given back.
    let stream = bus.jetstream.get_stream_no_info(names::bucket_stream(names::LEASES)).await.ok()?;
    let last = timeout(Duration::from_secs(2), stream.direct_get_last_for_subject(subject)).await.ok()?.ok()?;
    if !is_mark(&last.headers) && last.payload != holder.as_bytes() {
        return None;
    }
    write(bus, subject, holder, last.sequence).await
}

async fn write(bus: &Bus, subject: &str, holder: &str, expected: u64) -> Option<u64> {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string().as_str());
    let payload = holder.to_owned().into_bytes();
    let sent = bus.jetstream.publish_with_headers(subject.to_owned(), headers, payload.into()).await.ok()?;
    let acknowledged = timeout(Duration::from_secs(3), sent.into_future()).await.ok()?.ok()?;
    Some(acknowledged.sequence)
}
