//! Letters in.

use contracts::{
    errors::ErrorReason,
    inbox::{CheckSettingsRequest, ConversationView, Direction},
};
use testkit::{
    eventually,
    mail::{MailHouse, letter},
};

use super::{SUPPORT, Scene, content_of, settings, with_head};
use crate::{
    deeds::reason,
    world::{SOON, World},
};

const ANNA: &str = "Anna <anna@example.com>";

/// Nobody does anything, and a restart in the middle of many changes nothing.
// acceptance: EM-3
#[tokio::test]
async fn letters_come_by_themselves_and_once_also_over_a_restart() {
    const LETTERS: usize = 60;
    let mut world = World::servers().await;
    world.run(&["crm-core", "router", "edge"]).await;
    world.run(&["gateway-email"]).await;
    let scene = Scene::set(&world).await;
    scene.receive(ANNA, "Hello", "0@example.com", "Good day").await;
    let first = scene.operator.conversation_with("Anna").await;
    assert!(first.request.is_some(), "it is somebody's work");
    for number in 1..=LETTERS {
        let from = format!("Buyer {number} <buyer{number}@example.com>");
        scene.receive(&from, "Hello", &format!("{number}@example.com"), "Good day").await;
        if number == LETTERS / 2 {
            world.kill_and_restart("gateway-email").await;
        }
    }
    let sql = "select count(*) from inbox.message where direction = 1 and kind = 1";
    eventually("all letters", SOON, async || (world.count(sql).await == LETTERS as i64 + 1).then_some(())).await;
    world.kill_and_restart("gateway-email").await;
    scene.receive("Boris <boris@example.com>", "Hello", "last@example.com", "Good day").await;
    scene.operator.conversation_with("Boris").await;
    assert_eq!(world.count(sql).await, LETTERS as i64 + 2, "each once");
}

// acceptance: EM-4
#[tokio::test]
async fn an_answer_from_a_phone_stands_in_the_history_as_ours() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    scene.receive(ANNA, "Where is my order?", "1@example.com", "Where is it?").await;
    let conversation = scene.operator.conversation_with("Anna").await.conversation_id;
    let answer = letter("Boris <support@example.org>", ANNA, "Re: Where is my order?", "2@phone", "On its way");
    let answer = format!("References: <1@example.com>\r\nIn-Reply-To: <1@example.com>\r\n{answer}");
    scene.house.dovecot.append("support", "Sent", answer).await;
    let thread = scene.operator.thread(&conversation, 2).await;
    assert_eq!((thread[1].direction(), content_of(&thread[1]).text.as_str()), (Direction::Out, "On its way"));
    assert_eq!(thread[1].author_name, "Boris");
}

/// The second names the first only in `In-Reply-To`, as some programs do.
// acceptance: EM-5
#[tokio::test]
async fn three_letters_of_a_thread_in_the_wrong_order_are_one_conversation() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let send = async |number: u32, head: &[&str]| {
        let text = with_head(ANNA, "Order", &format!("{number}@example.com"), head, &format!("letter {number}"));
        scene.house.dovecot.deliver(SUPPORT, text).await;
        let sql = "select count(*) from inbox.message where direction = 1 and kind = 1";
        let known = i64::from(if number == 3 { 1 } else { number + 1 });
        eventually("the letter", SOON, async || (world.count(sql).await == known).then_some(())).await;
    };
    send(3, &["In-Reply-To: <2@example.com>"]).await;
    send(1, &[]).await;
    send(2, &["In-Reply-To: <1@example.com>"]).await;
    let one = eventually("one conversation", SOON, async || {
        let all = scene.operator.list(ConversationView::All).await;
        (all.len() == 1).then(|| all[0].conversation_id.clone())
    })
    .await;
    let thread = scene.operator.thread(&one, 3).await;
    let mut texts: Vec<_> = thread.iter().map(|message| content_of(message).text).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["letter 1", "letter 2", "letter 3"]);
}

// acceptance: EM-16
#[tokio::test]
async fn what_programs_write_is_nobodys_request() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let head = ["Auto-Submitted: auto-replied", "In-Reply-To: <1@example.org>"];
    let text = with_head(ANNA, "Out of office", "1@example.com", &head, "Back on Monday");
    scene.house.dovecot.deliver(SUPPORT, text).await;
    let list = ["List-Id: <news.example.com>", "Precedence: bulk"];
    let text = with_head("News <news@example.com>", "News", "2@example.com", &list, "News");
    scene.house.dovecot.deliver(SUPPORT, text).await;
    for name in ["Anna", "News"] {
        assert!(scene.operator.conversation_with(name).await.request.is_none(), "{name}");
    }
    assert_eq!(world.count("select count(*) from inbox.request").await, 0);
    scene.receive("Boris <boris@example.com>", "Hello", "3@example.com", "Good day").await;
    assert!(scene.operator.conversation_with("Boris").await.request.is_some());
}

// acceptance: EM-2
#[tokio::test]
async fn a_mailbox_whose_check_fails_is_not_saved() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let house = MailHouse::start().await.expect("a mail house");
    let settings = settings(&house, "wrong").map(|(name, value)| (name.to_owned(), value));
    let request = CheckSettingsRequest { channel: "email".into(), settings: settings.into(), ..<_>::default() };
    let probe = scene.admin.accounts().check_settings(request.clone()).await.expect("an answer").into_inner().probe;
    let failed: Vec<_> = probe.unwrap_or_default().steps.into_iter().filter(|step| !step.passed).collect();
    assert_eq!(failed.len(), 2, "receiving and sending: {failed:?}");
    let account = contracts::inbox::ChannelAccount {
        channel: "email".into(),
        name: "Почта".into(),
        enabled: true,
        settings: request.settings,
        ..<_>::default()
    };
    let create = contracts::inbox::CreateChannelAccountRequest {
        request_id: uuid::Uuid::now_v7().to_string(),
        account: Some(account),
    };
    let refused = scene.admin.accounts().create_channel_account(create).await;
    assert_eq!(reason(refused), ErrorReason::ProbeFailed);
    assert_eq!(world.count("select count(*) from inbox.account where channel = 'email'").await, 1);
}
