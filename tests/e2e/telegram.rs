//! What Telegram has beside chats with people: topics of forums, groups that move, and forms of web apps.

use contracts::inbox::ConversationView;
use serde_json::{Value, json};
use testkit::eventually;

use crate::{
    actions::customer,
    deeds::{reply, text_of},
    stage::{Stage, private_message},
    world::SOON,
};

const FORUM: i64 = -1_000_000_200_001;

fn in_topic(topic: i64, message_id: i64, text: &str) -> Value {
    let mut message = private_message(6_001, "Анна", message_id, text);
    message["chat"] = json!({ "id": FORUM, "type": "supergroup", "title": "Новый дом", "is_forum": true });
    message["message_thread_id"] = topic.into();
    message["is_topic_message"] = true.into();
    message
}

#[tokio::test]
async fn each_topic_of_a_forum_is_a_dialog_that_is_answered_there() {
    let stage = Stage::set().await;
    stage.connected.bot.group(FORUM, "Новый дом");
    stage.update(60, "message", in_topic(7, 60, "Когда замер?")).await;
    stage.update(61, "message", in_topic(9, 61, "Где счёт?")).await;
    stage.update(62, "message", in_topic(7, 62, "Ау")).await;
    let rows = eventually("two dialogs", SOON, async || {
        Some(stage.operator.list(ConversationView::All).await).filter(|rows| rows.len() == 2)
    })
    .await;
    for row in rows {
        let thread = stage.operator.messages(&row.conversation_id).await;
        let topic = if thread.iter().any(|message| text_of(message).ends_with("Где счёт?")) { 9 } else { 7 };
        assert_eq!(thread.len(), if topic == 9 { 1 } else { 2 });
        stage.operator.take(&row.request.expect("a request").request_id).await.expect("taken");
        stage.send_all(reply(&row.conversation_id, "Сейчас узнаю")).await;
        assert_eq!(stage.world.telegram.sent_to(FORUM).last().expect("sent").json["message_thread_id"], topic);
    }
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_is_the_same_dialog() {
    const OLD: i64 = -4_001;
    const NEW: i64 = -1_000_000_300_001;
    let stage = Stage::set().await;
    let mut group = stage.connected.bot.group(OLD, "Стройка");
    let buyer = customer(&stage.connected.bot, 2);
    group.member(&buyer).text("Когда замер?");
    let row = stage.operator.conversation_with("Стройка").await;
    stage.operator.take(&row.request.expect("a request").request_id).await.expect("taken");
    group.migrate(NEW);
    // The fake tells the old chat of it, Telegram the new one as well.
    let chat = json!({ "id": NEW, "type": "supergroup", "title": "Стройка" });
    let moved =
        json!({ "message_id": 1, "date": chrono::Utc::now().timestamp(), "chat": chat, "migrate_from_chat_id": OLD });
    stage.update(900_001, "message", moved).await;
    group.member(&buyer).text("Ау");
    eventually("what is said in the new group stands in the dialog", SOON, async || {
        let thread = stage.operator.messages(&row.conversation_id).await;
        thread.iter().any(|message| text_of(message).ends_with("Ау")).then_some(())
    })
    .await;
    stage.send_all(reply(&row.conversation_id, "Завтра")).await;
    assert_eq!(stage.world.telegram.sent_to(NEW).last().expect("sent").json["text"], "Завтра");
    assert_eq!(stage.operator.list(ConversationView::All).await.len(), 1);
}

#[tokio::test]
async fn what_a_form_sends_is_read_in_the_dialog() {
    let stage = Stage::set().await;
    let (buyer, conversation) = stage.talk(1).await;
    let mut form = private_message(buyer.id(), "Покупатель 1", 90, "");
    form.as_object_mut().expect("an object").remove("text");
    let data = r#"{"width":140,"height":120}"#;
    form["web_app_data"] = json!({ "button_text": "Рассчитать", "data": data });
    stage.update(70, "message", form).await;
    let content = stage.operator.message_with(&conversation, data).await.content.expect("content");
    assert_eq!(content.event_key, "web_app_data");
    assert_eq!(content.event_args, ["", "Рассчитать"]);
}
