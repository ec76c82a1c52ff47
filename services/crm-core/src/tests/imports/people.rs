//! Rows that are contacts.

use contracts::crm::{
    AddressKind, Client, ClientAddress, Contact, DirectoryKind, GetClientRequest, Import, ImportDoubles, ImportMapping,
    ImportOutcome, ImportReason, ImportRowKind, ListContactsRequest, client_service_server::ClientService as _,
    contact_service_server::ContactService as _,
};
use rpc::Caller;

use super::{Importer, counts};
use crate::tests::cards::{Desk, company};

async fn client(desk: &Desk, id: &str) -> Client {
    let request = GetClientRequest { client_id: id.into() };
    desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap()
}

async fn people(desk: &Desk, client: &str) -> Vec<Contact> {
    let request = ListContactsRequest { client_id: client.into(), ..Default::default() };
    desk.contacts.list_contacts(desk.admin.request(request)).await.unwrap().into_inner().contacts
}

fn phone(value: &str) -> ClientAddress {
    ClientAddress { kind: AddressKind::Phone.into(), value: value.into(), ..Default::default() }
}

/// Somebody at this client.
async fn somebody(desk: &Desk, client: &Client, surname: &str, given: &str, number: &str) -> Contact {
    let contact = Contact {
        client_id: client.client_id.clone(),
        surname: surname.into(),
        given_name: given.into(),
        addresses: vec![phone(number)],
        ..Default::default()
    };
    desk.contact(contact).await.unwrap()
}

/// A file of contacts that is read, with what its columns seem to mean.
async fn mapped(importer: &Importer<'_>, file: &str, change: impl FnOnce(&mut ImportMapping)) -> Import {
    let read = importer.read(file.as_bytes()).await;
    let mut mapping = read.mapping.clone().unwrap();
    (mapping.row_kind, mapping.columns) = (ImportRowKind::Contact.into(), read.contact_columns.clone());
    change(&mut mapping);
    importer.map(&read.import_id, mapping).await.unwrap()
}

fn treated(doubles: ImportDoubles) -> impl FnOnce(&mut ImportMapping) {
    move |mapping| mapping.doubles = doubles.into()
}

fn reasons(row: &contracts::crm::ImportRow) -> Vec<(ImportReason, &str)> {
    row.problems.iter().map(|problem| (problem.reason(), problem.field.as_str())).collect()
}

const FILE: &str = "ФИО;Должность;Телефон;E-mail;Компания;ИНН\n\
                    Иванова Анна;Директор;+7 999 000-00-01;anna@example.com;;7707083893\n\
                    Петров Пётр;;+7 999 000-00-02;;ООО «Вектор»;\n\
                    Сидорова Ольга;;+7 999 000-00-02;;Вектор;\n\
                    Анна Иванова;;;;Ромашка;\n\
                    Одинокий Олег;;+7 999 000-00-05;;;\n\
                    Орлова Вера;Космонавт;;;Вектор;\n\
                    ;;+7 999 000-00-07;;Вектор;\n\
                    Иванова Анна;;;;Вектор;\n\
                    Петров П.;;+7 999 000-00-02;;Сокол;\n";

// acceptance: CL-13, DD-2
#[tokio::test]
async fn a_sheet_of_people_becomes_contacts_of_clients_that_are_there_and_of_new_ones() {
    let desk = Desk::start().await;
    let position = desk.entry(DirectoryKind::Position, "Директор").await;
    let there = desk.create(Client { inn: "7707083893".into(), ..company("ООО «Ромашка»") }).await.unwrap();
    let importer = Importer::administrator(&desk.world);
    let read = mapped(&importer, FILE, |_| ()).await;
    let tried = importer.run(&read.import_id, true).await;
    assert_eq!((counts(&tried), desk.world.count("select count(*) from crm.contact").await), ([4, 0, 2, 3], 0));
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [4, 0, 2, 3], "as the dry run said");

    let theirs = people(&desk, &there.client_id).await;
    let anna = &theirs[0];
    assert_eq!(theirs.len(), 1);
    assert_eq!((anna.name.as_str(), &anna.position_id), ("Иванова Анна", &position));
    assert_eq!(anna.addresses.len(), 2);
    let owner = client(&desk, &there.client_id).await;
    assert_eq!(owner.main_contact_id, anna.contact_id, "the first one is the main one");
    assert_eq!(desk.world.audited(there.client_id.parse().unwrap()).await, ["client.create", "client.update"]);
    assert_eq!(desk.world.audited(anna.contact_id.parse().unwrap()).await, ["contact.create"]);

    let made = importer.rows(&done.import_id, &[ImportOutcome::Made]).await;
    assert_eq!((&made[0].contact_id, &made[0].client_id), (&anna.contact_id, &there.client_id));
    let vector = client(&desk, &made[1].client_id).await;
    assert_eq!((vector.name.as_str(), &vector.main_contact_id), ("ООО «Вектор»", &made[1].contact_id));
    let mut names: Vec<_> = people(&desk, &vector.client_id).await.into_iter().map(|one| one.name).collect();
    names.sort();
    let wanted = ["Иванова Анна", "Петров Пётр", "Сидорова Ольга"];
    assert_eq!(names, wanted, "one company, a phone of the office, a namesake");
    assert_eq!(desk.world.count("select count(*) from crm.client").await, 2);

    let refused = importer.rows(&done.import_id, &[ImportOutcome::Refused]).await;
    let told: Vec<_> = refused.iter().map(|row| (row.row_number, reasons(row))).collect();
    assert_eq!(
        told,
        [
            (6, vec![(ImportReason::NoClient, "name")]),
            (7, vec![(ImportReason::Unknown, "contact.position")]),
            (8, vec![(ImportReason::Invalid, "contact.name")]),
        ]
    );
    let doubles = importer.rows(&done.import_id, &[ImportOutcome::Double]).await;
    let told: Vec<_> = doubles.iter().map(|row| (row.row_number, row.other_row_number, reasons(row))).collect();
    let wanted = [(5, 2, vec![(ImportReason::SameRow, "name")]), (10, 3, vec![(ImportReason::SameRow, "phone")])];
    assert_eq!(told, wanted, "a client is made for nobody");

    // Once more: nobody is new.
    let again = importer.run(&mapped(&importer, FILE, |_| ()).await.import_id, false).await;
    assert_eq!(counts(&again), [0, 0, 6, 3]);
    let rows = importer.rows(&again.import_id, &[ImportOutcome::Double]).await;
    assert_eq!(
        (rows[0].contact_id.as_str(), rows[0].client_id.as_str()),
        (anna.contact_id.as_str(), there.client_id.as_str())
    );
    assert!(reasons(&rows[0]).contains(&(ImportReason::SameContact, "email")));
    let all = importer.run(&mapped(&importer, FILE, treated(ImportDoubles::Make)).await.import_id, false).await;
    assert_eq!(counts(&all), [6, 0, 0, 3], "where somebody wants it");
}

#[tokio::test]
async fn what_is_empty_in_a_contact_is_filled_at_its_own_client() {
    let desk = Desk::start().await;
    let there = desk.create(company("ООО «Ромашка»")).await.unwrap();
    let other = desk.create(company("ООО «Вектор»")).await.unwrap();
    let anna = somebody(&desk, &there, "Иванова", "Анна", "+7 999 000-00-01").await;
    let moved = somebody(&desk, &other, "Белов", "Борис", "+7 999 000-00-02").await;
    let archived = somebody(&desk, &there, "Чернов", "Лев", "+7 999 000-00-03").await;
    desk.world
        .sql(&format!("update crm.contact set archived_at = now() where contact_id = '{}'", archived.contact_id))
        .await;
    let importer = Importer::administrator(&desk.world);
    let file = "ФИО;Телефон;E-mail;Комментарий;Компания\n\
                Иванова Анна Петровна;+7 999 000-00-01;anna@example.com;Из файла;Ромашка\n\
                Иванова Анна;+7 999 000-00-01;;;Ромашка\n\
                Белов Борис;+7 999 000-00-02;boris@example.com;;Ромашка\n\
                Чернов Лев;+7 999 000-00-03;lev@example.com;;Ромашка\n";
    let read = mapped(&importer, file, treated(ImportDoubles::Fill)).await;
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [0, 1, 3, 0]);
    let rows = importer.rows(&done.import_id, &[ImportOutcome::Updated, ImportOutcome::Double]).await;
    assert_eq!(rows[0].contact_id, anna.contact_id);
    let last = |row: usize| rows[row].problems.last().unwrap().reason();
    assert_eq!((last(2), last(3)), (ImportReason::OtherClient, ImportReason::Archived));
    let filled =
        people(&desk, &there.client_id).await.into_iter().find(|one| one.contact_id == anna.contact_id).unwrap();
    assert_eq!(
        (filled.patronymic.as_str(), filled.comment.as_str(), filled.addresses.len()),
        ("Петровна", "Из файла", 2)
    );
    assert_eq!(desk.world.audited(anna.contact_id.parse().unwrap()).await, ["contact.create", "contact.update"]);
    let kept = people(&desk, &other.client_id).await;
    assert_eq!((kept[0].etag.as_str(), kept[0].addresses.len()), (moved.etag.as_str(), 1));
}

#[tokio::test]
async fn a_client_that_is_not_told_for_sure_gets_nobody() {
    let desk = Desk::start().await;
    for _ in 0..2 {
        desk.create(company("ООО «Двойник»")).await.unwrap();
    }
    let gone = desk.create(company("ООО «Архив»")).await.unwrap();
    desk.world.sql(&format!("update crm.client set archived_at = now() where client_id = '{}'", gone.client_id)).await;
    let importer = Importer::administrator(&desk.world);
    let file =
        "ФИО;Компания;ИНН\nИванов Иван;Двойник;\nПетров Пётр;Архив;\nСидоров Сидор;Новая;\nОрлов Олег;;7707083893\n";
    let read = mapped(&importer, file, |mapping| mapping.known_clients_only = true).await;
    let done = importer.run(&read.import_id, false).await;
    let rows = importer.rows(&done.import_id, &[ImportOutcome::Refused]).await;
    let told: Vec<_> = rows.iter().map(|row| reasons(row)[0]).collect();
    assert_eq!(
        told,
        [
            (ImportReason::Ambiguous, "name"),
            (ImportReason::ClientArchived, "name"),
            (ImportReason::Unknown, "name"),
            (ImportReason::Unknown, "inn"),
        ]
    );
    assert_eq!(desk.world.count("select count(*) from crm.contact").await, 0);
}

#[tokio::test]
async fn nobody_adds_contacts_to_clients_that_they_do_not_see() {
    let desk = Desk::start().await;
    let there = desk.create(company("ООО «Ромашка»")).await.unwrap();
    somebody(&desk, &there, "Иванова", "Анна", "+7 999 000-00-01").await;
    let seller = desk.world.operator("seller").await;
    desk.world.restrict().await;
    let importer = Importer::new(&desk.world, Caller::operator(seller.id));
    let file = "ФИО;Телефон;Компания\nБелов Борис;;Ромашка\nИванова Анна;+7 999 000-00-01;Своя\nВолков Виктор;;Своя\n";
    let read = mapped(&importer, file, |_| ()).await;
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [1, 0, 1, 1]);
    let rows = importer.rows(&done.import_id, &[]).await;
    assert_eq!(reasons(&rows[0]), [(ImportReason::ClientOutOfSight, "name")]);
    assert_eq!((rows[1].contact_id.as_str(), rows[1].client_id.as_str()), ("", ""), "who it is stays hidden");
    assert_eq!(people(&desk, &there.client_id).await.len(), 1);
    let own = importer.rows(&done.import_id, &[ImportOutcome::Made]).await;
    assert_eq!(client(&desk, &own[0].client_id).await.responsible_employee_id, seller.id.to_string());
}

#[tokio::test]
async fn stretches_know_each_other_s_people_and_clients() {
    let desk = Desk::start().await;
    let importer = Importer::administrator(&desk.world);
    let line = |n: usize| format!("Имярек {n};{n}@example.com;Завод {}\n", n % 3);
    let file = "ФИО;E-mail;Клиент\n".to_owned() + &(0..600).chain(0..10).map(line).collect::<String>();
    let read = mapped(&importer, &file, |_| ()).await;
    let tried = importer.run(&read.import_id, true).await;
    assert_eq!(counts(&tried), [600, 0, 10, 0]);
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [600, 0, 10, 0], "as the dry run said");
    let rows = importer.rows(&read.import_id, &[]).await;
    assert_eq!((rows[0].row_number, rows[0].other_row_number), (602, 2));
    assert_eq!(desk.world.count("select count(*) from crm.client").await, 3);
    assert_eq!(desk.world.count("select count(*) from crm.client where main_contact_id is not null").await, 3);
}

/// Names of the clients that the rows came to, in their order; `-`: refused, with the reason.
async fn owners(importer: &Importer<'_>, desk: &Desk, import: &Import) -> Vec<String> {
    let mut all = Vec::new();
    for row in importer.rows(&import.import_id, &[ImportOutcome::Made, ImportOutcome::Refused]).await {
        all.push(match row.client_id.as_str() {
            "" => format!("- {:?}", row.problems[0].reason()),
            id => {
                let client = client(desk, id).await;
                format!("{} {}", client.name, client.inn)
            }
        });
    }
    all
}

// acceptance: DD-2
#[tokio::test]
async fn a_row_comes_to_the_client_that_its_inn_says_in_one_stretch_and_across_two() {
    let rows = "Первый;Ромашка;7707083893;\nВторой;Ромашка;;\nТретий;Ромашка;7710140679;\nЧетвёртый;Ромашка;;\n";
    let filling = "Первый;Ромашка;7707083893;\n".repeat(600);
    for between in ["", filling.as_str()] {
        let desk = Desk::start().await;
        let importer = Importer::administrator(&desk.world);
        let last = "Пятый;Ромашка;7710140679;\nШестой;Ромашка;;\n";
        let file = format!("ФИО;Компания;ИНН;КПП\n{rows}{between}{last}");
        let done = importer.run(&mapped(&importer, &file, |_| ()).await.import_id, false).await;
        let told = owners(&importer, &desk, &done).await;
        let (one, other, none) = ("Ромашка 7707083893", "Ромашка 7710140679", "- Ambiguous");
        assert_eq!(told, [one, one, other, none, other, none], "with {} rows between", between.lines().count());
    }
}

#[tokio::test]
async fn whoever_loads_a_file_sees_the_clients_that_it_makes() {
    let desk = Desk::start().await;
    let (seller, other) = (desk.world.operator("seller").await, desk.world.operator("other").await);
    desk.world.restrict().await;
    let importer = Importer::new(&desk.world, Caller::operator(seller.id));
    let file = "ФИО;Компания\n".to_owned() + &(0..600).map(|n| format!("Имярек {n};Завод\n")).collect::<String>();
    let read = mapped(&importer, &file, |mapping| mapping.responsible_employee_id = other.id.to_string()).await;
    let tried = importer.run(&read.import_id, true).await;
    let done = importer.run(&read.import_id, false).await;
    assert_eq!((counts(&tried), counts(&done)), ([600, 0, 0, 0], [600, 0, 0, 0]), "as the dry run said");
    assert_eq!(desk.world.count("select count(*) from crm.client").await, 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_stored_takes_no_others_along() {
    let desk = Desk::start().await;
    desk.world.sql("alter table crm.contact add constraint refused check (surname <> 'Негодный')").await;
    let importer = Importer::administrator(&desk.world);
    let file = "Фамилия;Имя;Компания\nНегодный;Иван;Завод\nГодный;Иван;Завод\nДругой;Иван;Завод\n";
    let done = importer.run(&mapped(&importer, file, |_| ()).await.import_id, false).await;
    assert_eq!(counts(&done), [2, 0, 0, 1]);
    assert_eq!(owners(&importer, &desk, &done).await, ["- Invalid", "Завод ", "Завод "]);
    assert_eq!(desk.world.count("select count(*) from crm.client").await, 1);
}
