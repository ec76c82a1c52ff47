//! Files on their way out, as Viber is told of them. That it really gets them shows `src/tests.rs`.

use crate::common::{World, files, reason};
use contracts::channel::{Attachment, AttachmentKind as K, FailureReason as R, inbound::Body};
use gateway_kit::{Gateway, SendOutcome};
use gateway_viber::Viber;
use serde_json::json;
use testkit::telegram::png;

#[tokio::test]
async fn every_kind_of_file_goes_as_what_shows_it() {
    let world = World::start().await;
    let anna = world.anna();
    for (kind, name, mime, expected, file_name) in [
        (K::Image, "окно.png", "image/png", "picture", None),
        (K::Image, "a.webp", "image/webp", "file", Some("a.webp")),
        (K::Video, "балкон", "video/mp4", "video", None),
        (K::Voice, "", "audio/ogg; codecs=opus", "file", Some("file.ogg")),
        (K::Audio, "песня.mp3", "audio/mpeg", "file", Some("песня.mp3")),
        (K::Document, "Счёт №1.pdf", "application/pdf", "file", Some("Счёт №1.pdf")),
    ] {
        let file = world.file(kind, name, mime, png(64, 48)).await;
        let file = Attachment { duration_ms: 2500, ..file };
        world.accepted(&anna, files("", vec![file.clone()])).await;
        let got = world.bot.sent().pop().unwrap();
        assert_eq!(got.kind, expected, "{name}");
        assert_eq!(got.json["file_name"].as_str(), file_name, "{name}");
        assert_eq!(got.json["duration"], if expected == "video" { json!(3) } else { json!(null) });
        assert_eq!(got.json["size"], if expected == "picture" { json!(null) } else { json!(file.size_bytes) });
        let media = got.json["media"].as_str().unwrap();
        assert!(media.starts_with(&format!("{}/viber/", world.listener.url())) && media.len() <= 2000, "{media}");
    }
}

#[tokio::test]
async fn the_text_stands_under_pictures_and_videos_and_under_nothing_else() {
    let world = World::start().await;
    let anna = world.anna();
    let picture = world.file(K::Image, "окно.png", "image/png", png(64, 48)).await;
    world.accepted(&anna, files("Такое?", vec![picture.clone()])).await;
    assert_eq!(world.bot.sent()[0].text, "Такое?");
    let document = world.file(K::Document, "a.pdf", "application/pdf", "%PDF").await;
    assert_eq!(reason(world.send(&anna, files("Смета", vec![document.clone()])).await), R::NotSupported);
    assert_eq!(reason(world.send(&anna, files(&"я".repeat(513), vec![picture.clone()])).await), R::TooLong);
    assert_eq!(reason(world.send(&anna, files("", vec![picture, document])).await), R::NotSupported);
    assert_eq!(world.viber.count("send_message"), 1);
    let media = Viber::describe().capabilities.unwrap().media;
    let carries: Vec<_> = media.iter().filter(|one| !one.without_caption).map(|one| one.kind()).collect();
    assert_eq!(carries, [K::Image, K::Video], "so router sends the text apart");
}

#[tokio::test]
async fn a_file_that_viber_would_not_take_is_refused_before_it_is_tried() {
    let world = World::start().await;
    let anna = world.anna();
    let file = |name: &str, size_bytes, key: &str| Attachment {
        kind: K::Document.into(),
        name: name.into(),
        size_bytes,
        object_key: key.into(),
        ..Attachment::default()
    };
    for (file, expected) in [
        (file("a.zip", (50 << 20) + 1, "up/1"), R::FileTooLarge),
        (file("a.zip", 0, "up/1"), R::FileRejected),
        (file("a.zip", 1, ""), R::FileRejected),
        (file("setup.EXE", 1, "up/1"), R::FileRejected),
    ] {
        assert_eq!(reason(world.send(&anna, files("", vec![file])).await), expected);
    }
    assert_eq!(world.viber.count("send_message"), 0);
}

#[tokio::test]
async fn without_a_public_address_a_file_is_the_administrators_matter() {
    let world = World::start().await;
    let anna = world.anna();
    let setup = crate::common::setup(&world.viber.base_url(), world.bot.token(), &[]);
    let gateway = Viber::connect(&setup).unwrap();
    let picture = world.file(K::Image, "окно.png", "image/png", png(64, 48)).await;
    let order = crate::common::send_order(anna.id(), files("", vec![picture]));
    let outcome = gateway.carry_out(&order, &world.tools).await;
    assert!(matches!(outcome, SendOutcome::Misconfigured { remedy_key: "public_url", .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_file_that_viber_cannot_fetch_fails_later() {
    let world = World::start().await;
    let anna = world.anna();
    // The test's listener serves no files.
    let picture = world.file(K::Image, "окно.png", "image/png", png(64, 48)).await;
    let sent = world.accepted(&anna, files("", vec![picture])).await;
    let fact = world.fact("the failure", |fact| fact.key.starts_with("failed:")).await;
    assert!(matches!(fact.body, Some(Body::Receipt(_))));
    assert_eq!(fact.message_key, sent.provider_keys[0]);
    assert!(anna.received().is_empty());
}
