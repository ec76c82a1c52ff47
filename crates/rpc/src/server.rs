use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use runtime::{Health, Stop};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{interval, sleep},
};
use tonic::{
    body::Body,
    server::NamedService,
    service::{Routes, RoutesBuilder},
    transport::server::TcpIncoming,
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::Service;
use tracing::{info, warn};

use crate::{Refusals, TokenVerifier, gate::GateLayer, refusal::Recorder};

/// Calls served at once; the next ones wait within their deadline.
const PLACES: usize = 512;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("cannot listen on {addr}")]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("the contracts' descriptors are unreadable")]
    Reflection(#[source] tonic_reflection::server::Error),
    #[error("the gRPC server failed")]
    Serve(#[source] tonic::transport::Error),
}

/// A gRPC server of ours: tokens of the edge, deadlines, metrics, health, reflection, a drain that ends.
///
/// A message is at most 4 MiB (tonic's own limit per service, left as it is).
pub struct Server {
    name: &'static str,
    verifier: TokenVerifier,
    routes: RoutesBuilder,
    health: Health,
    drain: Duration,
    refusals: Option<Arc<Recorder>>,
}

impl Server {
    #[must_use]
    pub fn new(name: &'static str, verifier: TokenVerifier) -> Self {
        let (routes, health) = (RoutesBuilder::default(), Health::new());
        Self { name, verifier, routes, health, drain: Duration::from_secs(20), refusals: None }
    }

    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self
    }

    /// Where refused calls are put on record; nowhere by default.
    #[must_use]
    pub fn refusals(mut self, refusals: impl Refusals + 'static) -> Self {
        self.refusals = Some(Arc::new(Recorder::of(refusals)));
        self
    }

    /// What the gRPC health service tells: serving while all components are ready.
    #[must_use]
    pub fn health(mut self, health: Health) -> Self {
        self.health = health;
        self
    }

    /// How long open calls may take to end after `stop`. 20 s by default.
    #[must_use]
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Listens on `addr` and serves until `stop`.
    ///
    /// # Errors
    /// When the address is taken, or the server fails.
    pub async fn serve(self, addr: SocketAddr, stop: Stop) -> Result<(), ServerError> {
        let listener = TcpListener::bind(addr).await.map_err(|source| ServerError::Listen { addr, source })?;
        self.serve_on(listener, stop).await
    }

    /// [`Server::serve`] on a listener that is open already.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn serve_on(self, listener: TcpListener, stop: Stop) -> Result<(), ServerError> {
        let Self { name, verifier, mut routes, health, drain, refusals } = self;
        let tell_health = add_open(&mut routes, health)?;
        let gate = GateLayer { verifier, places: Arc::new(Semaphore::new(PLACES)), refusals: refusals.clone() };
        let serve = serve_routes(routes.routes(), gate, listener, stop.clone());
        let give_up = async {
            stop.cancelled().await;
            sleep(drain).await;
        };
        info!("{name} serves gRPC");
        let served = tokio::select! {
            served = serve => served.map_err(ServerError::Serve),
            () = give_up => {
                warn!("{name}: calls were still open {drain:?} after the stop; giving them up");
                Ok(())
            }
            never = tell_health => match never {},
        };
        if let Some(refusals) = refusals {
            refusals.finish().await;
        }
        served
    }
}

/// gRPC health and reflection, open to anyone; the future, which never ends, keeps the health true.
///
/// # Errors
/// When the contracts' descriptors are unreadable.
pub fn open_services(health: Health) -> Result<(Routes, impl Future<Output = Infallible>), ServerError> {
    let mut routes = RoutesBuilder::default();
    let tell_health = add_open(&mut routes, health)?;
    Ok((routes.routes().prepare(), tell_health))
}

fn add_open(
    routes: &mut RoutesBuilder,
    health: Health,
) -> Result<impl Future<Output = Infallible> + use<>, ServerError> {
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let described =
        || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(contracts::DESCRIPTORS);
    routes.add_service(health_service).add_service(described().build_v1().map_err(ServerError::Reflection)?);
    // The older name of the same: Python's own package and many tools ask for no other.
    routes.add_service(described().build_v1alpha().map_err(ServerError::Reflection)?);
    Ok(tell_health(reporter, health))
}

async fn serve_routes(
    routes: Routes,
    gate: GateLayer,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), tonic::transport::Error> {
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .http2_adaptive_window(Some(true))
        .layer(gate)
        .add_routes(routes.prepare())
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), stop.cancelled_owned())
        .await
}

/// Looks each second whether the process is ready.
async fn tell_health(reporter: HealthReporter, health: Health) -> Infallible {
    let mut tick = interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        let ready = health.readiness().ready;
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", status).await;
    }
}
