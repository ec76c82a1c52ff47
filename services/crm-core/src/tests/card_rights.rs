//! Every call of `okno.crm.v1` by every role against an object that is not theirs. A method without a rule here fails.

use contracts::crm::{
    AccessLevel, AnnulConsentRequest, ArchiveClientRequest, ArchiveContactRequest, BatchGetClientsRequest, Client,
    ClientLink, ClientSettings, Consent, Contact, Contract, CreateAccessLevelRequest, CreateClientLinkRequest,
    CreateClientRequest, CreateContactRequest, CreateContractRequest, CreateCustomFieldRequest,
    CreateDirectoryEntryRequest, CustomField, DeleteClientLinkRequest, DirectoryEntry, DirectoryKind, FieldObject,
    FieldType, FindClientsRequest, GetClientPhotoRequest, GetClientRequest, GetClientSettingsRequest,
    GetContactRequest, LinkContactPointRequest, ListAccessLevelsRequest, ListAccessesRequest, ListClientChangesRequest,
    ListClientLinksRequest, ListClientsRequest, ListConsentsRequest, ListContactsRequest, ListContractsRequest,
    ListCustomFieldsRequest, ListDirectoryEntriesRequest, RecordConsentRequest, RestoreClientRequest,
    RestoreContactRequest, SetClientPhotoRequest, SuggestClientsRequest, UnlinkContactPointRequest,
    UpdateAccessLevelRequest, UpdateClientLinkRequest, UpdateClientRequest, UpdateClientSettingsRequest,
    UpdateContactRequest, UpdateContractRequest, UpdateCustomFieldRequest, UpdateDirectoryEntryRequest,
    access_log_service_server::AccessLogService as _, access_service_server::AccessService as _,
    client_link_service_server::ClientLinkService as _, client_service_server::ClientService as _,
    consent_service_server::ConsentService as _, contact_service_server::ContactService as _,
    contract_service_server::ContractService as _, directory_service_server::DirectoryService as _,
    field_service_server::FieldService as _,
};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    cards::{Desk, company, mask},
    clients::new_client,
    duplicates::rights::{self, Who},
    feed, imports, leads, personal, potential, quality,
};
use crate::{
    access_log::AccessLogGrpc,
    cards::AccessGrpc,
    clients::{link, ops},
    consents::ConsentGrpc,
    employees::domain::Role,
    links::ClientLinkGrpc,
};

/// Who may call a method about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Whoever sees the client; to others it is not there.
    Sight,
    /// Whose it is, and administrators; to others it is not there.
    Own,
    /// Heads and administrators.
    Leading,
    /// Administrators.
    Administrator,
    /// Everyone; it shows or touches nobody's client.
    Everyone,
}

/// What a call may name: a client that one person answers for, with all that belongs to it.
pub struct Subject {
    client: String,
    contact: String,
    contract: String,
    point: String,
    entry: String,
    field: String,
    level: String,
}

/// Of a package, as `Service/Method`.
pub fn methods(package: &str) -> Vec<String> {
    let files = FileDescriptorSet::decode(contracts::DESCRIPTORS).unwrap().file;
    let ours = files.into_iter().filter(|file| file.package() == package);
    let services = ours.flat_map(|file| file.service);
    services
        .flat_map(|service| {
            let name = service.name().to_owned();
            service.method.into_iter().map(move |method| format!("{name}/{}", method.name()))
        })
        .collect()
}

pub async fn subject(desk: &Desk, responsible: model::EmployeeId, department: model::DepartmentId) -> Subject {
    let world = &desk.world;
    let point = world.contact_point("Покупатель 1", &[(1, "+7 999 000-00-01")]).await;
    world.dialog(point, None, Some(responsible), Some(department)).await;
    let mut new = new_client("Чужой клиент", &[]);
    new.draft.responsible = Some(responsible);
    let client = ops::create(&world.db, world.admin, new, None).await.unwrap().id;
    link::link(&world.db, world.admin, point, client, false).await.unwrap();
    let contact = Contact { client_id: client.to_string(), surname: "Иванова".into(), ..Contact::default() };
    let contact = desk.contact(contact).await.unwrap().contact_id;
    let contract = sqlx::query_scalar::<_, Uuid>("select contract_id from crm.contract where client_id = $1");
    let contract = contract.bind(client.0).fetch_one(&world.db.pool).await.unwrap().to_string();
    let name = Uuid::now_v7().to_string();
    let entry = desk.entry(DirectoryKind::Segment, &name).await;
    let (field, level) = (create_field(&name), create_level(&name));
    let field = desk.fields.create_custom_field(desk.admin.request(field)).await.unwrap().into_inner().field;
    let access = AccessGrpc { db: world.db.clone() };
    let level = access.create_access_level(desk.admin.request(level)).await.unwrap().into_inner().access_level;
    let (field, level) = (field.unwrap().field_id, level.unwrap().access_level_id);
    Subject { client: client.to_string(), contact, contract, point: point.to_string(), entry, field, level }
}

fn heading(id: model::EmployeeId) -> Caller {
    Caller { roles: vec![rpc::Role::Operator, rpc::Role::Head], ..Caller::operator(id) }
}

fn id() -> String {
    Uuid::now_v7().to_string()
}

fn create_field(name: &str) -> CreateCustomFieldRequest {
    let (object, kind) = (FieldObject::Client.into(), FieldType::Text.into());
    let field = CustomField { object, r#type: kind, name: name.into(), ..CustomField::default() };
    CreateCustomFieldRequest { request_id: id(), field: Some(field) }
}

fn create_level(name: &str) -> CreateAccessLevelRequest {
    let access_level = Some(AccessLevel { name: name.into(), ..AccessLevel::default() });
    CreateAccessLevelRequest { request_id: id(), access_level }
}

/// Whether a list that came holds the client: what is left out is as good as not found.
fn holds(there: bool) -> Result<(), Status> {
    if there { Ok(()) } else { Err(Status::not_found("left out")) }
}

/// A kind of link, and a client of the caller's own.
async fn linked(desk: &Desk, by: &Caller) -> (String, String) {
    let kind = desk.entry(DirectoryKind::ClientLink, &id()).await;
    let mut new = new_client("Ясно, связанный", &[]);
    new.draft.responsible = by.employee().ok();
    (kind, ops::create(&desk.world.db, desk.world.admin, new, None).await.unwrap().id.to_string())
}

/// A link of the subject's client with another whose owner is the same: whoever sees the one sees the other.
async fn tied(desk: &Desk, client: &str) -> String {
    let (kind_id, other_client_id) = linked(desk, &desk.admin).await;
    desk.world
        .sql(&format!(
            "update crm.client o set responsible_employee_id = c.responsible_employee_id from crm.client c
             where c.client_id = '{client}' and o.client_id = '{other_client_id}'"
        ))
        .await;
    let link = ClientLink { client_id: client.to_owned(), other_client_id, kind_id, ..ClientLink::default() };
    let request = CreateClientLinkRequest { request_id: id(), link: Some(link) };
    let links = ClientLinkGrpc { db: desk.world.db.clone() };
    links.create_client_link(desk.admin.request(request)).await.unwrap().into_inner().link.unwrap().link_id
}

/// Calls a method about the subject.
pub async fn call(desk: &Desk, by: &Caller, method: &str, s: &Subject) -> (Rule, Result<(), Status>) {
    let (c, p, k, d, f) = (&desk.clients, &desk.contacts, &desk.contracts, &desk.directories, &desk.fields);
    let a = AccessGrpc { db: desk.world.db.clone() };
    let l = ClientLinkGrpc { db: desk.world.db.clone() };
    let o = ConsentGrpc { db: desk.world.db.clone() };
    let client_id = || s.client.clone();
    let contact_id = || s.contact.clone();
    let contact_point_id = || s.point.clone();
    let etag = String::new;
    let name = id();
    match method {
        "ClientService/FindClients" => {
            let request = FindClientsRequest { query: "Чужой клиент".into(), ..Default::default() };
            let page = c.find_clients(by.request(request)).await.unwrap().into_inner();
            (Rule::Sight, holds(page.clients.iter().any(|one| one.client_id == s.client)))
        }
        "ClientService/ListClients" => {
            let page = c.list_clients(by.request(ListClientsRequest::default())).await.unwrap().into_inner();
            (Rule::Sight, holds(page.clients.iter().any(|one| one.client_id == s.client)))
        }
        "ClientService/BatchGetClients" => {
            let request = BatchGetClientsRequest { client_ids: vec![client_id()], in_passing: false };
            let page = c.batch_get_clients(by.request(request)).await.unwrap().into_inner();
            (Rule::Sight, holds(!page.clients.is_empty()))
        }
        "ClientService/GetClient" => {
            let request = GetClientRequest { client_id: client_id() };
            (Rule::Sight, c.get_client(by.request(request)).await.map(drop))
        }
        "ClientService/CreateClient" => {
            let request = CreateClientRequest {
                request_id: id(),
                client: Some(company("Новый")),
                contact_point_id: contact_point_id(),
                force: false,
            };
            (Rule::Sight, c.create_client(by.request(request)).await.map(drop))
        }
        "ClientService/UpdateClient" => {
            let client = Some(Client { client_id: client_id(), comment: "Новое".into(), ..Client::default() });
            let request = UpdateClientRequest { client, update_mask: mask(&["comment"]) };
            (Rule::Sight, c.update_client(by.request(request)).await.map(drop))
        }
        "ClientService/ArchiveClient" => {
            let request = ArchiveClientRequest { client_id: client_id(), etag: etag() };
            (Rule::Sight, c.archive_client(by.request(request)).await.map(drop))
        }
        "ClientService/RestoreClient" => {
            let request = RestoreClientRequest { client_id: client_id(), etag: etag() };
            (Rule::Sight, c.restore_client(by.request(request)).await.map(drop))
        }
        "ClientService/ListClientChanges" => {
            let request = ListClientChangesRequest { client_id: client_id(), ..Default::default() };
            (Rule::Sight, c.list_client_changes(by.request(request)).await.map(drop))
        }
        "ClientService/GetClientPhoto" => {
            desk.world
                .sql(&format!(
                    "insert into crm.photo values ('{}', 'image/png', 'x') on conflict do nothing",
                    client_id()
                ))
                .await;
            let request = GetClientPhotoRequest { client_id: client_id() };
            (Rule::Sight, c.get_client_photo(by.request(request)).await.map(drop))
        }
        "ClientService/SetClientPhoto" => {
            let request = SetClientPhotoRequest { client_id: client_id(), photo: Vec::new() };
            (Rule::Sight, c.set_client_photo(by.request(request)).await.map(drop))
        }
        "ClientService/LinkContactPoint" => {
            let request =
                LinkContactPointRequest { contact_point_id: contact_point_id(), client_id: client_id(), r#move: true };
            (Rule::Sight, c.link_contact_point(by.request(request)).await.map(drop))
        }
        "ClientService/SuggestClients" => {
            let request = SuggestClientsRequest { contact_point_id: contact_point_id() };
            (Rule::Sight, c.suggest_clients(by.request(request)).await.map(drop))
        }
        "ClientService/UnlinkContactPoint" => {
            let request = UnlinkContactPointRequest { contact_point_id: contact_point_id() };
            (Rule::Sight, c.unlink_contact_point(by.request(request)).await.map(drop))
        }
        "ContactService/ListContacts" => {
            let request = ListContactsRequest { client_id: client_id(), ..Default::default() };
            let all = p.list_contacts(by.request(ListContactsRequest::default())).await.unwrap().into_inner();
            let listed = holds(all.contacts.iter().any(|one| one.contact_id == s.contact));
            let named = p.list_contacts(by.request(request)).await.map(drop);
            assert_eq!(listed.is_ok(), named.is_ok(), "all contacts are those of clients in sight");
            (Rule::Sight, named)
        }
        "ContactService/GetContact" => {
            let request = GetContactRequest { contact_id: contact_id() };
            (Rule::Sight, p.get_contact(by.request(request)).await.map(drop))
        }
        "ContactService/CreateContact" => {
            let contact = Contact { client_id: client_id(), surname: "Новый".into(), ..Contact::default() };
            let request = CreateContactRequest { request_id: id(), contact: Some(contact), ..Default::default() };
            (Rule::Sight, p.create_contact(by.request(request)).await.map(drop))
        }
        "ContactService/UpdateContact" => {
            let contact =
                Some(Contact { contact_id: contact_id(), comment: "Новое".into(), ..Contact::default() });
            let request = UpdateContactRequest { contact, update_mask: mask(&["comment"]) };
            (Rule::Sight, p.update_contact(by.request(request)).await.map(drop))
        }
        "ContactService/ArchiveContact" => {
            let request = ArchiveContactRequest { contact_id: contact_id(), etag: etag() };
            (Rule::Sight, p.archive_contact(by.request(request)).await.map(drop))
        }
        "ContactService/RestoreContact" => {
            let request = RestoreContactRequest { contact_id: contact_id(), etag: etag() };
            (Rule::Sight, p.restore_contact(by.request(request)).await.map(drop))
        }
        "ContractService/ListContracts" => {
            let request = ListContractsRequest { client_id: client_id(), with_archived: false };
            (Rule::Sight, k.list_contracts(by.request(request)).await.map(drop))
        }
        "ContractService/CreateContract" => {
            let contract = Some(Contract { client_id: client_id(), ..Contract::default() });
            let request = CreateContractRequest { request_id: id(), contract };
            (Rule::Sight, k.create_contract(by.request(request)).await.map(drop))
        }
        "ContractService/UpdateContract" => {
            let contract =
                Some(Contract { contract_id: s.contract.clone(), number: "1".into(), ..Contract::default() });
            let request = UpdateContractRequest { contract, update_mask: mask(&["number"]) };
            (Rule::Sight, k.update_contract(by.request(request)).await.map(drop))
        }
        "ClientLinkService/ListClientLinks" => {
            let request = ListClientLinksRequest { client_id: client_id() };
            (Rule::Sight, l.list_client_links(by.request(request)).await.map(drop))
        }
        "ClientLinkService/CreateClientLink" => {
            let (kind_id, other_client_id) = linked(desk, by).await;
            let link = ClientLink { client_id: client_id(), other_client_id, kind_id, ..ClientLink::default() };
            let request = CreateClientLinkRequest { request_id: id(), link: Some(link) };
            (Rule::Sight, l.create_client_link(by.request(request)).await.map(drop))
        }
        "ClientLinkService/UpdateClientLink" => {
            let link_id = tied(desk, &s.client).await;
            let request = UpdateClientLinkRequest {
                link: Some(ClientLink { link_id, note: "Новое".into(), ..ClientLink::default() }),
                update_mask: mask(&["note"]),
            };
            (Rule::Sight, l.update_client_link(by.request(request)).await.map(drop))
        }
        "ClientLinkService/DeleteClientLink" => {
            let link_id = tied(desk, &s.client).await;
            let request = DeleteClientLinkRequest { link_id, etag: etag() };
            (Rule::Sight, l.delete_client_link(by.request(request)).await.map(drop))
        }
        "ConsentService/ListConsents" => {
            let request = ListConsentsRequest { client_id: client_id() };
            (Rule::Sight, o.list_consents(by.request(request)).await.map(drop))
        }
        "ConsentService/RecordConsent" => {
            let purpose_id = desk.entry(DirectoryKind::ConsentPurpose, &name).await;
            let consent = Consent { client_id: client_id(), purpose_id, on: "2026-05-01".into(), ..Consent::default() };
            let request = RecordConsentRequest { request_id: id(), consent: Some(consent) };
            (Rule::Sight, o.record_consent(by.request(request)).await.map(drop))
        }
        "ConsentService/AnnulConsent" => {
            let purpose_id = desk.entry(DirectoryKind::ConsentPurpose, &name).await;
            let consent = Consent { client_id: client_id(), purpose_id, on: "2026-05-01".into(), ..Consent::default() };
            let request = RecordConsentRequest { request_id: id(), consent: Some(consent) };
            let made = o.record_consent(desk.admin.request(request)).await.unwrap().into_inner().consent.unwrap();
            let Consent { consent_id, etag, .. } = made;
            let request = AnnulConsentRequest { consent_id, etag, reason: "Ошибка".into() };
            (Rule::Sight, o.annul_consent(by.request(request)).await.map(drop))
        }
        "DirectoryService/ListDirectoryEntries" => {
            let request = ListDirectoryEntriesRequest::default();
            (Rule::Everyone, d.list_directory_entries(by.request(request)).await.map(drop))
        }
        "DirectoryService/CreateDirectoryEntry" => {
            let tag = DirectoryEntry { kind: DirectoryKind::Tag.into(), name: name.clone(), ..Default::default() };
            let request = CreateDirectoryEntryRequest { request_id: id(), entry: Some(tag.clone()) };
            d.create_directory_entry(by.request(request)).await.unwrap(); // everyone adds tags
            let entry = Some(DirectoryEntry { kind: DirectoryKind::Segment.into(), ..tag });
            let request = CreateDirectoryEntryRequest { request_id: id(), entry };
            (Rule::Administrator, d.create_directory_entry(by.request(request)).await.map(drop))
        }
        "DirectoryService/UpdateDirectoryEntry" => {
            let entry = Some(DirectoryEntry { entry_id: s.entry.clone(), place: 5, ..Default::default() });
            let request = UpdateDirectoryEntryRequest { entry, update_mask: mask(&["place"]) };
            (Rule::Administrator, d.update_directory_entry(by.request(request)).await.map(drop))
        }
        "FieldService/ListCustomFields" => {
            let request = ListCustomFieldsRequest::default();
            (Rule::Everyone, f.list_custom_fields(by.request(request)).await.map(drop))
        }
        "FieldService/CreateCustomField" => {
            (Rule::Administrator, f.create_custom_field(by.request(create_field(&name))).await.map(drop))
        }
        "FieldService/UpdateCustomField" => {
            let field = Some(CustomField { field_id: s.field.clone(), place: 5, ..Default::default() });
            let request = UpdateCustomFieldRequest { field, update_mask: mask(&["place"]) };
            (Rule::Administrator, f.update_custom_field(by.request(request)).await.map(drop))
        }
        "FieldService/GetClientSettings" => {
            let request = GetClientSettingsRequest {};
            (Rule::Everyone, f.get_client_settings(by.request(request)).await.map(drop))
        }
        "FieldService/UpdateClientSettings" => {
            let settings = Some(ClientSettings { creator_levels: true, ..Default::default() });
            let request = UpdateClientSettingsRequest { settings, update_mask: mask(&["creator_levels"]) };
            (Rule::Administrator, f.update_client_settings(by.request(request)).await.map(drop))
        }
        "AccessService/ListAccessLevels" => {
            let request = ListAccessLevelsRequest::default();
            (Rule::Everyone, a.list_access_levels(by.request(request)).await.map(drop))
        }
        "AccessService/CreateAccessLevel" => {
            (Rule::Administrator, a.create_access_level(by.request(create_level(&name))).await.map(drop))
        }
        "AccessService/UpdateAccessLevel" => {
            let access_level =
                Some(AccessLevel { access_level_id: s.level.clone(), all_clients: false, ..Default::default() });
            let request = UpdateAccessLevelRequest { access_level, update_mask: mask(&["all_clients"]) };
            (Rule::Administrator, a.update_access_level(by.request(request)).await.map(drop))
        }
        "AccessLogService/ListAccesses" => {
            let log = AccessLogGrpc { db: desk.world.db.clone() };
            let request = ListAccessesRequest::default();
            (Rule::Administrator, log.list_accesses(by.request(request)).await.map(drop))
        }
        _ if method.starts_with("DuplicateService/") => {
            let name = method.trim_start_matches("DuplicateService/");
            rule_of(rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("LeadService/") => {
            let name = method.trim_start_matches("LeadService/");
            rule_of(leads::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("FeedService/") => {
            let name = method.trim_start_matches("FeedService/");
            rule_of(feed::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("QualityService/") => {
            let name = method.trim_start_matches("QualityService/");
            rule_of(quality::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("PotentialService/") => {
            let name = method.trim_start_matches("PotentialService/");
            rule_of(potential::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("ImportService/") => {
            let name = method.trim_start_matches("ImportService/");
            rule_of(imports::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ if method.starts_with("PersonalDataService/") => {
            let name = method.trim_start_matches("PersonalDataService/");
            rule_of(personal::rights::call(&desk.world, by, name, &s.client).await.expect(method))
        }
        _ => panic!("{method} has no rule: say who may call it"),
    }
}

fn rule_of((who, answer): (Who, Result<(), Status>)) -> (Rule, Result<(), Status>) {
    let rule = match who {
        Who::Sees => Rule::Sight,
        Who::Owns => Rule::Own,
        Who::Leads => Rule::Leading,
        Who::Administrates => Rule::Administrator,
        Who::Anyone => Rule::Everyone,
    };
    (rule, answer)
}

// acceptance: AC-1, AC-2
#[tokio::test]
async fn every_call_by_every_role_about_another_s_client_is_as_the_rules_say() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let company = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(company)).await;
    let service = world.department("Сервис", Some(company)).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await;
    let peer = world.employee("peer", &[Role::Operator], &[sales]).await;
    let head = world.employee("head", &[Role::Operator, Role::Head], &[sales]).await;
    let above = world.employee("above", &[Role::Operator, Role::Head], &[company]).await;
    let sibling = world.employee("sibling", &[Role::Operator, Role::Head], &[service]).await;
    world.restrict().await;
    let roles = [
        ("the responsible person", Caller::operator(seller.id), true),
        ("somebody of the same department", Caller::operator(peer.id), false),
        ("their head", heading(head.id), true),
        ("the head above", heading(above.id), true),
        ("the head beside", heading(sibling.id), false),
        ("an administrator", desk.admin.clone(), true),
    ];
    for (who, caller, sees) in &roles {
        let subject = subject(&desk, seller.id, sales).await;
        for method in methods("okno.crm.v1") {
            let (rule, answer) = call(&desk, caller, &method, &subject).await;
            let code = answer.as_ref().map_or_else(Status::code, |()| Code::Ok);
            let refused = matches!(code, Code::NotFound | Code::PermissionDenied);
            let wanted = match rule {
                Rule::Sight if !sees => Some(Code::NotFound),
                Rule::Own if caller.employee().unwrap() != seller.id && !caller.is_administrator() => {
                    Some(Code::NotFound)
                }
                Rule::Administrator if !caller.is_administrator() => Some(Code::PermissionDenied),
                Rule::Leading if !caller.is_administrator() && !caller.roles.contains(&rpc::Role::Head) => {
                    Some(Code::PermissionDenied)
                }
                Rule::Sight | Rule::Own | Rule::Leading | Rule::Administrator | Rule::Everyone => None,
            };
            match wanted {
                Some(wanted) => assert_eq!(code, wanted, "{method} by {who}: {answer:?}"),
                None => assert!(!refused, "{method} by {who}: {answer:?}"),
            }
        }
    }
}
