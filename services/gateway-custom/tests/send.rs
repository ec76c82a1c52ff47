//! What operators do, as the company's chat is told of it, and everything that it may answer.

use std::time::Duration;

use crate::common::{World, files, order, reason, send_order, sent, setup, text};
use contracts::channel::{
    Attachment, AttachmentKind, Button, ButtonRow, ContactCard, Content, DeleteOrder, EditOrder, FailureReason as R,
    Location, MarkReadOrder, order::Body,
};
use gateway_custom::Custom;
use gateway_kit::{Gateway, PUBLIC_URL, SendOutcome};
use serde_json::json;
use testkit::{company::Fault, tls::Detour};

#[tokio::test]
async fn a_message_arrives_whole() {
    let world = World::start_with(&[(PUBLIC_URL, "http://127.0.0.1:9")]).await;
    let button = Button { title: "Да".into(), data: "yes".into(), url: String::new() };
    let file = Attachment {
        kind: AttachmentKind::Voice.into(),
        name: "voice.ogg".into(),
        mime_type: "audio/ogg".into(),
        size_bytes: 5,
        duration_ms: 2500,
        object_key: "up/1".into(),
        ..Attachment::default()
    };
    let content = Content {
        attachments: vec![file],
        buttons: vec![ButtonRow { buttons: vec![button] }],
        location: Some(Location { latitude: 1.5, longitude: 2.5, ..Location::default() }),
        contact_card: Some(ContactCard { name: "Борис".into(), ..ContactCard::default() }),
        ..text("🪟 Вот\n")
    };
    let mut order = send_order(content);
    let Some(Body::Send(send)) = &mut order.body else { unreachable!() };
    send.reply_to_key = "m-1".into();
    let id = send.message_id.clone();
    order.target.as_mut().unwrap().thread_key = "order-7".into();
    let sent = sent(world.carry_out(&order).await);
    let got = world.company.taken("message.created").remove(0);
    assert_eq!((&got.id, &sent.provider_keys), (&id, &vec![id.clone()]));
    let mut data = got.data;
    let url = data["files"][0]["url"].take();
    assert!(url.as_str().unwrap().starts_with("http://127.0.0.1:9/custom/"), "{url}");
    let expected = json!({
        "id": id, "person": { "id": "u-42" }, "conversation": "order-7", "author": "Борис", "text": "🪟 Вот",
        "reply_to": "m-1", "buttons": [[{ "title": "Да", "url": "", "button": "yes" }]],
        "location": { "latitude": 1.5, "longitude": 2.5, "title": "", "address": "" },
        "contact": { "name": "Борис", "phones": [], "emails": [] },
        "files": [{ "url": null, "name": "voice.ogg", "kind": "voice", "mime_type": "audio/ogg", "size": 5, "width": 0,
            "height": 0, "duration_ms": 2500 }],
    });
    assert_eq!(data, expected);
    assert_eq!(world.company.forged(), 0);
}

#[tokio::test]
async fn a_message_that_the_chat_calls_otherwise_has_both_names() {
    let world = World::start().await;
    world.company.fail_next("message.created", Fault::Answer(201, json!({ "id": "their-7" })));
    let order = send_order(text("x"));
    let Some(Body::Send(send)) = &order.body else { unreachable!() };
    assert_eq!(sent(world.carry_out(&order).await).provider_keys, [send.message_id.clone(), "their-7".into()]);
}

#[tokio::test]
async fn edits_deletions_and_reading_arrive_unless_switched_off() {
    let orders = || {
        let keys = || vec!["1".to_owned(), "their-1".to_owned()];
        [
            Body::Edit(EditOrder { message_keys: keys(), content: Some(text("Две")), ..EditOrder::default() }),
            Body::Delete(DeleteOrder { message_keys: keys(), ..DeleteOrder::default() }),
            Body::MarkRead(MarkReadOrder { message_keys: keys() }),
        ]
    };
    let world = World::start().await;
    for (body, kind) in orders().into_iter().zip(["message.edited", "message.deleted", "message.read"]) {
        let order = order(body);
        for _ in 0..2 {
            sent(world.carry_out(&order).await);
        }
        let taken = world.company.taken(kind);
        assert_eq!(taken.len(), 1, "{kind}: the repeat is known by its id");
        assert_eq!((&taken[0].data["id"], &taken[0].data["ids"]), (&json!("1"), &json!(["1", "their-1"])));
    }
    assert_eq!(
        (world.company.taken("message.edited")[0].data["text"].as_str(), world.company.repeats()),
        (Some("Две"), 3)
    );
    world.gateway.typing("u-42", "", &world.tools).await;
    assert_eq!(world.company.taken("typing")[0].data, json!({ "person": { "id": "u-42" } }));

    let off = [("edits", "false"), ("deletes", "false"), ("reads", "false"), ("typing", "false")];
    let world = World::start_with(&off).await;
    for body in orders() {
        assert_eq!(reason(world.carry_out(&order(body)).await), R::NotSupported);
    }
    world.gateway.typing("u-42", "", &world.tools).await;
    assert!(world.company.taken("typing").is_empty());
    assert_eq!(reason(world.carry_out(&contracts::channel::Order::default()).await), R::NotSupported);
}

#[tokio::test]
async fn what_the_contract_forbids_is_not_tried() {
    let world = World::start_with(&[(PUBLIC_URL, "http://127.0.0.1:9")]).await;
    let file = |size_bytes, key: &str| Attachment { size_bytes, object_key: key.into(), ..Attachment::default() };
    for (content, expected) in [
        (text(" \n"), R::Rejected),
        (text(&"я".repeat(4001)), R::TooLong),
        (files("", vec![file(1, "up/1"); 11]), R::NotSupported),
        (files("", vec![file((100 << 20) + 1, "up/1")]), R::FileTooLarge),
        (files("", vec![file(0, "up/1")]), R::FileRejected),
        (files("", vec![file(1, "")]), R::FileRejected),
    ] {
        assert_eq!(reason(world.send(content).await), expected);
    }
    assert!(world.company.taken("message.created").is_empty());
    let unknown_address = World::start().await;
    let waits = unknown_address.send(files("", vec![file(1, "up/1")])).await;
    assert!(matches!(waits, SendOutcome::Misconfigured { remedy_key: "public_url", .. }), "{waits:?}");
}

#[tokio::test]
async fn every_answer_has_its_outcome() {
    let world = World::start().await;
    let why = |reason: &str| json!({ "error": { "reason": reason, "message": "потому что" } });
    for (status, body, expected) in [
        (400, json!({}), R::Rejected),
        (404, why("unreachable"), R::Unreachable),
        (409, why("something new"), R::Rejected),
        (413, why("file_too_large"), R::FileTooLarge),
        (404, json!({ "detail": "Not Found" }), R::Rejected),
        (404, json!({}), R::Rejected),
        (410, json!({ "error": "the order is closed" }), R::Rejected),
        (422, why("blocked"), R::BlockedByClient),
        (422, why("too_long"), R::TooLong),
        (422, why("file_rejected"), R::FileRejected),
        (422, why("not_supported"), R::NotSupported),
        (422, why("too_old"), R::TooOld),
        (422, why("moderated"), R::Moderated),
    ] {
        world.company.fail_next("message.created", Fault::Answer(status, body.clone()));
        assert_eq!(reason(world.send(text("x")).await), expected, "{status} {body}");
    }
    for (status, remedy) in [(401, "secret"), (403, "secret"), (404, "address"), (410, "address")] {
        world.company.fail_next("message.created", Fault::Page(status));
        let outcome = world.send(text("x")).await;
        assert!(
            matches!(outcome, SendOutcome::AccountProblem { remedy_key, .. } if remedy_key == remedy),
            "{status}: {outcome:?}"
        );
    }
    for status in [500, 502, 302] {
        world.company.fail_next("message.created", Fault::Answer(status, json!({})));
        assert!(matches!(world.send(text("x")).await, SendOutcome::Unknown { .. }), "{status}");
    }
    let later = |seconds| SendOutcome::RetryAfter { after: Duration::from_secs(seconds), whole_account: true };
    world.company.fail_next("message.created", Fault::Answer(503, json!({})));
    assert_eq!(world.send(text("x")).await, later(5));
    world.company.fail_next("message.created", Fault::TooMany(7));
    assert_eq!(world.send(text("x")).await, later(7));
}

#[tokio::test]
async fn an_unknown_outcome_is_sent_again_and_shown_once() {
    let world = World::start().await;
    assert!(Custom::describe().capabilities.unwrap().idempotent_send);
    world.company.fail_next("message.created", Fault::DropAfterAccept);
    let order = send_order(text("Один раз"));
    assert!(matches!(world.carry_out(&order).await, SendOutcome::Unknown { .. }));
    sent(world.carry_out(&order).await);
    assert_eq!((world.company.taken("message.created").len(), world.company.repeats()), (1, 1));
}

#[tokio::test]
async fn a_refused_connection_is_surely_not_sent() {
    let gateway =
        Custom::connect(&setup("http://127.0.0.1:9/okno", World::start().await.company.secret(), &[])).unwrap();
    let world = World::start().await;
    let outcome = gateway.carry_out(&send_order(text("x")), &world.tools).await;
    let SendOutcome::NotSent { text } = outcome else { panic!("{outcome:?}") };
    assert!(!text.contains("http"), "{text}");
}

#[tokio::test]
async fn an_accounts_own_proxy_and_root_lead_to_the_chat() {
    let world = World::start().await;
    let order = send_order(text("Тысяча"));
    let detour = Detour::to(&world.company.url()).await;
    let by = async |settings: &[(&str, &str)]| {
        let gateway = Custom::connect(&setup(&world.company.url(), world.company.secret(), settings)).unwrap();
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
