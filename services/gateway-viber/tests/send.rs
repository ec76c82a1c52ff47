//! Texts and buttons on their way out, and everything that can go wrong with them: every row of the error table.

use std::time::Duration;

use crate::common::{World, order, reason, send_order, setup, text};
use contracts::channel::{
    Button, ButtonRow, ContactCard, Content, DeleteOrder, FailureReason as R, Location, ReceiptStatus, inbound,
    order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use gateway_viber::Viber;
use serde_json::json;
use testkit::{
    tls::Detour,
    viber::{FakeViber, Fault, ViberOptions},
};

fn button(title: &str, url: &str, data: &str) -> Button {
    Button { title: title.into(), url: url.into(), data: data.into() }
}

#[tokio::test]
async fn a_text_arrives_under_the_employees_name() {
    let world = World::start().await;
    let anna = world.anna();
    let sent = world.accepted(&anna, text("🪟 Окно <b>не разметка</b>\n ")).await;
    let got = &world.bot.sent()[0];
    assert_eq!((got.kind.as_str(), got.text.as_str()), ("text", "🪟 Окно <b>не разметка</b>"));
    assert_eq!((&got.json["sender"]["name"], got.billing_status), (&json!("Борис"), 1));
    assert_eq!((sent.provider_keys, sent.position), (vec![got.token.to_string()], got.token as i64));
}

#[tokio::test]
async fn the_name_is_the_settings_else_the_employees_else_the_bots() {
    let world = World::start_with(<_>::default(), &[("sender", "Окна Плюс")]).await;
    let anna = world.anna();
    world.accepted(&anna, text("1")).await;
    assert_eq!(world.bot.sent()[0].json["sender"]["name"], "Окна Плюс");
    let world = World::start().await;
    let anna = world.anna();
    for (author, expected) in [("", "Okno"), ("Борис Длиннофамильный-Двойной мл.", "Борис Длиннофамильный-Двойно")]
    {
        let mut order = send_order(anna.id(), text("2"));
        let Some(Body::Send(send)) = &mut order.body else { unreachable!() };
        send.author_name = author.into();
        assert!(matches!(world.carry_out(&order).await, SendOutcome::Accepted(_)));
        assert_eq!(world.bot.sent().last().unwrap().json["sender"]["name"], expected);
    }
}

#[tokio::test]
async fn buttons_open_a_page_or_come_back_as_text() {
    let world = World::start().await;
    let anna = world.anna();
    let row = ButtonRow {
        buttons: vec![button("Сайт", "https://example.com/", ""), button("Да", "", "yes"), button("<Нет>", "", "")],
    };
    world.accepted(&anna, Content { buttons: vec![row], ..text("Верно?") }).await;
    let one = |action: &str, body: &str, text: &str| json!({ "Columns": 2, "Rows": 1, "ActionType": action, "ActionBody": body, "Text": text });
    let expected = json!({ "Type": "keyboard", "DefaultHeight": false, "Buttons": [
        one("open-url", "https://example.com/", "Сайт"), one("reply", "yes", "Да"), one("reply", "<Нет>", "&lt;Нет&gt;"),
    ] });
    assert_eq!(world.bot.sent()[0].json["keyboard"], expected);
}

#[tokio::test]
async fn places_and_contacts_arrive() {
    let world = World::start().await;
    let anna = world.anna();
    let at = Location { latitude: 50.45, longitude: 30.52, title: "Склад".into(), ..Location::default() };
    world.accepted(&anna, Content { location: Some(at), ..Content::default() }).await;
    let card = ContactCard { name: "Мастер 1".into(), phones: vec!["+70000000001".into()], emails: vec![] };
    world.accepted(&anna, Content { contact_card: Some(card), ..Content::default() }).await;
    let sent = world.bot.sent();
    assert_eq!(sent[0].json["location"], json!({ "lat": 50.45, "lon": 30.52 }));
    assert_eq!(sent[1].json["contact"], json!({ "name": "Мастер 1", "phone_number": "+70000000001" }));
}

#[tokio::test]
async fn what_viber_would_refuse_is_not_tried() {
    let world = World::start().await;
    let anna = world.anna();
    let with = |button: Button| Content { buttons: vec![ButtonRow { buttons: vec![button] }], ..text("x") };
    let rows = vec![ButtonRow { buttons: vec![button("1", "", "")] }; 13];
    let huge = vec![ButtonRow { buttons: vec![button(&"я".repeat(250), "https://example.com/", ""); 6] }; 12];
    for (content, expected) in [
        (text("  \n"), R::Rejected),
        (text(&"я".repeat(7001)), R::TooLong),
        (with(button("Да", "", &"я".repeat(126))), R::TooLong),
        (with(button(&"я".repeat(251), "", "")), R::TooLong),
        (with(button("Да", "javascript:alert(1)", "")), R::Rejected),
        (with(button(" ", "", "x")), R::Rejected),
        (Content { buttons: rows, ..text("x") }, R::TooLong),
        (Content { buttons: huge, ..text(&"я".repeat(500)) }, R::TooLong),
        (Content { contact_card: Some(ContactCard::default()), ..Content::default() }, R::Rejected),
        (Content { location: Some(Location::default()), ..text("и место") }, R::NotSupported),
    ] {
        assert_eq!(reason(world.send(&anna, content).await), expected);
    }
    assert_eq!(reason(world.carry_out(&send_order("", text("x"))).await), R::Unreachable);
    let mut group = send_order(anna.id(), text("x"));
    group.target.as_mut().unwrap().thread_key = "g8WaXq1+Yl0==".into();
    assert_eq!(reason(world.carry_out(&group).await), R::NotSupported);
    assert_eq!(world.viber.count("send_message"), 0);
    world.accepted(&anna, text(&"🪟".repeat(3500))).await;
}

#[tokio::test]
async fn what_viber_cannot_do_is_refused_aloud() {
    let world = World::start().await;
    let delete = order("a==", Body::Delete(DeleteOrder { message_keys: vec!["1".into()], ..<_>::default() }));
    assert_eq!(reason(world.carry_out(&delete).await), R::NotSupported);
    assert_eq!(reason(world.carry_out(&contracts::channel::Order::default()).await), R::NotSupported);
}

/// What becomes of a send for each status of <https://developers.viber.com/docs/api/rest-bot-api/#error-codes>.
#[derive(Debug)]
enum Becomes {
    Refused(R),
    Account(&'static str),
    Later { whole_account: bool },
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    use Becomes::{Account, Later, Refused};
    let world = World::start().await;
    let anna = world.anna();
    for (status, name, expected) in [
        (1, "invalidUrl", Account("webhook")),
        (2, "invalidAuthToken", Account("token")),
        (3, "badData", Refused(R::Rejected)),
        (4, "missingData", Refused(R::Rejected)),
        (5, "receiverNotRegistered", Refused(R::Unreachable)),
        (6, "receiverNotSubscribed", Refused(R::CannotWriteFirst)),
        (7, "publicAccountBlocked", Account("suspended")),
        (8, "publicAccountNotFound", Account("token")),
        (9, "publicAccountSuspended", Account("suspended")),
        (10, "webhookNotSet", Later { whole_account: true }),
        (11, "receiverNoSuitableDevice", Refused(R::Unreachable)),
        (12, "tooManyRequests", Later { whole_account: false }),
        (13, "apiVersionNotSupported", Refused(R::NotSupported)),
        (14, "incompatibleWithVersion", Refused(R::NotSupported)),
        (15, "publicAccountNotAuthorized", Account("suspended")),
        (16, "inchatReplyMessageNotAllowed", Refused(R::Rejected)),
        (17, "publicAccountIsNotInline", Refused(R::NotSupported)),
        (18, "noPublicChat", Refused(R::Unreachable)),
        (19, "cannotSendBroadcast", Refused(R::NotSupported)),
        (20, "broadcastNotAllowed", Refused(R::NotSupported)),
        (-1, "generalError", Later { whole_account: false }),
        (4711, "new", Later { whole_account: false }),
    ] {
        world.viber.fail_next("send_message", Fault::Status(status, name.into()));
        match (world.send(&anna, text("x")).await, expected) {
            (SendOutcome::Refused(failure), Refused(reason)) => {
                assert_eq!((failure.reason(), failure.provider_code), (reason, status.to_string()));
                assert_eq!(failure.provider_text, name);
            }
            (SendOutcome::AccountProblem { failure, remedy_key }, Account(remedy)) => {
                assert_eq!((failure.reason(), remedy_key), (R::AccountProblem, remedy));
            }
            (SendOutcome::RetryAfter { whole_account: of, .. }, Later { whole_account }) => {
                assert_eq!(of, whole_account, "{name}");
            }
            (outcome, expected) => panic!("{status} {name}: {outcome:?}, not {expected:?}"),
        }
    }
    assert_eq!(world.bot.sent().len(), 0);
}

#[tokio::test]
async fn a_lost_webhook_is_set_again_and_the_order_goes() {
    let world = World::start().await;
    let anna = world.anna();
    world.bot.lose_webhook();
    assert!(matches!(world.send(&anna, text("x")).await, SendOutcome::RetryAfter { .. }));
    world.gateway.open(Some(&world.listener.hook())).await.unwrap();
    world.accepted(&anna, text("x")).await;
}

#[tokio::test]
async fn a_closed_door_says_which() {
    let world = World::start().await;
    let (leaver, stranger, old) = (world.bot.person("1", "A"), world.bot.person("2", "B"), world.bot.person("3", "C"));
    leaver.text("?");
    leaver.unsubscribe();
    stranger.open(None);
    old.text("?");
    old.uses_api_version(0);
    for (to, expected) in
        [("1", R::CannotWriteFirst), ("2", R::CannotWriteFirst), ("3", R::NotSupported), ("nobody", R::Unreachable)]
    {
        assert_eq!(reason(world.carry_out(&send_order(to, text("x"))).await), expected, "{to}");
    }
}

#[tokio::test]
async fn the_hundred_and_first_message_without_a_reply_waits() {
    let world = World::start().await;
    let anna = world.anna();
    for number in 0..100 {
        world.accepted(&anna, text(&number.to_string())).await;
    }
    let outcome = world.send(&anna, text("ещё")).await;
    assert!(matches!(outcome, SendOutcome::RetryAfter { whole_account: false, .. }), "{outcome:?}");
    anna.text("Да-да");
    world.accepted(&anna, text("ещё")).await;
}

#[tokio::test]
async fn what_the_persons_client_does_not_show_fails_later() {
    let world = World::start().await;
    let anna = world.anna();
    anna.cannot_show("location");
    let at = Location { latitude: 1.0, longitude: 2.0, ..Location::default() };
    let sent = world.accepted(&anna, Content { location: Some(at), ..Content::default() }).await;
    let fact = world.fact("the failure", |fact| fact.key.starts_with("failed:")).await;
    let Some(inbound::Body::Receipt(receipt)) = &fact.body else { panic!("{fact:?}") };
    assert_eq!((receipt.status(), &fact.message_key), (ReceiptStatus::Failed, &sent.provider_keys[0]));
    assert!(receipt.failure.as_ref().unwrap().provider_text.contains("does not show"));
}

#[tokio::test]
async fn a_busy_server_is_obeyed() {
    let world = World::start().await;
    let anna = world.anna();
    world.viber.fail_next("send_message", Fault::TooMany(7));
    let after = Duration::from_secs(7);
    assert_eq!(world.send(&anna, text("1")).await, SendOutcome::RetryAfter { after, whole_account: true });
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_send_leaves_it_unknown() {
    let world = World::start().await;
    let anna = world.anna();
    world.viber.fail_next("send_message", Fault::DropAfterAccept);
    assert!(matches!(world.send(&anna, text("Один раз")).await, SendOutcome::Unknown { .. }));
    assert_eq!(world.bot.sent().len(), 1, "it was sent, and not again");
    world.viber.fail_next("send_message", Fault::DropBefore);
    assert!(matches!(world.send(&anna, text("Ни разу")).await, SendOutcome::Unknown { .. }), "nobody can know");
    for code in [500, 502, 503] {
        world.viber.fail_next("send_message", Fault::Http(code));
        assert!(matches!(world.send(&anna, text("x")).await, SendOutcome::Unknown { .. }), "{code}");
    }
    world.viber.fail_next("send_message", Fault::Http(404));
    let page = world.send(&anna, text("x")).await;
    assert!(matches!(page, SendOutcome::NotSent { .. }), "somebody between us: {page:?}");
    assert_eq!((world.viber.count("send_message"), world.bot.sent().len()), (6, 1));
}

#[tokio::test]
async fn a_refused_connection_is_surely_not_sent() {
    let viber = FakeViber::start_with(ViberOptions::default()).await;
    let (token, base) = (viber.bot().token().to_owned(), viber.base_url());
    drop(viber);
    let host = base.trim_start_matches("http://").trim_end_matches("/pa").to_owned();
    testkit::eventually("the port to close", Duration::from_secs(5), async || {
        tokio::net::TcpStream::connect(&host).await.is_err().then_some(())
    })
    .await;
    let gateway = Viber::connect(&setup(&base, &token, &[])).unwrap();
    let objects = std::sync::Arc::new(object_store::memory::InMemory::new());
    let tools = gateway_kit::Tools::alone(model::AccountId::new(), objects);
    let SendOutcome::NotSent { text } = gateway.carry_out(&send_order("a==", text("x")), &tools).await else {
        panic!("nobody was there");
    };
    assert!(!text.contains(&token) && !text.contains("http"), "{text}");
}

#[tokio::test]
async fn an_accounts_own_proxy_and_root_lead_to_viber() {
    let world = World::start().await;
    let anna = world.anna();
    let order = send_order(anna.id(), text("Тысяча"));
    let detour = Detour::to(&world.viber.base_url()).await;
    let by = async |settings: &[(&str, &str)]| {
        let gateway = Viber::connect(&setup(&world.viber.base_url(), world.bot.token(), settings)).unwrap();
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
