use std::time::{Duration, Instant};

use contracts::{
    crm::{
        AddressKind, ArchiveContactRequest, Client, ClientAddress, ClientKind, Contact, FieldType, GetQualityRequest,
        ListQualityFailuresRequest, QualityCheck, QualityRecountState, QualityRequirement, QualitySettings,
        ResumeQualityRecountRequest, StartQualityRecountRequest, StopQualityRecountRequest, UpdateCustomFieldRequest,
        contact_service_server::ContactService as _, field_service_server::FieldService as _,
        quality_service_server::QualityService as _,
    },
    errors::ErrorReason,
};
use rpc::reason_of;
use tonic::Code;
use uuid::Uuid;

use super::{administrator, carry_out, grpc, quality, recount, settings, update};
use crate::{
    housekeeping,
    quality::recount::QualityCount,
    recounts,
    tests::{
        cards::{Desk, company, mask},
        world::World,
    },
};

fn phone(value: &str) -> Vec<ClientAddress> {
    vec![ClientAddress { kind: AddressKind::Phone.into(), value: value.into(), ..Default::default() }]
}

// acceptance: QB-2
#[tokio::test]
async fn a_card_is_counted_with_every_change_of_it_and_names_what_is_missing() {
    let desk = Desk::start().await;
    let client = desk.create(company("Покупатель 1")).await.unwrap();
    assert!(quality(&desk, &client.client_id).await.is_none(), "nothing is required: nothing to say");
    let (_, begun) = update(&desk.world, settings(&["inn", "comment"], &["position_id"])).await.unwrap();
    carry_out(&desk.world, &begun.recount_id, Duration::from_secs(60)).await;

    let found = quality(&desk, &client.client_id).await.unwrap();
    let own = found.own.unwrap();
    assert_eq!((own.contact_percent, own.portrait_percent, found.percent), (Some(0), Some(0), Some(0.0)));
    assert_eq!(own.missing_contact, ["addresses:phone", "contacts"]);
    assert_eq!(own.missing_portrait, ["inn", "comment"]);

    let filled = Client {
        client_id: client.client_id.clone(),
        inn: "9999000013".into(),
        comment: "нет".into(),
        addresses: phone("+7 999 000-00-01"),
        ..Client::default()
    };
    desk.update(filled, &["inn", "comment", "addresses"]).await.unwrap();
    let found = quality(&desk, &client.client_id).await.unwrap();
    let own = found.own.unwrap();
    assert_eq!((own.contact_percent, own.portrait_percent, found.percent), (Some(50), Some(50), Some(50.0)));
    assert_eq!(own.missing_portrait, ["comment"], "what says no is not filled");

    let contact =
        Contact { client_id: client.client_id.clone(), surname: "Иванова".into(), ..Contact::default() };
    let contact = desk.contact(contact).await.unwrap();
    let found = quality(&desk, &client.client_id).await.unwrap();
    // Own record: 100 and 50. The contact: 0 and 0.
    assert_eq!((found.own.unwrap().contact_percent, found.percent), (Some(100), Some(37.5)));
    assert_eq!(found.contacts[0].contact_id, contact.contact_id);
    let mark = found.contacts[0].mark.clone().unwrap();
    assert_eq!((mark.missing_contact, mark.missing_portrait), (required_names(), vec!["position_id".to_owned()]));

    let typed = Contact { addresses: phone("+7 999 000-00-02"), ..contact.clone() };
    desk.change_contact(typed, &["addresses"]).await.unwrap();
    // The contact: 100 and 0.
    assert_eq!(quality(&desk, &client.client_id).await.unwrap().percent, Some(62.5));

    let request = ArchiveContactRequest { contact_id: contact.contact_id, etag: String::new() };
    desk.contacts.archive_contact(desk.admin.request(request)).await.unwrap();
    let found = quality(&desk, &client.client_id).await.unwrap();
    assert_eq!((found.percent, found.contacts.len()), (Some(50.0), 0), "who is archived does not count");
}

fn required_names() -> Vec<String> {
    vec!["addresses:phone".to_owned()]
}

#[tokio::test]
async fn companies_and_people_have_their_own_requirements() {
    let desk = Desk::start().await;
    let wanted = QualitySettings { person: None, ..settings(&["inn"], &[]) };
    update(&desk.world, wanted).await.unwrap();
    let buyer = desk.create(company("Покупатель 1")).await.unwrap();
    let person = Client { name: "Покупатель 2".into(), kind: ClientKind::Person.into(), ..Client::default() };
    let person = desk.create(person).await.unwrap();
    assert_eq!(quality(&desk, &buyer.client_id).await.unwrap().percent, Some(0.0));
    assert!(quality(&desk, &person.client_id).await.is_none(), "not set up, not 100 %");
}

#[tokio::test]
async fn settings_name_what_there_is_each_once_and_only_the_newest_version_is_changed() {
    let desk = Desk::start().await;
    let field = desk.field("Касса", FieldType::Text, |_| {}).await;
    let own = format!("custom_values:{}", field.field_id);
    let heavy = |weight| {
        let mut wanted = settings(&["inn"], &[]);
        wanted.company.as_mut().unwrap().portrait = vec![QualityRequirement { field: "inn".into(), weight }];
        wanted
    };
    let bad = [
        settings(&["inn", "inn"], &[]),
        settings(&["shoe_size"], &[]),
        settings(&[], &["inn"]),
        settings(&[], &[&own]), // of clients
        settings(&["addresses:phone"], &[]),
        heavy(101),
    ];
    for wanted in bad {
        let refused = update(&desk.world, wanted.clone()).await.unwrap_err().code();
        assert!(matches!(refused, Code::InvalidArgument | Code::NotFound), "{wanted:?}: {refused:?}");
    }
    let (kept, _) = update(&desk.world, settings(&["inn", &own], &["birthday"])).await.unwrap();
    assert_eq!(kept.company.clone().unwrap().portrait.len(), 2);
    let stale = QualitySettings { etag: kept.etag.clone(), ..settings(&["inn"], &[]) };
    update(&desk.world, stale.clone()).await.unwrap();
    assert_eq!(update(&desk.world, stale).await.unwrap_err().code(), Code::Aborted);

    // A field that is archived is required no more.
    update(&desk.world, settings(&[&own], &[])).await.unwrap();
    let archived = contracts::crm::CustomField { archived: true, ..field };
    let request = UpdateCustomFieldRequest { field: Some(archived), update_mask: mask(&["archived"]) };
    desk.fields.update_custom_field(desk.admin.request(request)).await.unwrap();
    let client = desk.create(company("Покупатель 1")).await.unwrap();
    assert_eq!(quality(&desk, &client.client_id).await.unwrap().own.unwrap().portrait_percent, None);
}

/// Clients without anything in them, half of them with a contact.
async fn put(world: &World, count: usize) {
    world
        .sql(&format!(
            "insert into crm.client (client_id, name, search_name, kind, inn, request_sha256)
             select gen_random_uuid(), 'Покупатель ' || n, 'покупатель ' || n, 2, case when n % 2 = 0 then '9999000013' else '' end, ''
             from generate_series(1, {count}) n;
             insert into crm.contact (contact_id, client_id, surname, name, search_name, request_sha256)
             select gen_random_uuid(), client_id, 'Иванова', 'Иванова', 'иванова', '' from crm.client where inn <> '';
             insert into crm.address (client_id, contact_id, kind, normalized, value)
             select client_id, contact_id, 1, '79990000001', '+7 999 000-00-01' from crm.contact;
             analyze"
        ))
        .await;
}

/// More to measure by hand.
fn how_many() -> usize {
    std::env::var("OKNO_TEST_CLIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

// acceptance: QB-1, QB-7
#[tokio::test]
async fn a_change_of_what_is_required_counts_everybody_in_the_background() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let all = how_many();
    put(world, all).await;
    let (_, begun) = update(world, settings(&["inn"], &["surname"])).await.unwrap();
    assert_eq!((begun.state, begun.clients_total), (QualityRecountState::Running.into(), all as u64));
    let id: Uuid = begun.recount_id.parse().unwrap();

    // A stretch, and one that is lost with its process.
    let mut tx = world.db.pool.begin().await.unwrap();
    assert!(recounts::step::<QualityCount>(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    recounts::step::<QualityCount>(&mut tx, id).await.unwrap();
    tx.rollback().await.unwrap();
    let half = recount(world, &begun.recount_id).await.unwrap();
    assert!(half.clients > 0 && half.percent > 0 && half.percent < 100 || all > 50_000, "{half:?}");

    // Stopped it goes no further, and goes on where it was.
    let recount_id = || begun.recount_id.clone();
    let request = StopQualityRecountRequest { recount_id: recount_id() };
    grpc(world).stop_quality_recount(desk.admin.request(request)).await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    assert!(!recounts::step::<QualityCount>(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    let request = ResumeQualityRecountRequest { recount_id: recount_id() };
    let resumed = grpc(world).resume_quality_recount(desk.admin.request(request)).await.unwrap().into_inner();
    assert_eq!(resumed.recount.unwrap().clients, half.clients);
    let request = StartQualityRecountRequest { request_id: Uuid::now_v7().to_string() };
    let refused = grpc(world).start_quality_recount(desk.admin.request(request)).await.unwrap_err();
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
    let (done, longest) = tokio::join!(carry_out(world, &begun.recount_id, Duration::from_secs(600)), saving);
    println!("{} clients in {:?}; the slowest save meanwhile took {longest:?}", done.clients, began.elapsed());
    assert_eq!(done.percent, 100);
    let counted = "select count(*) from crm.client_quality q join crm.client c using (client_id)";
    assert_eq!(world.count(counted).await, all as i64 + 20);
    // With the INN: 0 and 100 of its own, 100 and 100 of its contact. Without: 0 and 0.
    let right = format!("{counted} where percent = case when inn <> '' then 75 else 0 end");
    assert_eq!(world.count(&right).await, all as i64 + 20);
    assert_eq!(world.count("select count(*) from crm.timer where kind = 'quality_recount'").await, 0);
    let began = Instant::now();
    grpc(world).get_quality(desk.admin.request(GetQualityRequest::default())).await.unwrap();
    let figures = began.elapsed();
    let began = Instant::now();
    let request = ListQualityFailuresRequest { check: QualityCheck::Portrait.into(), ..Default::default() };
    grpc(world).list_quality_failures(desk.admin.request(request)).await.unwrap();
    println!("figures in {figures:?}, a page of those who fail in {:?}", began.elapsed());
    let request = ResumeQualityRecountRequest { recount_id: recount_id() };
    let over = grpc(world).resume_quality_recount(desk.admin.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&over), Some(ErrorReason::QualityRecountOver));
}

#[tokio::test]
async fn new_settings_replace_a_recount_and_each_night_brings_one() {
    let world = World::start().await;
    housekeeping::once(&world.db.pool).await;
    assert!(recount(&world, "").await.is_none(), "nothing was ever required");
    let (kept, first) = update(&world, settings(&["inn"], &[])).await.unwrap();
    let (_, second) = update(&world, QualitySettings { etag: kept.etag, ..settings(&["kpp"], &[]) }).await.unwrap();
    assert_eq!(recount(&world, &first.recount_id).await.unwrap().state, i32::from(QualityRecountState::Stopped));
    let request = ResumeQualityRecountRequest { recount_id: first.recount_id };
    let over = grpc(&world).resume_quality_recount(administrator(&world).request(request)).await.unwrap_err();
    assert_eq!(reason_of(&over), Some(ErrorReason::QualityRecountOver), "the settings are others by now");
    carry_out(&world, &second.recount_id, Duration::from_secs(60)).await;

    housekeeping::once(&world.db.pool).await;
    assert_eq!(recount(&world, "").await.unwrap().recount_id, second.recount_id, "today's is done");
    world.sql("update crm.quality_recount set started_at = started_at - interval '1 day'").await;
    housekeeping::once(&world.db.pool).await;
    housekeeping::once(&world.db.pool).await;
    let nightly = recount(&world, "").await.unwrap();
    assert_ne!(nightly.recount_id, second.recount_id);
    assert_eq!(nightly.author_employee_id, "", "the system's");
    assert_eq!(world.count("select count(*) from crm.quality_recount").await, 3);
}
