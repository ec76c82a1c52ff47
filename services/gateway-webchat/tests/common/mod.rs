//! A NATS of its own, a double of router, and the gateway in this process.

mod router;

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use bus::{
    Bus, BusConfig,
    permissions::{User, authorization},
    seal::{ChannelKey, RootKey},
};
use contracts::channel::{AccountEntry, Content, Order, OrderTarget, SendOrder, order};
use gateway_webchat::{Config, RunError};
use model::{AccountId, Channel, MessageId, OrderId};
use object_store::local::LocalFileSystem;
use runtime::{Health, Stop, TaskTracker};
use testkit::{
    servers::{NatsOptions, NatsServer, free_port},
    webchat::Site,
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use tokio_util::sync::DropGuard;

pub use router::Router;

/// The page that the chat is on.
pub const SHOP: &str = "https://shop.example";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const LIMIT: Duration = Duration::from_secs(20);

pub struct World {
    pub nats: NatsServer,
    pub bus: Bus,
    pub router: Router,
    pub objects: tempfile::TempDir,
    accounts: Vec<AccountEntry>,
    url: String,
    _stop: DropGuard,
}

/// One gateway process: a runtime of its own, which can be ended in the middle of everything.
pub struct Process {
    pub listen: SocketAddr,
    health: Health,
    stop: Stop,
    running: Option<JoinHandle<Result<(), RunError>>>,
    runtime: Option<Runtime>,
}

impl World {
    /// With the NATS users of production: the gateway may do what its permissions say and nothing else.
    pub async fn start() -> Self {
        let user =
            |name: &str, channel: Option<Channel>| User { name: name.to_owned(), password: "x".to_owned(), channel };
        let users = [user("okno", None), user("gateway-webchat", Some(channel()))];
        let options = NatsOptions { config_extra: Some(authorization(&users)), ..NatsOptions::default() };
        let nats = NatsServer::start(options).await.expect("nats-server");
        let config = BusConfig { url: nats.url_as("okno", "x"), name: "router".to_owned(), channel: None };
        let bus = Bus::connect(&config).await.expect("NATS");
        bus::ensure_streams(&bus, 1, 1).await.expect("streams");
        bus::ensure_gateway_stream(&bus, &channel(), 1).await.expect("a stream");
        let (tasks, stop) = (TaskTracker::new(), Stop::new());
        let router = Router::start(bus.clone(), &tasks, stop.clone()).await;
        let url = nats.url_as("gateway-webchat", "x");
        let objects = tempfile::tempdir().expect("a folder");
        Self { nats, bus, router, objects, accounts: Vec::new(), url, _stop: stop.drop_guard() }
    }

    /// A chat allowed on [`SHOP`].
    pub async fn account(&mut self, settings: &[(&str, &str)]) -> AccountId {
        let id = AccountId::new();
        let base = [("allowed_origins", SHOP)];
        let mut all: HashMap<String, String> =
            base.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let secrets: HashMap<String, String> = all.extract_if(|name, _| name.starts_with("identity_secret")).collect();
        let sealed = key().seal(id, &serde_json::to_vec(&secrets).expect("JSON")).expect("sealed");
        self.accounts.push(AccountEntry {
            account_id: id.to_string(),
            channel: channel().to_string(),
            revision: 1,
            enabled: true,
            settings: all,
            secrets: Some(sealed),
            name: "Shop".to_owned(),
            ..AccountEntry::default()
        });
        self.project().await;
        id
    }

    pub async fn change(&mut self, id: AccountId, change: impl Fn(&mut AccountEntry)) {
        let entry = self.accounts.iter_mut().find(|entry| entry.account_id == id.to_string()).expect("known");
        entry.revision += 1;
        change(entry);
        self.project().await;
    }

    async fn project(&self) {
        bus::accounts::project(&self.bus, &channel(), &self.accounts, "epoch", 1).await.expect("projected");
    }

    fn config(&self) -> Config {
        let objects = LocalFileSystem::new_with_prefix(self.objects.path()).expect("a folder");
        Config {
            bus: BusConfig { url: self.url.clone(), name: "gateway-webchat".to_owned(), channel: Some(channel()) },
            key: key(),
            objects: Arc::new(objects),
            listen: SocketAddr::from(([127, 0, 0, 1], free_port())),
            public_url: None,
            forwarded_hops: 0,
            drain: Duration::from_secs(10),
            allow_private_addresses: false,
            tells: Vec::new(),
            health: Health::new(),
            timing: gateway_kit::Timing { lease: Duration::from_millis(200), ..<_>::default() },
        }
    }

    /// A gateway that has read its accounts.
    pub async fn gateway(&self) -> Process {
        self.gateway_with(|_| {}).await
    }

    pub async fn gateway_with(&self, change: impl FnOnce(&mut Config)) -> Process {
        let mut config = self.config();
        change(&mut config);
        let (listen, health, stop) = (config.listen, config.health.clone(), Stop::new());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let running = runtime.spawn(gateway_webchat::run(config, stop.clone()));
        let process = Process { listen, health, stop, running: Some(running), runtime: Some(runtime) };
        process.ready().await;
        process
    }

    /// A chat on [`SHOP`] and its gateway.
    pub async fn shop(settings: &[(&str, &str)]) -> (Self, Process, Site, AccountId) {
        let mut world = Self::start().await;
        let account = world.account(settings).await;
        let gateway = world.gateway().await;
        let site = gateway.site(account);
        (world, gateway, site, account)
    }

    pub async fn order(&self, account: AccountId, order: &Order) {
        bus::publish_order(&self.bus, &channel(), account, order).await.expect("published");
    }

    /// How many facts the bus has.
    pub async fn on_the_bus(&self) -> u64 {
        let stream = self.bus.jetstream.get_stream("IN_0").await.expect("a stream");
        stream.cached_info().state.messages
    }

    /// Waits for one fact more than `before`.
    pub async fn one_more(&self, before: u64) {
        testkit::eventually("one more fact on the bus", LIMIT, async || {
            (self.on_the_bus().await > before).then_some(())
        })
        .await;
    }

    /// What lies in the object store.
    pub fn stored(&self) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.objects.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

impl Process {
    async fn ready(&self) {
        testkit::eventually("the gateway to be ready", LIMIT, async || {
            tokio::net::TcpStream::connect(self.listen).await.ok()?;
            self.health.readiness().ready.then_some(())
        })
        .await;
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// A chat on the shop's page.
    pub fn site(&self, account: AccountId) -> Site {
        Site::new(&self.base(), account, SHOP)
    }

    pub fn begin_to_stop(&self) {
        self.stop.cancel();
    }

    /// Stops it in order.
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.running.take().expect("it runs").await.expect("no panic").expect("no error");
    }

    /// Ends it as SIGKILL would.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn channel() -> Channel {
    "webchat".parse().expect("a channel")
}

fn key() -> ChannelKey {
    RootKey::parse("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").expect("a key").for_channel(&channel())
}

/// A browser's HTTP.
pub fn http() -> reqwest::Client {
    runtime::install_crypto();
    #[expect(clippy::disallowed_methods, reason = "a browser of a test, which calls this machine only")]
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

/// A send as router's dispatcher publishes it.
pub fn send(address: &str, content: Content) -> (String, Order) {
    let id = MessageId::new().to_string();
    let send = SendOrder {
        message_id: id.clone(),
        attempt: 1,
        content: Some(content),
        author_name: "Анна".to_owned(),
        ..SendOrder::default()
    };
    (id, order_to(address, order::Body::Send(send)))
}

pub fn order_to(address: &str, body: order::Body) -> Order {
    let target = OrderTarget {
        conversation_id: "c".to_owned(),
        address: address.to_owned(),
        reply_address: address.to_owned(),
        ..OrderTarget::default()
    };
    Order {
        order_id: OrderId::new().to_string(),
        lane: OrderId::new().to_string(),
        target: Some(target),
        created_at: Some(std::time::SystemTime::now().into()),
        body: Some(body),
        ..Order::default()
    }
}

/// What a token says, unchecked.
pub fn claims(token: &str) -> serde_json::Value {
    use base64::Engine;
    let claims = token.split('.').next().expect("claims");
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
    serde_json::from_slice(&claims).expect("JSON")
}

/// The address of a token's visitor.
pub fn visitor(token: &str) -> String {
    format!("v-{}", claims(token)["v"].as_str().expect("an id"))
}
