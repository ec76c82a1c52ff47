//! What needs shorter deadlines than the real ones, or a look inside.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::Path,
    http::HeaderMap,
    response::IntoResponse as _,
    routing::{get, post},
};
use contracts::channel::{AttachmentKind, Content, OrderTarget, SendOrder, order::Body};
use gateway_kit::PUBLIC_URL;
use object_store::{ObjectStoreExt as _, memory::InMemory};
use testkit::{
    eventually,
    viber::{FakeBot, FakeViber, Fault, Person},
};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::*;

const SOON: Duration = Duration::from_secs(10);

struct World {
    viber: FakeViber,
    bot: FakeBot,
    gateway: Viber,
    objects: Arc<InMemory>,
    served: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl World {
    /// A bot whose webhook is taken, and whose files are served, as the kit does it.
    async fn start(deadlines: Deadlines) -> Self {
        let (viber, objects) = (FakeViber::start().await, Arc::new(InMemory::new()));
        let bot = viber.bot();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public = format!("http://{}", listener.local_addr().unwrap());
        let gateway = Viber::with_deadlines(&setup(&viber, bot.token(), &public), deadlines).unwrap();
        let served = serve(listener, gateway.links.clone(), objects.clone());
        gateway.open(Some(&format!("{public}/hook"))).await.unwrap();
        Self { viber, bot, gateway, objects, served }
    }

    fn anna(&self) -> Person {
        let anna = self.bot.person("a==", "Анна");
        anna.text("?");
        anna
    }

    async fn send(&self, content: Content) -> SendOutcome {
        let send = SendOrder { content: Some(content), author_name: "Борис".into(), ..SendOrder::default() };
        let target = OrderTarget { address: "a==".into(), ..OrderTarget::default() };
        let order = Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() };
        self.gateway.carry_out(&order, &Tools::alone(AccountId::new(), self.objects.clone())).await
    }
}

fn setup(viber: &FakeViber, token: &str, public: &str) -> AccountSetup {
    let settings = [("token", token), ("api_url", &viber.base_url()), (PUBLIC_URL, public)];
    let settings: HashMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
}

fn serve(listener: TcpListener, links: FileLinks, objects: Arc<InMemory>) -> tokio::task::JoinHandle<()> {
    let file = move |Path((_, token, name)): Path<(String, String, String)>, headers: HeaderMap| async move {
        links.give(objects.as_ref(), &token, &name, &headers).await.into_response()
    };
    let app = Router::new().route("/hook", post(|| async {})).route("/viber/{account}/files/{token}/{name}", get(file));
    TaskTracker::new().spawn(async move {
        axum::serve(listener, app).await.unwrap();
    })
}

fn text(text: &str) -> Content {
    Content { text: text.into(), ..Content::default() }
}

#[tokio::test]
async fn viber_really_gets_the_file() {
    let world = World::start(Deadlines::default()).await;
    let anna = world.anna();
    for (kind, name, mime, bytes, disposition) in [
        (AttachmentKind::Image, "окно 1%.png", "image/png", testkit::telegram::png(64, 48), "inline"),
        (AttachmentKind::Document, "Счёт №1.pdf", "application/pdf", b"%PDF-1.4".to_vec(), "attachment"),
        (AttachmentKind::Voice, "", "audio/ogg", b"OggS".to_vec(), "attachment"),
    ] {
        world.objects.put(&"up/1".into(), bytes.clone().into()).await.unwrap();
        let attachment = Attachment {
            kind: kind.into(),
            name: name.into(),
            mime_type: mime.into(),
            size_bytes: bytes.len() as i64,
            object_key: "up/1".into(),
            ..Attachment::default()
        };
        let seen = anna.received().len();
        let outcome = world.send(Content { attachments: vec![attachment], ..Content::default() }).await;
        assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
        let got = eventually("the file", SOON, async || anna.received().get(seen).cloned()).await;
        assert_eq!(got.file.unwrap(), bytes, "{name}");
        assert!(got.file_headers[1].starts_with(disposition), "{:?}", got.file_headers);
    }
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown() {
    let world = World::start(Deadlines { call: Duration::from_millis(300) }).await;
    world.anna();
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::SlowBody(Duration::from_secs(60))] {
        world.viber.fail_next("send_message", fault);
        let outcome = world.send(text("Здравствуйте")).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert_eq!(world.bot.sent().len(), 2, "they did arrive");
}

#[tokio::test]
async fn no_error_holds_the_token_or_an_address() {
    let world = World::start(Deadlines::default()).await;
    world.anna();
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Http(400), Fault::Status(3, "badData".into())] {
        world.viber.fail_next("send_message", fault.clone());
        world.viber.fail_next("get_account_info", fault);
        let told = format!("{:?} {:?}", world.send(text("x")).await, world.gateway.open(None).await);
        assert!(!told.contains(world.bot.token()) && !told.contains("http://"), "{told}");
    }
}

#[tokio::test]
async fn no_account_reaches_into_our_own_network_without_permission() {
    let viber = FakeViber::start().await;
    for url in ["https://127.0.0.1/pa", "https://[::1]/pa", "https://169.254.169.254", "http://localhost:8081"] {
        let mut setup = setup(&viber, viber.bot().token(), "https://okno.example.org");
        setup.allow_private_addresses = false;
        setup.settings.insert("api_url".into(), url.into());
        let Err(error) = Viber::connect(&setup) else { panic!("{url} was allowed") };
        assert_eq!(error.field, "api_url", "{url}");
    }
}

#[test]
fn our_pace_keeps_below_a_hundred_an_hour_to_one_person() {
    let Rate { every, burst } = Viber::pacing().per_address;
    let hour = 3600 / u32::try_from(every.as_secs()).unwrap();
    assert!(burst.get() + hour <= 100);
}
