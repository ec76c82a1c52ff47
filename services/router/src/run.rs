//! Router as a process: the loops and the gRPC server, until `stop`.

use std::{sync::Arc, time::Duration};

use bus::{Bus, EventSink};
use contracts::{
    file::file_service_server::FileServiceServer,
    inbox::{
        access_log_service_server::AccessLogServiceServer, channel_account_service_server::ChannelAccountServiceServer,
        channel_template_service_server::ChannelTemplateServiceServer,
        conversation_service_server::ConversationServiceServer, folder_service_server::FolderServiceServer,
        mailing_service_server::MailingServiceServer, request_service_server::RequestServiceServer,
        retention_service_server::RetentionServiceServer, search_service_server::SearchServiceServer,
        view_service_server::ViewServiceServer,
    },
    live::{Event, event_service_server::EventServiceServer},
};
use runtime::{Stop, TaskTracker};
use sqlx::PgPool;
use store::{Schema, relay::Sink};
use tracing::warn;

use crate::{
    Config, Wakes,
    access_log::AccessLogApi,
    accounts::{AccountGrpc, Accounts},
    conversations::{self, ConversationApi, Db},
    directory::Directory,
    dispatch, erasure,
    events::EventGrpc,
    exports,
    files::{self, FileApi},
    folders::FolderApi,
    gateways, gauges, housekeeping,
    mailings::{Leaving, MailingApi},
    moves, part, questions,
    refusals::Refused,
    requests::RequestApi,
    retention::{self, RetentionApi},
    search::{self, SearchApi},
    templates::TemplateApi,
    timers::Timers,
    views::ViewApi,
};

/// Why router ended by itself; the binary starts it again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot reach PostgreSQL; check OKNO_DATABASE_URL")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Bus(#[from] bus::ConnectError),
    #[error(transparent)]
    Topology(#[from] bus::TopologyError),
    #[error("NATS took no subscription")]
    Subscribe(#[from] async_nats::SubscribeError),
    #[error(transparent)]
    Server(#[from] rpc::ServerError),
}

/// What the loops and the gRPC services of this process share.
#[derive(Clone)]
pub struct Shared {
    pub pool: PgPool,
    pub bus: Bus,
    pub directory: Directory,
    pub wakes: Wakes,
}

/// Runs router until `stop`, then drains.
///
/// # Errors
/// [`RunError`].
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    let component = config.health.component("router");
    let pool = store::connect(&config.pool).await?;
    let bus = Bus::connect(&config.bus).await?;
    bus::ensure_streams(&bus, config.parts, config.replicas).await?;
    let directory = Directory::new(chrono::TimeDelta::from_std(config.claim).unwrap_or(chrono::TimeDelta::minutes(2)));
    let shared = Shared { pool, bus, directory, wakes: Wakes::default() };
    shared.directory.reload(&shared.pool).await?;
    housekeeping::partitions(&shared.pool).await?;
    let tasks = TaskTracker::new();
    let loops = stop.child_token();
    let db = Db::new(shared.pool.clone(), shared.wakes.clone());
    start_loops(&config, &shared, &db, &tasks, &loops).await?;
    component.ready();
    let served = serve(&config, &shared, db, stop).await;
    component.not_ready("stopping");
    loops.cancel();
    tasks.close();
    runtime::drain("router", &tasks, config.drain).await;
    served
}

async fn start_loops(
    config: &Config,
    shared: &Shared,
    db: &Db,
    tasks: &TaskTracker,
    stop: &Stop,
) -> Result<(), RunError> {
    let Shared { pool, bus, directory, wakes } = shared.clone();
    let worker = part::Worker {
        pool: pool.clone(),
        bus: bus.clone(),
        directory: directory.clone(),
        wakes: wakes.clone(),
        positions: gateways::keep_positions(pool.clone(), bus.clone(), tasks, stop.clone()),
        patience: part::PATIENCE,
    };
    for number in 0..config.parts {
        tasks.spawn(part::run(worker.clone(), number, stop.clone()));
    }
    tasks.spawn(part::keep_directory(pool.clone(), directory.clone(), stop.clone()));
    tasks.spawn(dispatch::run(pool.clone(), bus.clone(), wakes.clone(), stop.clone()));
    let sink = Arc::new(BusSink(EventSink(bus.clone())));
    tasks.spawn(store::relay::run(pool.clone(), Schema::Inbox, sink, wakes.relay.clone(), stop.clone()));
    let timers = Timers {
        directory: directory.clone(),
        wakes: wakes.clone(),
        objects: config.objects.clone(),
        leaving: config.public_url.clone().and_then(|url| Leaving::new(url, &config.key)),
    };
    tasks.spawn(store::timer::run(pool.clone(), Schema::Inbox, timers, stop.clone()));
    questions::answer(&pool, &bus, tasks, stop).await?;
    conversations::peer_typing::listen(&pool, &bus, tasks, stop).await?;
    tasks.spawn(moves::run(shared.clone(), stop.clone()));
    tasks.spawn(gateways::keep_projected(pool.clone(), bus.clone(), stop.clone()));
    tasks.spawn(keep_streams(bus.clone(), pool.clone(), config.parts, config.replicas, stop.clone()));
    tasks.spawn(gateways::listen(shared.clone(), config.replicas, stop.clone()));
    tasks.spawn(files::sweep::run(pool.clone(), config.objects.clone(), stop.clone()));
    let eraser =
        erasure::Eraser { pool: pool.clone(), bus: bus.clone(), objects: config.objects.clone(), wakes: wakes.clone() };
    tasks.spawn(erasure::run(eraser, stop.clone()));
    let exporter = exports::Exporter { pool: pool.clone(), objects: config.objects.clone() };
    tasks.spawn(exports::run(exporter, stop.clone()));
    let sweeper = retention::Sweeper { pool: pool.clone(), objects: config.objects.clone(), wakes: wakes.clone() };
    tasks.spawn(retention::run(sweeper, stop.clone()));
    tasks.spawn(gauges::run(pool.clone(), stop.clone()));
    tasks.spawn(conversations::flags::keep(pool.clone(), stop.clone()));
    tasks.spawn(search::keep(pool.clone(), stop.clone()));
    let house = housekeeping::House { db: db.clone(), directory, accesses_kept: config.accesses_kept };
    tasks.spawn(housekeeping::run(house, stop.clone()));
    Ok(())
}

async fn serve(config: &Config, shared: &Shared, db: Db, stop: Stop) -> Result<(), RunError> {
    let accounts = Accounts {
        shared: shared.clone(),
        key: config.key.clone(),
        parts: config.parts,
        demo_url: config.demo_url.clone(),
        objects: config.objects.clone(),
        accesses: db.accesses.clone(),
    };
    let conversations = ConversationApi { db: db.clone(), bus: Some(shared.bus.clone()) };
    let mailings = MailingApi { db: db.clone(), public_url: config.public_url.clone() };
    rpc::Server::new("router", config.verifier.clone())
        .health(config.health.clone())
        .drain(config.drain)
        .refusals(Refused { pool: shared.pool.clone() })
        .add_service(EventServiceServer::new(EventGrpc { pool: shared.pool.clone() }))
        .add_service(ConversationServiceServer::new(conversations))
        .add_service(SearchServiceServer::new(SearchApi { db: db.clone() }))
        .add_service(ViewServiceServer::new(ViewApi::new(db.clone())))
        .add_service(ChannelTemplateServiceServer::new(TemplateApi { db: db.clone() }))
        .add_service(MailingServiceServer::new(mailings).max_decoding_message_size(MAILING_BYTES))
        .add_service(FolderServiceServer::new(FolderApi { db: db.clone(), directory: shared.directory.clone() }))
        .add_service(FileServiceServer::new(FileApi { db: db.clone() }))
        .add_service(RequestServiceServer::new(RequestApi { db }))
        .add_service(AccessLogServiceServer::new(AccessLogApi { pool: shared.pool.clone() }))
        .add_service(RetentionServiceServer::new(RetentionApi { pool: shared.pool.clone() }))
        .add_service(ChannelAccountServiceServer::new(AccountGrpc(accounts)))
        .serve(config.listen, stop)
        .await
        .map_err(RunError::from)
}

/// A list of 10,000 recipients in one message; the edge passes as much.
const MAILING_BYTES: usize = 16 << 20;

/// Makes missing streams again within 5 s, until `stop` (rule I10).
async fn keep_streams(bus: Bus, pool: PgPool, parts: u32, replicas: usize, stop: Stop) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
        let mut made = bus::ensure_streams(&bus, parts, replicas).await;
        let channels =
            sqlx::query_scalar!("select channel from inbox.gateway").fetch_all(&pool).await.unwrap_or_default();
        for channel in channels.iter().filter_map(|name| name.parse().ok()) {
            made = made.and(bus::ensure_gateway_stream(&bus, &channel, replicas).await);
        }
        if let Err(error) = made {
            warn!(error = %runtime::chain(&error), "streams are missing and cannot be made yet");
        }
    }
}

/// The relay's way to EVENTS.
struct BusSink(EventSink);

impl Sink for BusSink {
    async fn publish(&self, events: &[Event]) -> Result<(), String> {
        self.0.publish(events).await
    }

    async fn last(&self, area: &str) -> Result<Option<Event>, String> {
        self.0.last(area).await
    }
}
