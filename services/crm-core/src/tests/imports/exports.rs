//! Clients as files.

use contracts::crm::{
    Client, ClientFilter, DirectoryKind, ExportClientsRequest, ImportDoubles, import_service_server::ImportService as _,
};
use futures::TryStreamExt as _;
use rpc::Caller;
use tonic::Status;

use super::{Importer, counts};
use crate::tests::cards::{Desk, company};

async fn export(importer: &Importer<'_>, request: ExportClientsRequest) -> Result<Vec<u8>, Status> {
    let parts = importer.grpc.export_clients(importer.by.request(request)).await?.into_inner();
    let parts: Vec<_> = parts.try_collect().await?;
    Ok(parts.into_iter().flat_map(|part| part.content).collect())
}

// acceptance: CL-13, XC-5
#[tokio::test]
async fn those_in_sight_go_out_and_come_in_again() {
    let desk = Desk::start().await;
    let seller = desk.world.operator("seller").await;
    let tag = desk.entry(DirectoryKind::Tag, "Выставка").await;
    let own = Client {
        responsible_employee_id: seller.id.to_string(),
        comment: "=1+1".into(),
        tag_ids: vec![tag],
        ..company("ООО «Ромашка»; сад")
    };
    desk.create(own).await.unwrap();
    desk.create(company("Чужая")).await.unwrap();
    desk.world.restrict().await;
    let importer = Importer::new(&desk.world, Caller::operator(seller.id));
    let columns = ["name", "kind", "comment", "tags", "responsible"].map(str::to_owned).to_vec();
    let request = ExportClientsRequest { columns: columns.clone(), russian: true, ..Default::default() };
    let csv = export(&importer, request).await.unwrap();
    assert_eq!(
        String::from_utf8(csv).unwrap(),
        "\u{feff}Название;Вид клиента;Комментарий;Метки;Ответственный\r\n\
         \"ООО «Ромашка»; сад\";компания;'=1+1;Выставка;Сотрудник seller\r\n"
    );

    let all = Importer::administrator(&desk.world);
    let request = ExportClientsRequest { columns, format: "xlsx".into(), ..Default::default() };
    let xlsx = export(&all, request).await.unwrap();
    let read = all.read(&xlsx).await;
    assert_eq!((read.format.as_str(), read.rows_total, read.columns[0].heading.as_str()), ("xlsx", 2, "Name"));
    let tried = all.run(&read.import_id, true).await;
    assert_eq!(counts(&tried), [0, 0, 2, 0], "all of them are there");

    let audited = "select count(*) from crm.audit where action = 'client_export.end' and after ->> 'clients' = '1'";
    assert_eq!(desk.world.count(audited).await, 1);
    assert_eq!(desk.world.count("select count(*) from crm.audit where action = 'client_export.start'").await, 2);
}

#[tokio::test]
async fn long_lists_go_out_whole_and_narrowed_ones_narrow() {
    let desk = Desk::start().await;
    let importer = Importer::administrator(&desk.world);
    let file = "Имя клиента\n".to_owned() + &(0..1_100).map(|n| format!("Имярек {n}\n")).collect::<String>();
    assert_eq!(counts(&importer.import(&file, ImportDoubles::Make).await)[0], 1_100);
    let lines = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().lines().count();
    assert_eq!(lines(export(&importer, ExportClientsRequest::default()).await.unwrap()), 1_101);
    let filter = ClientFilter { query: "Имярек 109".into(), ..Default::default() };
    let narrowed = ExportClientsRequest { filter: Some(filter), ..Default::default() };
    assert_eq!(lines(export(&importer, narrowed).await.unwrap()), 12);
    let bad = ExportClientsRequest { columns: vec!["secret".into()], ..Default::default() };
    assert!(export(&importer, bad).await.is_err());
    let bad = ExportClientsRequest { format: "pdf".into(), ..Default::default() };
    assert!(export(&importer, bad).await.is_err());
}
