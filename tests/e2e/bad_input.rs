//! Bad input: a clear answer, a metric, nothing lost, nothing executed.

use contracts::{
    channel::{AttachmentState, Inbound, Unparsed, inbound::Body},
    errors::ErrorReason,
    file::CreateFileRequest,
    inbox::{ConversationView, ListDeadLettersRequest, SendMessageRequest},
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::telegram::{CustomerMessage, Person};
use uuid::Uuid;

use crate::{
    actions::customer,
    deeds::{http, reason, reply, text_of},
    office::chore,
    stage::{Stage, private_message},
};

impl Stage {
    /// The sum of a metric over those of its series whose labels hold all of these.
    async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let all = self.world.processes["all"].metrics().await;
        let series =
            all.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
        let asked = series.filter(|line| labels.iter().all(|label| line.contains(label)));
        asked.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    async fn received(&self) -> i64 {
        self.world.count("select count(*) from inbox.received where key not like 'state:%'").await
    }

    async fn dead_letters(&self) -> i64 {
        self.world.count("select count(*) from inbox.dead_letter where replayed_at is null").await
    }

    /// After all that: a customer is heard as ever.
    async fn still_works(&self) {
        let text = format!("всё работает {}", Uuid::now_v7());
        customer(&self.connected.bot, 99).text(&text);
        let conversation = self.operator.conversation_with("Покупатель 99").await.conversation_id;
        self.operator.message_with(&conversation, &text).await;
    }
}

#[tokio::test]
async fn what_is_not_ours_to_take_is_refused_and_counted() {
    let stage = Stage::set().await;
    let before = stage.received().await;
    let good = json!({ "update_id": 1, "message": private_message(6_001, "Анна", 1, "привет") }).to_string();
    for secret in ["", "wrong", &stage.connected.secret()[..63]] {
        let status = stage.world.deliver_with(&stage.connected, secret, good.clone()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(stage.metric("okno_gateway_refused_total", &["why=\"unauthentic\""]).await, 3.0);

    let gateway = format!("http://{}/hook", stage.world.environment["OKNO_GATEWAY_TELEGRAM_LISTEN"]);
    let account = &stage.connected.account_id;
    let cases = [
        (Method::POST, format!("{gateway}/telegram/{}", Uuid::now_v7()), StatusCode::NOT_FOUND),
        (Method::POST, format!("{gateway}/telegram/../../etc/passwd"), StatusCode::NOT_FOUND),
        (Method::POST, format!("{gateway}/telegram/nobody"), StatusCode::NOT_FOUND),
        (Method::POST, format!("{gateway}/viber/{account}"), StatusCode::NOT_FOUND),
        (Method::GET, format!("{gateway}/telegram/{account}"), StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (method, url, expected) in cases {
        let answer = http().request(method, &url).body(good.clone()).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{url}");
    }
    assert!(stage.metric("okno_gateway_refused_total", &["why=\"unknown_account\""]).await >= 3.0);
    assert_eq!(stage.metric("okno_gateway_refused_total", &["why=\"method\""]).await, 1.0);

    let huge = vec![b' '; 11 << 20];
    assert_eq!(stage.world.deliver(&stage.connected, huge).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stage.metric("okno_gateway_refused_total", &["why=\"too_large\""]).await, 1.0);
    assert_eq!(stage.metric("okno_gateway_answers_total", &["status=\"401\""]).await, 3.0);
    assert_eq!((stage.received().await, stage.dead_letters().await), (before, 0), "none of it went any further");
    stage.still_works().await;
}

/// Bodies that are no update, each in its own way.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let whole = json!({ "update_id": 1, "message": private_message(6_001, "Анна", 1, "привет") }).to_string();
    let ten_megabytes = json!({ "update_id": 2, "message": private_message(6_001, "Анна", 2, &"я".repeat(5_000_000)) });
    vec![
        ("truncated", whole.as_bytes()[..whole.len() - 7].to_vec()),
        ("empty", Vec::new()),
        ("no JSON", b"update_id=1&message=hi".to_vec()),
        ("no UTF-8", b"{\"update_id\":1,\"message\":\"\xff\xfe\"}".to_vec()),
        ("a bomb of brackets", b"[".repeat(200_000)),
        ("nested beyond reason", format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000)).into_bytes()),
        ("a list", b"[1,2,3]".to_vec()),
        ("wrong types", br#"{"update_id":"one","message":{"message_id":"x","chat":7,"date":[]}}"#.to_vec()),
        ("numbers out of range", br#"{"update_id":1e400,"message":{"message_id":99999999999999999999999}}"#.to_vec()),
        ("no kind", br#"{"update_id":5}"#.to_vec()),
        ("a kind of tomorrow", br#"{"update_id":6,"telepathy":{"thought":"<script>alert(1)</script>"}}"#.to_vec()),
        ("ten megabytes", ten_megabytes.to_string().into_bytes()),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_a_dead_letter_and_answered_200() {
    let stage = Stage::set().await;
    let bodies = hostile();
    for (what, body) in &bodies {
        assert_eq!(stage.world.deliver(&stage.connected, body.clone()).await, StatusCode::OK, "{what}");
    }
    let count = i64::try_from(bodies.len()).unwrap();
    assert_eq!(stage.dead_letters().await, count);
    for (what, body) in &bodies {
        assert_eq!(stage.world.deliver(&stage.connected, body.clone()).await, StatusCode::OK, "{what}, again");
    }
    assert_eq!(stage.dead_letters().await, count, "a repeat adds nothing");
    assert_eq!(stage.metric("okno_gateway_facts_total", &["kind=\"unparsed\""]).await, 2.0 * count as f64);
    assert_eq!(stage.metric("okno_router_dead_letters_total", &["channel=\"telegram\""]).await, count as f64);
    assert!(stage.operator.list(ConversationView::All).await.is_empty());

    // Nothing is lost: the administrator sees each, and the whole bytes are kept.
    let request = ListDeadLettersRequest { page_size: 200, ..ListDeadLettersRequest::default() };
    let listed = stage.admin.accounts().list_dead_letters(request).await.unwrap().into_inner().dead_letters;
    assert_eq!(listed.len(), bodies.len());
    assert!(listed.iter().all(|letter| !letter.reason.is_empty() && letter.account_id == stage.connected.account_id));
    assert!(!listed.iter().any(|letter| letter.reason.contains("привет")), "reasons quote nobody");
    let kept: Vec<(Vec<u8>, String)> =
        sqlx::query_as("select raw, object_key from inbox.dead_letter").fetch_all(&stage.world.pool).await.unwrap();
    let objects = std::path::Path::new(&stage.world.environment["OKNO_OBJECTS"]);
    let kept: Vec<Vec<u8>> = kept
        .into_iter()
        .map(|(raw, key)| if key.is_empty() { raw } else { std::fs::read(objects.join(key)).expect("the whole bytes") })
        .collect();
    for (what, body) in &bodies {
        assert!(kept.contains(body), "{what} is kept as it came");
    }
    stage.still_works().await;
}

#[tokio::test]
async fn a_dead_letter_is_listed_shown_and_replayed_by_the_binary() {
    let stage = Stage::set().await;
    let environment = &stage.world.environment;
    let okno = async |arguments: &[&str]| chore(environment, arguments).await;
    assert!(okno(&["dead", "list"]).await.unwrap().contains("0 dead letters"));
    let tomorrow = json!({ "update_id": 6, "telepathy": private_message(6_001, "Анна", 1, "\u{1b}[2Jпривет") });
    assert_eq!(stage.world.deliver(&stage.connected, tomorrow.to_string()).await, StatusCode::OK);
    let id: Uuid =
        sqlx::query_scalar("select dead_letter_id from inbox.dead_letter").fetch_one(&stage.world.pool).await.unwrap();
    let id = id.to_string();
    let list = okno(&["dead", "list", "--account", &stage.connected.account_id]).await.unwrap();
    assert!(list.contains(&id) && list.contains("updates of kind telepathy are not known"), "{list}");
    assert!(
        okno(&["dead", "list", "--account", &Uuid::now_v7().to_string()]).await.unwrap().contains("0 dead letters")
    );
    let shown = okno(&["dead", "show", &id]).await.unwrap();
    assert!(shown.contains("telepathy") && shown.contains("привет") && !shown.contains('\u{1b}'), "{shown}");
    assert!(okno(&["dead", "show", &Uuid::now_v7().to_string()]).await.unwrap_err().contains("no such dead letter"));

    // This version understands it no better.
    assert!(okno(&["dead", "replay", &id]).await.unwrap().contains("parsed again"));
    testkit::eventually("the gateway has tried", crate::world::SOON, async || {
        (stage.world.count("select count(*) from inbox.outgoing where kind = 16").await == 0).then_some(())
    })
    .await;
    assert_eq!(stage.dead_letters().await, 1);
    // The next one does: what it calls telepathy is a message.
    let upgrade = "update inbox.dead_letter set raw = convert_to(replace(convert_from(raw, 'UTF8'), 'telepathy', 'message'), 'UTF8')";
    sqlx::query(upgrade).execute(&stage.world.pool).await.unwrap();
    assert!(okno(&["dead", "replay", "--all"]).await.is_ok());
    let conversation = stage.operator.conversation_with("Анна").await;
    assert_eq!(conversation.last_message.unwrap().text, "\u{1b}[2Jпривет");
    assert_eq!(conversation.unread, 1);
    assert!(conversation.request.is_some(), "it is work like any other");
    testkit::eventually("the dead letter is closed", crate::world::SOON, async || {
        (stage.dead_letters().await == 0).then_some(())
    })
    .await;
    assert!(okno(&["dead", "list"]).await.unwrap().contains("0 dead letters"));
    assert!(okno(&["dead", "list", "--replayed"]).await.unwrap().contains(&id));
    assert_eq!(okno(&["dead", "replay", &id]).await.unwrap().trim(), format!("{id} is taken"));

    // A fact that this router does not know is taken again by itself, by the page too.
    let fact = Inbound { key: "odd:1".into(), ..Inbound::default() };
    let bus = async_nats::connect(&stage.world.nats.url()).await.unwrap();
    let subject = format!("okno.in.0.telegram.{}", stage.connected.account_id);
    bus.publish(subject.clone(), prost::Message::encode_to_vec(&fact).into()).await.unwrap();
    let broken = Unparsed { raw: b"\xff".to_vec(), reason: "?".into(), ..Unparsed::default() };
    let fact = Inbound { key: "odd:2".into(), body: Some(Body::Unparsed(broken)), ..Inbound::default() };
    bus.publish(subject.clone(), prost::Message::encode_to_vec(&fact).into()).await.unwrap();
    bus.publish(subject, vec![0xff; 64].into()).await.unwrap();
    bus.flush().await.unwrap();
    testkit::eventually("three more", crate::world::SOON, async || (stage.dead_letters().await == 3).then_some(()))
        .await;
    assert!(okno(&["dead", "replay", "--all"]).await.unwrap_err().contains("stay"));
    stage.still_works().await;
}

#[tokio::test]
async fn words_of_strangers_are_only_words() {
    let stage = Stage::set().await;
    let name = "<img src=x onerror=alert(1)>\u{202e}gpj.exe'; drop table inbox.message; --";
    let buyer = stage.connected.bot.customer_as(Person {
        last_name: Some("{{7*7}}\u{0}\u{200f}".into()),
        username: Some("\"><script>".into()),
        ..Person::new(5_001, name)
    });
    let text = "<b>жирно</b> \u{202e}задом наперёд\u{202c} \u{0} %s ${x} {{y}} \\0 '\"; --";
    buyer.text(text);
    buyer.send(CustomerMessage::document(
        "../../etc/\u{202e}fdp.exe",
        "text/html",
        b"<script>alert(1)</script>".to_vec(),
    ));
    let row = stage.operator.take_only().await;
    let shown = row.person.unwrap().display_name;
    assert_eq!(
        shown, "<img src=x onerror=alert(1)>gpj.exe'; drop table inbox.message; -- {{7*7}}\u{fffd}",
        "marks are left out, a NUL is seen, the rest is text"
    );
    let thread = stage.operator.thread(&row.conversation_id, 2).await;
    assert_eq!(text_of(&thread[0]), text.replace('\0', "\u{fffd}"));
    let file = stage.operator.stored_files(&row.conversation_id, 1).await.remove(0);
    assert_eq!(file.name, "fdp.exe");
    let get = http().get(format!("{}/files/{}", stage.operator.base, file.attachment_id));
    let answer = stage.operator.as_page(get).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment"), "a page of a stranger is never shown as ours");
    assert!(header("content-security-policy").contains("sandbox") && header("x-content-type-options") == "nosniff");
    assert!(header("content-disposition").contains("filename=\"fdp.exe\""), "{}", header("content-disposition"));

    // What we say is text as well: no parse mode.
    stage.send_all(reply(&row.conversation_id, "<b>не жирно</b> *и* _не_ [так](http://example.com)")).await;
    let got = buyer.received().remove(0);
    assert_eq!(got.text.unwrap(), "<b>не жирно</b> *и* _не_ [так](http://example.com)");
    assert!(got.entities.is_empty());
    // A search is no pattern and no code.
    for query in ["%", "_", "'", "\\", "img src=x", "жирно"] {
        let request = contracts::inbox::ListConversationsRequest { query: query.into(), ..Default::default() };
        let found =
            stage.operator.conversations().list_conversations(request).await.unwrap().into_inner().conversations;
        assert_eq!(found.len(), usize::from(matches!(query, "'" | "_" | "img src=x" | "жирно")), "{query:?}");
    }
    assert!(stage.world.count("select count(*) from inbox.message").await >= 3);
}

#[tokio::test]
async fn what_is_too_long_or_too_large_is_told_with_its_limit() {
    let stage = Stage::set().await;
    let (buyer, conversation) = stage.talk(1).await;
    let operator = &stage.operator;
    // From the provider: a text that no client sends, and a file that no bot may fetch.
    let long = "я".repeat(100_000);
    stage.update(50, "message", private_message(6_001, "Анна", 50, &long)).await;
    let anna = operator.conversation_with("Анна").await;
    assert_eq!(text_of(&operator.messages(&anna.conversation_id).await[0]), long);
    assert!(anna.last_message.unwrap().text.chars().count() <= 200);
    buyer.send(CustomerMessage::video("дом.mp4", vec![0; (20 << 20) + 1], 60));
    let file = operator.stored_files(&conversation, 1).await.remove(0);
    assert_eq!((file.state(), file.size_bytes), (AttachmentState::TooLarge, (20 << 20) + 1));
    assert!(!file.problem.is_empty());
    assert_eq!(operator.download(&file.attachment_id).await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.world.telegram.count("getFile"), 1, "asked once: a server of one's own may have it");

    // From staff.
    let too_long = operator.try_send(reply(&conversation, &"я".repeat(100_001))).await.unwrap_err();
    assert_eq!(rpc::reason_of(&too_long), Some(ErrorReason::TextTooLong));
    assert_eq!(rpc::metadata_of(&too_long)["limit"], "100000");
    let place = |size_bytes| CreateFileRequest {
        file_id: Uuid::now_v7().to_string(),
        name: "дом.mp4".into(),
        mime_type: "video/mp4".into(),
        size_bytes,
        ..CreateFileRequest::default()
    };
    for size in [0, -1, (100 << 20) + 1] {
        let refused = operator.files().create_file(place(size)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{size}: {refused:?}");
    }
    let over = operator.files().create_file(place((100 << 20) + 1)).await;
    assert_eq!(reason(over), ErrorReason::FileTooLarge);
    let put = async |size_bytes, bytes: Vec<u8>| {
        let created = operator.files().create_file(place(size_bytes)).await.unwrap().into_inner();
        let request = http().put(format!("{}{}", operator.base, created.upload_path)).body(bytes);
        let status = operator.as_page(request).send().await.unwrap().status();
        (status, created.file.unwrap().file_id)
    };
    let (status, id) = put(10, vec![0; 11]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let with = |id: &str| SendMessageRequest { file_ids: vec![id.to_owned()], ..reply(&conversation, "") };
    assert_eq!(reason(operator.try_send(with(&id)).await), ErrorReason::FileNotReady);
    assert_eq!(put(10, vec![0; 9]).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(reason(operator.try_send(with(&Uuid::now_v7().to_string())).await), ErrorReason::FileNotFound);
    assert_eq!(reason(operator.try_send(reply(&conversation, " \n ")).await), ErrorReason::EmptyMessage);
    assert!(stage.metric("okno_edge_rpc_total", &["SendMessage\"", "code=\"InvalidArgument\""]).await >= 2.0);
    assert!(buyer.received().is_empty(), "nothing of it was sent");
    stage.still_works().await;
}
