//! The feed of a client: its order, pages, filters, pins, and who sees what of it.

pub mod rights;

use chrono::{DateTime, Duration, Utc};
use contracts::{
    crm::{
        FeedEntry, FeedFilter, FeedKind, FeedState, ListClientFeedRequest, ListClientFeedResponse, PinFeedEntryRequest,
        UnpinFeedEntryRequest, feed_service_server::FeedService as _,
    },
    errors::ErrorReason,
};
use model::{ClientId, EmployeeId};
use rpc::{Caller, reason_of};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    clients,
    duplicates::{
        leading,
        merge::{merged, wanted},
    },
    world::World,
};
use crate::{
    caller::Mask,
    clients::{
        domain::{Client, Draft},
        link, ops,
    },
    duplicates::merge,
    employees::domain::Role,
    feed::FeedGrpc,
};

pub fn grpc(world: &World) -> FeedGrpc {
    FeedGrpc { db: world.db.clone() }
}

fn start() -> DateTime<Utc> {
    "2024-11-23T09:00:00Z".parse().unwrap()
}

/// What router would publish of a dialog.
pub struct Said<'a> {
    pub dialog: Uuid,
    pub minute: i64,
    pub kind: FeedKind,
    pub by: Option<EmployeeId>,
    pub text: &'a str,
}

impl<'a> Said<'a> {
    pub const fn message(dialog: Uuid, minute: i64, text: &'a str) -> Self {
        Self { dialog, minute, kind: FeedKind::Message, by: None, text }
    }
}

pub async fn put(world: &World, view: &str, state: FeedState, said: Said<'_>, detail: Value) -> Uuid {
    let id = Uuid::now_v7();
    let sql = format!("insert into inbox_read.{view} values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    sqlx::query(AssertSqlSafe(sql))
        .bind(said.dialog)
        .bind(id)
        .bind(start() + Duration::minutes(said.minute))
        .bind(i16::try_from(i32::from(said.kind)).unwrap())
        .bind(i16::try_from(i32::from(state)).unwrap())
        .bind(said.by.map(Uuid::from))
        .bind(said.text)
        .bind(detail.get("files").is_some())
        .bind(detail)
        .execute(&world.db.pool)
        .await
        .unwrap();
    id
}

async fn said(world: &World, said: Said<'_>) -> Uuid {
    put(world, "feed_message", FeedState::Done, said, json!({"facts": {"channel": "telegram"}})).await
}

/// A client whose dialog anybody sees, with that dialog.
pub async fn somebody(world: &World, name: &str) -> (Client, Uuid) {
    let client = clients::client(world, name, &[]).await;
    let point = world.contact_point(name, &[]).await;
    link::link(&world.db, world.admin, point, client.id, false).await.unwrap();
    (client, world.dialog(point, None, None, None).await)
}

fn admin(world: &World) -> Caller {
    Caller::administrator(world.admin.employee().unwrap())
}

async fn feed(
    world: &World,
    by: &Caller,
    client: ClientId,
    change: impl FnOnce(&mut ListClientFeedRequest),
) -> Result<ListClientFeedResponse, Status> {
    let mut request = ListClientFeedRequest { client_id: client.to_string(), ..Default::default() };
    change(&mut request);
    grpc(world).list_client_feed(by.request(request)).await.map(tonic::Response::into_inner)
}

async fn whole(world: &World, by: &Caller, client: ClientId) -> ListClientFeedResponse {
    feed(world, by, client, |_| {}).await.unwrap()
}

async fn narrowed(world: &World, client: ClientId, filter: FeedFilter) -> ListClientFeedResponse {
    feed(world, &admin(world), client, |request| request.filter = Some(filter)).await.unwrap()
}

async fn pin(world: &World, by: &Caller, client: ClientId, entry: Uuid) -> Result<(), Status> {
    let request = PinFeedEntryRequest { client_id: client.to_string(), entry_id: entry.to_string() };
    grpc(world).pin_feed_entry(by.request(request)).await.map(drop)
}

fn texts(entries: &[FeedEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.text.as_str()).collect()
}

async fn change(world: &World, client: &Client, field: &str, edit: impl FnOnce(&mut Draft)) {
    let mut draft = clients::new_client(&client.name, &[]).draft;
    edit(&mut draft);
    ops::update(&world.db, world.admin, client.id, None, draft, &Mask::all(&[field])).await.unwrap();
}

/// A change of a versioned field, which the feed shows.
async fn say_inn(world: &World, client: &Client) {
    change(world, client, "inn", |draft| draft.card.inn = "7707083893".into()).await;
}

// acceptance: CL-4
#[tokio::test]
async fn plans_stand_on_top_then_pins_then_the_rest_newest_first_by_pages() {
    let world = World::start().await;
    let (client, dialog) = somebody(&world, "Покупатель 1").await;
    let by = admin(&world);
    let mut all = Vec::new();
    for minute in 0..7 {
        all.push(said(&world, Said::message(dialog, minute, &format!("Сообщение {minute}"))).await);
    }
    let same = said(&world, Said::message(dialog, 6, "В ту же минуту")).await;
    let note = Said { kind: FeedKind::Note, by: world.admin.employee(), ..Said::message(dialog, 20, "Заметка") };
    said(&world, note).await;
    let request = Said { kind: FeedKind::Request, ..Said::message(dialog, 3, "") };
    put(&world, "feed_request", FeedState::Done, request, json!({"facts": {"number": "17", "state": "5"}})).await;
    for (minute, text) in [(90, "Потом"), (80, "Скоро")] {
        put(&world, "feed_unsent", FeedState::Planned, Said::message(dialog, minute, text), json!({})).await;
    }
    let late = Said::message(dialog, 70, "Передумали");
    put(&world, "feed_message", FeedState::Cancelled, late, json!({})).await;
    say_inn(&world, &client).await;
    pin(&world, &by, client.id, all[1]).await.unwrap();
    pin(&world, &by, client.id, all[0]).await.unwrap();

    let small = |token: String| {
        move |request: &mut ListClientFeedRequest| {
            request.page_size = 4;
            request.page_token = token;
        }
    };
    let first = feed(&world, &by, client.id, small(String::new())).await.unwrap();
    assert_eq!(texts(&first.plans), ["Скоро", "Потом"]);
    assert_eq!(texts(&first.pinned), ["Сообщение 0", "Сообщение 1"]);
    assert!(first.pinned.iter().all(|entry| entry.pinned));
    let change = &first.entries[0]; // made just now, the rest long ago
    assert_eq!((change.kind(), change.facts["field"].as_str()), (FeedKind::Change, "inn"));
    assert_eq!((change.old_values.len(), change.new_values[0].as_str()), (0, "7707083893"));
    assert_eq!(change.employee_id, world.admin.employee().unwrap().to_string());
    assert_eq!(texts(&first.entries[1..3]), ["Передумали", "Заметка"]);
    assert_eq!(first.entries[1].state(), FeedState::Cancelled);
    // Of the same time: by id, and the page breaks between them.
    assert_eq!(first.entries[3].entry_id, same.max(all[6]).to_string());

    let second = feed(&world, &by, client.id, small(first.next_page_token)).await.unwrap();
    assert!(second.plans.is_empty() && second.pinned.is_empty(), "they came with the first page");
    assert_eq!(second.entries[0].entry_id, same.min(all[6]).to_string());
    assert_eq!(texts(&second.entries[1..]), ["Сообщение 5", "Сообщение 4", ""]);
    let request = &second.entries[3];
    assert!(request.kind() == FeedKind::Request || request.text == "Сообщение 3");
    let third = feed(&world, &by, client.id, small(second.next_page_token)).await.unwrap();
    assert_eq!((third.entries.len(), third.next_page_token.as_str()), (2, ""), "pins are not repeated");
}

// acceptance: CL-5
#[tokio::test]
async fn a_filter_narrows_by_kind_person_time_and_text_and_never_hides_plans() {
    let world = World::start().await;
    let (client, dialog) = somebody(&world, "Покупатель 1").await;
    let anna = world.operator("anna").await.id;
    said(&world, Said::message(dialog, 0, "Пришлите СЧЁТ на 100%")).await;
    said(&world, Said { by: Some(anna), ..Said::message(dialog, 1, "Счет отправлен") }).await;
    said(&world, Said { kind: FeedKind::Note, by: Some(anna), ..Said::message(dialog, 2, "Важный") }).await;
    let file = json!({"attachment_id": Uuid::now_v7(), "name": "Счёт.pdf", "mime_type": "application/pdf",
        "size_bytes": 4_096, "kind": 4, "has_thumbnail": false});
    let message = Said::message(dialog, 3, "");
    put(&world, "feed_message", FeedState::Done, message, json!({"files": [file]})).await;
    put(&world, "feed_unsent", FeedState::Planned, Said::message(dialog, 9, "План"), json!({})).await;
    say_inn(&world, &client).await;
    let id = client.id;
    let of = async |filter: FeedFilter| {
        let page = narrowed(&world, id, filter).await;
        assert_eq!(texts(&page.plans), ["План"], "no filter hides plans");
        page.entries
    };
    let kinds = |kinds: &[FeedKind]| FeedFilter {
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        ..FeedFilter::default()
    };
    assert_eq!(texts(&of(kinds(&[FeedKind::Note])).await), ["Важный"]);
    assert_eq!(of(kinds(&[FeedKind::Note, FeedKind::Change])).await.len(), 2);
    let files = of(kinds(&[FeedKind::File])).await;
    assert_eq!((files.len(), files[0].files[0].name.as_str(), files[0].kind()), (1, "Счёт.pdf", FeedKind::Message));
    assert!(of(kinds(&[FeedKind::Request])).await.is_empty());
    let annas = FeedFilter { employee_ids: vec![anna.to_string()], ..FeedFilter::default() };
    assert_eq!(texts(&of(annas).await), ["Важный", "Счет отправлен"]);
    let query = |query: &str| FeedFilter { query: query.into(), ..FeedFilter::default() };
    assert_eq!(texts(&of(query("счет ")).await), ["Счет отправлен", "Пришлите СЧЁТ на 100%"]);
    assert_eq!(texts(&of(query("100%")).await), ["Пришлите СЧЁТ на 100%"]);
    assert_eq!(of(query("0%_")).await.len(), 0, "what is typed is no pattern");
    assert_eq!(of(query("770708")).await[0].kind(), FeedKind::Change);
    let at = |minute: i64| Some(rpc::timestamp(start() + Duration::minutes(minute)));
    let period = FeedFilter { from: at(1), until: at(3), ..FeedFilter::default() };
    assert_eq!(texts(&of(period).await), ["Важный", "Счет отправлен"]);

    let refused = async |filter: FeedFilter| {
        let status = feed(&world, &admin(&world), id, |request| request.filter = Some(filter)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    };
    refused(FeedFilter { from: at(3), until: at(3), ..FeedFilter::default() }).await;
    refused(FeedFilter { kinds: vec![99], ..FeedFilter::default() }).await;
    refused(query(&"я".repeat(201))).await;
    let page = feed(&world, &admin(&world), id, |request| request.page_size = 1).await.unwrap();
    let by = admin(&world);
    let foreign = feed(&world, &by, id, |request| {
        request.filter = Some(kinds(&[FeedKind::Note]));
        request.page_token = page.next_page_token.clone();
    });
    assert_eq!(reason_of(&foreign.await.unwrap_err()), Some(ErrorReason::PageToken));
}

// acceptance: CL-6
#[tokio::test]
async fn what_one_pins_is_pinned_for_nobody_else() {
    let world = World::start().await;
    let (client, dialog) = somebody(&world, "Покупатель 1").await;
    let (other, _) = somebody(&world, "Покупатель 2").await;
    let entry = said(&world, Said::message(dialog, 0, "Важное")).await;
    let (mine, theirs) =
        (admin(&world), Caller::administrator(world.employee("boss", &[Role::Administrator], &[]).await.id));
    pin(&world, &mine, client.id, entry).await.unwrap();
    pin(&world, &mine, client.id, entry).await.unwrap();
    let page = whole(&world, &mine, client.id).await;
    assert_eq!((texts(&page.pinned), page.entries.len()), (vec!["Важное"], 0));
    let page = whole(&world, &theirs, client.id).await;
    assert_eq!((page.pinned.len(), texts(&page.entries)), (0, vec!["Важное"]));
    assert!(!page.entries[0].pinned);
    assert_eq!(world.audited(client.id.0).await.iter().filter(|action| *action == "feed.pinned").count(), 1);

    for (client, entry) in [(other.id, entry), (client.id, Uuid::now_v7())] {
        let refused = pin(&world, &mine, client, entry).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(ErrorReason::FeedEntryNotFound));
    }
    let request = UnpinFeedEntryRequest { client_id: client.id.to_string(), entry_id: entry.to_string() };
    for _ in 0..2 {
        grpc(&world).unpin_feed_entry(mine.request(request.clone())).await.unwrap();
    }
    assert_eq!(texts(&whole(&world, &mine, client.id).await.entries), ["Важное"]);

    // A field that was changed is pinned like anything; a thousand is enough.
    say_inn(&world, &client).await;
    let change: Uuid = whole(&world, &mine, client.id).await.entries[0].entry_id.parse().unwrap();
    pin(&world, &mine, client.id, change).await.unwrap();
    assert_eq!(whole(&world, &mine, client.id).await.pinned[0].kind(), FeedKind::Change);
    let many = format!(
        "insert into crm.feed_pin (employee_id, entry_id) select '{}', gen_random_uuid() from generate_series(1, 999)",
        world.admin.employee().unwrap()
    );
    world.sql(&many).await;
    let refused = pin(&world, &mine, client.id, entry).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::Limit));
    pin(&world, &mine, client.id, change).await.unwrap();
}

#[tokio::test]
async fn of_dialogs_one_reads_those_of_the_inbox_and_learns_how_many_are_closed() {
    let world = World::start().await;
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await;
    let other = world.operator("other").await;
    let client = clients::client(&world, "Покупатель 1", &[]).await;
    let point = world.contact_point("Покупатель 1", &[]).await;
    link::link(&world.db, world.admin, point, client.id, false).await.unwrap();
    for (text, owner, assignee, department) in [
        ("В очереди продаж", None, None, Some(sales)),
        ("У коллеги", None, Some(other.id), Some(sales)),
        ("Личная почта", Some(other.id), None, None),
    ] {
        let dialog = world.dialog(point, owner, assignee, department).await;
        said(&world, Said::message(dialog, 0, text)).await;
    }
    let shows = async |by: &Caller| {
        let page = whole(&world, by, client.id).await;
        let mut texts: Vec<String> = page.entries.iter().map(|entry| entry.text.clone()).collect();
        texts.sort();
        assert_eq!(page.conversation_ids.len(), texts.len());
        (texts, page.hidden_conversations)
    };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (seller_caller, other_caller) = (Caller::operator(seller.id), Caller::operator(other.id));
    assert_eq!(shows(&seller_caller).await, (owned(&["В очереди продаж"]), 1));
    assert_eq!(shows(&other_caller).await, (owned(&["Личная почта", "У коллеги"]), 1));
    assert_eq!(shows(&admin(&world)).await, (owned(&["В очереди продаж", "У коллеги"]), 0), "personal is personal");
    let key = Caller { scopes: vec!["crm.read".into()], ..other_caller.clone() };
    let request = key.request(ListClientFeedRequest { client_id: client.id.to_string(), ..Default::default() });
    let refused = grpc(&world).list_client_feed(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied, "what was said needs the scope of dialogs");
    let key = Caller { scopes: vec!["crm.read".into(), "inbox.read".into()], ..other_caller };
    assert_eq!(shows(&key).await, (owned(&["У коллеги"]), 1), "a program reads nobody's own mail");

    change(&world, &client, "responsible_employee_id", |draft| draft.responsible = Some(seller.id)).await;
    let page = whole(&world, &seller_caller, client.id).await;
    let dialogs = page.entries.iter().filter(|entry| entry.kind() == FeedKind::Message);
    assert_eq!((dialogs.count(), page.hidden_conversations), (2, 0), "the responsible person reads them");
    world.restrict().await;
    let stranger = Caller::operator(world.operator("stranger").await.id);
    let refused = feed(&world, &stranger, client.id, |_| {}).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::ClientNotFound));
    assert!(world.audited(client.id.0).await.contains(&"access.refused".to_owned()));
}

#[tokio::test]
async fn a_feed_goes_along_with_a_merge_and_comes_back_with_its_undo() {
    let world = World::start().await;
    let (one, first) = somebody(&world, "Покупатель 1").await;
    let (two, second) = somebody(&world, "Покупатель 2").await;
    let by = admin(&world);
    said(&world, Said::message(first, 0, "Первый")).await;
    let entry = said(&world, Said::message(second, 1, "Второй")).await;
    say_inn(&world, &two).await;
    pin(&world, &by, two.id, entry).await.unwrap();
    let before = whole(&world, &by, two.id).await;
    let merge = merged(&world, one.id.0, &[two.id.0]).await;
    assert_eq!(merge.others, wanted(one.id.0, &[two.id.0]).others);
    let page = whole(&world, &by, one.id).await;
    assert_eq!(texts(&page.pinned), ["Второй"], "pins go along");
    let of_two = page.entries.iter().find(|entry| entry.facts.get("client_id") == Some(&two.id.to_string()));
    assert_eq!(of_two.unwrap().new_values, ["7707083893"]);
    assert!(texts(&page.entries).contains(&"Первый"));
    merge::undo(&world.db, &leading(&world), merge.id).await.unwrap();
    assert_eq!(texts(&whole(&world, &by, one.id).await.pinned), [""; 0]);
    let after = whole(&world, &by, two.id).await;
    assert_eq!((after.pinned, after.conversation_ids), (before.pinned, before.conversation_ids));
}

#[tokio::test]
async fn a_new_source_joins_by_a_row_and_a_view() {
    let world = World::start().await;
    let (client, _) = somebody(&world, "Покупатель 1").await;
    world
        .sql(&format!(
            "create view crm.feed_visit as
                 select '{}'::uuid as anchor_id, '01990000-0000-7000-8000-000000000001'::uuid as entry_id, now() as at,
                        77::smallint as kind, 2::smallint as state, null::uuid as employee_id, 'Встреча' as text,
                        false as has_files, '{{}}'::jsonb as detail;
             insert into crm.feed_source values ('crm.feed_visit', true, '{{77}}', false, true)",
            client.id
        ))
        .await;
    let page = whole(&world, &admin(&world), client.id).await;
    assert_eq!((texts(&page.plans), page.plans[0].kind), (vec!["Встреча"], 77));
}
