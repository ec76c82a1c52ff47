//! Saved views: whose they are, who may do what, what they hold.

use contracts::{
    errors::ErrorReason,
    inbox::{
        ConversationFilter, ConversationOrder, ConversationView, CountViewsRequest, CreateViewRequest,
        DeleteViewRequest, ListViewsRequest, RequestState, UpdateViewRequest, View, view_service_server::ViewService,
    },
    live::{Audience, event::What},
};
use prost_types::FieldMask;
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Office, id_of, reason};
use crate::views::ViewApi;

fn view(name: &str) -> View {
    View { name: name.to_owned(), base: ConversationView::All.into(), ..View::default() }
}

impl Office {
    fn views(&self) -> ViewApi {
        ViewApi::new(self.conversations.db.clone())
    }

    async fn new_view(&self, by: &Caller, view: View) -> Result<View, Status> {
        self.new_view_as(by, Uuid::now_v7(), view).await
    }

    async fn new_view_as(&self, by: &Caller, id: Uuid, view: View) -> Result<View, Status> {
        let request = CreateViewRequest { request_id: id.to_string(), view: Some(view) };
        Ok(self.views().create_view(by.request(request)).await?.into_inner().view.unwrap())
    }

    async fn change_view(&self, by: &Caller, view: &View, fields: &[&str]) -> Result<View, Status> {
        let paths = fields.iter().map(ToString::to_string).collect();
        let request = UpdateViewRequest { view: Some(view.clone()), update_mask: Some(FieldMask { paths }) };
        Ok(self.views().update_view(by.request(request)).await?.into_inner().view.unwrap())
    }

    async fn drop_view(&self, by: &Caller, view: &View) -> Result<(), Status> {
        let request = DeleteViewRequest { view_id: view.view_id.clone(), etag: view.etag.clone() };
        self.views().delete_view(by.request(request)).await.map(drop)
    }

    async fn names_of_views(&self, by: &Caller) -> Vec<String> {
        let mut names = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListViewsRequest { page_size: 2, page_token };
            let page = self.views().list_views(by.request(request)).await.unwrap().into_inner();
            names.extend(page.views.into_iter().map(|view| view.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    }

    async fn view_event(&self) -> (String, Audience) {
        let mut events = self.events().await;
        let (What::ViewChanged(changed), audience) = events.remove(0) else { panic!("no view event") };
        assert!(events.is_empty(), "{events:?}");
        (changed.view_id, audience)
    }
}

async fn count(api: &ViewApi, by: &Caller, ids: &[&View]) -> Vec<u32> {
    let view_ids = ids.iter().map(|view| view.view_id.clone()).collect();
    let request = CountViewsRequest { view_ids };
    let counts = api.count_views(by.request(request)).await.unwrap().into_inner().counts;
    counts.into_iter().map(|count| count.count).collect()
}

#[tokio::test]
async fn everyone_sees_their_own_and_the_shared_ones_by_rank_and_name() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let boris = office.head("Борис", office.service).await;
    office.new_view(&anna, view("б")).await.unwrap();
    office.new_view(&anna, view("а")).await.unwrap();
    office.new_view(&anna, View { rank: -1, ..view("в") }).await.unwrap();
    office.new_view(&boris, View { shared: true, rank: 5, ..view("общий") }).await.unwrap();
    office.new_view(&boris, view("свой")).await.unwrap();
    assert_eq!(office.names_of_views(&anna).await, ["в", "а", "б", "общий"]);
    assert_eq!(office.names_of_views(&boris).await, ["свой", "общий"]);
}

#[tokio::test]
async fn a_view_is_stored_whole_and_a_repeat_makes_no_second() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let asked = View {
        name: " Срочные ".into(),
        base: ConversationView::Mine.into(),
        order: ConversationOrder::Waiting.into(),
        filter: Some(ConversationFilter { channels: vec!["test".into()], unread: true, ..Default::default() }),
        query: "доставка".into(),
        rank: 3,
        ..View::default()
    };
    let id = Uuid::now_v7();
    let made = office.new_view_as(&anna, id, asked.clone()).await.unwrap();
    let expected = View {
        view_id: id.to_string(),
        etag: "r1".into(),
        name: "Срочные".into(),
        owner_employee_id: id_of(&anna),
        ..asked
    };
    assert_eq!(made, expected);
    let (told, audience) = office.view_event().await;
    assert_eq!((told, audience.employee_ids, audience.everyone), (id.to_string(), vec![id_of(&anna)], false));
    assert_eq!(office.new_view_as(&anna, id, view("другой")).await.unwrap(), made);
    assert!(office.events().await.is_empty());
    let boris = office.operator("Борис", office.sales).await;
    let refused = office.new_view_as(&boris, id, view("чужой")).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::InvalidField);
}

#[tokio::test]
async fn another_ones_private_view_is_not_there() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let administrator = office.administrator("Админ").await;
    let private = office.new_view(&anna, view("свой")).await.unwrap();
    for who in [&office.operator("Борис", office.sales).await, &administrator] {
        let refusals =
            [office.change_view(who, &private, &["name"]).await.map(drop), office.drop_view(who, &private).await];
        for refusal in refusals.map(Result::unwrap_err) {
            assert_eq!((refusal.code(), reason(&refusal)), (Code::NotFound, ErrorReason::ViewNotFound));
        }
        assert!(count(&office.views(), who, &[&private]).await.is_empty());
        assert!(office.names_of_views(who).await.is_empty());
    }
}

#[tokio::test]
async fn shared_ones_are_made_by_heads_and_changed_by_their_owner_or_an_administrator() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.head("Вера", office.sales).await);
    let (boris, administrator) = (office.head("Борис", office.sales).await, office.administrator("Админ").await);
    let shared = View { shared: true, ..view("общий") };
    let refused = office.new_view(&anna, shared.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, ErrorReason::Permission));
    let own = office.new_view(&anna, view("свой")).await.unwrap();
    let refused = office.change_view(&anna, &View { shared: true, ..own }, &["shared"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    office.events().await;
    let made = office.new_view(&vera, shared).await.unwrap();
    assert!(office.view_event().await.1.everyone);
    for stranger in [&anna, &boris] {
        let renamed = View { name: "мой".into(), ..made.clone() };
        assert_eq!(office.change_view(stranger, &renamed, &["name"]).await.unwrap_err().code(), Code::PermissionDenied);
        assert_eq!(office.drop_view(stranger, &made).await.unwrap_err().code(), Code::PermissionDenied);
    }
    let made = office.change_view(&administrator, &View { name: "всем".into(), ..made }, &["name"]).await.unwrap();
    assert_eq!((made.name.as_str(), made.owner_employee_id.as_str()), ("всем", id_of(&vera).as_str()));
    office.events().await;
    let private = office.change_view(&vera, &View { shared: false, ..made }, &["shared"]).await.unwrap();
    assert!(office.view_event().await.1.everyone, "those who saw it are told that it is gone");
    assert_eq!(office.names_of_views(&anna).await, ["свой"]);
    office.drop_view(&vera, &private).await.unwrap();
    assert_eq!(office.view_event().await.1.employee_ids, [id_of(&vera)]);
    let audited = "select count(*) from inbox.audit where object_kind = 'view'";
    assert_eq!(office.count(audited).await, 5);
}

#[tokio::test]
async fn a_change_needs_the_latest_etag_and_changes_what_the_mask_names() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let first = office.new_view(&anna, View { query: "ждёт".into(), ..view("один") }).await.unwrap();
    let asked = View { name: "два".into(), query: "нет".into(), ..first.clone() };
    let second = office.change_view(&anna, &asked, &["name"]).await.unwrap();
    assert_eq!((second.name.as_str(), second.query.as_str(), second.etag.as_str()), ("два", "ждёт", "r2"));
    for stale in [office.change_view(&anna, &first, &["name"]).await.map(drop), office.drop_view(&anna, &first).await] {
        let refusal = stale.unwrap_err();
        assert_eq!((refusal.code(), reason(&refusal)), (Code::Aborted, ErrorReason::EtagMismatch));
    }
    for fields in [&[][..], &["view_id"], &["owner_employee_id"], &["nothing"]] {
        assert_eq!(office.change_view(&anna, &second, fields).await.unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn what_a_view_holds_is_checked() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let filter = |filter: ConversationFilter| View { filter: Some(filter), ..view("x") };
    let bad = [
        view(""),
        view(&"x".repeat(101)),
        view("a\u{7}"),
        View { base: 99, ..view("x") },
        View { order: 99, ..view("x") },
        View { query: "x".repeat(201), ..view("x") },
        filter(ConversationFilter { states: vec![99], ..Default::default() }),
        filter(ConversationFilter { client_id: "7".into(), ..Default::default() }),
    ];
    for view in bad {
        let refusal = office.new_view(&anna, view.clone()).await.unwrap_err();
        assert_eq!((refusal.code(), reason(&refusal)), (Code::InvalidArgument, ErrorReason::InvalidField), "{view:?}");
    }
}

#[tokio::test]
async fn fifty_of_ones_own_are_the_most() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let fill = "insert into inbox.view (view_id, owner_employee_id, name, shared, base, sort, filter)
                select gen_random_uuid(), $1, n::text, false, 3, 0, '' from generate_series(1, 49) n";
    sqlx::query(fill).bind(anna.employee().unwrap().0).execute(&office.pool).await.unwrap();
    let (one, other) = tokio::join!(office.new_view(&anna, view("a")), office.new_view(&anna, view("b")));
    let refusal = one.and(other).unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::ResourceExhausted, ErrorReason::ViewLimit));
    assert_eq!(rpc::metadata_of(&refusal)["limit"], "50");
    assert_eq!(office.count("select count(*) from inbox.view").await, 50, "of two at once one is made");
}

#[tokio::test]
async fn a_view_counts_what_its_reader_sees_and_remembers_it_for_a_moment() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let head = office.head("Глава", office.sales).await;
    office.taken(&anna, "1").await;
    office.writes("2", "Здравствуйте").await;
    let all = office.new_view(&head, View { shared: true, ..view("все") }).await.unwrap();
    let assigned = ConversationFilter { states: vec![RequestState::Assigned.into()], ..Default::default() };
    let busy = View { shared: true, filter: Some(assigned), ..view("в работе") };
    let busy = office.new_view(&head, busy).await.unwrap();
    let api = office.views();
    assert_eq!(count(&api, &head, &[&busy, &all]).await, [1, 2]);
    assert_eq!(count(&api, &boris, &[&all, &busy]).await, [1, 0]);
    office.writes("3", "Здравствуйте").await;
    assert_eq!(count(&api, &head, &[&all]).await, [2], "of the last ten seconds");
    assert_eq!(count(&office.views(), &head, &[&all]).await, [3]);
    let many = CountViewsRequest { view_ids: vec![all.view_id; 21] };
    assert_eq!(api.count_views(head.request(many)).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn an_api_key_needs_the_scope() {
    let office = Office::open().await;
    let mut key = office.operator("Анна", office.sales).await;
    key.scopes = vec!["inbox.read".into()];
    assert!(office.views().list_views(key.request(ListViewsRequest::default())).await.is_ok());
    assert_eq!(office.new_view(&key, view("x")).await.unwrap_err().code(), Code::PermissionDenied);
}
