//! MAX over the whole: two bots, both ways, a lost connection, and what the account says of itself.

use contracts::{
    channel::{AccountHealth, AttachmentKind, AttachmentState, Button, ButtonRow, FailureReason},
    inbox::{
        Assignment, ChannelAccount, CreateChannelAccountRequest, GetChannelAccountRequest, MessageStatus,
        SendMessageAgainRequest, SendMessageRequest,
    },
};
use testkit::{
    eventually,
    max::{CustomerMessage, FakeBot, FakeMax, Fault, MaxOptions},
    telegram::png,
};
use uuid::Uuid;

use crate::{
    deeds::{reply, text_of},
    operator::Operator,
    world::{SOON, World},
};

/// One bot, connected.
struct Bot {
    account_id: String,
    bot: FakeBot,
}

async fn connect(world: &World, max: &FakeMax, admin: &Operator, name: &str) -> Bot {
    let bot = max.bot();
    let department: Uuid = sqlx::query_scalar(
        "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .expect("a department");
    let settings = [("token", bot.token().to_owned()), ("api_url", max.base_url()), ("receive", "webhook".to_owned())];
    let account = ChannelAccount {
        channel: "max".to_owned(),
        name: name.to_owned(),
        enabled: true,
        is_request_source: true,
        settings: settings.map(|(k, v)| (k.to_owned(), v)).into(),
        assignment: Some(Assignment::default()),
        department_id: department.to_string(),
        reopen_window_hours: 24,
        ..ChannelAccount::default()
    };
    let account_id = Uuid::now_v7().to_string();
    eventually("the gateway has announced itself and the account is connected", SOON, async || {
        let request = CreateChannelAccountRequest { request_id: account_id.clone(), account: Some(account.clone()) };
        match admin.accounts().create_channel_account(request).await {
            Ok(_) => Some(()),
            Err(status) if status.code() == tonic::Code::Unavailable => None,
            Err(status) => panic!("the account was refused: {status:?}"),
        }
    })
    .await;
    eventually("MAX delivers to us", SOON, async || bot.subscriptions().pop()).await;
    Bot { account_id, bot }
}

async fn send(operator: &Operator, request: SendMessageRequest) {
    for message in operator.try_send(request).await.expect("sent") {
        operator.wait_for_status(&message, MessageStatus::Sent).await;
    }
}

// acceptance: DI-6
#[tokio::test]
async fn everything_goes_both_ways_and_two_bots_stay_apart() {
    let world = World::start().await;
    let max = FakeMax::start_with(MaxOptions::default()).await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    let first = connect(&world, &max, &admin, "Окна").await;
    let second = connect(&world, &max, &admin, "Двери").await;
    let (anna, boris) = (first.bot.customer(88_100, "Анна"), second.bot.customer(88_200, "Борис"));
    anna.start(Some("ads_2026-11"));
    anna.send(CustomerMessage::image(png(64, 48)).caption("Вот такое"));
    anna.send(CustomerMessage::file("план.pdf", b"%PDF-1.4 plan".to_vec()));
    anna.send(CustomerMessage::voice(b"OggS voice".to_vec()));
    boris.text("А дверь?");
    let row = operator.conversation_with("Анна").await;
    let conversation = row.conversation_id.clone();
    operator.thread(&conversation, 4).await;
    let files = operator.stored_files(&conversation, 3).await;
    assert!(files.iter().all(|file| file.state() == AttachmentState::Stored), "{files:?}");
    let mut kinds: Vec<_> = files.iter().map(|file| file.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [AttachmentKind::Image, AttachmentKind::Voice, AttachmentKind::Document]);
    let plan = files.iter().find(|file| file.kind() == AttachmentKind::Document).expect("the plan");
    assert_eq!(operator.download(&plan.attachment_id).await.1, b"%PDF-1.4 plan");
    let row = operator.conversation(&conversation).await.expect("in sight");
    let source = row.person.expect("a person").first_source.expect("a source");
    assert_eq!((source.kind.as_str(), source.r#ref.as_str()), ("max_start", "ads_2026-11"));

    operator.take(&row.request.expect("a request").request_id).await.expect("taken");
    let button = Button { title: "Да".into(), data: "yes".into(), ..Button::default() };
    let buttons = vec![ButtonRow { buttons: vec![button] }];
    send(&operator, SendMessageRequest { buttons, ..reply(&conversation, "Подходит?") }).await;
    for (name, mime, bytes) in [
        ("окно.png", "image/png", png(32, 20)),
        ("смета.pdf", "application/pdf", b"%PDF-1.4 offer".to_vec()),
        ("голос.ogg", "audio/ogg", b"OggS\0 ours".to_vec()),
    ] {
        let file = operator.upload(name, mime, bytes, 0).await;
        send(&operator, SendMessageRequest { file_ids: vec![file], ..reply(&conversation, "") }).await;
    }
    let received = anna.received();
    let shown: Vec<_> = received.iter().map(|one| one.body["attachments"][0]["type"].as_str().unwrap()).collect();
    assert_eq!(shown, ["inline_keyboard", "image", "file", "audio"]);
    assert_eq!(received[2].files, [b"%PDF-1.4 offer".to_vec()]);
    anna.press(&received[0].mid, "yes");
    eventually("the press is answered", SOON, async || first.bot.answers().pop()).await;
    assert!(boris.received().is_empty() && second.bot.answers().is_empty());
    let other = operator.conversation_with("Борис").await.conversation_id;
    operator.message_with(&other, "А дверь?").await;
}

// acceptance: DI-15, XC-9
#[tokio::test]
async fn a_lost_connection_costs_nothing_and_is_shown_with_its_reason() {
    let world = World::start().await;
    let max = FakeMax::start_with(MaxOptions::default()).await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    let Bot { account_id, bot } = connect(&world, &max, &admin, "Окна").await;
    let anna = bot.customer(88_100, "Анна");
    anna.text("Здравствуйте");
    let conversation = operator.conversation_with("Анна").await.conversation_id;
    let state = async || {
        let request = GetChannelAccountRequest { account_id: account_id.clone() };
        let account = admin.accounts().get_channel_account(request).await.expect("an account").into_inner().account;
        account.and_then(|account| account.status).unwrap_or_default()
    };
    eventually("the position names the chat", SOON, async || {
        let known = world.count("select count(*) from inbox.poll_position").await;
        (known > 0).then_some(())
    })
    .await;

    max.fail_always("me", Fault::Refuse(503, "service.unavailable", "?"));
    bot.lose_subscriptions();
    anna.text("Есть кто?");
    let minute = std::time::Duration::from_secs(75);
    let lost = eventually("the loss is shown", minute, async || {
        Some(state().await).filter(|state| state.health() != AccountHealth::Connected)
    })
    .await;
    assert!(!lost.problem.is_empty() && lost.last_error_at.is_some() && lost.last_event_at.is_some(), "{lost:?}");
    max.heal();
    let found = eventually("what came meanwhile", minute, async || {
        let messages = operator.messages(&conversation).await;
        messages.into_iter().find(|message| text_of(message) == "Есть кто?")
    })
    .await;
    assert!(!found.message_id.is_empty());
    eventually("all is well", minute, async || (state().await.health() == AccountHealth::Connected).then_some(()))
        .await;
    anna.text("И ещё");
    operator.message_with(&conversation, "И ещё").await;
    assert_eq!(operator.thread(&conversation, 3).await.len(), 3, "nothing twice");
}

// acceptance: DI-11
#[tokio::test]
async fn what_max_refuses_says_why_and_can_be_sent_again() {
    let world = World::start().await;
    let max = FakeMax::start_with(MaxOptions::default()).await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    let Bot { bot, .. } = connect(&world, &max, &admin, "Окна").await;
    let anna = bot.customer(88_100, "Анна");
    anna.text("Здравствуйте");
    let row = operator.conversation_with("Анна").await;
    operator.take(&row.request.expect("a request").request_id).await.expect("taken");
    let conversation = row.conversation_id;
    // It may be the bot that is refused, so nobody's conversation is closed.
    max.fail_next("send", Fault::Refuse(403, "chat.denied", "Key: error.dialog.suspended"));
    let refused = operator.send(&conversation, "Тысяча").await;
    let refused = operator.wait_for_status(&refused, MessageStatus::Failed).await;
    assert_eq!(refused.failure.expect("it says why").reason(), FailureReason::Undeliverable);
    let again = SendMessageAgainRequest {
        message_id: refused.message_id,
        new_message_id: Uuid::now_v7().to_string(),
        conversation_id: String::new(),
    };
    let again = operator.conversations().send_message_again(again).await.expect("again").into_inner().message;
    operator.wait_for_status(&again.expect("a message"), MessageStatus::Sent).await;
    // A proxy's page says nothing of what MAX has done: MAX knows no key for repeating.
    max.fail_next("send", Fault::Html(403));
    let unknown = operator.send(&conversation, "Две").await;
    operator.wait_for_status(&unknown, MessageStatus::Unknown).await;
    assert_eq!(anna.received().len(), 1);
}
