//! The one door: sign-in, tokens, the page, gRPC and gRPC-Web, the live feed, files. No rule of the business lives here.

mod config;
mod credential;
mod demo;
mod files;
mod grpc;
mod identity;
mod leave;
mod listener;
mod live;
mod marks;
mod origin;
mod page;
mod proxy;
mod rights;
mod scope;
mod sign_in;
mod throttle;
mod upstream;

use std::{sync::Arc, time::Duration};

use bus::{Bus, BusConfig};
use runtime::{Stop, TaskTracker};
use tokio::{net::TcpListener, time::interval};
use tonic::service::Routes;
use tracing::{info, warn};

pub use self::config::Config;
use self::{
    demo::DemoChat, files::Files, identity::Identities, live::Live, marks::Marks, throttle::Throttle,
    upstream::Upstreams,
};

/// Why the edge could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot listen on {address} (OKNO_EDGE_LISTEN)")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error("a service's address is wrong (OKNO_ROUTER_URL, OKNO_CRM_URL)")]
    Upstream(#[source] rpc::ClientError),
    #[error("Redis' address is wrong (OKNO_REDIS_URL)")]
    Redis(#[source] redis::RedisError),
    #[error("the folder of files cannot be used (OKNO_OBJECTS)")]
    Objects(#[source] files::OpenError),
    #[error("gRPC reflection cannot be served")]
    Reflection(#[source] rpc::ServerError),
}

/// What every call needs.
struct Edge {
    upstreams: Upstreams,
    identities: Arc<Identities>,
    throttle: Throttle,
    live: Live,
    files: Files,
    forwarded_hops: usize,
    /// The demo shop's chat.
    demo_chat: Option<DemoChat>,
    /// gRPC health and reflection.
    open_services: Routes,
    /// Streams; they end at `stop`.
    tasks: TaskTracker,
    stop: Stop,
}

/// Serves until `stop`.
///
/// # Errors
/// When the address is taken, or a setting cannot be used.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })?;
    run_on(listener, config, stop).await
}

/// [`run`] on a listener that is open already.
///
/// # Errors
/// When a setting cannot be used.
pub async fn run_on(listener: TcpListener, config: Config, stop: Stop) -> Result<(), RunError> {
    runtime::install_crypto();
    let serving = config.health.component("edge");
    let upstreams = Upstreams::new(&config.router_url, &config.crm_url, config.signer.clone());
    let upstreams = upstreams.map_err(RunError::Upstream)?;
    let marks = Marks::new(config.redis_url.as_ref()).map_err(RunError::Redis)?;
    let identities = Arc::new(Identities::new(upstreams.clone()));
    let tasks = TaskTracker::new();
    let live = Live::new(marks.clone());
    let (open_services, health) = rpc::open_services(config.health.clone()).map_err(RunError::Reflection)?;
    let stopped = stop.clone();
    tasks.spawn(async move { stopped.run_until_cancelled(health).await });
    let edge = Arc::new(Edge {
        files: Files::open(&config.objects, config.pictures.clone()).map_err(RunError::Objects)?,
        throttle: Throttle::new(marks),
        live: live.clone(),
        identities: identities.clone(),
        forwarded_hops: config.forwarded_hops,
        demo_chat: config.demo_chat.as_deref().map(DemoChat::at),
        upstreams: upstreams.clone(),
        open_services,
        tasks: tasks.clone(),
        stop: stop.clone(),
    });
    let bus = connect_bus(&config).await;
    live.start(&upstreams, &identities, bus, &config.health, &tasks, &stop);
    tasks.spawn(tidy(edge.clone(), stop.clone()));
    serving.ready();
    info!("edge serves the page and gRPC");
    listener::serve(listener, listener::app(edge), &stop, config.drain).await;
    runtime::drain("edge", &tasks, Duration::from_secs(1)).await;
    Ok(())
}

/// Without the bus events are slower by a moment, so it is no reason not to start.
async fn connect_bus(config: &Config) -> Option<Bus> {
    let url = config.nats_url.as_ref()?.expose().to_owned();
    match Bus::connect(&BusConfig { url, name: "edge".to_owned(), channel: None }).await {
        Ok(bus) => Some(bus),
        Err(error) => {
            warn!("events are asked of their owners: {}", runtime::chain(&error));
            None
        }
    }
}

async fn tidy(edge: Arc<Edge>, stop: Stop) {
    let mut tick = interval(Duration::from_secs(60));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => {
                edge.throttle.tidy();
                edge.files.sweep().await;
            }
        }
    }
}
