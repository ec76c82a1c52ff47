//! Facts that overtake what they refer to: right in the end, whatever came first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use contracts::{
    channel::{Inbound, Receipt, ReceiptStatus, inbound::Body},
    inbox::{ListMessageVersionsRequest, MessageKind, MessageStatus},
};
use prost::Message as _;
use serde_json::{Value, json};
use testkit::{
    eventually,
    telegram::{Fault, Person},
};

use crate::{
    actions::customer,
    deeds::text_of,
    stage::{Stage, private_message},
    world::SOON,
};

impl Stage {
    async fn early(&self, count: i64) {
        eventually("it waits for what it refers to", SOON, async || {
            (self.world.count("select count(*) from inbox.early").await == count).then_some(())
        })
        .await;
    }
}

fn message(id: i64, text: &str, more: Value) -> Value {
    let mut message = private_message(6_001, "Анна", id, text);
    let fields = message.as_object_mut().unwrap();
    fields.extend(more.as_object().cloned().unwrap_or_default());
    message
}

#[tokio::test]
async fn an_edit_and_a_reaction_may_come_before_their_message() {
    let stage = Stage::set().await;
    let now = chrono::Utc::now().timestamp();
    let edited = |text: &str, after: i64| message(70, text, json!({ "edit_date": now + after }));
    stage.update(11, "edited_message", edited("вторая правка", 2)).await;
    stage.update(12, "edited_message", edited("первая правка", 1)).await;
    let reaction = json!({
        "chat": { "id": 6_001, "type": "private", "first_name": "Анна" }, "message_id": 70, "date": now,
        "user": { "id": 6_001, "first_name": "Анна", "is_bot": false }, "old_reaction": [],
        "new_reaction": [{ "type": "emoji", "emoji": "❤" }],
    });
    stage.update(13, "message_reaction", reaction).await;
    stage.early(3).await;
    assert_eq!(stage.world.count("select count(*) from inbox.message").await, 0);
    stage.update(10, "message", message(70, "как было", json!({}))).await;
    stage.early(0).await;

    let conversation = stage.operator.conversation_with("Анна").await;
    let thread = stage.operator.messages(&conversation.conversation_id).await;
    let [only] = &thread[..] else { panic!("one message, not {}", thread.len()) };
    assert_eq!((text_of(only), only.reactions.as_slice()), ("вторая правка", &["❤".to_owned()][..]));
    assert!(only.edited_at.is_some() && !only.edited_original_unknown);
    assert_eq!(conversation.last_message.unwrap().text, "вторая правка");
    let request =
        ListMessageVersionsRequest { message_id: only.message_id.clone(), ..ListMessageVersionsRequest::default() };
    let versions = stage.operator.conversations().list_message_versions(request).await.unwrap().into_inner().versions;
    let was: Vec<_> = versions.iter().map(|version| version.content.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(was, ["как было"], "what it said before is kept, though both came together");
}

#[tokio::test]
async fn a_deletion_may_come_before_its_message() {
    let stage = Stage::set().await;
    let chat = json!({ "id": 6_001, "type": "private", "first_name": "Анна" });
    let deleted = json!({ "business_connection_id": "b1", "chat": chat, "message_ids": [71] });
    stage.update(21, "deleted_business_messages", deleted).await;
    stage.early(1).await;
    stage.update(20, "business_message", message(71, "не то", json!({ "business_connection_id": "b1" }))).await;
    stage.early(0).await;
    let conversation = stage.operator.conversation_with("Анна").await;
    let thread = stage.operator.messages(&conversation.conversation_id).await;
    assert!(thread.len() == 1 && thread[0].deleted_at.is_some() && text_of(&thread[0]).is_empty());
    assert_eq!(conversation.last_message.unwrap().text, "", "what was deleted is not shown in the list either");
}

#[tokio::test]
async fn the_echo_of_our_own_reply_may_come_before_its_receipt() {
    let stage = Stage::set().await;
    let business = stage.connected.bot.business(Person::new(9_001, "Владелец"));
    let buyer = business.customer(&customer(&stage.connected.bot, 1));
    buyer.text("Здравствуйте");
    let conversation = stage.operator.take_only().await.conversation_id;
    // Telegram has the message at once and shows it to the webhook, but answers the call late.
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(2)));
    let sent = stage.operator.send(&conversation, "Добрый день").await;
    stage.early(1).await;
    stage.operator.wait_for_status(&sent, MessageStatus::Sending).await;
    stage.operator.wait_for_status(&sent, MessageStatus::Sent).await;
    stage.early(0).await;
    let thread = stage.operator.messages(&conversation).await;
    let said: Vec<_> = thread.iter().filter(|m| m.kind() == MessageKind::Message).map(text_of).collect();
    assert_eq!(said, ["Здравствуйте", "Добрый день"]);
    assert_eq!(buyer.received().len(), 1);
}

#[tokio::test]
async fn a_later_receipt_may_come_before_the_sends_own() {
    let stage = Stage::set().await;
    let buyer = customer(&stage.connected.bot, 1);
    let first = buyer.text("Здравствуйте").message_id;
    let conversation = stage.operator.take_only().await.conversation_id;
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(2)));
    let sent = stage.operator.send(&conversation, "Добрый день").await;
    stage.operator.wait_for_status(&sent, MessageStatus::Sending).await;
    // Telegram's bots get no such receipts; a channel that does names the message by the provider's key.
    let key = format!("|{}|{}", buyer.chat_id(), first + 1);
    let receipt = Receipt { status: ReceiptStatus::Read.into(), ..Receipt::default() };
    let fact = Inbound {
        key: format!("read:{key}"),
        message_key: key,
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    };
    let bus = async_nats::connect(&stage.world.nats.url()).await.unwrap();
    let subject = format!("okno.in.0.telegram.{}", stage.connected.account_id);
    bus.publish(subject, fact.encode_to_vec().into()).await.unwrap();
    bus.flush().await.unwrap();
    stage.early(1).await;
    stage.operator.wait_for_status(&sent, MessageStatus::Read).await;
    stage.early(0).await;
    assert_eq!(buyer.received().len(), 1);
}
