use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use contracts::channel::{AccountHealth, AccountState, Inbound, inbound::Body};
use model::AccountId;
use prost::Message;
use testkit::eventually;
use tokio::time::timeout;

use super::{scripted::Script, world::World};
use crate::ProviderError;

const LIMIT: Duration = Duration::from_secs(10);
const POLL: &[(&str, &str)] = &[("way", "poll")];

async fn polled_from(script: &Arc<Script>, position: Option<&str>) {
    let wanted = position.map(str::to_owned);
    eventually("a poll from the position", LIMIT, async || script.polled.lock().contains(&wanted).then_some(())).await;
}

fn state(fact: &Inbound) -> Option<&AccountState> {
    match &fact.body {
        Some(Body::AccountState(state)) => Some(state),
        _ => None,
    }
}

fn is(fact: &Inbound, health: AccountHealth) -> bool {
    state(fact).is_some_and(|state| state.health() == health)
}

async fn told(world: &World, account: AccountId, health: AccountHealth) -> AccountState {
    let what = format!("{health:?} to be told");
    let fact = world.router.fact(account, &what, |fact| is(fact, health)).await;
    state(&fact).unwrap().clone()
}

#[tokio::test]
async fn what_is_polled_is_confirmed_before_the_position_moves() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    world.router.set(|state| &state.stalled, true);
    script.write("one");
    script.write("two");
    let gateway = world.gateway().await;
    polled_from(&script, None).await;
    let stream = world.bus.jetstream.get_stream("IN_0").await.unwrap();
    eventually("the facts to be published again and again", LIMIT, async || {
        (stream.get_info().await.unwrap().state.messages > 8).then_some(())
    })
    .await;
    assert_eq!(*script.polled.lock(), [None], "nothing is polled while facts are unconfirmed");
    world.router.set(|state| &state.stalled, false);
    polled_from(&script, Some("2")).await;
    let keys = world.router.keys(account);
    let place = |key: &str| keys.iter().position(|known| known == key).unwrap();
    assert!(place("message:one") < place("message:two") && place("message:two") < place("pos:updates:2"));
    gateway.stop().await;
}

#[tokio::test]
async fn more_is_on_its_way_of_imports_than_of_a_poll_and_all_imports_share_it() {
    let mut world = World::start().await;
    world.router.set(|state| &state.stalled, true);
    let (live, poll) = world.account(POLL).await;
    let imports = [world.account(POLL).await, world.account(POLL).await];
    for script in [&poll, &imports[0].1, &imports[1].1] {
        (0..300).for_each(|n| script.write(&n.to_string()));
    }
    imports.iter().for_each(|(_, script)| script.imports.store(true, Ordering::Relaxed));
    let gateway = world.gateway().await;
    let mut inlet = bus::Inlet::open(&world.bus, 0, 0).await.unwrap();
    let mut seen: HashMap<(AccountId, String), u32> = HashMap::new();
    // Each of them twice: whatever more there was would have come between.
    let sent_twice = |seen: &HashMap<_, u32>| seen.len() >= 64 + 256 && seen.values().all(|times| *times > 1);
    while !sent_twice(&seen) {
        let batch = timeout(LIMIT, inlet.next(500, 1 << 20, Duration::from_millis(100))).await.expect("facts").unwrap();
        for delivery in batch {
            let (fact, (_, account)) = (Inbound::decode(&*delivery.payload).unwrap(), delivery.from.unwrap());
            if fact.key.starts_with("message:") {
                *seen.entry((account, fact.key)).or_default() += 1;
            }
        }
    }
    let of = |account: AccountId| seen.keys().filter(|(from, _)| *from == account).count();
    assert_eq!(of(live), 64);
    assert_eq!(of(imports[0].0) + of(imports[1].0), 256);
    world.router.set(|state| &state.stalled, false);
    for (_, script) in &imports {
        polled_from(script, Some("300")).await;
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_position_is_taken_from_the_bucket_else_router_is_asked_until_it_answers() {
    let mut world = World::start().await;
    world.router.set(|state| &state.forgetful, true);
    let (stored, with_bucket) = world.account(POLL).await;
    let (asked, with_router) = world.account(POLL).await;
    for script in [&with_bucket, &with_router] {
        (0..5).for_each(|n| script.write(&n.to_string()));
    }
    let values = [("updates".to_owned(), "4".to_owned())].into();
    bus::positions::write(&world.bus, &world.channel, stored, values).await.unwrap();
    world.router.state.positions.lock().insert(asked.to_string(), "3".to_owned());
    let gateway = world.gateway().await;
    polled_from(&with_bucket, Some("4")).await;
    eventually("a second question", LIMIT, async || {
        (world.router.state.asked.load(Ordering::Relaxed) > 1).then_some(())
    })
    .await;
    assert!(with_router.polled.lock().is_empty(), "polling waits for the answer");
    world.router.set(|state| &state.forgetful, false);
    polled_from(&with_router, Some("3")).await;
    gateway.stop().await;
}

// acceptance: DI-15
#[tokio::test]
async fn a_connection_that_is_lost_shows_and_costs_nothing() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let gateway = world.gateway_with(|config| config.timing.watchdog = Duration::from_secs(1)).await;
    assert_eq!(told(&world, account, AccountHealth::Connected).await.identity, "@scripted");
    script.hangs.store(true, Ordering::Relaxed);
    script.write("written meanwhile");
    told(&world, account, AccountHealth::Degraded).await;
    assert!(!world.router.committed(account, "message:written meanwhile"));
    script.hangs.store(false, Ordering::Relaxed);
    world.router.fact(account, "the message", |fact| fact.key == "message:written meanwhile").await;
    eventually("the connection to be told", LIMIT, async || {
        is(world.router.arrived(account).iter().rfind(|fact| state(fact).is_some())?, AccountHealth::Connected)
            .then_some(())
    })
    .await;
    gateway.stop().await;
}

#[tokio::test]
async fn temporary_errors_are_waited_out_and_no_reason_for_alarm() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let gateway = world.gateway().await;
    told(&world, account, AccountHealth::Connected).await;
    let error = ProviderError::Temporary { text: "502".to_owned(), retry_after: None };
    script.poll_errors.lock().extend([error.clone(), error.clone(), error]);
    script.write("after the errors");
    world.router.fact(account, "the message", |fact| fact.key == "message:after the errors").await;
    assert!(!world.router.arrived(account).iter().any(|fact| is(fact, AccountHealth::Degraded)));
    gateway.stop().await;
}

#[tokio::test]
async fn an_account_problem_is_told_with_its_remedy_and_tried_again() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let error = ProviderError::Account {
        text: "Unauthorized".to_owned(),
        remedy_key: "token",
        health: AccountHealth::Disconnected,
    };
    script.open_errors.lock().extend([error.clone(), error]);
    let gateway = world.gateway().await;
    let state = told(&world, account, AccountHealth::Disconnected).await;
    assert_eq!((state.problem.as_str(), state.remedy_key.as_str()), ("Unauthorized", "token"));
    told(&world, account, AccountHealth::Connected).await;
    assert_eq!(script.opens.load(Ordering::Relaxed), 3);
    gateway.stop().await;
}

#[tokio::test]
async fn of_two_instances_one_polls_and_the_other_takes_over() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let (one, two) = (world.gateway().await, world.gateway().await);
    told(&world, account, AccountHealth::Connected).await;
    script.write("hello");
    world.router.fact(account, "the message", |fact| fact.key == "message:hello").await;
    assert_eq!(script.opens.load(Ordering::Relaxed), 1, "only the lease holder opens the connection");
    one.stop().await;
    script.write("after the first has stopped");
    world.router.fact(account, "the next", |fact| fact.key == "message:after the first has stopped").await;
    two.stop().await;
    let keys = world.router.keys(account);
    assert_eq!(keys.iter().filter(|key| *key == "message:hello").count(), 1, "the position was handed over");
}

#[tokio::test]
async fn a_position_survives_a_wiped_nats() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let gateway = world.gateway().await;
    script.write("before");
    world.router.fact(account, "the first position", |fact| fact.key == "pos:updates:1").await;
    world.nats.wipe_store().await.unwrap();
    script.write("after");
    let remake = async || {
        bus::ensure_streams(&world.bus, 1, 1).await.ok()?;
        bus::accounts::project(&world.bus, &world.channel, &world.accounts, "epoch", 1).await.ok()
    };
    eventually("the streams to be made anew", LIMIT, remake).await;
    world.router.fact(account, "the message", |fact| fact.key == "message:after").await;
    polled_from(&script, Some("2")).await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_holder_that_cannot_renew_stops_before_its_lease_ends() {
    let mut world = World::start().await;
    let (account, script) = world.account(POLL).await;
    let gateway = world.gateway().await;
    told(&world, account, AccountHealth::Connected).await;
    script.hang().await;
    world.nats.pause();
    let began = std::time::Instant::now();
    let ended = async || (script.polling.load(Ordering::Relaxed) == 0).then_some(());
    eventually("polling to end", Duration::from_secs(16), ended).await;
    assert!(began.elapsed() < Duration::from_secs(13), "it took {:?}", began.elapsed());
    script.hangs.store(false, Ordering::Relaxed);
    world.nats.resume();
    let ended = script.polled.lock().len();
    eventually("polling to begin again", LIMIT, async || (script.polled.lock().len() > ended).then_some(())).await;
    gateway.stop().await;
}
