//! An edge between a caller and two services that a test plays.

pub mod crm;
pub mod events;
pub mod router;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use contracts::{
    crm::personal_data_service_client::PersonalDataServiceClient,
    file::file_service_client::FileServiceClient,
    inbox::mailing_service_client::MailingServiceClient,
    live::{WatchRequest, WatchResponse, live_service_client::LiveServiceClient, watch_response},
    org::session_service_client::SessionServiceClient,
};
use edge::{Config, RunError};
use rpc::{Audience, Server, TokenSigner, TokenVerifier};
use runtime::{Health, Secret, Stop, TaskTracker};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{Request, Streaming, transport::Channel};

use self::{crm::Crm, router::Router};

pub struct World {
    pub address: SocketAddr,
    pub crm: Arc<Crm>,
    pub router: Arc<Router>,
    pub stop: Stop,
    pub edge: JoinHandle<Result<(), RunError>>,
    config: Config,
    upstreams: Stop,
    pub objects: TempDir,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(None, None).await
    }

    /// With Redis and NATS at these addresses.
    pub async fn start_with(redis_url: Option<String>, nats_url: Option<String>) -> Self {
        let signer = TokenSigner::from_seed(&TokenSigner::random_seed().unwrap()).unwrap();
        let (crm, router, upstreams) = (Arc::<Crm>::default(), Arc::<Router>::default(), Stop::new());
        let verifier = |audience| TokenVerifier::new(audience, &[signer.public_key()]);
        let crm_server = crm::add(Server::new("crm", verifier(Audience::CrmCore)), &crm);
        let router_server = router::add(Server::new("router", verifier(Audience::Router)), &router);
        let crm_url = serve(crm_server, &upstreams).await;
        let router_url = serve(router_server, &upstreams).await;
        let objects = tempfile::tempdir().unwrap();
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            router_url,
            crm_url,
            signer,
            redis_url: redis_url.map(Secret::new),
            nats_url: nats_url.map(Secret::new),
            objects: objects.path().to_owned(),
            forwarded_hops: 0,
            demo_chat: None,
            pictures: egress::Options {
                hosts: egress::Hosts::Any,
                allow_private: true,
                allow_http: true,
                answer_bytes: 64 << 10,
                ..egress::Options::default()
            },
            drain: Duration::from_secs(5),
            health: Health::new(),
        };
        let (address, stop, edge) = start_edge(&config).await;
        Self { address, crm, router, stop, edge, config, upstreams, objects }
    }

    /// Another replica begins with empty rings, as one does that was restarted.
    pub async fn replace_edge(&mut self) {
        self.stop.cancel();
        (self.address, self.stop, self.edge) = start_edge(&self.config).await;
    }

    pub fn channel(&self) -> Channel {
        rpc::client(&format!("http://{}", self.address)).unwrap()
    }

    pub fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel())
    }

    pub fn files(&self) -> FileServiceClient<Channel> {
        FileServiceClient::new(self.channel())
    }

    pub fn personal_data(&self) -> PersonalDataServiceClient<Channel> {
        PersonalDataServiceClient::new(self.channel())
    }

    pub fn mailings(&self) -> MailingServiceClient<Channel> {
        MailingServiceClient::new(self.channel())
    }

    /// A call as a browser with this session would make it.
    pub fn with_session<T>(&self, secret: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("cookie", format!("theme=dark; __Host-okno={secret}").parse().unwrap());
        metadata.insert("origin", format!("http://{}", self.address).parse().unwrap());
        request
    }

    pub async fn watch(&self, secret: &str, resume_token: &str) -> Streaming<WatchResponse> {
        let request = || self.with_session(secret, WatchRequest { resume_token: resume_token.to_owned() });
        let mut live = LiveServiceClient::new(self.channel());
        loop {
            let mut stream = live.watch(request()).await.unwrap().into_inner();
            match stream.message().await {
                Ok(Some(WatchResponse { what: Some(watch_response::What::Hello(_)), .. })) => return stream,
                Err(status) if status.code() == tonic::Code::Unavailable => tokio::task::yield_now().await,
                other => panic!("{other:?}"),
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
        self.upstreams.cancel();
    }
}

async fn start_edge(config: &Config) -> (SocketAddr, Stop, JoinHandle<Result<(), RunError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), Stop::new());
    let edge = TaskTracker::new().spawn(edge::run_on(listener, config.clone(), stop.clone()));
    (address, stop, edge)
}

async fn serve(server: Server, stop: &Stop) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    TaskTracker::new().spawn(server.serve_on(listener, stop.clone()));
    url
}
