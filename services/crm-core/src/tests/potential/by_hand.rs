use chrono::{Days, Utc};
use contracts::crm::{
    ArchiveClientRequest, BatchGetClientsRequest, ClearPotentialRequest, Client, ClientFilter, ClientOrder,
    ClientPotential, GetClientRequest, ListClientsRequest, MergeClientsRequest, Potential, PotentialOverride,
    SetPotentialRequest, client_service_server::ClientService as _, duplicate_service_server::DuplicateService as _,
    potential_service_server::PotentialService as _,
};
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{client, grpc, heading, own, potential_of, set_up};
use crate::{
    duplicates::DuplicateGrpc,
    employees::domain::Role,
    housekeeping,
    tests::{cards::Desk, world::World},
};

fn by_hand(amount: &str, days: u64) -> PotentialOverride {
    let ends_on = (Utc::now().date_naive() + Days::new(days)).to_string();
    PotentialOverride { amount: amount.into(), reason: "по договору".into(), ends_on, ..Default::default() }
}

async fn set(world: &World, by: &Caller, client: &Client, by_hand: PotentialOverride) -> Result<Potential, Status> {
    let request = SetPotentialRequest { client_id: client.client_id.clone(), by_hand: Some(by_hand) };
    Ok(grpc(world).set_potential(by.request(request)).await?.into_inner().potential.unwrap())
}

async fn clear(world: &World, by: &Caller, client: &Client) -> Result<Potential, Status> {
    let request = ClearPotentialRequest { client_id: client.client_id.clone() };
    Ok(grpc(world).clear_potential(by.request(request)).await?.into_inner().potential.unwrap())
}

/// As the card shows it.
async fn shown(desk: &Desk, client: &Client) -> Option<ClientPotential> {
    let request = GetClientRequest { client_id: client.client_id.clone() };
    desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().potential
}

// acceptance: PT-3
#[tokio::test]
async fn what_is_set_by_hand_goes_before_the_formula_until_its_last_day() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let seller = world.operator("seller").await.id;
    let by = Caller::operator(seller);
    let made = client(&desk, "Покупатель 1", &seller.to_string(), 4, 0).await;
    let found = set(world, &by, &made, by_hand("500", 0)).await.unwrap();
    assert_eq!((found.amount.as_deref(), found.counted), (Some("500.00"), None), "also where nothing is set up");
    set_up(&desk, &["importance"], vec![own("", Some("100"), &[("importance", "4", "2")])]).await;
    let found = set(world, &by, &made, by_hand("700.5", 0)).await.unwrap();
    assert_eq!((found.amount.as_deref(), found.counted.as_deref()), (Some("700.50"), Some("200.00")));
    let set_by = found.by_hand.unwrap();
    assert_eq!((set_by.author_employee_id, set_by.reason.as_str()), (seller.to_string(), "по договору"));
    assert!(set_by.set_at.is_some() && found.factors.len() == 1);

    // A change of the client counts it anew, and leaves what is set.
    let changed = Client { client_id: made.client_id.clone(), importance: 0, ..Client::default() };
    desk.update(changed, &["importance"]).await.unwrap();
    let found = potential_of(world, &by, &made.client_id).await.unwrap();
    assert_eq!((found.amount.as_deref(), found.counted.as_deref()), (Some("700.50"), Some("100.00")));
    let amount = |amount: &str, by_hand| {
        Some(ClientPotential { client_id: made.client_id.clone(), amount: amount.into(), by_hand })
    };
    assert_eq!(shown(&desk, &made).await, amount("700.50", true));

    // Its last day is over: from then on the formula counts, and soon in the order of lists too.
    world.sql("update crm.potential_override set ends_on = (now() at time zone 'UTC')::date - 1").await;
    let found = potential_of(world, &by, &made.client_id).await.unwrap();
    assert_eq!((found.amount.as_deref(), found.by_hand), (Some("100.00"), None));
    assert_eq!(shown(&desk, &made).await, amount("100.00", false));
    housekeeping::once(&world.db.pool).await;
    assert_eq!(world.count("select count(*) from crm.client_potential where amount = counted").await, 1);
    assert_eq!(world.count("select count(*) from crm.potential_override").await, 0);

    set(world, &by, &made, by_hand("0", 30)).await.unwrap();
    assert_eq!(clear(world, &by, &made).await.unwrap().amount.as_deref(), Some("100.00"));
    clear(world, &by, &made).await.unwrap();
    let audited = world.audited(made.client_id.parse().unwrap()).await;
    let set_times = audited.iter().filter(|action| *action == "client.set_potential").count();
    let cleared = audited.iter().filter(|action| *action == "client.clear_potential").count();
    assert_eq!((set_times, cleared), (3, 1), "{audited:?}");

    for bad in [
        by_hand("-1", 0),
        by_hand("a lot", 0),
        by_hand("1", 5_000),
        PotentialOverride { reason: " ".into(), ..by_hand("1", 0) },
        PotentialOverride { ends_on: "2026-01-01".into(), ..by_hand("1", 0) },
        PotentialOverride { ends_on: String::new(), ..by_hand("1", 0) },
    ] {
        assert_eq!(set(world, &by, &made, bad.clone()).await.unwrap_err().code(), Code::InvalidArgument, "{bad:?}");
    }
    let request = ArchiveClientRequest { client_id: made.client_id.clone(), etag: String::new() };
    desk.clients.archive_client(desk.admin.request(request)).await.unwrap();
    let refused = set(world, &by, &made, by_hand("1", 0)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "archived");
}

// acceptance: PT-3
#[tokio::test]
async fn the_responsible_person_their_heads_and_administrators_set_it() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let (sales, service) = (world.department("Продажи", None).await, world.department("Сервис", None).await);
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await.id;
    let peer = world.employee("peer", &[Role::Operator], &[sales]).await.id;
    let head = world.employee("head", &[Role::Operator, Role::Head], &[sales]).await.id;
    let beside = world.employee("beside", &[Role::Operator, Role::Head], &[service]).await.id;
    let theirs = client(&desk, "Чужой", &seller.to_string(), 0, 0).await;
    let nobodys = client(&desk, "Ничей", "", 0, 0).await;
    // who, whose, whether: everybody sees all clients here
    let cases = [
        (Caller::operator(seller), &theirs, true),
        (Caller::operator(peer), &theirs, false),
        (heading(head), &theirs, true),
        (heading(beside), &theirs, false),
        (desk.admin.clone(), &theirs, true),
        (Caller::operator(seller), &nobodys, false),
        (heading(head), &nobodys, false),
        (desk.admin.clone(), &nobodys, true),
    ];
    for (who, whose, may) in &cases {
        let answers = [set(world, who, whose, by_hand("1", 1)).await, clear(world, who, whose).await];
        for answer in answers {
            match may {
                true => assert!(answer.is_ok(), "{who:?} {}: {answer:?}", whose.name),
                false => assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied, "{who:?} {}", whose.name),
            }
        }
        assert!(potential_of(world, who, &whose.client_id).await.is_ok(), "who sees a client sees its potential");
    }
    assert_eq!(world.count("select count(*) from crm.audit where action = 'access.refused'").await, 8);
    world.restrict().await;
    let hidden = potential_of(world, &Caller::operator(peer), &theirs.client_id).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
}

// acceptance: PT-4
#[tokio::test]
async fn the_list_orders_by_potential_with_those_without_last() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await.id.to_string();
    let weights = [("importance", "1", "0.5"), ("importance", "3", "9"), ("importance", "4", "10")];
    set_up(&desk, &["importance"], vec![own(&sales.to_string(), Some("10"), &weights)]).await;
    let mut ids = Vec::new();
    for (name, who, importance) in [
        ("Пять", seller.as_str(), 1),
        ("Нет 1", "", 1),
        ("Сто", &seller, 4),
        ("Девяносто", &seller, 3),
        ("Нет 2", "", 4),
        ("Десять", &seller, 0),
        ("Десять 2", &seller, 0),
    ] {
        ids.push(client(&desk, name, who, importance, 0).await);
    }
    let by_potential = async || desk.names(ClientFilter::default(), ClientOrder::Potential).await;
    assert_eq!(by_potential().await, ["Сто", "Девяносто", "Десять 2", "Десять", "Пять", "Нет 2", "Нет 1"]);
    set(world, &desk.admin, &ids[1], by_hand("95", 1)).await.unwrap();
    assert_eq!(by_potential().await, ["Сто", "Нет 1", "Девяносто", "Десять 2", "Десять", "Пять", "Нет 2"]);
    let query = ClientFilter { query: "нет".into(), ..Default::default() };
    assert_eq!(desk.names(query, ClientOrder::Potential).await, ["Нет 1", "Нет 2"]);
    let request = ListClientsRequest { order: ClientOrder::Potential.into(), ..Default::default() };
    let page = desk.clients.list_clients(desk.admin.request(request)).await.unwrap().into_inner();
    let amounts: Vec<_> = page.potentials.iter().map(|one| (one.amount.as_str(), one.by_hand)).collect();
    assert_eq!(amounts[..3], [("100.00", false), ("95.00", true), ("90.00", false)]);
    assert_eq!((page.clients.len(), amounts.len()), (7, 6), "none of who has none");
    let client_ids = [&ids[4], &ids[1]].map(|one| one.client_id.clone()).to_vec();
    let request = desk.admin.request(BatchGetClientsRequest { client_ids, in_passing: true });
    let some = desk.clients.batch_get_clients(request).await.unwrap().into_inner();
    let amounts: Vec<_> = some.potentials.iter().map(|one| (one.client_id.as_str(), one.amount.as_str())).collect();
    assert_eq!((some.clients.len(), amounts), (2, vec![(ids[1].client_id.as_str(), "95.00")]));
}

#[tokio::test]
async fn a_merge_brings_along_what_is_set_by_hand() {
    let desk = Desk::start().await;
    let world = &desk.world;
    set_up(&desk, &[], vec![own("", Some("10"), &[])]).await;
    let (one, other) = (client(&desk, "Альфа", "", 0, 0).await, client(&desk, "Бета", "", 0, 0).await);
    set(world, &desk.admin, &other, by_hand("77", 1)).await.unwrap();
    let request = MergeClientsRequest {
        request_id: Uuid::now_v7().to_string(),
        client_id: one.client_id.clone(),
        other_client_ids: vec![other.client_id],
        ..Default::default()
    };
    DuplicateGrpc { db: world.db.clone() }.merge_clients(desk.admin.request(request)).await.unwrap();
    assert_eq!(shown(&desk, &one).await.map(|shown| shown.amount).as_deref(), Some("77.00"));
    let listed = desk.names(ClientFilter::default(), ClientOrder::Potential).await;
    assert_eq!(listed, ["Альфа"]);
    assert_eq!(world.count("select count(*) from crm.client_potential where amount = 77").await, 1);
}
