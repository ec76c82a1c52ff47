//! Facts on their way: made to fit the bus, tried once (webhooks) or until router has confirmed them.

use std::{sync::Arc, time::Duration};

use bus::{Beats, FactPublisher, MAX_FACT_BYTES, Outcome, PublishError, Sending};
use bytes::Bytes;
use contracts::channel::{ConfirmationOutcome, Inbound, Unparsed, inbound::Body};
use model::Channel;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use prost::Message;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::{Timing, account::Account, meters, text::sha256};

/// Raw bytes of an unparsed fact that travel in the fact itself; the whole lies in the object store then.
const RAW_BYTES: usize = 200 * 1024;
/// How long the object store may take, whoever still waits for it.
const STORE_WAIT: Duration = Duration::from_secs(10);
/// What is put into the object store at the same time: at most a delivery each, so 40 MiB.
pub(crate) const STORES: usize = 4;
/// Facts of imports that wait for router at the same time, of all accounts (rule I6).
pub(crate) const IMPORTED: usize = 256;
/// Marks an object that holds an encoded Inbound and no provider's bytes.
pub(crate) const ENCODED: &str = ".inbound";

#[derive(Clone)]
pub(crate) struct Facts {
    pub channel: Channel,
    pub publisher: FactPublisher,
    pub beats: Beats,
    pub objects: Arc<dyn ObjectStore>,
    pub timing: Timing,
    /// Places of what is put into the object store.
    pub stores: Arc<Semaphore>,
    /// Places of facts of imports.
    pub imports: Arc<Semaphore>,
    /// What outlives its asker.
    pub tasks: TaskTracker,
}

impl Facts {
    /// Publishes the facts of one delivery in their order and waits for all of them together. `raw` is what they were
    /// read from, where they were read. `stands_in`: the bus's acknowledgement will do, and the facts say so. The first
    /// that the bus does not take ends it: the delivery will come again.
    pub async fn try_once(
        &self,
        account: &Account,
        facts: Vec<Inbound>,
        raw: Option<&Bytes>,
        stands_in: bool,
    ) -> Result<Outcome, PublishError> {
        let deadline = Instant::now() + self.timing.accept;
        let mut sent: Vec<(Inbound, Sending)> = Vec::with_capacity(facts.len());
        for fact in facts {
            let fact = self.fit(account, fact, raw, deadline).await?;
            let (part, publisher) = (account.part(), &self.publisher);
            let sending = match stands_in {
                true => publisher.send_standing_in(part, account.id, &fact, deadline).await?,
                false => publisher.send(part, account.id, &fact, deadline).await?,
            };
            sent.push((fact, sending));
        }
        let answers = sent.iter_mut().map(|(fact, sending)| self.answer(account, fact, sending, deadline));
        let outcomes = futures::future::try_join_all(answers).await?;
        let unconfirmed = outcomes.contains(&Outcome::OnBusOnly);
        Ok(if unconfirmed { Outcome::OnBusOnly } else { Outcome::Confirmed(ConfirmationOutcome::Committed) })
    }

    async fn answer(
        &self,
        account: &Account,
        fact: &Inbound,
        sending: &mut Sending,
        deadline: Instant,
    ) -> Result<Outcome, PublishError> {
        let _waiting = account.waiting();
        let began = Instant::now();
        let outcome = self.publisher.answer(sending, deadline).await?;
        if outcome != Outcome::OnBusOnly {
            meters::confirmed_after(&self.channel, began.elapsed());
            meters::fact(&self.channel, account.id, fact.body.as_ref());
        }
        Ok(outcome)
    }

    /// Publishes one fact again and again until router has confirmed it. Never returns without; drop it to give up.
    pub async fn until_confirmed(&self, account: &Account, fact: Inbound) -> ConfirmationOutcome {
        let _waiting = account.waiting();
        let mut fact = fact;
        let mut fits = false;
        let first = Instant::now();
        loop {
            let began = Instant::now();
            if !fits {
                match self.fit(account, fact.clone(), None, began + STORE_WAIT).await {
                    Ok(fitting) => (fact, fits) = (fitting, true),
                    Err(error) => warn!(account.id = %account.id, %error, "a fact waits for the object store"),
                }
            }
            if fits && let Some(outcome) = self.one_round(account, &fact).await {
                meters::confirmed_after(&self.channel, first.elapsed());
                meters::fact(&self.channel, account.id, fact.body.as_ref());
                return outcome;
            }
            sleep_until(began + self.timing.repeat).await;
        }
    }

    /// Publishes once and waits. While router is silent and the bus has the fact, it is not repeated but for now and
    /// then: repeats would only fill IN. The first beat ends that.
    async fn one_round(&self, account: &Account, fact: &Inbound) -> Option<ConfirmationOutcome> {
        let (part, began) = (account.part(), Instant::now());
        let deadline = began + self.timing.repeat;
        let taken = async {
            let mut sending = self.publisher.send(part, account.id, fact, deadline).await?;
            let outcome = sending.taken(deadline).await?;
            Ok::<_, PublishError>((sending, outcome))
        };
        let mut sending = match taken.await {
            Ok((_, Some(outcome))) => return Some(outcome),
            Ok((sending, None)) => sending,
            Err(PublishError::TooLarge(bytes)) => {
                error!(account.id = %account.id, bytes, "a fact of ours is too large for the bus");
                return None;
            }
            Err(PublishError::NotTaken(why)) => {
                warn!(account.id = %account.id, why, "a fact waits for the bus");
                return None;
            }
        };
        if let Some(outcome) = sending.confirmed(deadline).await {
            return Some(outcome);
        }
        if self.beats.alive(part) {
            return None;
        }
        let last = began + self.timing.repeat_silent;
        while !self.beats.alive(part) && Instant::now() < last {
            tokio::select! {
                outcome = sending.confirmed(last) => return outcome,
                () = self.beats.next() => {}
            }
        }
        sending.confirmed(Instant::now() + self.timing.repeat).await
    }

    /// Makes a fact fit the bus: what is too large lies in the object store, and the fact says where.
    async fn fit(
        &self,
        account: &Account,
        mut fact: Inbound,
        raw: Option<&Bytes>,
        deadline: Instant,
    ) -> Result<Inbound, PublishError> {
        if let Some(Body::Unparsed(unparsed)) = &mut fact.body
            && unparsed.raw.len() > RAW_BYTES
        {
            unparsed.object_key = self.store(account, Bytes::from(unparsed.raw.clone()), "", deadline).await?;
            unparsed.raw.truncate(RAW_BYTES);
        }
        let size = fact.encoded_len();
        if size <= MAX_FACT_BYTES {
            return Ok(fact);
        }
        if let Some(Body::Receipt(receipt)) = &mut fact.body {
            receipt.sent = None;
            return Ok(fact);
        }
        warn!(account.id = %account.id, size, "a fact is too large for the bus and becomes a dead letter");
        let object_key = match raw {
            Some(raw) => self.store(account, raw.clone(), "", deadline).await?,
            None => self.store(account, fact.encode_to_vec().into(), ENCODED, deadline).await?,
        };
        let reason = format!("a fact of {size} bytes is larger than the bus carries");
        let body = Unparsed { reason, object_key, ..Unparsed::default() };
        let (key, sent_on, shown_at) = (fact.key, fact.sent_on, fact.shown_at);
        Ok(Inbound { key, sent_on, shown_at, body: Some(Body::Unparsed(body)), ..Inbound::default() })
    }

    /// The name is made of the bytes, so that a repeat stores nothing twice. A store that is slower than `deadline` goes on
    /// alone, and the repeat finds what it has stored: a delivery has 2 s to be answered (rule G17).
    async fn store(
        &self,
        account: &Account,
        bytes: Bytes,
        suffix: &str,
        deadline: Instant,
    ) -> Result<String, PublishError> {
        let key = format!("in/{}/raw-{}{suffix}", account.id, sha256(&bytes));
        let place = timeout_at(deadline, self.stores.clone().acquire_owned()).await.map_err(|_| slow_store())?;
        let (objects, path) = (self.objects.clone(), Path::from(key.as_str()));
        let storing = self.tasks.spawn(async move {
            let _place = place;
            timeout(STORE_WAIT, put(&*objects, &path, bytes)).await
        });
        match timeout_at(deadline, storing).await {
            Ok(Ok(Ok(Ok(())))) => Ok(key),
            Ok(Ok(Ok(Err(error)))) => Err(PublishError::NotTaken(format!("the object store refused: {error}"))),
            Ok(Ok(Err(_)) | Err(_)) | Err(_) => Err(slow_store()),
        }
    }
}

/// Stores what is not there yet; a name that is there holds these very bytes.
async fn put(objects: &dyn ObjectStore, path: &Path, bytes: Bytes) -> object_store::Result<()> {
    match objects.head(path).await {
        Ok(there) if there.size == bytes.len() as u64 => Ok(()),
        _ => objects.put(path, bytes.into()).await.map(drop),
    }
}

fn slow_store() -> PublishError {
    PublishError::NotTaken("the object store does not answer in time".to_owned())
}
