use std::{collections::BTreeSet, time::Duration};

use ::store::{Schema, timer};
use contracts::{
    crm::{
        DuplicateGroup, DuplicateSearch, DuplicateSearchState, GetDuplicateSearchRequest, ListDuplicateGroupsRequest,
        MarkNotDuplicatesRequest, StartDuplicateSearchRequest, duplicate_service_server::DuplicateService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use runtime::{Stop, TaskTracker};
use uuid::Uuid;

use super::{administrator, grpc, leading, merge::merged, named, put};
use crate::{
    duplicates::{
        Kind,
        invented::{KINDS, Luck, client, double},
        merge::{self, Wanted},
        rules::Facts,
        search,
    },
    tests::world::World,
    timers::Timers,
};

async fn start(world: &World) -> DuplicateSearch {
    let request = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), ..Default::default() };
    let answer = grpc(world).start_duplicate_search(administrator(world).request(request)).await.unwrap();
    answer.into_inner().search.unwrap()
}

pub async fn state(world: &World, search: &str) -> DuplicateSearch {
    let request = GetDuplicateSearchRequest { search_id: search.to_owned(), ..Default::default() };
    let answer = grpc(world).get_duplicate_search(administrator(world).request(request)).await.unwrap();
    answer.into_inner().search.unwrap()
}

/// Runs timers until the search is done.
pub async fn carry_out(world: &World, search: &str, within: Duration) {
    let (tasks, stop) = (TaskTracker::new(), Stop::new());
    let timers = Timers { wake: world.db.wake.clone() };
    let running = tasks.spawn(timer::run(world.db.pool.clone(), Schema::Crm, timers, stop.clone()));
    testkit::eventually("the search is done", within, async || {
        (state(world, search).await.state == i32::from(DuplicateSearchState::Done)).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}

pub async fn listed(world: &World, search: &str, duplicates_only: bool) -> Vec<DuplicateGroup> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let search_id = search.to_owned();
        let request = ListDuplicateGroupsRequest { search_id, duplicates_only, page_size: 100, page_token };
        let page = grpc(world).list_duplicate_groups(administrator(world).request(request)).await.unwrap().into_inner();
        all.extend(page.groups);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// How many clients, one in ten a double of another; more to measure by hand.
fn how_many() -> usize {
    std::env::var("OKNO_TEST_CLIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

// acceptance: DD-4
#[tokio::test]
async fn a_search_in_the_background_finds_planted_doubles_and_survives_a_crash() {
    let world = World::start().await;
    let (mut luck, all) = (Luck(41), how_many());
    let mut clients: Vec<Facts> = (0..all * 9 / 10).map(|number| client(number, &mut luck)).collect();
    let mut planted = Vec::new();
    for number in 0..all / 10 {
        let of = clients[number * 9].clone();
        let other = double(&of, number % KINDS, &mut luck);
        planted.push((of.id, other.id));
        clients.push(other);
    }
    for part in clients.chunks(5_000) {
        put(&world, part).await;
    }
    world.sql("analyze").await;
    let began = std::time::Instant::now();
    let started = start(&world).await;
    let id: Uuid = started.search_id.parse().unwrap();
    // Two stretches, the second of which is lost with its process.
    let mut tx = world.db.pool.begin().await.unwrap();
    assert!(search::step(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    search::step(&mut tx, id).await.unwrap();
    tx.rollback().await.unwrap();
    let half = state(&world, &started.search_id).await;
    assert!(half.clients > 0 && half.percent > 0 && half.percent < 100, "{half:?}");

    carry_out(&world, &started.search_id, Duration::from_secs(900)).await;
    let done = state(&world, &started.search_id).await;
    println!("{} clients, {} pairs in {:?}", done.clients, done.pairs, began.elapsed());
    assert_eq!((done.percent, done.clients), (100, all as u64));
    let groups = listed(&world, &started.search_id, false).await;
    assert_eq!(groups.len() as u64, done.groups);
    assert!(groups.is_sorted_by(|one, other| one.score >= other.score), "the surest first");
    let pairs: BTreeSet<(String, String)> = groups
        .iter()
        .flat_map(|group| &group.pairs)
        .map(|pair| (pair.client_id.clone(), pair.other_client_id.clone()))
        .collect();
    let hits = planted.iter().filter(|(one, other)| pairs.contains(&(one.to_string(), other.to_string()))).count();
    assert!(hits * 100 >= planted.len() * 95, "{hits} of {}", planted.len());
    assert_eq!(world.count("select count(*) from crm.duplicate_key").await, 0);
    assert_eq!(world.count("select count(*) from crm.timer where kind = 'duplicate_search'").await, 0);
}

#[tokio::test]
async fn what_was_merged_or_called_different_is_no_result_any_more() {
    let world = World::start().await;
    let inn = |name: &str, inn: &str| Facts { inn: inn.to_owned(), company: true, ..named(name) };
    let clients = [inn("Альфа", "7707083893"), inn("Бета", "7707083893"), named("Ромашка"), named("ООО Ромашка")];
    put(&world, &clients).await;
    let [alpha, beta, plain, formal] = clients.map(|client| client.id);
    let search = start(&world).await.search_id;
    carry_out(&world, &search, Duration::from_secs(60)).await;
    let groups = listed(&world, &search, false).await;
    assert_eq!(groups.iter().map(|group| group.duplicate).collect::<Vec<_>>(), [true, false]);
    assert_eq!(groups[0].members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>().len(), 2);
    assert_eq!(listed(&world, &search, true).await.len(), 1);

    let client_ids = vec![plain.to_string(), formal.to_string()];
    let request = MarkNotDuplicatesRequest { client_ids, ..Default::default() };
    grpc(&world).mark_not_duplicates(administrator(&world).request(request)).await.unwrap();
    assert_eq!(listed(&world, &search, false).await.len(), 1);
    let wanted = Wanted {
        id: Uuid::now_v7(),
        request: crate::change::RequestHash::of(b"merge"),
        kind: Kind::Client,
        original: alpha,
        seen: None,
        others: vec![beta],
        choices: std::collections::BTreeMap::new(),
    };
    let done = merge::merge(&world.db, &leading(&world), wanted).await.unwrap();
    assert!(listed(&world, &search, false).await.is_empty());
    merge::undo(&world.db, &leading(&world), done.id).await.unwrap();
    assert_eq!(listed(&world, &search, false).await.len(), 1);
}

#[tokio::test]
async fn one_search_at_a_time_and_for_those_who_lead() {
    let world = World::start().await;
    let (grpc, caller) = (grpc(&world), administrator(&world));
    let request = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), ..Default::default() };
    let first = grpc.start_duplicate_search(caller.request(request.clone())).await.unwrap().into_inner().search;
    let again = grpc.start_duplicate_search(caller.request(request)).await.unwrap().into_inner().search;
    assert_eq!(first, again);
    let request = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), ..Default::default() };
    let refused = grpc.start_duplicate_search(caller.request(request.clone())).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::DuplicateSearchRunning));
    let operator = Caller::operator(world.operator("operator1").await.id);
    let search_id = first.unwrap().search_id;
    let refusals = [
        grpc.start_duplicate_search(operator.request(request)).await.map(drop),
        grpc.get_duplicate_search(operator.request(GetDuplicateSearchRequest::default())).await.map(drop),
        grpc.list_duplicate_groups(operator.request(ListDuplicateGroupsRequest { search_id, ..Default::default() }))
            .await
            .map(drop),
    ];
    for refused in refusals {
        assert_eq!(reason_of(&refused.unwrap_err()), Some(ErrorReason::Permission));
    }
    let nowhere = GetDuplicateSearchRequest { search_id: Uuid::now_v7().to_string(), ..Default::default() };
    let refused = grpc.get_duplicate_search(caller.request(nowhere)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::DuplicateSearchNotFound));
}

// acceptance: DD-8
#[tokio::test]
async fn a_pair_called_different_stays_so_when_one_of_it_is_merged() {
    let world = World::start().await;
    let inn = |name: &str| Facts { inn: "7707083893".to_owned(), company: true, ..named(name) };
    let clients = [inn("Альфа"), inn("Бета"), inn("Гамма")];
    put(&world, &clients).await;
    let [alpha, beta, gamma] = clients.map(|client| client.id);
    let request =
        MarkNotDuplicatesRequest { client_ids: vec![alpha.to_string(), beta.to_string()], ..Default::default() };
    grpc(&world).mark_not_duplicates(administrator(&world).request(request)).await.unwrap();
    let done = merged(&world, gamma, &[beta]).await;
    let search = start(&world).await.search_id;
    carry_out(&world, &search, Duration::from_secs(60)).await;
    assert!(listed(&world, &search, false).await.is_empty());
    merge::undo(&world.db, &leading(&world), done.id).await.unwrap();
    assert_eq!(listed(&world, &search, false).await.len(), 1, "nobody said that of the third");
}
