//! VK, through everything: the operator by the API on one side, the fake VK on the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contracts::{
    channel::{AccountHealth, AttachmentKind, FailureReason},
    inbox::{
        Assignment, ChannelAccount, Direction, GetChannelAccountRequest, Message, MessageKind, MessageStatus,
        SendMessageAgainRequest, SendMessageRequest,
    },
};
use reqwest::StatusCode;
use testkit::{
    eventually,
    telegram::png,
    vk::{Community, FakeVk, Fault, Person},
};
use uuid::Uuid;

use crate::{
    deeds::{reply, text_of},
    operator::Operator,
    world::{SOON, World},
};

/// Okno in one process, a connected community, and who answers there.
struct Scene {
    world: World,
    admin: Operator,
    operator: Operator,
    vk: FakeVk,
    shop: Community,
    account: String,
}

impl Scene {
    async fn set(receive: &str) -> Self {
        Self::set_in(World::start().await, receive).await
    }

    async fn set_in(world: World, receive: &str) -> Self {
        let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
        let vk = FakeVk::start().await;
        let shop = vk.community();
        let account = connect(&world, &admin, &vk, &shop, receive).await;
        let scene = Self { world, admin, operator, vk, shop, account };
        scene.is(AccountHealth::Connected).await;
        if receive == "webhook" {
            eventually("VK has confirmed the callback server", SOON, async || {
                let servers = scene.shop.servers();
                servers.iter().any(|(_, status)| status == "ok").then_some(())
            })
            .await;
        }
        // Where a long poll begins is known once its first position is kept.
        scene.positions(1).await;
        scene
    }

    async fn positions(&self, count: i64) {
        let kept = "select count(*) from inbox.received where key like 'pos:%'";
        eventually("the position is kept", SOON, async || (self.world.count(kept).await >= count).then_some(())).await;
    }

    async fn is(&self, health: AccountHealth) -> ChannelAccount {
        eventually(&format!("the account is {health:?}"), SOON, async || {
            let request = GetChannelAccountRequest { account_id: self.account.clone() };
            let account = self.admin.accounts().get_channel_account(request).await.ok()?.into_inner().account?;
            let state = account.status.as_ref()?;
            (state.health() == health).then(|| account.clone())
        })
        .await
    }

    /// Somebody who has written, and the conversation with them, taken.
    async fn talk(&self, id: i64, name: &str) -> (Person, String) {
        let person = self.shop.person(id, name);
        person.text("Здравствуйте");
        let row = self.operator.conversation_with(&format!("{name} Тестова")).await;
        self.operator.take(&row.request.unwrap().request_id).await.unwrap();
        (person, row.conversation_id)
    }

    /// What was said, without the lines of service between.
    async fn said(&self, conversation: &str, count: usize) -> Vec<Message> {
        eventually(&format!("{count} messages"), SOON, async || {
            let mut messages = self.operator.messages(conversation).await;
            messages.retain(|message| message.kind() == MessageKind::Message);
            (messages.len() >= count).then_some(messages)
        })
        .await
    }

    async fn send_all(&self, request: SendMessageRequest) {
        for message in self.operator.try_send(request).await.unwrap() {
            self.operator.wait_for_status(&message, MessageStatus::Sent).await;
        }
    }
}

async fn connect(world: &World, admin: &Operator, vk: &FakeVk, shop: &Community, receive: &str) -> String {
    let settings = [
        ("token", shop.token()),
        ("group_id", shop.id().to_string()),
        ("api_url", vk.base_url()),
        ("receive", receive.to_owned()),
    ];
    world.connect(admin, "vk", settings, Assignment::default()).await
}

// acceptance: DI-6
#[tokio::test]
async fn words_pictures_documents_and_voice_go_both_ways() {
    let scene = Scene::set("webhook").await;
    let (anna, conversation) = scene.talk(77_001, "Анна").await;
    anna.file("photo", "проём.jpg", "image/png", png(64, 48));
    anna.file("doc", "план.pdf", "application/pdf", b"%PDF-1.4 plan".to_vec());
    anna.file("audio_message", "", "audio/ogg", b"OggS voice".to_vec());
    let files = scene.operator.stored_files(&conversation, 3).await;
    let kinds: Vec<_> = files.iter().map(|file| file.kind()).collect();
    assert_eq!(kinds, [AttachmentKind::Image, AttachmentKind::Document, AttachmentKind::Voice]);
    for (file, bytes) in files.iter().zip([png(64, 48), b"%PDF-1.4 plan".to_vec(), b"OggS voice".to_vec()]) {
        assert_eq!(scene.operator.download(&file.attachment_id).await, (StatusCode::OK, bytes));
    }

    let picture = scene.operator.upload("окно.png", "image/png", png(320, 200), 0).await;
    scene.send_all(SendMessageRequest { file_ids: vec![picture], ..reply(&conversation, "Вот такое") }).await;
    let offer = scene.operator.upload("смета.pdf", "application/pdf", b"%PDF-1.4 offer".to_vec(), 0).await;
    scene.send_all(SendMessageRequest { file_ids: vec![offer], ..reply(&conversation, "") }).await;
    let voice = scene.operator.upload("voice.ogg", "audio/ogg", b"OggS\0 a voice".to_vec(), 3_000).await;
    scene.send_all(SendMessageRequest { file_ids: vec![voice], ..reply(&conversation, "") }).await;
    let got = anna.received();
    assert_eq!(got.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["Вот такое", "", ""]);
    let got: Vec<_> = got.iter().map(|one| (one.files[0].0.as_str(), one.files[0].2.as_ref())).collect();
    let expected: [(&str, &[u8]); 3] =
        [("photo", &png(320, 200)), ("doc", b"%PDF-1.4 offer"), ("audio_message", b"OggS\0 a voice")];
    assert_eq!(got, expected);
    anna.read();
    eventually("what was read is shown as read", SOON, async || {
        let messages = scene.operator.messages(&conversation).await;
        let is_ours =
            |message: &&Message| message.direction() == Direction::Out && message.kind() == MessageKind::Message;
        let ours: Vec<_> = messages.iter().filter(is_ours).collect();
        let read = ours.iter().all(|message| message.status() == MessageStatus::Read);
        (read && ours.len() == 3).then_some(())
    })
    .await;
}

// acceptance: DI-15
#[tokio::test]
async fn a_lost_connection_costs_no_message_that_vk_still_has() {
    let scene = Scene::set("poll").await;
    let (anna, conversation) = scene.talk(77_001, "Анна").await;
    scene.vk.fail_always("*", Fault::Html(502));
    scene.vk.fail_always("long_poll", Fault::DropBefore);
    let number = anna.text("пока связи нет");
    scene.shop.staff_writes(77_001, 5_005, "отвечаю отсюда");
    anna.edit(number, "пока связи совсем нет");
    scene.shop.lose_events();
    scene.vk.heal();
    anna.text("связь есть");
    let thread = scene.said(&conversation, 4).await;
    let said: Vec<_> = thread.iter().map(text_of).collect();
    assert_eq!(said, ["Здравствуйте", "пока связи совсем нет", "отвечаю отсюда", "связь есть"]);
    assert_eq!(thread[2].direction(), Direction::Out);
}

// acceptance: XC-9
#[tokio::test]
async fn an_account_whose_key_was_taken_back_says_so_and_what_helps() {
    let scene = Scene::set("webhook").await;
    scene.shop.revoke_key();
    let account = eventually("the trouble is told", std::time::Duration::from_secs(90), async || {
        let request = GetChannelAccountRequest { account_id: scene.account.clone() };
        let account = scene.admin.accounts().get_channel_account(request).await.ok()?.into_inner().account?;
        account.status.as_ref().is_some_and(|state| state.health() == AccountHealth::Disconnected).then_some(account)
    })
    .await;
    let state = account.status.unwrap();
    assert_eq!(state.remedy_key, "token");
    assert!(state.problem.contains("authorization failed"), "{}", state.problem);
    assert!(!state.problem.contains(&scene.shop.token()));
}

#[tokio::test]
async fn an_answer_that_nobody_knows_of_is_sent_again_and_arrives_once() {
    let scene = Scene::set("webhook").await;
    let (anna, conversation) = scene.talk(77_001, "Анна").await;
    scene.vk.fail_next("messages.send", Fault::Html(502));
    scene.vk.fail_next("messages.send", Fault::DropAfterAccept);
    scene.send_all(reply(&conversation, "Ровно один раз")).await;
    let got = anna.received();
    assert_eq!(got.len(), 1);
    let random_id = got[0].random_id.to_string();
    let sends: Vec<_> = scene.vk.calls().into_iter().filter(|call| call.method == "messages.send").collect();
    assert!(sends.len() >= 2 && sends.iter().all(|call| call.params["random_id"] == random_id.as_str()));
    let ours = scene.said(&conversation, 2).await;
    assert_eq!(ours.iter().filter(|message| message.direction() == Direction::Out).count(), 1, "its echo is itself");
}

#[tokio::test]
async fn what_a_colleague_answers_in_vk_is_shown_as_theirs() {
    let scene = Scene::set("poll").await;
    let (_anna, conversation) = scene.talk(77_001, "Анна").await;
    scene.shop.person(5_005, "Борис");
    scene.shop.staff_writes(77_001, 5_005, "Это Борис, отвечу сам");
    let shown = scene.operator.message_with(&conversation, "Это Борис, отвечу сам").await;
    assert_eq!(shown.direction(), Direction::Out);
    assert!(format!("{shown:?}").contains("Борис Тестова"), "{shown:?}");
    assert_eq!(scene.said(&conversation, 2).await.len(), 2);
}

// acceptance: DI-11
#[tokio::test]
async fn each_message_shows_how_far_it_got_and_a_refused_one_can_be_sent_again() {
    let scene = Scene::set("webhook").await;
    let (anna, conversation) = scene.talk(77_001, "Анна").await;
    let sent = scene.operator.send(&conversation, "Тысяча").await;
    scene.operator.wait_for_status(&sent, MessageStatus::Sent).await;
    anna.read();
    scene.operator.wait_for_status(&sent, MessageStatus::Read).await;
    // The community itself has shut her out: nothing is closed here, for only it can lift that.
    anna.refuse(Some(900));
    let refused = scene.operator.send(&conversation, "Две").await;
    let refused = scene.operator.wait_for_status(&refused, MessageStatus::Failed).await;
    let failure = refused.failure.expect("it says why");
    assert_eq!((failure.reason(), failure.provider_code.as_str()), (FailureReason::BarredByUs, "900"));
    anna.refuse(None);
    let again = SendMessageAgainRequest {
        message_id: refused.message_id,
        new_message_id: Uuid::now_v7().to_string(),
        conversation_id: String::new(),
    };
    let again = scene.operator.conversations().send_message_again(again).await.expect("again").into_inner().message;
    scene.operator.wait_for_status(&again.expect("a message"), MessageStatus::Sent).await;
    assert_eq!(anna.received().iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["Тысяча", "Две"]);
}
