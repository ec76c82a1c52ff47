use std::{sync::Arc, time::Duration};

use bus::{Bus, BusConfig};
use chrono::TimeDelta;
use contracts::{
    crm::{
        access_log_service_server::AccessLogServiceServer, access_service_server::AccessServiceServer,
        client_link_service_server::ClientLinkServiceServer, client_service_server::ClientServiceServer,
        consent_service_server::ConsentServiceServer, contact_service_server::ContactServiceServer,
        contract_service_server::ContractServiceServer, directory_service_server::DirectoryServiceServer,
        duplicate_service_server::DuplicateServiceServer, feed_service_server::FeedServiceServer,
        field_service_server::FieldServiceServer, import_service_server::ImportServiceServer,
        lead_service_server::LeadServiceServer, personal_data_service_server::PersonalDataServiceServer,
        potential_service_server::PotentialServiceServer, quality_service_server::QualityServiceServer,
    },
    live::event_service_server::EventServiceServer,
    org::{
        department_service_server::DepartmentServiceServer, employee_service_server::EmployeeServiceServer,
        presence_service_server::PresenceServiceServer, session_service_server::SessionServiceServer,
    },
};
use rpc::{Server, ServerError, TokenVerifier};
use runtime::{Secret, Stop, TaskTracker};
use sqlx::PgPool;
use store::{PoolConfig, Schema, relay, timer};
use tracing::{info, warn};

use crate::{
    Config,
    access_log::AccessLogGrpc,
    agreements::ContractGrpc,
    cards::{AccessGrpc, DirectoryGrpc, FieldGrpc},
    change::Db,
    clients::ClientGrpc,
    consents::ConsentGrpc,
    contacts::ContactGrpc,
    departments::DepartmentGrpc,
    duplicates::DuplicateGrpc,
    employees::EmployeeGrpc,
    events::{BusSink, EventGrpc},
    feed::FeedGrpc,
    housekeeping,
    imports::ImportGrpc,
    leads::LeadGrpc,
    links::ClientLinkGrpc,
    personal::PersonalDataGrpc,
    potential::PotentialGrpc,
    presence::{PresenceGrpc, online::Online},
    quality::QualityGrpc,
    refusals::Refused,
    sessions::{
        Auth, SessionGrpc,
        passwords::{HashError, Passwords},
    },
    timers::Timers,
    visits,
};

/// The pause between attempts to reach NATS at the start.
const NATS_PAUSE: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 20;

/// Why crm-core cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot reach PostgreSQL; check OKNO_DATABASE_URL, and that `okno migrate` was run")]
    Database(#[from] sqlx::Error),
    #[error("OKNO_REDIS_URL cannot be read")]
    Redis(#[from] redis::RedisError),
    #[error("passwords cannot be hashed")]
    Passwords(#[from] HashError),
    #[error(transparent)]
    Server(#[from] ServerError),
}

/// Serves the organisation, sign-ins and clients until `stop`; then drains.
///
/// # Errors
/// [`RunError`]. NATS and Redis may be away, at the start too: events are then read from the database, and everyone
/// counts as offline.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    let database = config.health.component("crm-core: database");
    let pool = PoolConfig {
        url: config.database_url.expose().to_owned(),
        application: "okno crm-core",
        max_connections: CONNECTIONS,
    };
    let db = Db::new(store::connect(&pool).await?);
    store::event::head(&db.pool, Schema::Crm).await?; // the schema is there
    database.ready();
    let online = match &config.redis_url {
        Some(url) => Online::at(url.expose())?,
        None => Online::nobody(),
    };
    let auth = Auth { passwords: Passwords::new()?, totp_key: config.totp_key.clone() };
    let (tasks, ours) = (TaskTracker::new(), stop.child_token());
    start_tasks(&db, config.nats_url.as_ref(), config.accesses_kept, &tasks, &ours);
    let server = server(&db, &auth, &online, config.verifier).health(config.health).drain(config.drain);
    let served = server.serve(config.listen, stop).await;
    ours.cancel();
    runtime::drain("crm-core", &tasks, config.drain).await;
    database.remove();
    Ok(served?)
}

/// Every service of ours, for a listener.
pub(crate) fn server(db: &Db, auth: &Auth, online: &Online, verifier: TokenVerifier) -> Server {
    let (passwords, auth) = (auth.passwords.clone(), auth.clone());
    let employees = EmployeeGrpc { db: db.clone(), passwords, online: online.clone() };
    let sessions = SessionGrpc { db: db.clone(), auth, online: online.clone() };
    let presence = PresenceGrpc { db: db.clone(), online: online.clone() };
    Server::new("crm-core", verifier)
        .refusals(Refused(db.clone()))
        .add_service(EmployeeServiceServer::new(employees))
        .add_service(DepartmentServiceServer::new(DepartmentGrpc { db: db.clone() }))
        .add_service(PresenceServiceServer::new(presence))
        .add_service(SessionServiceServer::new(sessions))
        .add_service(ClientServiceServer::new(ClientGrpc { db: db.clone() }))
        .add_service(ContactServiceServer::new(ContactGrpc { db: db.clone() }))
        .add_service(ConsentServiceServer::new(ConsentGrpc { db: db.clone() }))
        .add_service(ContractServiceServer::new(ContractGrpc { db: db.clone() }))
        .add_service(ClientLinkServiceServer::new(ClientLinkGrpc { db: db.clone() }))
        .add_service(DirectoryServiceServer::new(DirectoryGrpc { db: db.clone() }))
        .add_service(FieldServiceServer::new(FieldGrpc { db: db.clone() }))
        .add_service(AccessServiceServer::new(AccessGrpc { db: db.clone() }))
        .add_service(AccessLogServiceServer::new(AccessLogGrpc { db: db.clone() }))
        .add_service(DuplicateServiceServer::new(DuplicateGrpc { db: db.clone() }))
        .add_service(LeadServiceServer::new(LeadGrpc { db: db.clone() }))
        .add_service(QualityServiceServer::new(QualityGrpc { db: db.clone() }))
        .add_service(FeedServiceServer::new(FeedGrpc { db: db.clone() }))
        .add_service(PotentialServiceServer::new(PotentialGrpc { db: db.clone() }))
        .add_service(ImportServiceServer::new(ImportGrpc { db: db.clone() }))
        .add_service(PersonalDataServiceServer::new(PersonalDataGrpc { db: db.clone() }))
        .add_service(EventServiceServer::new(EventGrpc { db: db.clone() }))
}

/// What goes on beside the calls: events to the bus, and keeping the house.
pub(crate) fn start_tasks(
    db: &Db,
    nats_url: Option<&Secret>,
    accesses_kept: TimeDelta,
    tasks: &TaskTracker,
    stop: &Stop,
) {
    let sink = Arc::new(BusSink::default());
    if let Some(url) = nats_url {
        tasks.spawn(with_nats(db.pool.clone(), url.clone(), Arc::clone(&sink), stop.clone()));
    }
    let (pool, wake) = (db.pool.clone(), Arc::clone(&db.wake));
    tasks.spawn(relay::run(pool, Schema::Crm, sink, wake, stop.clone()));
    let timers = Timers { wake: Arc::clone(&db.wake) };
    tasks.spawn(timer::run(db.pool.clone(), Schema::Crm, timers, stop.clone()));
    tasks.spawn(housekeeping::run(db.clone(), accesses_kept, stop.clone()));
}

/// Events go to the database from the first moment, and to the bus as soon as it is there; from then on visits are read, too.
async fn with_nats(pool: PgPool, url: Secret, sink: Arc<BusSink>, stop: Stop) {
    if let Some(bus) = reach_nats(url, &stop).await {
        sink.use_bus(bus.clone());
        Box::pin(visits::run(pool, bus, stop)).await;
    }
}

async fn reach_nats(url: Secret, stop: &Stop) -> Option<Bus> {
    let config = BusConfig { url: url.expose().to_owned(), name: "crm-core".to_owned(), channel: None };
    while !stop.is_cancelled() {
        match Bus::connect(&config).await {
            Ok(bus) => return Some(bus),
            Err(error) => warn!(error = runtime::chain(&error), "NATS is away; readers ask for events meanwhile"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(NATS_PAUSE) => {}
        }
    }
    info!("crm-core stops without having reached NATS");
    None
}
