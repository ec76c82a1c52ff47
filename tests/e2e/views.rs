//! Saved views over the edge: who may make which, who hears of them, what they count.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contracts::{
    errors::ErrorReason,
    inbox::{
        ConversationFilter, ConversationView, CountViewsRequest, CreateViewRequest, DeleteViewRequest,
        ListConversationsRequest, ListViewsRequest, UpdateViewRequest, View,
    },
    live::{event, watch_response::What},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{deeds::reason, operator::Operator, stage::Stage};

fn create(name: &str, shared: bool) -> CreateViewRequest {
    let filter = Some(ConversationFilter { channels: vec!["telegram".into()], unread: true, ..Default::default() });
    let view = View { name: name.into(), shared, base: ConversationView::All.into(), filter, ..View::default() };
    CreateViewRequest { request_id: Uuid::now_v7().to_string(), view: Some(view) }
}

async fn made(by: &Operator, name: &str, shared: bool) -> Result<View, Status> {
    Ok(by.views().create_view(create(name, shared)).await?.into_inner().view.unwrap())
}

async fn names(of: &Operator) -> Vec<String> {
    let page = of.views().list_views(ListViewsRequest::default()).await.unwrap().into_inner();
    page.views.into_iter().map(|view| view.name).collect()
}

async fn count(of: &Operator, view: &View) -> Vec<u32> {
    let request = CountViewsRequest { view_ids: vec![view.view_id.clone()] };
    let counts = of.views().count_views(request).await.unwrap().into_inner().counts;
    counts.into_iter().map(|count| count.count).collect()
}

#[tokio::test]
async fn a_shared_view_is_everyones_and_a_private_one_its_owners() {
    let stage = Stage::set().await;
    let (head, other) = (stage.world.operator("head").await, stage.world.operator("operator2").await);
    stage.talk(1).await;
    let mut told = other.news("").await;
    let private = made(&stage.operator, "Мои новые", false).await.unwrap();
    assert_eq!(reason(made(&stage.operator, "Всем", true).await), ErrorReason::Permission);
    let shared = made(&head, "Новые", true).await.unwrap();
    // The first view that the other hears of is the shared one.
    let heard = told
        .until("a view", |what| match what {
            What::Event(event) => match &event.what {
                Some(event::What::ViewChanged(changed)) => Some(changed.view_id.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;
    assert_eq!(heard, shared.view_id);
    assert_eq!(names(&stage.operator).await, ["Мои новые", "Новые"]);
    assert_eq!(names(&other).await, ["Новые"]);
    let renamed = View { name: "x".into(), ..private.clone() };
    let mask = prost_types::FieldMask { paths: vec!["name".into()] };
    let update = UpdateViewRequest { view: Some(renamed), update_mask: Some(mask) };
    assert_eq!(reason(other.views().update_view(update).await), ErrorReason::ViewNotFound);
    let delete = DeleteViewRequest { view_id: shared.view_id.clone(), etag: String::new() };
    assert_eq!(other.views().delete_view(delete.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    // It shows and counts what its reader sees.
    let list = ListConversationsRequest { filter: shared.filter.clone(), ..ListConversationsRequest::default() };
    let seen = head.conversations().list_conversations(list.clone()).await.unwrap().into_inner().conversations.len();
    assert_eq!((seen, count(&head, &shared).await), (1, vec![1]));
    let seen = other.conversations().list_conversations(list).await.unwrap().into_inner().conversations.len();
    assert_eq!((seen, count(&other, &shared).await), (0, vec![0]));
    assert!(count(&other, &private).await.is_empty());
    stage.admin.views().delete_view(delete).await.unwrap();
    assert!(names(&other).await.is_empty());
}
