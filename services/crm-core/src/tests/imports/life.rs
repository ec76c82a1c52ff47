//! An import from its file to its end.

use contracts::{
    crm::{
        Client, ClientKind, DirectoryKind, FieldObject, FieldType, GetClientRequest, ImportDoubles, ImportFileProblem,
        ImportMapping, ImportOutcome, ImportReason, ImportState, ListContactsRequest, ReadImportRequest,
        ResumeImportRequest, StopImportRequest, client_service_server::ClientService as _,
        contact_service_server::ContactService as _, custom_value::Value, import_service_server::ImportService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use uuid::Uuid;

use super::{Importer, counts};
use crate::{
    imports,
    tests::{cards::Desk, world::World},
};

async fn client(desk: &Desk, id: &str) -> Client {
    let request = GetClientRequest { client_id: id.into() };
    desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap()
}

// acceptance: CL-13, DD-2
#[tokio::test]
async fn a_spreadsheet_becomes_clients_with_all_that_clients_have() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let seller = world.operator("seller").await;
    let region = desk.entry(DirectoryKind::Region, "Урал").await;
    let tag = desk.entry(DirectoryKind::Tag, "Выставка").await;
    let floor = desk.field("Этаж", FieldType::Number, |_| ()).await;
    desk.field("Пропуск", FieldType::YesNo, |field| field.object = FieldObject::Contact.into()).await;
    let importer = Importer::administrator(world);
    let file = "Наименование;ИНН;Телефон;Контактное лицо;Телефон контакта;Ответственный;Регион;Этаж;Теги;Пропуск\r\n\
                ООО Ромашка;7707083893;8 (999) 000-00-01;Иванова Анна;+7 999 000-00-02;seller;Урал;3;Выставка;да\r\n\
                ;;;;;;;;;\r\n\
                Петров Петр;;нет телефона;;;никто;Луна;три;;\r\n\
                Сидоров Сидор;;+7 999 000-00-03;;;;;;;\r\n\
                ООО \"\"Ромашка\"\";;;;;;;;;\r\n";
    let (file, ..) = encoding_rs::WINDOWS_1251.encode(file);
    let read = importer.read(&file).await;
    assert_eq!(read.state, i32::from(ImportState::Ready), "{read:?}");
    assert_eq!((read.format.as_str(), read.encoding.as_str(), read.rows_total), ("csv", "windows-1251", 4));
    assert_eq!(read.columns[2].samples[0], "8 (999) 000-00-01");
    assert_eq!(world.count("select count(*) from crm.import_part").await, 0, "the file is gone");
    let guessed = read.mapping.clone().unwrap();
    assert_eq!(guessed.columns.len(), 10, "{guessed:?}");

    let mapping = ImportMapping { tag_ids: vec![tag.clone()], ..guessed };
    importer.map(&read.import_id, mapping).await.unwrap();
    let tried = importer.run(&read.import_id, true).await;
    assert_eq!((counts(&tried), tried.rows_done), ([2, 0, 1, 1], 4));
    assert_eq!(world.count("select count(*) from crm.client").await, 0, "a dry run makes nothing");
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [2, 0, 1, 1]);

    let rows = importer.rows(&read.import_id, &[]).await;
    assert_eq!(rows.iter().map(|row| row.row_number).collect::<Vec<_>>(), [4, 6]);
    let fields: Vec<_> = rows[0].problems.iter().map(|problem| problem.field.as_str()).collect();
    let custom = format!("custom_values:{}", floor.field_id);
    assert_eq!(fields, ["addresses:phone", "responsible", "region", custom.as_str()]);
    assert_eq!(rows[0].cells[2], "нет телефона");
    assert_eq!((rows[1].other_row_number, rows[1].problems[0].reason), (2, ImportReason::SameRow.into()));

    let made = importer.rows(&read.import_id, &[ImportOutcome::Made]).await;
    let company = client(&desk, &made[0].client_id).await;
    assert_eq!((company.name.as_str(), company.kind), ("ООО Ромашка", ClientKind::Company.into()));
    assert_eq!((&company.responsible_employee_id, &company.region_id), (&seller.id.to_string(), &region));
    assert_eq!((company.addresses[0].key.as_str(), &company.tag_ids), ("79990000001", &vec![tag]));
    assert_eq!(company.custom_values[0].value, Some(Value::Number(3.0)));
    let request = ListContactsRequest { client_id: company.client_id.clone(), ..Default::default() };
    let contacts = desk.contacts.list_contacts(desk.admin.request(request)).await.unwrap().into_inner().contacts;
    assert_eq!((contacts[0].surname.as_str(), &contacts[0].contact_id), ("Иванова", &company.main_contact_id));
    assert_eq!(contacts[0].addresses[0].key, "79990000002");
    assert_eq!(contacts[0].custom_values[0].value, Some(Value::Yes(true)));
    assert_eq!(client(&desk, &made[1].client_id).await.kind, i32::from(ClientKind::Person));

    let id: Uuid = company.client_id.parse().unwrap();
    assert_eq!(world.audited(id).await, ["client.create"]);
    let import: Uuid = read.import_id.parse().unwrap();
    let wanted = ["create", "start", "end", "start", "end"].map(|word| format!("client_import.{word}"));
    assert_eq!(world.audited(import).await, wanted);
    assert_eq!(world.count("select count(*) from crm.contract where is_main").await, 2);
    let told = "select count(*) from crm.outbox where position(convert_to('CLIENT', 'UTF8') in payload) > 0";
    let told = told.replace("CLIENT", &company.client_id);
    assert_eq!(world.count(&told).await, 2, "of the client and of its contact");
}

#[tokio::test]
async fn files_come_in_parts_and_within_bounds() {
    let world = World::start().await;
    let importer = Importer::administrator(&world);
    let id = importer.create().await;
    let reason = |status: tonic::Status| reason_of(&status);
    let empty = importer.grpc.read_import(importer.by.request(ReadImportRequest { import_id: id.clone() })).await;
    assert_eq!(reason(empty.unwrap_err()), Some(ErrorReason::InvalidField));
    assert_eq!(importer.append(&id, 0, b"name;phone\n").await.unwrap(), 11);
    assert_eq!(importer.append(&id, 0, b"name;phone\n").await.unwrap(), 11, "a repeat");
    assert_eq!(reason(importer.append(&id, 0, b"other").await.unwrap_err()), Some(ErrorReason::InvalidField));
    assert_eq!(reason(importer.append(&id, 12, b"gap").await.unwrap_err()), Some(ErrorReason::InvalidField));
    assert_eq!(reason(importer.append(&id, 11, b"").await.unwrap_err()), Some(ErrorReason::InvalidField));
    let large = vec![b'a'; (1 << 20) + 1];
    assert_eq!(reason(importer.append(&id, 11, &large).await.unwrap_err()), Some(ErrorReason::InvalidField));
    world.sql(&format!("update crm.import set size_bytes = {} where import_id = '{id}'", 50 << 20)).await;
    assert_eq!(reason(importer.append(&id, 50 << 20, b"x").await.unwrap_err()), Some(ErrorReason::InvalidField));
    assert_eq!(reason(importer.start(&id, true).await.unwrap_err()), Some(ErrorReason::ImportState));

    let broken = importer.read(b"PK\x03\x04 no archive").await;
    assert_eq!((broken.state, broken.problem), (ImportState::Failed.into(), ImportFileProblem::Broken.into()));
    let left = format!("select count(*) from crm.import_part where import_id <> '{id}'");
    assert_eq!(world.count(&left).await, 0);
}

#[tokio::test]
async fn what_columns_mean_is_checked_before_anything_begins() {
    let world = World::start().await;
    let importer = Importer::administrator(&world);
    let read = importer.read(b"+7 999 000-00-01;Anna\n+7 999 000-00-02;Bella\n").await;
    let guessed = read.mapping.unwrap();
    assert!(!guessed.heading && guessed.columns[0].target == "addresses:phone", "{guessed:?}");
    let reason = |status: tonic::Status| reason_of(&status);
    assert_eq!(reason(importer.start(&read.import_id, true).await.unwrap_err()), Some(ErrorReason::InvalidField));
    let mut unknown = guessed.clone();
    unknown.columns[0].target = "nothing".into();
    assert_eq!(reason(importer.map(&read.import_id, unknown).await.unwrap_err()), Some(ErrorReason::InvalidField));
    let nobody = ImportMapping { responsible_employee_id: Uuid::now_v7().to_string(), ..guessed.clone() };
    assert_eq!(reason(importer.map(&read.import_id, nobody).await.unwrap_err()), Some(ErrorReason::EmployeeNotFound));
    let no_tag = ImportMapping { tag_ids: vec![Uuid::now_v7().to_string()], ..guessed };
    assert_eq!(
        reason(importer.map(&read.import_id, no_tag).await.unwrap_err()),
        Some(ErrorReason::DirectoryEntryNotFound)
    );
}

fn many(rows: usize) -> String {
    let line = |n: usize| {
        format!("Клиент {n};+7 999 {:03}-{:02}-{:02};k{n}@example.com\n", n / 10_000, n / 100 % 100, n % 100)
    };
    "Имя клиента;Телефон;E-mail\n".to_owned() + &(0..rows).map(line).collect::<String>()
}

/// More to measure by hand.
fn how_many() -> usize {
    std::env::var("OKNO_TEST_CLIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_200)
}

#[tokio::test]
async fn an_import_is_stopped_resumed_and_survives_a_crash() {
    let world = World::start().await;
    let importer = Importer::administrator(&world);
    let all = how_many();
    let read = importer.read(many(all).as_bytes()).await;
    let id: Uuid = read.import_id.parse().unwrap();
    importer.start(&read.import_id, false).await.unwrap();

    // A stretch, and one that is lost with its process.
    let mut tx = world.db.pool.begin().await.unwrap();
    assert!(imports::step(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    imports::step(&mut tx, id).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(counts(&importer.get(&read.import_id).await)[0], 1_000);

    // Stopped it goes no further, and goes on where it was.
    let request = StopImportRequest { import_id: read.import_id.clone() };
    importer.grpc.stop_import(importer.by.request(request)).await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    assert!(!imports::step(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    let request = ResumeImportRequest { import_id: read.import_id.clone() };
    importer.grpc.resume_import(importer.by.request(request)).await.unwrap();
    let began = std::time::Instant::now();
    let done = importer.until(&read.import_id, &[ImportState::Done]).await;
    println!("{all} rows: {:?}", began.elapsed());
    assert_eq!(counts(&done), [all as u64, 0, 0, 0]);
    assert_eq!(world.count("select count(*) from crm.client").await, i64::try_from(all).unwrap());

    // Once more everybody is there.
    let again = importer.import(&many(700), ImportDoubles::LeaveOut).await;
    assert_eq!(counts(&again), [0, 0, 700, 0]);
}

#[tokio::test]
async fn rows_are_forgotten_after_a_month_and_one_import_of_an_author_runs_at_a_time() {
    let world = World::start().await;
    let seller = world.operator("seller").await;
    let importer = Importer::new(&world, Caller::operator(seller.id));
    let (one, other) = (importer.read(many(10).as_bytes()).await, importer.read(many(10).as_bytes()).await);
    importer.start(&one.import_id, false).await.unwrap();
    let refused = importer.start(&other.import_id, false).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ImportRunning));
    importer.until(&one.import_id, &[ImportState::Done]).await;
    imports::forget_old(&world.db.pool).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.import_row").await, 22);
    world.sql("update crm.import set ended_at = ended_at - interval '31 days'").await;
    imports::forget_old(&world.db.pool).await.unwrap();
    assert_eq!(world.count("select count(*) from crm.import_row").await, 11, "of the one that waits");
    assert_eq!(world.count("select count(*) from crm.client").await, 10);
}

#[tokio::test]
async fn a_dismissed_author_s_import_stands_still() {
    let world = World::start().await;
    let seller = world.operator("seller").await;
    let importer = Importer::new(&world, Caller::operator(seller.id));
    let read = importer.read(many(10).as_bytes()).await;
    importer.start(&read.import_id, false).await.unwrap();
    world.sql(&format!("update crm.employee set dismissed = true where employee_id = '{}'", seller.id)).await;
    let stopped = importer.until(&read.import_id, &[ImportState::Stopped, ImportState::Done]).await;
    assert_eq!((stopped.state, stopped.rows_made), (ImportState::Stopped.into(), 0));
}
