use std::time::Duration;

use testkit::{
    telegram::png,
    vk::{Fault, VkOptions},
};

use super::client::world;

const TO: (&str, &str) = ("peer_ids", "77001");

#[tokio::test]
async fn a_community_answers_who_wrote_and_each_random_id_once() {
    let (vk, _shop, anna, api) = world(VkOptions::default()).await;
    let send = [TO, ("random_id", "7"), ("message", "Да")];
    let refused = api.ok("messages.send", &send).await;
    assert_eq!(refused[0]["error"]["code"], 901);
    anna.text("Вы работаете?");
    let first = api.ok("messages.send", &send).await;
    assert_eq!(first[0]["conversation_message_id"], 2);
    assert_eq!(api.ok("messages.send", &send).await, first, "the same answer, and nothing sent");
    assert_eq!(anna.received().len(), 1);
    vk.advance(Duration::from_secs(3601));
    api.ok("messages.send", &send).await;
    assert_eq!(anna.received().len(), 2, "forgotten after its span");
    for _ in 0..2 {
        api.ok("messages.send", &[TO, ("random_id", "0"), ("message", "Да")]).await;
    }
    assert_eq!(anna.received().len(), 4, "0 protects nothing");
}

#[tokio::test]
async fn what_vk_refuses_is_refused() {
    let (_vk, shop, anna, api) = world(VkOptions { calls_per_second: 1_000, ..VkOptions::default() }).await;
    anna.text("?");
    let send =
        |more: (&'static str, String)| vec![("random_id".to_owned(), "5".to_owned()), (more.0.to_owned(), more.1)];
    for (more, code) in [
        (("message", String::new()), 100),
        (("message", "я".repeat(4_097)), 914),
        (("attachment", "photo1_1".to_owned()), 100),
        (
            (
                "keyboard",
                r#"{"inline":true,"buttons":[[{"action":{"type":"callback","label":"","payload":"{}"}}]]}"#.to_owned(),
            ),
            911,
        ),
    ] {
        let mut params = send(more.clone());
        if more.0 == "keyboard" {
            params.push(("message".into(), "?".into()));
        }
        let params: Vec<_> = params.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([TO]).collect();
        assert_eq!(api.code("messages.send", &params).await, code, "{}", more.0);
    }
    assert_eq!(api.code("messages.send", &[TO, ("message", "?")]).await, 100, "without random_id");
    assert_eq!(api.code("messages.dance", &[]).await, 3);
    for (refuse, code) in [(900, 900), (902, 902)] {
        anna.refuse(Some(refuse));
        let answer = api.ok("messages.send", &[TO, ("random_id", "9"), ("message", "?")]).await;
        assert_eq!(answer[0]["error"]["code"], code);
    }
    shop.set_rights(&["manage"]);
    assert_eq!(api.code("messages.getHistory", &[("peer_id", "77001")]).await, 15);
    shop.revoke_key();
    assert_eq!(api.code("users.get", &[("user_ids", "77001")]).await, 5);
}

#[tokio::test]
async fn twenty_calls_a_second_pass_and_no_more() {
    let (_vk, _shop, _anna, api) = world(VkOptions::default()).await;
    let calls = (0..25).map(|_| api.call("users.get", &[("user_ids", "77001")]));
    let answers = futures::future::join_all(calls).await;
    let refused = answers.iter().filter(|answer| answer["error"]["error_code"] == 6).count();
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn files_are_put_saved_and_sent() {
    let (vk, _shop, anna, api) = world(VkOptions::default()).await;
    anna.text("?");
    let server = api.ok("photos.getMessagesUploadServer", &[]).await;
    let url = server["upload_url"].as_str().unwrap();
    let put = api.put(url, "photo", "a.png", png(8, 8)).await;
    assert!(api.put(url, "photo", "a.png", png(8, 8)).await["error"].is_string(), "an address serves once");
    let saved = api
        .ok("photos.saveMessagesPhoto", &[("photo", put["photo"].as_str().unwrap()), ("server", "7"), ("hash", "h")])
        .await;
    let name = format!("photo{}_{}_{}", saved[0]["owner_id"], saved[0]["id"], saved[0]["access_key"].as_str().unwrap());
    api.ok("messages.send", &[TO, ("random_id", "1"), ("attachment", &name)]).await;
    assert_eq!(anna.received()[0].files[0].2.as_ref(), png(8, 8));

    let docs = api.ok("docs.getMessagesUploadServer", &[("type", "doc"), ("peer_id", "77001")]).await;
    let url = docs["upload_url"].as_str().unwrap();
    assert!(api.put(url, "file", "a.mp3", b"ID3".to_vec()).await["error"].is_string());
    vk.fail_next("upload", Fault::Rejected);
    let photos = api.ok("photos.getMessagesUploadServer", &[]).await;
    let rejected = api.put(photos["upload_url"].as_str().unwrap(), "photo", "a.png", png(8, 8)).await;
    assert_eq!(rejected["photo"], "[]");
}

#[tokio::test]
async fn histories_show_both_sides_newest_first() {
    let (_vk, shop, anna, api) = world(VkOptions::default()).await;
    anna.text("раз");
    shop.staff_writes(77_001, 5_005, "два");
    let history = api.ok("messages.getHistory", &[("peer_id", "77001"), ("count", "1")]).await;
    assert_eq!((&history["count"], &history["items"][0]["text"]), (&2.into(), &"два".into()));
    assert_eq!(history["items"][0]["admin_author_id"], 5_005);
    let talks = api.ok("messages.getConversations", &[]).await;
    assert_eq!(talks["items"][0]["conversation"]["peer"]["id"], 77_001);
}

#[tokio::test]
async fn faults_come_as_vk_and_the_network_have_them() {
    let (vk, _shop, anna, api) = world(VkOptions::default()).await;
    anna.text("?");
    let send = [TO, ("random_id", "3"), ("message", "раз")];
    vk.fail_next("messages.send", Fault::Error(9));
    assert_eq!(api.code("messages.send", &send).await, 9);
    vk.fail_next("messages.send", Fault::DropBefore);
    assert!(api.try_call("messages.send", &send).await.is_err());
    assert!(anna.received().is_empty());
    vk.fail_next("messages.send", Fault::DropAfterAccept);
    assert!(api.try_call("messages.send", &send).await.is_err());
    assert_eq!(anna.received().len(), 1);
    assert_eq!(vk.count("messages.send"), 3);
}
