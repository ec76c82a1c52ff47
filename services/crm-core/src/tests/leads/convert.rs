//! Leads become clients.

use contracts::{
    crm::{
        Client, ClientKind, ContactState, ConvertLeadRequest, ConvertLeadResponse, GetClientRequest, Lead, LeadFilter,
        LeadState, ListContactsRequest, ListLeadsRequest, MatchRule, client_service_server::ClientService as _,
        contact_service_server::ContactService as _, duplicate_service_server::DuplicateService as _,
        lead_service_server::LeadService as _,
    },
    errors::ErrorReason,
};
use rpc::reason_of;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{admin, create, email, get, grpc, listed, named, phone, request_id, state};
use crate::{
    clients::{ClientGrpc, domain::AddressKind, link},
    contacts::ContactGrpc,
    tests::{clients::client, world::World},
};

async fn convert(world: &World, request: ConvertLeadRequest) -> Result<ConvertLeadResponse, Status> {
    Ok(grpc(world).convert_lead(admin(world).request(request)).await?.into_inner())
}

fn to_new(lead: &Lead) -> ConvertLeadRequest {
    ConvertLeadRequest {
        request_id: request_id(),
        lead_id: lead.lead_id.clone(),
        etag: lead.etag.clone(),
        ..ConvertLeadRequest::default()
    }
}

fn keys(client: &Client) -> Vec<&str> {
    client.addresses.iter().map(|one| one.key.as_str()).collect()
}

async fn owner(world: &World, point: &str) -> Option<Uuid> {
    let sql = "select client_id from crm_read.contact_point_client where contact_point_id = $1::uuid";
    sqlx::query_scalar(sql).bind(point).fetch_optional(&world.db.pool).await.unwrap()
}

async fn contacts(world: &World, client_id: &str) -> Vec<contracts::crm::Contact> {
    let grpc = ContactGrpc { db: world.db.clone() };
    let request = ListContactsRequest { client_id: client_id.into(), ..ListContactsRequest::default() };
    grpc.list_contacts(admin(world).request(request)).await.unwrap().into_inner().contacts
}

// acceptance: CL-11, LD-1
#[tokio::test]
async fn a_lead_becomes_a_person_and_its_contact_points_go_along() {
    let world = World::start().await;
    let point = world.contact_point("Покупатель 1", &[(1, "+7 999 000-00-01")]).await.to_string();
    let lead = Lead {
        surname: "Ёлкина".into(),
        given_name: "Анна".into(),
        comment: "Хочет велосипед".into(),
        unsubscribed: true,
        addresses: vec![email("anna@example.com")],
        ..Lead::default()
    };
    let lead = create(&world, &admin(&world), lead, Some(&point)).await.unwrap();
    let request = to_new(&lead);
    let done = convert(&world, request.clone()).await.unwrap();
    let (after, made) = (done.lead.clone().unwrap(), done.client.clone().unwrap());
    assert_eq!((state(&after), &after.client_id), (LeadState::Converted, &made.client_id));
    assert_eq!((made.name.as_str(), made.surname.as_str()), ("Ёлкина Анна", "Ёлкина"));
    assert_eq!((made.comment.as_str(), made.unsubscribed), ("Хочет велосипед", true));
    assert_eq!(keys(&made), ["anna@example.com", "79990000001"]);
    assert_eq!(made.contact_point_ids, [point.as_str()]);
    assert_eq!(owner(&world, &point).await.map(|id| id.to_string()), Some(made.client_id.clone()));
    assert_eq!(convert(&world, request.clone()).await.unwrap(), done, "repeating is harmless");
    let other = ConvertLeadRequest { kind: ClientKind::Company.into(), ..request };
    assert_eq!(convert(&world, other).await.unwrap_err().code(), Code::AlreadyExists);
    let again = convert(&world, to_new(&after)).await.unwrap_err();
    assert_eq!(reason_of(&again), Some(ErrorReason::LeadState));
    assert_eq!(world.count("select count(*) from crm.client").await, 1);
    let filter = LeadFilter { client_id: made.client_id, ..LeadFilter::default() };
    let back = ListLeadsRequest { filter: Some(filter), ..ListLeadsRequest::default() };
    assert_eq!(listed(&world, &admin(&world), back).await, ["Ёлкина Анна"], "from the client to its lead");
}

// acceptance: CL-11
#[tokio::test]
async fn of_a_company_the_person_becomes_a_contact() {
    let world = World::start().await;
    let lead =
        Lead { company_name: "ООО Ромашка".into(), ..named("Анна", vec![phone("+7 999 000-00-01")]) };
    let lead = create(&world, &admin(&world), lead, None).await.unwrap();
    let done = convert(&world, to_new(&lead)).await.unwrap();
    let (after, made) = (done.lead.unwrap(), done.client.unwrap());
    assert_eq!((made.name.as_str(), made.kind), ("ООО Ромашка", ClientKind::Company.into()));
    assert!(made.addresses.is_empty(), "they are the person's");
    let people = contacts(&world, &made.client_id).await;
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].name.as_str(), &people[0].contact_id), ("Анна", &after.contact_id));
    assert_eq!((people[0].addresses[0].key.as_str(), people[0].state), ("79990000001", ContactState::Works.into()));
    assert_eq!(made.main_contact_id, after.contact_id);
}

// acceptance: CL-11
#[tokio::test]
async fn a_lead_joins_a_client_that_is_there() {
    let world = World::start().await;
    let known = client(&world, "Анна", &[(AddressKind::Phone, "+7 999 000-00-01")]).await.id.to_string();
    let point = world.contact_point("Покупатель 1", &[]).await.to_string();
    let lead = named("Аня", vec![phone("+7 999 000-00-01"), email("anna@example.com")]);
    let lead = create(&world, &admin(&world), lead, Some(&point)).await.unwrap();
    assert_eq!((state(&lead), &lead.repeats_client_id), (LeadState::Repeated, &known));
    let request = ConvertLeadRequest { client_id: known.clone(), ..to_new(&lead) };
    let stale = ConvertLeadRequest { etag: rpc::etag(99), ..request.clone() };
    assert_eq!(convert(&world, stale).await.unwrap_err().code(), Code::Aborted);
    let done = convert(&world, request.clone()).await.unwrap();
    let (after, joined) = (done.lead.clone().unwrap(), done.client.clone().unwrap());
    assert_eq!((state(&after), &after.client_id), (LeadState::RepeatedProcessed, &known));
    assert_eq!(keys(&joined), ["79990000001", "anna@example.com"], "each once");
    assert_eq!(owner(&world, &point).await.map(|id| id.to_string()), Some(known.clone()));
    assert_eq!(convert(&world, request).await.unwrap(), done);
    let history = format!("select count(*) from crm.audit where object_id = '{known}' and action = 'client.update'");
    assert_eq!(world.count(&history).await, 1);

    let fresh = create(&world, &admin(&world), named("Новая", vec![email("new@example.com")]), None).await.unwrap();
    let request = ConvertLeadRequest { client_id: known.clone(), ..to_new(&fresh) };
    let done = convert(&world, request).await.unwrap().lead.unwrap();
    assert_eq!(state(&done), LeadState::Converted, "it was no repeated one");
    world.sql(&format!("update crm.client set archived_at = now() where client_id = '{known}'")).await;
    let late = create(&world, &admin(&world), named("Поздняя", Vec::new()), None).await.unwrap();
    let request = ConvertLeadRequest { client_id: known, ..to_new(&late) };
    assert_eq!(reason_of(&convert(&world, request).await.unwrap_err()), Some(ErrorReason::ClientArchived));
    assert_eq!(state(&get(&world, &admin(&world), &late.lead_id).await.unwrap()), LeadState::New);
}

#[tokio::test]
async fn a_refused_conversion_leaves_nothing() {
    let world = World::start().await;
    let foreign = client(&world, "Другой", &[]).await;
    let point = world.contact_point("Покупатель 1", &[]).await;
    let lead = create(&world, &admin(&world), Lead::default(), Some(&point.to_string())).await.unwrap();
    link::link(&world.db, world.admin, point, foreign.id, false).await.unwrap();
    let refused = convert(&world, to_new(&lead)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ContactPointLinked));
    assert_eq!(world.count("select count(*) from crm.client").await, 1);
    assert_eq!(get(&world, &admin(&world), &lead.lead_id).await.unwrap().client_id, "");
    let request = ConvertLeadRequest { client_id: foreign.id.to_string(), ..to_new(&lead) };
    assert!(convert(&world, request).await.is_ok(), "but it joins whose it is");
}

#[tokio::test]
async fn who_it_may_be_already_is_said_before_a_client_is_made() {
    let world = World::start().await;
    world.sql("insert into crm.match_settings values (true, 1, '{\"phone\": \"hard\"}', '{}', '{}', true)").await;
    let known = client(&world, "Анна", &[(AddressKind::Phone, "+7 999 000-00-01")]).await.id.to_string();
    let lead = create(&world, &admin(&world), named("Аня", vec![phone("+7 999 000-00-01")]), None).await.unwrap();
    let request = to_new(&lead);
    let asked = convert(&world, request.clone()).await.unwrap();
    assert!(asked.lead.is_none() && asked.client.is_none());
    assert_eq!(asked.candidates[0].client_id, known);
    assert_eq!(asked.candidates[0].matched, [i32::from(MatchRule::Phone)]);
    let forced = ConvertLeadRequest { force: true, ..request };
    let done = convert(&world, forced.clone()).await.unwrap();
    assert_ne!(done.client.as_ref().unwrap().client_id, known);
    assert_eq!(convert(&world, forced).await.unwrap(), done);
}

#[tokio::test]
async fn what_a_lead_became_follows_merges_of_clients() {
    let world = World::start().await;
    let lead = create(&world, &admin(&world), named("Анна", Vec::new()), None).await.unwrap();
    let made = convert(&world, to_new(&lead)).await.unwrap().client.unwrap().client_id;
    let original = client(&world, "Анна", &[]).await.id.to_string();
    let grpc = crate::duplicates::DuplicateGrpc { db: world.db.clone() };
    let request = contracts::crm::MergeClientsRequest {
        request_id: request_id(),
        client_id: original.clone(),
        other_client_ids: vec![made],
        ..Default::default()
    };
    grpc.merge_clients(admin(&world).request(request)).await.unwrap();
    assert_eq!(get(&world, &admin(&world), &lead.lead_id).await.unwrap().client_id, original);
    let clients = ClientGrpc { db: world.db.clone() };
    let request = GetClientRequest { client_id: original };
    assert!(clients.get_client(admin(&world).request(request)).await.is_ok());
}
