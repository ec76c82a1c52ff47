//! Files, out and in.

use contracts::channel::{Attachment, AttachmentKind as K, FailureReason as R, inbound::Body};
use futures::StreamExt as _;
use gateway_kit::{FetchError, Gateway, SendOutcome};
use testkit::{telegram::png, vk::Fault};

use crate::common::{World, files, reason, text};

/// It begins as a voice message must.
const OGG: &[u8] = b"OggS and more";

#[tokio::test]
async fn every_kind_of_file_arrives_as_that_kind() {
    let world = World::start().await;
    for (kind, name, mime, expected, named) in [
        (K::Image, "окно.png", "image/png", "photo", "окно.png"),
        (K::Voice, "", "audio/ogg", "audio_message", "file.ogg"),
        (K::Document, "Счёт №1.pdf", "application/pdf", "doc", "Счёт №1.pdf"),
        (K::Video, "балкон.mp4", "video/mp4", "doc", "балкон.mp4"),
        (K::Audio, "запись", "audio/wav", "doc", "запись.wav"),
        (K::Animation, "a.gif", "image/gif", "doc", "a.gif"),
        (K::Image, "a.webp", "image/webp", "doc", "a.webp"),
    ] {
        let bytes = if kind == K::Image { png(64, 48) } else { OGG.to_vec() };
        let file = world.file(kind, name, mime, bytes.clone()).await;
        world.accepted(files("", vec![file])).await;
        let got = world.anna.received().pop().unwrap();
        assert_eq!(got.files, [(expected.to_owned(), named.to_owned(), bytes.into())], "{name}");
    }
}

#[tokio::test]
async fn ten_files_go_with_one_message_and_its_text() {
    let world = World::start().await;
    let mut all = Vec::new();
    for number in 0..10 {
        all.push(world.file(K::Image, &format!("{number}.png"), "image/png", png(9, 9)).await);
    }
    world.accepted(files("Смотрите", all.clone())).await;
    let got = &world.anna.received()[0];
    assert_eq!((got.text.as_str(), got.files.len()), ("Смотрите", 10));
    all.push(all[0].clone());
    assert_eq!(reason(world.send(files("", all)).await), R::NotSupported);
}

#[tokio::test]
async fn an_upload_is_begun_anew_twice() {
    let world = World::start().await;
    let picture = world.file(K::Image, "a.png", "image/png", png(8, 8)).await;
    world.vk.fail_next("upload", Fault::Rejected);
    world.vk.fail_next("photos.saveMessagesPhoto", Fault::Error(129));
    world.accepted(files("", vec![picture.clone()])).await;
    for _ in 0..3 {
        world.vk.fail_next("upload", Fault::Rejected);
    }
    assert_eq!(reason(world.send(files("", vec![picture])).await), R::FileRejected);
    assert_eq!(world.anna.received().len(), 1);
}

#[tokio::test]
async fn what_vk_does_not_take_is_refused_and_what_broke_is_not_sent() {
    let world = World::start().await;
    let music = world.file(K::Audio, "песня.mp3", "audio/mpeg", OGG).await;
    assert_eq!(reason(world.send(files("", vec![music])).await), R::FileRejected);
    let empty = world.file(K::Document, "a.txt", "text/plain", Vec::new()).await;
    assert_eq!(reason(world.send(files("", vec![empty])).await), R::FileRejected);
    let huge = Attachment { kind: K::Document.into(), size_bytes: 201 << 20, ..Attachment::default() };
    assert_eq!(reason(world.send(files("", vec![huge])).await), R::FileTooLarge);

    let document = world.file(K::Document, "a.txt", "text/plain", OGG).await;
    for (method, fault) in [
        ("upload", Fault::DropAfterAccept),
        ("docs.save", Fault::Html(500)),
        ("docs.getMessagesUploadServer", Fault::Error(10)),
    ] {
        world.vk.fail_next(method, fault);
        let outcome = world.send(files("", vec![document.clone()])).await;
        assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{method}: {outcome:?}");
    }
    assert!(world.anna.received().is_empty());
    let lost = Attachment { object_key: "up/nowhere".into(), size_bytes: 5, ..document };
    assert!(matches!(world.send(files("", vec![lost])).await, SendOutcome::NotSent { .. }));
    world.shop.set_rights(&["messages"]);
    let picture = world.file(K::Image, "a.png", "image/png", png(8, 8)).await;
    let outcome = world.send(files("", vec![picture])).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "rights", .. }), "{outcome:?}");
    world.accepted(text("Без файла")).await;
}

/// What the person has sent, as the gateway announces it.
async fn announced(world: &World) -> Attachment {
    let facts = loop {
        let position = crate::receive::position(world).await;
        let polled = world.gateway.poll(Some(&position)).await.expect("a poll");
        if !polled.facts.is_empty() {
            break polled.facts;
        }
    };
    match &facts.last().expect("a fact").body {
        Some(Body::Message(message)) => message.content.as_ref().expect("content").attachments[0].clone(),
        other => panic!("{other:?}"),
    }
}

async fn fetched(world: &World, attachment: &Attachment) -> Result<Vec<u8>, FetchError> {
    let mut download = world.gateway.fetch(attachment).await?;
    let mut bytes = Vec::new();
    while let Some(part) = download.bytes.next().await {
        bytes.extend_from_slice(&part?);
    }
    Ok(bytes)
}

#[tokio::test]
async fn a_file_is_fetched_whenever_it_is_asked_for() {
    let world = World::start().await;
    crate::receive::listening(&world).await;
    for kind in ["photo", "doc", "audio_message"] {
        world.anna.file(kind, "план.pdf", "application/pdf", vec![7; 300_000]);
        let file = announced(&world).await;
        assert_eq!(fetched(&world, &file).await.unwrap(), vec![7; 300_000], "through a redirect");
        world.vk.expire_files();
        assert_eq!(fetched(&world, &file).await.unwrap().len(), 300_000, "the address is asked for anew");
    }
}

#[tokio::test]
async fn a_file_that_cannot_come_says_why() {
    let world = World::start().await;
    crate::receive::listening(&world).await;
    world.anna.file("doc", "план.pdf", "application/pdf", vec![7; 10]);
    let file = announced(&world).await;
    world.vk.fail_always("file", Fault::Rejected);
    assert!(matches!(fetched(&world, &file).await, Err(FetchError::Gone(_))), "a page is no file");
    world.vk.heal();
    world.vk.expire_files();
    world.vk.fail_next("messages.getByConversationMessageId", Fault::Html(502));
    assert!(matches!(fetched(&world, &file).await, Err(FetchError::Temporary { .. })));
    let unknown = Attachment { remote_ref: "nonsense".into(), ..Attachment::default() };
    assert!(matches!(fetched(&world, &unknown).await, Err(FetchError::Gone(_))));
    let gone = Attachment { remote_ref: r#"{"m":"77001:99","k":"doc1_1"}"#.into(), ..Attachment::default() };
    assert!(matches!(fetched(&world, &gone).await, Err(FetchError::Gone(_))));
}
