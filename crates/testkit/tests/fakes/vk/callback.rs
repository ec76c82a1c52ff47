use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use serde_json::Value;
use testkit::{
    eventually,
    vk::{Community, VkOptions},
};
use tokio_util::task::AbortOnDropHandle;

use super::client::{Api, world};

const SOON: Duration = Duration::from_secs(10);

type Got = Arc<Mutex<Vec<(Value, Option<String>)>>>;
type Answers = Arc<Mutex<VecDeque<(u16, String)>>>;

/// Takes deliveries; `answers` are given first, then "ok".
struct Receiver {
    url: String,
    got: Got,
    answers: Answers,
    _server: AbortOnDropHandle<()>,
}

impl Receiver {
    async fn start(code: String) -> Self {
        let (got, answers) = (Got::default(), Answers::default());
        let state = (got.clone(), answers.clone(), code);
        let app = Router::new().fallback(take).with_state(state);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("as a test has it");
        let url = format!("http://{}/hook", listener.local_addr().expect("as a test has it"));
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        let server = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Self { url, got, answers, _server: AbortOnDropHandle::new(server) }
    }

    fn texts(&self) -> Vec<String> {
        let got = self.got.lock();
        got.iter().filter_map(|(body, _)| Some(body["object"]["message"]["text"].as_str()?.to_owned())).collect()
    }
}

type Parts = (Got, Answers, String);

async fn take(State((got, answers, code)): State<Parts>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).expect("as a test has it");
    if body["type"] == "confirmation" {
        return code.into_response();
    }
    let retry = headers.get("x-retry-counter").map(|value| value.to_str().expect("as a test has it").to_owned());
    got.lock().push((body, retry));
    let (status, text) = answers.lock().pop_front().unwrap_or((200, "ok".into()));
    (StatusCode::from_u16(status).expect("as a test has it"), text).into_response()
}

async fn connected(
    options: VkOptions,
    code: Option<&str>,
) -> (testkit::vk::FakeVk, Community, testkit::vk::Person, Api, Receiver) {
    let (vk, shop, anna, api) = world(options).await;
    let asked =
        api.ok("groups.getCallbackConfirmationCode", &[]).await["code"].as_str().expect("as a test has it").to_owned();
    let receiver = Receiver::start(code.map_or(asked, str::to_owned)).await;
    let added = api
        .ok("groups.addCallbackServer", &[("url", &receiver.url), ("title", "test"), ("secret_key", "s3cret")])
        .await;
    let id = added["server_id"].to_string();
    api.ok("groups.setCallbackSettings", &[("server_id", &id), ("message_new", "1")]).await;
    (vk, shop, anna, api, receiver)
}

async fn is(shop: &Community, status: &str) {
    eventually(status, SOON, async || (shop.servers()[0].1 == status).then_some(())).await;
}

#[tokio::test]
async fn a_confirmed_server_gets_events_with_the_secret_and_repeats_counted() {
    let (_vk, shop, anna, _api, receiver) =
        connected(VkOptions { clock_scale: 100.0, ..VkOptions::default() }, None).await;
    is(&shop, "ok").await;
    receiver.answers.lock().extend([(200, "OK!".to_owned()), (500, String::new())]);
    anna.text("раз");
    eventually("the third try", SOON, async || (receiver.got.lock().len() == 3).then_some(())).await;
    let got = receiver.got.lock().clone();
    assert!(got.iter().all(|(body, _)| body["secret"] == "s3cret" && body["event_id"] == got[0].0["event_id"]));
    let counters: Vec<_> = got.iter().map(|(_, retry)| retry.as_deref()).collect();
    assert_eq!(counters, [None, Some("1"), Some("2")]);
    shop.staff_writes(77_001, 0, "not asked for");
    anna.text("два");
    eventually("the next", SOON, async || (receiver.texts().last()? == "два").then_some(())).await;
}

#[tokio::test]
async fn a_wrong_code_and_many_failures_end_deliveries() {
    let (_vk, shop, anna, _api, receiver) = connected(VkOptions::default(), Some("wrong")).await;
    is(&shop, "failed").await;
    anna.text("nobody hears");
    assert!(receiver.texts().is_empty());

    let options = VkOptions { clock_scale: 1_000.0, failures_most: 3, ..VkOptions::default() };
    let (_vk, shop, anna, api, receiver) = connected(options, None).await;
    is(&shop, "ok").await;
    receiver.answers.lock().extend((0..3).map(|_| (503, String::new())));
    anna.text("раз");
    is(&shop, "failed").await;
    anna.text("два");
    assert_eq!(receiver.got.lock().len(), 3, "given up");
    api.ok(
        "groups.editCallbackServer",
        &[("server_id", "1"), ("url", &receiver.url), ("title", "t"), ("secret_key", "n")],
    )
    .await;
    is(&shop, "ok").await;
    anna.text("три");
    eventually("deliveries go on", SOON, async || (receiver.texts().last()? == "три").then_some(())).await;
}
