//! Who writes to a chat: people of several accounts, customers whom the site knows, and visitors of the demo shop.

use contracts::{
    crm::{Client, CreateClientRequest, LinkContactPointRequest},
    errors::ErrorReason,
    inbox::{
        ChannelAccount, ConversationView, DeleteChannelAccountRequest, GetChannelAccountRequest, MessageStatus,
        SendMessageAgainRequest, UpdateChannelAccountRequest,
    },
};
use model::DEMO_CHAT;
use prost_types::FieldMask;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{eventually, telegram::Fault, webchat::Site};
use uuid::Uuid;

use crate::{
    deeds::{http, reason},
    office,
    stage::Stage,
    webchat::{scene, staffs, texts},
    world::{SOON, World},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A JWT as a site's server makes it (RFC 7519, HS256), with a library of its own.
fn jwt(sub: &str) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    let now = chrono::Utc::now().timestamp();
    let claims = json!({ "sub": sub, "name": "Анна", "email": "anna@example.com", "iat": now, "exp": now + 3600 });
    let body = format!("{}.{}", BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#), BASE64.encode(claims.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("{body}.{}", BASE64.encode(ring::hmac::sign(&key, body.as_bytes())))
}

// acceptance: DI-2
#[tokio::test]
async fn chats_of_two_accounts_are_told_apart_and_each_answer_goes_its_own_way() {
    let (world, retail, operator) = scene().await;
    let admin = world.operator("admin").await;
    let wholesale = world.connect_webchat(&admin, "Чат для опта", &[]).await;
    let (mut first, _) = retail.begin().await;
    let (mut second, _) = wholesale.begin().await;
    first.write(1, "в розницу").await;
    second.write(1, "оптом").await;
    let waiting = eventually("both conversations", SOON, async || {
        let waiting = operator.list(ConversationView::Unassigned).await;
        (waiting.len() == 2).then_some(waiting)
    })
    .await;
    for (site, chat, answer) in [(&retail, &mut first, "да, одну"), (&wholesale, &mut second, "от десяти")]
    {
        let theirs = waiting.iter().find(|one| one.account_id == site.account).expect("one of each account");
        operator.take(&theirs.request.as_ref().expect("a request").request_id).await.expect("taken");
        operator.send(&theirs.conversation_id, answer).await;
        assert_eq!(chat.expect("message").await["message"]["text"], answer);
    }
}

// acceptance: DI-11
#[tokio::test]
async fn what_failed_in_one_channel_goes_by_another_of_the_same_person() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, telegram) = stage.talk(1).await;
    let site = stage.world.connect_webchat(&stage.admin, "Чат магазина", &[]).await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "Это тоже я").await;
    let visitor = operator.take_only().await;

    let refused = Fault::Status(400, "Bad Request: chat not found".to_owned());
    stage.world.telegram.fail_next("sendMessage", refused);
    let sent = operator.send(&telegram, "Заказ готов").await;
    let failed = operator.wait_for_status(&sent, MessageStatus::Failed).await;
    assert!(failed.failure.is_some(), "it says why");
    let again = SendMessageAgainRequest {
        message_id: failed.message_id.clone(),
        new_message_id: Uuid::now_v7().to_string(),
        conversation_id: visitor.conversation_id.clone(),
    };
    let strangers = operator.conversations().send_message_again(again.clone()).await;
    assert_eq!(reason(strangers), ErrorReason::OtherClient, "nobody knows yet that they are one person");

    let point = operator.conversation(&telegram).await.unwrap().person.unwrap().contact_point_id;
    let request = CreateClientRequest {
        request_id: Uuid::now_v7().to_string(),
        client: Some(Client { name: "Анна".into(), ..Client::default() }),
        contact_point_id: point,
        force: false,
    };
    let client = operator.clients().create_client(request).await.unwrap().into_inner().client.unwrap().client_id;
    let contact_point_id = visitor.person.unwrap().contact_point_id;
    let link = LinkContactPointRequest { contact_point_id, client_id: client, ..LinkContactPointRequest::default() };
    operator.clients().link_contact_point(link).await.unwrap();

    let new = operator.conversations().send_message_again(again).await.unwrap().into_inner().message.unwrap();
    assert_eq!(staffs(&mut chat).await["text"], "Заказ готов");
    operator.wait_for_status(&new, MessageStatus::Sent).await;
    let old = operator.wait_for_status(&failed, MessageStatus::Failed).await;
    assert_eq!(old.sent_again_as_message_id, new.message_id);
    assert!(buyer.received().is_empty());
}

#[tokio::test]
async fn a_customer_who_signs_in_keeps_the_conversation_on_every_device() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[("identity_secret", SECRET)]).await;
    let operator = world.operator("operator1").await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "до входа").await;
    let conversation = operator.take_only().await.conversation_id;
    chat.send(json!({ "t": "identify", "jwt": jwt("42") })).await;
    let welcome = chat.expect("welcome").await;
    assert!(texts(&welcome).contains(&"до входа"));
    chat.write(2, "после входа").await;
    let (mut phone, _) = site.enter(json!({ "jwt": jwt("42") })).await;
    phone.send(json!({ "t": "start" })).await;
    phone.expect("visitor").await;
    phone.write(1, "с телефона").await;
    eventually("all of it in one conversation", SOON, async || {
        let texts = operator.texts(&conversation).await;
        (texts == ["до входа", "после входа", "с телефона"]).then_some(())
    })
    .await;
    assert_eq!(operator.list(ConversationView::Unassigned).await.len(), 0, "nothing else waits");
    let sent = operator.send(&conversation, "видим вас везде").await;
    for chat in [&mut chat, &mut phone] {
        assert_eq!(staffs(chat).await["id"], json!(sent.message_id));
    }
    // Whoever comes now has the answer from history, or is told of it once more.
    let (mut third, welcome) = site.enter(json!({ "jwt": jwt("42") })).await;
    if texts(&welcome).len() == 3 {
        assert_eq!(staffs(&mut third).await["id"], json!(sent.message_id));
    }
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let (_, welcome) = site.enter(json!({ "jwt": jwt("42") })).await;
    assert_eq!(texts(&welcome), ["до входа", "после входа", "с телефона", "видим вас везде"]);
    let (_, stranger) = site.enter(json!({ "jwt": jwt("43") })).await;
    assert_eq!(texts(&stranger), Vec::<&str>::new());
}

#[tokio::test]
async fn the_demo_shop_has_the_demo_companys_chat() {
    let mut world = World::servers().await;
    let edge = format!("http://{}", world.environment["OKNO_EDGE_LISTEN"]);
    // The database was seeded before the edge had its address.
    office::chore(&world.environment, &["seed-demo"]).await.expect("seeded again");
    world.run(&["all"]).await;
    let chat: Value = eventually("router says that there is a chat", SOON, async || {
        let answer = http().get(format!("{edge}/demo/chat.json")).send().await.unwrap();
        if answer.status() == StatusCode::OK { answer.json().await.ok() } else { None }
    })
    .await;
    let gateway = &world.environment["OKNO_PUBLIC_URL_WEBCHAT"];
    assert_eq!(chat["loader"], json!(format!("{gateway}/webchat/okno.js")));
    let site = Site::new(gateway, chat["account"].as_str().expect("an account"), &edge);
    let mut visitor =
        eventually("the chat opens on the edge's own origin", SOON, async || site.connect().await.ok()).await;
    visitor.hello(json!({})).await;
    let index = http().get(format!("{edge}/demo/")).send().await.unwrap();
    if index.status() == StatusCode::OK {
        let policy = index.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("frame-src {gateway};")) && !policy.contains("unsafe"), "{policy}");
    }
    let (mut visitor, _) = site.begin().await;
    visitor.write(1, "Здравствуйте, демо!").await;
    world.operator("operator1").await.take_only().await;
}

#[tokio::test]
async fn a_demo_shop_whose_chat_is_off_or_gone_says_so() {
    let mut world = World::servers().await;
    let edge = format!("http://{}", world.environment["OKNO_EDGE_LISTEN"]);
    office::chore(&world.environment, &["seed-demo"]).await.expect("seeded again");
    world.run(&["all"]).await;
    let says = async |status: StatusCode, words: &str| {
        eventually(words, SOON, async || {
            let answer = http().get(format!("{edge}/demo/chat.json")).send().await.unwrap();
            let found = (answer.status(), answer.text().await.unwrap());
            (found.0 == status && found.1.contains(words)).then_some(())
        })
        .await;
    };
    says(StatusCode::OK, "/webchat/okno.js").await;
    let admin = world.operator("admin").await;
    let request = GetChannelAccountRequest { account_id: DEMO_CHAT.to_string() };
    let account = admin.accounts().get_channel_account(request).await.unwrap().into_inner().account.unwrap();
    let request = UpdateChannelAccountRequest {
        account: Some(ChannelAccount { enabled: false, ..account }),
        update_mask: Some(FieldMask { paths: vec!["enabled".to_owned()] }),
    };
    let account = admin.accounts().update_channel_account(request).await.unwrap().into_inner().account.unwrap();
    says(StatusCode::NOT_FOUND, "switched off").await;
    let request = DeleteChannelAccountRequest { account_id: account.account_id, etag: account.etag };
    admin.accounts().delete_channel_account(request).await.expect("deleted");
    says(StatusCode::NOT_FOUND, "seed-demo").await;
}
