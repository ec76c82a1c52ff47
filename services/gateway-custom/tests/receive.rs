//! What people write, as it arrives; files of people; settings.

use crate::common::{World, setup, text};
use contracts::channel::{ReceiptStatus, inbound::Body};
use futures::TryStreamExt as _;
use gateway_custom::Custom;
use gateway_kit::{FetchError, Gateway, ProviderError, SendOutcome, conformance::ACCOUNT};
use serde_json::json;
use testkit::company::{FakeCompany, Fault, event};

#[tokio::test]
async fn a_signed_event_is_taken_and_no_other() {
    let world = World::start().await;
    world
        .company
        .tell("message.created", json!({ "id": "m-1", "person": { "id": "u-42" }, "text": "Здравствуйте" }))
        .await;
    let fact = world.fact("the text", |fact| matches!(fact.body, Some(Body::Message(_)))).await;
    let peer = fact.peer.unwrap();
    assert_eq!((fact.key.as_str(), peer.address.as_str()), ("msg:m-1", "u-42"));
    assert_eq!(peer.scope, ACCOUNT.to_string(), "another chat's u-42 is somebody else");
    let stranger = FakeCompany::start().await;
    stranger.connect(&world.listener.hook());
    let forged = event("message.created", json!({ "id": "m-2", "person": { "id": "u-42" }, "text": "x" }));
    assert_eq!(stranger.post("1", &forged).await.unwrap().as_u16(), 401);
    assert_eq!((world.listener.refused(), world.listener.facts().len()), (1, 1));
}

#[tokio::test]
async fn an_event_that_is_not_stored_comes_again() {
    let world = World::start().await;
    world.listener.be_busy(2);
    world.company.tell("person.blocked", json!({ "person": { "id": "u-42" } })).await;
    world.fact("it", |fact| matches!(fact.body, Some(Body::Blocked(_)))).await;
}

#[tokio::test]
async fn marks_name_our_message_by_our_id() {
    let world = World::start().await;
    let SendOutcome::Accepted(sent) = world.send(text("Да")).await else { panic!("it is taken") };
    for (kind, status) in [("message.delivered", ReceiptStatus::Delivered), ("message.read", ReceiptStatus::Read)] {
        world.company.tell(kind, json!({ "id": sent.provider_keys[0] })).await;
        let is = |fact: &contracts::channel::Inbound| matches!(&fact.body, Some(Body::Receipt(receipt)) if receipt.status() == status);
        assert_eq!(world.fact(kind, is).await.message_key, sent.provider_keys[0]);
    }
}

#[tokio::test]
async fn files_of_people_are_fetched_from_the_chats_hosts_and_no_others() {
    let world = World::start().await;
    let file = world.company.file("document", "план.pdf", "application/pdf", "%PDF-1.4");
    let data = json!({ "id": "m-1", "person": { "id": "u-42" }, "files": [file] });
    world.company.tell("message.created", data).await;
    let fact = world.fact("the file", |fact| matches!(fact.body, Some(Body::Message(_)))).await;
    let Some(Body::Message(message)) = fact.body else { unreachable!() };
    let mut attachment = message.content.unwrap().attachments.remove(0);
    let parts: Vec<_> = world.gateway.fetch(&attachment).await.unwrap().bytes.try_collect().await.unwrap();
    assert_eq!(parts.concat(), b"%PDF-1.4");
    for address in ["https://example.com/a", "file:///etc/passwd", "", &attachment.remote_ref.replace("file", "gone")] {
        attachment.remote_ref = address.into();
        assert!(matches!(world.gateway.fetch(&attachment).await, Err(FetchError::Gone(_))), "{address}");
    }
}

#[tokio::test]
async fn a_chat_that_does_not_take_our_events_is_told() {
    let world = World::start().await;
    assert_eq!(world.gateway.open(None).await.unwrap().name, "127.0.0.1");
    assert_eq!(world.company.taken("ping").len(), 1);
    for (status, remedy) in [(401, Some("secret")), (404, Some("address")), (500, None)] {
        world.company.fail_next("ping", Fault::Answer(status, json!({})));
        let told = match world.gateway.open(None).await.unwrap_err() {
            ProviderError::Account { remedy_key, .. } => Some(remedy_key),
            ProviderError::Temporary { .. } => None,
        };
        assert_eq!(told, remedy, "{status}");
    }
    let other = setup(&world.company.url(), FakeCompany::start().await.secret(), &[]);
    let wrong = Custom::connect(&other).unwrap();
    assert!(matches!(wrong.open(None).await, Err(ProviderError::Account { remedy_key: "secret", .. })));
    assert_eq!(world.company.forged(), 1);
}

#[tokio::test]
async fn a_chat_that_does_not_keep_the_contract_is_told_what_is_missing() {
    let company = FakeCompany::start().await;
    let setup = setup(&company.url(), company.secret(), &[(gateway_kit::PUBLIC_URL, "http://127.0.0.1:9")]);
    company.fail_next("okno.unknown", Fault::Answer(400, json!({})));
    let steps = Custom::probe(&setup).await.steps;
    let failed: Vec<_> =
        steps.iter().filter(|step| !step.passed).map(|step| &step.title.as_ref().unwrap().en).collect();
    assert_eq!(failed, ["The chat passes over what it does not know"]);
    // A chat that believes everybody.
    let open = axum::Router::new().fallback(|| async {});
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let served = tokio_util::task::TaskTracker::new().spawn(async move { axum::serve(listener, open).await });
    let steps = Custom::probe(&crate::common::setup(&url, company.secret(), &[])).await.steps;
    let failed: Vec<_> =
        steps.iter().filter(|step| !step.passed).map(|step| &step.title.as_ref().unwrap().en).collect();
    assert_eq!(failed, ["The chat does not believe a foreign signature", "The chat takes no old events"]);
    served.abort();
}

#[tokio::test]
async fn settings_are_checked_step_by_step() {
    let company = FakeCompany::start().await;
    let good = Custom::probe(&setup(&company.url(), company.secret(), &[])).await;
    assert!(good.steps.iter().all(|step| step.passed), "{:?}", good.steps);
    for (url, secret, field) in [
        (company.url().as_str(), "whsec_short", "secret"),
        ("ftp://example.com", company.secret(), "api_url"),
        ("http://127.0.0.1:9/okno", company.secret(), "api_url"),
        (&company.url(), FakeCompany::start().await.secret(), "secret"),
    ] {
        let probe = Custom::probe(&setup(url, secret, &[])).await;
        let failed: Vec<_> = probe.steps.iter().filter(|step| !step.passed).collect();
        assert_eq!(failed.len(), 1, "{field}: {:?}", probe.steps);
        assert_eq!(failed[0].field, field);
    }
}
