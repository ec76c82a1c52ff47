//! People at the edge: signed in, speaking the public API as the page does.

use std::time::Duration;

use anyhow::{Context, Result};
use contracts::{
    crm::{
        client_link_service_client::ClientLinkServiceClient, client_service_client::ClientServiceClient,
        consent_service_client::ConsentServiceClient, contact_service_client::ContactServiceClient,
        contract_service_client::ContractServiceClient, duplicate_service_client::DuplicateServiceClient,
        feed_service_client::FeedServiceClient, import_service_client::ImportServiceClient,
        potential_service_client::PotentialServiceClient, quality_service_client::QualityServiceClient,
    },
    inbox::{
        channel_account_service_client::ChannelAccountServiceClient,
        conversation_service_client::ConversationServiceClient,
    },
    live::{WatchRequest, WatchResponse, live_service_client::LiveServiceClient},
    org::{SignInRequest, session_service_client::SessionServiceClient},
};
use tonic::{
    Request, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// Everyone's password in the demo company.
const PASSWORD: &str = "okno-demo-2026";
const COOKIE: &str = "__Host-okno";

/// Puts a session's cookie and the page's origin on each call, as a browser does.
#[derive(Clone)]
pub struct Cookie {
    value: MetadataValue<Ascii>,
    origin: MetadataValue<Ascii>,
}

impl Interceptor for Cookie {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("cookie", self.value.clone());
        request.metadata_mut().insert("origin", self.origin.clone());
        Ok(request)
    }
}

type Wire = InterceptedService<Channel, Cookie>;

/// Somebody with a session.
#[derive(Clone)]
pub struct Person {
    wire: Wire,
}

/// One HTTP/2 connection to the edge; many people may share it.
pub async fn connect(edge: &str) -> Result<Channel> {
    let endpoint = Endpoint::from_shared(edge.to_owned())?.connect_timeout(Duration::from_secs(10)).tcp_nodelay(true);
    endpoint.connect().await.context("the edge does not answer")
}

impl Person {
    /// Signs somebody of the demo company in.
    pub async fn sign_in(edge: &str, login: &str) -> Result<Self> {
        let channel = connect(edge).await?;
        let message =
            SignInRequest { login: login.to_owned(), password: PASSWORD.to_owned(), ..SignInRequest::default() };
        let mut request = Request::new(message);
        request.metadata_mut().insert("origin", edge.parse()?);
        let answer = SessionServiceClient::new(channel.clone()).sign_in(request).await.context("sign-in")?;
        let cookie = answer.metadata().get("set-cookie").context("sign-in gave no cookie")?.to_str()?;
        let value = cookie.split(';').next().unwrap_or_default().to_owned();
        Self::with_cookie(channel, edge, &value)
    }

    /// Whose session has this secret.
    pub fn with_secret(channel: Channel, edge: &str, secret: &str) -> Result<Self> {
        Self::with_cookie(channel, edge, &format!("{COOKIE}={secret}"))
    }

    fn with_cookie(channel: Channel, edge: &str, cookie: &str) -> Result<Self> {
        let cookie = Cookie { value: cookie.parse()?, origin: edge.parse()? };
        Ok(Self { wire: InterceptedService::new(channel, cookie) })
    }

    pub fn accounts(&self) -> ChannelAccountServiceClient<Wire> {
        ChannelAccountServiceClient::new(self.wire.clone())
    }

    pub fn conversations(&self) -> ConversationServiceClient<Wire> {
        ConversationServiceClient::new(self.wire.clone())
    }

    pub fn clients(&self) -> ClientServiceClient<Wire> {
        ClientServiceClient::new(self.wire.clone())
    }

    pub fn contacts(&self) -> ContactServiceClient<Wire> {
        ContactServiceClient::new(self.wire.clone())
    }

    pub fn contracts(&self) -> ContractServiceClient<Wire> {
        ContractServiceClient::new(self.wire.clone())
    }

    pub fn consents(&self) -> ConsentServiceClient<Wire> {
        ConsentServiceClient::new(self.wire.clone())
    }

    pub fn feeds(&self) -> FeedServiceClient<Wire> {
        FeedServiceClient::new(self.wire.clone())
    }

    pub fn links(&self) -> ClientLinkServiceClient<Wire> {
        ClientLinkServiceClient::new(self.wire.clone())
    }

    pub fn duplicates(&self) -> DuplicateServiceClient<Wire> {
        DuplicateServiceClient::new(self.wire.clone())
    }

    pub fn imports(&self) -> ImportServiceClient<Wire> {
        ImportServiceClient::new(self.wire.clone())
    }

    pub fn potential(&self) -> PotentialServiceClient<Wire> {
        PotentialServiceClient::new(self.wire.clone())
    }

    pub fn quality(&self) -> QualityServiceClient<Wire> {
        QualityServiceClient::new(self.wire.clone())
    }

    /// Opens the live feed from now on.
    pub async fn watch(&self) -> Result<Streaming<WatchResponse>> {
        let answer = LiveServiceClient::new(self.wire.clone()).watch(WatchRequest::default()).await;
        Ok(answer.context("the live feed does not open")?.into_inner())
    }
}
