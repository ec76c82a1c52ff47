//! A gateway runs with exactly the rights of its channel's NATS user, and that user can do nothing else.

use std::time::Duration;

use bus::{
    Bus, BusConfig, OrderFeed,
    permissions::{User, authorization},
};
use contracts::channel::{ReceiptStatus, inbound::Body};
use model::{AccountId, Channel, MessageId};
use testkit::{eventually, servers::NatsOptions};

use super::world::{World, send};

const LIMIT: Duration = Duration::from_secs(20);
const ROUTER: (&str, &str) = ("router", "r");
const GATEWAY: (&str, &str) = ("scripted", "g");

async fn world() -> World {
    let user = |(name, password): (&str, &str), channel: Option<&str>| User {
        name: name.to_owned(),
        password: password.to_owned(),
        channel: channel.map(|name| name.parse().unwrap()),
    };
    let users = [user(ROUTER, None), user(GATEWAY, Some("scripted")), user(("email", "e"), Some("email"))];
    let options = NatsOptions { config_extra: Some(authorization(&users)), ..NatsOptions::default() };
    World::with(options, Some(ROUTER), Some(GATEWAY)).await
}

async fn connect(world: &World, user: &str, password: &str, channel: &str) -> Bus {
    let channel: Channel = channel.parse().unwrap();
    let url = world.nats.url_as(user, password);
    Bus::connect(&BusConfig { url, name: user.to_owned(), channel: Some(channel) }).await.unwrap()
}

#[tokio::test]
async fn a_channels_user_can_run_a_gateway() {
    let mut world = world().await;
    let (webhook, script) = world.account(&[]).await;
    let (poll, poller) = world.account(&[("way", "poll")]).await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post(webhook, "hello").await.status, 200);
    poller.write("polled");
    world.router.fact(poll, "the position", |fact| fact.key == "pos:updates:1").await;
    let message = MessageId::new();
    world.order(webhook, &send("c1", message, "hello")).await;
    let sent = |body: &Option<Body>| matches!(body, Some(Body::Receipt(r)) if r.status() == ReceiptStatus::Sent);
    world.router.fact(webhook, "the receipt", |fact| sent(&fact.body)).await;
    assert_eq!(script.sent(), [message.to_string()]);
    let values = [("updates".to_owned(), "1".to_owned())].into();
    bus::positions::write(&world.bus, &world.channel, poll, values).await.unwrap();
    let own = connect(&world, GATEWAY.0, GATEWAY.1, "scripted").await;
    let read = bus::positions::read(&own, &world.channel, poll, "updates").await.unwrap();
    assert_eq!(read.as_deref(), Some("1"));
    gateway.stop().await;
    let second = world.gateway().await;
    eventually("the lease, which was given back", Duration::from_secs(8), async || {
        (script.opens.load(std::sync::atomic::Ordering::Relaxed) > 1).then_some(())
    })
    .await;
    second.stop().await;
}

#[tokio::test]
async fn it_can_neither_read_nor_write_what_is_anothers() {
    let mut world = world().await;
    let (account, _) = world.account(&[]).await;
    world.order(account, &send("c1", MessageId::new(), "secret")).await;
    let email = connect(&world, "email", "e", "email").await;
    let stream = world.bus.jetstream.get_stream("IN_0").await.unwrap();
    let before = stream.get_info().await.unwrap().state.messages;
    let accounts = email.jetstream.get_stream(bus::names::bucket_stream(bus::names::ACCOUNTS)).await.unwrap();
    let writes = ["okno.in.0.scripted.x", "okno.out.email.x.y", "okno.event.inbox.x", "$KV.okno_accounts.email.x"];
    // A refusal is a time-out, so all are tried side by side.
    let (orders, secrets, deletion, written) = tokio::join!(
        OrderFeed::open(&email, &world.channel),
        accounts.direct_get_last_for_subject(format!("$KV.okno_accounts.scripted.{account}")),
        email.jetstream.delete_stream("IN_0"),
        futures::future::join_all(writes.map(|subject| is_taken(&email, subject))),
    );
    assert!(orders.is_err() && secrets.is_err() && deletion.is_err());
    assert_eq!(written, [false; 4]);
    assert_eq!(stream.get_info().await.unwrap().state.messages, before);
    let own = bus::names::inlet(0, &"email".parse().unwrap(), AccountId::new());
    email.jetstream.publish(own, "x".into()).await.unwrap().await.expect("its own facts it may publish");
    eventually("the own fact", LIMIT, async || {
        (stream.get_info().await.unwrap().state.messages == before + 1).then_some(())
    })
    .await;
}

async fn is_taken(bus: &Bus, subject: &'static str) -> bool {
    match bus.jetstream.publish(subject, "x".into()).await {
        Ok(sent) => sent.await.is_ok(),
        Err(_) => false,
    }
}
