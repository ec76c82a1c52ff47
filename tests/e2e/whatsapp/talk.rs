//! What is said, both ways.

use contracts::{
    channel::{AliasKind, AttachmentKind as K},
    errors::ErrorReason,
    inbox::{EditMessageRequest, MarkConversationReadRequest, Message, MessageStatus, SendMessageRequest},
};
use serde_json::json;
use testkit::{
    eventually,
    telegram::png,
    whatsapp::{Fault, Shape},
};
use uuid::Uuid;

use super::Scene;
use crate::{
    actions::customer,
    deeds::{reason, reply},
    messengers::shape,
    world::SOON,
};

fn kinds(messages: &[Message]) -> Vec<K> {
    let content = |message: &Message| message.content.clone().unwrap_or_default();
    messages.iter().flat_map(|message| content(message).attachments).map(|file| file.kind()).collect()
}

// acceptance: DI-6
#[tokio::test]
async fn everything_goes_both_ways_and_each_answer_shows_how_far_it_got() {
    let scene = Scene::set().await;
    let anna = scene.number.user(Shape::full("79990000001", "RU.1", "anna", "Анна"));
    let first = anna.text_from_ad("Окно, цена? 🪟", "120210", "click-1");
    anna.file("image", "image/png", "", "Вот такое", png(64, 48));
    anna.file("document", "application/pdf", "план.pdf", "", b"%PDF-1.4 plan".to_vec());
    anna.file("voice", "audio/ogg; codecs=opus", "", "", b"OggS voice".to_vec());
    let last =
        anna.write("unsupported", json!({ "type": "poll" }), json!({ "errors": [{ "code": 131_051, "title": "x" }] }));
    let conversation = scene.operator.take_only().await.conversation_id;
    let thread = scene.operator.thread(&conversation, 5).await;
    assert_eq!(kinds(&thread), [K::Image, K::Document, K::Voice]);
    assert_eq!(thread[4].content.as_ref().unwrap().unsupported, "poll");
    let files = scene.operator.stored_files(&conversation, 3).await;
    let expected: [&[u8]; 3] = [&png(64, 48), b"%PDF-1.4 plan", b"OggS voice"];
    for (file, bytes) in files.iter().zip(expected) {
        assert_eq!(scene.operator.download(&file.attachment_id).await.1, bytes, "{}", file.name);
    }
    let row = scene.operator.conversation(&conversation).await.unwrap();
    let person = row.person.clone().unwrap();
    assert_eq!(person.first_source.unwrap().r#ref, "click-1");
    assert!(person.aliases.iter().any(|a| (a.kind(), a.value.as_str()) == (AliasKind::Phone, "+79990000001")));
    assert!(row.reply_until.is_some_and(|until| until.seconds > chrono::Utc::now().timestamp()), "the window is open");

    let read = MarkConversationReadRequest { conversation_id: conversation.clone(), seq: row.last_seq, unread: false };
    scene.operator.conversations().mark_conversation_read(read).await.expect("read");
    let told = eventually("Meta hears of the reading", SOON, async || anna.read_by_business().pop()).await;
    assert_eq!(told, last, "the newest of them: the others count as read with it");

    let answer =
        SendMessageRequest { reply_to_message_id: thread[0].message_id.clone(), ..reply(&conversation, "От 10 000") };
    let answer = scene.send(answer).await;
    scene.operator.wait_for_status(&answer, MessageStatus::Delivered).await;
    for (name, mime, bytes) in [
        ("окно.png", "image/png", png(32, 32)),
        ("смета.pdf", "application/pdf", b"%PDF-1.4 offer".to_vec()),
        ("voice.ogg", "audio/ogg", b"OggS\0 a voice".to_vec()),
    ] {
        let file = scene.operator.upload(name, mime, bytes, 3_000).await;
        let sent = scene.send(SendMessageRequest { file_ids: vec![file], ..reply(&conversation, "") }).await;
        scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    }
    let received = anna.received();
    let seen: Vec<_> = received.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(seen, ["text", "image", "document", "audio"]);
    assert_eq!((received[0].text(), received[0].reply_to()), ("От 10 000", Some(first.as_str())));
    assert_eq!(received[2].file.as_ref().unwrap().bytes.as_ref(), b"%PDF-1.4 offer");
    assert_eq!(received[3].json["audio"]["voice"], true);

    anna.read();
    scene.operator.wait_for_status(&answer, MessageStatus::Read).await;
    anna.react(&received[0].id, "👍");
    anna.reply(&received[0].id, "Беру");
    let chosen = scene.operator.message_with(&conversation, "Беру").await;
    assert_eq!(chosen.reply_to_message_id, answer.message_id);
    eventually("the reaction is shown", SOON, async || {
        let messages = scene.operator.messages(&conversation).await;
        messages.into_iter().find(|one| one.message_id == answer.message_id && one.reactions.iter().any(|r| r == "👍"))
    })
    .await;
}

/// What becomes of a send whose answer was lost, Meta tells by our own mark; nothing is sent twice.
#[tokio::test]
async fn a_send_without_an_answer_is_settled_by_its_status() {
    let scene = Scene::set().await;
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    anna.text("Здравствуйте");
    let conversation = scene.operator.take_only().await.conversation_id;
    scene.whatsapp.fail_next("messages", Fault::DropAfterAccept);
    let sent = scene.send(reply(&conversation, "Дошло?")).await;
    scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    anna.reply(&anna.received()[0].id, "Дошло");
    let answer = scene.operator.message_with(&conversation, "Дошло").await;
    assert_eq!((answer.reply_to_message_id, anna.received().len()), (sent.message_id, 1));
}

// acceptance: DI-11
#[tokio::test]
async fn what_whatsapp_cannot_do_is_told_and_refused() {
    let scene = Scene::set().await;
    let gateway = scene.gateway().await;
    let can = gateway.capabilities.unwrap();
    assert!(!can.edits && !can.deletes && !can.idempotent_send && !can.writes_first);
    assert!(can.replies && can.reactions && can.reports_read && can.typing && can.templates);
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    anna.text("Здравствуйте");
    let conversation = scene.operator.take_only().await.conversation_id;
    let sent = scene.send(reply(&conversation, "Опичатка")).await;
    scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    let edit = EditMessageRequest {
        message_id: sent.message_id,
        text: "Опечатка".to_owned(),
        request_id: Uuid::now_v7().to_string(),
        ..EditMessageRequest::default()
    };
    assert_eq!(reason(scene.operator.conversations().edit_message(edit).await), ErrorReason::ChannelCannot);
}

// acceptance: XC-1
#[tokio::test]
async fn a_request_by_whatsapp_has_the_shape_of_any_other() {
    let scene = Scene::set().await;
    let telegram = scene.world.connect_telegram(&scene.admin, "webhook").await;
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    let buyer = customer(&telegram.bot, 1);
    let mut shapes = Vec::new();
    for text in ["Здравствуйте", "Цена?"] {
        anna.text(text);
        buyer.text(text);
    }
    for name in ["Анна", "Покупатель 1"] {
        let row = scene.operator.conversation_with(name).await;
        scene.operator.message_with(&row.conversation_id, "Цена?").await;
        scene.operator.take(&row.request.as_ref().unwrap().request_id).await.unwrap();
        shapes.push(shape(&scene.operator, &row).await);
    }
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0].contains("Цена?"), "{}", shapes[0]);
}
