use std::time::Duration;

use contracts::{
    crm::{
        self, CheckDuplicatesRequest, ClientAddress, CreateContactRequest, DuplicateKind, GetDuplicateSearchRequest,
        MarkNotDuplicatesRequest, MatchRule, StartDuplicateSearchRequest, contact_service_server::ContactService as _,
        duplicate_service_server::DuplicateService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use tonic::Code;
use uuid::Uuid;

use super::{contact, merged, phone};
use crate::{
    contacts::ContactGrpc,
    duplicates::merge,
    tests::{
        duplicates::{
            administrator, grpc, leading, named, put,
            search::{carry_out, listed},
        },
        world::World,
    },
};

fn typed(client: Uuid, surname: &str, given: &str) -> crm::Contact {
    let phone =
        ClientAddress { kind: crm::AddressKind::Phone.into(), value: "8 (999) 000-00-01".into(), ..Default::default() };
    crm::Contact {
        client_id: client.to_string(),
        surname: surname.into(),
        given_name: given.into(),
        addresses: vec![phone],
        ..Default::default()
    }
}

async fn likely(world: &World, caller: &Caller, contact: crm::Contact) -> Vec<crm::DuplicateCandidate> {
    let request = CheckDuplicatesRequest { contact: Some(contact), ..Default::default() };
    grpc(world).check_duplicates(caller.request(request)).await.unwrap().into_inner().candidates
}

async fn mark(world: &World, contacts: &[Uuid]) -> Result<(), tonic::Status> {
    let contact_ids = contacts.iter().map(Uuid::to_string).collect();
    let request = MarkNotDuplicatesRequest { contact_ids, ..Default::default() };
    grpc(world).mark_not_duplicates(administrator(world).request(request)).await.map(drop)
}

// acceptance: DD-1, DD-3
#[tokio::test]
async fn who_a_contact_may_be_is_said_without_what_the_caller_may_not_see() {
    let world = World::start().await;
    let clients = [named("Ромашка"), named("Вектор")];
    put(&world, &clients).await;
    let [here, there] = clients.map(|client| client.id);
    let by_name = contact(&world, here, "Орлова", "Анна").await;
    let by_phone = contact(&world, there, "Гусев", "Пётр").await;
    phone(&world, by_phone, "79990000001", true).await;
    // A client with the same phone of its own is no contact.
    world
        .sql(&format!(
            "insert into crm.address (client_id, kind, normalized, value) values ('{here}', 1, '79990000001', '+79990000001')"
        ))
        .await;
    let (operator, other) = (world.operator("operator1").await, world.operator("operator2").await);
    world.sql(&format!("update crm.client set responsible_employee_id = '{}'", other.id)).await;
    let caller = Caller::operator(operator.id);
    let found = likely(&world, &caller, typed(here, "Orlova", "Anna")).await;
    let said: Vec<_> =
        found.iter().map(|c| (c.contact_id.clone(), c.client_name.as_str(), c.matched.clone())).collect();
    assert_eq!(
        said,
        [
            (by_phone.to_string(), "Вектор", vec![i32::from(MatchRule::Phone)]),
            (by_name.to_string(), "Ромашка", vec![i32::from(MatchRule::Name)]),
        ]
    );
    world.sql("update crm.client_settings set restricted = true").await;
    let closed = likely(&world, &caller, typed(here, "Orlova", "Anna")).await;
    assert_eq!(closed.len(), 2);
    for one in closed {
        assert_eq!((one.name.as_str(), one.client_name.as_str(), one.can_open), ("", "", false));
        assert_eq!(one.responsible_employee_id, other.id.to_string());
    }
    // Its own rules: without the phone only the name is left.
    world
        .sql(
            "insert into crm.match_settings (revision, clients, contacts, shared, check_on_create)
             values (2, '{\"phone\": \"strong\"}', '{\"name\": \"medium\"}', '{}', false)",
        )
        .await;
    let found = likely(&world, &administrator(&world), typed(here, "Orlova", "Anna")).await;
    assert_eq!(found.iter().map(|one| one.contact_id.clone()).collect::<Vec<_>>(), [by_name.to_string()]);
    let itself = crm::Contact { contact_id: by_name.to_string(), ..typed(here, "Орлова", "Анна") };
    assert!(likely(&world, &administrator(&world), itself).await.is_empty(), "nobody is their own double");
}

// acceptance: DD-2
#[tokio::test]
async fn a_contact_that_may_be_there_is_made_only_when_one_insists() {
    let world = World::start().await;
    let client = named("Ромашка");
    put(&world, std::slice::from_ref(&client)).await;
    let there = contact(&world, client.id, "Орлова", "Анна").await;
    let (contacts, caller) = (ContactGrpc { db: world.db.clone() }, administrator(&world));
    let create = async |request: CreateContactRequest| {
        contacts.create_contact(caller.request(request)).await.unwrap().into_inner()
    };
    let request = || CreateContactRequest {
        request_id: Uuid::now_v7().to_string(),
        contact: Some(typed(client.id, "Орлова", "Анна")),
        ..Default::default()
    };
    let made = create(request()).await;
    assert!(made.contact.is_some() && made.candidates.is_empty(), "nobody asked for it");
    world
        .sql(
            "insert into crm.match_settings (revision, clients, contacts, shared, check_on_create, check_contacts_on_create)
             values (2, '{}', '{\"name\": \"medium\"}', '{}', false, true)",
        )
        .await;
    let asked = request();
    let told = create(asked.clone()).await;
    assert!(told.contact.is_none());
    assert!(told.candidates.iter().any(|one| one.contact_id == there.to_string()));
    let count = "select count(*) from crm.contact";
    assert_eq!(world.count(count).await, 2);
    let forced = create(CreateContactRequest { force: true, ..asked.clone() }).await;
    assert!(forced.contact.is_some() && forced.candidates.is_empty());
    let again = create(CreateContactRequest { force: true, ..asked }).await;
    assert_eq!((again.contact, world.count(count).await), (forced.contact, 3));
}

// acceptance: DD-4, DD-8
#[tokio::test]
async fn a_search_finds_contacts_that_may_be_one_and_forgets_what_was_called_different() {
    let world = World::start().await;
    let clients = [named("Ромашка"), named("Вектор")];
    put(&world, &clients).await;
    let [here, there] = clients.map(|client| client.id);
    let (anna, again) = (contact(&world, here, "Орлова", "Анна").await, contact(&world, there, "Орлова", "Анна").await);
    let (pyotr, other) = (contact(&world, here, "Гусев", "Пётр").await, contact(&world, there, "Белов", "Иван").await);
    for one in [anna, again] {
        phone(&world, one, "79990000001", true).await;
    }
    for one in [pyotr, other] {
        phone(&world, one, "79990000002", true).await;
    }
    let (grpc, caller, kind) = (grpc(&world), administrator(&world), DuplicateKind::Contact.into());
    let start = async |kind: i32| {
        let request = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), kind };
        grpc.start_duplicate_search(caller.request(request)).await.map(|answer| answer.into_inner().search.unwrap())
    };
    let search = start(kind).await.unwrap();
    assert_eq!(search.kind(), DuplicateKind::Contact);
    start(0).await.expect("one of clients may go on beside it");
    assert_eq!(reason_of(&start(kind).await.unwrap_err()), Some(ErrorReason::DuplicateSearchRunning));
    assert_eq!(start(7).await.unwrap_err().code(), Code::InvalidArgument);
    carry_out(&world, &search.search_id, Duration::from_secs(60)).await;
    let newest = GetDuplicateSearchRequest { kind, ..Default::default() };
    let newest = grpc.get_duplicate_search(caller.request(newest)).await.unwrap().into_inner().search.unwrap();
    assert_eq!((newest.search_id.as_str(), newest.clients), (search.search_id.as_str(), 4));
    let groups = listed(&world, &search.search_id, false).await;
    let told = |group: &crm::DuplicateGroup| -> Vec<(String, String)> {
        group.members.iter().map(|one| (one.contact_id.clone(), one.client_name.clone())).collect()
    };
    assert_eq!(groups.len(), 2);
    assert_eq!(told(&groups[0]), [(anna.to_string(), "Ромашка".into()), (again.to_string(), "Вектор".into())]);
    assert!(groups[0].score > groups[1].score && groups[0].members[0].name == "Орлова Анна");
    let pair = &groups[0].pairs[0];
    assert_eq!((pair.contact_id.as_str(), pair.client_id.as_str()), (anna.to_string().as_str(), ""));

    mark(&world, &[pyotr, other]).await.unwrap();
    mark(&world, &[pyotr, other]).await.unwrap();
    assert_eq!(listed(&world, &search.search_id, false).await.len(), 1);
    assert_eq!(reason_of(&mark(&world, &[anna, here]).await.unwrap_err()), Some(ErrorReason::ContactNotFound));
    let merge = merged(&world, anna, &[again]).await;
    assert!(listed(&world, &search.search_id, false).await.is_empty());
    merge::undo(&world.db, &leading(&world), merge.id).await.unwrap();
    assert_eq!(listed(&world, &search.search_id, false).await.len(), 1);
}
