use std::time::Duration;

use serde_json::{Value, json};
use testkit::telegram::{CustomerMessage, Person, TelegramOptions};

use super::client::world;

#[tokio::test]
async fn a_bot_answers_in_the_name_of_a_business_account_and_sees_its_echo() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let business = bot.business(Person::new(900, "Владелец"));
    let olga = business.customer(&bot.customer(5001, "Ольга"));
    let question = olga.text("вы работаете?").message_id;
    business.owner_writes(&olga, CustomerMessage::text("да"));
    let direct = json!({ "chat_id": 5001, "text": "с 9 до 18" });
    assert_eq!(api.call("sendMessage", direct.clone()).await.status, 403);
    let mut reply = direct;
    reply["business_connection_id"] = json!(business.id());
    api.call("sendMessage", reply.clone()).await.result();
    business.delete(&olga, &[question]);

    let updates: Vec<Value> = api.call("getUpdates", json!({})).await.result().as_array().unwrap().clone();
    assert_eq!(updates[0]["business_connection"]["rights"]["can_reply"], true);
    assert_eq!(updates[1]["business_message"]["from"]["id"], 5001);
    assert_eq!(updates[2]["business_message"]["from"]["id"], 900);
    assert_eq!(updates[3]["business_message"]["sender_business_bot"]["id"], bot.id());
    assert_eq!(updates[4]["deleted_business_messages"]["message_ids"], json!([question]));
    assert_eq!(olga.received()[0].business_connection_id.as_deref(), Some(business.id()));

    telegram.advance(Duration::from_secs(24 * 3600));
    assert_eq!(api.call("sendMessage", reply.clone()).await.description(), "Bad Request: BUSINESS_PEER_INVALID");
    olga.text("ау");
    business.set_rights(false, false);
    assert!(api.call("sendMessage", reply.clone()).await.description().contains("not enough rights"));
    business.set_enabled(false);
    assert_eq!(api.call("sendMessage", reply).await.description(), "Bad Request: BUSINESS_CONNECTION_INVALID");
}
