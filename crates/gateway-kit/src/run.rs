use std::{sync::Arc, time::Duration};

use bus::{Beats, Bus, FactPublisher, SubscribeError};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    Config, Front, Gateway,
    accounts::{self, Registry},
    announce, channel_of,
    facts::{Facts, IMPORTED, STORES},
    kit::{Kit, Ready, SharedKit},
    orders::{self, Desks},
    sessions::Sessions,
    signals::{self, Typists},
    webhook,
    worker::Shop,
};

/// Files that one process fetches at the same time.
const DOWNLOADS: usize = 8;

/// Why a gateway cannot run; the binary starts it again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Bus(#[from] bus::ConnectError),
    #[error("NATS does not take a subscription; does this user hold the channel's permissions?")]
    Subscribe(#[from] SubscribeError),
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
}

/// A whole gateway process: serves webhooks, polls, carries out orders, until `stop`; then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run<G: Gateway>(config: Config, stop: CancellationToken) -> Result<(), RunError> {
    run_beside::<G>(config, stop, |_| {}).await
}

/// [`run`], with what a gateway serves beside HTTP: `beside` is called once, and what it spawns on the front's tasks ends
/// at its stop.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run_beside<G: Gateway>(
    config: Config,
    stop: CancellationToken,
    beside: impl FnOnce(&Arc<Front<G>>),
) -> Result<(), RunError> {
    let ready = Ready::new(&channel_of::<G>(), &config.health);
    let listener = TcpListener::bind(config.listen).await.map_err(|error| RunError::Listen(config.listen, error))?;
    // What carries facts must outlive the drain. The guards end all tasks when this function fails halfway.
    let (base, finished, stop) = (TaskTracker::new(), CancellationToken::new(), stop.child_token());
    let _ends = (finished.clone().drop_guard(), stop.clone().drop_guard());
    let kit = connect::<G>(config, ready, stop.clone(), &base, &finished).await?;
    let _gives_up = kit.give_up.clone().drop_guard();
    let registry = Arc::new(Registry::<G>::new());
    let closed = finished.child_token();
    base.spawn(webhook::serve(listener, kit.clone(), registry.clone(), closed.clone()));
    let front = Arc::new(Front::new(kit.clone(), registry.clone()));
    start(&kit, registry).await?;
    beside(&front);
    info!(instance = kit.instance, "{} runs", kit.config.bus.name);
    stop.cancelled().await;
    drain(&kit).await;
    finished.cancel();
    runtime::drain(&kit.config.bus.name, &base, kit.config.drain.mul_f32(0.1)).await;
    // What was published last may still be in the client.
    if timeout(Duration::from_secs(1), kit.bus.client.flush()).await.is_err() {
        warn!("NATS did not take the last messages");
    }
    Ok(())
}

async fn connect<G: Gateway>(
    config: Config,
    ready: Ready,
    stop: CancellationToken,
    base: &TaskTracker,
    finished: &CancellationToken,
) -> Result<SharedKit, RunError> {
    let channel = channel_of::<G>();
    let bus = Bus::connect(&config.bus).await?;
    let beats = Beats::listen(&bus, base, finished.clone()).await?;
    let publisher = FactPublisher::start(bus.clone(), channel.clone(), beats.clone(), base, finished.clone()).await?;
    let objects = config.objects.clone();
    let facts = Facts {
        channel: channel.clone(),
        publisher,
        beats,
        objects,
        timing: config.timing.clone(),
        stores: Arc::new(Semaphore::new(STORES)),
        imports: Arc::new(Semaphore::new(IMPORTED)),
        tasks: base.clone(),
    };
    Ok(Arc::new(Kit {
        channel,
        bus,
        facts,
        ready,
        downloads: Semaphore::new(DOWNLOADS),
        typists: Typists::default(),
        instance: uuid::Uuid::now_v7().to_string(),
        work: TaskTracker::new(),
        stop,
        give_up: CancellationToken::new(),
        config,
    }))
}

async fn start<G: Gateway>(kit: &SharedKit, registry: Arc<Registry<G>>) -> Result<(), RunError> {
    let (desks, sessions) = (Arc::new(Desks::default()), Arc::new(Sessions::<G>::new()));
    let accounts = bus::accounts::follow(kit.bus.clone(), kit.channel.clone(), &kit.work, kit.stop.clone()).await?;
    announce::answer_probes(kit, registry.clone()).await?;
    signals::run(kit, sessions.clone()).await?;
    kit.work.spawn(watch_connection(kit.clone()));
    kit.work.spawn(announce::announce::<G>(kit.clone(), registry.clone()));
    kit.work.spawn(orders::feed(kit.clone(), desks.clone()));
    kit.work.spawn(accounts::keep(Shop { kit: kit.clone(), desks, sessions }, registry, accounts));
    Ok(())
}

/// Without NATS nothing can be taken: then a balancer sends nothing here.
async fn watch_connection(kit: SharedKit) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    while kit.stop.run_until_cancelled(tick.tick()).await.is_some() {
        if kit.bus.is_connected() {
            kit.ready.bus.ready();
        } else {
            kit.ready.bus.not_ready("NATS is away");
        }
    }
}

/// Everything has heard `stop`: polls and new claims are over. What is on its way is finished, what is owed is
/// published, leases are given back.
async fn drain(kit: &SharedKit) {
    // The rest is for what carries the last facts.
    let most = kit.config.drain.mul_f32(0.85);
    if !runtime::drain(&kit.config.bus.name, &kit.work, most).await {
        kit.give_up.cancel();
        // Whoever waits for router says what it leaves behind.
        let _ = timeout(Duration::from_millis(500), kit.work.wait()).await;
    }
}
