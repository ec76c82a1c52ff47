use std::time::Duration;

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use testkit::whatsapp::{FakeWhatsApp, Number, Shape};

use super::{answer, call, client, hooked, send};

async fn upload(whatsapp: &FakeWhatsApp, number: &Number, mime: &str, bytes: Vec<u8>) -> (u16, Value) {
    let part = Part::bytes(bytes).file_name("окно.png").mime_str(mime).expect("a type");
    let form = Form::new().text("messaging_product", "whatsapp").text("type", mime.to_owned()).part("file", part);
    answer(call(whatsapp, number, Method::POST, &format!("{}/media", number.id())).multipart(form)).await
}

#[tokio::test]
async fn an_upload_is_sent_by_its_id_until_it_expires() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    let anna = number.user(Shape::phone("79990000001", "Анна"));
    anna.text("?");
    let id = upload(&whatsapp, &number, "image/png", b"png".to_vec()).await.1["id"].clone();
    let body = json!({ "messaging_product": "whatsapp", "to": "79990000001", "type": "image", "image": { "id": id, "caption": "Вот" } });
    assert_eq!(send(&whatsapp, &number, &body).await.0, 200);
    let got = &anna.received()[0];
    assert_eq!((got.text(), got.file.as_ref().unwrap().bytes.as_ref()), ("Вот", b"png".as_slice()));
    whatsapp.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(send(&whatsapp, &number, &body).await.1["error"]["code"], 131_009);
}

#[tokio::test]
async fn what_does_not_suit_is_refused() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, _hook) = hooked(&whatsapp).await;
    number.user(Shape::phone("79990000001", "Анна")).text("?");
    assert_eq!(upload(&whatsapp, &number, "application/x-dance", b"x".to_vec()).await.1["error"]["code"], 100);
    assert_eq!(upload(&whatsapp, &number, "image/png", Vec::new()).await.1["error"]["code"], 131_053);
    let large = upload(&whatsapp, &number, "image/png", vec![0; (5 << 20) + 1]).await.1["id"].clone();
    let body =
        json!({ "messaging_product": "whatsapp", "to": "79990000001", "type": "image", "image": { "id": large } });
    assert_eq!(send(&whatsapp, &number, &body).await.1["error"]["code"], 131_053);
}

#[tokio::test]
async fn an_address_is_good_for_five_minutes_and_for_the_token() {
    let whatsapp = FakeWhatsApp::start().await;
    let (number, hook) = hooked(&whatsapp).await;
    number.user(Shape::phone("79990000001", "Анна")).file(
        "document",
        "application/pdf",
        "план.pdf",
        "Смотрите",
        b"%PDF".to_vec(),
    );
    let value = testkit::eventually("the message", super::LIMIT, async || hook.values().pop()).await;
    let media = &value["messages"][0]["document"];
    assert_eq!((&media["filename"], &media["caption"]), (&json!("план.pdf"), &json!("Смотрите")));
    let id = media["id"].as_str().unwrap();
    let (_, place) = answer(call(&whatsapp, &number, Method::GET, id)).await;
    assert_eq!((&place["file_size"], &place["mime_type"]), (&json!("4"), &json!("application/pdf")));
    let url = place["url"].as_str().unwrap();
    let bytes = client().get(url).bearer_auth(number.token()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.as_ref(), b"%PDF");
    assert_eq!(client().get(url).send().await.unwrap().status(), 401);
    whatsapp.advance(Duration::from_secs(301));
    assert_eq!(client().get(url).bearer_auth(number.token()).send().await.unwrap().status(), 404);
    whatsapp.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(answer(call(&whatsapp, &number, Method::GET, id)).await.0, 400, "the id is gone, too");
}
