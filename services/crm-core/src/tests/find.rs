use contracts::crm::{
    CreateClientRequest, FindClientsRequest, LinkContactPointRequest, SuggestClientsRequest,
    client_service_server::ClientService as _,
};
use contracts::errors::ErrorReason;
use model::ClientId;
use rpc::{Caller, reason_of};

use super::{
    clients::{client, new_client},
    world::{World, actor},
};
use crate::{
    change::Actor,
    clients::{
        ClientGrpc,
        domain::{AddressKind, Client},
        ops,
    },
};

async fn names(world: &World, query: &str) -> Vec<String> {
    let found = ops::find_clients(&world.db, world.admin, query, None, 50).await.unwrap();
    found.into_iter().map(|(_, client)| client.name).collect()
}

#[tokio::test]
async fn clients_are_found_by_name_phone_and_email_best_first() {
    let world = World::start().await;
    client(&world, "Алёна-мебель Петровка", &[(AddressKind::Phone, "+7 999 000-00-01")]).await;
    client(&world, "Пётрстрой Алексин", &[(AddressKind::Phone, "+7 999 000-00-02")]).await;
    client(&world, "ООО «Петрополь»", &[(AddressKind::Email, "office@petropol.example")]).await;
    client(&world, "100% скидка", &[(AddressKind::Phone, "+1 555 0100 777")]).await;

    assert_eq!(names(&world, "петр").await, ["Пётрстрой Алексин", "Алёна-мебель Петровка", "ООО «Петрополь»"]);
    assert_eq!(names(&world, "ПЕТРОВКА алена").await, ["Алёна-мебель Петровка"], "words in any order");
    assert_eq!(names(&world, "ал").await, ["Алёна-мебель Петровка", "Пётрстрой Алексин"]);
    assert_eq!(names(&world, "8 (999) 000 00 02").await, ["Пётрстрой Алексин"]);
    assert_eq!(
        names(&world, "8999000").await,
        ["Алёна-мебель Петровка", "Пётрстрой Алексин"],
        "a beginning, with the 8"
    );
    assert_eq!(names(&world, "0777").await, ["100% скидка"], "the last digits");
    assert_eq!(names(&world, "Office@Petropol.example").await, ["ООО «Петрополь»"]);
    assert_eq!(names(&world, "petropol").await, ["ООО «Петрополь»"], "a part of an address");
    assert_eq!(names(&world, "100%").await, ["100% скидка"]);
    assert!(names(&world, "%%").await.is_empty(), "what is typed is no pattern");
    assert!(names(&world, "никого").await.is_empty());
    for query in ["", "а", "  а ", "а\0б", &"x".repeat(201)] {
        assert!(ops::find_clients(&world.db, world.admin, query, None, 50).await.is_err(), "{query:?}");
    }
}

#[tokio::test]
async fn found_clients_come_in_pages_without_gaps() {
    let world = World::start().await;
    for number in 0..7 {
        client(&world, &format!("Клиент {number}"), &[]).await;
    }
    for number in 0..3 {
        client(&world, &format!("Новый клиент {number}"), &[]).await;
    }
    let grpc = ClientGrpc { db: world.db.clone() };
    let caller = Caller::operator(world.admin.employee().unwrap());
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = FindClientsRequest { query: "клиент".into(), page_size: 4, page_token };
        let page = grpc.find_clients(caller.request(request)).await.unwrap().into_inner();
        names.extend(page.clients.into_iter().map(|client| client.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> =
        (0..7).map(|n| format!("Клиент {n}")).chain((0..3).map(|n| format!("Новый клиент {n}"))).collect();
    assert_eq!(names, expected);
}

/// Clients of nobody's, more than are compared, each with a contact: their names, contacts and phones in the same order.
async fn crowd(world: &World) {
    for sql in [
        "insert into crm.client (client_id, name, search_name, kind, request_sha256)
         select gen_random_uuid(), 'Толпа ' || n, 'толпа ' || n, 2, '' from generate_series(1000, 1399) n",
        "insert into crm.contact (contact_id, client_id, surname, name, search_name, request_sha256)
         select gen_random_uuid(), client_id, 'Ломов', 'Ломов', 'ломов', '' from crm.client where name like 'Толпа %'",
        "insert into crm.address (client_id, kind, normalized, value, is_main)
         select client_id, 1, '7999000' || right(name, 4), '+7999000' || right(name, 4), true
         from crm.client where name like 'Толпа %'",
    ] {
        world.sql(sql).await;
    }
}

/// All pages of what somebody finds, each client once.
async fn all(world: &World, by: Actor, query: &str) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = ops::find_clients(&world.db, by, query, after, 100).await.unwrap();
        after = page.last().map(|(place, _)| place.clone());
        if after.is_none() {
            let mut ids: Vec<ClientId> = found.iter().map(|client: &Client| client.id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), found.len(), "nobody stands on two pages");
            return found.into_iter().map(|client| client.name).collect();
        }
        found.extend(page.into_iter().map(|(_, client)| client));
    }
}

#[tokio::test]
async fn nobody_is_lost_behind_a_crowd_that_fits_better() {
    let world = World::start().await;
    crowd(&world).await;
    client(&world, "Школа 79", &[(AddressKind::Phone, "+7 999 000-99-99")]).await;
    client(&world, "Новый Ломовик", &[]).await;
    let found = all(&world, world.admin, "79").await;
    assert!(found.len() > 300 && found.contains(&"Школа 79".to_owned()), "by a word of its name: {}", found.len());
    let found = all(&world, world.admin, "ломов").await;
    assert!(found.len() > 300 && found.contains(&"Новый Ломовик".to_owned()), "{}", found.len());
    assert_eq!(all(&world, world.admin, "толпа").await.len(), 400, "names have no limit");
}

#[tokio::test]
async fn a_crowd_out_of_sight_takes_no_places() {
    let world = World::start().await;
    let anna = world.operator("anna").await;
    crowd(&world).await;
    let own = client(&world, "Своя", &[(AddressKind::Phone, "+7 999 000-99-99")]).await.id;
    let contact = "insert into crm.contact (contact_id, client_id, surname, name, search_name, request_sha256)
        values (gen_random_uuid(), '%', 'Ломова', 'Ломова', 'ломова', '')";
    world.sql(&contact.replace('%', &own.to_string())).await;
    world
        .sql(&format!("update crm.client set responsible_employee_id = '{}' where client_id = '{own}'", anna.id))
        .await;
    world.restrict().await;
    for query in ["7999", "9990", "лом", "ломов"] {
        assert_eq!(all(&world, actor(&anna), query).await, ["Своя"], "{query}");
    }
}

#[tokio::test]
async fn clients_go_over_the_wire_with_reasons() {
    let world = World::start().await;
    let grpc = ClientGrpc { db: world.db.clone() };
    let caller = Caller::operator(world.admin.employee().unwrap());
    let point = world.contact_point("Покупатель 1", &[(1, "+79990000001"), (2, "buyer_1")]).await;
    let message = contracts::crm::Client { name: "Первый".into(), ..Default::default() };
    let request = CreateClientRequest {
        request_id: ClientId::new().to_string(),
        client: Some(message),
        contact_point_id: point.to_string(),
        force: false,
    };
    let created = grpc.create_client(caller.request(request)).await.unwrap().into_inner().client.unwrap();
    assert_eq!(created.contact_point_ids, [point.to_string()]);
    let shown: Vec<_> = created.addresses.iter().map(|address| address.display.as_str()).collect();
    assert_eq!(shown, ["+7 999 000-00-01"], "a user name is not shown as an address");

    let other = ops::create(&world.db, world.admin, new_client("Второй", &[]), None).await.unwrap();
    let request =
        LinkContactPointRequest { contact_point_id: point.to_string(), client_id: other.id.to_string(), r#move: false };
    let refused = grpc.link_contact_point(caller.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ContactPointLinked));
    assert_eq!(rpc::metadata_of(&refused)["client_name"], "Первый");

    let twin = world.contact_point("Кто-то", &[(2, "@Buyer_1"), (1, "8 999 000-00-01")]).await;
    let request = SuggestClientsRequest { contact_point_id: twin.to_string() };
    let matches = grpc.suggest_clients(caller.request(request)).await.unwrap().into_inner().matches;
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0].matched_by, ["phone", "username"]);
}
