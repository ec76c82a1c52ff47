//! A NATS of its own, a scripted router, and gateways that run in this process.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bus::{
    Bus, BusConfig,
    seal::{ChannelKey, RootKey},
};
use contracts::channel::{AccountEntry, Content, Order, OrderTarget, SendOrder, order};
use model::{AccountId, Channel, MessageId, OrderId};
use object_store::local::LocalFileSystem;
use runtime::Health;
use tempfile::TempDir;
use testkit::servers::{NatsOptions, NatsServer, free_port};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{
    router::Router,
    scripted::{Script, Scripted},
};
use crate::{Config, Gateway, RunError, Timing, run};

pub struct World {
    pub nats: NatsServer,
    pub bus: Bus,
    pub router: Router,
    pub channel: Channel,
    pub objects: TempDir,
    pub accounts: Vec<AccountEntry>,
    url: String,
    _stop: DropGuard,
}

/// One gateway process: a runtime of its own, which can be ended in the middle of everything.
pub struct Process {
    pub listen: SocketAddr,
    /// One for all posts: making a client takes long enough to keep router, on the same thread, from confirming.
    client: egress::Client,
    pub health: Health,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<(), RunError>>>,
    runtime: Option<Runtime>,
}

/// An answer to a webhook.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: String,
}

impl World {
    pub async fn start() -> Self {
        Self::with(NatsOptions::default(), None, None).await
    }

    /// `user`: who router is; `gateway`: who gateways are.
    pub async fn with(options: NatsOptions, user: Option<(&str, &str)>, gateway: Option<(&str, &str)>) -> Self {
        let nats = NatsServer::start(options).await.unwrap();
        let url_of =
            |user: Option<(&str, &str)>| user.map_or_else(|| nats.url(), |(name, pass)| nats.url_as(name, pass));
        let (channel, url): (Channel, _) = ("scripted".parse().unwrap(), url_of(gateway));
        let config = BusConfig { url: url_of(user), name: "router".to_owned(), channel: None };
        let bus = Bus::connect(&config).await.unwrap();
        bus::ensure_streams(&bus, 1, 1).await.unwrap();
        bus::ensure_gateway_stream(&bus, &channel, 1).await.unwrap();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let router = Router::start(bus.clone(), &tasks, stop.clone()).await;
        let objects = tempfile::tempdir().unwrap();
        Self { nats, bus, router, channel, objects, accounts: Vec::new(), url, _stop: stop.drop_guard() }
    }

    pub fn key(&self) -> ChannelKey {
        RootKey::parse("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").unwrap().for_channel(&self.channel)
    }

    /// An account as router's projection writes it; its secret is "s".
    pub fn entry(&self, settings: &[(&str, &str)]) -> AccountEntry {
        let id = AccountId::new();
        let settings: HashMap<_, _> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        AccountEntry {
            account_id: id.to_string(),
            channel: self.channel.to_string(),
            revision: 1,
            enabled: true,
            settings,
            secrets: Some(self.key().seal(id, br#"{"secret":"s"}"#).unwrap()),
            name: "Shop".to_owned(),
            ..AccountEntry::default()
        }
    }

    /// Adds an account and projects all.
    pub async fn account(&mut self, settings: &[(&str, &str)]) -> (AccountId, Arc<Script>) {
        let entry = self.entry(settings);
        let id: AccountId = entry.account_id.parse().unwrap();
        self.accounts.push(entry);
        self.project().await;
        (id, Script::of(id))
    }

    pub async fn change(&mut self, id: AccountId, change: impl Fn(&mut AccountEntry)) {
        let entry = self.accounts.iter_mut().find(|entry| entry.account_id == id.to_string()).unwrap();
        entry.revision += 1;
        change(entry);
        self.project().await;
    }

    pub async fn project(&self) {
        bus::accounts::project(&self.bus, &self.channel, &self.accounts, "epoch", 1).await.unwrap();
    }

    pub fn config(&self) -> Config {
        let objects = LocalFileSystem::new_with_prefix(self.objects.path()).unwrap();
        Config {
            bus: BusConfig {
                url: self.url.clone(),
                name: "gateway-scripted".to_owned(),
                channel: Some(self.channel.clone()),
            },
            key: self.key(),
            objects: Arc::new(objects),
            listen: SocketAddr::from(([127, 0, 0, 1], free_port())),
            public_url: None,
            forwarded_hops: 0,
            drain: Duration::from_secs(10),
            allow_private_addresses: true,
            tells: Vec::new(),
            health: Health::new(),
            timing: quick(),
        }
    }

    pub fn run(&self, config: Config) -> Process {
        self.run_as::<Scripted>(config)
    }

    pub fn run_as<G: Gateway>(&self, config: Config) -> Process {
        let (listen, health, stop) = (config.listen, config.health.clone(), CancellationToken::new());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.spawn(run::<G>(config, stop.clone()));
        let url = format!("http://{listen}").parse().unwrap();
        let client = egress::Client::new(egress::Options::server(&url)).unwrap();
        Process { listen, client, health, stop, running: Some(running), runtime: Some(runtime) }
    }

    /// A gateway that has read its accounts.
    pub async fn gateway(&self) -> Process {
        self.gateway_with(|_| {}).await
    }

    pub async fn gateway_with(&self, change: impl FnOnce(&mut Config)) -> Process {
        let mut config = self.config();
        change(&mut config);
        let process = self.run(config);
        process.ready().await;
        process
    }

    pub async fn order(&self, account: AccountId, order: &Order) {
        bus::publish_order(&self.bus, &self.channel, account, order).await.unwrap();
    }
}

/// The kit's timing, so that a test takes no minute.
fn quick() -> Timing {
    Timing {
        repeat: Duration::from_millis(300),
        repeat_silent: Duration::from_millis(600),
        lease: Duration::from_millis(200),
        backoff: (Duration::from_millis(50), Duration::from_millis(200)),
        account_backoff: (Duration::from_millis(200), Duration::from_millis(400)),
        ..Timing::default()
    }
}

impl Process {
    pub async fn ready(&self) {
        testkit::eventually("the gateway to be ready", Duration::from_secs(10), async || {
            tokio::net::TcpStream::connect(self.listen).await.ok()?;
            self.health.readiness().ready.then_some(())
        })
        .await;
    }

    pub async fn post(&self, account: impl std::fmt::Display, body: impl Into<Vec<u8>>) -> Answer {
        self.post_with(account, "s", body).await
    }

    pub async fn post_with(&self, account: impl std::fmt::Display, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        let url: url::Url = self.url(account).parse().unwrap();
        let (body, secret) = (body.into(), secret.to_owned());
        let call = self.client.post(&url).unwrap().with(|request| request.header("x-secret", secret).body(body));
        let response = call.send().await.unwrap();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        Answer { status, retry_after, body: String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap() }
    }

    /// Where the account's webhook is.
    pub fn url(&self, account: impl std::fmt::Display) -> String {
        format!("http://{}/hook/scripted/{account}", self.listen)
    }

    /// Status and text.
    pub async fn get(&self, account: impl std::fmt::Display, query: &str) -> (u16, String) {
        let url: url::Url = format!("http://{}/hook/scripted/{account}{query}", self.listen).parse().unwrap();
        let response = self.client.get(&url).unwrap().send().await.unwrap();
        let status = response.status().as_u16();
        (status, String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap())
    }

    /// Stops it in order and gives the time that took.
    pub async fn stop(mut self) -> Duration {
        let began = std::time::Instant::now();
        self.stop.cancel();
        self.running.take().unwrap().await.unwrap().unwrap();
        began.elapsed()
    }

    /// Ends it as SIGKILL would: nothing is given back, nothing is published any more.
    pub fn kill(self) {
        drop(self);
    }

    pub fn begin_to_stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A send as router's dispatcher publishes it.
pub fn send(conversation: &str, message: MessageId, text: &str) -> Order {
    let send = SendOrder {
        message_id: message.to_string(),
        attempt: 1,
        content: Some(Content { text: text.to_owned(), ..Content::default() }),
        ..SendOrder::default()
    };
    order_in(conversation, order::Body::Send(send))
}

pub fn order_in(lane: &str, body: order::Body) -> Order {
    let address = format!("address of {lane}");
    let target = OrderTarget { conversation_id: lane.to_owned(), address, ..OrderTarget::default() };
    Order {
        order_id: OrderId::new().to_string(),
        lane: lane.to_owned(),
        target: Some(target),
        created_at: Some(SystemTime::now().into()),
        body: Some(body),
        ..Order::default()
    }
}
