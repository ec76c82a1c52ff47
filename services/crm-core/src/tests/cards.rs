//! The card of a client: every field, contacts, contracts, custom fields, history.

use contracts::{
    crm::{
        self, AddressKind, BankAccount, Client, ClientAddress, ClientExtra, ClientFilter, ClientIndustry, ClientKind,
        ClientOrder, Contact, Contract, CreateClientRequest, CreateContactRequest, CreateContractRequest,
        CreateCustomFieldRequest, CreateDirectoryEntryRequest, CustomField, CustomFilter, CustomValue, DirectoryEntry,
        DirectoryKind, FieldObject, FieldOption, FieldReference, FieldType, GetClientPhotoRequest, GetClientRequest,
        KeyEvent, ListClientChangesRequest, ListClientsRequest, ListContractsRequest, NumberRange,
        SetClientPhotoRequest, UpdateClientRequest, UpdateContactRequest, UpdateContractRequest,
        client_service_server::ClientService as _, contact_service_server::ContactService as _,
        contract_service_server::ContractService as _, custom_filter::Test, custom_value::Value,
        directory_service_server::DirectoryService as _, field_service_server::FieldService as _,
    },
    errors::ErrorReason,
};
use model::ClientId;
use prost_types::FieldMask;
use rpc::{Caller, metadata_of, reason_of};
use tonic::{Code, Status};
use uuid::Uuid;

use super::world::World;
use crate::{
    agreements::ContractGrpc,
    cards::{DirectoryGrpc, FieldGrpc},
    clients::ClientGrpc,
    contacts::ContactGrpc,
};

/// A company with an administrator at the desk.
pub struct Desk {
    pub world: World,
    pub clients: ClientGrpc,
    pub contacts: ContactGrpc,
    pub contracts: ContractGrpc,
    pub directories: DirectoryGrpc,
    pub fields: FieldGrpc,
    pub admin: Caller,
}

fn request_id() -> String {
    Uuid::now_v7().to_string()
}

pub fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

impl Desk {
    pub async fn start() -> Self {
        Self::of(World::start().await)
    }

    pub fn of(world: World) -> Self {
        let db = || world.db.clone();
        Self {
            clients: ClientGrpc { db: db() },
            contacts: ContactGrpc { db: db() },
            contracts: ContractGrpc { db: db() },
            directories: DirectoryGrpc { db: db() },
            fields: FieldGrpc { db: db() },
            admin: Caller::administrator(world.admin.employee().unwrap()),
            world,
        }
    }

    pub async fn entry(&self, kind: DirectoryKind, name: &str) -> String {
        let time_zone = if kind == DirectoryKind::Region { "Asia/Yekaterinburg" } else { "" }.to_owned();
        let entry = DirectoryEntry { kind: kind.into(), name: name.into(), time_zone, ..Default::default() };
        let request = CreateDirectoryEntryRequest { request_id: request_id(), entry: Some(entry) };
        let created = self.directories.create_directory_entry(self.admin.request(request)).await.unwrap();
        created.into_inner().entry.unwrap().entry_id
    }

    pub async fn field(&self, name: &str, kind: FieldType, fill: impl FnOnce(&mut CustomField)) -> CustomField {
        let mut field = CustomField {
            object: FieldObject::Client.into(),
            name: name.into(),
            r#type: kind.into(),
            versioned: true,
            ..Default::default()
        };
        fill(&mut field);
        let request = CreateCustomFieldRequest { request_id: request_id(), field: Some(field) };
        self.fields.create_custom_field(self.admin.request(request)).await.unwrap().into_inner().field.unwrap()
    }

    pub async fn create(&self, client: Client) -> Result<Client, Status> {
        let request = CreateClientRequest {
            request_id: request_id(),
            client: Some(client),
            contact_point_id: String::new(),
            force: false,
        };
        let created = self.clients.create_client(self.admin.request(request)).await?;
        Ok(created.into_inner().client.unwrap())
    }

    pub async fn update(&self, client: Client, fields: &[&str]) -> Result<Client, Status> {
        let request = UpdateClientRequest { client: Some(client), update_mask: mask(fields) };
        Ok(self.clients.update_client(self.admin.request(request)).await?.into_inner().client.unwrap())
    }

    async fn get(&self, id: &str) -> Client {
        let request = GetClientRequest { client_id: id.into() };
        self.clients.get_client(self.admin.request(request)).await.unwrap().into_inner().client.unwrap()
    }

    pub async fn contact(&self, contact: Contact) -> Result<Contact, Status> {
        let request = CreateContactRequest { request_id: request_id(), contact: Some(contact), ..Default::default() };
        Ok(self.contacts.create_contact(self.admin.request(request)).await?.into_inner().contact.unwrap())
    }

    pub async fn change_contact(&self, contact: Contact, fields: &[&str]) -> Result<Contact, Status> {
        let request = UpdateContactRequest { contact: Some(contact), update_mask: mask(fields) };
        Ok(self.contacts.update_contact(self.admin.request(request)).await?.into_inner().contact.unwrap())
    }

    async fn agreements(&self, client: &str) -> Vec<Contract> {
        let request = ListContractsRequest { client_id: client.into(), with_archived: true };
        self.contracts.list_contracts(self.admin.request(request)).await.unwrap().into_inner().contracts
    }

    pub async fn names(&self, filter: ClientFilter, order: ClientOrder) -> Vec<String> {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let (filter, page_size) = (Some(filter.clone()), 2);
            let request = ListClientsRequest { filter, order: order.into(), page_size, page_token };
            let page = self.clients.list_clients(self.admin.request(request)).await.unwrap().into_inner();
            names.extend(page.clients.into_iter().map(|client| client.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    }
}

pub fn company(name: &str) -> Client {
    Client { name: name.into(), kind: ClientKind::Company.into(), ..Default::default() }
}

fn address(kind: AddressKind, value: &str, is_main: bool) -> ClientAddress {
    ClientAddress { kind: kind.into(), value: value.into(), is_main, ..Default::default() }
}

// acceptance: CL-1, CL-10
#[tokio::test]
async fn a_client_keeps_every_field_and_custom_fields_of_six_types() {
    let desk = Desk::start().await;
    let employee = desk.world.operator("operator1").await.id.to_string();
    let option = Uuid::now_v7().to_string();
    let text = desk.field("Касса", FieldType::Text, |field| field.searchable = true).await;
    let number = desk.field("Точек", FieldType::Number, |_| {}).await;
    let date = desk.field("Продлить", FieldType::Date, |_| {}).await;
    let yes = desk.field("ЭДО", FieldType::YesNo, |_| {}).await;
    let options = vec![FieldOption { option_id: option.clone(), name: "Красный".into(), archived: false }];
    let list = desk.field("Цвет", FieldType::List, |field| field.options = options).await;
    let person = desk.field("Инженер", FieldType::Reference, |f| f.reference = FieldReference::Employee.into()).await;
    let value = |field: &CustomField, value| CustomValue { field_id: field.field_id.clone(), value: Some(value) };
    let mut custom = vec![
        value(&text, Value::Text("Эвотор 7.2".into())),
        value(&number, Value::Number(3.5)),
        value(&date, Value::Date("2027-01-31".into())),
        value(&yes, Value::Yes(true)),
        value(&list, Value::OptionId(option)),
        value(&person, Value::ReferenceId(employee.clone())),
    ];
    custom.sort_by(|a, b| a.field_id.cmp(&b.field_id));
    let industry = desk.entry(DirectoryKind::Industry, "Торговля").await;
    let wanted = Client {
        working_name: "Ромашка".into(),
        surname: "Иванова".into(),
        given_name: "Анна".into(),
        patronymic: "Петровна".into(),
        sex: crm::Sex::Female.into(),
        birthday: "1990-05-17".into(),
        remind_birthday: true,
        inn: "9999000013".into(),
        kpp: "770101001".into(),
        ogrn: "1000000000010".into(),
        okpo: "12345678".into(),
        registered_on: "2010-02-03".into(),
        more_industries: vec![ClientIndustry {
            industry_id: industry.clone(),
            responsible_employee_id: employee.clone(),
            contact_id: String::new(),
        }],
        industry_id: industry,
        segment_id: desk.entry(DirectoryKind::Segment, "Розница").await,
        headcount_id: desk.entry(DirectoryKind::Headcount, "10–50").await,
        workplaces_id: desk.entry(DirectoryKind::Workplaces, "5–10").await,
        region_id: desk.entry(DirectoryKind::Region, "Урал").await,
        holding_id: desk.entry(DirectoryKind::Holding, "Холдинг").await,
        importance: crm::Importance::Federal.into(),
        work_status: crm::WorkStatus::Working.into(),
        solvency: crm::Solvency::High.into(),
        relations: vec![crm::ClientRelation::Buyer.into(), crm::ClientRelation::Supplier.into()],
        unsubscribed: true,
        takes_surveys: true,
        founder: true,
        tag_ids: vec![desk.entry(DirectoryKind::Tag, "Важное").await],
        custom_values: custom,
        bank_accounts: vec![BankAccount {
            number: "40702810000000000001".into(),
            bic: "044525000".into(),
            bank_name: "Банк".into(),
            correspondent_number: String::new(),
            is_main: true,
        }],
        extras: vec![ClientExtra {
            name: "Учётная система".into(),
            value: "Своя".into(),
            starts_on: "2024-01-01".into(),
            ends_on: "2026-12-31".into(),
        }],
        comment: "Платит вовремя".into(),
        responsible_employee_id: employee,
        ..company("ООО «Ромашка»")
    };
    let made = desk.create(wanted.clone()).await.unwrap();
    assert_eq!((made.time_zone.as_str(), made.utc_offset_minutes), ("Asia/Yekaterinburg", 300), "the local time");
    let expected = Client {
        client_id: made.client_id.clone(),
        etag: made.etag.clone(),
        created_at: made.created_at,
        updated_at: made.updated_at,
        time_zone: made.time_zone.clone(),
        utc_offset_minutes: made.utc_offset_minutes,
        ..wanted
    };
    assert_eq!(made, expected);
    assert_eq!(desk.get(&made.client_id).await, made);

    let person = Client { surname: "Сидоров".into(), given_name: "Пётр".into(), ..Client::default() };
    assert_eq!(desk.create(person).await.unwrap().name, "Сидоров Пётр");
    let wrong = Client { custom_values: vec![value(&number, Value::Text("три".into()))], ..company("Другая") };
    assert_eq!(metadata_of(&desk.create(wrong).await.unwrap_err())["field"], "custom_values");
    let wrong = Client { region_id: made.segment_id.clone(), ..company("Другая") };
    let refused = desk.create(wrong).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::DirectoryEntryNotFound));
    assert_eq!(metadata_of(&refused)["field"], "region_id");
}

// acceptance: CL-2
#[tokio::test]
async fn a_client_has_any_number_of_contacts_and_one_main_address_of_a_kind() {
    let desk = Desk::start().await;
    let client = desk.create(company("ООО «Ромашка»")).await.unwrap();
    let anna = Contact {
        client_id: client.client_id.clone(),
        surname: "Иванова".into(),
        given_name: "Анна".into(),
        addresses: vec![
            address(AddressKind::Phone, "8 (999) 000-00-01", true),
            address(AddressKind::Phone, "+7 999 000-00-02", false),
            address(AddressKind::Email, "Anna@Example.com", true),
            address(AddressKind::Messenger, "@Anna", false),
        ],
        key_events: vec![KeyEvent { date: "2027-03-08".into(), remind: true, yearly: true, ..Default::default() }],
        ..Contact::default()
    };
    let made = desk.contact(anna.clone()).await.unwrap();
    let keys: Vec<_> = made.addresses.iter().map(|a| (a.key.as_str(), a.display.as_str(), a.is_main)).collect();
    assert_eq!(
        keys,
        [
            ("79990000001", "+7 999 000-00-01", true),
            ("79990000002", "+7 999 000-00-02", false),
            ("anna@example.com", "Anna@Example.com", true),
            ("anna", "@Anna", false),
        ]
    );
    assert_eq!((made.name.as_str(), made.key_events.len()), ("Иванова Анна", 1));
    let first = desk.get(&client.client_id).await;
    assert_eq!(first.main_contact_id, made.contact_id, "the first contact is the main one");
    // Another contact may share the phone, with a main mark of its own.
    let oleg = Contact { given_name: "Олег".into(), surname: String::new(), ..anna.clone() };
    desk.contact(oleg).await.unwrap();
    let mains = "select count(*) from crm.address where is_main and kind = 1";
    assert_eq!(desk.world.count(mains).await, 2);

    let two =
        vec![address(AddressKind::Phone, "+79990000001", true), address(AddressKind::Phone, "+79990000002", true)];
    let refused = desk.change_contact(Contact { addresses: two, ..made.clone() }, &["addresses"]).await.unwrap_err();
    assert_eq!((refused.code(), metadata_of(&refused)["field"].as_str()), (Code::InvalidArgument, "addresses"));
    let one = vec![address(AddressKind::Phone, "+79990000002", true)];
    let changed = desk.change_contact(Contact { addresses: one, ..made }, &["addresses"]).await.unwrap();
    assert_eq!(changed.addresses.len(), 1);
    let refused = desk.contact(Contact { client_id: client.client_id, ..Contact::default() }).await.unwrap_err();
    assert_eq!(metadata_of(&refused)["field"], "surname");
}

// acceptance: CL-3
#[tokio::test]
async fn a_new_client_has_a_main_contract_unless_that_is_switched_off() {
    let desk = Desk::start().await;
    let client = desk.create(company("ООО «Ромашка»")).await.unwrap().client_id;
    let all = desk.agreements(&client).await;
    assert_eq!(all.iter().map(|one| (one.is_main, one.currency.as_str())).collect::<Vec<_>>(), [(true, "RUB")]);
    let contract = Contract { client_id: client.clone(), number: "12/5".into(), is_main: true, ..Default::default() };
    let request = CreateContractRequest { request_id: request_id(), contract: Some(contract) };
    desk.contracts.create_contract(desk.admin.request(request)).await.unwrap();
    let all = desk.agreements(&client).await;
    assert_eq!(
        all.iter().map(|one| (one.number.as_str(), one.is_main)).collect::<Vec<_>>(),
        [("12/5", true), ("", false)]
    );
    let archived = Contract { archived: true, ..all[0].clone() };
    let request = UpdateContractRequest { contract: Some(archived), update_mask: mask(&["archived"]) };
    let refused = desk.contracts.update_contract(desk.admin.request(request)).await.unwrap_err();
    assert_eq!(metadata_of(&refused)["field"], "is_main");

    desk.world.sql("update crm.client_settings set without_default_contract = true").await;
    let other = desk.create(company("ООО «Лютик»")).await.unwrap().client_id;
    assert!(desk.agreements(&other).await.is_empty());
}

// acceptance: CL-8
#[tokio::test]
async fn versioned_fields_keep_what_they_were_who_changed_them_and_when() {
    let desk = Desk::start().await;
    let field = desk.field("Точек", FieldType::Number, |_| {}).await;
    let client = desk.create(company("ООО «Ромашка»")).await.unwrap();
    let custom_values = vec![CustomValue { field_id: field.field_id.clone(), value: Some(Value::Number(2.0)) }];
    let changed =
        Client { name: "ООО «Лютик»".into(), comment: "Новое".into(), custom_values, ..client.clone() };
    let changed = desk.update(changed, &["name", "comment", "custom_values"]).await.unwrap();
    let stale = desk.update(Client { name: "Третье".into(), ..client }, &["name"]).await.unwrap_err();
    assert_eq!(reason_of(&stale), Some(ErrorReason::EtagMismatch));
    let contact =
        Contact { client_id: changed.client_id.clone(), surname: "Иванова".into(), ..Default::default() };
    let contact = desk.contact(contact).await.unwrap();
    desk.change_contact(Contact { surname: "Петрова".into(), ..contact.clone() }, &["surname"]).await.unwrap();

    let request = ListClientChangesRequest { client_id: changed.client_id.clone(), ..Default::default() };
    let page = desk.clients.list_client_changes(desk.admin.request(request)).await.unwrap().into_inner();
    let seen: Vec<_> =
        page.changes.iter().map(|one| (one.field.as_str(), one.old_values.concat(), one.new_values.concat())).collect();
    let expected = [
        ("surname", "Иванова".to_owned(), "Петрова".to_owned()),
        ("main_contact_id", String::new(), contact.contact_id.clone()),
        ("custom_values", String::new(), "2".to_owned()),
        ("name", "ООО «Ромашка»".to_owned(), "ООО «Лютик»".to_owned()),
    ];
    assert_eq!(seen, expected, "the comment is not versioned");
    assert!(page.changes.iter().all(|one| one.employee_id == desk.world.admin.employee().unwrap().to_string()));
    assert!(page.changes.iter().all(|one| one.at.is_some()));
    assert_eq!(page.changes[2].custom_field_id, field.field_id);
    assert_eq!(page.changes[0].contact_id, contact.contact_id);
    let request = ListClientChangesRequest {
        client_id: changed.client_id,
        contact_id: contact.contact_id,
        field: "surname".into(),
        ..Default::default()
    };
    let page = desk.clients.list_client_changes(desk.admin.request(request)).await.unwrap().into_inner();
    assert_eq!(page.changes.len(), 1);
}

#[tokio::test]
async fn clients_are_listed_by_filters_in_pages_without_gaps() {
    let desk = Desk::start().await;
    let tag = desk.entry(DirectoryKind::Tag, "Важное").await;
    let field = desk.field("Точек", FieldType::Number, |_| {}).await;
    for number in 0..5 {
        let value = Some(Value::Number(f64::from(number)));
        let custom_values = vec![CustomValue { field_id: field.field_id.clone(), value }];
        let tag_ids = if number % 2 == 0 { vec![tag.clone()] } else { Vec::new() };
        let work_status = if number < 2 { crm::WorkStatus::Lost } else { crm::WorkStatus::Working }.into();
        let client = Client { custom_values, tag_ids, work_status, ..company(&format!("Клиент {number}")) };
        desk.create(client).await.unwrap();
    }
    let all: Vec<String> = (0..5).map(|number| format!("Клиент {number}")).collect();
    assert_eq!(desk.names(ClientFilter::default(), ClientOrder::Name).await, all);
    let newest: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(desk.names(ClientFilter::default(), ClientOrder::Created).await, newest);
    assert_eq!(desk.names(ClientFilter::default(), ClientOrder::Updated).await, newest);
    let by = |filter| desk.names(filter, ClientOrder::Name);
    let tagged = ClientFilter { tag_ids: vec![tag], ..Default::default() };
    assert_eq!(by(tagged.clone()).await, ["Клиент 0", "Клиент 2", "Клиент 4"]);
    let statuses = vec![crm::WorkStatus::Working.into()];
    assert_eq!(by(ClientFilter { work_statuses: statuses, ..tagged }).await, ["Клиент 2", "Клиент 4"]);
    assert_eq!(by(ClientFilter { query: "3 клиент".into(), ..Default::default() }).await, ["Клиент 3"]);
    let test = Some(Test::Number(NumberRange { from: Some(1.0), to: Some(2.5) }));
    let custom = vec![CustomFilter { field_id: field.field_id, test }];
    assert_eq!(by(ClientFilter { custom, ..Default::default() }).await, ["Клиент 1", "Клиент 2"]);
    let mine = ClientFilter { responsible_employee_ids: vec![ClientId::new().to_string()], ..Default::default() };
    assert!(by(mine.clone()).await.is_empty());
    assert_eq!(by(ClientFilter { without_responsible: true, ..mine }).await.len(), 5);
}

#[tokio::test]
async fn custom_fields_of_every_type_narrow_the_list() {
    let desk = Desk::start().await;
    let option = Uuid::now_v7().to_string();
    let offered = crm::FieldOption { option_id: option.clone(), name: "Большой".into(), archived: false };
    let text = desk.field("Код", FieldType::Text, |_| {}).await.field_id;
    let date = desk.field("Работает с", FieldType::Date, |_| {}).await.field_id;
    let yes = desk.field("Пропуск", FieldType::YesNo, |_| {}).await.field_id;
    let list = desk.field("Склад", FieldType::List, |field| field.options = vec![offered]).await.field_id;
    let value = |field: &String, value| CustomValue { field_id: field.clone(), value: Some(value) };
    let custom_values = vec![
        value(&text, Value::Text("Чай 100%".into())),
        value(&date, Value::Date("2026-05-01".into())),
        value(&yes, Value::Yes(false)),
        value(&list, Value::OptionId(option.clone())),
    ];
    desk.create(Client { custom_values, ..company("Полный") }).await.unwrap();
    desk.create(company("Пустой")).await.unwrap();
    let found = async |field: &String, test: Test| {
        let custom = vec![CustomFilter { field_id: field.clone(), test: Some(test) }];
        desk.names(ClientFilter { custom, ..Default::default() }, ClientOrder::Name).await
    };
    let date_range = |from: &str, to: &str| Test::Date(crm::DateRange { from: from.into(), to: to.into() });
    let ids = |id: &String| Test::Options(crm::IdList { ids: vec![id.clone()] });
    for (field, fits, fails) in [
        (&text, Test::TextPart("ЧАЙ 100%".into()), Test::TextPart("чай_100".into())),
        (&date, date_range("2026-05-01", ""), date_range("", "2026-04-30")),
        (&yes, Test::Yes(false), Test::Yes(true)),
        (&list, ids(&option), ids(&Uuid::now_v7().to_string())),
    ] {
        assert_eq!(found(field, fits).await, ["Полный"]);
        assert_eq!(found(field, fails).await, [""; 0]);
        assert_eq!(found(field, Test::Filled(true)).await, ["Полный"]);
        assert_eq!(found(field, Test::Filled(false)).await, ["Пустой"]);
    }
}

#[tokio::test]
async fn an_archived_client_leaves_the_lists_and_is_not_changed() {
    let desk = Desk::start().await;
    let client = desk.create(company("ООО «Ромашка»")).await.unwrap();
    let request = crm::ArchiveClientRequest { client_id: client.client_id.clone(), etag: client.etag.clone() };
    let archived = desk.clients.archive_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap();
    assert!(archived.archived_at.is_some());
    assert!(desk.names(ClientFilter::default(), ClientOrder::Name).await.is_empty());
    assert_eq!(desk.names(ClientFilter { archived: true, ..Default::default() }, ClientOrder::Name).await.len(), 1);
    let refused = desk.update(Client { name: "Другое".into(), ..archived.clone() }, &["name"]).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientArchived));
    let request = crm::RestoreClientRequest { client_id: client.client_id, etag: archived.etag };
    let restored = desk.clients.restore_client(desk.admin.request(request)).await.unwrap().into_inner().client.unwrap();
    assert!(restored.archived_at.is_none());
}

/// What is written to it would be seen by nobody.
#[tokio::test]
async fn a_client_that_was_merged_is_not_changed() {
    let desk = Desk::start().await;
    let original = desk.create(company("ООО «Ромашка»")).await.unwrap().client_id;
    let merged = desk.create(company("ООО «Ромашка 2»")).await.unwrap();
    let sql = format!("update crm.client set merged_into = '{original}' where client_id = '{}'", merged.client_id);
    desk.world.sql(&sql).await;
    let refused = [
        desk.update(Client { name: "Другое".into(), ..merged.clone() }, &["name"]).await.map(drop),
        desk.contact(Contact { client_id: merged.client_id, surname: "Иванова".into(), ..Contact::default() })
            .await
            .map(drop),
    ];
    for answer in refused {
        let status = answer.unwrap_err();
        assert_eq!(reason_of(&status), Some(ErrorReason::ClientMerged), "{status:?}");
    }
}

#[tokio::test]
async fn a_photo_is_kept_beside_the_card() {
    let desk = Desk::start().await;
    let client_id = desk.create(company("ООО «Ромашка»")).await.unwrap().client_id;
    let get =
        || desk.clients.get_client_photo(desk.admin.request(GetClientPhotoRequest { client_id: client_id.clone() }));
    assert_eq!(get().await.unwrap_err().code(), Code::NotFound);
    let set = |photo: &[u8]| SetClientPhotoRequest { client_id: client_id.clone(), photo: photo.to_vec() };
    let png = b"\x89PNG\r\n\x1a\n...";
    let with = desk.clients.set_client_photo(desk.admin.request(set(png))).await.unwrap().into_inner().client.unwrap();
    assert!(with.has_photo);
    assert_eq!(get().await.unwrap().into_inner().content_type, "image/png");
    assert!(desk.clients.set_client_photo(desk.admin.request(set(b"<svg>"))).await.is_err());
    desk.clients.set_client_photo(desk.admin.request(set(b""))).await.unwrap();
    assert_eq!(get().await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn addresses_that_a_contact_point_brought_outlive_an_update() {
    let desk = Desk::start().await;
    let client = desk.create(company("ООО «Ромашка»")).await.unwrap();
    let point = desk.world.contact_point("Покупатель 1", &[(1, "+7 999 000-00-01")]).await;
    let id: ClientId = client.client_id.parse().unwrap();
    crate::clients::link::link(&desk.world.db, desk.world.admin, point, id, false).await.unwrap();
    let mut linked = desk.get(&client.client_id).await;
    assert_eq!(linked.addresses[0].contact_point_id, point.to_string());
    linked.addresses.push(address(AddressKind::Site, "example.com", false));
    let updated = desk.update(linked, &["addresses"]).await.unwrap();
    assert_eq!(updated.addresses.len(), 2);
    crate::clients::link::unlink(&desk.world.db, desk.world.admin, point).await.unwrap();
    let left = desk.get(&client.client_id).await.addresses;
    assert_eq!(left.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["example.com"]);
}
