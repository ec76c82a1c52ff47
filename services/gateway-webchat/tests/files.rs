//! Files of visitors and of staff.

use contracts::channel::{Attachment, AttachmentKind, AttachmentState, Content, inbound::Body};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::webchat::{Site, merge, msg};

use crate::common::{SHOP, World, http, send, visitor};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
const HTML: &str = "<!doctype html><html><script>alert(1)</script></html>";

async fn upload(site: &Site, token: &str, name: &str, mime: &str, bytes: &[u8]) -> Result<Value, StatusCode> {
    let call = http().post(site.url("uploads")).query(&[("name", name)]).header("origin", SHOP).bearer_auth(token);
    let answer = call.header("content-type", mime).body(bytes.to_vec()).send().await.expect("an answer");
    if answer.status().is_success() { Ok(answer.json().await.expect("JSON")) } else { Err(answer.status()) }
}

async fn get(site: &Site, url: &str) -> reqwest::Response {
    http().get(format!("{}{url}", site.gateway)).send().await.expect("an answer")
}

#[tokio::test]
async fn a_file_is_stored_before_it_is_told() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    let uploaded = upload(&site, &token, "фото.png", "text/html", PNG).await.unwrap();
    assert_eq!(
        (&uploaded["kind"], &uploaded["mime"], &uploaded["name"]),
        (&json!("image"), &json!("image/png"), &json!("фото.png"))
    );
    assert_eq!((&uploaded["w"], &uploaded["h"], &uploaded["size"]), (&json!(3), &json!(2), &json!(PNG.len())));
    let mut frame = msg(1, "");
    merge(&mut frame, json!({ "text": null, "files": [uploaded["upload"]] }));
    chat.send(frame).await;
    chat.expect("ack").await;
    let fact = world.router.fact(account, "msg:").await;
    let Some(Body::Message(message)) = fact.body else { panic!("a message") };
    let file = message.content.unwrap().attachments.remove(0);
    assert_eq!((file.state(), file.kind()), (AttachmentState::Stored, AttachmentKind::Image));
    assert_eq!(file.sha256.len(), 64);
    assert!(file.object_key.starts_with(&format!("in/{account}/")) && file.attachment_id.is_empty());
    assert_eq!(std::fs::read(world.objects.path().join(&file.object_key)).unwrap(), PNG);
    gateway.stop().await;
}

#[tokio::test]
async fn where_a_photo_was_taken_is_not_handed_on() {
    let (world, gateway, site, _) = World::shop(&[]).await;
    let (_, token) = site.begin().await;
    let (start, place, rest) = (b"\xff\xd8", b"\xff\xe1\x00\x0eExif\0\0GPS!!!", b"\xff\xda\x00\x02\x01\x02\xff\xd9");
    let photo = [&start[..], place, rest].concat();
    let uploaded = upload(&site, &token, "photo.jpg", "image/jpeg", &photo).await.unwrap();
    let bare = [&start[..], rest].concat();
    assert_eq!((&uploaded["mime"], &uploaded["size"]), (&json!("image/jpeg"), &json!(bare.len())));
    let stored = world.stored();
    assert_eq!((stored.len(), std::fs::read(&stored[0]).unwrap()), (1, bare));
    gateway.stop().await;
}

#[tokio::test]
async fn an_upload_belongs_to_its_visitor() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (_, token) = site.begin().await;
    let uploaded = upload(&site, &token, "a.png", "image/png", PNG).await.unwrap();
    let (mut thief, _) = site.begin().await;
    let mut frame = msg(1, "моё");
    merge(&mut frame, json!({ "files": [uploaded["upload"]] }));
    thief.send(frame).await;
    assert_eq!(thief.expect("nack").await["code"], "bad_frame");
    assert_eq!(upload(&site, "no token", "a.png", "image/png", PNG).await, Err(StatusCode::UNAUTHORIZED));
    assert_eq!(world.router.arrived(account), []);
    gateway.stop().await;
}

#[tokio::test]
async fn a_file_above_the_limit_is_refused_and_leaves_nothing() {
    let (world, gateway, site, _) = World::shop(&[("max_file_mb", "1")]).await;
    let (_, token) = site.begin().await;
    let large = vec![b'x'; (1 << 20) + 1];
    assert_eq!(upload(&site, &token, "a.txt", "text/plain", &large).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    // One that says nothing of its size.
    let parts = futures::stream::iter([Ok::<_, std::io::Error>("part")]);
    let call = http().post(site.url("uploads")).header("origin", SHOP).bearer_auth(&token);
    let answer = call.body(reqwest::Body::wrap_stream(parts)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::LENGTH_REQUIRED);
    assert_eq!(world.stored(), Vec::<std::path::PathBuf>::new());
    assert!(upload(&site, &token, "a.txt", "text/plain", &large[..1 << 20]).await.is_ok());
    gateway.stop().await;
}

#[tokio::test]
async fn where_no_files_are_taken_none_is() {
    let (_world, gateway, site, _) = World::shop(&[("max_file_mb", "0")]).await;
    let (_, token) = site.begin().await;
    assert_eq!(upload(&site, &token, "a.png", "image/png", PNG).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    gateway.stop().await;
}

/// A file of staff's as the visitor is told of it.
async fn told(name: &str, mime: &str, bytes: &[u8]) -> (World, crate::common::Process, Site, Value) {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "пришлите файл").await;
    std::fs::create_dir_all(world.objects.path().join("up")).expect("a folder");
    std::fs::write(world.objects.path().join("up/file"), bytes).expect("stored");
    let file = Attachment {
        attachment_id: "a-1".into(),
        kind: AttachmentKind::Document.into(),
        name: name.into(),
        mime_type: mime.into(),
        size_bytes: i64::try_from(bytes.len()).expect("a size"),
        object_key: "up/file".into(),
        state: AttachmentState::Stored.into(),
        ..Attachment::default()
    };
    let content = Content { attachments: vec![file], ..Content::default() };
    let (_, order) = send(&visitor(&token), content);
    world.order(account, &order).await;
    let message = chat.expect("message").await["message"].clone();
    (world, gateway, site, message["files"][0].clone())
}

#[tokio::test]
async fn what_could_run_is_never_shown_in_place() {
    for (name, mime, bytes) in [("a.svg", "image/svg+xml", SVG), ("a.html", "text/html", HTML)] {
        let (_world, gateway, site, file) = told(name, mime, bytes.as_bytes()).await;
        let answer = get(&site, file["url"].as_str().unwrap()).await;
        let headers = answer.headers();
        let of = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert!(of("content-disposition").starts_with("attachment;"), "{name}");
        assert_eq!(
            (of("content-type"), of("x-content-type-options")),
            ("application/octet-stream".to_owned(), "nosniff".to_owned())
        );
        assert!(of("content-security-policy").contains("sandbox"));
        gateway.stop().await;
    }
}

#[tokio::test]
async fn uploaded_svg_and_html_are_documents_whatever_they_are_called() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let (mut chat, token) = site.begin().await;
    for (name, mime, bytes) in
        [("a.png", "image/png", SVG), ("b.png", "image/png", HTML), ("c.svg", "image/svg+xml", SVG)]
    {
        let uploaded = upload(&site, &token, name, mime, bytes.as_bytes()).await.unwrap();
        assert_eq!(uploaded["kind"], "document", "{name}");
        assert!(!uploaded["mime"].as_str().unwrap().starts_with("image/png"), "{uploaded}");
    }
    chat.write(1, "и всё").await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_link_is_signed_and_gives_a_part_that_is_asked_for() {
    let (_world, gateway, site, file) = told("счёт.pdf", "application/pdf", b"0123456789").await;
    let url = file["url"].as_str().unwrap();
    let answer = get(&site, url).await;
    assert_eq!(
        (answer.status(), answer.headers()["cache-control"].to_str().unwrap()),
        (StatusCode::OK, "private, max-age=300")
    );
    assert_eq!(answer.text().await.unwrap(), "0123456789");
    let part = http().get(format!("{}{url}", site.gateway)).header("range", "bytes=2-4").send().await.unwrap();
    assert_eq!((part.status(), part.text().await.unwrap()), (StatusCode::PARTIAL_CONTENT, "234".to_owned()));
    // Neither a changed one nor one of another account opens anything.
    let changed = format!("{}A", &url[..url.len() - 1]);
    let other = url.replace(&site.account, &model::AccountId::new().to_string());
    for bad in [changed, other, format!("/webchat/{}/files/x.y", site.account)] {
        let status = get(&site, &bad).await.status();
        assert!(
            matches!(status, StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE) || bad == url,
            "{bad}: {status}"
        );
    }
    gateway.stop().await;
}
