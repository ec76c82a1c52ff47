//! Texts, answers and buttons on their way out, and every row of MAX's error table.

use std::time::Duration;

use crate::common::{World, order, reason, send_order, sent, setup, text};
use contracts::channel::{
    Button, ButtonRow, ContactCard, Content, FailureReason as R, Location, MarkReadOrder, OrderTarget, ReactOrder,
    TextSpan, TextStyle, order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use gateway_max::Max;
use serde_json::json;
use testkit::{
    max::{Fault, MaxOptions},
    tls::Detour,
};

fn button(title: &str, url: &str, data: &str) -> Button {
    Button { title: title.into(), url: url.into(), data: data.into() }
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let plain = "🪟 Окно *не* <b>разметка</b> _\\[ &amp;";
    let sent = world.accepted(&anna, text(plain)).await;
    let got = &anna.received()[0];
    assert_eq!((got.text.as_str(), &got.body["markup"]), (plain, &json!([])));
    assert_eq!(sent.provider_keys, std::slice::from_ref(&got.mid));
    assert_eq!(sent.position, got.body["seq"].as_i64().unwrap());
    assert!(sent.position > 1 << 53 && sent.shown_at.is_some());

    let span = |style: TextStyle, offset, length, url: &str| TextSpan {
        style: style.into(),
        offset,
        length,
        url: url.into(),
        ..TextSpan::default()
    };
    let spans = vec![span(TextStyle::Bold, 2, 4, ""), span(TextStyle::Link, 7, 4, "https://example.com/?a=1&b")];
    world.accepted(&anna, Content { spans, ..text("🪟 Окно <и> дом") }).await;
    let got = &anna.received()[1];
    assert_eq!(got.text, "🪟 Окно <и> дом");
    let expected = json!([
        { "type": "strong", "from": 3, "length": 4 },
        { "type": "link", "from": 8, "length": 4, "url": "https://example.com/?a=1&b" },
    ]);
    assert_eq!(got.body["markup"], expected);
}

#[tokio::test]
async fn an_answer_names_its_question_and_a_person_without_a_known_chat_is_reached() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let question = anna.text("Сколько стоит?");
    let mut answer = send_order(&anna, text("Тысячу"));
    let Some(Body::Send(send)) = &mut answer.body else { unreachable!() };
    send.reply_to_key = question.clone();
    answer.target = Some(OrderTarget { address: "88100".into(), ..OrderTarget::default() });
    let sent = sent(world.carry_out(&answer).await);
    assert_eq!(anna.received()[0].reply_to.as_deref(), Some(question.as_str()));
    assert_eq!(sent.new_reply_address, Some(anna.chat_id().to_string()), "the chat is known from now on");
}

#[tokio::test]
async fn buttons_places_and_contacts_arrive() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let buttons =
        vec![ButtonRow { buttons: vec![button("Да", "", "yes"), button("Сайт", "https://example.com", "")] }];
    world.accepted(&anna, Content { buttons, ..text("Подходит?") }).await;
    let rows = &anna.received()[0].body["attachments"][0]["payload"]["buttons"];
    assert_eq!(rows[0][0], json!({ "type": "callback", "text": "Да", "payload": "yes" }));
    assert_eq!(rows[0][1], json!({ "type": "link", "text": "Сайт", "url": "https://example.com" }));

    let location = Some(Location { latitude: 55.75, longitude: 37.62, ..Location::default() });
    world.accepted(&anna, Content { location, ..Content::default() }).await;
    assert_eq!(anna.received()[1].body["attachments"][0]["latitude"], 55.75);
    let card = ContactCard { name: "Борис".into(), phones: vec!["+70001234567".into()], emails: vec![] };
    world.accepted(&anna, Content { contact_card: Some(card), ..Content::default() }).await;
    assert_eq!(anna.received()[2].body["attachments"][0]["payload"]["name"], "Борис");
}

#[tokio::test]
async fn what_max_would_refuse_is_not_tried() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    assert_eq!(reason(world.send(&anna, text(&"я".repeat(4001))).await), R::TooLong);
    assert_eq!(reason(world.send(&anna, text("  ")).await), R::Rejected);
    let row = ButtonRow { buttons: vec![button("", "", "x")] };
    assert_eq!(reason(world.send(&anna, Content { buttons: vec![row], ..text("?") }).await), R::NotSupported);
    assert!(world.max.calls("send").is_empty());
    world.accepted(&anna, text(&"я".repeat(4000))).await;
    let react = ReactOrder { message_key: "mid.1".into(), emoji: "👍".into() };
    assert_eq!(reason(world.carry_out(&order(&anna, Body::React(react))).await), R::NotSupported);
    sent(world.carry_out(&order(&anna, Body::MarkRead(MarkReadOrder::default()))).await);
    let mut nowhere = send_order(&anna, text("?"));
    nowhere.target = None;
    assert_eq!(reason(world.carry_out(&nowhere).await), R::Unreachable);
}

/// One line per row of MAX's table of errors that is an answer.
#[tokio::test]
async fn every_refusal_ends_as_its_verdict_says() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    for (fault, expected) in [
        (Fault::Refuse(400, "proto.payload", "File extension is forbidden"), R::FileRejected),
        (Fault::Refuse(400, "proto.payload", "buttons: wrong"), R::Rejected),
        (Fault::Refuse(403, "chat.denied", "Key: error.dialog.suspended"), R::Undeliverable),
        (Fault::Refuse(404, "dialog.not.found", "Key: error.dialog.notfound"), R::Unreachable),
        (Fault::Refuse(404, "not.found", "Chat 1 not found"), R::Unreachable),
        (Fault::Refuse(405, "", "Method not allowed"), R::NotSupported),
    ] {
        world.max.fail_next("send", fault.clone());
        assert_eq!(reason(world.send(&anna, text("?")).await), expected, "{fault:?}");
    }
    world.max.fail_next("send", Fault::Refuse(401, "verify.token", "Invalid access_token"));
    let outcome = world.send(&anna, text("?")).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "token", .. }), "{outcome:?}");
    assert!(anna.received().is_empty());
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_unknown_and_not_tried_again() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    for (fault, arrived) in [
        (Fault::Refuse(500, "internal.error", "?"), 0),
        (Fault::Refuse(503, "service.unavailable", "?"), 0),
        (Fault::Html(502), 0),
        // A proxy's page says nothing of the person, nor of what MAX has done.
        (Fault::Html(403), 0),
        (Fault::Html(404), 0),
        (Fault::DropAfterAccept, 1),
        (Fault::DropBefore, 1),
    ] {
        world.max.fail_next("send", fault.clone());
        let outcome = world.send(&anna, text("?")).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{fault:?}: {outcome:?}");
        assert_eq!(anna.received().len(), arrived, "{fault:?}");
    }
    assert_eq!(world.max.calls("send").len(), 7);
}

#[tokio::test]
async fn what_did_not_leave_is_surely_not_sent() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lost = Max::connect(&setup(&format!("http://{closed}"), world.bot.token(), &[])).unwrap();
    let outcome = lost.carry_out(&send_order(&anna, text("?")), &world.tools).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn after_a_429_the_pause_grows_and_then_holds_the_account() {
    let options = MaxOptions { chat_rate: 1, ..MaxOptions::unlimited() };
    let world = World::start_with(options, &[]).await;
    let anna = world.bot.customer(88_100, "Анна");
    world.accepted(&anna, text("1")).await;
    let five = SendOutcome::RetryAfter { after: Duration::from_secs(5), whole_account: false };
    let ten = SendOutcome::RetryAfter { after: Duration::from_secs(10), whole_account: true };
    assert_eq!([world.send(&anna, text("2")).await, world.send(&anna, text("2")).await], [five.clone(), ten]);
    let boris = world.bot.customer(88_200, "Борис");
    world.accepted(&boris, text("3")).await;
    assert_eq!(world.send(&anna, text("2")).await, five, "a call that passed ends it");
    assert_eq!(anna.received().len(), 1);
}

#[tokio::test]
async fn a_bot_that_everybody_refuses_is_the_accounts_trouble() {
    let world = World::start().await;
    let customers: Vec<_> = (1..=3).map(|n| world.bot.customer(88_000 + n, "Анна")).collect();
    world.bot.set_moderated(false);
    for customer in &customers[..2] {
        let why = reason(world.send(customer, text("?")).await);
        assert_eq!(why, R::Undeliverable, "it closes nobody's conversation, for it may be the bot");
    }
    let outcome = world.send(&customers[2], text("?")).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "moderation", .. }), "{outcome:?}");
    world.bot.set_moderated(true);
    for customer in &customers {
        world.accepted(customer, text("?")).await;
    }
}

#[tokio::test]
async fn who_alone_refuses_has_blocked_us() {
    let world = World::start().await;
    let (anna, boris) = (world.bot.customer(88_100, "Анна"), world.bot.customer(88_200, "Борис"));
    anna.stop();
    assert_eq!(reason(world.send(&anna, text("?")).await), R::Undeliverable, "nobody else was asked yet");
    world.accepted(&boris, text("?")).await;
    assert_eq!(reason(world.send(&anna, text("?")).await), R::BlockedByClient);
}

#[tokio::test]
async fn a_chat_is_never_taken_for_a_person() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let mut order = send_order(&anna, text("?"));
    order.target = Some(OrderTarget { reply_address: "88100".into(), ..OrderTarget::default() });
    assert_eq!(reason(world.carry_out(&order).await), R::Unreachable, "a person's id where a chat's belongs");
}

#[tokio::test]
async fn no_error_holds_the_token_or_an_address() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Refuse(400, "x", "y"), Fault::Html(502)] {
        for what in ["send", "updates", "me"] {
            world.max.fail_next(what, fault.clone());
        }
        let (sent, polled) = (world.send(&anna, text("?")).await, world.gateway.poll(None).await);
        let told = format!("{sent:?} {polled:?} {:?}", world.gateway.open(None).await);
        assert!(!told.contains(world.bot.token()) && !told.contains("http://"), "{told}");
    }
}

#[test]
fn our_pace_stays_below_maxs() {
    let pacing = Max::pacing();
    assert!(pacing.per_address.every * 2 >= Duration::from_secs(1) && pacing.per_address.burst.get() == 1);
    assert!(pacing.per_account.every * 10 >= Duration::from_secs(1) && pacing.per_account.burst.get() <= 10);
}

#[tokio::test]
async fn an_accounts_own_proxy_and_root_lead_to_max() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.text("?");
    let order = send_order(&anna, text("Тысяча"));
    let detour = Detour::to(&world.max.base_url()).await;
    let by = async |settings: &[(&str, &str)]| {
        let gateway = Max::connect(&setup(&world.max.base_url(), world.bot.token(), settings)).unwrap();
        gateway.carry_out(&order, &world.tools).await
    };
    for settings in detour.dead_ends() {
        let lost = by(&settings).await;
        assert!(!matches!(lost, SendOutcome::Accepted(_) | SendOutcome::Unknown { .. }), "{lost:?}");
    }
    let outcome = by(&detour.settings()).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert!(detour.was_taken());
}
