//! Who read cards, and took lists and all data of a person.

use std::time::Duration;

use ::store::access;
use chrono::TimeDelta;
use contracts::{
    crm::{
        AddressKind, BatchGetClientsRequest, Client, ClientAddress, ConvertLeadRequest, CreateClientRequest,
        EraseLeadRequest, ExportClientsRequest, GetClientRequest, GetContactRequest, ListAccessesRequest,
        ListClientFeedRequest, ListClientsRequest, ListContactsRequest, MergeClientsRequest,
        access_log_service_server::AccessLogService as _, client_service_server::ClientService as _,
        contact_service_server::ContactService as _, duplicate_service_server::DuplicateService as _,
        feed_service_server::FeedService as _, import_service_server::ImportService as _,
        lead_service_server::LeadService as _,
    },
    org::{Access, AccessFilter, AccessKind},
};
use futures::TryStreamExt as _;
use rpc::Caller;
use runtime::{Stop, TaskTracker};
use testkit::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    cards::{Desk, company},
    clients::client,
    leads,
};
use crate::{
    access_log::AccessLogGrpc,
    duplicates::{self, DuplicateGrpc},
    feed::FeedGrpc,
    housekeeping,
    imports::ImportGrpc,
};

const SOON: Duration = Duration::from_secs(20);

impl Desk {
    async fn open(&self, by: &Caller, client: &str) -> Result<(), Status> {
        let request = GetClientRequest { client_id: client.to_owned() };
        self.clients.get_client(by.request(request)).await.map(drop)
    }

    async fn batch(&self, by: &Caller, clients: &[String], in_passing: bool) {
        let request = BatchGetClientsRequest { client_ids: clients.to_vec(), in_passing };
        self.clients.batch_get_clients(by.request(request)).await.unwrap();
    }

    async fn employee(&self, login: &str) -> Caller {
        Caller::operator(self.world.operator(login).await.id)
    }

    /// Newest first, as an administrator reads it once the counts are written.
    async fn accesses(&self, filter: AccessFilter) -> Vec<Access> {
        let db = &self.world.db;
        db.accesses.write_repeats(&db.pool).await.unwrap();
        let request = ListAccessesRequest { filter: Some(filter), ..ListAccessesRequest::default() };
        let log = AccessLogGrpc { db: db.clone() };
        log.list_accesses(self.admin.request(request)).await.unwrap().into_inner().accesses
    }

    async fn of_client(&self, client: &str) -> Vec<Access> {
        self.accesses(AccessFilter { client_id: client.to_owned(), ..AccessFilter::default() }).await
    }
}

fn employee(caller: &Caller) -> String {
    caller.employee().unwrap().to_string()
}

fn request_id() -> String {
    Uuid::now_v7().to_string()
}

// acceptance: XC-8
#[tokio::test]
async fn whoever_opens_a_card_is_on_record_once_with_how_often_and_by_which_way() {
    let desk = Desk::start().await;
    let (anna, boris) = (desk.employee("anna").await, desk.employee("boris").await);
    let by_key = Caller { scopes: vec!["crm.read".into(), "inbox.read".into()], ..anna.clone() };
    let client = desk.create(company("Щука")).await.unwrap().client_id;
    let other = desk.create(company("Карась")).await.unwrap().client_id;
    let feed = FeedGrpc { db: desk.world.db.clone() };
    for by in [&anna, &anna, &boris, &by_key] {
        // As the page opens a card: everything at once.
        let whole = ListClientFeedRequest { client_id: client.clone(), ..ListClientFeedRequest::default() };
        let people = ListContactsRequest { client_id: client.clone(), ..ListContactsRequest::default() };
        let (card, feed, people) = tokio::join!(
            desk.open(by, &client),
            feed.list_client_feed(by.request(whole)),
            desk.contacts.list_contacts(by.request(people)),
        );
        assert!(card.is_ok() && feed.is_ok() && people.is_ok());
    }
    desk.open(&anna, &other).await.unwrap();
    for by in [&anna, &by_key] {
        desk.batch(by, std::slice::from_ref(&client), false).await;
        desk.clients.list_clients(by.request(ListClientsRequest::default())).await.unwrap();
    }
    let told = |access: &Access| (access.employee_id.clone(), access.by_key, access.times);
    let found = desk.of_client(&client).await;
    let expected = [(employee(&anna), true, 1), (employee(&boris), false, 1), (employee(&anna), false, 2)];
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    let last = found.last().unwrap();
    assert_eq!((last.kind(), last.object_name.as_str()), (AccessKind::Client, "Щука"));
    assert_eq!((last.client_id.as_str(), last.client_name.as_str()), (client.as_str(), "Щука"));
    assert!(!last.object_gone && last.at.is_some());
    let of_anna = AccessFilter { employee_id: employee(&anna), ..AccessFilter::default() };
    let of_anna = desk.accesses(of_anna).await;
    let kinds: Vec<_> = of_anna.iter().map(|access| (access.kind(), access.by_key, access.times)).collect();
    let lists = (AccessKind::List, true, 1);
    let cards = [(AccessKind::Client, false, 1), (AccessKind::Client, true, 1), (AccessKind::Client, false, 2)];
    assert_eq!((kinds[0], &kinds[1..]), (lists, cards.as_slice()), "what somebody has looked at, and a program taken");
}

// acceptance: XC-8
#[tokio::test]
async fn a_few_cards_fetched_together_are_each_on_record_and_many_are_a_list() {
    let desk = Desk::start().await;
    let anna = desk.employee("anna").await;
    let by_key = Caller { scopes: vec!["crm.read".into()], ..anna.clone() };
    let mut clients = Vec::new();
    for name in ["Щука", "Карась", "Окунь", "Ёрш"] {
        clients.push(desk.create(company(name)).await.unwrap().client_id);
    }
    desk.batch(&anna, &clients[..1], true).await;
    desk.batch(&anna, &clients, false).await;
    assert_eq!(desk.accesses(AccessFilter::default()).await, [], "lists and notices open nothing");
    desk.batch(&anna, &clients[..3], false).await;
    desk.batch(&by_key, &clients[..1], true).await;
    desk.batch(&by_key, &clients, true).await;
    let found = desk.accesses(AccessFilter::default()).await;
    let told = |access: &Access| (access.kind(), access.by_key, access.object_name.clone());
    let mut told: Vec<_> = found.iter().map(told).collect();
    told[2..].sort_by(|a, b| a.2.cmp(&b.2));
    let card = |by_key, name: &str| (AccessKind::Client, by_key, name.to_owned());
    let people = ["Карась", "Окунь", "Щука"].map(|name| card(false, name));
    assert_eq!(told[..2], [(AccessKind::List, true, String::new()), card(true, "Щука")]);
    assert_eq!(told[2..], people);
}

#[tokio::test]
async fn whoever_creates_again_reads_what_is_there_and_likenesses_are_a_list() {
    let desk = Desk::start().await;
    let settings = duplicates::settings::Settings { check_on_create: true, ..Default::default() };
    duplicates::settings::update(&desk.world.db, desk.world.admin, None, settings).await.unwrap();
    let scopes = ["crm.read", "crm.write"].map(str::to_owned).to_vec();
    let by_key = Caller { scopes, ..desk.admin.clone() };
    let alike =
        ClientAddress { kind: AddressKind::Phone.into(), value: "+7 999 000-00-61".into(), ..Default::default() };
    let shark = Client { addresses: vec![alike], ..company("Щука") };
    let create = async |request_id: &str| {
        let request = CreateClientRequest {
            request_id: request_id.to_owned(),
            client: Some(shark.clone()),
            contact_point_id: String::new(),
            force: false,
        };
        desk.clients.create_client(by_key.request(request)).await.unwrap().into_inner()
    };
    let kinds = async || desk.accesses(AccessFilter::default()).await.iter().map(Access::kind).collect::<Vec<_>>();
    let id = request_id();
    assert!(create(&id).await.client.is_some());
    assert_eq!(kinds().await, [], "their own words come back");
    assert!(create(&id).await.client.is_some());
    assert_eq!(kinds().await, [AccessKind::Client]);
    assert!(!create(&request_id()).await.candidates.is_empty());
    assert_eq!(kinds().await, [AccessKind::List, AccessKind::Client]);
}

// acceptance: XC-8
#[tokio::test]
async fn only_administrators_read_the_log_and_what_was_refused_is_not_in_it() {
    let desk = Desk::start().await;
    let client = desk.create(company("Щука")).await.unwrap().client_id;
    desk.world.restrict().await;
    let stranger = desk.employee("stranger").await;
    assert_eq!(desk.open(&stranger, &client).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(desk.accesses(AccessFilter::default()).await, []);
    let head = Caller { roles: vec![rpc::Role::Operator, rpc::Role::Head], ..stranger.clone() };
    let blind = Caller { scopes: vec!["org.read".into()], ..desk.admin.clone() };
    let log = AccessLogGrpc { db: desk.world.db.clone() };
    for by in [&stranger, &head, &blind] {
        let refused = log.list_accesses(by.request(ListAccessesRequest::default())).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
}

// acceptance: XC-8
#[tokio::test]
async fn a_reading_that_cannot_be_put_on_record_does_not_happen() {
    let desk = Desk::start().await;
    let client = desk.create(company("Щука")).await.unwrap().client_id;
    desk.world.sql("alter table crm.access rename to access_away").await;
    assert_eq!(desk.open(&desk.admin, &client).await.unwrap_err().code(), Code::Unavailable);
    desk.world.sql("alter table crm.access_away rename to access").await;
    desk.open(&desk.admin, &client).await.unwrap();
    assert_eq!(desk.of_client(&client).await.len(), 1);
}

// acceptance: XC-8
#[tokio::test]
async fn the_log_of_who_was_merged_is_that_of_who_stays() {
    let desk = Desk::start().await;
    let anna = desk.employee("anna").await;
    let lead = leads::create(&desk.world, &desk.admin, leads::named("Щукин", Vec::new()), None).await.unwrap();
    leads::get(&desk.world, &anna, &lead.lead_id).await.unwrap();
    let wanted = ConvertLeadRequest {
        request_id: request_id(),
        lead_id: lead.lead_id.clone(),
        etag: lead.etag,
        ..ConvertLeadRequest::default()
    };
    let convert = leads::grpc(&desk.world).convert_lead(desk.admin.request(wanted)).await.unwrap();
    let gone = convert.into_inner().client.unwrap().client_id;
    desk.open(&anna, &gone).await.unwrap();
    let stays = client(&desk.world, "Щука", &[]).await.id.to_string();
    let merge = MergeClientsRequest {
        request_id: request_id(),
        client_id: stays.clone(),
        other_client_ids: vec![gone.clone()],
        ..MergeClientsRequest::default()
    };
    let merges = DuplicateGrpc { db: desk.world.db.clone() };
    merges.merge_clients(desk.admin.request(merge)).await.unwrap();
    let found = desk.of_client(&stays).await;
    let told = |access: &Access| (access.kind(), access.object_id.clone(), access.client_id.clone());
    let expected = [(AccessKind::Client, gone, stays.clone()), (AccessKind::Lead, lead.lead_id, stays.clone())];
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|access| access.client_name == "Щука"));
}

#[tokio::test]
async fn people_leads_and_lists_as_files_are_named_as_long_as_they_are_there() {
    let desk = Desk::start().await;
    let anna = desk.employee("anna").await;
    let client_id = desk.create(company("Щука")).await.unwrap().client_id;
    let contact = contracts::crm::Contact { client_id, surname: "Иванова".into(), ..Default::default() };
    let contact_id = desk.contact(contact).await.unwrap().contact_id;
    desk.contacts.get_contact(anna.request(GetContactRequest { contact_id })).await.unwrap();
    let lead = leads::create(&desk.world, &desk.admin, leads::named("Карасёв", Vec::new()), None).await.unwrap();
    leads::get(&desk.world, &anna, &lead.lead_id).await.unwrap();
    let imports = ImportGrpc { db: desk.world.db.clone() };
    let file = imports.export_clients(anna.request(ExportClientsRequest::default())).await.unwrap().into_inner();
    assert!(!file.try_collect::<Vec<_>>().await.unwrap().is_empty());
    let told =
        |access: &Access| (access.kind(), access.object_name.clone(), access.client_name.clone(), access.records);
    let found = desk.accesses(AccessFilter::default()).await;
    let expected = [
        (AccessKind::ClientExport, String::new(), String::new(), 1),
        (AccessKind::Lead, "Карасёв".to_owned(), String::new(), 0),
        (AccessKind::Contact, "Иванова".to_owned(), "Щука".to_owned(), 0),
    ];
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|access| !access.object_gone));
    let erase = EraseLeadRequest { lead_id: lead.lead_id, etag: lead.etag };
    leads::grpc(&desk.world).erase_lead(desk.admin.request(erase)).await.unwrap();
    let kinds = vec![AccessKind::Lead.into(), AccessKind::Contact.into()];
    let found = desk.accesses(AccessFilter { kinds, ..AccessFilter::default() }).await;
    assert_eq!(found.iter().map(|access| access.object_gone).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn housekeeping_deletes_what_is_too_old_and_writes_what_came_again_before_it_ends() {
    let desk = Desk::start().await;
    let (db, admin) = (&desk.world.db, desk.admin.clone());
    let client = desk.create(company("Щука")).await.unwrap().client_id;
    let old = desk.create(company("Карась")).await.unwrap().client_id;
    for id in [&client, &old, &client] {
        desk.open(&admin, id).await.unwrap();
    }
    desk.world.sql(&format!("update crm.access set at = at - interval '31 days' where object_id = '{old}'")).await;
    let (tasks, stop) = (TaskTracker::new(), Stop::new());
    tasks.spawn(housekeeping::run(db.clone(), TimeDelta::days(30), stop.clone()));
    let count = "select count(*) from crm.access";
    eventually("the old one is deleted", SOON, async || (desk.world.count(count).await == 1).then_some(())).await;
    desk.open(&admin, &client).await.unwrap();
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    let filter = access::Filter::default();
    let left = access::list(&db.pool, ::store::Schema::Crm, &filter, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|row| row.times).collect::<Vec<_>>(), [3]);
}
