//! One worker per account: takes the lease, and while it holds it receives and carries out orders.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bus::{Dispatch, lease::Lease};
use contracts::channel::{AccountHealth, LocalText};
use futures::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info};

use crate::{
    Chats, Equipment, Gateway, Imports, Media,
    account::Account,
    accounts::Wish,
    kit::{Kit, SharedKit},
    lanes,
    orders::Desks,
    pulse::{self, Pulse},
    receive, templates,
};

/// How long a session that was cut short waits for its sends in flight; the drain has its own time.
const FINISH: Duration = Duration::from_secs(10);
/// The pause after a session that broke.
const BROKEN: Duration = Duration::from_secs(5);

/// What workers are started with.
pub(crate) struct Shop<G> {
    pub kit: SharedKit,
    pub desks: Arc<Desks>,
    pub sessions: Arc<crate::sessions::Sessions<G>>,
}

impl<G> Clone for Shop<G> {
    fn clone(&self) -> Self {
        Self { kit: self.kit.clone(), desks: self.desks.clone(), sessions: self.sessions.clone() }
    }
}

/// What a lease holder works with until the lease, the settings or the process end.
pub(crate) struct Session<G> {
    pub kit: SharedKit,
    pub account: Arc<Account>,
    pub gateway: Arc<G>,
    pub pulse: Pulse,
    /// Begin nothing new.
    pub end: CancellationToken,
    /// Nothing may be sent any more, not even under a granted claim.
    pub lost: CancellationToken,
}

/// Starts the worker of an account, and what tells router of its state.
pub(crate) fn start<G: Gateway>(shop: &Shop<G>, account: Arc<Account>, wish: watch::Receiver<Wish<G>>) {
    let kit = &shop.kit;
    kit.work.spawn(pulse::tell(kit.facts.clone(), account.clone(), kit.stop.clone()));
    let holder = format!("{}.{}", kit.instance, uuid::Uuid::now_v7().simple());
    kit.work.spawn(Worker { shop: shop.clone(), holder, account, wish }.run());
}

struct Worker<G> {
    shop: Shop<G>,
    /// Its name on leases: no two workers have one.
    holder: String,
    account: Arc<Account>,
    wish: watch::Receiver<Wish<G>>,
}

impl<G: Gateway> Worker<G> {
    async fn run(mut self) {
        let stop = self.shop.kit.stop.clone();
        while !stop.is_cancelled() {
            let wish = self.wish.borrow_and_update().clone();
            match wish {
                Wish::Gone => break,
                Wish::On(gateway) => self.work(gateway).await,
                Wish::Off => self.wait_with(AccountHealth::Off, LocalText::default(), "").await,
                Wish::Broken(why, remedy) => self.wait_with(AccountHealth::Disconnected, why, remedy).await,
            }
        }
        self.account.teller.be_silent();
    }

    /// Nothing to do until the settings change.
    async fn wait_with(&mut self, health: AccountHealth, problem: LocalText, remedy_key: &str) {
        self.account.teller.say_in_words(health, problem, remedy_key, "");
        self.over().await;
    }

    /// The settings have changed, or the process stops.
    async fn over(&mut self) {
        tokio::select! {
            () = self.shop.kit.stop.cancelled() => {}
            _ = self.wish.changed() => {}
        }
    }

    async fn work(&mut self, gateway: Arc<G>) {
        let Some(lease) = self.take_lease().await else { return };
        let id = self.account.id;
        info!(account.id = %id, "account {id} is worked here");
        let (lost, release) = (CancellationToken::new(), CancellationToken::new());
        let held = self.shop.kit.work.spawn(lease.hold(lost.clone(), release.clone()));
        let broke = self.session(gateway, lost.clone()).await;
        self.account.teller.be_silent();
        release.cancel();
        // An error says that the lease's task panicked: then it is no longer held either.
        let _ = held.await;
        info!(account.id = %id, lost = lost.is_cancelled(), "account {id} is no longer worked here");
        if broke {
            error!(account.id = %id, "the worker of account {id} panicked; starting it again in {BROKEN:?}");
            self.pause(BROKEN).await;
        }
    }

    /// Works until the lease, the settings or the process end; `true` when the session panicked.
    async fn session(&mut self, gateway: Arc<G>, lost: CancellationToken) -> bool {
        let shop = self.shop.clone();
        let session = Arc::new(Session {
            pulse: Pulse::new(self.account.teller.clone(), &shop.kit.config.timing),
            kit: shop.kit.clone(),
            account: self.account.clone(),
            gateway,
            end: CancellationToken::new(),
            lost: lost.clone(),
        });
        let imports = Imports::of(shop.kit.facts.beats.clone(), self.account.clone());
        let chats = Chats::of(shop.kit.bus.clone(), self.account.id);
        session.gateway.equip(Equipment { media: Media(shop.kit.config.objects.clone()), imports, chats });
        let end = session.end.clone();
        let mut running = Box::pin(AssertUnwindSafe(run(&shop, session)).catch_unwind());
        let ended = tokio::select! {
            ended = &mut running => Some(ended),
            () = lost.cancelled() => None,
            () = self.over() => None,
        };
        end.cancel();
        let ended = match ended {
            Some(ended) => ended,
            None => running.await,
        };
        ended.is_err()
    }

    /// Tries until the lease is ours; `None` when it is no longer wanted.
    async fn take_lease(&mut self) -> Option<Lease> {
        let kit = self.shop.kit.clone();
        loop {
            if let Some(lease) = Lease::try_take(&kit.bus, &kit.channel, self.account.id, &self.holder).await {
                return Some(lease);
            }
            debug!(account.id = %self.account.id, "another instance works this account");
            if self.pause(kit.config.timing.lease).await {
                return None;
            }
        }
    }

    /// Sleeps; `true` when the settings have changed or the process stops meanwhile.
    async fn pause(&mut self, span: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(span) => false,
            () = self.over() => true,
        }
    }
}

/// Receives and carries out orders until the session's `end`, and finishes what is in flight.
async fn run<G: Gateway>(shop: &Shop<G>, session: Arc<Session<G>>) {
    let cut = CancellationToken::new();
    let (sender, orders) = mpsc::channel::<Dispatch>(256);
    let _desk = shop.desks.open(session.account.id, sender);
    let _known = shop.sessions.enter(&session);
    let cutting = async {
        session.end.cancelled().await;
        cut_off(&session.kit).await;
        cut.cancel();
        std::future::pending::<()>().await;
    };
    let work = async {
        let (orders, receiving) = (lanes::run(&session, orders, &cut), receive::run(&session, &cut));
        tokio::join!(orders, receiving, templates::keep(&session, &cut));
    };
    tokio::select! {
        () = work => {}
        () = cutting => {}
    }
}

async fn cut_off(kit: &Kit) {
    tokio::select! {
        () = kit.give_up.cancelled() => {}
        () = tokio::time::sleep(FINISH), if !kit.stop.is_cancelled() => {}
    }
}
