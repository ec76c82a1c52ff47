//! Rows whose clients are there already.

use contracts::crm::{
    Client, ClientAddress, GetClientRequest, ImportDoubles, ImportOutcome, ImportReason, ListClientChangesRequest,
    client_service_server::ClientService as _,
};
use rpc::Caller;

use super::{Importer, counts};
use crate::tests::cards::{Desk, company};

async fn get(desk: &Desk, id: &str) -> Client {
    let request = GetClientRequest { client_id: id.into() };
    desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap()
}

fn phone(value: &str) -> ClientAddress {
    ClientAddress { kind: contracts::crm::AddressKind::Phone.into(), value: value.into(), ..Default::default() }
}

const FILE: &str = "Наименование;ИНН;Телефон;КПП;Комментарий\n\
                    Ромашка;7707083893;+7 999 000-00-01;773601001;Из файла\n\
                    Ландыш;;+7 999 000-00-02;;\n\
                    Ромашка ООО;7707083893;;773601001;\n";

async fn known(desk: &Desk) -> Client {
    let client = Client {
        inn: "7707083893".into(),
        comment: "Своё".into(),
        addresses: vec![phone("+7 999 000-00-09")],
        ..company("ООО «Ромашка»")
    };
    desk.create(client).await.unwrap()
}

// acceptance: DD-2
#[tokio::test]
async fn who_is_there_is_left_out() {
    let desk = Desk::start().await;
    let there = known(&desk).await;
    let importer = Importer::administrator(&desk.world);
    let done = importer.import(FILE, ImportDoubles::LeaveOut).await;
    assert_eq!(counts(&done), [1, 0, 2, 0]);
    let rows = importer.rows(&done.import_id, &[ImportOutcome::Double]).await;
    assert_eq!((&rows[0].client_id, rows[0].problems[0].reason), (&there.client_id, ImportReason::SameClient.into()));
    let rules: Vec<_> = rows[0].problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(rules, ["inn", "name"]);
    assert_eq!(get(&desk, &there.client_id).await.etag, there.etag);
}

#[tokio::test]
async fn what_is_empty_is_filled_and_nothing_else() {
    let desk = Desk::start().await;
    let there = known(&desk).await;
    let importer = Importer::administrator(&desk.world);
    let done = importer.import(FILE, ImportDoubles::Fill).await;
    assert_eq!(counts(&done), [1, 1, 1, 0], "the last row has nothing to fill");
    let filled = get(&desk, &there.client_id).await;
    assert_eq!(
        (filled.name.as_str(), filled.comment.as_str(), filled.kpp.as_str()),
        ("ООО «Ромашка»", "Своё", "773601001")
    );
    let keys: Vec<_> = filled.addresses.iter().map(|address| address.key.as_str()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    let request = ListClientChangesRequest { client_id: there.client_id.clone(), ..Default::default() };
    let changes = desk.clients.list_client_changes(desk.admin.request(request)).await.unwrap().into_inner().changes;
    assert_eq!((changes[0].field.as_str(), &changes[0].new_values), ("kpp", &vec!["773601001".to_owned()]));
    assert_eq!(desk.world.audited(there.client_id.parse().unwrap()).await, ["client.create", "client.update"]);
}

#[tokio::test]
async fn an_equal_name_alone_fills_nobody_and_nobody_fills_what_they_do_not_see() {
    let desk = Desk::start().await;
    let there = known(&desk).await;
    let seller = desk.world.operator("seller").await;
    let importer = Importer::administrator(&desk.world);
    let done = importer.import("Наименование;КПП\nООО Ромашка;773601001\n", ImportDoubles::Fill).await;
    let rows = importer.rows(&done.import_id, &[]).await;
    assert_eq!(rows[0].problems.last().unwrap().reason, i32::from(ImportReason::Unsure));

    desk.world.restrict().await;
    let importer = Importer::new(&desk.world, Caller::operator(seller.id));
    let done = importer.import(FILE, ImportDoubles::Fill).await;
    assert_eq!(counts(&done), [1, 0, 2, 0]);
    let rows = importer.rows(&done.import_id, &[]).await;
    assert_eq!(rows[0].problems.last().unwrap().reason, i32::from(ImportReason::OutOfSight));
    assert_eq!(rows[0].client_id, "", "whose it is stays hidden");
    assert_eq!(get(&desk, &there.client_id).await.etag, there.etag);
    let made = importer.rows(&done.import_id, &[ImportOutcome::Made]).await;
    let own = get(&desk, &made[0].client_id).await;
    assert_eq!(own.responsible_employee_id, seller.id.to_string(), "or its maker would lose sight of it");
}

#[tokio::test]
async fn all_are_made_where_somebody_wants_it() {
    let desk = Desk::start().await;
    known(&desk).await;
    let importer = Importer::administrator(&desk.world);
    assert_eq!(counts(&importer.import(FILE, ImportDoubles::Make).await), [3, 0, 0, 0]);
}

#[tokio::test]
async fn a_dry_run_finds_doubles_across_stretches() {
    let desk = Desk::start().await;
    let importer = Importer::administrator(&desk.world);
    let line = |n: usize| format!("Имярек {n};{n}@example.com\n");
    let file = "Имя клиента;E-mail\n".to_owned() + &(0..600).chain(0..10).map(line).collect::<String>();
    let read = importer.read(file.as_bytes()).await;
    let tried = importer.run(&read.import_id, true).await;
    assert_eq!(counts(&tried), [600, 0, 10, 0]);
    let rows = importer.rows(&read.import_id, &[]).await;
    assert_eq!((rows[0].row_number, rows[0].other_row_number), (602, 2));
    let done = importer.run(&read.import_id, false).await;
    assert_eq!(counts(&done), [600, 0, 10, 0], "as the dry run said");
    assert_eq!(importer.rows(&read.import_id, &[]).await[0].other_row_number, 2);
}
