//! Texts, answers and buttons on their way out, and everything that can go wrong with them.

use std::time::Duration;

use crate::common::{World, files, reason, send_order, sent, setup, text};
use contracts::channel::{
    AttachmentKind, Button, ButtonRow, ContactCard, Content, FailureReason as R, Location, TextSpan, TextStyle,
    order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use gateway_telegram::Telegram;
use serde_json::json;
use testkit::telegram::{FakeTelegram, Fault};

fn span(style: TextStyle, offset: u32, length: u32, url: &str) -> TextSpan {
    TextSpan { style: style.into(), offset, length, url: url.into(), language: String::new() }
}

fn button(title: &str, url: &str, data: &str) -> Button {
    Button { title: title.into(), url: url.into(), data: data.into() }
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("Здравствуйте");
    let spans = vec![
        span(TextStyle::Bold, 2, 4, ""),
        span(TextStyle::Link, 7, 4, "https://example.com/"),
        span(TextStyle::Mention, 0, 1, ""),
    ];
    let content = Content { spans, ..text("🪟 Окно *не* <b>разметка</b> _\\[") };
    let sent = world.accepted("5001", content).await;
    let got = &olga.received()[0];
    assert_eq!(got.text.as_deref(), Some("🪟 Окно *не* <b>разметка</b> _\\["));
    let expected = [
        json!({ "type": "bold", "offset": 3, "length": 4 }),
        json!({ "type": "text_link", "offset": 8, "length": 4, "url": "https://example.com/" }),
    ];
    assert_eq!(got.entities, expected);
    assert_eq!(sent.provider_keys, [format!("|5001|{}", got.message_id)]);
    assert_eq!(sent.position, got.message_id);
    assert_eq!(sent.shown_at.unwrap().timestamp(), got.json["date"].as_i64().unwrap());
    assert_eq!(sent.new_reply_address, None);
}

#[tokio::test]
async fn an_answer_to_a_channels_direct_message_names_the_persons_topic() {
    let world = World::start().await;
    let photo = world.file(AttachmentKind::Image, "a.png", "image/png", testkit::telegram::png(8, 8)).await;
    for (method, content) in [("sendMessage", text("Да")), ("sendPhoto", files("Вот", vec![photo]))] {
        // The fake has no channels; what matters is what it was asked.
        assert!(matches!(world.send("-1004000000001!5002", content).await, SendOutcome::Refused(_)));
        let params = &world.bot.calls(method)[0].params;
        assert_eq!(params["chat_id"].to_string().trim_matches('"'), "-1004000000001", "{params}");
        assert_eq!(params["direct_messages_topic_id"].to_string().trim_matches('"'), "5002", "{params}");
    }
}

#[tokio::test]
async fn an_answer_names_its_question_and_goes_without_when_that_is_gone() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    let question = olga.text("Сколько стоит?").message_id;
    for (key, expected) in
        [(format!("|5001|{question}"), Some(question)), ("|5001|999999".into(), None), ("|-77|1".into(), None)]
    {
        let mut order = send_order("5001", text("Тысячу"));
        let Some(Body::Send(send)) = &mut order.body else { unreachable!() };
        send.reply_to_key = key;
        sent(world.carry_out(&order).await);
        assert_eq!(olga.received().last().unwrap().reply_to, expected);
    }
    assert_eq!(olga.received().len(), 3, "each arrived once");
}

#[tokio::test]
async fn buttons_open_a_page_or_come_back() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("?");
    let row = ButtonRow {
        buttons: vec![button("Сайт", "https://example.com/", ""), button("Да", "", "yes"), button("Нет", "", "")],
    };
    world.accepted("5001", Content { buttons: vec![row], ..text("Верно?") }).await;
    let markup = olga.received()[0].reply_markup.clone().unwrap();
    let expected = json!([[
        { "text": "Сайт", "url": "https://example.com/" },
        { "text": "Да", "callback_data": "yes" },
        { "text": "Нет", "callback_data": "Нет" },
    ]]);
    assert_eq!(markup["inline_keyboard"], expected);
}

#[tokio::test]
async fn what_telegram_would_refuse_is_not_tried() {
    let world = World::start().await;
    world.bot.customer(5001, "Покупатель 1").text("?");
    let with = |button: Button| Content { buttons: vec![ButtonRow { buttons: vec![button] }], ..text("x") };
    for (content, expected) in [
        (text("  \n"), R::Rejected),
        (text(&"я".repeat(4097)), R::TooLong),
        (text(&"🪟".repeat(2049)), R::TooLong),
        (with(button("Да", "", &"я".repeat(33))), R::TooLong),
        (with(button("Да", "javascript:alert(1)", "")), R::Rejected),
        (with(button(" ", "", "x")), R::Rejected),
        (Content { contact_card: Some(ContactCard::default()), ..Content::default() }, R::Rejected),
        (Content { location: Some(Location::default()), ..text("и место") }, R::NotSupported),
    ] {
        assert_eq!(reason(world.send("5001", content).await), expected);
    }
    let nowhere = crate::common::order("нигде", send_order("", text("x")).body.unwrap());
    let nowhere = contracts::channel::Order { target: None, ..nowhere };
    assert_eq!(reason(world.carry_out(&nowhere).await), R::Unreachable);
    assert_eq!(world.telegram.sent().len(), 0);
    world.accepted("5001", text(&"🪟".repeat(2048))).await;
}

#[tokio::test]
async fn places_and_contacts_arrive() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("Где вы?");
    let at = |title: &str, address: &str| Content {
        location: Some(Location { latitude: 55.75, longitude: 37.61, title: title.into(), address: address.into() }),
        ..Content::default()
    };
    world.accepted("5001", at("", "")).await;
    world.accepted("5001", at("Склад", "Примерная ул., 1")).await;
    world.accepted("5001", at("Склад", "")).await;
    let card = ContactCard { name: "Мастер 1".into(), phones: vec!["+79990000001".into()], emails: vec![] };
    world.accepted("5001", Content { contact_card: Some(card), ..Content::default() }).await;
    let kinds: Vec<_> = olga.received().into_iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, ["location", "venue", "venue", "contact"]);
    assert_eq!(olga.received()[3].json["contact"]["phone_number"], "+79990000001");
}

#[tokio::test]
async fn a_closed_door_says_which() {
    let world = World::start().await;
    let mut group = world.bot.group(-4001, "Стройка");
    let (blocker, leaver, stranger) =
        (world.bot.customer(1, "A"), world.bot.customer(2, "B"), world.bot.customer(3, "C"));
    blocker.text("x");
    blocker.block();
    leaver.text("x");
    leaver.deactivate();
    stranger.received();
    group.kick_bot();
    for (to, expected) in [
        ("1", R::BlockedByClient),
        ("2", R::Unreachable),
        ("3", R::CannotWriteFirst),
        ("-4001", R::Unreachable),
        ("424242", R::Unreachable),
    ] {
        assert_eq!(reason(world.send(to, text("Здравствуйте")).await), expected, "{to}");
    }
    group.migrate(-1_009);
    assert_eq!(world.telegram.sent().len(), 0);
}

/// What becomes of a send for each row of Telegram's table of errors that is a refusal; 429 and 5xx stand below.
#[tokio::test]
async fn every_refusal_of_the_table_has_its_verdict() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("?");
    let refused = |reason: R| format!("refused {reason:?}");
    let account = |remedy: &str| format!("account {remedy}");
    for (status, descriptions, expected) in [
        (400, vec!["chat not found", "PEER_ID_INVALID", "user not found"], refused(R::Unreachable)),
        (400, vec!["message to be replied not found"], refused(R::ReplyTargetGone)),
        (400, vec!["message is not modified", "query is too old and response timeout expired"], "done".into()),
        (400, vec!["can't parse entities: x", "message text is empty"], refused(R::Rejected)),
        (400, vec!["message is too long", "reply markup is too long"], refused(R::TooLong)),
        (400, vec!["wrong HTTP URL specified", "failed to get HTTP URL content"], refused(R::FileRejected)),
        (400, vec!["wrong type of the web page content", "wrong file_id or the file…"], refused(R::FileRejected)),
        (400, vec!["file is too big"], refused(R::FileTooLarge)),
        (400, vec!["BUSINESS_CONNECTION_INVALID", "not enough rights"], refused(R::AccountProblem)),
        (400, vec!["BUSINESS_PEER_INVALID"], refused(R::AccountProblem)),
        (400, vec!["FROZEN_METHOD_INVALID"], account("frozen")),
        (401, vec!["", "invalid token specified"], account("token")),
        (403, vec!["bot was blocked by the user"], refused(R::BlockedByClient)),
        (403, vec!["user is deactivated"], refused(R::Unreachable)),
        (403, vec!["bot can't initiate conversation with a user"], refused(R::CannotWriteFirst)),
        (403, vec!["bot was kicked from the group chat", "bot is not a member of the…"], refused(R::Unreachable)),
        (403, vec!["the group chat was deleted"], refused(R::Unreachable)),
        (404, vec![""], account("token")),
        (404, vec!["method not found"], refused(R::NotSupported)),
        (409, vec!["terminated by other getUpdates request"], "not sent".into()),
        (413, vec![""], refused(R::FileTooLarge)),
        (400, vec!["something that Telegram invents tomorrow"], refused(R::Rejected)),
    ] {
        for description in descriptions {
            world.telegram.fail_next("sendMessage", Fault::Status(status, described(status, description)));
            assert_eq!(shown(world.send("5001", text("?")).await), expected, "{status} {description}");
        }
    }
    assert!(olga.received().is_empty());
}

/// Telegram's words: what the status is called, and why.
fn described(status: u16, why: &str) -> String {
    let called = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        _ => "Request Entity Too Large",
    };
    if why.is_empty() { called.to_owned() } else { format!("{called}: {why}") }
}

fn shown(outcome: SendOutcome) -> String {
    match outcome {
        SendOutcome::Accepted(_) => "done".into(),
        SendOutcome::NotSent { .. } => "not sent".into(),
        SendOutcome::AccountProblem { remedy_key, .. } => format!("account {remedy_key}"),
        SendOutcome::Refused(failure) => format!("refused {:?}", failure.reason()),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_flood_waits_as_told() {
    let world = World::start_with(<_>::default(), &[]).await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("?");
    world.telegram.fail_next("sendMessage", Fault::FloodWait(7));
    let outcome = world.send("5001", text("1")).await;
    let after = Duration::from_secs(7);
    assert_eq!(outcome, SendOutcome::RetryAfter { after, whole_account: false });
    // The fake's own limits: a burst, then one a second.
    let mut outcomes = Vec::new();
    for number in 0..8 {
        outcomes.push(world.send("5001", text(&number.to_string())).await);
    }
    assert!(matches!(outcomes.last(), Some(SendOutcome::RetryAfter { .. })), "{outcomes:?}");
    let accepted = outcomes.iter().filter(|outcome| matches!(outcome, SendOutcome::Accepted(_))).count();
    assert_eq!(olga.received().len(), accepted);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_send_leaves_it_unknown() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("?");
    world.telegram.fail_next("sendMessage", Fault::DropAfterAccept);
    assert!(matches!(world.send("5001", text("Один раз")).await, SendOutcome::Unknown { .. }));
    assert_eq!(olga.received().len(), 1, "it was sent, and not again");
    world.telegram.fail_next("sendMessage", Fault::DropBefore);
    assert!(matches!(world.send("5001", text("Ни разу")).await, SendOutcome::Unknown { .. }), "nobody can know");
    assert_eq!(world.telegram.count("sendMessage"), 2);
}

#[tokio::test]
async fn a_server_error_leaves_it_unknown() {
    let world = World::start().await;
    world.bot.customer(5001, "Покупатель 1").text("?");
    world.telegram.fail_next("sendMessage", Fault::Html502);
    let internal = Fault::Status(500, "Internal Server Error: restart".into());
    world.telegram.fail_next("sendMessage", internal);
    let (first, second) = tokio::join!(world.send("5001", text("1")), world.send("5001", text("2")));
    assert!(matches!(first, SendOutcome::Unknown { .. }), "{first:?}");
    assert!(matches!(second, SendOutcome::Unknown { .. }), "{second:?}");
    assert_eq!(world.telegram.count("sendMessage"), 2);
}

#[tokio::test]
async fn a_refused_connection_is_surely_not_sent() {
    let telegram = FakeTelegram::start().await;
    let token = telegram.bot().token().to_owned();
    let address = telegram.base_url();
    drop(telegram);
    let host = address.trim_start_matches("http://").to_owned();
    testkit::eventually("the port to close", Duration::from_secs(5), async || {
        tokio::net::TcpStream::connect(&host).await.is_err().then_some(())
    })
    .await;
    let gateway = Telegram::connect(&setup(&address, &token, &[])).unwrap();
    let objects = std::sync::Arc::new(object_store::memory::InMemory::new());
    let tools = gateway_kit::Tools::alone(model::AccountId::new(), objects);
    let outcome = gateway.carry_out(&send_order("5001", text("x")), &tools).await;
    let SendOutcome::NotSent { text } = outcome else { panic!("{outcome:?}") };
    assert!(!text.contains(token.split_once(':').unwrap().1), "{text}");
}

#[tokio::test]
async fn a_group_that_moved_is_followed_once() {
    let world = World::start().await;
    let mut group = world.bot.group(-4001, "Стройка");
    let member = group.member(&world.bot.customer(5002, "Покупатель 2"));
    let question = member.text("Когда?").message_id;
    group.migrate(-1_002_000_000_009);
    let mut order = send_order("-4001", text("Завтра"));
    let Some(Body::Send(send)) = &mut order.body else { unreachable!() };
    send.reply_to_key = format!("|-4001|{question}");
    let sent = sent(world.carry_out(&order).await);
    assert_eq!(sent.new_reply_address.as_deref(), Some("-1002000000009"));
    let got = world.telegram.sent_to(-1_002_000_000_009);
    assert_eq!(got.len(), 1);
    assert_eq!(sent.provider_keys, [format!("|-1002000000009|{}", got[0].message_id)]);
}

#[tokio::test]
async fn a_topic_is_answered_in_the_topic() {
    let world = World::start().await;
    world.bot.group(-1_002_000_000_001, "Окна");
    world.accepted("-1002000000001#7", text("Тысяча")).await;
    assert_eq!(world.telegram.sent_to(-1_002_000_000_001)[0].json["message_thread_id"], 7);
}

#[tokio::test]
async fn a_revoked_token_stops_the_account() {
    let world = World::start().await;
    let unknown = "77999999:Test_token-of_a_bot_that_is_a_fake1";
    let gateway = Telegram::connect(&setup(&world.telegram.base_url(), unknown, &[])).unwrap();
    let outcome = gateway.carry_out(&send_order("5001", text("x")), &world.tools).await;
    let SendOutcome::AccountProblem { failure, remedy_key } = outcome else { panic!("{outcome:?}") };
    assert_eq!((failure.reason(), remedy_key), (R::AccountProblem, "token"));
    let frozen = Fault::Status(400, "Bad Request: FROZEN_METHOD_INVALID".into());
    world.telegram.fail_next("sendMessage", frozen);
    let outcome = world.send("5001", text("x")).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "frozen", .. }), "{outcome:?}");
}
