//! What staff does reaches the visitor's open chats, and what the visitor sees reaches staff.

use contracts::channel::{
    Button, ButtonRow, Content, DeleteOrder, EditOrder, MarkReadOrder, ReceiptStatus, Signal, SignalKind, SignalTarget,
    TextSpan, TextStyle, inbound::Body, order,
};
use futures::StreamExt;
use model::MessageId;
use prost::Message as _;
use serde_json::json;
use testkit::{
    eventually,
    webchat::{merge, msg},
};

use crate::common::{LIMIT, World, channel, order_to, send, visitor};

fn text(text: &str) -> Content {
    Content { text: text.to_owned(), ..Content::default() }
}

// acceptance: DI-6
#[tokio::test]
async fn an_answer_is_shown_at_once_and_delivered_and_read_come_back() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "Где мой заказ?").await;
    let span = TextSpan {
        style: TextStyle::Link.into(),
        offset: 0,
        length: 3,
        url: "https://shop.example/1".into(),
        ..<_>::default()
    };
    let button = Button { title: "Да".into(), data: "yes".into(), ..Button::default() };
    let content =
        Content { spans: vec![span], buttons: vec![ButtonRow { buttons: vec![button] }], ..text("Уже в пути") };
    let (id, order) = send(&visitor(&token), content);
    world.order(account, &order).await;
    let message = chat.expect("message").await["message"].clone();
    assert_eq!(
        (&message["id"], &message["text"], &message["author"]),
        (&json!(id), &json!("Уже в пути"), &json!("Анна"))
    );
    assert_eq!(
        message["spans"],
        json!([{ "style": "link", "offset": 0, "length": 3, "url": "https://shop.example/1" }])
    );
    assert_eq!((&message["buttons"], &message["own"]), (&json!([[{ "title": "Да", "data": "yes" }]]), &json!(true)));
    let sent = world.router.fact(account, "rcpt:").await;
    let Some(Body::Receipt(receipt)) = &sent.body else { panic!("a receipt") };
    assert_eq!((receipt.status(), &receipt.provider_keys), (ReceiptStatus::Sent, &vec![id.clone()]));
    chat.send(json!({ "t": "got", "ids": [id, "no id"] })).await;
    chat.send(json!({ "t": "read", "id": id })).await;
    let got = world.router.fact(account, &format!("got:{id}")).await;
    let Some(Body::Receipt(receipt)) = got.body else { panic!("a receipt") };
    assert_eq!((receipt.status(), receipt.message_id.as_str()), (ReceiptStatus::Delivered, id.as_str()));
    let read = world.router.fact(account, &format!("read:{id}")).await;
    let Some(Body::Receipt(receipt)) = read.body else { panic!("a receipt") };
    assert_eq!((receipt.status(), receipt.read_up_to_position), (ReceiptStatus::Read, sent.position));
    assert_eq!(read.peer.unwrap().address, visitor(&token));
    gateway.stop().await;
}

#[tokio::test]
async fn a_change_a_deletion_reading_and_typing_are_shown() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    let written = chat.write(1, "раз").await;
    let address = visitor(&token);
    let id = MessageId::new().to_string();
    let keys = vec![id.clone()];
    let edit =
        EditOrder { message_id: id.clone(), message_keys: keys.clone(), content: Some(text("исправлено")) };
    world.order(account, &order_to(&address, order::Body::Edit(edit))).await;
    let changed = chat.expect("message").await["message"].clone();
    assert_eq!(
        (&changed["id"], &changed["text"], &changed["edited"]),
        (&json!(id), &json!("исправлено"), &json!(true))
    );
    assert_eq!(changed["at"], json!(null), "its time stays as it was");
    let delete = DeleteOrder { message_id: id.clone(), message_keys: keys };
    world.order(account, &order_to(&address, order::Body::Delete(delete))).await;
    assert_eq!(chat.expect("gone").await["id"], json!(id));
    let key = world.router.fact(account, "msg:").await.message_key;
    let read = MarkReadOrder { message_keys: vec![key] };
    world.order(account, &order_to(&address, order::Body::MarkRead(read))).await;
    assert_eq!(chat.expect("seen").await["client"], json!(written));
    let signal = Signal {
        conversation_id: "c".into(),
        kind: SignalKind::OperatorTyping.into(),
        target: Some(SignalTarget { address: address.clone(), reply_address: address, ..<_>::default() }),
        ..Signal::default()
    };
    let subject = bus::names::signal(&channel(), account);
    world.bus.client.publish(subject, signal.encode_to_vec().into()).await.unwrap();
    assert_eq!(chat.expect("typing").await, json!({ "t": "typing" }));
    gateway.stop().await;
}

#[tokio::test]
async fn staff_is_told_that_a_visitor_types_once_in_a_while() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    let subject = bus::names::signal(&channel(), account);
    let mut signals = world.bus.client.subscribe(subject).await.unwrap();
    world.bus.client.flush().await.unwrap();
    // When it is acknowledged, NATS has the subscription.
    chat.write(1, "раз").await;
    for _ in 0..4 {
        chat.send(json!({ "t": "typing" })).await;
    }
    let signal = Signal::decode(signals.next().await.unwrap().payload).unwrap();
    assert_eq!((signal.kind(), signal.peer_address), (SignalKind::PeerTyping, visitor(&token)));
    assert_eq!(signal.peer_scope, account.to_string());
    let more = tokio::time::timeout(std::time::Duration::from_millis(200), signals.next()).await;
    assert!(more.is_err(), "one for all of them");
    gateway.stop().await;
}

#[tokio::test]
async fn two_chats_of_one_visitor_see_the_same() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut here, token) = site.begin().await;
    here.write(1, "раз").await;
    let (mut there, _) = site.enter(json!({ "token": token })).await;
    let second = here.write(2, "два").await;
    let echo = there.expect("message").await["message"].clone();
    assert_eq!((&echo["client"], &echo["own"], &echo["text"]), (&json!(second), &json!(false), &json!("два")));
    assert_eq!(echo["id"], json!(null), "router gives the id");
    let (id, order) = send(&visitor(&token), text("ответ"));
    world.order(account, &order).await;
    for chat in [&mut here, &mut there] {
        assert_eq!(chat.expect("message").await["message"]["id"], json!(id));
    }
    assert!(!here.heard.iter().any(|frame| frame["t"] == "message" && frame["message"]["client"] == json!(second)));
    gateway.stop().await;
}

#[tokio::test]
async fn who_comes_between_the_telling_and_the_commit_is_told_once_more_and_nobody_twice() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    let (id, order) = send(&visitor(&token), text("ответ"));
    // The claim is granted, the receipt waits.
    world.router.state.holds_receipts.store(true, std::sync::atomic::Ordering::Relaxed);
    world.order(account, &order).await;
    assert_eq!(chat.expect("message").await["message"]["id"], json!(id));
    let (mut late, welcome) = site.enter(json!({ "token": token })).await;
    assert_eq!(welcome["messages"].as_array().unwrap().len(), 1, "router does not know yet that it was sent");
    world.router.state.holds_receipts.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(late.expect("message").await["message"]["id"], json!(id));
    chat.write(2, "два").await;
    let told = chat.heard.iter().filter(|frame| frame["message"]["id"] == json!(id)).count();
    assert_eq!(told, 1);
    gateway.stop().await;
}

#[tokio::test]
async fn replicas_tell_each_other() {
    let (world, first, site, account) = World::shop(&[]).await;
    let second = world.gateway().await;
    let (mut here, token) = site.begin().await;
    here.write(1, "раз").await;
    let (mut there, _) = second.site(account).enter(json!({ "token": token })).await;
    let (id, order) = send(&visitor(&token), text("ответ"));
    world.order(account, &order).await;
    for chat in [&mut here, &mut there] {
        assert_eq!(chat.expect("message").await["message"]["id"], json!(id));
    }
    world.router.fact(account, "rcpt:").await;
    assert_eq!(world.router.committed(account).iter().filter(|key| key.ends_with(":sent")).count(), 1);
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_pressed_button_comes_back() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "есть вопрос").await;
    let mut frame = msg(2, "Да");
    merge(&mut frame, json!({ "press": { "message": "m-1", "data": "yes" } }));
    chat.send(frame).await;
    chat.expect("ack").await;
    let facts = world.router.arrived(account);
    let press = facts.iter().find_map(|fact| match &fact.body {
        Some(Body::ButtonCallback(press)) => Some((press.clone(), fact.refers_to.clone())),
        _ => None,
    });
    let (press, refers_to) = press.expect("a callback");
    assert_eq!((press.data.as_str(), press.title.as_str(), refers_to), ("yes", "Да", vec!["m-1".to_owned()]));
    gateway.stop().await;
}

#[tokio::test]
async fn what_was_told_while_nats_was_away_is_asked_for() {
    let (mut world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    let asked = world.router.state.asked.load(std::sync::atomic::Ordering::Relaxed);
    world.nats.kill();
    // Written to the history while no event can reach the chat.
    let known = [visitor(&token)].into();
    let message = contracts::channel::PeerMessage {
        message_id: MessageId::new().to_string(),
        own: true,
        content: Some(text("пока связи не было")),
        ..<_>::default()
    };
    world.router.state.history.lock().push((known, message));
    world.nats.restart().await.expect("nats-server again");
    while chat.expect("message").await["message"]["text"] != "пока связи не было" {}
    eventually("a question", LIMIT, async || {
        (world.router.state.asked.load(std::sync::atomic::Ordering::Relaxed) > asked).then_some(())
    })
    .await;
    let _ = account;
    gateway.stop().await;
}
