//! A company's own chat, through everything: the sample in Python, and a chat that edits, deletes, fails and comes back.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use contracts::{
    channel::{AccountHealth, AttachmentKind, AttachmentState, FailureReason},
    errors::ErrorReason,
    inbox::{
        AccountStatus, Assignment, DeleteMessageRequest, Direction, EditMessageRequest, GetChannelAccountRequest,
        Message, MessageKind, MessageStatus, SendMessageRequest,
    },
    live::watch_response::What,
};
use serde_json::json;
use testkit::{
    company::{FakeCompany, Fault},
    eventually,
    servers::free_port,
    telegram::png,
};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::{
    deeds::{reason, reply, text_of},
    operator::Operator,
    world::{SOON, World},
};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/gateway-custom/sample/chat.py");

struct Scene {
    company: FakeCompany,
    account_id: String,
    admin: Operator,
    operator: Operator,
}

impl Scene {
    async fn set(world: &World) -> Self {
        let company = FakeCompany::start().await;
        let settings = [("secret", company.secret().to_owned()), ("api_url", company.url())];
        Self::connect(world, company, &Uuid::now_v7().to_string(), settings).await
    }

    /// Connects a chat, whose own events come by [`FakeCompany::tell`].
    async fn connect<const N: usize>(
        world: &World,
        company: FakeCompany,
        account_id: &str,
        settings: [(&str, String); N],
    ) -> Self {
        let admin = world.operator("admin").await;
        world.connect_as(account_id, &admin, "custom", settings, Assignment::default()).await;
        company.connect(&hook(world, account_id));
        let operator = world.operator("operator1").await;
        let scene = Self { company, account_id: account_id.to_owned(), admin, operator };
        scene.becomes(AccountHealth::Connected, SOON).await;
        scene
    }

    async fn status(&self) -> AccountStatus {
        let request = GetChannelAccountRequest { account_id: self.account_id.clone() };
        let answer = self.admin.accounts().get_channel_account(request).await.expect("an account").into_inner();
        answer.account.and_then(|account| account.status).unwrap_or_default()
    }

    async fn becomes(&self, health: AccountHealth, limit: Duration) -> AccountStatus {
        eventually(&format!("the account is {health:?}"), limit, async || {
            Some(self.status().await).filter(|status| status.health() == health)
        })
        .await
    }

    /// Анна has written, and her request is taken.
    async fn talk(&self) -> String {
        let person = json!({ "id": "u-1", "name": "Анна", "phone": "+7 000 000-00-01" });
        let data = json!({ "id": "m-1", "person": person, "text": "Здравствуйте" });
        self.company.tell("message.created", data).await;
        self.operator.take_only().await.conversation_id
    }

    async fn sent(&self, request: SendMessageRequest) -> Message {
        let message = self.operator.try_send(request).await.expect("sent").remove(0);
        self.operator.wait_for_status(&message, MessageStatus::Sent).await
    }
}

pub fn hook(world: &World, account: &str) -> String {
    format!("{}/hook/custom/{account}", world.environment["OKNO_PUBLIC_URL_CUSTOM"])
}

/// The sample as its documentation starts it.
struct Sample(Child);

impl Sample {
    async fn start(port: u16, secret: &str, hook: &str) -> Self {
        let mut python = Command::new("python3");
        python.arg(SAMPLE).arg(port.to_string()).env("OKNO_SECRET", secret).env("OKNO_HOOK", hook);
        let sample = Self(python.stderr(Stdio::null()).spawn().expect("python3 runs"));
        eventually("the sample listens", SOON, async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        sample
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

// acceptance: XC-1
#[tokio::test]
async fn the_sample_of_the_contract_is_a_channel_like_any_other() {
    let world = World::start().await;
    let (company, port, account_id) = (FakeCompany::start().await, free_port(), Uuid::now_v7().to_string());
    let _sample = Sample::start(port, company.secret(), &hook(&world, &account_id)).await;
    let settings = [("secret", company.secret().to_owned()), ("api_url", format!("http://127.0.0.1:{port}/"))];
    let scene = Scene::connect(&world, company, &account_id, settings).await;
    let conversation = scene.talk().await;
    let sent = scene.operator.send(&conversation, "Добрый день").await;
    scene.operator.wait_for_status(&sent, MessageStatus::Read).await;
    let echo = scene.operator.message_with(&conversation, "Echo: Добрый день").await;
    assert_eq!(echo.direction(), Direction::In);
}

// acceptance: DI-6
#[tokio::test]
async fn text_files_edits_and_deletions_go_both_ways() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let (company, operator) = (&scene.company, &scene.operator);
    let conversation = scene.talk().await;
    let files = [
        company.file("image", "окно.png", "image/png", png(64, 48)),
        company.file("document", "план.pdf", "application/pdf", "%PDF-1.4 plan"),
        company.file("voice", "voice.ogg", "audio/ogg", "OggS voice"),
    ];
    let anna = json!({ "id": "u-1" });
    company.tell("message.created", json!({ "id": "m-2", "person": anna, "files": files })).await;
    let stored = operator.stored_files(&conversation, 3).await;
    let kinds: Vec<_> = stored.iter().map(|file| (file.kind(), file.state())).collect();
    let expected = [AttachmentKind::Image, AttachmentKind::Document, AttachmentKind::Voice];
    assert_eq!(kinds, expected.map(|kind| (kind, AttachmentState::Stored)));
    assert_eq!(operator.download(&stored[0].attachment_id).await.1, png(64, 48));
    company.tell("message.edited", json!({ "id": "m-1", "text": "Добрый день" })).await;
    operator.message_with(&conversation, "Добрый день").await;
    company.tell("message.deleted", json!({ "id": "m-1" })).await;
    eventually("it is deleted", SOON, async || {
        operator.messages(&conversation).await.into_iter().find(|message| message.deleted_at.is_some())
    })
    .await;

    let picture = operator.upload("смета.png", "image/png", png(320, 200), 0).await;
    let sent = scene.sent(SendMessageRequest { file_ids: vec![picture], ..reply(&conversation, "Вот") }).await;
    let got = company.taken("message.created").remove(0);
    assert_eq!((got.data["text"].as_str(), got.data["author"].as_str().is_some()), (Some("Вот"), true));
    assert_eq!(got.files[0].as_deref(), Some(png(320, 200).as_slice()));
    assert_eq!(got.data["id"], json!(sent.message_id), "our id names it for marks");
    let (message_id, request_id) = (sent.message_id.clone(), Uuid::now_v7().to_string());
    let edit = EditMessageRequest {
        message_id, text: "Вот смета".into(), request_id, ..EditMessageRequest::default()
    };
    operator.conversations().edit_message(edit).await.expect("edited");
    eventually("the edit", SOON, async || {
        company.taken("message.edited").into_iter().find(|event| event.data["text"] == "Вот смета")
    })
    .await;
    let delete = DeleteMessageRequest { message_id: sent.message_id, request_id: Uuid::now_v7().to_string() };
    operator.conversations().delete_message(delete).await.expect("deleted");
    eventually("the deletion", SOON, async || company.taken("message.deleted").pop()).await;
    assert_eq!(company.forged(), 2, "those of the check that a chat must refuse");
}

#[tokio::test]
async fn operators_see_that_the_person_types() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk().await;
    let mut news = scene.operator.news("").await;
    scene.company.tell("typing", json!({ "person": { "id": "u-1" } })).await;
    news.until("the person types", |what| {
        let What::Typing(typing) = what else { return None };
        (typing.conversation_id == conversation && typing.employee_id.is_empty()).then_some(())
    })
    .await;
}

// acceptance: DI-11
#[tokio::test]
async fn each_message_shows_how_far_it_got() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let (company, operator) = (&scene.company, &scene.operator);
    let conversation = scene.talk().await;
    let sent = scene.sent(reply(&conversation, "Тысяча")).await;
    for (kind, status) in [("message.delivered", MessageStatus::Delivered), ("message.read", MessageStatus::Read)] {
        company.tell(kind, json!({ "id": sent.message_id })).await;
        operator.wait_for_status(&sent, status).await;
    }
    let why = json!({ "error": { "reason": "blocked", "message": "заблокировал" } });
    company.fail_next("message.created", Fault::Answer(422, why));
    let refused = operator.send(&conversation, "Две").await;
    let refused = operator.wait_for_status(&refused, MessageStatus::Failed).await;
    let failure = refused.failure.expect("it says why");
    assert_eq!((failure.reason(), failure.provider_text.as_str()), (FailureReason::BlockedByClient, "заблокировал"));
    // Who writes again lets us write.
    let person = json!({ "id": "u-1", "name": "Анна" });
    company.tell("message.created", json!({ "id": "m-2", "person": person, "text": "Я тут" })).await;
    operator.message_with(&conversation, "Я тут").await;
    let late = scene.sent(reply(&conversation, "Три")).await;
    company.tell("message.failed", json!({ "id": late.message_id, "problem": "телефон выключен" })).await;
    let late = operator.wait_for_status(&late, MessageStatus::Failed).await;
    assert_eq!(late.failure.expect("it says why").provider_text, "телефон выключен");
}

#[tokio::test]
async fn what_a_chat_cannot_do_is_offered_to_nobody() {
    let world = World::start().await;
    let company = FakeCompany::start().await;
    let settings = [("secret", company.secret().to_owned()), ("api_url", company.url()), ("edits", "false".to_owned())];
    let scene = Scene::connect(&world, company, &Uuid::now_v7().to_string(), settings).await;
    let request = GetChannelAccountRequest { account_id: scene.account_id.clone() };
    let account = scene.admin.accounts().get_channel_account(request).await.expect("an account").into_inner().account;
    let can = account.and_then(|account| account.capabilities).expect("abilities");
    assert_eq!((can.edits, can.deletes, can.typing), (false, true, true));
    let conversation = scene.talk().await;
    let sent = scene.sent(reply(&conversation, "Тысяча")).await;
    let (message_id, request_id) = (sent.message_id, Uuid::now_v7().to_string());
    let edit = EditMessageRequest { message_id, text: "Две".into(), request_id, ..EditMessageRequest::default() };
    assert_eq!(reason(scene.operator.conversations().edit_message(edit).await), ErrorReason::ChannelCannot);
    assert!(scene.company.taken("message.edited").is_empty());
}

// acceptance: DI-15, XC-9
#[tokio::test]
async fn a_chat_that_was_away_gets_everything_once_and_the_account_says_so() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let (company, operator) = (&scene.company, &scene.operator);
    let conversation = scene.talk().await;
    company.fail_next("message.created", Fault::TooMany(1));
    company.fail_next("message.created", Fault::Answer(502, json!({})));
    company.fail_next("message.created", Fault::DropAfterAccept);
    let sent = operator.send(&conversation, "Один раз").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let taken = company.taken("message.created");
    assert_eq!((taken.len(), taken[0].id.as_str(), company.repeats()), (1, sent.message_id.as_str(), 1));

    company.fail_always("ping", Fault::Answer(401, json!({})));
    let state = scene.becomes(AccountHealth::Disconnected, Duration::from_secs(60)).await;
    assert_eq!(state.remedy_key, "secret");
    assert!(state.last_event_at.is_some() && !state.problem.is_empty());
    company.heal();
    scene.becomes(AccountHealth::Connected, Duration::from_secs(60)).await;
    company.tell("message.created", json!({ "id": "m-9", "person": { "id": "u-1" }, "text": "снова тут" })).await;
    operator.message_with(&conversation, "снова тут").await;
    let mut said = operator.messages(&conversation).await;
    said.retain(|message| message.kind() == MessageKind::Message);
    let texts: Vec<_> = said.iter().map(text_of).collect();
    assert_eq!(texts, ["Здравствуйте", "Один раз", "снова тут"]);
}
