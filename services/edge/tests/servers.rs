//! The edge with a real Redis and a real NATS beside it, and when they die.

use std::time::Duration;

use crate::support::World;
use bus::{Bus, BusConfig, EventSink};
use contracts::{
    live::{Audience, ConversationChanged, Event, WatchResponse, event::What, watch_response},
    org::SignInRequest,
};
use redis::AsyncCommands as _;
use testkit::{
    eventually,
    servers::{NatsOptions, NatsServer, RedisOptions, RedisServer},
};
use tokio::time::timeout;
use tonic::{Request, Streaming};

const LIMIT: Duration = Duration::from_secs(20);

fn changed(conversation_id: &str) -> What {
    What::ConversationChanged(ConversationChanged {
        conversation_id: conversation_id.to_owned(),
        ..ConversationChanged::default()
    })
}

fn everyone() -> Audience {
    Audience { everyone: true, ..Audience::default() }
}

async fn next(stream: &mut Streaming<WatchResponse>) -> watch_response::What {
    timeout(LIMIT, stream.message()).await.unwrap().unwrap().unwrap().what.unwrap()
}

async fn position(stream: &mut Streaming<WatchResponse>) -> u64 {
    loop {
        match next(stream).await {
            watch_response::What::Event(event) => return event.position,
            watch_response::What::Presence(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_open_page_marks_its_employee_online_and_colleagues_are_told() {
    let redis = RedisServer::start(RedisOptions::default()).await.unwrap();
    let world = World::start_with(Some(redis.url()), None).await;
    let (anna, _) = world.crm.employee("anna", &[]);
    let (boris, _) = world.crm.employee("boris", &[]);
    let mut to_anna = world.watch("anna", "").await;
    let client = redis::Client::open(redis.url()).unwrap();
    let marked = async |employee: String| {
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let left: i64 = connection.pttl(format!("okno:online:{employee}")).await.ok()?;
        (1..=30_000).contains(&left).then_some(())
    };
    eventually("Anna's mark", LIMIT, async || marked(anna.to_string()).await).await;
    let to_boris = world.watch("boris", "").await;
    loop {
        match next(&mut to_anna).await {
            watch_response::What::Presence(told) if told.came_employee_ids.contains(&boris.to_string()) => break,
            watch_response::What::Presence(_) | watch_response::What::Heartbeat(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(redis.flush().await);
    eventually("Boris' mark in an empty Redis", LIMIT, async || marked(boris.to_string()).await).await;
    drop(to_boris);
}

#[tokio::test]
async fn without_redis_people_sign_in_and_guessers_are_still_slowed_down() {
    let mut redis = RedisServer::start(RedisOptions::default()).await.unwrap();
    let world = World::start_with(Some(redis.url()), None).await;
    let attempt = || Request::new(SignInRequest { login: "operator1".to_owned(), ..SignInRequest::default() });
    world.sessions().sign_in(attempt()).await.unwrap();
    redis.kill();
    world.sessions().sign_in(attempt()).await.unwrap();
    let mut sessions = world.sessions();
    let refused = async || {
        let answer: Result<_, tonic::Status> = sessions.sign_in(attempt()).await;
        answer.err()
    };
    let refusal = eventually("a refusal", Duration::from_secs(60), refused).await;
    assert_eq!(refusal.code(), tonic::Code::ResourceExhausted);
}

#[tokio::test]
async fn events_come_by_the_bus_and_what_it_loses_is_fetched() {
    let mut nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let bus = Bus::connect(&BusConfig { url: nats.url(), name: "test".to_owned(), channel: None }).await.unwrap();
    bus::ensure_streams(&bus, 1, 1).await.unwrap();
    let world = World::start_with(None, Some(nats.url())).await;
    world.crm.employee("anna", &[]);
    let mut stream = world.watch("anna", "").await;

    for n in 1..=3 {
        world.router.events.append(changed(&n.to_string()), everyone());
    }
    let third = Event {
        area: "inbox".to_owned(),
        epoch: "first".to_owned(),
        position: 3,
        what: Some(changed("3")),
        audience: Some(everyone()),
        ..Event::default()
    };
    EventSink(bus.clone()).publish(&[third]).await.unwrap();
    for expected in 1..=3 {
        assert_eq!(position(&mut stream).await, expected);
    }
    nats.kill();
    world.router.events.append(changed("4"), everyone());
    assert_eq!(position(&mut stream).await, 4, "the owner is asked while the bus is away");
}
