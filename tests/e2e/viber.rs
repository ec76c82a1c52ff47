//! Viber: real processes, real servers, and a Viber that calls back, forgets nothing, and fetches what it is sent.

use std::time::Duration;

use contracts::{
    channel::{AccountHealth, AttachmentKind, AttachmentState, FailureReason},
    inbox::{
        AccountStatus, Assignment, CheckSettingsRequest, GetChannelAccountRequest, ListGatewaysRequest, MessageKind,
        MessageStatus, SendMessageAgainRequest, SendMessageRequest,
    },
};
use testkit::{
    eventually,
    telegram::png,
    viber::{FakeBot, FakeViber, Fault, Sent, ViberOptions},
};
use uuid::Uuid;

use crate::{
    deeds::{reply, text_of},
    operator::Operator,
    world::{SOON, World},
};

struct Scene {
    viber: FakeViber,
    bot: FakeBot,
    account_id: String,
    admin: Operator,
    operator: Operator,
}

impl Scene {
    async fn set(world: &World) -> Self {
        let viber = FakeViber::start_with(ViberOptions { clock_scale: 20.0, ..ViberOptions::default() }).await;
        let (bot, admin) = (viber.bot(), world.operator("admin").await);
        let settings = [("token", bot.token().to_owned()), ("api_url", viber.base_url())];
        let account_id = world.connect(&admin, "viber", settings, Assignment::default()).await;
        eventually("the webhook is set", SOON, async || (!bot.webhook().is_empty()).then_some(())).await;
        Self { viber, bot, account_id, admin, operator: world.operator("operator1").await }
    }

    async fn status(&self) -> AccountStatus {
        let request = GetChannelAccountRequest { account_id: self.account_id.clone() };
        let answer = self.admin.accounts().get_channel_account(request).await.expect("an account").into_inner();
        answer.account.and_then(|account| account.status).unwrap_or_default()
    }

    async fn becomes(&self, health: AccountHealth, limit: Duration) {
        let what = format!("the account is {health:?}");
        eventually(&what, limit, async || (self.status().await.health() == health).then_some(())).await;
    }
}

/// What the channels page does: the gateway's own form, "check settings", and whether it works now.
// acceptance: DI-1
#[tokio::test]
async fn a_bot_is_connected_by_what_the_gateway_asks_for() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let description = eventually("the gateway has announced itself", SOON, async || {
        let gateways = admin.accounts().list_gateways(ListGatewaysRequest::default()).await.ok()?.into_inner().gateways;
        gateways.into_iter().filter_map(|one| one.description).find(|one| one.channel == "viber")
    })
    .await;
    let fields = description.settings.expect("a form").fields;
    let asked: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    assert_eq!(asked, ["token"]);

    let viber = FakeViber::start().await;
    let bot = viber.bot();
    let unknown = "4453b6ac99999999-e02c5f12174805f9-daf9cbb448bb51ba";
    for (token, passed) in [(unknown, false), (bot.token(), true)] {
        let settings = [("token", token.to_owned()), ("api_url", viber.base_url())];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        let request = CheckSettingsRequest { channel: "viber".into(), settings, ..CheckSettingsRequest::default() };
        let probe = admin.accounts().check_settings(request).await.expect("an answer").into_inner().probe;
        let steps = probe.expect("a probe").steps;
        assert_eq!(steps.iter().all(|step| step.passed), passed, "{steps:?}");
    }
    assert_eq!(bot.webhook(), "", "a check changes nothing");
    let scene = Scene::set(&world).await;
    scene.becomes(AccountHealth::Connected, SOON).await;
}

// acceptance: DI-6
#[tokio::test]
async fn text_picture_document_and_voice_go_both_ways() {
    let world = World::start().await;
    let Scene { bot, operator, .. } = &Scene::set(&world).await;
    let anna = bot.person("Qk1YvH3tT0a9sJ2w5xZ8bA==", "Анна");
    let picture = png(64, 48);
    anna.open(Some("promo-7"));
    anna.text("Сколько стоит?");
    let conversation = operator.take_only().await.conversation_id;
    anna.picture("Вот такое", picture.clone());
    anna.file("план.pdf", "application/pdf", b"%PDF-1.4 plan".to_vec());
    anna.file("voice.m4a", "audio/mp4", b"\0\0\0\x18ftypM4A voice".to_vec());
    let mut files = operator.stored_files(&conversation, 3).await;
    files.sort_by_key(|file| file.kind);
    let kinds: Vec<_> = files.iter().map(|file| (file.kind(), file.state())).collect();
    let stored = AttachmentState::Stored;
    let expected = [AttachmentKind::Image, AttachmentKind::Audio, AttachmentKind::Document].map(|kind| (kind, stored));
    assert_eq!(kinds, expected);
    assert_eq!(operator.download(&files[0].attachment_id).await.1, picture);
    let started = operator.messages(&conversation).await.remove(0).event.expect("the opening");
    assert_eq!(started.source.expect("a source").r#ref, "promo-7");

    let image = operator.upload("окно.png", "image/png", png(320, 200), 0).await;
    let offer = operator.upload("смета.pdf", "application/pdf", b"%PDF-1.4 offer".to_vec(), 0).await;
    let voice = operator.upload("voice.ogg", "audio/ogg", b"OggS\0 a voice".to_vec(), 3_000).await;
    let mut sent = Vec::new();
    for (text, file) in [("Тысяча", None), ("Такое?", Some(image)), ("И смета", Some(offer)), ("", Some(voice))]
    {
        let request = SendMessageRequest { file_ids: file.into_iter().collect(), ..reply(&conversation, text) };
        sent.extend(operator.try_send(request).await.expect("sent"));
    }
    for message in &sent {
        operator.wait_for_status(message, MessageStatus::Delivered).await;
    }
    let received = anna.received();
    let seen: Vec<_> = received.iter().map(shown).collect();
    let none = || Vec::new();
    let expected = [
        ("text", "Тысяча", none()),
        ("picture", "Такое?", png(320, 200)),
        ("text", "И смета", none()),
        ("file", "", b"%PDF-1.4 offer".to_vec()),
        ("file", "", b"OggS\0 a voice".to_vec()),
    ];
    assert_eq!(seen, expected, "each once, in order; a file carries no text");

    anna.reads(received[4].token);
    for message in &sent {
        operator.wait_for_status(message, MessageStatus::Read).await;
    }
    anna.unsubscribe();
    eventually("the conversation is closed for us", SOON, async || {
        operator.conversation(&conversation).await.filter(|conversation| conversation.blocked)
    })
    .await;
}

// acceptance: DI-11
#[tokio::test]
async fn what_viber_refuses_says_why_and_can_be_sent_again() {
    let world = World::start().await;
    let Scene { viber, bot, operator, .. } = &Scene::set(&world).await;
    let anna = bot.person("a==", "Анна");
    anna.text("Сколько стоит?");
    let conversation = operator.take_only().await.conversation_id;
    viber.fail_next("send_message", Fault::Status(11, "receiverNoSuitableDevice".into()));
    let sent = operator.send(&conversation, "Тысяча").await;
    let failed = operator.wait_for_status(&sent, MessageStatus::Failed).await;
    let failure = failed.failure.expect("it says why");
    assert_eq!((failure.reason(), failure.provider_code.as_str()), (FailureReason::Unreachable, "11"));
    let again = SendMessageAgainRequest {
        message_id: failed.message_id,
        new_message_id: Uuid::now_v7().to_string(),
        conversation_id: String::new(),
    };
    let again = operator.conversations().send_message_again(again).await.expect("again").into_inner().message;
    operator.wait_for_status(&again.expect("a message"), MessageStatus::Delivered).await;

    // Viber accepts first and tells later that the person's client did not take it.
    anna.cannot_show("text");
    let late = operator.send(&conversation, "Или две").await;
    let late = operator.wait_for_status(&late, MessageStatus::Failed).await;
    assert!(late.failure.is_some_and(|failure| failure.provider_text.contains("does not show")));
    assert_eq!(anna.received().len(), 1);

    // An answer that broke off is never repeated by itself: Viber knows no key for that.
    viber.fail_next("send_message", Fault::DropAfterAccept);
    let unknown = operator.send(&conversation, "Или три").await;
    operator.wait_for_status(&unknown, MessageStatus::Unknown).await;
    assert_eq!(viber.count("send_message"), 4);
}

fn shown(sent: &Sent) -> (&str, &str, Vec<u8>) {
    (sent.kind.as_str(), sent.text.as_str(), sent.file.as_ref().map(|file| file.to_vec()).unwrap_or_default())
}

mod long {
    use super::*;

    // acceptance: DI-15, XC-9
    #[tokio::test]
    async fn a_lost_viber_is_visible_within_a_minute_and_loses_nothing_it_still_holds() {
        let mut world = World::servers().await;
        world.run(&["crm-core", "router", "edge"]).await;
        world.run(&["gateway-viber"]).await;
        let scene = Scene::set(&world).await;
        scene.becomes(AccountHealth::Connected, SOON).await;
        let anna = scene.bot.person("a==", "Анна");
        anna.text("раз");
        let conversation = scene.operator.take_only().await.conversation_id;
        assert!(scene.status().await.last_event_at.is_some());

        // Callbacks are not answered while the gateway is dead: Viber holds them, and calls again.
        world.kill("gateway-viber");
        anna.text("два");
        scene.viber.fail_always("get_account_info", Fault::DropBefore);
        world.run(&["gateway-viber"]).await;
        scene.operator.message_with(&conversation, "два").await;
        scene.becomes(AccountHealth::Degraded, Duration::from_secs(60)).await;
        assert!(!scene.status().await.problem.is_empty(), "and why");

        scene.viber.heal();
        scene.becomes(AccountHealth::Connected, Duration::from_secs(60)).await;
        anna.text("три");
        scene.operator.message_with(&conversation, "три").await;
        let mut said = scene.operator.messages(&conversation).await;
        said.retain(|message| message.kind() == MessageKind::Message);
        let texts: Vec<_> = said.iter().map(text_of).collect();
        assert_eq!(texts, ["раз", "два", "три"]);
        assert_eq!(scene.bot.lost_callbacks(), 0);
    }
}
