//! The main job: a customer writes, an operator sees it and answers.

use contracts::{
    inbox::{ConversationView, MessageStatus},
    live::{event::What, watch_response},
};
use testkit::eventually;

use crate::{
    actions::customer,
    world::{SOON, World},
};

// acceptance: DI-4
#[tokio::test]
async fn a_message_comes_in_live_and_the_answer_goes_out_once() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "webhook").await;
    let operator = world.operator("operator1").await;
    let mut live = operator.watch("").await;

    let buyer = customer(&connected.bot, 1);
    buyer.text("Здравствуйте! Где мой заказ?");

    let changed = tokio::time::timeout(SOON, async {
        loop {
            let next = live.message().await.expect("a live feed").expect("not ended");
            let Some(watch_response::What::Event(event)) = next.what else { continue };
            if let Some(What::ConversationChanged(changed)) = event.what {
                return changed;
            }
        }
    })
    .await
    .expect("the operator is told");
    assert!(changed.inbound);

    let conversation = operator.take_only().await;
    assert_eq!(conversation.conversation_id, changed.conversation_id);
    assert_eq!(conversation.person.as_ref().unwrap().display_name, "Покупатель 1");
    assert_eq!(conversation.unread, 1);
    let sent = operator.send(&conversation.conversation_id, "Уже в пути").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;

    let received = buyer.received();
    assert_eq!(received.iter().map(|m| m.text.as_deref().unwrap_or_default()).collect::<Vec<_>>(), ["Уже в пути"]);
}

#[tokio::test]
async fn polling_works_like_the_webhook() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "poll").await;
    let operator = world.operator("operator1").await;
    let buyer = customer(&connected.bot, 1);
    for text in ["раз", "два", "три"] {
        buyer.text(text);
    }
    let texts = eventually("three messages in order", SOON, async || {
        let conversation = operator.list(ConversationView::Unassigned).await.into_iter().next()?;
        let messages = operator.messages(&conversation.conversation_id).await;
        let texts: Vec<String> = messages
            .iter()
            .filter_map(|m| m.content.as_ref())
            .map(|c| c.text.clone())
            .filter(|t| !t.is_empty())
            .collect();
        (texts.len() == 3).then_some(texts)
    })
    .await;
    assert_eq!(texts, ["раз", "два", "три"]);
    eventually("every update is confirmed", SOON, async || (connected.bot.pending() == 0).then_some(())).await;
}
