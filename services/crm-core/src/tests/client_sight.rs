//! Who sees which clients once they are restricted.

use contracts::{
    crm::{
        Client, CreateClientRequest, ListClientsRequest, UpdateClientRequest, client_service_server::ClientService as _,
    },
    live::{Event, event::What},
};
use model::{ClientId, DepartmentId, EmployeeId};
use prost::Message as _;
use rpc::Caller;
use tonic::Code;
use uuid::Uuid;

use super::{
    cards::mask,
    clients::new_client,
    world::{World, actor},
};
use crate::{
    change::Actor,
    clients::{ClientError, ClientGrpc, link, ops},
    employees::{
        self,
        domain::{Patch, Role},
    },
};

async fn client_of(world: &World, name: &str, responsible: EmployeeId) -> ClientId {
    let mut new = new_client(name, &[]);
    new.draft.responsible = Some(responsible);
    ops::create(&world.db, world.admin, new, None).await.unwrap().id
}

/// What somebody finds in the list.
async fn listed(world: &World, by: EmployeeId) -> Vec<String> {
    let grpc = ClientGrpc { db: world.db.clone() };
    let request = Caller::operator(by).request(ListClientsRequest::default());
    let page = grpc.list_clients(request).await.unwrap().into_inner();
    page.clients.into_iter().map(|client| client.name).collect()
}

async fn level(world: &World, employee: Option<EmployeeId>, department: Option<DepartmentId>, all: bool) -> Uuid {
    let id = Uuid::now_v7();
    let sql = format!(
        "insert into crm.access_level (access_level_id, name, search_name, all_clients, request_sha256)
         values ('{id}', '{id}', '{id}', {all}, '')"
    );
    world.sql(&sql).await;
    if let Some(employee) = employee {
        world.sql(&format!("insert into crm.access_level_employee values ('{id}', '{employee}')")).await;
    }
    if let Some(department) = department {
        world.sql(&format!("insert into crm.access_level_department values ('{id}', '{department}')")).await;
    }
    id
}

async fn label(world: &World, client: ClientId, level: Uuid) {
    let sql = format!("update crm.client set access_level_ids = array['{level}'::uuid] where client_id = '{client}'");
    world.sql(&sql).await;
}

// acceptance: AC-1
#[tokio::test]
async fn a_salesperson_sees_own_clients_and_those_of_an_access_level() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let own = client_of(&world, "Клиент Анны", anna.id).await;
    let foreign = client_of(&world, "Клиент Олега", oleg.id).await;
    assert_eq!(listed(&world, anna.id).await.len(), 2, "open until somebody restricts");
    world.restrict().await;
    assert_eq!(listed(&world, anna.id).await, ["Клиент Анны"]);
    let found = ops::find_clients(&world.db, actor(&anna), "клиент", None, 50).await.unwrap();
    assert_eq!(found.iter().map(|(_, client)| client.id).collect::<Vec<_>>(), [own]);
    let read = ops::get(&world.db, actor(&anna), foreign).await;
    assert!(matches!(read, Err(ClientError::NotFound(_))));
    let batch = ops::batch(&world.db, actor(&anna), &[foreign.0, own.0]).await.unwrap();
    assert_eq!(batch.iter().map(|client| client.id).collect::<Vec<_>>(), [own]);

    let shared = level(&world, Some(anna.id), None, false).await;
    label(&world, foreign, shared).await;
    assert_eq!(listed(&world, anna.id).await.len(), 2);
    assert!(ops::get(&world.db, actor(&anna), foreign).await.is_ok());
    let desk = world.department("Касса", None).await;
    let cashier = world.employee("cashier", &[Role::Operator], &[desk]).await;
    assert!(listed(&world, cashier.id).await.is_empty());
    level(&world, None, Some(desk), true).await;
    assert_eq!(listed(&world, cashier.id).await.len(), 2, "a level that shows every client");
}

// acceptance: AC-2
#[tokio::test]
async fn a_head_sees_the_own_department_and_all_below_but_no_sibling() {
    let world = World::start().await;
    let company = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(company)).await;
    let retail = world.department("Розница", Some(sales)).await;
    let service = world.department("Сервис", Some(company)).await;
    let head = world.employee("head", &[Role::Operator, Role::Head], &[sales]).await;
    let member = world.employee("member", &[Role::Operator], &[sales]).await;
    let seller = world.employee("seller", &[Role::Operator], &[retail]).await;
    let other = world.employee("other", &[Role::Operator], &[service]).await;
    client_of(&world, "Прямой", member.id).await;
    client_of(&world, "Ниже", seller.id).await;
    let sibling = client_of(&world, "Соседний", other.id).await;
    world.restrict().await;
    assert_eq!(listed(&world, head.id).await, ["Ниже", "Прямой"]);
    for number in 0..6 {
        world.employee(&format!("more{number}"), &[Role::Operator], &[retail]).await;
    }
    assert_eq!(listed(&world, head.id).await, ["Ниже", "Прямой"], "also of many people");
    assert_eq!(listed(&world, member.id).await, ["Прямой"], "being in a department is not heading it");
    assert!(matches!(ops::get(&world.db, actor(&head), sibling).await, Err(ClientError::NotFound(_))));
}

// acceptance: AC-4
#[tokio::test]
async fn moving_somebody_counts_from_the_next_call_on() {
    let world = World::start().await;
    let (sales, service) = (world.department("Продажи", None).await, world.department("Сервис", None).await);
    let old = world.employee("old", &[Role::Operator, Role::Head], &[sales]).await;
    let new = world.employee("new", &[Role::Operator, Role::Head], &[service]).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await;
    client_of(&world, "Клиент", seller.id).await;
    world.restrict().await;
    let seen = async |head: EmployeeId| listed(&world, head).await.len();
    assert_eq!((seen(old.id).await, seen(new.id).await), (1, 0));
    let patch = Patch { departments: Some(vec![service]), ..Patch::default() };
    employees::ops::update(&world.db, world.admin, seller.id, patch).await.unwrap();
    // The callers are as they were: nothing of this is read from a token.
    assert_eq!((seen(old.id).await, seen(new.id).await), (0, 1));
}

// acceptance: AC-5
#[tokio::test]
async fn a_refusal_is_on_record_with_who_what_and_which_permission() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let foreign = client_of(&world, "Клиент Олега", oleg.id).await;
    world.restrict().await;
    ops::get(&world.db, actor(&anna), foreign).await.unwrap_err();
    let point = world.contact_point("Покупатель 1", &[]).await;
    ops::suggest(&world.db, actor(&anna), point).await.map(drop).unwrap_err();
    let patch = crate::cards::settings::Patch { restricted: Some(false), ..Default::default() };
    crate::cards::settings::change(&world.db, actor(&anna), patch).await.unwrap_err();
    let sql = "select employee_id, object_kind, object_id, after ->> 'permission' from crm.audit
               where action = 'access.refused' order by audit_id";
    let rows: Vec<(Uuid, String, Uuid, String)> = sqlx::query_as(sql).fetch_all(&world.db.pool).await.unwrap();
    let row = |kind: &str, id: Uuid, permission: &str| (anna.id.0, kind.to_owned(), id, permission.to_owned());
    assert_eq!(
        rows,
        [
            row("client", foreign.0, "client.see"),
            row("contact_point", point.0, "dialog.see"),
            row("client_settings", Uuid::nil(), "administrator"),
        ]
    );
    ops::get(&world.db, actor(&anna), ClientId::new()).await.unwrap_err();
    let refusals = "select count(*) from crm.audit where action = 'access.refused'";
    assert_eq!(world.count(refusals).await, 3, "what there is not is refused to nobody");
}

#[tokio::test]
async fn whoever_answers_a_dialog_sees_its_client_and_says_whose_it_is() {
    let world = World::start().await;
    let sales = world.department("Продажи", None).await;
    let service = world.department("Сервис", None).await;
    let anna = world.employee("anna", &[Role::Operator], &[sales]).await;
    let other = world.employee("other", &[Role::Operator], &[service]).await;
    let client = client_of(&world, "Клиент", other.id).await;
    let own = client_of(&world, "Свой", anna.id).await;
    let point = world.contact_point("Покупатель 1", &[(1, "+7 999 000-00-01")]).await;
    link::link(&world.db, world.admin, point, client, false).await.unwrap();
    world.restrict().await;
    let sees = async |by: Actor| ops::get(&world.db, by, client).await.is_ok();
    assert!(!sees(actor(&anna)).await);
    let dialog = world.dialog(point, None, None, Some(sales)).await;
    assert!(sees(actor(&anna)).await, "it waits in the own department");
    assert_eq!(listed(&world, anna.id).await, ["Свой"], "the list stays one's own");
    world.sql(&format!("update inbox_read.conversation_sight set assignee_employee_id = '{}'", other.id)).await;
    assert!(!sees(actor(&anna)).await, "somebody else has it");
    assert!(link::unlink(&world.db, actor(&anna), point).await.is_err());
    world.sql(&format!("insert into inbox_read.mention values ('{dialog}', '{}')", anna.id)).await;
    assert!(sees(actor(&anna)).await, "she is mentioned");
    world.sql(&format!("update inbox_read.conversation_sight set assignee_employee_id = '{}'", anna.id)).await;
    let moved = link::link(&world.db, actor(&anna), point, own, true).await.unwrap();
    assert_eq!(moved.contact_points, [point]);
    let theirs = world.contact_point("Покупатель 2", &[]).await;
    world.dialog(theirs, Some(other.id), None, None).await;
    assert!(link::link(&world.db, actor(&anna), theirs, own, false).await.is_err(), "of a personal account");
    assert!(link::link(&world.db, actor(&anna), point, client, true).await.is_err(), "to a client out of sight");
}

#[tokio::test]
async fn events_of_a_client_reach_those_who_saw_or_see_it() {
    let world = World::start().await;
    let sales = world.department("Продажи", None).await;
    let head = world.employee("head", &[Role::Operator, Role::Head], &[sales]).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await;
    let peer = world.employee("peer", &[Role::Operator], &[sales]).await;
    let holder = world.operator("holder").await;
    let client = client_of(&world, "Клиент", seller.id).await;
    let shared = level(&world, Some(holder.id), None, false).await;
    label(&world, client, shared).await;
    world.restrict().await;
    world.sql("delete from crm.outbox").await;
    let grpc = ClientGrpc { db: world.db.clone() };
    let client =
        Client { client_id: client.to_string(), responsible_employee_id: peer.id.to_string(), ..Client::default() };
    let request = UpdateClientRequest { client: Some(client), update_mask: mask(&["responsible_employee_id"]) };
    grpc.update_client(Caller::operator(seller.id).request(request)).await.unwrap();
    let payloads: Vec<Vec<u8>> =
        sqlx::query_scalar("select payload from crm.outbox").fetch_all(&world.db.pool).await.unwrap();
    let events: Vec<Event> = payloads.iter().map(|bytes| Event::decode(bytes.as_slice()).unwrap()).collect();
    let event = events.iter().find(|event| matches!(event.what, Some(What::ClientChanged(_)))).unwrap();
    let audience = event.audience.clone().unwrap();
    assert!(!audience.everyone);
    let mut expected = [head.id, seller.id, peer.id, holder.id].map(|id| id.to_string()).to_vec();
    expected.sort();
    let mut told = audience.employee_ids;
    told.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn who_makes_a_client_does_not_lose_sight_of_it_and_others_share_none() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    world.restrict().await;
    let grpc = ClientGrpc { db: world.db.clone() };
    let request = CreateClientRequest {
        request_id: Uuid::now_v7().to_string(),
        client: Some(Client { name: "Клиент".into(), ..Client::default() }),
        contact_point_id: String::new(),
        force: false,
    };
    let made =
        grpc.create_client(Caller::operator(anna.id).request(request)).await.unwrap().into_inner().client.unwrap();
    assert_eq!(made.responsible_employee_id, anna.id.to_string());
    let shared = level(&world, Some(oleg.id), None, false).await;
    label(&world, made.client_id.parse().unwrap(), shared).await;
    let change = Client { access_level_ids: Vec::new(), ..made.clone() };
    let request = UpdateClientRequest {
        client: Some(Client { etag: String::new(), ..change }),
        update_mask: mask(&["access_level_ids"]),
    };
    let refused = grpc.update_client(Caller::operator(oleg.id).request(request.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    grpc.update_client(Caller::operator(anna.id).request(request)).await.unwrap();
    assert!(listed(&world, oleg.id).await.is_empty());
}

/// Whoever answers for a client sees all its dialogs: nobody becomes that by their own word.
#[tokio::test]
async fn a_client_is_given_away_by_whoever_answers_for_it_and_taken_by_nobody_else() {
    let world = World::start().await;
    let (anna, oleg) = (world.operator("anna").await, world.operator("oleg").await);
    let client = client_of(&world, "Клиент", anna.id).await;
    let grpc = ClientGrpc { db: world.db.clone() };
    let give = async |by: EmployeeId, client: ClientId, to: EmployeeId| {
        let client =
            Client { client_id: client.to_string(), responsible_employee_id: to.to_string(), ..Client::default() };
        let request = UpdateClientRequest { client: Some(client), update_mask: mask(&["responsible_employee_id"]) };
        grpc.update_client(Caller::operator(by).request(request)).await.map(drop).map_err(|status| status.code())
    };
    assert_eq!(give(oleg.id, client, oleg.id).await, Err(Code::PermissionDenied), "clients are open, and still");
    assert_eq!(world.audited(client.0).await.last().map(String::as_str), Some("access.refused"));
    assert_eq!(give(anna.id, client, oleg.id).await, Ok(()));

    let nobodys = ops::create(&world.db, world.admin, new_client("Ничей", &[]), None).await.unwrap().id;
    let point = world.contact_point("Покупатель 2", &[(1, "+7 999 000-00-02")]).await;
    world.dialog(point, None, Some(anna.id), None).await;
    link::link(&world.db, world.admin, point, nobodys, false).await.unwrap();
    assert_eq!(give(oleg.id, nobodys, oleg.id).await, Err(Code::PermissionDenied), "none of its dialogs is his");
    assert_eq!(give(anna.id, nobodys, anna.id).await, Ok(()));
}
