//! Log lines are one JSON object each, and tell nothing of people: no texts, names, phones, addresses, passwords, tokens.

use std::{fs::File, process::Stdio};

use contracts::inbox::{ConversationView, MessageStatus};
use serde_json::{Value, json};
use testkit::{
    eventually,
    telegram::{CustomerMessage, Fault, Person},
};

use crate::{
    deeds::reply,
    office::{PASSWORD, Process, binary},
    operator::Operator,
    stage::Stage,
    world::{SOON, World},
};

/// What must not be told: parts of names, texts and numbers that stand nowhere else.
const TOLD_IN_CONFIDENCE: &[&str] = &[
    "Ярополк",
    "Старицкий",
    "yaropolk_private",
    "79990001234",
    "9990001234",
    "yaropolk@private.example",
    "тайный вопрос",
    "тайный ответ",
    "тайный файл",
    "тайная заметка",
    "wrong-password-of-mine",
    "never-a-secret",
    PASSWORD,
];

fn person() -> Person {
    let name = Person::new(8_100, "Ярополк");
    Person { last_name: Some("Старицкий".to_owned()), username: Some("yaropolk_private".to_owned()), ..name }
}

/// Everything that is worth a line: what works, what is refused, what fails at the provider, what is not understood.
async fn live_a_day(stage: &Stage) {
    let (world, bot) = (&stage.world, &stage.connected.bot);
    let buyer = bot.customer_as(person());
    buyer.text("тайный вопрос");
    buyer.send(CustomerMessage::contact("+79990001234", "Ярополк", Some(8_100)));
    buyer.send(CustomerMessage::document("тайный файл.txt", "text/plain", "тайный файл"));
    let odd = json!({ "update_id": 900_001, "message": { "text": "тайный вопрос", "from": "Ярополк" } });
    world.deliver(&stage.connected, odd.to_string()).await;
    world.deliver(&stage.connected, "{\"text\": \"тайный вопрос").await;
    world.deliver_with(&stage.connected, "never-a-secret", odd.to_string()).await;
    let edge = &world.environment["OKNO_EDGE_LISTEN"];
    Operator::try_sign_in(edge, "operator1", "wrong-password-of-mine", "").await.map(drop).expect_err("refused");

    let conversation = stage.operator.take_only().await.conversation_id;
    for (fault, status) in [
        (Some(Fault::Status(400, "Bad Request: тайный ответ".to_owned())), MessageStatus::Failed),
        (Some(Fault::Html502), MessageStatus::Unknown),
        (None, MessageStatus::Sent),
    ] {
        if let Some(fault) = fault {
            world.telegram.fail_next("sendMessage", fault);
        }
        let told = stage.operator.try_send(reply(&conversation, "тайный ответ: Ярополк")).await.expect("taken");
        stage.operator.wait_for_status(&told[0], status).await;
    }
    stage.operator.try_send(reply(&conversation, &"тайный ответ ".repeat(100_000))).await.expect_err("too long");

    let site = world.connect_webchat(&stage.admin, "Чат магазина", &[]).await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "тайный вопрос с сайта, yaropolk@private.example").await;
    chat.send(json!({ "t": "msg", "id": "тайный вопрос", "text": 7 })).await;
    stage.operator.list(ConversationView::All).await;
    eventually("the visitor's conversation", SOON, async || {
        (stage.operator.list(ConversationView::All).await.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn log_lines_are_json_and_tell_nothing_of_people() {
    let mut world = World::servers().await;
    let set = [("OKNO_LOG_FORMAT", "json"), ("OKNO_LOG", "debug")];
    world.environment.extend(set.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let path = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
    let log = Stdio::from(File::create(&path).expect("a file"));
    let mut process = Process::spawn_of(&binary(), &["all"], &world.environment, log);
    process.ready(&["all"]).await;
    world.processes.insert("all".to_owned(), process);
    let stage = Stage::set_in(world).await;
    live_a_day(&stage).await;

    let secrets = [stage.connected.bot.token().to_owned(), stage.connected.secret(), cookie_value(&stage.operator)];
    let hidden = || TOLD_IN_CONFIDENCE.iter().copied().chain(secrets.iter().map(String::as_str));
    let lines = std::fs::read_to_string(&path).expect("the log");
    assert!(lines.lines().count() > 100, "at this level there is much to tell");
    for line in lines.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let told = hidden().find(|word| line.contains(word));
        assert!(told.is_none(), "{told:?} stands in the log: {line}");
    }
}

fn cookie_value(operator: &Operator) -> String {
    operator.cookie.split('=').nth(1).expect("a cookie's value").to_owned()
}
