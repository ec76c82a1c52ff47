//! Exports: gathered here, packed by router, given to whoever asked for the link, removed after their days or with the person.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    crm::{
        CreatePersonalExportLinkRequest, CreatePersonalExportLinkResponse, GetPersonalExportRequest, PersonalExport,
        PersonalExportState, RequestPersonalExportRequest, TakePersonalExportRequest,
        personal_data_service_server::PersonalDataService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Desk, Role, ask, go_on, grpc, preview, router_is_done, signed_in};
use crate::{clock, personal::export::step, tests::world::World};

async fn request(world: &World, by: &Caller, id: Uuid, client: &str) -> Result<PersonalExport, Status> {
    let request = RequestPersonalExportRequest { request_id: id.to_string(), client_id: client.to_owned() };
    Ok(grpc(world).request_personal_export(by.request(request)).await?.into_inner().export.unwrap())
}

async fn get(world: &World, by: &Caller, id: Uuid) -> PersonalExport {
    let request = GetPersonalExportRequest { export_id: id.to_string() };
    grpc(world).get_personal_export(by.request(request)).await.unwrap().into_inner().export.unwrap()
}

async fn link(world: &World, by: &Caller, id: Uuid) -> Result<CreatePersonalExportLinkResponse, Status> {
    let request = CreatePersonalExportLinkRequest { export_id: id.to_string() };
    Ok(grpc(world).create_personal_export_link(by.request(request)).await?.into_inner())
}

async fn take(world: &World, by: &Caller, id: Uuid, path: &str) -> Result<Vec<u64>, Status> {
    let secret = path.rsplit('/').next().unwrap().to_owned();
    let request = TakePersonalExportRequest { export_id: id.to_string(), secret };
    let taken = grpc(world).take_personal_export(by.request(request)).await?.into_inner();
    Ok(taken.pieces.iter().map(|piece| piece.size_bytes).collect())
}

async fn carry_on(world: &World, id: Uuid, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut tx = world.db.pool.begin().await.unwrap();
    let next = step::step(&mut tx, id, now).await.unwrap();
    tx.commit().await.unwrap();
    next
}

/// As router answers an order.
async fn router_packs(world: &World, id: Uuid) {
    for sql in [
        format!("insert into inbox_read.personal_export values ('{id}', '{{\"message\": 7}}', 1500, true)"),
        format!("insert into inbox_read.personal_export_piece values ('{id}', 1, '{}', 500)", Uuid::now_v7()),
        format!("insert into inbox_read.personal_export_piece values ('{id}', 0, '{}', 1000)", Uuid::now_v7()),
    ] {
        world.sql(&sql).await;
    }
}

async fn ready(world: &World, by: &Caller, client: &str) -> Uuid {
    let id = Uuid::now_v7();
    request(world, by, id, client).await.unwrap();
    carry_on(world, id, Utc::now()).await;
    router_packs(world, id).await;
    carry_on(world, id, Utc::now()).await;
    id
}

fn not_found(refused: &Status) -> bool {
    (refused.code(), reason_of(refused)) == (Code::NotFound, Some(ErrorReason::ExportNotFound))
}

// acceptance: XC-8
#[tokio::test]
async fn what_is_gathered_is_of_one_person_and_its_link_is_for_whoever_asked() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let second = world.employee("second", &[Role::Administrator], &[]).await;
    let second = signed_in(Caller::administrator(second.id));
    let person = desk.person("Щукаревич", "+7 999 000-00-51").await;
    let other = desk.person("Карасевич", "+7 999 000-00-52").await;
    world
        .sql(&format!(
            "insert into crm.visit_step (account_id, guest_id, visit_id, step_id, at, kind, path, search_text, title, seconds, name,
                                         left_name, left_phone, left_email)
             select s.account_id, s.guest_id, s.visit_id, gen_random_uuid(), s.at, 2, '/shared', '', '', 0, '', 'Чужая', s.left_phone, a.normalized
             from crm.visit_step s, crm.address a
             where s.left_phone = '79990000051' and a.kind = 2 and a.client_id = '{}' limit 1",
            other.client
        ))
        .await;
    let (id, now) = (Uuid::now_v7(), clock::now());
    let asked = request(world, &admin, id, &person.client).await.unwrap();
    assert!(asked.state() == PersonalExportState::Running && !asked.seen.is_empty());
    assert_eq!(request(world, &admin, id, &person.client).await.unwrap().export_id, id.to_string(), "repeated");
    let twice = request(world, &second, Uuid::now_v7(), &person.client).await.unwrap_err();
    assert_eq!(reason_of(&twice), Some(ErrorReason::ExportState));
    assert_eq!(world.count("select count(*) from crm_read.personal_export").await, 0, "nothing is gathered yet");
    assert!(carry_on(world, id, now).await.is_some());
    let texts = "select string_agg(name || convert_from(body, 'UTF8'), ' ' order by ordinal) from crm_read.personal_export_part";
    let texts: String = sqlx::query_scalar(texts).fetch_one(&world.db.pool).await.unwrap();
    let words = [
        "card/client.json",
        "Иван Петрович Щукаревичов",
        "Любит Щукаревич",
        "999 000-00-51",
        "card/contacts.json",
        "Щукаревичова",
        "history.json",
        "forms.json",
        "\"left_phone\": \"79990000051\"",
        "Иван Щукаревичов",
        "imported rows.json",
        "Сказал Щукаревич",
    ];
    for word in words {
        assert!(texts.contains(word), "{word} in {texts}");
    }
    assert!(!texts.contains("Карасевич") && !texts.contains("999 000-00-52"), "{texts}");
    assert!(!texts.contains("79990000052"), "{texts}");
    assert!(texts.contains("/shared") && !texts.contains("Чужая"), "what is another's, too: {texts}");

    assert_eq!(reason_of(&link(world, &admin, id).await.unwrap_err()), Some(ErrorReason::ExportState));
    router_packs(world, id).await;
    let until = carry_on(world, id, now).await.unwrap();
    assert_eq!(until, now + TimeDelta::days(7));
    let ready = get(world, &admin, id).await;
    assert_eq!((ready.state(), ready.size_bytes), (PersonalExportState::Ready, 1500));
    assert_eq!(world.count("select count(*) from crm.personal_export_part").await, 0, "it is packed");
    let given = link(world, &admin, id).await.unwrap();
    assert!(not_found(&take(world, &second, id, &given.path).await.unwrap_err()), "another's link");
    assert!(not_found(&take(world, &admin, id, "/exports/x/guess").await.unwrap_err()));
    world.sql("alter table crm.access rename to access_away").await;
    assert_eq!(take(world, &admin, id, &given.path).await.unwrap_err().code(), Code::Unavailable);
    world.sql("alter table crm.access_away rename to access").await;
    assert_eq!(get(world, &admin, id).await.downloads, 0, "what is not on record is no download");
    assert_eq!(take(world, &admin, id, &given.path).await.unwrap(), [1000, 500], "in their order");
    assert_eq!(get(world, &admin, id).await.downloads, 1);
    let fetched = format!("select count(*) from crm.access where kind = 5 and subject_id = '{}'", person.client);
    assert_eq!(world.count(&fetched).await, 1, "the download is in the log, its refusals are not");
    world.sql("update crm.personal_export set link_until = now() - interval '1 s'").await;
    assert!(not_found(&take(world, &admin, id, &given.path).await.unwrap_err()), "it is over");

    assert_eq!(carry_on(world, id, now + TimeDelta::days(6)).await, Some(until));
    assert_eq!(carry_on(world, id, until).await, None);
    assert_eq!(get(world, &admin, id).await.state(), PersonalExportState::Removed);
    assert_eq!(world.count("select count(*) from crm_read.personal_export").await, 0, "router removes it");
    let audited = ["export.ask", "export.ready", "export.link", "export.download", "export.expire"];
    assert_eq!(world.audited(id).await, audited);
}

#[tokio::test]
async fn an_erasure_takes_the_exports_of_the_person_with_it() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let person = desk.person("Щукаревич", "+7 999 000-00-53").await;
    let packed = ready(world, &admin, &person.client).await;
    let given = link(world, &admin, packed).await.unwrap();
    let running = Uuid::now_v7();
    request(world, &admin, running, &person.client).await.unwrap();
    carry_on(world, running, Utc::now()).await;
    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await);
    ask(world, &admin, id, &person.client, seen.records).await.unwrap();
    let refused = request(world, &admin, Uuid::now_v7(), &person.client).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ErasureState));
    router_is_done(world, id).await;
    assert!(!go_on(world, id).await);
    for export in [packed, running] {
        assert_eq!(get(world, &admin, export).await.state(), PersonalExportState::Removed);
    }
    assert!(not_found(&take(world, &admin, packed, &given.path).await.unwrap_err()));
    let left =
        "select (select count(*) from crm.personal_export_part) + (select count(*) from crm_read.personal_export)";
    assert_eq!(world.count(left).await, 0);
}
