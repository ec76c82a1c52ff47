//! hello, start, msg and ack; what was missed.

use contracts::channel::{Content, inbound::Body};
use futures::future::join_all;
use serde_json::json;
use testkit::webchat::{merge, msg};

use crate::common::{World, send, visitor};

#[tokio::test]
async fn a_visitor_who_only_looks_leaves_no_trace() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (chat, welcome) = site.enter(json!({ "page": { "url": "https://shop.example/" } })).await;
    assert_eq!((&welcome["messages"], &welcome["known"], &welcome["token"]), (&json!([]), &json!(true), &json!(null)));
    assert_eq!(welcome["office"], json!({ "open": true, "online": 2, "reply_seconds": 60 }));
    chat.leave().await;
    gateway.stop().await;
    assert_eq!(world.router.arrived(account), []);
}

#[tokio::test]
async fn a_visitor_learns_the_servers_time_and_where_their_message_stands() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let before = chrono::Utc::now().timestamp_millis();
    let (mut chat, welcome) = site.enter(json!({})).await;
    let now = welcome["now"].as_i64().expect("the gateway's clock");
    assert!((before..=chrono::Utc::now().timestamp_millis()).contains(&now));
    chat.send(json!({ "t": "start" })).await;
    chat.expect("visitor").await;
    // A browser whose clock is a week behind: it was written then, and stands where it came.
    let mut frame = msg(1, "Здравствуйте");
    merge(&mut frame, json!({ "at": now - 7 * 86_400_000 }));
    chat.send(frame).await;
    let at = chat.expect("ack").await["at"].as_i64().expect("when it was taken");
    let shown = world.router.fact(account, "msg:").await.shown_at.expect("a time");
    assert_eq!(at, shown.seconds * 1_000 + i64::from(shown.nanos / 1_000_000));
    assert!(at >= now);
    gateway.stop().await;
}

#[tokio::test]
async fn a_message_is_acknowledged_when_router_has_it_and_says_where_it_came_from() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let touch = json!({ "first": { "fields": { "utm_source": "ya" } }, "last": { "fields": { "utm_source": "vk" } } });
    let page = json!({ "url": "https://shop.example/cart", "title": "Корзина" });
    let (mut chat, _) = site.enter(json!({ "touch": touch, "page": page })).await;
    chat.send(json!({ "t": "start" })).await;
    let token = chat.expect("visitor").await["token"].as_str().unwrap().to_owned();
    let mut frame = msg(1, "Здравствуйте");
    let form = json!([{ "name": "name", "title": "Имя", "value": "Вера" }, { "name": "phone", "title": "Телефон", "value": "+79990000001" }]);
    merge(&mut frame, json!({ "form": form }));
    chat.send(frame.clone()).await;
    assert_eq!(chat.expect("ack").await["id"], frame["id"]);
    let fact = world.router.fact(account, "msg:").await;
    let peer = fact.peer.unwrap();
    assert_eq!((peer.address.as_str(), peer.scope.as_str()), (visitor(&token).as_str(), account.to_string().as_str()));
    assert_eq!((peer.display_name.as_str(), peer.language.as_str(), fact.position), ("Вера", "ru", 1));
    assert!(peer.aliases.iter().all(|alias| alias.claimed) && peer.aliases.len() == 1);
    let source = fact.source.unwrap();
    assert_eq!((source.kind.as_str(), source.url.as_str()), ("webchat", "https://shop.example/cart"));
    assert_eq!((&*source.fields["utm_source"], &*source.fields["first.utm_source"]), ("vk", "ya"));
    let Some(Body::Message(message)) = fact.body else { panic!("a message") };
    let content = message.content.unwrap();
    assert_eq!((content.text.as_str(), content.form.len()), ("Здравствуйте", 2));
    gateway.stop().await;
}

#[tokio::test]
async fn without_a_demanded_consent_nothing_of_where_they_came_from_is_published() {
    let (world, gateway, site, account) = World::shop(&[("storage_consent", "true")]).await;
    let touch = json!({ "first": { "fields": { "utm_source": "ya" } }, "last": { "fields": { "yclid": "42" } } });
    let page = json!({ "url": "https://shop.example/cart?p=7&yclid=42", "title": "Корзина", "ref": "https://search.example/" });
    // An older widget says nothing of it, a newer one that there is none, and then that there is.
    for (said, expected) in
        [(json!({}), false), (json!({ "storage_consent": false }), false), (json!({ "storage_consent": true }), true)]
    {
        let mut hello = json!({ "touch": touch, "page": page });
        merge(&mut hello, said.clone());
        let (mut chat, _) = site.enter(hello).await;
        chat.send(json!({ "t": "start" })).await;
        let token = chat.expect("visitor").await["token"].as_str().unwrap().to_owned();
        chat.send(msg(1, "Здравствуйте")).await;
        chat.expect("ack").await;
        let source = world.router.fact(account, &visitor(&token).replacen("v-", "msg:", 1)).await.source.unwrap();
        let url = if expected { "https://shop.example/cart?p=7&yclid=42" } else { "https://shop.example/cart?p=7" };
        assert_eq!(
            (source.fields.contains_key("yclid"), source.fields.is_empty(), source.url.as_str()),
            (expected, !expected, url),
            "{said}"
        );
        chat.leave().await;
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_consent_may_be_given_and_taken_back_later() {
    let (world, gateway, site, account) = World::shop(&[("storage_consent", "true")]).await;
    let touch = json!({ "last": { "fields": { "yclid": "42" } } });
    let (mut chat, _) = site.enter(json!({ "storage_consent": false })).await;
    chat.send(json!({ "t": "start" })).await;
    chat.expect("visitor").await;
    for (n, said) in [
        (1, json!({})),
        (2, json!({ "storage_consent": true, "touch": touch })),
        (3, json!({ "storage_consent": false })),
    ] {
        let mut frame = msg(n, "Здравствуйте");
        merge(&mut frame, said);
        let id = frame["id"].as_str().unwrap().to_owned();
        chat.send(frame).await;
        chat.expect("ack").await;
        let facts = world.router.arrived(account);
        let fact = facts.iter().find(|fact| fact.key.ends_with(&id)).unwrap();
        assert_eq!(fact.source.as_ref().unwrap().fields.contains_key("yclid"), n == 2, "{n}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn sixty_four_copies_of_a_message_are_one_fact() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (chat, token) = site.begin().await;
    chat.leave().await;
    let frame = msg(1, "Здравствуйте");
    // As a browser would whose answers get lost: again and again, over new connections, and over several at once.
    let copies = (0..64).map(|_| {
        let (site, token, frame) = (site.clone(), token.clone(), frame.clone());
        async move {
            let (mut chat, _) = site.enter(json!({ "token": token })).await;
            chat.send(frame).await;
            loop {
                let answer = chat.next().await.expect("an answer");
                match answer["t"].as_str() {
                    Some("ack") => return true,
                    // Too many at once: the limit of a visitor, not a refusal.
                    Some("nack") => {
                        assert_eq!(answer["code"], "rate");
                        assert!(answer["retry_ms"].as_u64().is_some(), "it says when to come again");
                        return false;
                    }
                    // What the others wrote.
                    _ => {}
                }
            }
        }
    });
    let taken = join_all(copies).await;
    assert!(taken.iter().filter(|taken| **taken).count() >= 5, "{taken:?}");
    let keys: Vec<_> = world.router.committed(account).into_iter().filter(|key| key.starts_with("msg:")).collect();
    assert_eq!(keys.len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn without_router_a_message_is_not_acknowledged_and_its_repeat_doubles_nothing() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    world.router.set(|state| &state.stalled, true);
    let frame = msg(1, "Здравствуйте");
    chat.send(frame.clone()).await;
    let nack = chat.expect("nack").await;
    assert_eq!((&nack["id"], &nack["code"]), (&frame["id"], &json!("unavailable")));
    assert!(nack["retry_ms"].as_u64().unwrap() >= 1_000);
    world.router.set(|state| &state.stalled, false);
    chat.send(frame.clone()).await;
    assert_eq!(chat.expect("ack").await["id"], frame["id"]);
    assert_eq!(world.router.committed(account).len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn who_was_away_gets_what_was_missed() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    let first = chat.write(1, "Где мой заказ?").await;
    chat.leave().await;
    let content = Content { text: "Уже в пути".into(), ..Content::default() };
    let (answer, order) = send(&visitor(&token), content);
    world.order(account, &order).await;
    world.router.fact(account, "rcpt:").await;
    let (mut chat, welcome) = site.enter(json!({ "token": token })).await;
    let messages = welcome["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!((&messages[0]["client"], &messages[0]["own"]), (&json!(first), &json!(false)));
    assert_eq!((&messages[1]["id"], &messages[1]["own"]), (&json!(answer), &json!(true)));
    // What it has is told again only as far as it overlaps.
    let (_, welcome) = site.enter(json!({ "token": token, "after": answer })).await;
    assert_eq!(
        (&welcome["messages"].as_array().unwrap().last().unwrap()["id"], &welcome["reset"]),
        (&json!(answer), &json!(null))
    );
    chat.send(json!({ "t": "older", "before": answer })).await;
    let older = chat.expect("older").await;
    assert_eq!((older["messages"].as_array().unwrap().len(), &older["more"]), (1, &json!(false)));
    gateway.stop().await;
}

#[tokio::test]
async fn history_that_cannot_be_read_follows_by_itself() {
    let (world, gateway, site, _) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    chat.leave().await;
    world.router.set(|state| &state.silent, true);
    let (mut chat, welcome) = site.enter(json!({ "token": token })).await;
    assert_eq!((&welcome["known"], &welcome["messages"]), (&json!(false), &json!([])));
    world.router.set(|state| &state.silent, false);
    let welcome = chat.expect("welcome").await;
    assert_eq!((&welcome["known"], welcome["messages"].as_array().unwrap().len()), (&json!(true), 1));
    gateway.stop().await;
}

#[tokio::test]
async fn what_can_never_be_taken_is_told_once_and_for_all() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    for (fields, code) in [
        (json!({ "text": "ж".repeat(8_001) }), "too_large"),
        (json!({ "text": "  " }), "bad_frame"),
        (json!({ "files": ["forged"] }), "bad_frame"),
        (json!({ "at": "yesterday" }), "bad_frame"),
    ] {
        let mut frame = msg(1, "x");
        merge(&mut frame, fields);
        chat.send(frame.clone()).await;
        let nack = chat.expect("nack").await;
        assert_eq!((&nack["id"], &nack["code"], &nack["retry_ms"]), (&frame["id"], &json!(code), &json!(null)));
    }
    chat.send_text("no frame at all".to_owned()).await;
    assert_eq!(chat.expect("error").await["code"], "bad_frame");
    chat.send(json!({ "t": "of_a_newer_widget" })).await;
    chat.write(2, "это берут").await;
    assert_eq!(world.router.committed(account).len(), 1);
    gateway.stop().await;
}

// acceptance: DI-2
#[tokio::test]
async fn chats_of_several_accounts_are_told_apart() {
    let mut world = World::start().await;
    let (shop, wholesale) = (world.account(&[]).await, world.account(&[]).await);
    let gateway = world.gateway().await;
    let (mut first, token) = gateway.site(shop).begin().await;
    let (mut second, other) = gateway.site(wholesale).begin().await;
    first.write(1, "в розницу").await;
    second.write(1, "оптом").await;
    for (account, token) in [(shop, &token), (wholesale, &other)] {
        let fact = world.router.fact(account, "msg:").await;
        let peer = fact.peer.unwrap();
        assert_eq!((peer.scope, peer.address), (account.to_string(), visitor(token)));
        assert_eq!(world.router.committed(account).len(), 1);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_writing_loses_and_doubles_nothing() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    world.router.set(|state| &state.stalled, true);
    let (frame, before) = (msg(2, "два"), world.on_the_bus().await);
    chat.send(frame.clone()).await;
    // It is on the bus, and nobody has confirmed it, when the gateway dies.
    world.one_more(before).await;
    gateway.kill();
    world.router.set(|state| &state.stalled, false);
    let gateway = world.gateway().await;
    let (mut chat, _) = gateway.site(account).enter(json!({ "token": token })).await;
    chat.send(frame.clone()).await;
    assert_eq!(chat.expect("ack").await["id"], frame["id"]);
    let keys = world.router.committed(account).into_iter().filter(|key| key.starts_with("msg:")).count();
    assert_eq!(keys, 2);
    gateway.stop().await;
}
