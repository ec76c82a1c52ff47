//! Customers whom the site vouches for.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use contracts::channel::{AliasKind, inbound::Body};
use serde_json::{Value, json};
use testkit::webchat::{Chat, End, msg};

use crate::common::{SECRET, SHOP, World, claims, http, visitor};

const WITH_SECRET: [(&str, &str); 1] = [("identity_secret", SECRET)];

/// As a site's server makes it (RFC 7519, HS256).
fn jwt(sub: &str, life: i64, secret: &str) -> String {
    let now = chrono::Utc::now().timestamp();
    let iat = if life < 0 { now + 2 * life } else { now };
    signed(&json!({ "sub": sub, "iat": iat, "exp": now + life, "name": "Анна", "email": "anna@example.com" }), secret)
}

fn signed(claims: &Value, secret: &str) -> String {
    let body = format!("{}.{}", BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#), BASE64.encode(claims.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    format!("{body}.{}", BASE64.encode(ring::hmac::sign(&key, body.as_bytes())))
}

fn texts(welcome: &Value) -> Vec<&str> {
    welcome["messages"].as_array().expect("messages").iter().map(|m| m["text"].as_str().expect("a text")).collect()
}

async fn start(chat: &mut Chat) -> String {
    chat.send(json!({ "t": "start" })).await;
    chat.expect("visitor").await["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn what_was_written_before_goes_with_the_person() {
    let (world, gateway, site, account) = World::shop(&WITH_SECRET).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "до входа").await;
    let once = jwt("42", 3600, SECRET);
    chat.send(json!({ "t": "identify", "jwt": once })).await;
    let welcome = chat.expect("welcome").await;
    assert_eq!((texts(&welcome), &welcome["person"]), (vec!["до входа"], &json!({ "name": "Анна" })));
    let link = world.router.fact(account, "link:").await;
    let peer = link.peer.unwrap();
    assert!(matches!(link.body, Some(Body::ConversationStarted(_))));
    assert!(peer.address.starts_with("u-") && peer.reply_address == peer.address);
    let alias = |kind| peer.aliases.iter().find(|a| a.kind() == kind).map(|a| (a.value.clone(), a.claimed));
    assert_eq!(alias(AliasKind::ProviderId), Some((visitor(&token), false)));
    assert_eq!(alias(AliasKind::Email), Some(("anna@example.com".to_owned(), false)));
    chat.write(2, "после входа").await;
    let facts = world.router.arrived(account);
    let last = facts.iter().rev().find(|fact| fact.key.starts_with("msg:")).unwrap();
    assert_eq!(last.peer.as_ref().unwrap().address, peer.address);
    // The same conversation on another device, which nobody has written from yet.
    let (_, welcome) = site.enter(json!({ "jwt": jwt("42", 3600, SECRET) })).await;
    assert_eq!((texts(&welcome), &welcome["token"]), (vec!["до входа", "после входа"], &json!(null)));
    // Told again it is the same fact.
    let renewed = welcome_token(&mut chat, &once).await;
    assert_eq!(renewed, None);
    // A later JWT reaches further.
    let token = welcome_token(&mut chat, &jwt("42", 7200, SECRET)).await.expect("a token that says so");
    assert!(claims(&token)["p"]["u"].as_i64().unwrap() > chrono::Utc::now().timestamp() + 7000);
    assert_eq!(world.router.committed(account).iter().filter(|key| key.starts_with("link:")).count(), 1);
    gateway.stop().await;
}

async fn welcome_token(chat: &mut Chat, jwt: &str) -> Option<String> {
    chat.send(json!({ "t": "identify", "jwt": jwt })).await;
    chat.expect("welcome").await["token"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn nothing_is_told_of_people_who_never_write() {
    let (world, gateway, site, account) = World::shop(&WITH_SECRET).await;
    let (mut chat, _) = site.begin().await;
    let token = welcome_token(&mut chat, &jwt("42", 3600, SECRET)).await.expect("it says who it is now");
    assert!(claims(&token)["p"]["a"].as_str().unwrap().starts_with("u-"));
    chat.send(json!({ "t": "read", "id": "019aba3c-7b00-7000-8000-000000000001" })).await;
    chat.send(json!({ "t": "typing" })).await;
    chat.leave().await;
    gateway.stop().await;
    assert_eq!(world.router.arrived(account), []);
}

#[tokio::test]
async fn an_expired_or_foreign_jwt_is_refused_and_the_visitor_stays_who_they_were() {
    let (world, gateway, site, account) = World::shop(&WITH_SECRET).await;
    let (mut chat, token) = site.begin().await;
    let foreign = "another secret, which this account does not know";
    for jwt in [jwt("42", -3600, SECRET), jwt("42", 3600, foreign), jwt("42", 90_000, SECRET), "no.jwt".to_owned()] {
        chat.send(json!({ "t": "identify", "jwt": jwt })).await;
        assert_eq!(chat.expect("error").await["code"], "identity");
    }
    chat.write(1, "кто я?").await;
    let fact = world.router.fact(account, "msg:").await;
    assert_eq!(fact.peer.unwrap().address, visitor(&token));
    let mut chat = site.connect().await.unwrap();
    chat.send(json!({ "t": "hello", "v": 1, "token": token, "jwt": jwt("42", -3600, SECRET) })).await;
    assert_eq!(chat.expect("error").await["code"], "identity");
    assert_eq!(texts(&chat.expect("welcome").await), ["кто я?"]);
    gateway.stop().await;
}

#[tokio::test]
async fn somebody_else_at_the_same_computer_sees_nothing_of_the_former_one() {
    let (world, gateway, site, account) = World::shop(&WITH_SECRET).await;
    let (mut chat, _) = site.enter(json!({ "jwt": jwt("42", 3600, SECRET) })).await;
    let token = start(&mut chat).await;
    chat.write(1, "моя тайна").await;
    chat.leave().await;
    let (mut chat, welcome) = site.enter(json!({ "token": token, "jwt": jwt("43", 3600, SECRET) })).await;
    assert_eq!((texts(&welcome), &welcome["reset"]), (vec![], &json!(true)));
    let other = welcome["token"].as_str().expect("another visitor's token");
    assert_ne!(visitor(other), visitor(&token));
    chat.write(1, "а я другой").await;
    assert_eq!(world.router.committed(account).iter().filter(|key| key.starts_with("link:")).count(), 0);
    // After a logout the browser has no token: a stranger.
    let (_, welcome) = site.enter(json!({})).await;
    assert_eq!(texts(&welcome), Vec::<&str>::new());
    gateway.stop().await;
}

/// A JWT that the gateway takes for so many seconds more, by its leeway for the site's clock.
fn short(sub: &str, seconds: i64) -> String {
    let (now, leeway) = (chrono::Utc::now().timestamp(), 60);
    signed(&json!({ "sub": sub, "iat": now - 600, "exp": now - leeway + seconds }), SECRET)
}

#[tokio::test]
async fn a_person_is_one_no_longer_than_the_site_has_signed_for() {
    let (world, gateway, site, account) = World::shop(&WITH_SECRET).await;
    let (mut chat, _) = site.enter(json!({ "jwt": short("42", 5) })).await;
    let token = start(&mut chat).await;
    chat.write(1, "моя тайна").await;
    assert!(world.router.fact(account, "msg:").await.peer.unwrap().address.starts_with("u-"));
    // The open chat is told by itself.
    let welcome = chat.expect("welcome").await;
    assert_eq!((texts(&welcome), &welcome["reset"], &welcome["person"]), (vec![], &json!(true), &json!(null)));
    let other = welcome["token"].as_str().expect("another visitor's token").to_owned();
    assert_ne!(visitor(&other), visitor(&token));
    // The token that is left in a browser opens nothing, on no path.
    let (mut chat, welcome) = site.enter(json!({ "token": token })).await;
    assert_eq!((texts(&welcome), &welcome["reset"]), (vec![], &json!(true)));
    assert!(claims(welcome["token"].as_str().expect("another visitor's token"))["p"].is_null());
    chat.write(2, "я уже не она").await;
    let post = http().post(site.url("frames")).header("origin", SHOP).bearer_auth(&token).body("[]");
    assert_eq!(post.send().await.unwrap().status(), 401);
    // Signed for again, it is the same visitor.
    let (_, welcome) = site.enter(json!({ "token": token, "jwt": jwt("42", 3600, SECRET) })).await;
    assert_eq!(texts(&welcome), ["моя тайна"]);
    assert_eq!(visitor(welcome["token"].as_str().expect("a renewed token")), visitor(&token));
    gateway.stop().await;
}

#[tokio::test]
async fn where_only_customers_may_write_a_lapsed_one_must_sign_in_again() {
    let (_world, gateway, site, _) = World::shop(&[("identity_secret", SECRET), ("require_identity", "true")]).await;
    let (mut chat, _) = site.enter(json!({ "jwt": short("42", 3) })).await;
    let token = start(&mut chat).await;
    assert_eq!(chat.expect("error").await["code"], "identity_required");
    assert_eq!(chat.expect("welcome").await["reset"], true);
    let upload = http().post(site.url("uploads")).header("origin", SHOP).bearer_auth(token).body("x");
    assert_eq!(upload.send().await.unwrap().status(), 401);
    gateway.stop().await;
}

#[tokio::test]
async fn where_only_customers_may_write_a_stranger_cannot_begin() {
    let settings = [("identity_secret_next", SECRET), ("require_identity", "true")];
    let (world, gateway, site, account) = World::shop(&settings).await;
    let (mut chat, _) = site.enter(json!({})).await;
    chat.send(json!({ "t": "start" })).await;
    assert_eq!(chat.expect("error").await["code"], "identity_required");
    chat.send(msg(1, "пустите")).await;
    assert_eq!(chat.expect("nack").await["code"], "token");
    chat.send(json!({ "t": "start", "jwt": jwt("42", 3600, SECRET) })).await;
    chat.expect("visitor").await;
    chat.write(2, "это я").await;
    assert_eq!(world.router.committed(account).len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn an_agreement_that_is_required_is_kept_with_what_is_written() {
    let settings = [("consent", "required"), ("consent_version", "2"), ("policy_url", "https://shop.example/privacy")];
    let (world, gateway, site, account) = World::shop(&settings).await;
    let (mut chat, _) = site.enter(json!({})).await;
    for consent in [json!(null), json!({ "version": "1", "at": 1 })] {
        chat.send(json!({ "t": "start", "consent": consent })).await;
        assert_eq!(chat.expect("error").await["code"], "bad_frame");
    }
    chat.send(json!({ "t": "start", "consent": { "version": "2", "at": 1_764_115_200_000_i64 } })).await;
    let token = chat.expect("visitor").await["token"].clone();
    chat.leave().await;
    let (mut chat, _) = site.enter(json!({ "token": token })).await;
    chat.write(1, "согласен").await;
    let source = world.router.fact(account, "msg:").await.source.unwrap();
    assert_eq!((&*source.fields["consent"], &*source.fields["consent_at"]), ("2", "2025-11-26T00:00:00+00:00"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_token_is_signed_for_its_account_and_says_no_more_than_it_must() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let (_, token) = site.begin().await;
    let names: Vec<_> = claims(&token).as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["i", "v"]);
    let mut chat = site.connect().await.unwrap();
    chat.send(json!({ "t": "hello", "v": 1, "token": token.replace('.', ".x") })).await;
    assert_eq!(chat.ended().await, End::Closed(4401, String::new()));
    gateway.stop().await;
}
