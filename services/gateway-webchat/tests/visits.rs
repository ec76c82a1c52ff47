//! What browsers report of visits: taken with consent only, bounded, and beside the messages.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use bus::Inlet;
use contracts::channel::{VisitReport, visit_report::Report};
use futures::future::join_all;
use prost::Message as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{eventually, webchat::Site};
use uuid::Uuid;

use crate::common::{LIMIT, World, http};

const ON: (&str, &str) = ("visits", "site");
const FORMS: (&str, &str) = ("visits_forms", "true");

fn report(guest: Uuid, path: &str) -> Value {
    let steps =
        [json!({ "id": Uuid::now_v7(), "at": 900, "kind": "page", "path": path, "title": "Страница", "seconds": 3 })];
    let visit = json!({ "id": Uuid::now_v7(), "at": 900, "from": "search.example", "device": "phone", "steps": steps });
    json!({ "guest": guest, "now": 1_000, "agreed": 0, "visit": visit })
}

async fn post(site: &Site, body: impl Into<String>, headers: &[(&str, &str)]) -> StatusCode {
    post_by(&http(), site, body, headers).await
}

async fn post_by(
    client: &reqwest::Client,
    site: &Site,
    body: impl Into<String>,
    headers: &[(&str, &str)],
) -> StatusCode {
    let call = client.post(site.url("visits")).header("origin", &site.origin).header("content-type", "text/plain");
    let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, *value));
    call.body(body.into()).send().await.unwrap().status()
}

/// Everything that lies on the bus.
async fn told(world: &World) -> Vec<VisitReport> {
    let mut inlet = Inlet::visits(&world.bus, 0).await.unwrap();
    let found = inlet.next(1_000, usize::MAX, Duration::from_millis(500)).await.unwrap();
    found.iter().map(|delivery| VisitReport::decode(delivery.payload.clone()).unwrap()).collect()
}

#[tokio::test]
async fn a_report_goes_to_the_bus_as_whoever_the_browser_has_proven_to_be() {
    let (world, gateway, site, account) = World::shop(&[ON]).await;
    let guest = Uuid::now_v7();
    assert_eq!(post(&site, report(guest, "/prices?token=1").to_string(), &[]).await, StatusCode::NO_CONTENT);
    let (_, token) = site.begin().await;
    for token in [token.as_str(), "forged.token"] {
        let mut known = report(guest, "/cart");
        known["token"] = json!(token);
        assert_eq!(post(&site, known.to_string(), &[]).await, StatusCode::NO_CONTENT);
    }
    let told = told(&world).await;
    let who: Vec<_> = told.iter().map(|report| (report.scope.as_str(), report.address.starts_with("v-"))).collect();
    assert_eq!(who, [("", false), (account.to_string().as_str(), true), ("", false)]);
    let Some(Report::Visit(visit)) = &told[0].report else { panic!("a visit") };
    assert_eq!((visit.steps[0].path.as_str(), visit.referrer_host.as_str()), ("/prices", "search.example"));
    gateway.stop().await;
}

/// A form in which somebody left who they are.
fn form() -> Value {
    let mut sent = report(Uuid::now_v7(), "/contacts");
    sent["forms"] = json!(true);
    sent["visit"]["steps"][0]["kind"] = json!("form");
    sent["visit"]["steps"][0]["left"] =
        json!({ "name": "Анна", "phone": "8 999 000-00-01", "email": "Anna@example.com" });
    sent
}

/// What was left, and as whom.
fn left(report: &VisitReport) -> [&str; 4] {
    let Some(Report::Visit(visit)) = &report.report else { panic!("a visit") };
    let step = &visit.steps[0];
    [&step.left_name, &step.left_phone, &step.left_email, &report.address].map(String::as_str)
}

#[tokio::test]
async fn what_was_left_in_a_form_goes_along_and_its_sender_is_nobody_by_it() {
    let (world, gateway, site, _) = World::shop(&[ON, FORMS]).await;
    assert_eq!(post(&site, form().to_string(), &[]).await, StatusCode::NO_CONTENT);
    assert_eq!(left(&told(&world).await[0]), ["Анна", "79990000001", "anna@example.com", ""]);
    gateway.stop().await;
}

#[tokio::test]
async fn an_account_that_does_not_ask_about_forms_gets_nothing_that_was_left_in_them() {
    let (world, gateway, site, _) = World::shop(&[ON]).await;
    assert_eq!(post(&site, form().to_string(), &[]).await, StatusCode::NO_CONTENT);
    assert_eq!(left(&told(&world).await[0]), [""; 4], "whatever the browser says");
    gateway.stop().await;
}

#[tokio::test]
async fn who_agreed_to_visits_alone_leaves_nothing_in_forms_whatever_comes_along() {
    let (world, gateway, site, _) = World::shop(&[ON, FORMS]).await;
    let mut sent = form();
    sent["forms"] = json!(false);
    assert_eq!(post(&site, sent.to_string(), &[]).await, StatusCode::NO_CONTENT);
    assert_eq!(left(&told(&world).await[0]), [""; 4]);
    gateway.stop().await;
}

#[tokio::test]
async fn the_widget_is_told_whether_it_asks_about_forms() {
    for (settings, asks) in [(&[ON][..], false), (&[ON, FORMS], true)] {
        let (_world, gateway, site, _) = World::shop(settings).await;
        let answer = http().get(site.url("config")).header("origin", &site.origin).send().await.unwrap();
        let config: Value = answer.json().await.unwrap();
        // A tree in which the widget is not built has nobody to tell.
        assert_eq!(config.get("visits_forms"), config.get("visits").map(|_| json!(asks)).as_ref());
        gateway.stop().await;
    }
}

#[tokio::test]
async fn what_nobody_agreed_to_or_asked_for_is_not_taken() {
    let (mut world, gateway, site, account) = World::shop(&[]).await;
    let body = report(Uuid::now_v7(), "/a").to_string();
    assert_eq!(post(&site, &*body, &[]).await, StatusCode::FORBIDDEN, "they are off");
    world.change(account, |entry| drop(entry.settings.insert("visits".into(), "banner".into()))).await;
    eventually("the settings to be read", LIMIT, async || {
        (post(&site, &*body, &[("sec-gpc", "1")]).await == StatusCode::NO_CONTENT).then_some(())
    })
    .await;
    assert_eq!(post(&site, &*body, &[("dnt", "1")]).await, StatusCode::NO_CONTENT);
    let mut unasked = report(Uuid::now_v7(), "/a");
    unasked.as_object_mut().unwrap().remove("agreed");
    let ahead = json!({ "agreed": 2_000 }).as_object().unwrap().clone();
    let ahead: serde_json::Map<_, _> =
        report(Uuid::now_v7(), "/a").as_object().unwrap().clone().into_iter().chain(ahead).collect();
    for body in [unasked.to_string(), serde_json::Value::Object(ahead).to_string()] {
        assert_eq!(post(&site, body, &[]).await, StatusCode::BAD_REQUEST, "nobody has agreed");
    }
    for origin in ["https://evil.example", "null", ""] {
        let foreign = Site { origin: origin.to_owned(), ..site.clone() };
        assert_eq!(post(&foreign, &*body, &[]).await, StatusCode::FORBIDDEN, "{origin}");
    }
    let without = http().post(site.url("visits")).body(body.clone()).send().await.unwrap();
    assert_eq!(without.status(), StatusCode::FORBIDDEN);
    assert!(told(&world).await.is_empty(), "nothing of it is on the bus");
    // Who takes consent back is heard, whatever the settings say by then.
    world.change(account, |entry| drop(entry.settings.insert("visits".into(), "off".into()))).await;
    let withdrawn = json!({ "guest": Uuid::now_v7(), "withdraw": true }).to_string();
    assert_eq!(post(&site, withdrawn, &[("sec-gpc", "1")]).await, StatusCode::NO_CONTENT);
    let told = told(&world).await;
    assert!(matches!(told[..], [VisitReport { report: Some(Report::Withdrawn(_)), .. }]), "{told:?}");
    gateway.stop().await;
}

#[tokio::test]
async fn hostile_reports_are_refused_and_harm_nobody() {
    let (world, gateway, site, _) = World::shop(&[ON]).await;
    let guest = Uuid::now_v7();
    let large = json!({ "guest": guest, "visit": { "id": guest, "from": "x".repeat(40_000) } }).to_string();
    assert_eq!(post(&site, large, &[]).await, StatusCode::PAYLOAD_TOO_LARGE);
    let many: Vec<Value> = (0..51).map(|_| json!({ "id": Uuid::now_v7(), "kind": "page" })).collect();
    for bad in [
        "nonsense".to_owned(),
        "[]".to_owned(),
        json!({ "guest": "1" }).to_string(),
        json!({ "guest": guest, "visit": { "id": guest, "steps": many } }).to_string(),
        json!({ "guest": guest, "now": "today" }).to_string(),
        json!({ "guest": guest }).to_string(),
    ] {
        assert_eq!(post(&site, &*bad, &[]).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert!(told(&world).await.is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn a_flood_of_reports_is_refused_while_messages_go_on() {
    let (_world, gateway, site, _) = World::shop(&[ON]).await;
    let (mut chat, _) = site.begin().await;
    let client = http();
    let one = report(Uuid::now_v7(), "/a").to_string();
    let answers = join_all((0..40).map(|_| post_by(&client, &site, &*one, &[]))).await;
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "one guest");
    let other = report(Uuid::now_v7(), "/a").to_string();
    assert_eq!(post_by(&client, &site, other, &[]).await, StatusCode::NO_CONTENT);
    let bodies: Vec<String> = (0..800).map(|_| report(Uuid::now_v7(), "/a").to_string()).collect();
    let answers = join_all(bodies.iter().map(|body| post_by(&client, &site, &**body, &[]))).await;
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "one address with a new guest each time");
    chat.write(1, "Здравствуйте").await;
    gateway.stop().await;
}
