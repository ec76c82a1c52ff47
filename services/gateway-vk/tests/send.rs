//! Messages on their way out: what arrives, each row of the error table, and what nobody knows.

use std::time::Duration;

use contracts::channel::{Button, ButtonRow, Content, FailureReason as R, Location, Order, order::Body};
use gateway_kit::{Gateway, SendOutcome};
use gateway_vk::Vk;
use testkit::{
    tls::Detour,
    vk::{Fault, VkOptions},
};

use crate::common::{World, order, reason, send_order, sent, setup, text};

fn buttons(titles: &[&str]) -> Vec<ButtonRow> {
    let button = |title: &&str| Button { title: (*title).into(), data: format!("{title}!"), ..Button::default() };
    vec![ButtonRow { buttons: titles.iter().map(button).collect() }]
}

#[tokio::test]
async fn a_message_arrives_with_its_buttons_and_what_it_answers() {
    let world = World::start().await;
    let mut order =
        send_order(Content { buttons: buttons(&["Да", "Нет"]), ..text("Замер в пятницу?") });
    let Some(Body::Send(send)) = &mut order.body else { panic!("a send") };
    send.reply_to_key = "77001:1".into();
    let receipt = sent(world.carry_out(&order).await);
    let got = &world.anna.received()[0];
    assert_eq!((got.text.as_str(), got.reply_to), ("Замер в пятницу?", Some(1)));
    assert_eq!(receipt.provider_keys, [format!("77001:{}", got.cmid)]);
    assert_eq!(receipt.position, got.cmid);
    let keyboard = got.keyboard.as_ref().unwrap();
    assert_eq!(keyboard["buttons"][0][1]["action"]["payload"], r#"{"d":"Нет!"}"#);
}

#[tokio::test]
async fn a_place_and_a_card_have_a_form() {
    let world = World::start().await;
    let at = Location { latitude: 55.75, longitude: 37.5, ..Location::default() };
    world.accepted(Content { location: Some(at), ..Content::default() }).await;
    assert_eq!(world.anna.received()[0].location, Some((55.75, 37.5)));
    let card =
        contracts::channel::ContactCard {
            name: "Борис".into(), phones: vec!["+70000000000".into()], ..<_>::default()
        };
    world.accepted(Content { contact_card: Some(card), ..Content::default() }).await;
    assert_eq!(world.anna.received()[1].text, "Борис\n+70000000000");
}

#[tokio::test]
async fn what_cannot_go_is_refused_before_anything_is_tried() {
    let world = World::start().await;
    let calls = world.vk.calls().len();
    let bad_url = Button { title: "Сайт".into(), url: "javascript:1".into(), ..Button::default() };
    for (content, expected) in [
        (text(&"я".repeat(4_001)), R::TooLong),
        (text("  "), R::Rejected),
        (
            Content { buttons: buttons(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]), ..text("?") },
            R::TooLong,
        ),
        (Content { buttons: vec![ButtonRow { buttons: vec![bad_url] }], ..text("?") }, R::Rejected),
    ] {
        assert_eq!(reason(world.send(content).await), expected);
    }
    let nowhere = Order { target: None, ..send_order(text("?")) };
    assert_eq!(reason(world.carry_out(&nowhere).await), R::Unreachable);
    assert_eq!(world.vk.calls().len(), calls);
}

/// What becomes of a send for each row of VK's table of errors.
#[tokio::test]
async fn every_error_of_the_table_has_its_verdict() {
    let world = World::start_with(VkOptions { calls_per_second: 1_000, ..VkOptions::default() }, &[]).await;
    let refused = |reason: R| format!("refused {reason:?}");
    let account = |remedy: &str| format!("account {remedy}");
    let mut table: Vec<(&[i64], String)> = vec![
        (&[1, 10, 36], "unknown".into()),
        (&[6], "wait 1 account".into()),
        (&[29], "wait 3600 account".into()),
        (&[9], "wait 120 lane".into()),
        (&[14, 3300], account("captcha")),
        (&[5, 27, 28], account("token")),
        (&[7, 15, 20, 203], account("rights")),
        (&[17, 24, 25], account("validation")),
        (&[2, 38, 40], account("app")),
        (&[23, 43, 913, 920, 921, 940, 969, 911, 912], refused(R::NotSupported)),
        (&[3, 8, 100, 113, 125, 943, 944], refused(R::Rejected)),
        (&[18, 37, 39, 917, 922, 925, 927, 932, 935, 936, 945, 946], refused(R::Unreachable)),
        (&[22, 105, 118, 121, 129], refused(R::FileRejected)),
        (&[900], refused(R::BarredByUs)),
        (&[902], refused(R::BlockedByClient)),
        (&[901, 983, 984, 985, 986, 987, 988], refused(R::CannotWriteFirst)),
        (&[909, 924], refused(R::TooOld)),
        (&[910, 914], refused(R::TooLong)),
    ];
    table.push((&[950], refused(R::WindowClosed)));
    table.push((&[31_337], refused(R::Rejected)));
    for (codes, expected) in table {
        for code in codes {
            world.vk.fail_next("messages.send", Fault::Error(*code));
            assert_eq!(shown(world.send(text("?")).await, *code), expected, "error {code}");
        }
    }
    assert!(world.anna.received().is_empty());
}

fn shown(outcome: SendOutcome, code: i64) -> String {
    match outcome {
        SendOutcome::Unknown { .. } => "unknown".into(),
        SendOutcome::RetryAfter { after, whole_account } => {
            format!("wait {} {}", after.as_secs(), if whole_account { "account" } else { "lane" })
        }
        SendOutcome::AccountProblem { failure, remedy_key } => {
            assert_eq!(failure.provider_code, code.to_string());
            format!("account {remedy_key}")
        }
        SendOutcome::Refused(failure) => {
            assert_eq!(failure.provider_code, code.to_string());
            format!("refused {:?}", failure.reason())
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_flood_is_tried_three_times_and_no_more() {
    let world = World::start().await;
    for (attempt, waits) in [(1, true), (2, true), (3, false)] {
        world.vk.fail_next("messages.send", Fault::Error(9));
        let mut order = send_order(text("?"));
        let Some(Body::Send(send)) = &mut order.body else { panic!("a send") };
        send.attempt = attempt;
        let outcome = world.carry_out(&order).await;
        assert_eq!(matches!(outcome, SendOutcome::RetryAfter { .. }), waits, "attempt {attempt}: {outcome:?}");
    }
}

#[tokio::test]
async fn permissions_of_people_are_their_own() {
    let world = World::start().await;
    for (code, expected) in [(900, R::BarredByUs), (902, R::BlockedByClient)] {
        world.anna.refuse(Some(code));
        assert_eq!(reason(world.send(text("?")).await), expected);
    }
    world.anna.refuse(None);
    world.anna.deny();
    assert_eq!(reason(world.send(text("?")).await), R::CannotWriteFirst);
    world.anna.allow("");
    world.accepted(text("Спасибо!")).await;
}

#[tokio::test]
async fn buttons_that_are_switched_off_cost_no_message() {
    let world = World::start().await;
    world.shop.set_bot_features(false);
    world.accepted(Content { buttons: buttons(&["Да"]), ..text("Замер?") }).await;
    assert!(world.anna.received()[0].keyboard.is_none());
}

#[tokio::test]
async fn an_answer_to_a_message_that_is_gone_goes_without() {
    let world = World::start().await;
    let mut order = send_order(text("Да"));
    let Some(Body::Send(send)) = &mut order.body else { panic!("a send") };
    send.reply_to_key = "77001:99".into();
    sent(world.carry_out(&order).await);
    assert_eq!(world.anna.received()[0].reply_to, None);
}

#[tokio::test]
async fn what_nobody_knows_is_sent_again_and_arrives_once() {
    let world = World::start().await;
    for fault in [Fault::DropAfterAccept, Fault::DropBefore, Fault::Html(502), Fault::Error(10)] {
        let (before, order) = (world.anna.received().len(), send_order(text("Один раз")));
        world.vk.fail_next("messages.send", fault.clone());
        let outcome = world.carry_out(&order).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{fault:?}: {outcome:?}");
        let receipt = sent(world.carry_out(&order).await);
        let got = world.anna.received();
        assert_eq!(got.len(), before + 1, "{fault:?}");
        assert_eq!(receipt.provider_keys, [format!("77001:{}", got.last().unwrap().cmid)]);
    }
}

#[tokio::test]
async fn beyond_the_span_of_random_ids_the_history_tells_whether_it_was_sent() {
    let world = World::start().await;
    let mut order = send_order(text("Один раз"));
    world.vk.fail_next("messages.send", Fault::DropAfterAccept);
    assert!(matches!(world.carry_out(&order).await, SendOutcome::Unknown { .. }));
    world.vk.advance(Duration::from_secs(2 * 3600));
    let now = chrono_seconds() - 2 * 3600;
    order.created_at.as_mut().unwrap().seconds = now;
    let Some(Body::Send(send)) = &mut order.body else { panic!("a send") };
    send.attempt = 2;
    let receipt = sent(world.carry_out(&order).await);
    assert_eq!(world.anna.received().len(), 1, "found, and not sent again");
    assert_eq!(receipt.provider_keys, [format!("77001:{}", world.anna.received()[0].cmid)]);

    let mut never = send_order(text("Ни разу"));
    never.created_at = order.created_at;
    sent(world.carry_out(&never).await);
    assert_eq!(world.anna.received().len(), 2, "what was not found is sent");
    world.vk.fail_next("messages.getHistory", Fault::Html(500));
    let outcome = world.carry_out(&never).await;
    assert!(matches!(outcome, SendOutcome::Unknown { .. }), "what cannot be looked up stays unknown: {outcome:?}");
}

fn chrono_seconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("before the end of time")
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let world = World::start().await;
    let nowhere = Vk::connect(&setup(&world.vk, &world.shop, &[("api_url", "http://127.0.0.1:9/method")])).unwrap();
    let outcome = nowhere.carry_out(&send_order(text("?")), &world.tools).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_key_that_was_taken_back_stops_the_account() {
    let world = World::start().await;
    world.shop.revoke_key();
    let outcome = world.send(text("?")).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "token", .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_burst_stays_below_vks_limit() {
    let world = World::start().await;
    let sends = (0..30).map(|number| world.send(text(&format!("{number}"))));
    let outcomes = futures::future::join_all(sends).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, SendOutcome::Accepted(_))), "{outcomes:?}");
}

#[tokio::test]
async fn an_order_of_an_unknown_kind_is_refused() {
    let world = World::start().await;
    let unknown = Order { body: None, ..order(Body::ParseAgain(<_>::default())) };
    assert_eq!(reason(world.carry_out(&unknown).await), R::NotSupported);
}

#[tokio::test]
async fn an_accounts_own_proxy_and_root_lead_to_vk() {
    let world = World::start().await;
    let order = send_order(text("Тысяча"));
    let detour = Detour::to(&world.vk.base_url()).await;
    let by = async |settings: &[(&str, &str)]| {
        let gateway = Vk::connect(&setup(&world.vk, &world.shop, settings)).unwrap();
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
