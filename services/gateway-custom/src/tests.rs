//! What needs shorter deadlines than the real ones, or a look inside.

use std::{collections::HashMap, sync::Arc};

use axum::{extract::Path, http::HeaderMap, response::IntoResponse as _, routing::get};
use contracts::channel::{Content, OrderTarget, SendOrder, order::Body};
use gateway_kit::PUBLIC_URL;
use object_store::{ObjectStoreExt as _, memory::InMemory};
use testkit::company::{FakeCompany, Fault};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::*;

fn setup(company: &FakeCompany, public: &str) -> AccountSetup {
    let settings = [("secret", company.secret()), ("api_url", &company.url()), (PUBLIC_URL, public)];
    let settings: HashMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
}

async fn send(custom: &Custom, id: &str, content: Content) -> SendOutcome {
    let send = SendOrder { message_id: id.into(), content: Some(content), ..SendOrder::default() };
    let target = OrderTarget { address: "u-42".into(), ..OrderTarget::default() };
    let order = Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() };
    custom.carry_out(&order, &Tools::alone(AccountId::new(), Arc::new(InMemory::new()))).await
}

#[tokio::test]
async fn the_chat_really_gets_the_file() {
    let company = FakeCompany::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let custom = Custom::connect(&setup(&company, &public)).unwrap();
    let objects = Arc::new(InMemory::new());
    objects.put(&"up/1".into(), "%PDF-1.4".into()).await.unwrap();
    let links = custom.links.clone();
    let file = move |Path((_, token, name)): Path<(String, String, String)>, headers: HeaderMap| async move {
        links.give(objects.as_ref(), &token, &name, &headers).await.into_response()
    };
    let app = Router::new().route("/custom/{account}/files/{token}/{name}", get(file));
    let served = TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
    let attachment = Attachment {
        name: "Счёт №1.pdf".into(),
        mime_type: "application/pdf".into(),
        size_bytes: 8,
        object_key: "up/1".into(),
        ..Attachment::default()
    };
    let outcome = send(&custom, "o-1", Content { attachments: vec![attachment], ..Content::default() }).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    let taken = company.taken("message.created").remove(0);
    assert_eq!(taken.files[0].as_deref(), Some(b"%PDF-1.4".as_slice()));
    served.abort();
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown() {
    let company = FakeCompany::start().await;
    let deadlines = Deadlines { call: Duration::from_millis(300), ..Deadlines::default() };
    let custom = Custom::with_deadlines(&setup(&company, ""), deadlines).unwrap();
    for (id, fault) in
        [("o-1", Fault::Slow(Duration::from_secs(60))), ("o-2", Fault::SlowBody(Duration::from_secs(60)))]
    {
        company.fail_next("message.created", fault);
        let content = Content { text: "Здравствуйте".into(), ..Content::default() };
        let outcome = send(&custom, id, content).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert_eq!(company.taken("message.created").len(), 2, "they did arrive");
}
