use std::time::Duration;

use bytes::Bytes;
use contracts::channel::{
    AnswerCallbackOrder, Attachment, AttachmentState, EditOrder, FailureReason, FetchAttachmentOrder, Inbound,
    MarkReadOrder, Order, OrderResult, ParseAgainOrder, ReactOrder, inbound::Body, order,
};
use model::{AccountId, AttachmentId, MessageId};
use testkit::eventually;

use super::world::{World, order_in, send};
use crate::{FetchError, SendOutcome};

const LIMIT: Duration = Duration::from_secs(20);

async fn result(world: &World, account: AccountId, order: &Order) -> OrderResult {
    let of = |fact: &Inbound| match &fact.body {
        Some(Body::OrderResult(result)) if result.order_id == order.order_id => Some(result.clone()),
        _ => None,
    };
    of(&world.router.fact(account, "the order's result", |fact| of(fact).is_some()).await).unwrap()
}

fn edit(lane: &str) -> Order {
    order_in(lane, order::Body::Edit(EditOrder::default()))
}

#[tokio::test]
async fn other_orders_need_no_claim_and_end_in_a_result() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let done = edit("c1");
    world.order(account, &done).await;
    let told = result(&world, account, &done).await;
    assert_eq!((told.failure, told.retry_at), (None, None));
    script.outcomes.lock().push_back(SendOutcome::Unknown { text: "time-out".to_owned() });
    let later = order_in("c2", order::Body::React(ReactOrder::default()));
    world.order(account, &later).await;
    assert!(result(&world, account, &later).await.retry_at.is_some(), "what may be repeated is tried again");
    let unknown = Order { body: None, ..edit("c3") };
    world.order(account, &unknown).await;
    assert_eq!(result(&world, account, &unknown).await.failure.unwrap().reason(), FailureReason::NotSupported);
    assert!(!world.router.keys(account).iter().any(|key| key.starts_with("claim:")));
    gateway.stop().await;
}

#[tokio::test]
async fn an_answer_to_a_button_waits_for_no_pace() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    script.hold();
    for _ in 0..5 {
        let order = order_in("c1", order::Body::AnswerCallback(AnswerCallbackOrder::default()));
        world.order(account, &Order { lane: MessageId::new().to_string(), ..order }).await;
    }
    eventually("all five at once", Duration::from_millis(1_500), async || {
        (script.waiting.load(std::sync::atomic::Ordering::Relaxed) == 5).then_some(())
    })
    .await;
    script.let_through(5);
    gateway.stop().await;
}

#[tokio::test]
async fn what_is_no_message_uses_up_nothing_of_what_replies_have() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    script.hold();
    for _ in 0..4 {
        for body in [order::Body::MarkRead(MarkReadOrder::default()), order::Body::React(ReactOrder::default())] {
            let order = order_in("c1", body);
            world.order(account, &Order { lane: MessageId::new().to_string(), ..order }).await;
        }
    }
    // By the person's budget, one in 400 ms, they would come one after another.
    eventually("all eight at once", Duration::from_millis(2_500), async || {
        (script.waiting.load(std::sync::atomic::Ordering::Relaxed) == 8).then_some(())
    })
    .await;
    script.let_through(8);
    gateway.stop().await;
}

#[tokio::test]
async fn an_order_published_before_anybody_worked_the_account_is_carried_out() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let order = edit("c1");
    world.order(account, &order).await;
    let gateway = world.gateway().await;
    result(&world, account, &order).await;
    gateway.stop().await;
}

fn fetch(remote_ref: &str, size_bytes: i64) -> (AttachmentId, Order) {
    let id = AttachmentId::new();
    let attachment =
        Attachment { remote_ref: remote_ref.to_owned(), size_bytes, name: "a".to_owned(), ..Attachment::default() };
    let fetch = FetchAttachmentOrder {
        attachment_id: id.to_string(),
        attachment: Some(attachment),
        object_key: format!("in/x/{id}"),
    };
    (id, order_in(&id.to_string(), order::Body::FetchAttachment(fetch)))
}

async fn stored(world: &World, account: AccountId, id: AttachmentId) -> Attachment {
    let of = |fact: &Inbound| match &fact.body {
        Some(Body::AttachmentStored(stored)) => stored.attachment.clone().filter(|a| a.attachment_id == id.to_string()),
        _ => None,
    };
    of(&world.router.fact(account, "the attachment's fact", |fact| of(fact).is_some()).await).unwrap()
}

#[tokio::test]
async fn an_attachment_is_stored_and_looked_at() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0".to_vec();
    picture.resize(12_000_000, 7);
    script.files.lock().insert("picture".to_owned(), Ok(Bytes::from(picture.clone())));
    let (id, order) = fetch("picture", 0);
    world.order(account, &order).await;
    let attachment = stored(&world, account, id).await;
    assert_eq!(attachment.state(), AttachmentState::Stored);
    assert_eq!((attachment.size_bytes, attachment.width, attachment.height), (12_000_000, 3, 2));
    assert_eq!((attachment.mime_type.as_str(), attachment.sha256.len()), ("image/png", 64));
    assert_eq!(std::fs::read(world.objects.path().join(&attachment.object_key)).unwrap(), picture);
    gateway.stop().await;
}

#[tokio::test]
async fn what_cannot_be_fetched_says_why() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let temporary = FetchError::Temporary { text: "502".to_owned(), retry_after: None };
    {
        let mut files = script.files.lock();
        files.insert("large".to_owned(), Ok(Bytes::from(vec![0; 20_000_001])));
        files.insert("later".to_owned(), Err(temporary));
    }
    let cases = [("gone", 0, AttachmentState::Failed), ("large", 0, AttachmentState::TooLarge)];
    for (name, size, state) in cases.into_iter().chain([("announced", 20_000_001, AttachmentState::TooLarge)]) {
        let (id, order) = fetch(name, size);
        world.order(account, &order).await;
        let attachment = stored(&world, account, id).await;
        assert_eq!(attachment.state(), state, "{name}");
        assert!(!attachment.problem.is_empty() && !world.objects.path().join(format!("in/x/{id}")).exists());
    }
    let (_, order) = fetch("later", 0);
    world.order(account, &order).await;
    assert!(result(&world, account, &order).await.retry_at.is_some());
    gateway.stop().await;
}

#[tokio::test]
async fn a_dead_letter_is_parsed_again() {
    let mut world = World::start().await;
    let (account, _) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let again = |raw: &[u8], object_key: &str| ParseAgainOrder {
        dead_letter_id: "d1".to_owned(),
        raw: raw.to_vec(),
        object_key: object_key.to_owned(),
    };
    let order = order_in("d1", order::Body::ParseAgain(again(b"understood now", "")));
    world.order(account, &order).await;
    let fact = world.router.fact(account, "the fact", |fact| fact.key == "message:understood now").await;
    assert_eq!(fact.replays, "d1");
    assert_eq!(result(&world, account, &order).await.failure, None);
    let unreadable = order_in("d2", order::Body::ParseAgain(again(&[0xff], "")));
    world.order(account, &unreadable).await;
    assert_eq!(result(&world, account, &unreadable).await.failure.unwrap().reason(), FailureReason::NotSupported);
    std::fs::write(world.objects.path().join("stored"), "from the object store").unwrap();
    let stored = order_in("d3", order::Body::ParseAgain(again(b"", "stored")));
    world.order(account, &stored).await;
    world.router.fact(account, "the fact", |fact| fact.key == "message:from the object store").await;
    gateway.stop().await;
}

#[tokio::test]
async fn orders_go_on_after_nats_was_killed_and_after_its_store_was_wiped() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    for _ in 0..3 {
        let order = edit("before");
        world.order(account, &order).await;
        result(&world, account, &order).await;
    }
    world.nats.kill();
    world.nats.restart().await.unwrap();
    let (killed, message) = (edit("killed"), MessageId::new());
    eventually("the bus to be back", LIMIT, async || {
        bus::publish_order(&world.bus, &world.channel, account, &killed).await.ok()
    })
    .await;
    result(&world, account, &killed).await;
    world.nats.wipe_store().await.unwrap();
    eventually("the streams to be made anew", LIMIT, async || {
        bus::ensure_streams(&world.bus, 1, 1).await.ok()?;
        bus::ensure_gateway_stream(&world.bus, &world.channel, 1).await.ok()
    })
    .await;
    world.project().await;
    let order = send("c1", message, "hello");
    eventually("the send to reach the provider", LIMIT, async || {
        bus::publish_order(&world.bus, &world.channel, account, &order).await.ok()?;
        script.sent().contains(&message.to_string()).then_some(())
    })
    .await;
    gateway.stop().await;
}
