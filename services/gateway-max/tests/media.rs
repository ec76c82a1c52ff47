//! Files both ways.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use crate::common::{World, contents, files, reason};
use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind as Kind, FailureReason as R};
use futures::TryStreamExt as _;
use gateway_kit::{FetchError, Gateway, SendOutcome};
use testkit::{
    max::{CustomerMessage, Fault, MaxOptions},
    telegram::png,
};

#[tokio::test]
async fn every_kind_of_file_goes_up_in_two_steps_and_arrives() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let picture = png(64, 48);
    let sent = [
        (Kind::Image, "окно.png", "image/png", "image", Bytes::from(picture)),
        (Kind::Image, "окно.webp", "image/webp", "file", Bytes::from_static(b"RIFF")),
        (Kind::Video, "дом.mp4", "video/mp4", "video", Bytes::from_static(b"a video")),
        (Kind::Voice, "", "audio/ogg", "audio", Bytes::from_static(b"OggS")),
        (Kind::Document, "смета.pdf", "application/pdf", "file", Bytes::from_static(b"%PDF-1.4")),
    ];
    for (kind, name, mime, expected, bytes) in sent {
        let file = world.file(kind, name, mime, bytes.clone()).await;
        world.accepted(&anna, files("", vec![file])).await;
        let got = anna.received().pop().unwrap();
        assert_eq!(got.body["attachments"][0]["type"], expected, "{name}");
        assert_eq!(got.files, [bytes], "{name}");
    }
    assert_eq!(anna.received()[4].body["attachments"][0]["filename"], "смета.pdf");
}

#[tokio::test]
async fn pictures_go_together_and_documents_alone() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let first = world.file(Kind::Image, "a.png", "image/png", png(8, 8)).await;
    let second = world.file(Kind::Image, "b.png", "image/png", png(9, 9)).await;
    world.accepted(&anna, files("Два вида", vec![first.clone(), second])).await;
    assert_eq!((anna.received()[0].files.len(), anna.received()[0].text.as_str()), (2, "Два вида"));
    let plan = world.file(Kind::Document, "a.pdf", "application/pdf", b"%PDF".to_vec()).await;
    assert_eq!(reason(world.send(&anna, files("", vec![first.clone(), plan])).await), R::NotSupported);
    world.accepted(&anna, files("Ещё раз", vec![first])).await;
    assert_eq!(world.max.calls("uploads").len(), 2, "a token is used again");
}

#[tokio::test]
async fn a_file_that_is_worked_on_is_waited_for_and_not_sent_up_again() {
    let options = MaxOptions { processing: Duration::from_millis(800), ..MaxOptions::unlimited() };
    let world = World::start_with(options, &[]).await;
    let anna = world.bot.customer(88_100, "Анна");
    let file = world.file(Kind::Document, "a.pdf", "application/pdf", b"%PDF".to_vec()).await;
    world.accepted(&anna, files("", vec![file])).await;
    assert!(world.max.calls("send").len() > 1);
    assert_eq!((world.max.calls("uploads").len(), anna.received().len()), (1, 1));
}

#[tokio::test]
async fn a_file_that_takes_long_is_surely_not_sent_yet() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let file = world.file(Kind::Document, "a.pdf", "application/pdf", b"%PDF".to_vec()).await;
    let fault = Fault::Refuse(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed");
    world.max.fail_always("send", fault);
    let outcome = world.send(&anna, files("", vec![file.clone()])).await;
    assert!(matches!(outcome, SendOutcome::RetryAfter { whole_account: false, .. }), "{outcome:?}");
    world.max.heal();
    world.accepted(&anna, files("", vec![file])).await;
    assert_eq!((world.max.calls("uploads").len(), anna.received().len()), (1, 1));
}

#[tokio::test]
async fn trouble_on_the_way_up_means_surely_not_sent_or_a_reason() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let file = world.file(Kind::Image, "a.png", "image/png", png(8, 8)).await;
    for what in ["uploads", "upload"] {
        for fault in [Fault::Html(502), Fault::DropBefore, Fault::DropAfterAccept] {
            world.max.fail_next(what, fault.clone());
            let outcome = world.send(&anna, files("", vec![file.clone()])).await;
            assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{what} {fault:?}: {outcome:?}");
        }
    }
    let tool = world.file(Kind::Document, "setup.exe", "application/octet-stream", b"MZ".to_vec()).await;
    assert_eq!(reason(world.send(&anna, files("", vec![tool])).await), R::FileRejected);
    let gone = Attachment { object_key: "up/none".into(), ..file.clone() };
    assert_eq!(reason(world.send(&anna, files("", vec![gone])).await), R::FileRejected);
    let large = Attachment { size_bytes: 1 << 40, ..file.clone() };
    assert_eq!(reason(world.send(&anna, files("", vec![large])).await), R::FileTooLarge);
    assert!(anna.received().is_empty());
    world.accepted(&anna, files("", vec![file])).await;
}

async fn fetched(world: &World, attachment: &Attachment) -> Result<Vec<u8>, FetchError> {
    let download = world.gateway.fetch(attachment).await?;
    let parts: Vec<Bytes> = download.bytes.try_collect().await?;
    Ok(parts.concat())
}

/// Polls until a message with a file comes.
async fn received(world: &World) -> Vec<Attachment> {
    let polled = world.gateway.poll(None).await.unwrap();
    contents(&polled.facts).remove(0).attachments
}

#[tokio::test]
async fn files_of_customers_are_fetched_and_a_video_by_its_best_file() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    for (message, kind, bytes) in [
        (CustomerMessage::image(png(8, 8)), Kind::Image, png(8, 8)),
        (CustomerMessage::voice(b"OggS".to_vec()), Kind::Voice, b"OggS".to_vec()),
        (CustomerMessage::video(b"a video".to_vec(), 12), Kind::Video, b"a video".to_vec()),
        (CustomerMessage::file("план.pdf", b"%PDF".to_vec()), Kind::Document, b"%PDF".to_vec()),
    ] {
        anna.send(message);
        let attachment = received(&world).await.remove(0);
        assert_eq!(attachment.kind(), kind);
        assert_eq!(fetched(&world, &attachment).await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn an_address_that_became_old_is_asked_for_anew() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let mid = anna.send(CustomerMessage::image(png(8, 8)).and(CustomerMessage::image(png(9, 9))).caption("Вот"));
    let second = received(&world).await.remove(1);
    world.max.move_files();
    assert_eq!(fetched(&world, &second).await.unwrap(), png(9, 9));
    world.max.move_files();
    anna.delete(&mid);
    assert!(matches!(fetched(&world, &second).await, Err(FetchError::Gone(_))));
}

#[tokio::test]
async fn a_file_that_cannot_be_had_now_is_tried_again_and_one_from_elsewhere_never() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.send(CustomerMessage::voice(b"OggS".to_vec()));
    let attachment = received(&world).await.remove(0);
    for fault in [Fault::Html(502), Fault::DropBefore] {
        world.max.fail_next("file", fault);
        assert!(matches!(fetched(&world, &attachment).await, Err(FetchError::Temporary { .. })));
    }
    for remote_ref in [r#"{"u":"https://example.com/secret"}"#, r#"{"u":"ftp://127.0.0.1/x"}"#, "?", "{}"] {
        let stranger = Attachment { remote_ref: remote_ref.into(), ..Attachment::default() };
        assert!(matches!(fetched(&world, &stranger).await, Err(FetchError::Gone(_))), "{remote_ref}");
    }
}
