//! Texts, answers and buttons on their way out, and everything that can go wrong with them.

use std::time::Duration;

use contracts::channel::{Button, ButtonRow, ContactCard, Content, FailureReason as R, Location, order::Body};
use gateway_kit::{Gateway, SendOutcome};
use gateway_whatsapp::WhatsApp;
use serde_json::json;
use testkit::{
    tls::Detour,
    whatsapp::{Fault, Rate, Shape, WhatsAppOptions},
};

use crate::common::{ANNA, World, reason, send_order, setup, text};

fn button(title: &str, url: &str, data: &str) -> Button {
    Button { title: title.into(), url: url.into(), data: data.into() }
}

fn asking(words: &str, buttons: Vec<Button>) -> Content {
    Content { buttons: vec![ButtonRow { buttons }], ..text(words) }
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written_with_our_mark() {
    let world = World::start().await;
    let anna = world.anna();
    let order = send_order("79990000001", text("🪟 Окно *не* <b>разметка</b> https://example.com"));
    let SendOutcome::Accepted(sent) = world.carry_out(&order).await else { panic!("accepted") };
    let got = &anna.received()[0];
    assert_eq!(got.text(), "🪟 Окно *не* <b>разметка</b> https://example.com");
    assert_eq!(got.json["text"]["preview_url"], true);
    let Some(Body::Send(send)) = &order.body else { unreachable!() };
    assert_eq!(got.json["biz_opaque_callback_data"], format!("okno:{}:1", send.message_id));
    assert_eq!(sent.provider_keys, std::slice::from_ref(&got.id));
}

#[tokio::test]
async fn who_shows_no_phone_is_written_to_by_user_id() {
    let world = World::start().await;
    let vera = world.number.user(Shape::hidden("RU.3", "vera", "Вера"));
    vera.text("?");
    for address in ["RU.3", "RU.3@102290129300000"] {
        let outcome = world.carry_out(&send_order(address, text("Да"))).await;
        assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    }
    assert!(vera.received().iter().all(|got| got.json["recipient"] == "RU.3" && got.json["to"].is_null()));
}

#[tokio::test]
async fn an_answer_names_its_question() {
    let world = World::start().await;
    let anna = world.anna();
    let question = anna.text("Сколько стоит?");
    let mut order = send_order("79990000001", text("Тысячу"));
    let Some(Body::Send(send)) = &mut order.body else { unreachable!() };
    send.reply_to_key.clone_from(&question);
    assert!(matches!(world.carry_out(&order).await, SendOutcome::Accepted(_)));
    assert_eq!(anna.received()[0].reply_to(), Some(question.as_str()));
}

#[tokio::test]
async fn buttons_become_answers_a_list_or_a_link() {
    let world = World::start().await;
    let anna = world.anna();
    world.accepted(asking("Верно?", vec![button("Да", "", "yes"), button("Нет", "", "")])).await;
    world.accepted(asking("Какое?", (1..=10).map(|n| button(&format!("Окно {n}"), "", "")).collect())).await;
    world.accepted(asking("Сайт", vec![button("Открыть", "https://example.com/", "")])).await;
    let got: Vec<_> = anna.received().into_iter().map(|got| got.json["interactive"].clone()).collect();
    let reply = |id: &str, title: &str| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    assert_eq!(got[0]["action"]["buttons"], json!([reply("yes", "Да"), reply("1:Нет", "Нет")]));
    assert_eq!(
        (&got[1]["type"], got[1]["action"]["sections"][0]["rows"].as_array().unwrap().len()),
        (&json!("list"), 10)
    );
    assert_eq!(got[2]["action"]["parameters"], json!({ "display_text": "Открыть", "url": "https://example.com/" }));
}

#[tokio::test]
async fn a_place_and_a_contact_go_alone() {
    let world = World::start().await;
    let anna = world.anna();
    let location = Location { latitude: 55.75, longitude: 37.62, title: "Склад".into(), address: String::new() };
    world.accepted(Content { location: Some(location), ..Content::default() }).await;
    let card = ContactCard { name: "Борис".into(), phones: vec!["+79990000002".into()], emails: vec![] };
    world.accepted(Content { contact_card: Some(card), ..Content::default() }).await;
    let got = anna.received();
    assert_eq!(
        (&got[0].json["location"]["name"], &got[0].json["location"]["address"]),
        (&json!("Склад"), &json!(null))
    );
    assert_eq!(got[1].json["contacts"][0]["name"]["formatted_name"], "Борис");
}

#[tokio::test]
async fn what_whatsapp_would_refuse_is_not_tried() {
    let world = World::start().await;
    world.anna();
    let nine = |title: &str| asking("?", vec![button(title, "", "x")]);
    for (content, expected) in [
        (text("  \n"), R::Rejected),
        (text(&"я".repeat(4097)), R::TooLong),
        (text(&"🪟".repeat(2049)), R::TooLong),
        (nine(&"я".repeat(21)), R::TooLong),
        (nine(" "), R::Rejected),
        (asking(&"я".repeat(1025), vec![button("Да", "", "")]), R::TooLong),
        (asking("", vec![button("Да", "", "")]), R::Rejected),
        (asking("?", vec![button("Да", "", &"я".repeat(101))]), R::TooLong),
        (asking("?", vec![button("Да", "javascript:alert(1)", "")]), R::Rejected),
        (asking("?", vec![button("Да", "https://example.com", ""), button("Нет", "", "")]), R::NotSupported),
        (asking("?", (0..11).map(|n| button(&n.to_string(), "", "")).collect()), R::TooLong),
        (Content { contact_card: Some(ContactCard::default()), ..Content::default() }, R::Rejected),
        (Content { location: Some(Location::default()), ..text("и место") }, R::NotSupported),
    ] {
        assert_eq!(reason(world.send(content).await), expected);
    }
    let nowhere = contracts::channel::Order { target: None, ..send_order("", text("x")) };
    assert_eq!(reason(world.carry_out(&nowhere).await), R::Unreachable);
    assert_eq!(world.whatsapp.count("messages"), 0);
    world.accepted(text(&"🪟".repeat(2048))).await;
}

#[tokio::test]
async fn only_what_surely_was_not_done_is_tried_again() {
    let world = World::start().await;
    let anna = world.anna();
    for (fault, is_unknown) in [
        (Fault::DropBefore, true),
        (Fault::DropAfterAccept, true),
        (Fault::Html(502), true),
        (Fault::error(500, 131_000), true),
        (Fault::error(503, 1), true),
        (Fault::error(400, 131_000), false),
        (Fault::error(500, 131_016), false),
        (Fault::Html(429), false),
    ] {
        world.whatsapp.fail_next("messages", fault.clone());
        let outcome = world.send(text("x")).await;
        let fits = match &outcome {
            SendOutcome::Unknown { .. } => is_unknown,
            SendOutcome::RetryAfter { .. } => !is_unknown,
            _ => false,
        };
        assert!(fits, "{fault:?}: {outcome:?}");
    }
    assert_eq!(anna.received().len(), 1, "each was one call, and one was carried out");
    let nowhere = setup(&world.whatsapp, &world.number, &[("api_url", "http://127.0.0.1:9")]);
    let gateway = WhatsApp::connect(&nowhere).unwrap();
    let outcome = gateway.carry_out(&send_order("79990000001", text("x")), &world.tools).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn limits_hold_the_account_or_the_person() {
    let rates = WhatsAppOptions { pair_rate: Rate::new(0.001, 1), number_rate: Rate::new(0.001, 2), ..<_>::default() };
    let world = World::start_with(rates).await;
    world.anna();
    for phone in ["79990000002", "79990000003"] {
        world.number.user(Shape::phone(phone, "x")).text("?");
    }
    world.accepted(text("1")).await;
    let pair = world.send(text("2")).await;
    assert_eq!(pair, SendOutcome::RetryAfter { after: Duration::from_secs(4), whole_account: false });
    assert!(matches!(world.carry_out(&send_order("79990000002", text("3"))).await, SendOutcome::Accepted(_)));
    let all = world.carry_out(&send_order("79990000003", text("4"))).await;
    assert!(matches!(all, SendOutcome::RetryAfter { whole_account: true, .. }), "{all:?}");
}

/// Each code of Meta's table that a send can meet, as the operator or the administrator is told of it.
#[tokio::test]
async fn every_refusal_says_whose_move_it_is() {
    let world = World::start().await;
    world.anna();
    for (code, expected) in [
        (131_047, R::WindowClosed),
        (131_026, R::Undeliverable),
        (131_049, R::Moderated),
        (131_050, R::AdvertisingRefused),
        (131_051, R::NotSupported),
        (131_062, R::Undeliverable),
        (132_001, R::TemplateRefused),
        (132_015, R::TemplateRefused),
        (100, R::Rejected),
    ] {
        world.whatsapp.fail_next("messages", Fault::error(400, code));
        assert_eq!(reason(world.send(text("x")).await), expected, "{code}");
    }
    for (code, expected) in [
        (190, "token"),
        (10, "permission"),
        (131_048, "spam"),
        (131_031, "locked"),
        (131_042, "billing"),
        (133_010, "register"),
        (131_037, "display_name"),
    ] {
        world.whatsapp.fail_next("messages", Fault::error(400, code));
        let outcome = world.send(text("x")).await;
        let SendOutcome::AccountProblem { failure, remedy_key } = outcome else { panic!("{outcome:?}") };
        assert_eq!((remedy_key, failure.provider_code), (expected, code.to_string()));
    }
    for (code, expected) in [(131_030, "test_number"), (131_063, "marketing")] {
        world.whatsapp.fail_next("messages", Fault::error(400, code));
        let outcome = world.send(text("x")).await;
        let told = matches!(&outcome, SendOutcome::Misconfigured { remedy_key, .. } if *remedy_key == expected);
        assert!(told, "others still go: {outcome:?}");
    }
}

#[tokio::test]
async fn an_accounts_own_proxy_and_root_lead_to_whatsapp() {
    let world = World::start().await;
    world.anna();
    let order = send_order(ANNA, text("Тысяча"));
    let detour = Detour::to(&world.whatsapp.base_url()).await;
    let by = async |settings: &[(&str, &str)]| {
        let gateway = WhatsApp::connect(&setup(&world.whatsapp, &world.number, settings)).unwrap();
        gateway.carry_out(&order, &world.tools).await
    };
    for settings in detour.dead_ends() {
        let lost = by(&settings).await;
        assert!(matches!(lost, SendOutcome::NotSent { .. }), "{lost:?}");
    }
    let outcome = by(&detour.settings()).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert!(detour.was_taken());
}
