//! How a gateway ends.

use std::time::Duration;

use serde_json::json;
use testkit::webchat::{End, msg};

use crate::common::World;

#[tokio::test]
async fn what_is_on_its_way_is_finished_and_chats_are_sent_away_scattered() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    let (mut idle, _) = site.enter(json!({})).await;
    world.router.set(|state| &state.stalled, true);
    let (frame, before) = (msg(1, "успею?"), world.on_the_bus().await);
    chat.send(frame.clone()).await;
    world.one_more(before).await;
    gateway.begin_to_stop();
    let End::Closed(code, reason) = idle.ended().await else { panic!("without a word") };
    let retry: u64 = reason.strip_prefix("retry_ms=").unwrap().parse().unwrap();
    assert!(code == 1012 && retry < 10_000, "{code} {reason}");
    world.router.set(|state| &state.stalled, false);
    assert_eq!(chat.expect("ack").await["id"], frame["id"]);
    assert!(matches!(chat.ended().await, End::Closed(1012, _)));
    assert_ne!(site.connect().await.err(), None, "nobody is let in any more");
    tokio::time::timeout(Duration::from_secs(10), gateway.stop()).await.expect("within the drain");
    assert_eq!(world.router.committed(account).len(), 1);
}

#[tokio::test]
async fn a_receipt_that_router_has_not_confirmed_is_published_before_the_end() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "раз").await;
    world.router.set(|state| &state.stalled, true);
    let id = uuid::Uuid::now_v7();
    chat.send(json!({ "t": "got", "ids": [id.to_string()] })).await;
    // Frames are taken in their order: when this is answered, the receipt is on its way.
    chat.send(json!({ "t": "older", "before": id.to_string() })).await;
    chat.expect("older").await;
    gateway.begin_to_stop();
    world.router.set(|state| &state.stalled, false);
    gateway.stop().await;
    world.router.fact(account, &format!("got:{id}")).await;
}
