//! What a gateway's own HTTP works with: accounts, facts under the kit's bounds, questions, replicas, files, the end.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{extract::ConnectInfo, http::request::Parts};
use bus::{AskError, Outcome, names};
use contracts::channel::{Inbound, Peer, VisitReport};
use model::AccountId;
use object_store::ObjectStore;
use prost::Message;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, debug, error, info_span};
use url::Url;

use crate::{
    Gateway, Peers, Refusal,
    account::Account,
    accounts::Registry,
    kit::SharedKit,
    meters,
    refusal::{self, SOON},
    signals,
};

/// Facts of our own making that wait for router at the same time (rule I5).
const OWED: usize = 1_024;
/// Reports of visits that wait for the bus at the same time.
const VISITS: usize = 256;
/// How long one waits.
const VISIT_WAIT: Duration = Duration::from_secs(2);

/// Given to [`Gateway::routes`].
pub struct Front<G> {
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    owed: Arc<Semaphore>,
    visits: Arc<Semaphore>,
}

/// An account that takes traffic, and its connection as its settings are now.
pub struct Visit<G> {
    pub gateway: Arc<G>,
    account: Arc<Account>,
}

impl<G> Clone for Visit<G> {
    fn clone(&self) -> Self {
        Self { gateway: self.gateway.clone(), account: self.account.clone() }
    }
}

impl<G> Visit<G> {
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account.id
    }
}

impl<G: Gateway> Front<G> {
    pub(crate) fn new(kit: SharedKit, registry: Arc<Registry<G>>) -> Self {
        Self { kit, registry, owed: Arc::new(Semaphore::new(OWED)), visits: Arc::new(Semaphore::new(VISITS)) }
    }

    /// Looks an account up as webhooks do.
    ///
    /// # Errors
    /// 503 while the accounts are not read, the account is off or the process stops; 404 only when router is heard.
    pub fn visit(&self, account: &str) -> Result<Visit<G>, Refusal> {
        let (account, gateway) = refusal::look_up(&self.kit, &self.registry, account.parse().ok())?;
        Ok(Visit { gateway, account })
    }

    /// Looks an account up by its open settings, for traffic that names no account.
    ///
    /// # Errors
    /// As [`Front::visit`].
    pub fn visit_where(&self, fits: impl Fn(&HashMap<String, String>) -> bool) -> Result<Visit<G>, Refusal> {
        let (account, gateway) = refusal::admit(&self.kit, self.registry.find_by(fits))?;
        Ok(Visit { gateway, account })
    }

    /// Publishes facts in their order and waits for router, at most the 2 s of a webhook. A trace begins here.
    ///
    /// # Errors
    /// Without confirmation: the same facts are to come again.
    pub async fn publish(&self, visit: &Visit<G>, facts: Vec<Inbound>) -> Result<(), Refusal> {
        let span = info_span!("front", channel = G::CHANNEL, account.id = %visit.account.id);
        self.published(visit, facts).instrument(span).await
    }

    async fn published(&self, visit: &Visit<G>, facts: Vec<Inbound>) -> Result<(), Refusal> {
        let _drain_waits = self.kit.work.token();
        let _place = visit.account.room().ok_or(Refusal::later("busy", SOON))?;
        match self.kit.facts.try_once(&visit.account, facts, None, false).await {
            Ok(Outcome::Confirmed(_)) => Ok(()),
            Ok(Outcome::OnBusOnly) => Err(Refusal::later("unconfirmed", SOON)),
            Err(error) => {
                debug!(account.id = %visit.account.id, %error, "a fact was not taken by the bus");
                Err(Refusal::later("not_taken", SOON))
            }
        }
    }

    /// Publishes a fact that nobody will bring again until router has confirmed it; the drain waits for it. `false`:
    /// too many wait already, or the process stops.
    pub fn owe(&self, visit: &Visit<G>, fact: Inbound) -> bool {
        let Ok(place) = self.owed.clone().try_acquire_owned() else { return false };
        if self.kit.stop.is_cancelled() {
            return false;
        }
        let (kit, account) = (self.kit.clone(), visit.account.clone());
        let span = info_span!("front", channel = G::CHANNEL, account.id = %account.id);
        let owed = async move {
            let _place = place;
            let key = fact.key.clone();
            let told = kit.facts.until_confirmed(&account, fact);
            if kit.give_up.run_until_cancelled(told).await.is_none() {
                error!(account.id = %account.id, key, "the process ends before router has confirmed a fact");
            }
        };
        self.kit.work.spawn(owed.instrument(span));
        true
    }

    /// Hands over what a browser reports of a visit: it takes no place of a message's and router never sees it.
    ///
    /// # Errors
    /// 503: the same report is to come again.
    pub async fn report_visits(&self, visit: &Visit<G>, report: &VisitReport) -> Result<(), Refusal> {
        let _drain_waits = self.kit.work.token();
        let _place = self.visits.try_acquire().map_err(|_| Refusal::later("busy", SOON))?;
        let account = visit.account.id;
        let handed = bus::publish_visits(&self.kit.bus, &self.kit.channel, account, report, VISIT_WAIT).await;
        handed.map_err(|error| {
            debug!(account.id = %account, %error, "a report of visits was not taken by the bus");
            Refusal::later("not_taken", SOON)
        })
    }

    /// Asks `okno.ask.<what>`.
    ///
    /// # Errors
    /// [`AskError`] when there is no answer within `wait`.
    pub async fn ask<Q: Message, A: Message + Default>(
        &self,
        what: &str,
        question: &Q,
        wait: Duration,
    ) -> Result<A, AskError> {
        bus::ask(&self.kit.bus, names::question(what), question, wait).await
    }

    /// Tells colleagues that a person types; a signal that gets lost costs nothing.
    pub async fn person_types(&self, account: AccountId, scope: &str, address: &str) {
        let peer = Peer { address: address.to_owned(), scope: scope.to_owned(), ..Peer::default() };
        signals::person_types(&self.kit, account, peer).await;
    }

    #[must_use]
    pub fn peers(&self) -> Peers {
        self.kit.peers()
    }

    #[must_use]
    pub fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.kit.config.objects
    }

    /// Under which address the outside reaches us, if it is known.
    #[must_use]
    pub fn public_url(&self) -> Option<&Url> {
        self.kit.config.public_url.as_ref()
    }

    /// A key of one account for one purpose, the same in every replica.
    #[must_use]
    pub fn key(&self, account: AccountId, purpose: &str) -> [u8; 32] {
        self.kit.config.key.derive(account, purpose)
    }

    /// Begin nothing new.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.kit.stop
    }

    /// What the drain waits for.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.kit.work
    }

    /// Counts something that was not taken.
    pub fn count_refused(&self, why: &'static str) {
        meters::refused(&self.kit.channel, why);
    }

    /// The client's address: the connection's, or what our own proxies say of it.
    #[must_use]
    pub fn client_address(&self, parts: &Parts) -> Option<IpAddr> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let hops = self.kit.config.forwarded_hops;
        if hops == 0 { peer } else { forwarded(parts, hops).or(peer) }
    }
}

fn forwarded(parts: &Parts, hops: usize) -> Option<IpAddr> {
    let lines = parts.headers.get_all("x-forwarded-for").into_iter().filter_map(|line| line.to_str().ok());
    let addresses: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    addresses.iter().rev().nth(hops - 1)?.parse().ok()
}
