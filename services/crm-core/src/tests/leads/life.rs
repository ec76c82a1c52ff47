//! The life of a lead.

use contracts::{
    crm::{
        AssignLeadRequest, ClientKind, CreateLeadRequest, DeclineLeadRequest, Lead, LeadState, ListLeadChangesRequest,
        MergeLeadRequest, ReopenLeadRequest, SettleLeadRequest, UpdateLeadRequest,
        lead_service_server::LeadService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, metadata_of, reason_of};
use tonic::{Code, Status};

use super::{admin, create, email, get, grpc, named, of, phone, request_id, state};
use crate::{
    clients::domain::AddressKind,
    tests::{cards::mask, clients::client, world::World},
};

async fn decline(world: &World, id: &str, reason: &str) -> Result<Lead, Status> {
    let request = DeclineLeadRequest { lead_id: id.into(), reason: reason.into(), ..Default::default() };
    Ok(grpc(world).decline_lead(admin(world).request(request)).await?.into_inner().lead.unwrap())
}

async fn reopen(world: &World, id: &str) -> Result<Lead, Status> {
    let request = ReopenLeadRequest { lead_id: id.into(), ..Default::default() };
    Ok(grpc(world).reopen_lead(admin(world).request(request)).await?.into_inner().lead.unwrap())
}

async fn settle(world: &World, id: &str) -> Result<Lead, Status> {
    let request = SettleLeadRequest { lead_id: id.into(), ..Default::default() };
    Ok(grpc(world).settle_lead(admin(world).request(request)).await?.into_inner().lead.unwrap())
}

async fn merge(world: &World, id: &str, into: &str) -> Result<Lead, Status> {
    let request = MergeLeadRequest { lead_id: id.into(), into_lead_id: into.into(), ..Default::default() };
    Ok(grpc(world).merge_lead(admin(world).request(request)).await?.into_inner().lead.unwrap())
}

async fn update(world: &World, lead: Lead, fields: &[&str]) -> Result<Lead, Status> {
    let request = UpdateLeadRequest { lead: Some(lead), update_mask: mask(fields) };
    Ok(grpc(world).update_lead(admin(world).request(request)).await?.into_inner().lead.unwrap())
}

#[tokio::test]
async fn creating_twice_with_one_request_creates_once() {
    let world = World::start().await;
    let point = world.contact_point("Покупатель 1", &[(1, "+7 999 000-00-01"), (3, "@buyer_1")]).await.to_string();
    let (lead, contact_point_id) = (Some(Lead::default()), point.clone());
    let request = CreateLeadRequest { request_id: request_id(), lead, contact_point_id };
    let call = async |request: &CreateLeadRequest| {
        grpc(&world)
            .create_lead(admin(&world).request(request.clone()))
            .await
            .map(|done| done.into_inner().lead.unwrap())
    };
    let first = call(&request).await.unwrap();
    assert_eq!(call(&request).await.unwrap(), first);
    assert_eq!((first.name.as_str(), first.channel.as_str()), ("Покупатель 1", "telegram"));
    assert_eq!(first.contact_point_ids, [point.as_str()]);
    assert_eq!(first.addresses.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["79990000001"]);
    assert_eq!((state(&first), ClientKind::try_from(first.kind)), (LeadState::New, Ok(ClientKind::Person)));
    let other = CreateLeadRequest { lead: Some(named("Другой", Vec::new())), ..request };
    assert_eq!(call(&other).await.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(world.count("select count(*) from crm.lead").await, 1);
    let published =
        format!("select count(*) from crm_read.contact_point_lead where contact_point_id = '{point}' and open");
    assert_eq!(world.count(&published).await, 1);
}

// acceptance: LD-1
#[tokio::test]
async fn a_lead_goes_through_its_states_and_no_other_way() {
    let world = World::start().await;
    let lead = create(&world, &admin(&world), named("Анна", vec![phone("8 999 000-00-01")]), None).await.unwrap();
    let id = lead.lead_id.as_str();
    let no_reason = decline(&world, id, " ").await.unwrap_err();
    assert_eq!((no_reason.code(), metadata_of(&no_reason)["field"].as_str()), (Code::InvalidArgument, "reason"));
    let early = settle(&world, id).await.unwrap_err();
    assert_eq!((reason_of(&early), metadata_of(&early)["state"].as_str()), (Some(ErrorReason::LeadState), "new"));
    let declined = decline(&world, id, "Дорого").await.unwrap();
    assert_eq!((state(&declined), declined.decline_reason.as_str()), (LeadState::Declined, "Дорого"));
    assert_eq!(reason_of(&decline(&world, id, "Ещё раз").await.unwrap_err()), Some(ErrorReason::LeadState));
    let stale = DeclineLeadRequest { lead_id: id.into(), etag: lead.etag.clone(), reason: "Дорого".into() };
    let stale = grpc(&world).decline_lead(admin(&world).request(stale)).await.unwrap_err();
    assert_eq!(reason_of(&stale), Some(ErrorReason::EtagMismatch));
    let again = reopen(&world, id).await.unwrap();
    assert_eq!((state(&again), again.decline_reason.as_str()), (LeadState::New, ""));

    let other = create(&world, &admin(&world), named("Аня", vec![phone("+79990000001")]), None).await.unwrap();
    assert_eq!((state(&other), other.repeats_lead_id.as_str()), (LeadState::Repeated, id));
    let settled = settle(&world, &other.lead_id).await.unwrap();
    assert_eq!(state(&settled), LeadState::RepeatedProcessed);
    assert_eq!(state(&reopen(&world, &other.lead_id).await.unwrap()), LeadState::Repeated);
    decline(&world, &other.lead_id, "Ошиблась номером").await.unwrap();
    assert_eq!(state(&reopen(&world, &other.lead_id).await.unwrap()), LeadState::Repeated, "the first is open still");

    let request = ListLeadChangesRequest { lead_id: id.into(), ..Default::default() };
    let changes = grpc(&world).list_lead_changes(admin(&world).request(request)).await.unwrap().into_inner().changes;
    let states: Vec<_> = changes.iter().filter(|one| one.field == "state").map(|one| one.new_values.join("")).collect();
    assert_eq!(states, ["1", "5"], "newest first");
    let actions = world.audited(id.parse().unwrap()).await;
    assert_eq!(actions, ["lead.create", "lead.decline", "lead.reopen"]);
    let told = "select count(*) from crm.audit where object_kind = 'lead' and (coalesce(before::text, '') || after::text) ~ 'Анна|7999|Дорого'";
    assert_eq!(world.count(told).await, 0, "the audit outlives a lead and holds none of its data");
}

// acceptance: LD-3
#[tokio::test]
async fn who_is_a_client_or_has_an_open_lead_is_repeated_from_the_beginning() {
    let world = World::start().await;
    let known = client(&world, "Ромашка", &[(AddressKind::Phone, "+7 999 000-00-02")]).await;
    let by = admin(&world);
    let lead = create(&world, &by, named("Роман", vec![phone("8 (999) 000-00-02")]), None).await.unwrap();
    assert_eq!((state(&lead), lead.repeats_client_id), (LeadState::Repeated, known.id.to_string()));

    let point = world.contact_point("Покупатель 3", &[]).await.to_string();
    let first = create(&world, &by, Lead::default(), Some(&point)).await.unwrap();
    let second = create(&world, &by, Lead::default(), Some(&point)).await.unwrap();
    assert_eq!((state(&first), state(&second)), (LeadState::New, LeadState::Repeated));
    assert_eq!(second.repeats_lead_id, first.lead_id);

    let stranger = create(&world, &by, named("Никто", vec![email("nobody@example.com")]), None).await.unwrap();
    assert_eq!(state(&stranger), LeadState::New);
    let changed = Lead { addresses: vec![phone("+7 999 000-00-02")], ..stranger };
    let changed = update(&world, changed, &["addresses"]).await.unwrap();
    assert_eq!((state(&changed), changed.repeats_client_id), (LeadState::Repeated, known.id.to_string()));
    world.sql("insert into crm.match_settings values (true, 1, '{}', '{}', '{79990000002}', false)").await;
    let desk = create(&world, &by, named("Общий телефон", vec![phone("+7 999 000-00-02")]), None).await.unwrap();
    assert_eq!(state(&desk), LeadState::New, "an address of many is nobody");
}

#[tokio::test]
async fn many_who_enter_one_person_at_once_make_one_new_lead() {
    let world = World::start().await;
    let by = admin(&world);
    let all = (0..6).map(|n| create(&world, &by, named(&format!("Анна {n}"), vec![phone("+79990000001")]), None));
    let all = futures::future::join_all(all).await;
    let states: Vec<_> = all.iter().map(|lead| state(lead.as_ref().unwrap())).collect();
    assert_eq!(states.iter().filter(|one| **one == LeadState::New).count(), 1, "{states:?}");
}

// acceptance: LD-6
#[tokio::test]
async fn merging_gives_everything_to_the_one_that_stays() {
    let world = World::start().await;
    let by = admin(&world);
    let point = world.contact_point("Покупатель 4", &[(1, "+7 999 000-00-04")]).await.to_string();
    let stays = create(&world, &by, named("Анна", vec![email("anna@example.com")]), None).await.unwrap();
    let goes = named("Аня", vec![email("anna@example.com"), phone("+7 999 000-00-05")]);
    let goes = create(&world, &by, goes, Some(&point)).await.unwrap();
    assert_eq!(merge(&world, &goes.lead_id, &goes.lead_id).await.unwrap_err().code(), Code::InvalidArgument);
    let kept = merge(&world, &goes.lead_id, &stays.lead_id).await.unwrap();
    let keys: Vec<_> = kept.addresses.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["anna@example.com", "79990000005", "79990000004"]);
    assert_eq!(kept.contact_point_ids, [point]);
    let gone = get(&world, &by, &goes.lead_id).await.unwrap();
    assert_eq!(
        (state(&gone), gone.merged_into_lead_id.as_str()),
        (LeadState::RepeatedProcessed, stays.lead_id.as_str())
    );
    assert!(gone.addresses.is_empty() && gone.contact_point_ids.is_empty());
    assert_eq!(reason_of(&reopen(&world, &goes.lead_id).await.unwrap_err()), Some(ErrorReason::LeadState));
    let changed = Lead { comment: "Ещё".into(), ..gone };
    assert_eq!(reason_of(&update(&world, changed, &["comment"]).await.unwrap_err()), Some(ErrorReason::LeadState));
    decline(&world, &stays.lead_id, "Дорого").await.unwrap();
    let third = create(&world, &by, named("Третья", Vec::new()), None).await.unwrap();
    let closed = merge(&world, &third.lead_id, &stays.lead_id).await.unwrap_err();
    assert_eq!(reason_of(&closed), Some(ErrorReason::LeadState), "into an open one only");
}

#[tokio::test]
async fn a_lead_is_passed_on_by_whoever_answers_for_it() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let lead = of(&world, "Чужой", oleg.id).await;
    let give = async |by: Caller, lead: &str, to: String| {
        let request =
            AssignLeadRequest { lead_id: lead.into(), responsible_employee_id: to, ..AssignLeadRequest::default() };
        grpc(&world).assign_lead(by.request(request)).await.map(|done| done.into_inner().lead.unwrap())
    };
    let taken = give(Caller::operator(anna.id), &lead.lead_id, anna.id.to_string()).await.unwrap_err();
    assert_eq!(taken.code(), Code::PermissionDenied);
    let given = give(Caller::operator(oleg.id), &lead.lead_id, anna.id.to_string()).await.unwrap();
    assert_eq!(given.responsible_employee_id, anna.id.to_string());
    let nobodys = create(&world, &admin(&world), named("Ничей", Vec::new()), None).await.unwrap();
    let taken = give(Caller::operator(anna.id), &nobodys.lead_id, anna.id.to_string()).await.unwrap();
    assert_eq!(taken.responsible_employee_id, anna.id.to_string());
    let nowhere = give(admin(&world), &lead.lead_id, request_id()).await.unwrap_err();
    assert_eq!(reason_of(&nowhere), Some(ErrorReason::EmployeeNotFound));
}
