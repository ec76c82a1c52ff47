//! Who is let in.

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{
    eventually,
    webchat::{End, Site, msg},
};

use crate::common::{LIMIT, SHOP, World, http};

#[tokio::test]
async fn a_foreign_page_is_refused_at_the_upgrade() {
    let (_world, gateway, site, account) = World::shop(&[]).await;
    for origin in ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null", ""] {
        let foreign = Site { origin: origin.to_owned(), ..site.clone() };
        assert_eq!(foreign.connect().await.err(), Some(403), "{origin}");
    }
    // The chat's own frame.
    let own = Site { origin: gateway.base(), ..site.clone() };
    assert!(own.connect().await.is_ok() && site.connect().await.is_ok());
    let unknown = Site { account: "0190-no-account".to_owned(), ..site };
    eventually("an unknown account to be called so", LIMIT, async || {
        (unknown.connect().await.err() == Some(404)).then_some(())
    })
    .await;
    for path in ["frames", "stream", "uploads"] {
        let url = format!("{}/webchat/{account}/{path}", gateway.base());
        let answer = http().post(&url).header("origin", "https://evil.example").body("[]").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        assert_eq!(http().post(&url).body("[]").send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_frame_is_held_to_the_site_that_it_stands_on() {
    let both = format!("{SHOP}\nhttps://other.example");
    let (mut world, gateway, site, account) = World::shop(&[("allowed_origins", &both)]).await;
    let own = Site { origin: gateway.base(), ..site };
    let (mut chat, _) = own.enter(json!({ "site": "https://other.example" })).await;
    world.change(account, |entry| drop(entry.settings.insert("allowed_origins".into(), SHOP.into()))).await;
    eventually("the site to be unknown", LIMIT, async || {
        let mut late = own.connect().await.ok()?;
        late.send(json!({ "t": "hello", "v": 1, "site": "https://other.example" })).await;
        (late.next().await == Err(End::Closed(4403, String::new()))).then_some(())
    })
    .await;
    chat.send(json!({ "t": "start" })).await;
    assert_eq!(chat.ended().await, End::Closed(4403, String::new()));
    // An older loader says nothing of the site; a page for links has none.
    own.enter(json!({ "site": SHOP })).await.0.leave().await;
    own.enter(json!({})).await.0.leave().await;
    gateway.stop().await;
}

#[tokio::test]
async fn where_websocket_does_not_pass_a_frame_is_held_to_its_site_by_every_call() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let own = Site { origin: gateway.base(), ..site };
    let (_, token) = own.begin().await;
    let frames = msg(1, "Здравствуйте");
    for (stands_on, refused) in [(SHOP, false), ("https://other.example", true), ("null", true)] {
        let post = async |path: &str, body: String| {
            let call = http().post(own.url(path)).query(&[("site", stands_on)]).bearer_auth(&token);
            call.header("origin", &own.origin).body(body).send().await.unwrap().status()
        };
        let expected = if refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
        assert_eq!(post("frames", format!("[{frames}]")).await, expected, "{stands_on}");
        assert_eq!(post("uploads?name=a.txt", "a".to_owned()).await, expected, "{stands_on}");
        let hello = json!({ "t": "hello", "v": 1, "site": stands_on });
        let call = http().post(own.url("stream")).header("origin", &own.origin).body(hello.to_string());
        assert_eq!(call.send().await.unwrap().status(), expected, "{stands_on}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_stream_with_a_bad_token_is_refused_by_its_status() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let hello = json!({ "t": "hello", "v": 1 }).to_string();
    let call = http().post(site.url("stream")).header("origin", SHOP).bearer_auth("nonsense").body(hello);
    assert_eq!(call.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    gateway.stop().await;
}

#[tokio::test]
async fn a_token_of_another_account_is_refused() {
    let mut world = World::start().await;
    let (shop, other) = (world.account(&[]).await, world.account(&[]).await);
    let gateway = world.gateway().await;
    let (_, token) = gateway.site(shop).begin().await;
    let forged = format!("{}x", &token[..token.len() - 1]);
    for (account, token) in [(other, &token), (shop, &forged), (shop, &"nonsense".to_owned())] {
        let mut chat = gateway.site(account).connect().await.unwrap();
        chat.send(json!({ "t": "hello", "v": 1, "token": token })).await;
        assert_eq!(chat.expect("error").await["code"], "token");
        assert_eq!(chat.ended().await, End::Closed(4401, String::new()));
    }
    let url = format!("{}/webchat/{other}/frames", gateway.base());
    let call = http().post(url).header("origin", SHOP).bearer_auth(&token).body("[]");
    assert_eq!(call.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    gateway.stop().await;
}

#[tokio::test]
async fn a_widget_of_another_protocol_is_told_so() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let mut chat = site.connect().await.unwrap();
    chat.send(json!({ "t": "hello", "v": 2 })).await;
    assert_eq!(chat.expect("error").await["code"], "version");
    assert!(matches!(chat.ended().await, End::Closed(1002, _)));
    let mut chat = site.connect().await.unwrap();
    chat.send(msg(1, "before hello")).await;
    assert_eq!(chat.expect("error").await["code"], "bad_frame");
    assert!(matches!(chat.ended().await, End::Closed(1002, _)));
    gateway.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_connection() {
    let (_world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    chat.send(msg(1, &"x".repeat(65 * 1024))).await;
    chat.ended().await;
    let url = format!("{}/webchat/{account}/frames", gateway.base());
    let body = format!("[{}]", msg(1, &"x".repeat(65 * 1024)));
    let answer = http().post(url).header("origin", SHOP).body(body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    gateway.stop().await;
}

#[tokio::test]
async fn too_many_frames_end_the_connection() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    for _ in 0..100 {
        chat.send(json!({ "t": "typing" })).await;
    }
    assert!(matches!(chat.ended().await, End::Closed(4429, _) | End::Broken));
    gateway.stop().await;
}

#[tokio::test]
async fn one_address_brings_twenty_visitors_at_once() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    for _ in 0..20 {
        site.begin().await.0.leave().await;
    }
    let (mut chat, _) = site.enter(json!({})).await;
    chat.send(json!({ "t": "start" })).await;
    let error = chat.expect("error").await;
    assert_eq!(error["code"], "rate");
    assert!(error["retry_ms"].as_u64().unwrap() > 0);
    gateway.stop().await;
}

#[tokio::test]
async fn a_site_sees_the_configuration_only_if_it_is_allowed() {
    let (_world, gateway, _, account) = World::shop(&[("title", "Магазин"), ("max_file_mb", "5")]).await;
    let url = format!("{}/webchat/{account}/config", gateway.base());
    let answer = http().get(&url).header("origin", SHOP).send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(
        (headers["access-control-allow-origin"].to_str().unwrap(), headers["vary"].to_str().unwrap()),
        (SHOP, "origin")
    );
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let config: Value = answer.json().await.unwrap();
    assert_eq!((&config["v"], &config["title"], &config["account"]), (&json!(1), &json!("Магазин"), &json!(account)));
    assert_eq!((&config["limits"]["file_bytes"], &config["office"]["open"]), (&json!(5 << 20), &json!(true)));
    assert!(!config.to_string().contains("secret"));
    let foreign = http().get(&url).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let ours = http().get(&url).send().await.unwrap();
    assert_eq!((ours.status(), ours.headers().get("access-control-allow-origin")), (StatusCode::OK, None));
    let url = format!("{}/webchat/{account}/uploads", gateway.base());
    let preflight = http().request(reqwest::Method::OPTIONS, url).header("origin", SHOP).send().await.unwrap();
    assert_eq!(preflight.headers()["access-control-allow-origin"], SHOP);
    assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    gateway.stop().await;
}

#[tokio::test]
async fn the_frame_may_stand_on_the_accounts_sites_only() {
    let (_world, gateway, _, account) =
        World::shop(&[("allowed_origins", "https://shop.example\nhttps://*.example.com")]).await;
    let get =
        async |path: &str| http().get(format!("{}/webchat/{account}/{path}", gateway.base())).send().await.unwrap();
    let frame = get("frame").await;
    if frame.status() == StatusCode::SERVICE_UNAVAILABLE {
        assert!(frame.text().await.unwrap().contains("not built"), "a missing build is said aloud");
        gateway.stop().await;
        return;
    }
    let policy = frame.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'self' https://shop.example https://*.example.com"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && policy.contains(&format!("ws://{}", gateway.listen)), "{policy}");
    let page = get("page").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    let loader = http().get(format!("{}/webchat/okno.js", gateway.base())).send().await.unwrap();
    assert_eq!(loader.headers()["cache-control"], "public, max-age=600");
    let etag = loader.headers()["etag"].clone();
    let again =
        http().get(format!("{}/webchat/okno.js", gateway.base())).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    gateway.stop().await;
}

#[tokio::test]
async fn nothing_is_delivered_by_webhook() {
    let (world, gateway, _, account) = World::shop(&[]).await;
    let url = format!("{}/hook/webchat/{account}", gateway.base());
    assert_eq!(http().post(url).body("{}").send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(world.router.arrived(account), []);
    gateway.stop().await;
}

#[tokio::test]
async fn an_account_that_is_switched_off_takes_nothing_for_now() {
    let (mut world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, _) = site.begin().await;
    world.change(account, |entry| entry.enabled = false).await;
    eventually("the account to be off", LIMIT, async || (site.connect().await.err() == Some(503)).then_some(())).await;
    chat.send(msg(1, "Здравствуйте")).await;
    let nack = chat.expect("nack").await;
    assert_eq!(nack["code"], "unavailable");
    assert!(nack["retry_ms"].as_u64().unwrap() > 10_000);
    gateway.stop().await;
}
