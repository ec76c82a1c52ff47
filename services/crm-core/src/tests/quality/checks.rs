use contracts::crm::{
    AddressKind, Client, ClientAddress, Contact, ListQualityFailuresRequest, QualityCheck, QualityFailure,
    StartDuplicateSearchRequest, duplicate_service_server::DuplicateService as _,
    quality_service_server::QualityService as _,
};
use rpc::Caller;
use uuid::Uuid;

use super::{grpc, settings, update};
use crate::{
    duplicates::{DuplicateGrpc, search},
    tests::{
        cards::{Desk, company},
        world::World,
    },
};

/// Everything that fails, by pages of two.
async fn failing(world: &World, by: &Caller, check: QualityCheck) -> Vec<QualityFailure> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            ListQualityFailuresRequest { check: check.into(), page_size: 2, page_token, ..Default::default() };
        let page = grpc(world).list_quality_failures(by.request(request)).await.unwrap().into_inner();
        all.extend(page.failures);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn names(failures: &[QualityFailure]) -> Vec<&str> {
    failures.iter().map(|failure| failure.name.as_str()).collect()
}

fn phone(value: &str) -> Vec<ClientAddress> {
    vec![ClientAddress { kind: AddressKind::Phone.into(), value: value.into(), ..Default::default() }]
}

async fn contact(desk: &Desk, client: &Client, surname: &str, addresses: Vec<ClientAddress>) -> Contact {
    let (client_id, surname) = (client.client_id.clone(), surname.to_owned());
    desk.contact(Contact { client_id, surname, addresses, ..Contact::default() }).await.unwrap()
}

// acceptance: QB-3
#[tokio::test]
async fn each_check_lists_the_records_that_fail_page_by_page() {
    let desk = Desk::start().await;
    let world = &desk.world;
    update(world, settings(&["inn"], &["surname"])).await.unwrap();
    let alpha = desk.create(Client { inn: "9999000013".into(), ..company("Альфа") }).await.unwrap();
    let beta = desk.create(Client { addresses: phone("+7 999 000-00-01"), ..company("Бета") }).await.unwrap();
    let lost = Client { work_status: contracts::crm::WorkStatus::Lost.into(), ..company("Вета") };
    desk.create(lost).await.unwrap();
    contact(&desk, &alpha, "Иванова", phone("+7 999 000-00-02")).await;
    contact(&desk, &beta, "Петрова", phone("+7 999 000-00-02")).await;
    let twice = contact(&desk, &beta, "Сидорова", Vec::new()).await;
    contact(&desk, &beta, "Сидорова", phone("+7 999 000-00-03")).await;

    let found = failing(world, &desk.admin, QualityCheck::ContactData).await;
    assert_eq!(names(&found), ["Альфа", "Сидорова"]);
    assert_eq!((found[0].percent, &found[0].missing), (Some(0), &vec!["addresses:phone".to_owned()]));
    assert_eq!((found[1].contact_id.as_str(), found[1].client_name.as_str()), (twice.contact_id.as_str(), "Бета"));
    let found = failing(world, &desk.admin, QualityCheck::Portrait).await;
    assert_eq!((names(&found), &found[0].missing), (vec!["Бета"], &vec!["inn".to_owned()]));
    let found = failing(world, &desk.admin, QualityCheck::DuplicateContacts).await;
    let mut people = names(&found);
    people.sort_unstable();
    assert_eq!(people, ["Иванова", "Петрова", "Сидорова", "Сидорова"]);
    assert!(found.iter().all(|failure| failure.other_ids.len() == 1));
}

#[tokio::test]
async fn doubles_are_those_of_the_newest_search() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let request = || ListQualityFailuresRequest { check: QualityCheck::DuplicateClients.into(), ..Default::default() };
    let page = grpc(world).list_quality_failures(desk.admin.request(request())).await.unwrap().into_inner();
    assert_eq!((page.failures.len(), page.as_of), (0, None), "nobody looked yet");
    let inn = |name: &str| Client { inn: "9999000013".into(), ..company(name) };
    let (one, other) = (desk.create(inn("Альфа")).await.unwrap(), desk.create(inn("Бета")).await.unwrap());
    desk.create(company("Гамма")).await.unwrap();
    let search_id = Uuid::now_v7();
    let start = StartDuplicateSearchRequest { request_id: search_id.to_string(), ..Default::default() };
    DuplicateGrpc { db: world.db.clone() }.start_duplicate_search(desk.admin.request(start)).await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    while search::step(&mut tx, search_id).await.unwrap() {}
    tx.commit().await.unwrap();
    let found = failing(world, &desk.admin, QualityCheck::DuplicateClients).await;
    assert_eq!(names(&found), ["Альфа", "Бета"]);
    assert_eq!((&found[0].other_ids, &found[1].other_ids), (&vec![other.client_id], &vec![one.client_id]));
    let page = grpc(world).list_quality_failures(desk.admin.request(request())).await.unwrap().into_inner();
    assert!(page.as_of.is_some());
}

#[tokio::test]
async fn who_is_nobodys_client_is_listed_for_those_who_see_the_dialog() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[crate::employees::domain::Role::Operator], &[sales]).await;
    let stranger = world.operator("stranger").await;
    let point = world.contact_point("Покупатель 1", &[]).await;
    world.dialog(point, None, Some(seller.id), Some(sales)).await;
    let known = world.contact_point("Покупатель 2", &[]).await;
    world.dialog(known, None, Some(seller.id), Some(sales)).await;
    let client: model::ClientId = desk.create(company("Альфа")).await.unwrap().client_id.parse().unwrap();
    crate::clients::link::link(&world.db, world.admin, known, client, false).await.unwrap();
    world.contact_point("Молчун", &[]).await;

    let found = failing(world, &Caller::operator(seller.id), QualityCheck::Unlinked).await;
    assert_eq!((names(&found), found[0].channel.as_str()), (vec!["Покупатель 1"], "telegram"));
    assert_eq!(found[0].contact_point_id, point.to_string());
    assert!(failing(world, &Caller::operator(stranger.id), QualityCheck::Unlinked).await.is_empty());
}

#[tokio::test]
async fn a_check_looks_at_the_clients_of_some_people_or_departments() {
    let desk = Desk::start().await;
    let world = &desk.world;
    update(world, settings(&["inn"], &[])).await.unwrap();
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[crate::employees::domain::Role::Operator], &[sales]).await.id.to_string();
    let own = Client { responsible_employee_id: seller.clone(), ..company("Альфа") };
    desk.create(own).await.unwrap();
    desk.create(company("Бета")).await.unwrap();
    let check = QualityCheck::Portrait.into();
    let by_person = ListQualityFailuresRequest { check, responsible_employee_ids: vec![seller], ..Default::default() };
    let by_department = ListQualityFailuresRequest { check, department_id: sales.to_string(), ..Default::default() };
    for request in [by_person, by_department] {
        let page = grpc(world).list_quality_failures(desk.admin.request(request)).await.unwrap().into_inner();
        assert_eq!(names(&page.failures), ["Альфа"]);
    }
}
