//! Reading reports of visits from a real NATS.

use std::time::Duration;

use bus::{Bus, BusConfig};
use contracts::channel::{Visit, VisitReport, visit_report::Report};
use model::AccountId;
use runtime::Stop;
use testkit::{
    eventually,
    servers::{NatsOptions, NatsServer},
};
use uuid::Uuid;

use super::world::World;
use crate::{clock::now, visits};

const SOON: Duration = Duration::from_secs(20);

async fn publish(bus: &Bus, guest_id: String) {
    let visit =
        Visit { visit_id: Uuid::now_v7().to_string(), started_at: Some(rpc::timestamp(now())), ..<_>::default() };
    let report = VisitReport { guest_id, report: Some(Report::Visit(visit)), ..<_>::default() };
    let channel = "webchat".parse().unwrap();
    bus::publish_visits(bus, &channel, AccountId::new(), &report, SOON).await.unwrap();
}

async fn stored(world: &World, visits: i64) {
    eventually("the visits are stored", SOON, async || {
        (world.count("select count(*) from crm.visit").await == visits).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_report_is_stored_once_by_however_many_readers_and_what_cannot_be_read_stops_none() {
    let world = World::start().await;
    let nats = NatsServer::start(NatsOptions::default()).await.expect("nats-server");
    let bus = Bus::connect(&BusConfig { url: nats.url(), name: "test".to_owned(), channel: None }).await.unwrap();
    bus::ensure_streams(&bus, 1, 1).await.unwrap();
    let stop = Stop::new();
    let tasks = runtime::TaskTracker::new();
    for _ in 0..2 {
        tasks.spawn(visits::run(world.db.pool.clone(), bus.clone(), stop.clone()));
    }
    publish(&bus, Uuid::now_v7().to_string()).await;
    publish(&bus, "no guest".to_owned()).await;
    publish(&bus, Uuid::now_v7().to_string()).await;
    stored(&world, 2).await;
    // Both have gone on: the one that came too late reads on from where the other is.
    publish(&bus, Uuid::now_v7().to_string()).await;
    stored(&world, 3).await;
    assert_eq!(world.count("select sequence from crm.visit_cursor").await, 4);
    stop.cancel();
    tasks.close();
    tasks.wait().await;

    // Another stream: what is there is read from its beginning, and what was stored stays.
    let nats = NatsServer::start(NatsOptions::default()).await.expect("nats-server");
    let bus = Bus::connect(&BusConfig { url: nats.url(), name: "test".to_owned(), channel: None }).await.unwrap();
    bus::ensure_streams(&bus, 1, 1).await.unwrap();
    publish(&bus, Uuid::now_v7().to_string()).await;
    let stop = Stop::new();
    tasks.reopen();
    tasks.spawn(visits::run(world.db.pool.clone(), bus, stop.clone()));
    stored(&world, 4).await;
    assert_eq!(world.count("select sequence from crm.visit_cursor").await, 1);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}
