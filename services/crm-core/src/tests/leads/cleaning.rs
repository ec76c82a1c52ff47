//! Cleaning by age, as of any time.

use chrono::{DateTime, Duration, Months, Utc};
use contracts::{
    crm::{
        AssignLeadRequest, ConvertLeadRequest, EraseLeadRequest, GetLeadCleaningRequest, Lead, LeadCleaningState,
        LeadSettings, LeadState, ListLeadsRequest, MergeLeadRequest, PreviewLeadCleaningRequest,
        StartLeadCleaningRequest, UpdateLeadSettingsRequest, lead_service_server::LeadService as _,
    },
    errors::ErrorReason,
};
use rpc::reason_of;
use store::{Schema, timer};
use tonic::Code;

use super::{admin, create, email, get, grpc, listed, named, phone, request_id};
use crate::{
    clock::now,
    leads::cleaning,
    tests::{cards::mask, world::World},
    timers::Timers,
};

/// Carries out whatever cleaning goes on.
async fn carry_out(world: &World) {
    let (tasks, stop) = (runtime::TaskTracker::new(), runtime::Stop::new());
    let timers = Timers { wake: world.db.wake.clone() };
    let running = tasks.spawn(timer::run(world.db.pool.clone(), Schema::Crm, timers, stop.clone()));
    testkit::eventually("the cleaning is done", std::time::Duration::from_secs(20), async || {
        (world.count("select count(*) from crm.lead_cleaning where state = 1").await == 0).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}

async fn names(world: &World) -> Vec<String> {
    let mut names = listed(world, &admin(world), ListLeadsRequest::default()).await;
    names.sort();
    names
}

/// Leads of long ago: one that nobody touched, one that somebody took up, one who wrote, one that became a client, one declined.
async fn old_leads(world: &World, then: DateTime<Utc>) -> Vec<Lead> {
    let by = admin(world);
    let point = world.contact_point("Пишет", &[]).await;
    let mut all = vec![create(world, &by, named("Молчит", vec![email("silent@example.com")]), None).await.unwrap()];
    all.push(create(world, &by, named("Взят", Vec::new()), None).await.unwrap());
    all.push(create(world, &by, Lead::default(), Some(&point.to_string())).await.unwrap());
    all.push(create(world, &by, named("Клиент", Vec::new()), None).await.unwrap());
    all.push(create(world, &by, named("Отклонён", Vec::new()), None).await.unwrap());
    let request_id = request_id();
    let request = ConvertLeadRequest { request_id, lead_id: all[3].lead_id.clone(), ..Default::default() };
    grpc(world).convert_lead(by.request(request)).await.unwrap();
    world.sql(&format!("update crm.lead set touched_at = '{then}', created_at = '{then}'")).await;
    world
        .sql(&format!("update crm.lead set state = 5, decline_reason = 'Дорого' where lead_id = '{}'", all[4].lead_id))
        .await;
    world
        .sql(&format!("insert into inbox_read.conversation_activity values (gen_random_uuid(), '{point}', now())"))
        .await;
    let lead_id = all[1].lead_id.clone();
    let request = AssignLeadRequest { lead_id, ..AssignLeadRequest::default() };
    grpc(world).assign_lead(by.request(request)).await.unwrap();
    all
}

// acceptance: LD-6
#[tokio::test]
async fn silent_leads_are_counted_and_then_erased_with_a_proof_that_names_nobody() {
    let world = World::start().await;
    let (by, grpc) = (admin(&world), grpc(&world));
    let all = old_leads(&world, now() - Months::new(13)).await;
    let preview = async |months| {
        let counted = grpc.preview_lead_cleaning(by.request(PreviewLeadCleaningRequest { months })).await.unwrap();
        counted.into_inner().counts.into_iter().map(|one| (one.state, one.leads)).collect::<Vec<_>>()
    };
    let states = [LeadState::New, LeadState::Declined].map(|state| (i32::from(state), 1));
    assert_eq!(preview(12).await, states);
    assert!(preview(14).await.is_empty());
    assert_eq!(names(&world).await.len(), 5, "counting erases nothing");

    let request = StartLeadCleaningRequest { request_id: request_id(), months: 12 };
    let begun = grpc.start_lead_cleaning(by.request(request.clone())).await.unwrap().into_inner().cleaning.unwrap();
    assert_eq!((begun.leads_total, begun.state), (2, LeadCleaningState::Running.into()));
    let again = grpc.start_lead_cleaning(by.request(request)).await.unwrap().into_inner().cleaning.unwrap();
    assert_eq!(again.cleaning_id, begun.cleaning_id);
    let second = StartLeadCleaningRequest { request_id: request_id(), months: 12 };
    let second = grpc.start_lead_cleaning(by.request(second)).await.unwrap_err();
    assert_eq!(reason_of(&second), Some(ErrorReason::LeadCleaningRunning));
    carry_out(&world).await;
    assert_eq!(names(&world).await, ["Взят", "Клиент", "Пишет"]);
    let request = GetLeadCleaningRequest { cleaning_id: begun.cleaning_id };
    let done = grpc.get_lead_cleaning(by.request(request)).await.unwrap().into_inner().cleaning.unwrap();
    assert_eq!((done.state, done.erased), (LeadCleaningState::Done.into(), 2));

    let gone = all[0].lead_id.as_str();
    assert_eq!(get(&world, &by, gone).await.unwrap_err().code(), Code::NotFound);
    let proof = format!("select count(*) from crm.lead_erasure where lead_id = '{gone}' and cleaning_id is not null");
    assert_eq!(world.count(&proof).await, 1);
    assert_eq!(world.audited(gone.parse().unwrap()).await, ["lead.create", "lead.erase"]);
    for table in
        ["lead", "lead_address", "lead_change", "lead_sound", "lead_erasure", "audit", "event", "lead_cleaning"]
    {
        let left = format!("select count(*) from crm.{table} t where t::text ~* 'Молчит|silent@example|Дорого'");
        assert_eq!(world.count(&left).await, 0, "{table} holds nothing of who was erased");
    }
}

#[tokio::test]
async fn cleaning_by_itself_is_off_until_an_administrator_sets_its_age_and_comes_once_a_day() {
    let world = World::start().await;
    let today = now();
    old_leads(&world, today - Duration::days(40)).await;
    let runs = "select count(*) from crm.lead_cleaning";
    cleaning::begin_due(&world.db.pool, today).await.unwrap();
    assert_eq!(world.count(runs).await, 0);
    let settings = LeadSettings { erase_after_months: 1, ..LeadSettings::default() };
    let request = |months| {
        let settings = LeadSettings { erase_after_months: months, ..settings.clone() };
        UpdateLeadSettingsRequest { settings: Some(settings), update_mask: mask(&["erase_after_months"]) }
    };
    let (by, grpc) = (admin(&world), grpc(&world));
    let wrong = grpc.update_lead_settings(by.request(request(500))).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    grpc.update_lead_settings(by.request(request(1))).await.unwrap();
    cleaning::begin_due(&world.db.pool, today).await.unwrap();
    carry_out(&world).await;
    assert_eq!(names(&world).await, ["Взят", "Клиент", "Пишет"]);
    cleaning::begin_due(&world.db.pool, today + Duration::hours(23)).await.unwrap();
    assert_eq!(world.count(runs).await, 1);
    // A month later the others are silent too, but for what is a client's.
    cleaning::begin_due(&world.db.pool, today + Duration::days(40)).await.unwrap();
    carry_out(&world).await;
    assert_eq!(names(&world).await, ["Клиент"]);
}

#[tokio::test]
async fn who_asks_to_be_forgotten_is_erased_at_once() {
    let world = World::start().await;
    let by = admin(&world);
    let lead = create(&world, &by, named("Анна", Vec::new()), None).await.unwrap();
    // What was merged into it, by way of another, is of the same person.
    let other = create(&world, &by, named("Анна П.", vec![phone("+7 999 000-00-01")]), None).await.unwrap();
    let third = create(&world, &by, named("А. П.", vec![phone("+7 999 000-00-01")]), None).await.unwrap();
    for (from, into) in [(&third, &other), (&other, &lead)] {
        let into_lead_id = into.lead_id.clone();
        let request = MergeLeadRequest { lead_id: from.lead_id.clone(), etag: String::new(), into_lead_id };
        grpc(&world).merge_lead(by.request(request)).await.unwrap();
    }
    let request = EraseLeadRequest { lead_id: lead.lead_id.clone(), etag: String::new() };
    grpc(&world).erase_lead(by.request(request.clone())).await.unwrap();
    assert_eq!(grpc(&world).erase_lead(by.request(request)).await.unwrap_err().code(), Code::NotFound);
    let proof = "select count(*) from crm.lead_erasure where cleaning_id is null and employee_id is not null";
    assert_eq!(world.count(proof).await, 3);
    for table in ["lead", "lead_address", "lead_change"] {
        assert_eq!(world.count(&format!("select count(*) from crm.{table}")).await, 0, "{table}");
    }
}
