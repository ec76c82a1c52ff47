//! Erasures: counted, confirmed, approved, carried out and proven; a neighbour stays as it was.

mod consents;
mod export;
pub mod rights;

use chrono::Utc;
use contracts::{
    crm::{
        self, AddressKind, ApproveErasureRequest, Client, ClientAddress, ClientKind, Contact, Erasure, ErasureState,
        GetErasureRequest, GetPersonalDataSettingsRequest, PersonalDataSettings, PreviewErasureRequest,
        PreviewErasureResponse, RequestErasureRequest, UpdatePersonalDataSettingsRequest,
        client_service_server::ClientService as _, duplicate_service_server::DuplicateService as _,
        personal_data_service_server::PersonalDataService as _,
    },
    errors::ErrorReason,
};
use model::{ClientId, SessionId};
use rpc::{Caller, reason_of};
use sqlx::AssertSqlSafe;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    cards::{Desk, company, mask},
    duplicates,
    world::World,
};
use crate::{
    clients::link,
    employees::domain::Role,
    personal::{PersonalDataGrpc, step},
};

fn grpc(world: &World) -> PersonalDataGrpc {
    PersonalDataGrpc { db: world.db.clone() }
}

fn signed_in(caller: Caller) -> Caller {
    Caller { session: Some(SessionId::new()), ..caller }
}

/// Whose name, address and words are found nowhere else.
struct Person {
    client: String,
    point: Uuid,
}

impl Desk {
    /// A client with everything that a card can hold, whose every word has the mark in it.
    async fn person(&self, mark: &str, phone: &str) -> Person {
        let address =
            |kind: AddressKind, value: String| ClientAddress { kind: kind.into(), value, ..Default::default() };
        let client = Client {
            name: format!("Иван {mark}ов"),
            kind: ClientKind::Person.into(),
            comment: format!("Любит {mark}"),
            addresses: vec![
                address(AddressKind::Phone, phone.to_owned()),
                address(AddressKind::Email, format!("{mark}@mail.example")),
            ],
            ..Client::default()
        };
        let request = crm::CreateClientRequest {
            request_id: Uuid::now_v7().to_string(),
            client: Some(client),
            ..Default::default()
        };
        let made = self.clients.create_client(self.admin.request(request)).await.unwrap().into_inner().client.unwrap();
        let client = made.client_id;
        let changed = Client {
            client_id: client.clone(),
            etag: made.etag,
            name: format!("Иван Петрович {mark}ов"),
            ..Client::default()
        };
        let request = crm::UpdateClientRequest { client: Some(changed), update_mask: mask(&["name"]) };
        self.clients.update_client(self.admin.request(request)).await.unwrap();
        let contact = Contact { client_id: client.clone(), surname: format!("{mark}ова"), ..Contact::default() };
        self.contact(contact).await.unwrap();
        let point = self.world.contact_point(&format!("{mark} в чате"), &[(1, phone)]).await;
        link::link(&self.world.db, self.world.admin, point, client.parse().unwrap(), false).await.unwrap();
        self.world
            .sql(&format!("insert into inbox_read.contact_point_record values ('{}', 'message', 7)", point.0))
            .await;
        // What the widget reports, told before router had the contact point.
        let visit = Uuid::now_v7();
        self.world
            .sql(&format!(
                "insert into crm.visit (visit_id, account_id, guest_id, browser_visit_id, channel, scope, address, agreed_at,
                                        started_at, last_at, referrer_host, marks, device)
                 values ('{visit}', '{visit}', '{visit}', '{visit}', 'telegram', '', '{}', now(), now(), now(), '{mark}.example', '{{}}', 1);
                 insert into crm.visit_step values ('{visit}', '{visit}', '{visit}', '{visit}', now(), 1, '/{mark}', '', '', 5, '')",
                point.0
            ))
            .await;
        // What they left in a form, at a browser that nobody knows.
        let (stray, digits) = (Uuid::now_v7(), phone.replace(['+', ' ', '-'], ""));
        self.world
            .sql(&format!(
                "insert into crm.visit (visit_id, account_id, guest_id, browser_visit_id, channel, scope, address, agreed_at,
                                        started_at, last_at, referrer_host, marks, device)
                 values ('{stray}', '{stray}', '{stray}', '{stray}', 'telegram', '', '', now(), now(), now(), '', '{{}}', 1);
                 insert into crm.visit_step (account_id, guest_id, visit_id, step_id, at, kind, path, search_text, title,
                                             seconds, name, left_name, left_phone)
                 values ('{stray}', '{stray}', '{stray}', '{stray}', now(), 2, '/', '', '', 0, '', '{mark}', '{digits}')"
            ))
            .await;
        let (import, admin) = (Uuid::now_v7(), self.admin.employee().unwrap().0);
        for sql in [
            format!(
                "insert into crm.import (import_id, employee_id, request_sha256, file_name, state) values ('{import}', '{admin}', '', 'a.csv', 6)"
            ),
            format!(
                "insert into crm.import_row (import_id, row_number, cells, outcome, client_id) values ('{import}', 2, array['Иван {mark}ов'], 1, '{client}')"
            ),
            format!(
                "insert into crm.potential_override (client_id, amount, reason, ends_on) values ('{client}', 1, 'Сказал {mark}', '2100-01-01')"
            ),
        ] {
            self.world.sql(&sql).await;
        }
        Person { client, point: point.0 }
    }
}

async fn preview(world: &World, by: &Caller, client: &str) -> PreviewErasureResponse {
    let request = PreviewErasureRequest { client_id: client.to_owned() };
    grpc(world).preview_erasure(by.request(request)).await.unwrap().into_inner()
}

async fn ask(world: &World, by: &Caller, id: Uuid, client: &str, records_seen: u64) -> Result<Erasure, Status> {
    let request = RequestErasureRequest { request_id: id.to_string(), client_id: client.to_owned(), records_seen };
    Ok(grpc(world).request_erasure(by.request(request)).await?.into_inner().erasure.unwrap())
}

async fn approve(world: &World, by: &Caller, id: Uuid, records_seen: u64) -> Result<Erasure, Status> {
    let request = ApproveErasureRequest { erasure_id: id.to_string(), records_seen };
    Ok(grpc(world).approve_erasure(by.request(request)).await?.into_inner().erasure.unwrap())
}

async fn erasure(world: &World, by: &Caller, id: Uuid) -> Erasure {
    let request = GetErasureRequest { erasure_id: id.to_string() };
    grpc(world).get_erasure(by.request(request)).await.unwrap().into_inner().erasure.unwrap()
}

async fn limit(world: &World, by: &Caller, approve_above: u64) {
    let settings = Some(PersonalDataSettings { approve_above, ..PersonalDataSettings::default() });
    let request = UpdatePersonalDataSettingsRequest { settings };
    grpc(world).update_personal_data_settings(by.request(request)).await.unwrap();
}

/// As router answers an order.
async fn router_is_done(world: &World, id: Uuid) {
    world
        .sql(&format!(
            "insert into inbox_read.erasure
             select erasure_id, contact_point_ids, '{{\"message\": 7}}', now() from crm_read.erasure where erasure_id = '{id}'"
        ))
        .await;
}

async fn go_on(world: &World, id: Uuid) -> bool {
    let mut tx = world.db.pool.begin().await.unwrap();
    let again = step::step(&mut tx, id, Utc::now()).await.unwrap();
    tx.commit().await.unwrap();
    again.is_some()
}

/// Router finds an erasure in its list that this database does not know, and tells of it.
async fn found_again(world: &World, id: Uuid, person: &Person) {
    let (client, point) = (&person.client, person.point);
    world
        .sql(&format!(
            "insert into inbox_read.erasure_again values ('{id}', '{client}', array['{point}'::uuid],
                 '{{\"records\": 12, \"seen\": {{\"client\": 1}}, \"asked_at\": \"2026-11-01T10:00:00+00:00\"}}')"
        ))
        .await;
    step::replay(&world.db.pool).await.unwrap();
}

/// Every row of every table of the schema, as text; without the seals, which come later.
async fn rows(world: &World) -> Vec<String> {
    let sql = "select table_name from information_schema.tables
               where table_schema = 'crm' and table_type = 'BASE TABLE' and table_name !~ '^event|outbox' order by 1";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&world.db.pool).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = format!("select '{table} ' || (to_jsonb(t) - 'place' - 'seal')::text from crm.{table} t");
        all.extend(sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(&world.db.pool).await.unwrap());
    }
    all.sort();
    all
}

fn with(rows: &[String], words: &[&str]) -> Vec<String> {
    rows.iter().filter(|row| words.iter().any(|word| row.contains(word))).cloned().collect()
}

// acceptance: XC-8
#[tokio::test]
async fn an_erased_person_is_nowhere_any_more_and_a_neighbour_stays_to_the_byte() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let gone = desk.person("Щукаревич", "+7 999 000-00-41").await;
    let neighbour = desk.person("Карасевич", "+7 999 000-00-42").await;
    while ::store::audit::seal(&world.db.pool, ::store::Schema::Crm).await.unwrap() > 0 {}
    let point = neighbour.point.to_string();
    let neighbours = ["Карасевич", "карасевич", "karasev", "79990000042", neighbour.client.as_str(), point.as_str()];
    let before = with(&rows(world).await, &neighbours);
    assert!(before.len() > 8, "{before:#?}");

    let seen = preview(world, &admin, &gone.client).await;
    let count = |kind: &str| seen.counts.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    assert_eq!((count("client"), count("contact"), count("message"), count("contact_point")), (1, 1, 7, 1));
    assert_eq!((count("visit"), count("form")), (1, 1));
    assert_eq!(seen.records, seen.counts.iter().map(|count| count.count).sum::<u64>());
    let id = Uuid::now_v7();
    let stale = ask(world, &admin, id, &gone.client, seen.records - 1).await.unwrap_err();
    assert_eq!(reason_of(&stale), Some(ErrorReason::ErasureCountChanged));
    let asked = ask(world, &admin, id, &gone.client, seen.records).await.unwrap();
    assert_eq!(asked.state(), ErasureState::Running);
    assert_eq!(
        ask(world, &admin, id, &gone.client, seen.records).await.unwrap().erasure_id,
        id.to_string(),
        "repeated"
    );
    assert!(go_on(world, id).await, "router is not done");
    assert!(!with(&rows(world).await, &["Щукаревич"]).is_empty());
    router_is_done(world, id).await;
    world.sql(&format!("delete from inbox_read.contact_point where contact_point_id = '{}'", gone.point)).await;
    assert!(!go_on(world, id).await);

    let after = rows(world).await;
    let words = ["Щукаревич", "щукаревич", "wukarevi", "79990000041", "999 000-00-41", "в чате Щ"];
    assert_eq!(with(&after, &words), [""; 0], "nothing of the person");
    assert_eq!(with(&after, &neighbours), before, "nothing of the neighbour changed");
    let done = erasure(world, &admin, id).await;
    assert_eq!((done.state(), done.identifiers_sha256.len()), (ErasureState::Done, 64));
    let erased = |kind: &str| done.erased.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    assert_eq!((erased("client"), erased("contact"), erased("message"), erased("visit")), (1, 1, 7, 1));
    assert_eq!(erased("form"), 1);
    assert!(erased("audit") > 2);
    ::store::audit::verify(&world.db.pool, ::store::Schema::Crm).await.expect("the chain still holds");
    while ::store::audit::seal(&world.db.pool, ::store::Schema::Crm).await.unwrap() > 0 {}
    ::store::audit::verify(&world.db.pool, ::store::Schema::Crm).await.expect("the chain still holds");
    let request = crm::GetClientRequest { client_id: gone.client.clone() };
    let left = desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap();
    assert!(left.archived_at.is_some() && left.addresses.is_empty() && left.name == "—");
}

#[tokio::test]
async fn above_the_limit_another_administrator_approves_what_there_is_then() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let admin = signed_in(desk.admin.clone());
    let second = world.employee("second", &[Role::Administrator], &[]).await;
    let second = signed_in(Caller::administrator(second.id));
    limit(world, &admin, 3).await;
    let person = desk.person("Щукаревич", "+7 999 000-00-43").await;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await);
    assert!(seen.needs_approval);
    let asked = ask(world, &admin, id, &person.client, seen.records).await.unwrap();
    assert_eq!(asked.state(), ErasureState::Waiting);
    assert!(!go_on(world, id).await);
    let orders = "select count(*) from crm_read.erasure";
    assert_eq!(world.count(orders).await, 0, "router has no order");
    let twice = ask(world, &second, Uuid::now_v7(), &person.client, seen.records).await.unwrap_err();
    assert_eq!(reason_of(&twice), Some(ErrorReason::ErasureState));
    let own = approve(world, &admin, id, seen.records).await.unwrap_err();
    assert_eq!((own.code(), reason_of(&own)), (Code::PermissionDenied, Some(ErrorReason::ErasureNeedsAnother)));
    let by_key = approve(world, &Caller { session: None, ..second.clone() }, id, seen.records).await.unwrap_err();
    assert_eq!(by_key.code(), Code::PermissionDenied);
    world.sql(&format!("insert into inbox_read.contact_point_record values ('{}', 'file', 1)", person.point)).await;
    let stale = approve(world, &second, id, seen.records).await.unwrap_err();
    assert_eq!(reason_of(&stale), Some(ErrorReason::ErasureCountChanged));
    let approved = approve(world, &second, id, seen.records + 1).await.unwrap();
    assert_eq!((approved.state(), approved.records), (ErasureState::Running, seen.records + 1));
    assert_eq!(world.count(orders).await, 1);
    assert_eq!(world.audited(id).await, ["erasure.ask", "erasure.approve"]);
}

#[tokio::test]
async fn nobody_frees_their_own_erasure_from_a_second_administrator() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let second = world.employee("second", &[Role::Administrator], &[]).await;
    let second = signed_in(Caller::administrator(second.id));
    limit(world, &admin, 3).await;
    let person = desk.person("Щукаревич", "+7 999 000-00-43").await;
    let waits = async |by: &Caller| preview(world, by, &person.client).await.needs_approval;
    let settings = async || {
        let request = GetPersonalDataSettingsRequest {};
        grpc(world).get_personal_data_settings(admin.request(request)).await.unwrap().into_inner().settings.unwrap()
    };

    limit(world, &admin, 100).await;
    limit(world, &admin, 1_000).await;
    let raised = settings().await;
    let by = admin.employee().unwrap().to_string();
    assert_eq!((raised.approve_above, raised.raised_by_employee_id, raised.approve_above_before), (1_000, by, 3));
    assert!(waits(&admin).await, "raised twice is still raised alone");
    assert!(!waits(&second).await, "what another raised counts");
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await.records);
    assert_eq!(ask(world, &admin, id, &person.client, seen).await.unwrap().state(), ErasureState::Waiting);

    let days = PersonalDataSettings { approve_above: 1_000, export_days: 30, ..PersonalDataSettings::default() };
    let request = UpdatePersonalDataSettingsRequest { settings: Some(days) };
    grpc(world).update_personal_data_settings(second.request(request)).await.unwrap();
    assert!(waits(&admin).await, "who changes something else confirms nothing");
    limit(world, &second, 1_000).await;
    let confirmed = settings().await;
    assert_eq!((confirmed.raised_by_employee_id.as_str(), confirmed.approve_above_before), ("", 0));
    assert!(!waits(&admin).await, "another administrator has saved it");
    limit(world, &second, 1_001).await;
    assert!(!waits(&second).await, "below the limit that was");
    limit(world, &second, 2).await;
    assert!(waits(&second).await && waits(&admin).await, "what is lowered counts for everybody at once");
}

#[tokio::test]
async fn a_client_that_is_being_erased_is_not_merged() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let person = desk.person("Щукаревич", "+7 999 000-00-47").await;
    let other = desk.create(company("Другая")).await.unwrap().client_id;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await);
    ask(world, &admin, id, &person.client, seen.records).await.unwrap();
    let grpc = duplicates::grpc(world);
    for (stays, goes) in [(&person.client, &other), (&other, &person.client)] {
        let request = crm::MergeClientsRequest {
            request_id: Uuid::now_v7().to_string(),
            client_id: stays.clone(),
            other_client_ids: vec![goes.clone()],
            ..Default::default()
        };
        let refused = grpc.merge_clients(admin.request(request)).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, Some(ErrorReason::ErasureState)));
    }
}

#[tokio::test]
async fn a_dialog_that_is_linked_meanwhile_is_erased_too_and_a_restored_backup_erases_again() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let person = desk.person("Щукаревич", "+7 999 000-00-44").await;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await);
    ask(world, &admin, id, &person.client, seen.records).await.unwrap();
    router_is_done(world, id).await;
    let late = world.contact_point("Щукаревич с телефона", &[]).await;
    let client: ClientId = person.client.parse().unwrap();
    link::link(&world.db, world.admin, late, client, false).await.unwrap();
    assert!(go_on(world, id).await, "router has one more to erase");
    assert!(go_on(world, id).await);
    world.sql("delete from inbox_read.erasure").await;
    router_is_done(world, id).await;
    assert!(!go_on(world, id).await);
    assert_eq!(erasure(world, &admin, id).await.state(), ErasureState::Done);

    // A backup from between the order and its approval: what was carried out is carried out again.
    let waits = desk.person("Щукаревич", "+7 999 000-00-46").await;
    limit(world, &admin, 0).await;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &waits.client).await);
    assert_eq!(ask(world, &admin, id, &waits.client, seen.records).await.unwrap().state(), ErasureState::Waiting);
    found_again(world, id, &waits).await;
    router_is_done(world, id).await;
    assert!(!go_on(world, id).await);
    assert_eq!(erasure(world, &admin, id).await.state(), ErasureState::Done);

    // A backup that knows the person and not the erasure; router has found it in its list.
    let restored = desk.person("Щукаревич", "+7 999 000-00-45").await;
    let again = Uuid::now_v7();
    found_again(world, again, &restored).await;
    step::replay(&world.db.pool).await.unwrap();
    router_is_done(world, again).await;
    assert!(!go_on(world, again).await);
    let done = erasure(world, &admin, again).await;
    assert_eq!((done.state(), done.replayed, done.records), (ErasureState::Done, true, 12));
    assert_eq!(with(&rows(world).await, &["Щукаревич", "79990000045"]), [""; 0]);
}

#[tokio::test]
async fn links_and_what_was_merged_into_its_contacts_go_along() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let gone = desk.person("Щукаревич", "+7 999 000-00-45").await;
    let stays = desk.create(company("Вектор")).await.unwrap().client_id;
    let kind = desk.entry(crm::DirectoryKind::ClientLink, "Компаньон").await;
    world
        .sql(&format!(
            "insert into crm.client_link (link_id, kind_id, client_id, other_id, note, request_sha256)
             values (gen_random_uuid(), '{kind}', '{stays}', '{}', 'Знает Щукаревича', '')",
            gone.client
        ))
        .await;
    let again = Contact { client_id: stays.clone(), surname: "Щукаревич".into(), ..Contact::default() };
    let again = desk.contact(again).await.unwrap().contact_id.parse().unwrap();
    let sql = "select contact_id from crm.contact where client_id = $1::text::uuid";
    let original: Uuid = sqlx::query_scalar(sql).bind(&gone.client).fetch_one(&world.db.pool).await.unwrap();
    duplicates::contacts::merged(world, original, &[again]).await;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &gone.client).await);
    let count = |kind: &str| seen.counts.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    assert_eq!((count("link"), count("contact")), (1, 2));
    ask(world, &admin, id, &gone.client, seen.records).await.unwrap();
    router_is_done(world, id).await;
    assert!(!go_on(world, id).await);
    assert_eq!(with(&rows(world).await, &["Щукаревич", "щукаревич", "wukarevi"]), [""; 0]);
    assert_eq!(world.count("select count(*) from crm.client_link").await, 0);
    let left = desk.clients.get_client(desk.admin.request(crm::GetClientRequest { client_id: stays })).await.unwrap();
    assert_eq!(left.into_inner().client.unwrap().name, "Вектор");
}
