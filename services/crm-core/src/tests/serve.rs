//! The whole service: gRPC with tokens, events on NATS, online marks in Redis.

use std::{net::SocketAddr, time::Duration};

use bus::{Bus, BusConfig, EventFeed};
use chrono::TimeDelta;
use contracts::{
    live::{ListEventsRequest, event::What, event_service_client::EventServiceClient},
    org::{
        GetEmployeeRequest, ListPresenceRequest, SetPresenceRequest, employee_service_client::EmployeeServiceClient,
        presence_service_client::PresenceServiceClient,
    },
};
use model::{EmployeeId, SessionId};
use rpc::{Audience, Caller, TokenSigner, TokenVerifier, authorized, client, reason_of};
use runtime::{Health, Secret, Stop, TaskTracker};
use testkit::{
    eventually,
    servers::{NatsOptions, NatsServer, RedisOptions, RedisServer, free_port},
};
use tonic::{Code, Request, transport::Channel};

use super::world::World;
use crate::{
    Config, RunError,
    presence::online::{Online, key},
    run,
    sessions::{ops::end_other_sessions, seal::TotpKey},
};

const LIMIT: Duration = Duration::from_secs(20);

struct Served {
    world: World,
    signer: TokenSigner,
    channel: Channel,
    health: Health,
    stop: Stop,
    tasks: TaskTracker,
    running: Option<tokio::task::JoinHandle<Result<(), RunError>>>,
}

impl Served {
    async fn start(nats_url: Option<String>, redis_url: Option<String>) -> Self {
        let world = World::start().await;
        let signer = TokenSigner::from_seed(&TokenSigner::random_seed().unwrap()).unwrap();
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let health = Health::new();
        let config = Config {
            listen,
            database_url: Secret::new(world.database.url()),
            nats_url: nats_url.map(Secret::new),
            redis_url: redis_url.map(Secret::new),
            verifier: TokenVerifier::new(Audience::CrmCore, &[signer.public_key()]),
            totp_key: TotpKey::derive(&[7; 32]).unwrap(),
            accesses_kept: TimeDelta::days(365),
            drain: Duration::from_secs(5),
            health: health.clone(),
        };
        let (stop, tasks) = (Stop::new(), TaskTracker::new());
        let running = Some(tasks.spawn(run(config, stop.clone())));
        let channel = client(&format!("http://{listen}")).unwrap();
        let served = Self { world, signer, channel, health, stop, tasks, running };
        eventually("crm-core to serve", LIMIT, async || served.answers().await.then_some(())).await;
        served
    }

    fn request<T>(&self, caller: &Caller, message: T) -> Request<T> {
        authorized(message, &self.signer.sign(Audience::CrmCore, caller).unwrap()).unwrap()
    }

    async fn answers(&self) -> bool {
        let caller = Caller::operator(self.world.admin.employee().unwrap());
        let mut presence = PresenceServiceClient::new(self.channel.clone());
        presence.list_presence(self.request(&caller, ListPresenceRequest::default())).await.is_ok()
    }

    async fn online(&self, id: EmployeeId) -> bool {
        let mut employees = EmployeeServiceClient::new(self.channel.clone());
        let request = self.request(&Caller::operator(id), GetEmployeeRequest { employee_id: id.to_string() });
        let employee = employees.get_employee(request).await.unwrap().into_inner().employee.unwrap();
        employee.presence.unwrap().online
    }

    async fn end(mut self) {
        self.stop.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout(LIMIT, self.running.take().unwrap()).await;
        ended.expect("it stops in time").unwrap().unwrap();
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_for_this_service() {
    let served = Served::start(None, None).await;
    let mut employees = EmployeeServiceClient::new(served.channel.clone());
    let message = GetEmployeeRequest { employee_id: EmployeeId::new().to_string() };
    let refused = employees.get_employee(message.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let foreign = served.signer.sign(Audience::Router, &Caller::operator(EmployeeId::new())).unwrap();
    let refused = employees.get_employee(authorized(message.clone(), &foreign).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let missing = employees.get_employee(served.request(&Caller::operator(EmployeeId::new()), message)).await;
    assert_eq!(reason_of(&missing.unwrap_err()), Some(contracts::errors::ErrorReason::EmployeeNotFound));
    assert!(served.health.readiness().ready);
    served.end().await;
}

#[tokio::test]
async fn a_change_reaches_the_bus_and_the_history() {
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let served = Served::start(Some(nats.url()), None).await;
    let config = BusConfig { url: nats.url(), name: "test".into(), channel: None };
    let bus = Bus::connect(&config).await.unwrap();
    bus::ensure_streams(&bus, 1, 1).await.unwrap();
    let mut feed = EventFeed::subscribe(&bus).await.unwrap();
    bus.client.flush().await.unwrap();
    let operator = served.world.operator("operator1").await;
    let caller = Caller::operator(operator.id);
    let mut presence = PresenceServiceClient::new(served.channel.clone());
    presence.set_presence(served.request(&caller, SetPresenceRequest { choice: 2 })).await.unwrap();
    let published = tokio::time::timeout(LIMIT, async {
        loop {
            let event = feed.next().await.expect("the feed lasts");
            if matches!(&event.what, Some(What::EmployeeChanged(changed)) if changed.revision == 2) {
                return event;
            }
        }
    });
    let published = published.await.expect("the change is published");
    assert_eq!(published.area, "crm");

    let request = ListEventsRequest { area: "crm".into(), ..ListEventsRequest::default() };
    let mut events = EventServiceClient::new(served.channel.clone());
    let page = events.list_events(served.request(&Caller::edge(), request.clone())).await.unwrap().into_inner();
    let listed = page.events.iter().find(|event| event.position == published.position).unwrap();
    assert_eq!(listed, &published);
    assert!(page.events.iter().enumerate().all(|(place, event)| event.position == place as u64 + 1), "gapless");

    let above = ListEventsRequest { after_position: page.head_position + 1, ..request };
    let refused = events.list_events(served.request(&Caller::edge(), above)).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    served.end().await;
}

#[tokio::test]
async fn an_employee_learns_only_what_concerns_them() {
    let served = Served::start(None, None).await;
    let (one, other) = (served.world.operator("operator1").await, served.world.operator("operator2").await);
    served.world.sign_in("operator1", super::world::PASSWORD, "").await.unwrap();
    end_other_sessions(&served.world.db, served.world.admin, one.id, None).await.unwrap();
    let request = ListEventsRequest { area: "crm".into(), ..ListEventsRequest::default() };
    let mut events = EventServiceClient::new(served.channel.clone());
    let all = eventually("the relay to move all events", LIMIT, async || {
        let mut events = EventServiceClient::new(served.channel.clone());
        let page = events.list_events(served.request(&Caller::edge(), request.clone())).await.unwrap().into_inner();
        (page.events.len() == 4).then_some(page.events)
    });
    assert!(all.await.iter().all(|event| event.audience.is_some()), "the edge sees for whom");
    let mut seen = async |caller: &Caller| {
        let page = events.list_events(served.request(caller, request.clone())).await.unwrap().into_inner();
        assert!(page.events.iter().all(|event| event.audience.is_none()));
        page.events.len()
    };
    let person = |id| Caller { session: Some(SessionId::new()), ..Caller::operator(id) };
    assert_eq!((seen(&person(one.id)).await, seen(&person(other.id)).await), (4, 3));
    served.end().await;
}

#[tokio::test]
async fn redis_says_who_is_online_and_its_loss_only_shows_everyone_offline() {
    let mut redis = RedisServer::start(RedisOptions::default()).await.unwrap();
    let served = Served::start(None, Some(redis.url())).await;
    let operator = served.world.operator("operator1").await;
    assert!(!served.online(operator.id).await);
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mark: redis::RedisResult<()> =
        redis::cmd("SET").arg(key(operator.id)).arg("1").query_async(&mut connection).await;
    mark.unwrap();
    eventually("the mark to show", LIMIT, async || served.online(operator.id).await.then_some(())).await;
    let audit = served.world.count("select count(*) from crm.audit").await;
    redis.kill();
    eventually("everyone to show offline", LIMIT, async || (!served.online(operator.id).await).then_some(())).await;
    assert_eq!(served.world.count("select count(*) from crm.audit").await, audit, "nothing follows from that");
    assert!(served.health.readiness().ready);
    redis.restart().await.unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mark: redis::RedisResult<()> =
        redis::cmd("SET").arg(key(operator.id)).arg("1").query_async(&mut connection).await;
    mark.unwrap();
    eventually("the mark to show again", LIMIT, async || served.online(operator.id).await.then_some(())).await;
    served.end().await;
}

#[tokio::test]
async fn redis_that_never_was_delays_nobody() {
    let online = Online::at(&format!("redis://127.0.0.1:{}", free_port())).unwrap();
    let started = tokio::time::Instant::now();
    assert!(online.of(&[EmployeeId::new()]).await.is_empty());
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn without_a_database_it_does_not_start() {
    let world = World::start().await;
    let signer = TokenSigner::from_seed(&TokenSigner::random_seed().unwrap()).unwrap();
    let empty = world.database.url().replace(world.database.name(), "postgres");
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], free_port())),
        database_url: Secret::new(empty),
        nats_url: None,
        redis_url: None,
        verifier: TokenVerifier::new(Audience::CrmCore, &[signer.public_key()]),
        totp_key: TotpKey::derive(&[7; 32]).unwrap(),
        accesses_kept: TimeDelta::days(365),
        drain: Duration::from_secs(1),
        health: Health::new(),
    };
    let ended = run(config, Stop::new()).await;
    assert!(matches!(ended, Err(RunError::Database(_))), "a database that was not migrated");
}
