use std::time::{Duration, Instant};

use contracts::{
    crm::{
        Client, ClientOrder, ListClientsRequest, ListPotentialGapsRequest, ListQualityFailuresRequest,
        PotentialRecountState, QualityCheck, ResumePotentialRecountRequest, StartPotentialRecountRequest,
        StopPotentialRecountRequest, client_service_server::ClientService as _,
        potential_service_server::PotentialService as _, quality_service_server::QualityService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use uuid::Uuid;

use super::{carry_out, client, grpc, own, potential_of, recount, set_up};
use crate::{
    employees::domain::Role,
    housekeeping,
    potential::recount::PotentialCount,
    quality::QualityGrpc,
    recounts,
    tests::{
        cards::{Desk, company},
        world::World,
    },
};

/// Clients of two importances and, some of them, of a segment.
async fn put(world: &World, count: usize) {
    world
        .sql(&format!(
            "insert into crm.directory_entry (entry_id, kind, name, search_name, request_sha256)
             select gen_random_uuid(), 2, 'Сегмент ' || n, 'сегмент ' || n, '' from generate_series(1, 30) n;
             insert into crm.client (client_id, name, search_name, kind, importance, solvency, segment_id,
                                     responsible_employee_id, request_sha256)
             select gen_random_uuid(), 'Покупатель ' || n, 'покупатель ' || n, 2, 1 + n % 2, n % 4, s.ids[1 + n % 30],
                    e.ids[1 + n % cardinality(e.ids)], ''
             from generate_series(1, {count}) n,
                  (select array_agg(entry_id order by entry_id) as ids from crm.directory_entry where kind = 2) s,
                  (select array_agg(employee_id order by employee_id) as ids from crm.employee) e;
             analyze"
        ))
        .await;
}

/// More to measure by hand.
fn how_many() -> usize {
    std::env::var("OKNO_TEST_CLIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(6_000)
}

async fn step(world: &World, id: Uuid, keep: bool) -> bool {
    let mut tx = world.db.pool.begin().await.unwrap();
    let more = recounts::step::<PotentialCount>(&mut tx, id).await.unwrap();
    if keep {
        tx.commit().await.unwrap()
    } else {
        tx.rollback().await.unwrap()
    }
    more
}

// acceptance: PT-2
#[tokio::test]
async fn new_settings_count_everybody_in_the_background() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let root = world.department("Компания", None).await;
    for number in 0..20 {
        let department = world.department(&format!("Отдел {number}"), Some(root)).await;
        world.employee(&format!("seller{number}"), &[Role::Operator], &[department]).await;
    }
    let all = how_many();
    put(world, all).await;
    let weights = [("importance", "1", "2"), ("importance", "2", "0.5"), ("solvency", "3", "1.1")];
    let fields = ["importance", "solvency", "segment_id", "kind"];
    let begun =
        set_up(&desk, &fields, vec![own("", Some("100"), &weights), own(&root.to_string(), Some("200"), &[])]).await;
    assert_eq!((begun.state, begun.clients_total), (PotentialRecountState::Running.into(), all as u64));
    let id: Uuid = begun.recount_id.parse().unwrap();

    // A stretch, and one that is lost with its process.
    assert!(step(world, id, true).await);
    step(world, id, false).await;
    let half = recount(&desk, &begun.recount_id).await.unwrap();
    assert!(half.clients > 0 && half.percent < 100, "{half:?}");

    // Stopped it goes no further, and goes on where it was.
    let recount_id = || begun.recount_id.clone();
    let request = StopPotentialRecountRequest { recount_id: recount_id() };
    grpc(world).stop_potential_recount(desk.admin.request(request)).await.unwrap();
    assert!(!step(world, id, true).await);
    let request = ResumePotentialRecountRequest { recount_id: recount_id() };
    let resumed = grpc(world).resume_potential_recount(desk.admin.request(request)).await.unwrap().into_inner();
    assert_eq!(resumed.recount.unwrap().clients, half.clients);
    let request = StartPotentialRecountRequest { request_id: Uuid::now_v7().to_string() };
    let refused = grpc(world).start_potential_recount(desk.admin.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::QualityRecountRunning));

    // Work goes on meanwhile.
    let began = Instant::now();
    let saving = async {
        let mut longest = Duration::ZERO;
        for number in 0..20 {
            let saved = Instant::now();
            desk.create(company(&format!("Новый {number}"))).await.unwrap();
            longest = longest.max(saved.elapsed());
        }
        longest
    };
    let (done, longest) = tokio::join!(carry_out(&desk, &begun.recount_id, Duration::from_secs(600)), saving);
    println!("{} clients in {:?}; the slowest save meanwhile took {longest:?}", done.clients, began.elapsed());
    assert_eq!(done.percent, 100);
    let counted = "select count(*) from crm.client_potential p join crm.client c using (client_id)";
    assert_eq!(world.count(counted).await, all as i64 + 20);
    let right = format!(
        "{counted} where p.amount = case when exists (select from crm.employee_department m
                                                      where m.employee_id = c.responsible_employee_id) then 200 else 100 end
                         * case c.importance when 1 then 2 when 2 then 0.5 else 1 end
                         * case c.solvency when 3 then 1.1 else 1 end"
    );
    assert_eq!(world.count(&right).await, all as i64 + 20);
    let began = Instant::now();
    let request = ListPotentialGapsRequest { page_size: 10, ..Default::default() };
    let page = grpc(world).list_potential_gaps(desk.admin.request(request)).await.unwrap().into_inner();
    println!("a page of gaps in {:?}", began.elapsed());
    assert_eq!((page.gaps[0].field.as_str(), page.gaps[0].clients), ("kind", all as u64 + 20));
    assert!(!page.next_page_token.is_empty());
    let began = Instant::now();
    let request = ListClientsRequest { order: ClientOrder::Potential.into(), ..Default::default() };
    let page = desk.clients.list_clients(desk.admin.request(request)).await.unwrap().into_inner();
    println!("a page of clients by potential in {:?}", began.elapsed());
    assert_eq!((page.clients.len(), page.potentials.len()), (50, 50));
    let request = ResumePotentialRecountRequest { recount_id: recount_id() };
    let over = grpc(world).resume_potential_recount(desk.admin.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&over), Some(ErrorReason::QualityRecountOver));
}

#[tokio::test]
async fn each_day_brings_a_recount_by_which_people_who_moved_take_their_clients_along() {
    let desk = Desk::start().await;
    let world = &desk.world;
    housekeeping::once(&world.db.pool).await;
    assert!(recount(&desk, "").await.is_none(), "it was never set up");
    let (sales, service) = (world.department("Продажи", None).await, world.department("Сервис", None).await);
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await.id.to_string();
    let made = client(&desk, "Покупатель 1", &seller, 0, 0).await;
    let departments = vec![own(&sales.to_string(), Some("1"), &[]), own(&service.to_string(), Some("2"), &[])];
    let begun = set_up(&desk, &[], departments).await;
    carry_out(&desk, &begun.recount_id, Duration::from_secs(60)).await;
    world.sql(&format!("update crm.employee_department set department_id = '{service}'")).await;
    assert_eq!(potential_of(world, &desk.admin, &made.client_id).await.unwrap().amount.as_deref(), Some("1.00"));

    housekeeping::once(&world.db.pool).await;
    assert_eq!(recount(&desk, "").await.unwrap().recount_id, begun.recount_id, "today's is done");
    world.sql("update crm.potential_recount set started_at = started_at - interval '1 day'").await;
    housekeeping::once(&world.db.pool).await;
    housekeeping::once(&world.db.pool).await;
    let daily = recount(&desk, "").await.unwrap();
    assert_ne!(daily.recount_id, begun.recount_id);
    assert_eq!(daily.author_employee_id, "", "the system's");
    carry_out(&desk, &daily.recount_id, Duration::from_secs(60)).await;
    assert_eq!(potential_of(world, &desk.admin, &made.client_id).await.unwrap().amount.as_deref(), Some("2.00"));
}

#[tokio::test]
async fn values_without_a_weight_are_reported_with_the_clients_in_sight() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let seller = world.employee("seller", &[Role::Operator], &[]).await.id;
    set_up(&desk, &["importance", "solvency"], vec![own("", Some("1"), &[("importance", "1", "1")])]).await;
    client(&desk, "Первый", &seller.to_string(), 1, 2).await;
    for (name, importance, solvency) in [("Второй", 2, 2), ("Третий", 3, 1), ("Потерянный", 4, 2)]
    {
        client(&desk, name, "", importance, solvency).await;
    }
    world.sql("update crm.client set work_status = 3 where name = 'Потерянный'").await;
    world.restrict().await;
    let gaps = async |by: &Caller| {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = by.request(ListPotentialGapsRequest { page_size: 1, page_token });
            let page = grpc(world).list_potential_gaps(request).await.unwrap().into_inner();
            all.extend(page.gaps.into_iter().map(|gap| (gap.field, gap.value, gap.clients)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    };
    let gap = |field: &str, value: &str, clients| (field.to_owned(), value.to_owned(), clients);
    let all = [gap("solvency", "2", 2), gap("solvency", "1", 1), gap("importance", "3", 1), gap("importance", "2", 1)];
    assert_eq!(gaps(&desk.admin).await, all);
    assert_eq!(gaps(&Caller::operator(seller)).await, [gap("solvency", "2", 1)]);
}

// acceptance: QB-3
#[tokio::test]
async fn the_check_of_potential_lists_clients_without_one_and_with_a_stale_one() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let failing = async || {
        let request = ListQualityFailuresRequest { check: QualityCheck::Potential.into(), ..Default::default() };
        let quality = QualityGrpc { db: world.db.clone() };
        let page = quality.list_quality_failures(desk.admin.request(request)).await.unwrap().into_inner();
        page.failures.into_iter().map(|one| (one.name, one.missing.join(","))).collect::<Vec<_>>()
    };
    let fails = |name: &str, how: &str| (name.to_owned(), format!("potential:{how}"));
    client(&desk, "Альфа", "", 1, 0).await;
    assert!(failing().await.is_empty(), "it was never set up");
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await.id.to_string();
    let begun = set_up(&desk, &["importance"], vec![own(&sales.to_string(), Some("1"), &[])]).await;
    client(&desk, "Бета", &seller, 1, 0).await;
    client(&desk, "Вета", &seller, 1, 0).await;
    assert_eq!(failing().await, [fails("Альфа", "empty")], "not counted yet");
    carry_out(&desk, &begun.recount_id, Duration::from_secs(60)).await;
    assert_eq!(failing().await, [fails("Альфа", "empty")], "without a base amount");
    let old = "update crm.client_potential set counted_at = now() - interval '3 days'
               where client_id = (select client_id from crm.client where name = 'Вета')";
    world.sql(old).await;
    assert_eq!(failing().await, [fails("Альфа", "empty"), fails("Вета", "stale")]);
    let begun = set_up(&desk, &["solvency"], vec![own("", Some("1"), &[])]).await;
    assert_eq!(failing().await.len(), 3, "counted by other settings");
    carry_out(&desk, &begun.recount_id, Duration::from_secs(60)).await;
    assert!(failing().await.is_empty());
    let lost = Client { work_status: contracts::crm::WorkStatus::Lost.into(), ..company("Гамма") };
    desk.create(lost).await.unwrap();
    world.sql("delete from crm.client_potential").await;
    assert_eq!(failing().await.len(), 3, "who is lost is left out");
}
