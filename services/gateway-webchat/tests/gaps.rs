//! Nothing that was missed stays missing, however late router answers.

use contracts::channel::{Content, PeerMessage};
use model::MessageId;
use serde_json::{Value, json};

use crate::common::{World, send, visitor};

/// So many answers of staff's as router has them; gives their ids.
fn said(world: &World, token: &str, count: usize) -> Vec<String> {
    let mut history = world.router.state.history.lock();
    let say = |n| {
        let content = Some(Content { text: format!("ответ {n}"), ..<_>::default() });
        let id = MessageId::new().to_string();
        let message = PeerMessage { message_id: id.clone(), own: true, content, ..<_>::default() };
        history.push(([visitor(token)].into(), message));
        id
    };
    (0..count).map(say).collect()
}

fn ids(welcome: &Value) -> Vec<String> {
    let messages = welcome["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn when_router_is_late_all_that_was_missed_follows_whatever_is_told_meanwhile() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    chat.leave().await;
    let had = said(&world, &token, 1).remove(0);
    let missed = said(&world, &token, 60);
    world.router.set(|state| &state.silent, true);
    let (mut chat, welcome) = site.enter(json!({ "token": token, "after": had })).await;
    assert_eq!((&welcome["known"], &welcome["messages"]), (&json!(false), &json!([])));
    let (told, order) = send(&visitor(&token), Content { text: "и ещё".into(), ..<_>::default() });
    world.order(account, &order).await;
    assert_eq!(chat.expect("message").await["message"]["id"], json!(told));
    world.router.set(|state| &state.silent, false);
    let welcome = chat.expect("welcome").await;
    let ids = ids(&welcome);
    assert!(missed.iter().all(|id| ids.contains(id)), "{} of 60", ids.len());
    assert_eq!((&welcome["known"], &welcome["reset"]), (&json!(true), &json!(null)));
    gateway.stop().await;
}

#[tokio::test]
async fn what_does_not_join_on_begins_anew() {
    let (world, gateway, site, _) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    let said = said(&world, &token, 60);
    // Erased since, or younger than a backup that was put back.
    for unknown in [MessageId::new().to_string(), "no id".to_owned()] {
        let (_, welcome) = site.enter(json!({ "token": token, "after": unknown })).await;
        assert_eq!((&welcome["reset"], &welcome["more"]), (&json!(true), &json!(true)));
        assert_eq!(ids(&welcome), said[10..]);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn reading_does_not_move_where_the_history_goes_on() {
    let (world, gateway, site, _) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "раз").await;
    chat.leave().await;
    let had = said(&world, &token, 1).remove(0);
    let missed = said(&world, &token, 60);
    world.router.set(|state| &state.silent, true);
    let (mut chat, _) = site.enter(json!({ "token": token, "after": had })).await;
    chat.send(json!({ "t": "read", "id": had })).await;
    world.router.set(|state| &state.silent, false);
    let ids = ids(&chat.expect("welcome").await);
    assert!(missed.iter().all(|id| ids.contains(id)), "{} of 60", ids.len());
    gateway.stop().await;
}
