use serde_json::Value;
use testkit::vk::VkOptions;

use super::client::{Api, world};

async fn check(api: &Api, server: &Value, ts: &str) -> Value {
    let url = server["server"].as_str().expect("as VK answers");
    let query =
        [("act", "a_check"), ("key", server["key"].as_str().expect("as VK answers")), ("ts", ts), ("wait", "1")];
    api.http.get(url).query(&query).send().await.expect("as VK answers").json().await.expect("as VK answers")
}

#[tokio::test]
async fn events_that_are_switched_on_are_kept_until_they_are_forgotten() {
    let (_vk, shop, anna, api) = world(VkOptions::default()).await;
    anna.text("before");
    api.ok("groups.setLongPollSettings", &[("enabled", "1"), ("message_new", "1")]).await;
    let server = api.ok("groups.getLongPollServer", &[]).await;
    let ts = server["ts"].as_str().unwrap();
    assert_eq!(check(&api, &server, ts).await["updates"], serde_json::json!([]), "after its wait");
    anna.text("раз");
    shop.staff_writes(77_001, 0, "not switched on");
    let answer = check(&api, &server, ts).await;
    assert_eq!(answer["updates"].as_array().unwrap().len(), 1);
    assert_eq!(answer["updates"][0]["object"]["message"]["text"], "раз");
    assert_eq!(check(&api, &server, ts).await["updates"], answer["updates"], "asked for again");

    shop.forget_events();
    let late = check(&api, &server, ts).await;
    assert_eq!((&late["failed"], &late["ts"]), (&1.into(), &1.into()), "a number this time");
    shop.expire_poll_key();
    assert_eq!(check(&api, &server, "1").await["failed"], 2);
    shop.lose_events();
    assert_eq!(check(&api, &server, "1").await["failed"], 3);
    let again = api.ok("groups.getLongPollServer", &[]).await;
    assert_eq!(check(&api, &again, again["ts"].as_str().unwrap()).await["failed"], Value::Null);
}
