use std::time::Duration;

use contracts::crm::{
    GetQualityRequest, GetQualityResponse, QualityScope, quality_service_server::QualityService as _,
};
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{carry_out, grpc, settings, update};
use crate::{
    employees::domain::Role,
    housekeeping,
    tests::{cards::Desk, world::World},
};

async fn of(world: &World, by: &Caller, scope: QualityScope, id: &str) -> Result<GetQualityResponse, Status> {
    let request = GetQualityRequest { scope: scope.into(), subject_id: id.to_owned(), days: 0 };
    Ok(grpc(world).get_quality(by.request(request)).await?.into_inner())
}

/// Puts a client that reaches so much.
async fn put(world: &World, name: &str, responsible: Option<Uuid>, status: i16, percent: f32) -> Uuid {
    let id = Uuid::now_v7();
    let responsible = responsible.map_or("null".to_owned(), |id| format!("'{id}'"));
    world
        .sql(&format!(
            "insert into crm.client (client_id, name, search_name, kind, responsible_employee_id, work_status, request_sha256)
             values ('{id}', '{name}', lower('{name}'), 2, {responsible}, {status}, '');
             insert into crm.client_quality values ('{id}', 50, null, {percent}, array['addresses:phone'], '{{}}')"
        ))
        .await;
    id
}

// acceptance: QB-6
#[tokio::test]
async fn figures_are_means_over_clients_and_are_kept_by_the_day() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let company = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(company)).await;
    let one = world.employee("one", &[Role::Operator], &[sales]).await.id;
    let other = world.employee("other", &[Role::Operator], &[sales, company]).await.id;
    let worst = put(world, "Первый", Some(one.0), 0, 20.0).await;
    put(world, "Второй", Some(one.0), 1, 40.0).await;
    put(world, "Потерянный", Some(one.0), 3, 0.0).await;
    put(world, "Третий", Some(other.0), 0, 90.0).await;
    put(world, "Ничей", None, 0, 100.0).await;

    let admin = &desk.admin;
    let asked = of(world, admin, QualityScope::Employee, &one.to_string()).await.unwrap();
    let figure = asked.figure.unwrap();
    assert_eq!((figure.clients, figure.percent, figure.contact_percent), (2, Some(30.0), Some(50.0)));
    assert_eq!(figure.portrait_percent, None, "nothing is required there");
    assert_eq!(asked.worst.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Первый", "Второй"]);
    assert_eq!(asked.worst[0].client_id, worst.to_string());
    for department in [sales, company] {
        let figure = of(world, admin, QualityScope::Department, &department.to_string()).await.unwrap().figure.unwrap();
        assert_eq!((figure.clients, figure.percent), (3, Some(50.0)), "who is in two departments counts once");
    }
    let asked = of(world, admin, QualityScope::Company, "").await.unwrap();
    assert_eq!(asked.figure.clone().map(|figure| (figure.clients, figure.percent)), Some((4, Some(62.5))));
    assert_eq!((asked.figure, asked.below.len()), (asked.company, 4));

    crate::quality::days::note_today(&world.db.pool).await.unwrap();
    crate::quality::days::note_today(&world.db.pool).await.unwrap();
    world
        .sql(
            "insert into crm.quality_day select scope, subject_id, day - n, clients, percent - 1
             from crm.quality_day cross join unnest(array[1, 396, 399, 850]) n",
        )
        .await;
    housekeeping::once(&world.db.pool).await;
    let days = of(world, admin, QualityScope::Company, "").await.unwrap().days;
    assert_eq!(days.len(), 4, "one a day, more than 13 months");
    assert_eq!((days[3].percent, days[2].percent, days[3].clients), (62.5, 61.5, 4));
    assert_eq!(
        world
            .count("select count(*) from crm.quality_day where subject_id = '00000000-0000-0000-0000-000000000000'")
            .await,
        4
    );
}

#[tokio::test]
async fn everybody_sees_the_company_and_themselves_and_heads_who_is_below() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let company = world.department("Компания", None).await;
    let (sales, service) =
        (world.department("Продажи", Some(company)).await, world.department("Сервис", Some(company)).await);
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await.id;
    let peer = world.employee("peer", &[Role::Operator], &[sales]).await.id;
    let head = world.employee("head", &[Role::Operator, Role::Head], &[sales]).await.id;
    put(world, "Чужой", Some(seller.0), 0, 20.0).await;
    world.restrict().await;
    let heading = Caller { roles: vec![rpc::Role::Operator, rpc::Role::Head], ..Caller::operator(head) };
    let (seller_id, sales_id) = (seller.to_string(), sales.to_string());
    // who, whose, whether
    let cases = [
        (Caller::operator(seller), QualityScope::Employee, "", true),
        (Caller::operator(seller), QualityScope::Company, "", true),
        (Caller::operator(seller), QualityScope::Department, sales_id.as_str(), false),
        (Caller::operator(peer), QualityScope::Employee, seller_id.as_str(), false),
        (heading.clone(), QualityScope::Employee, seller_id.as_str(), true),
        (heading.clone(), QualityScope::Department, sales_id.as_str(), true),
        (heading.clone(), QualityScope::Department, &service.to_string(), false),
        (heading, QualityScope::Department, &company.to_string(), false),
        (desk.admin.clone(), QualityScope::Department, &service.to_string(), true),
    ]
    .map(|(who, scope, id, may)| (who, scope, id.to_owned(), may));
    for (who, scope, id, may) in cases {
        let answer = of(world, &who, scope, &id).await;
        match may {
            true => assert!(answer.is_ok(), "{who:?} {scope:?} {id}: {answer:?}"),
            false => assert_eq!(answer.unwrap_err().code(), Code::NotFound, "{who:?} {scope:?} {id}"),
        }
    }
    let asked = of(world, &Caller::operator(peer), QualityScope::Company, "").await.unwrap();
    assert_eq!((asked.figure.unwrap().percent, asked.worst.len(), asked.below.len()), (Some(20.0), 0, 0));
}

#[tokio::test]
async fn a_recount_notes_the_day() {
    let desk = Desk::start().await;
    desk.create(crate::tests::cards::company("Покупатель 1")).await.unwrap();
    let (_, begun) = update(&desk.world, settings(&["inn"], &[])).await.unwrap();
    carry_out(&desk.world, &begun.recount_id, Duration::from_secs(60)).await;
    let asked = of(&desk.world, &desk.admin, QualityScope::Company, "").await.unwrap();
    assert_eq!((asked.days.len(), asked.days[0].clients, asked.days[0].percent), (1, 1, 0.0));
}
