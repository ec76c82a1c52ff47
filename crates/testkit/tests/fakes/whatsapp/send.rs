use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    eventually,
    whatsapp::{FakeWhatsApp, Fault, Rate, Shape, WhatsAppOptions},
};

use super::{LIMIT, answer, call, hooked, send, text};

fn code(answer: &(u16, Value)) -> Option<i64> {
    answer.1["error"]["code"].as_i64()
}

#[tokio::test]
async fn a_text_arrives_and_gets_an_id() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    let anna = number.user(Shape::full("79990000001", "RU.1", "anna", "Анна"));
    anna.text("?");
    let (status, sent) = send(&whatsapp, &number, &text("+79990000001", "Да")).await;
    assert_eq!((status, &sent["contacts"][0]["wa_id"]), (200, &json!("79990000001")));
    let by_id =
        json!({ "messaging_product": "whatsapp", "recipient": "RU.1", "type": "text", "text": { "body": "Нет" } });
    let (_, second) = send(&whatsapp, &number, &by_id).await;
    assert_eq!((&second["contacts"][0]["user_id"], &second["contacts"][0]["wa_id"]), (&json!("RU.1"), &Value::Null));
    let received = anna.received();
    assert_eq!(received.iter().map(|one| one.text()).collect::<Vec<_>>(), ["Да", "Нет"]);
    assert_eq!(sent["messages"][0]["id"], received[0].id.as_str());
}

#[tokio::test]
async fn a_free_text_after_24_hours_is_accepted_and_fails_later() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, hook) = hooked(&whatsapp).await;
    let anna = number.user(Shape::phone("79990000001", "Анна"));
    anna.text("?");
    whatsapp.advance(Duration::from_secs(25 * 3600));
    assert_eq!(send(&whatsapp, &number, &text("79990000001", "Поздно")).await.0, 200);
    let failed = eventually("the failure", LIMIT, async || {
        hook.values().into_iter().find(|one| one["statuses"][0]["status"] == "failed")
    })
    .await;
    assert_eq!((&failed["statuses"][0]["errors"][0]["code"], failed.get("contacts")), (&json!(131_047), None));
    assert!(anna.received().is_empty());
    number.template(json!({ "name": "hello", "language": "ru", "status": "APPROVED", "components": [
        { "type": "BODY", "text": "Здравствуйте, {{1}}" }] }));
    let parameter = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Анна" }] }]);
    let template = |components: &Value| {
        json!({ "messaging_product": "whatsapp", "to": "79990000001", "type": "template",
        "template": { "name": "hello", "language": { "code": "ru" }, "components": components } })
    };
    assert_eq!(code(&send(&whatsapp, &number, &template(&json!([]))).await), Some(132_000));
    assert_eq!(send(&whatsapp, &number, &template(&parameter)).await.0, 200);
    assert_eq!(anna.received().len(), 1, "a template opens the chat");
}

#[tokio::test]
async fn limits_of_the_pair_and_of_the_number_are_kept_apart() {
    let rates = WhatsAppOptions { pair_rate: Rate::new(0.01, 2), number_rate: Rate::new(0.01, 3), ..<_>::default() };
    let whatsapp = FakeWhatsApp::start_with(rates).await;
    let (number, _hook) = hooked(&whatsapp).await;
    for phone in ["79990000001", "79990000002"] {
        number.user(Shape::phone(phone, "x")).text("?");
    }
    let mut codes = Vec::new();
    for phone in ["79990000001", "79990000001", "79990000001", "79990000002", "79990000002"] {
        codes.push(code(&send(&whatsapp, &number, &text(phone, "x")).await));
    }
    assert_eq!(codes, [None, None, Some(131_056), None, Some(130_429)]);
}

#[tokio::test]
async fn what_meta_refuses_is_refused_in_its_envelope() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    number.user(Shape::phone("79990000001", "Анна")).text("?");
    let with = |kind: &str, own: Value| json!({ "messaging_product": "whatsapp", "to": "79990000001", "type": kind, kind: own });
    let buttons: Vec<_> =
        (0..4).map(|n| json!({ "type": "reply", "reply": { "id": n.to_string(), "title": "x" } })).collect();
    let question = json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": buttons } });
    for (body, expected) in [
        (with("text", json!({ "body": "я".repeat(4097) })), 100),
        (with("text", json!({ "body": " " })), 100),
        (with("image", json!({ "id": "1" })), 131_009),
        (with("interactive", question), 131_009),
        (with("dance", json!({})), 131_051),
        (json!({ "messaging_product": "whatsapp", "to": "79990000001", "type": "image" }), 131_008),
        (json!({ "to": "79990000001", "type": "text", "text": { "body": "x" } }), 100),
        (with("template", json!({ "name": "none", "language": { "code": "ru" } })), 132_001),
    ] {
        let answer = send(&whatsapp, &number, &body).await;
        assert_eq!((answer.0, code(&answer)), (400, Some(expected)), "{body}");
    }
    let url = format!("{}/v26.0/{}", whatsapp.base_url(), number.id());
    let stranger = super::client().get(url).bearer_auth("another");
    let (status, error) = answer(stranger).await;
    assert_eq!((status, &error["error"]["code"]), (401, &json!(190)));
    let other = whatsapp.number();
    assert_eq!(
        code(&answer(call(&whatsapp, &number, Method::GET, other.id())).await),
        Some(100),
        "another app's number"
    );
}

#[tokio::test]
async fn faults_break_what_they_are_told_to() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    let anna = number.user(Shape::phone("79990000001", "Анна"));
    anna.text("?");
    whatsapp.fail_next("messages", Fault::error(500, 131_000));
    whatsapp.fail_next("messages", Fault::DropAfterAccept);
    whatsapp.fail_next("messages", Fault::DropBefore);
    assert_eq!(code(&send(&whatsapp, &number, &text("79990000001", "1")).await), Some(131_000));
    for number_of_try in 2..4 {
        let path = format!("{}/messages", number.id());
        let body = text("79990000001", &number_of_try.to_string());
        assert!(call(&whatsapp, &number, Method::POST, &path).json(&body).send().await.is_err());
    }
    assert_eq!(anna.received().iter().map(|one| one.text()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(whatsapp.count("messages"), 3);
}

#[tokio::test]
async fn templates_come_in_pages() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    for n in 0..5 {
        number.template(json!({ "name": format!("t{n}"), "language": "ru", "status": "APPROVED", "components": [] }));
    }
    let (mut names, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let path = format!("{}/message_templates", number.business());
        let page = call(&whatsapp, &number, Method::GET, &path).query(&[("limit", "2"), ("after", &after)]);
        let (_, page) = answer(page).await;
        names.extend(page["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        after = page["paging"]["cursors"]["after"].as_str().unwrap().to_owned();
        if page["paging"]["next"].is_null() {
            break;
        }
    }
    assert_eq!(names, ["t0", "t1", "t2", "t3", "t4"]);
}
