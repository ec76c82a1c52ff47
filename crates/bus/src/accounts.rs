//! The accounts of a channel as their bucket holds them: one reader for every adapter (rule A1).

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_nats::jetstream::{
    self,
    consumer::{DeliverPolicy, pull},
    context::PublishErrorKind,
};
use contracts::channel::{AccountEntry, AccountsMark};
use futures::StreamExt;
use model::{AccountId, Channel};
use prost::Message;
use tokio::{sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{Bus, names};

/// Between two keys of one reading at most.
const NEXT_WAIT: Duration = Duration::from_secs(5);
/// How often all is read again, whatever the hints said.
const READ_ALL: Duration = Duration::from_secs(60);

/// What is known of a channel's accounts.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// Read in full at least once: the mark's count fits. Only then is an unknown account a 404.
    pub complete: bool,
    pub entries: HashMap<AccountId, Arc<AccountEntry>>,
    mark: AccountsMark,
    /// Key -> sequence of what was last written there, also of a deletion.
    written: HashMap<String, u64>,
}

impl Accounts {
    /// Whether this was read of a bucket that was put back to what it was before `known`.
    fn is_older_than(&self, known: &Self) -> bool {
        self.mark.epoch == known.mark.epoch && self.mark.version < known.mark.version
    }
}

/// Keeps [`Accounts`] current until `stop`. When the bucket is gone, memory is kept.
///
/// # Errors
/// When NATS does not take the subscription to hints.
pub async fn follow(
    bus: Bus,
    channel: Channel,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<watch::Receiver<Arc<Accounts>>, async_nats::SubscribeError> {
    let (sender, receiver) = watch::channel(Arc::new(Accounts::default()));
    let mut hints = bus.client.subscribe(names::accounts_hint(&channel)).await?;
    tasks.spawn(async move {
        loop {
            let complete = match read_all(&bus, &channel).await {
                Ok(read) => accept(&sender, read, &channel),
                Err(error) => {
                    warn!(%channel, %error, "accounts cannot be read; what is known stays");
                    sender.borrow().complete
                }
            };
            let pause = if complete { READ_ALL } else { Duration::from_secs(1) };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = hints.next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    });
    Ok(receiver)
}

/// Takes what was read, unless it is less than the mark says, or older, while something is known already.
fn accept(sender: &watch::Sender<Arc<Accounts>>, read: Accounts, channel: &Channel) -> bool {
    let (known, older) = {
        let known = sender.borrow();
        (known.complete, read.is_older_than(&known))
    };
    if known && (older || !read.complete) {
        return true;
    }
    if read.complete && !known {
        info!(%channel, accounts = read.entries.len(), "accounts of {channel} are read in full");
    }
    let complete = read.complete;
    sender.send_if_modified(|current| {
        let changed = current.complete != read.complete || current.entries != read.entries;
        *current = Arc::new(read);
        changed
    });
    complete
}

/// One pass over the channel's prefix of the bucket.
async fn read_all(bus: &Bus, channel: &Channel) -> Result<Accounts, ProjectError> {
    let stream = bus.jetstream.get_stream_no_info(names::bucket_stream(names::ACCOUNTS)).await.map_err(refused)?;
    let config = pull::OrderedConfig {
        name: Some(format!("okno-{channel}-accounts-{}", uuid::Uuid::now_v7().simple())),
        filter_subject: names::bucket_key(names::ACCOUNTS, &format!("{channel}.>")),
        deliver_policy: DeliverPolicy::LastPerSubject,
        ..pull::OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(refused)?;
    let mut left = consumer.cached_info().num_pending;
    let mut messages = consumer.messages().await.map_err(refused)?;
    let (mut accounts, mut mark) = (Accounts::default(), None);
    while left > 0 {
        let next = timeout(NEXT_WAIT, messages.next()).await.map_err(|_| ProjectError::Stuck(left))?;
        let message = next.ok_or_else(|| refused("the bucket's reader ended"))?.map_err(refused)?;
        let info = message.info().map_err(refused)?;
        left = info.pending;
        accounts.written.insert(message.subject.to_string(), info.stream_sequence);
        take(&mut accounts, &mut mark, &message, channel);
    }
    if let Some(mark) = mark {
        accounts.complete = mark.count as usize == accounts.entries.len();
        accounts.mark = mark;
    }
    Ok(accounts)
}

fn take(accounts: &mut Accounts, mark: &mut Option<AccountsMark>, message: &jetstream::Message, channel: &Channel) {
    let prefix = names::bucket_key(names::ACCOUNTS, &format!("{channel}."));
    let Some(key) = message.subject.strip_prefix(&prefix) else { return };
    let deleted = message.headers.as_ref().is_some_and(|h| h.get("KV-Operation").is_some());
    if key == "_all" {
        *mark = AccountsMark::decode(message.payload.clone()).ok();
    } else if let (false, Ok(id), Ok(entry)) =
        (deleted, key.parse::<AccountId>(), AccountEntry::decode(message.payload.clone()))
    {
        accounts.entries.insert(id, Arc::new(entry));
    }
}

/// A channel's bucket as router found it, before it read the accounts that it writes there.
pub struct Projection {
    bus: Bus,
    channel: Channel,
    found: Accounts,
}

/// Why a projection did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// So many keys are there, and nothing of them comes. A store with a record that cannot be read does this for ever
    /// (seen with nats-server 2.9.10 after a bit of a block had flipped); so does a server that is held, for a while.
    #[error("the bucket holds {0} more keys, and nothing of them comes")]
    Stuck(u64),
    /// Somebody else has written meanwhile: what is there may be newer. Begin anew.
    #[error("another router has written these accounts meanwhile")]
    Overtaken,
    #[error("{0}")]
    Bus(String),
}

impl Projection {
    /// Router's side, first step: looks at the bucket. Read the accounts only after it: then they are at least as new as
    /// what was found, and [`Projection::write`] overwrites nothing else.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn begin(bus: &Bus, channel: &Channel) -> Result<Self, ProjectError> {
        let found = read_all(bus, channel).await?;
        Ok(Self { bus: bus.clone(), channel: channel.clone(), found })
    }

    /// Writes every account of the channel, then the mark, then the hint. Overwrites whatever differs, but for what
    /// another router has written since [`Projection::begin`]. `version` is a number that grows, of this `epoch`: the
    /// time, for example.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn write(self, entries: &[AccountEntry], epoch: &str, version: u64) -> Result<(), ProjectError> {
        let found = &self.found;
        let mut changed = !found.complete || found.mark.epoch != epoch;
        for entry in entries {
            let id: AccountId = entry.account_id.parse().map_err(refused)?;
            if found.entries.get(&id).is_none_or(|known| **known != *entry) {
                self.put(&id.to_string(), Some(entry.encode_to_vec())).await?;
                changed = true;
            }
        }
        for id in found.entries.keys().filter(|id| !entries.iter().any(|e| e.account_id == id.to_string())) {
            self.put(&id.to_string(), None).await?;
            changed = true;
        }
        if changed {
            let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            let version = version.max(found.mark.version + 1); // whatever the clock says
            let mark = AccountsMark { count, epoch: epoch.to_owned(), version };
            self.put("_all", Some(mark.encode_to_vec())).await?;
            let hint = self.bus.client.publish(names::accounts_hint(&self.channel), bytes::Bytes::new());
            hint.await.map_err(refused)?;
        }
        Ok(())
    }

    /// Writes one key, or deletes it, if it is still as it was found.
    async fn put(&self, key: &str, value: Option<Vec<u8>>) -> Result<(), ProjectError> {
        let subject = names::bucket_key(names::ACCOUNTS, &format!("{}.{key}", self.channel));
        let mut headers = async_nats::HeaderMap::new();
        if value.is_none() {
            headers.insert("KV-Operation", "DEL");
        }
        let expected = self.found.written.get(&subject).copied().unwrap_or_default();
        headers.insert(async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        let sending = self.bus.jetstream.publish_with_headers(subject, headers, value.unwrap_or_default().into());
        let stored = sending.await.map_err(refused)?.await;
        stored.map(drop).map_err(|error| match error.kind() {
            PublishErrorKind::WrongLastSequence => ProjectError::Overtaken,
            _ => refused(error),
        })
    }
}

/// Both steps at once, for accounts that nobody else writes.
///
/// # Errors
/// The text of what NATS refused.
pub async fn project(
    bus: &Bus,
    channel: &Channel,
    entries: &[AccountEntry],
    epoch: &str,
    version: u64,
) -> Result<(), String> {
    let projecting = async { Projection::begin(bus, channel).await?.write(entries, epoch, version).await };
    projecting.await.map_err(|error| error.to_string())
}

/// Throws the bucket away, which holds nothing that router's database does not: for one that cannot be read. Router makes
/// missing streams again and projects anew; what adapters know stays meanwhile.
///
/// # Errors
/// The text of what NATS refused.
pub async fn discard(bus: &Bus) -> Result<(), String> {
    let deleted = bus.jetstream.delete_stream(names::bucket_stream(names::ACCOUNTS)).await;
    deleted.map(drop).map_err(|error| error.to_string())
}

fn refused(error: impl std::fmt::Display) -> ProjectError {
    ProjectError::Bus(error.to_string())
}

#[cfg(test)]
mod tests {
    use testkit::servers::{NatsOptions, NatsServer};

    use super::*;
    use crate::BusConfig;

    fn read(epoch: &str, version: u64, count: u32) -> Accounts {
        let entry = |_| (AccountId::new(), Arc::new(AccountEntry::default()));
        let mark = AccountsMark { count, epoch: epoch.to_owned(), version };
        Accounts { complete: true, entries: (0..count).map(entry).collect(), mark, ..Accounts::default() }
    }

    #[test]
    fn what_a_restored_bucket_says_is_not_taken_for_news() {
        let (sender, receiver) = watch::channel(Arc::new(Accounts::default()));
        let channel: Channel = "telegram".parse().unwrap();
        for (epoch, version, count, known) in [
            ("a", 5, 2, 2),
            ("a", 4, 1, 2), // the bucket is older than what is known
            ("a", 6, 3, 3),
            ("b", 1, 1, 1), // router's database was restored: its word counts
        ] {
            assert!(accept(&sender, read(epoch, version, count), &channel));
            assert_eq!(receiver.borrow().entries.len(), known, "{epoch} {version}");
        }
    }

    fn entry(id: AccountId, revision: u64) -> AccountEntry {
        AccountEntry { account_id: id.to_string(), revision, ..AccountEntry::default() }
    }

    #[tokio::test]
    async fn a_projection_that_was_overtaken_writes_nothing_over_what_is_newer() {
        let server = NatsServer::start(NatsOptions::default()).await.unwrap();
        let config = BusConfig { url: server.url(), name: "test".to_owned(), channel: None };
        let bus = Bus::connect(&config).await.unwrap();
        crate::ensure_streams(&bus, 1, 1).await.unwrap();
        let (channel, id): (Channel, _) = ("telegram".parse().unwrap(), AccountId::new());
        let begin = || async { Projection::begin(&bus, &channel).await.unwrap() };
        begin().await.write(&[entry(id, 1)], "a", 1).await.unwrap();
        // One router reads revision 2 and stalls; the account changes once more; another router is faster.
        let slow = begin().await;
        begin().await.write(&[entry(id, 3)], "a", 2).await.unwrap();
        let refused = slow.write(&[entry(id, 2)], "a", 3).await;
        assert!(matches!(refused, Err(ProjectError::Overtaken)), "{refused:?}");
        // The same with an account that is gone by now.
        let slow = begin().await;
        begin().await.write(&[], "a", 4).await.unwrap();
        assert!(matches!(slow.write(&[entry(id, 4)], "a", 5).await, Err(ProjectError::Overtaken)));
        let stored = read_all(&bus, &channel).await.unwrap();
        assert!(stored.complete && stored.entries.is_empty());
        // Anew, it passes, whatever the clock says.
        begin().await.write(&[entry(id, 5)], "a", 0).await.unwrap();
        let stored = read_all(&bus, &channel).await.unwrap();
        assert!(stored.complete && stored.entries[&id].revision == 5 && stored.mark.version > 4);
    }
}
