//! Files on their way out and in.

use std::time::Duration;

use contracts::channel::{Attachment, AttachmentKind as K, Button, ButtonRow, Content, FailureReason as R};
use futures::{StreamExt as _, TryStreamExt as _};
use gateway_kit::{FetchError, Gateway, SendOutcome};
use testkit::whatsapp::Fault;

use crate::common::{World, files, reason};

const SOME: &[u8] = b"OggS and more";

#[tokio::test]
async fn every_kind_of_file_arrives_as_what_whatsapp_takes_it_for() {
    let world = World::start().await;
    let anna = world.anna();
    for (kind, name, mime, words, expected) in [
        (K::Image, "окно.png", "image/png", "Вот", "image"),
        (K::Video, "дом.mp4", "video/mp4", "", "video"),
        (K::Voice, "", "audio/ogg", "", "audio"),
        (K::Audio, "песня.mp3", "audio/mpeg", "", "audio"),
        (K::Sticker, "", "image/webp", "", "sticker"),
        (K::Document, "Счёт/№1.pdf", "application/pdf", "Счёт", "document"),
        (K::Audio, "песня.mp3", "audio/mpeg", "Слушайте", "document"),
        (K::Image, "окно.webp", "image/webp", "", "document"),
    ] {
        let file = world.file(kind, name, mime, SOME).await;
        let sent = world.accepted(files(words, vec![file])).await;
        let got = anna.received().pop().unwrap();
        assert_eq!((got.kind.as_str(), got.text()), (expected, words), "{name}");
        assert_eq!(got.file.as_ref().unwrap().bytes, SOME);
        assert_eq!(got.json["audio"]["voice"].as_bool().unwrap_or_default(), kind == K::Voice);
        assert_eq!(sent.provider_keys, [got.id]);
    }
    let document = anna.received().into_iter().find(|got| got.text() == "Счёт").unwrap();
    assert_eq!(document.json["document"]["filename"], "Счёт_№1.pdf");
}

#[tokio::test]
async fn a_picture_stands_above_its_buttons() {
    let world = World::start().await;
    let anna = world.anna();
    let file = world.file(K::Image, "окно.png", "image/png", SOME).await;
    let yes = Button { title: "Да".into(), ..Button::default() };
    let buttons = vec![ButtonRow { buttons: vec![yes] }];
    world.accepted(Content { buttons: buttons.clone(), ..files("Такое?", vec![file]) }).await;
    let got = &anna.received()[0];
    assert_eq!((&got.json["interactive"]["header"]["type"], got.file.is_some()), (&serde_json::json!("image"), true));
    let voice = world.file(K::Audio, "a.mp3", "audio/mpeg", SOME).await;
    let spoken = Content { buttons, ..files("Слышно?", vec![voice]) };
    world.accepted(spoken).await;
    assert_eq!(anna.received()[1].json["interactive"]["header"]["type"], "document");
}

#[tokio::test]
async fn what_cannot_go_is_refused_and_what_was_not_uploaded_is_not_sent() {
    let world = World::start().await;
    let anna = world.anna();
    let odd = world.file(K::Document, "a.xyz", "application/x-dance", SOME).await;
    assert_eq!(reason(world.send(files("", vec![odd])).await), R::FileRejected);
    let empty = world.file(K::Document, "a.pdf", "application/pdf", Vec::new()).await;
    assert_eq!(reason(world.send(files("", vec![empty])).await), R::FileRejected);
    let gone = Attachment { object_key: "up/none".into(), ..Attachment::default() };
    assert_eq!(reason(world.send(files("", vec![gone])).await), R::FileRejected);
    let huge = Attachment { size_bytes: (100 << 20) + 1, ..Attachment::default() };
    assert_eq!(reason(world.send(files("", vec![huge])).await), R::FileTooLarge);
    let file = world.file(K::Document, "a.pdf", "application/pdf", SOME).await;
    assert_eq!(reason(world.send(files("", vec![file.clone(), file.clone()])).await), R::NotSupported);
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Html(502)] {
        world.whatsapp.fail_next("media", fault);
        let outcome = world.send(files("", vec![file.clone()])).await;
        assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{outcome:?}");
    }
    assert_eq!((world.whatsapp.count("messages"), anna.received().len()), (0, 0));
}

/// A media id as a webhook names it.
async fn incoming(world: &World, bytes: &'static [u8]) -> Attachment {
    world.whatsapp.hold();
    world.anna().file("document", "application/pdf", "план.pdf", "", bytes);
    // The fake counts its ids: the last one is the file's.
    let last = world.whatsapp.last_media().expect("a file");
    Attachment { remote_ref: last, ..Attachment::default() }
}

async fn fetched(world: &World, attachment: &Attachment) -> Result<Vec<u8>, FetchError> {
    let download = world.gateway.fetch(attachment).await?;
    let parts: Vec<_> = download.bytes.map(|part| part.map(|bytes| bytes.to_vec())).try_collect().await?;
    Ok(parts.concat())
}

#[tokio::test]
async fn a_file_is_fetched_by_an_address_that_is_asked_for_each_time() {
    let world = World::start().await;
    let attachment = incoming(&world, b"%PDF").await;
    assert_eq!(fetched(&world, &attachment).await.unwrap(), b"%PDF");
    world.whatsapp.advance(Duration::from_secs(600));
    assert_eq!(fetched(&world, &attachment).await.unwrap(), b"%PDF", "the first address is no longer good");
    world.whatsapp.advance(Duration::from_secs(8 * 24 * 3600));
    assert!(matches!(fetched(&world, &attachment).await, Err(FetchError::Gone(_))), "the id is dead after seven days");
}

#[tokio::test]
async fn a_file_that_breaks_comes_again_later() {
    let world = World::start().await;
    let attachment = incoming(&world, b"%PDF").await;
    for (method, fault) in [
        ("media_place", Fault::error(500, 131_052)),
        ("media_place", Fault::error(400, 190)),
        ("media_place", Fault::DropBefore),
        ("file", Fault::Html(404)),
        ("file", Fault::Html(500)),
        ("file", Fault::DropBefore),
    ] {
        world.whatsapp.fail_next(method, fault.clone());
        let error = fetched(&world, &attachment).await.unwrap_err();
        assert!(matches!(error, FetchError::Temporary { .. }), "{fault:?}: {error:?}");
    }
    assert_eq!(fetched(&world, &attachment).await.unwrap(), b"%PDF");
}
