//! Templates: kept as the provider lists them, sent with their values.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{
        Capabilities, ChannelTemplate, Content, Inbound, Order, TemplateApproval, TemplateHeaderKind, TemplateMessage,
        TemplateValue, TemplateVariable, Templates, inbound::Body, order,
    },
    errors::ErrorReason,
    inbox::{
        ListChannelTemplatesRequest, ListChannelTemplatesResponse, Message, RefreshChannelTemplatesRequest,
        SendMessageRequest, channel_template_service_server::ChannelTemplateService,
        conversation_service_server::ConversationService,
    },
};
use model::MessageId;
use prost::Message as _;
use rpc::Caller;
use tonic::{Code, Status};

use super::office::{Dialog, Office, channel, reason, says};
use crate::{
    Wakes,
    conversations::Db,
    templates::{self, TemplateApi},
};

fn template(name: &str, approval: TemplateApproval) -> ChannelTemplate {
    ChannelTemplate {
        name: name.to_owned(),
        language: "ru".to_owned(),
        approval: approval.into(),
        body: "{{body.1}}, ваш заказ готов".to_owned(),
        variables: vec![TemplateVariable { name: "body.1".to_owned(), ..TemplateVariable::default() }],
        ..ChannelTemplate::default()
    }
}

fn list(at: DateTime<Utc>, page: u32, pages: u32, templates: Vec<ChannelTemplate>) -> Inbound {
    let list = Templates { templates, listed_at: Some(rpc::timestamp(at)), page, pages };
    Inbound {
        key: format!("templates:{}:{page}", uuid::Uuid::now_v7()),
        body: Some(Body::Templates(list)),
        ..Inbound::default()
    }
}

fn filled(name: &str, values: &[(&str, &str)]) -> TemplateMessage {
    let value = |(variable, value): &(&str, &str)| TemplateValue {
        variable: (*variable).to_owned(),
        value: (*value).to_owned(),
    };
    let (name, language) = (name.to_owned(), "ru".to_owned());
    TemplateMessage { name, language, values: values.iter().map(value).collect() }
}

/// What router's timers of this kind would do now, the newest first: pages are taken in any order.
async fn take_in(office: &Office) {
    let sql = "delete from inbox.timer where kind = 'templates' returning key, payload";
    let mut timers: Vec<(String, serde_json::Value)> = sqlx::query_as(sql).fetch_all(&office.pool).await.unwrap();
    timers.sort_by(|a, b| b.0.cmp(&a.0));
    for (_, payload) in timers {
        let mut tx = office.pool.begin().await.unwrap();
        templates::take(&mut tx, &payload).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn api(office: &Office) -> TemplateApi {
    TemplateApi { db: Db::new(office.pool.clone(), Wakes::default()) }
}

async fn with_templates() -> (Office, Caller) {
    let office = Office::open().await;
    office.channel_can(Capabilities { templates: true, ..channel() }).await;
    let anna = office.operator("Анна", office.sales).await;
    (office, anna)
}

async fn listed(
    office: &Office,
    by: &Caller,
    change: impl FnOnce(&mut ListChannelTemplatesRequest),
) -> ListChannelTemplatesResponse {
    let mut request = ListChannelTemplatesRequest {
        account_id: office.account.to_string(),
        ..ListChannelTemplatesRequest::default()
    };
    change(&mut request);
    api(office).list_channel_templates(by.request(request)).await.unwrap().into_inner()
}

fn names(response: &ListChannelTemplatesResponse) -> Vec<&str> {
    response.templates.iter().map(|template| template.name.as_str()).collect()
}

#[tokio::test]
async fn a_list_replaces_the_one_before_whatever_comes_first() {
    use TemplateApproval::{Approved, Rejected};
    let (office, anna) = with_templates().await;
    assert!(listed(&office, &anna, |_| {}).await.listed_at.is_none(), "nobody was asked yet");
    let at = Utc::now() - TimeDelta::hours(1);
    office.facts(vec![list(at, 0, 1, vec![template("a_old", Approved), template("b", Rejected)])]).await;
    take_in(&office).await;
    let later = at + TimeDelta::minutes(1);
    let pages = [list(later, 0, 2, vec![template("b", Approved)]), list(later, 1, 2, vec![template("c", Rejected)])];
    office.facts(pages.to_vec()).await;
    take_in(&office).await;
    let now = listed(&office, &anna, |_| {}).await;
    assert_eq!((names(&now), now.listed_at.is_some()), (vec!["b", "c"], true));
    office.facts(vec![list(at, 0, 1, vec![template("late", Approved)])]).await;
    take_in(&office).await;
    assert_eq!(names(&listed(&office, &anna, |_| {}).await), ["b", "c"], "an older list changes nothing");
    assert_eq!(names(&listed(&office, &anna, |r| r.only_approved = true).await), ["b"]);
    assert_eq!(names(&listed(&office, &anna, |r| r.query = "ЗАКАЗ".to_owned()).await), ["b", "c"]);
    assert!(listed(&office, &anna, |r| r.query = "нет такого".to_owned()).await.templates.is_empty());
    let first = listed(&office, &anna, |r| r.page_size = 1).await;
    let second = listed(&office, &anna, |r| (r.page_size, r.page_token) = (1, first.next_page_token.clone())).await;
    assert_eq!((names(&first), names(&second), second.next_page_token.as_str()), (vec!["b"], vec!["c"], ""));
}

#[tokio::test]
async fn a_new_list_is_asked_for_once_a_minute() {
    let (office, anna) = with_templates().await;
    let refresh = || RefreshChannelTemplatesRequest { account_id: office.account.to_string() };
    for _ in 0..2 {
        api(&office).refresh_channel_templates(anna.request(refresh())).await.unwrap();
    }
    let orders: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select lane, payload from inbox.outgoing").fetch_all(&office.pool).await.unwrap();
    assert_eq!((orders.len(), orders[0].0.as_str()), (1, "_account"));
    let order = Order::decode(orders[0].1.as_slice()).unwrap();
    assert!(matches!(order.body, Some(order::Body::RefreshTemplates(_))));
    office.channel_can(channel()).await;
    let refusal = api(&office).refresh_channel_templates(anna.request(refresh())).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::FailedPrecondition, ErrorReason::ChannelCannot));
}

async fn send(
    office: &Office,
    by: &Caller,
    dialog: &Dialog,
    template: TemplateMessage,
) -> Result<Vec<Message>, Status> {
    let request = SendMessageRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        template: Some(template),
        ..SendMessageRequest::default()
    };
    Ok(office.conversations.send_message(by.request(request)).await?.into_inner().messages)
}

/// A dialog of Анна's whose window is over.
async fn over(office: &Office, by: &Caller) -> Dialog {
    let yesterday = rpc::timestamp(Utc::now() - TimeDelta::days(1));
    office.facts(vec![Inbound { reply_until: Some(yesterday), ..says("1", "Где заказ?") }]).await;
    let dialog = office.dialog("1").await;
    office.take(by, &dialog).await.unwrap();
    dialog
}

#[tokio::test]
async fn after_the_window_only_a_template_is_sent() {
    let (office, anna) = with_templates().await;
    office.facts(vec![list(Utc::now(), 0, 1, vec![template("ready", TemplateApproval::Approved)])]).await;
    take_in(&office).await;
    let dialog = over(&office, &anna).await;
    let text = SendMessageRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        text: "Готов".to_owned(),
        ..SendMessageRequest::default()
    };
    let refusal = office.conversations.send_message(anna.request(text)).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::FailedPrecondition, ErrorReason::WindowClosed));
    assert_eq!(office.count("select count(*) from inbox.message where direction = 2 and kind = 1").await, 0);
    let sent = send(&office, &anna, &dialog, filled("ready", &[("body.1", "Анна")])).await.unwrap();
    let content = sent[0].content.clone().unwrap();
    assert_eq!((content.text.as_str(), content.template.unwrap().name.as_str()), ("Анна, ваш заказ готов", "ready"));
    let stored: Vec<u8> = sqlx::query_scalar("select content from inbox.message where direction = 2 and kind = 1")
        .fetch_one(&office.pool)
        .await
        .unwrap();
    assert_eq!(Content::decode(stored.as_slice()).unwrap().template.unwrap().values[0].value, "Анна");
    assert_eq!(office.count("select count(*) from inbox.outgoing where kind = 10").await, 1, "never split");
}

#[tokio::test]
async fn a_template_that_cannot_go_is_refused_with_its_reason_and_stores_nothing() {
    let (office, anna) = with_templates().await;
    let picture = ChannelTemplate {
        header_kind: TemplateHeaderKind::Image.into(),
        ..template("sale", TemplateApproval::Approved)
    };
    let templates =
        vec![template("ready", TemplateApproval::Approved), template("held", TemplateApproval::Paused), picture];
    office.facts(vec![list(Utc::now(), 0, 1, templates)]).await;
    take_in(&office).await;
    let dialog = over(&office, &anna).await;
    let anna_is = [("body.1", "Анна")];
    for (template, wanted) in [
        (filled("none", &anna_is), ErrorReason::TemplateNotFound),
        (filled("held", &anna_is), ErrorReason::TemplateNotApproved),
        (filled("ready", &[]), ErrorReason::TemplateGap),
        (filled("ready", &[("body.1", "Анна"), ("body.2", "x")]), ErrorReason::InvalidField),
        (filled("sale", &anna_is), ErrorReason::TemplateFile),
    ] {
        let name = template.name.clone();
        assert_eq!(reason(&send(&office, &anna, &dialog, template).await.unwrap_err()), wanted, "{name}");
    }
    assert_eq!(office.count("select count(*) from inbox.message where direction = 2 and kind = 1").await, 0);
    office.channel_can(channel()).await;
    let refusal = send(&office, &anna, &dialog, filled("ready", &anna_is)).await.unwrap_err();
    assert_eq!(reason(&refusal), ErrorReason::ChannelCannot);
}
