use std::time::Duration;

use reqwest::Method;
use ring::hmac;
use serde_json::json;
use testkit::{
    eventually,
    whatsapp::{FakeWhatsApp, Shape, WhatsAppOptions},
};

use super::{LIMIT, answer, call, hooked, send, text};

#[tokio::test]
async fn an_address_is_set_only_when_it_answers_the_challenge() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    let url = number.callback().expect("it is set");
    let body = json!({ "webhook_configuration": { "override_callback_uri": url, "verify_token": "wrong" } });
    let (status, error) = answer(call(&whatsapp, &number, Method::POST, number.id()).json(&body)).await;
    assert_eq!((status, error["error"]["code"].as_i64()), (400, Some(2200)));
    assert!(number.set_app_callback(&url, "right").await && !number.set_app_callback(&url, "wrong").await);
}

#[tokio::test]
async fn every_webhook_is_signed_over_its_bytes_and_comes_until_it_is_accepted() {
    let whatsapp = FakeWhatsApp::start_with(WhatsAppOptions { clock_scale: 1_000.0, ..<_>::default() }).await;
    let (number, hook) = hooked(&whatsapp).await;
    hook.0.lock().refusals = 2;
    number.user(Shape::phone("79990000001", "Анна")).text("Здравствуйте 🪟");
    eventually("the webhook to be accepted", LIMIT, async || (whatsapp.pending() == 0).then_some(())).await;
    assert_eq!(whatsapp.answers(), [503, 503, 200]);
    let key = hmac::Key::new(hmac::HMAC_SHA256, number.app_secret().as_bytes());
    for (headers, body) in &hook.0.lock().got {
        assert!(body.is_ascii(), "other letters are escaped");
        let shown = headers["x-hub-signature-256"].to_str().unwrap().strip_prefix("sha256=").unwrap();
        hmac::verify(&key, body, &hex::decode(shown).unwrap()).expect("the app secret signs");
    }
    assert_eq!(hook.values()[0]["messages"][0]["text"]["body"], "Здравствуйте 🪟");
}

#[tokio::test]
async fn people_show_what_they_want_to_show() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, hook) = hooked(&whatsapp).await;
    number.user(Shape::phone("79990000001", "Анна")).text("1");
    let boris = number.user(Shape::full("79990000002", "RU.2", "boris", "Борис"));
    boris.text("2");
    number.user(Shape::hidden("RU.3", "vera", "Вера")).text("3");
    boris.change_phone("79990000022", Some("RU.22"));
    eventually("all to arrive", LIMIT, async || (hook.values().len() == 4).then_some(())).await;
    let values = hook.values();
    let of = |text: &str| values.iter().find(|one| one["messages"][0]["text"]["body"] == text).unwrap();
    assert_eq!(
        (&of("1")["messages"][0]["from"], &of("1")["contacts"][0]["user_id"]),
        (&json!("79990000001"), &json!(null))
    );
    assert_eq!(
        (&of("2")["messages"][0]["from_user_id"], &of("2")["contacts"][0]["wa_id"]),
        (&json!("RU.2"), &json!("79990000002"))
    );
    assert_eq!(
        (&of("3")["messages"][0]["from"], &of("3")["contacts"][0]["profile"]["username"]),
        (&json!(null), &json!("vera"))
    );
    let changed = values.iter().find(|one| one["messages"][0]["type"] == "system").unwrap();
    assert_eq!(changed["messages"][0]["system"]["previous_user_id"], "RU.2");
    assert_eq!((changed["messages"][0]["from"].as_str(), &changed["contacts"]), (Some("79990000002"), &json!(null)));
}

#[tokio::test]
async fn one_body_holds_the_numbers_of_one_address() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, hook) = hooked(&whatsapp).await;
    let beside = whatsapp.number_beside(&number);
    let url = number.callback().expect("it is set");
    assert!(beside.set_app_callback(&url, "right").await);
    whatsapp.hold();
    number.user(Shape::phone("79990000001", "Анна")).text("1");
    beside.user(Shape::phone("79990000001", "Анна")).text("2");
    whatsapp.release();
    eventually("it to arrive", LIMIT, async || (whatsapp.pending() == 0).then_some(())).await;
    assert_eq!(hook.bodies().len(), 1);
    let numbers: Vec<_> = hook.values().iter().map(|one| one["metadata"]["phone_number_id"].clone()).collect();
    assert_eq!(numbers, [json!(number.id()), json!(beside.id())]);
}

#[tokio::test]
async fn statuses_name_the_senders_mark_and_read_may_come_alone() {
    let whatsapp =
        FakeWhatsApp::start_with(WhatsAppOptions { tells_delivered: false, duplicates: true, ..<_>::default() }).await;
    let (number, hook) = hooked(&whatsapp).await;
    let anna = number.user(Shape::phone("79990000001", "Анна"));
    anna.text("?");
    let mut body = text("79990000001", "Да");
    body["biz_opaque_callback_data"] = json!("mark");
    send(&whatsapp, &number, &body).await;
    anna.read();
    let statuses = eventually("the statuses", LIMIT, async || {
        let values = hook.values();
        let statuses: Vec<_> = values.iter().filter_map(|one| Some(one["statuses"].get(0)?.clone())).collect();
        (statuses.len() == 4).then_some(statuses)
    })
    .await;
    let mut kinds: Vec<_> = statuses.iter().filter_map(|one| one["status"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["read", "read", "sent", "sent"], "each twice, and never delivered");
    assert!(statuses.iter().all(|one| one["biz_opaque_callback_data"] == "mark" && one["timestamp"].is_string()));
}

#[tokio::test]
async fn after_seven_days_a_webhook_is_given_up() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, hook) = hooked(&whatsapp).await;
    hook.0.lock().refusals = usize::MAX;
    number.user(Shape::phone("79990000001", "Анна")).text("?");
    eventually("a refusal", LIMIT, async || whatsapp.answers().first().copied()).await;
    whatsapp.advance(Duration::from_secs(8 * 24 * 3600));
    eventually("it to be given up", LIMIT, async || (whatsapp.pending() == 0).then_some(())).await;
}
