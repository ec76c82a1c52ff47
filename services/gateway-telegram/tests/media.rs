//! Files on their way out, one by one and as albums.

use crate::common::{World, files, reason, text};
use contracts::channel::{
    Attachment, AttachmentKind as K, Button, ButtonRow, Content, FailureReason as R, TextSpan, TextStyle,
};
use gateway_kit::SendOutcome;
use testkit::telegram::{Customer, Fault, TelegramOptions, png};

async fn opened() -> (World, Customer) {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("Пришлите");
    (world, olga)
}

/// They begin as a voice message must; nothing else is looked into but pictures.
const SOME: &[u8] = b"OggS and more";

#[tokio::test]
async fn every_kind_of_file_arrives_as_that_kind() {
    let (world, olga) = opened().await;
    for (kind, name, mime, expected) in [
        (K::Image, "окно.png", "image/png", "photo"),
        (K::Video, "балкон.mp4", "video/mp4", "video"),
        (K::VideoNote, "", "video/mp4", "video_note"),
        (K::Voice, "", "audio/ogg", "voice"),
        (K::Audio, "песня.mp3", "audio/mpeg", "audio"),
        (K::Animation, "a.mp4", "video/mp4", "animation"),
        (K::Sticker, "👍", "image/webp", "sticker"),
        (K::Document, "Счёт; №1.pdf", "application/pdf", "document"),
        (K::Voice, "a.wav", "audio/wav", "document"),
        (K::Video, "a.webm", "video/webm", "document"),
    ] {
        let bytes = if kind == K::Image { png(64, 48) } else { SOME.to_vec() };
        let file = world.file(kind, name, mime, bytes.clone()).await;
        let file = Attachment { duration_ms: 2500, width: 64, height: 64, ..file };
        let sent = world.accepted("5001", files("", vec![file])).await;
        let got = olga.received().pop().unwrap();
        assert_eq!(got.kind, expected, "{name}");
        assert_eq!(got.file.as_ref().unwrap().bytes, bytes, "{name}");
        assert_eq!(sent.provider_keys, [format!("|5001|{}", got.message_id)]);
    }
    assert_eq!(olga.received()[7].file.as_ref().unwrap().name.as_deref(), Some("Счёт_ №1.pdf"));
}

#[tokio::test]
async fn the_text_stands_under_the_file() {
    let (world, olga) = opened().await;
    let file = world.file(K::Image, "окно.png", "image/png", png(64, 48)).await;
    let spans = vec![TextSpan { style: TextStyle::Bold.into(), offset: 2, length: 5, ..<_>::default() }];
    let button = Button { title: "Да".into(), data: "yes".into(), ..<_>::default() };
    let buttons = vec![ButtonRow { buttons: vec![button] }];
    world.accepted("5001", Content { spans, buttons, ..files("🪟 Такое?", vec![file]) }).await;
    let got = &olga.received()[0];
    assert_eq!(got.caption.as_deref(), Some("🪟 Такое?"));
    assert_eq!(got.entities[0]["offset"], 3);
    assert_eq!(got.reply_markup.as_ref().unwrap()["inline_keyboard"][0][0]["callback_data"], "yes");
}

#[tokio::test]
async fn a_text_too_long_for_a_file_is_refused_before_anything_is_sent() {
    let (world, _) = opened().await;
    let file = world.file(K::Document, "a.pdf", "application/pdf", SOME).await;
    assert_eq!(reason(world.send("5001", files(&"я".repeat(1025), vec![file])).await), R::TooLong);
    assert_eq!(world.telegram.count("sendDocument"), 0);
}

#[tokio::test]
async fn an_album_is_one_call_with_a_key_for_each() {
    let (world, olga) = opened().await;
    let album = vec![
        world.file(K::Image, "1.png", "image/png", png(64, 48)).await,
        world.file(K::Video, "2.mp4", "video/mp4", SOME).await,
        world.file(K::Image, "3.png", "image/png", png(48, 64)).await,
    ];
    let sent = world.accepted("5001", files("Три вида", album)).await;
    let got = olga.received();
    let kinds: Vec<_> = got.iter().map(|sent| sent.kind.as_str()).collect();
    assert_eq!(kinds, ["photo", "video", "photo"]);
    let keys: Vec<_> = got.iter().map(|sent| format!("|5001|{}", sent.message_id)).collect();
    assert_eq!(sent.provider_keys, keys);
    assert_eq!(sent.position, got[0].message_id);
    assert!(got.iter().all(|sent| sent.media_group_id.is_some() && sent.media_group_id == got[0].media_group_id));
    let captions: Vec<_> = got.iter().map(|sent| sent.caption.as_deref()).collect();
    assert_eq!(captions, [Some("Три вида"), None, None]);
    assert_eq!(world.telegram.count("sendMediaGroup"), 1);
}

#[tokio::test]
async fn files_that_do_not_mix_go_as_files_together() {
    let (world, olga) = opened().await;
    let album = vec![
        world.file(K::Image, "1.png", "image/png", png(64, 48)).await,
        world.file(K::Document, "2.pdf", "application/pdf", SOME).await,
        world.file(K::Audio, "3.mp3", "audio/mpeg", SOME).await,
    ];
    world.accepted("5001", files("", album)).await;
    assert!(olga.received().iter().all(|sent| sent.kind == "document"));
    let music = vec![
        world.file(K::Audio, "1.mp3", "audio/mpeg", SOME).await,
        world.file(K::Audio, "2.mp3", "audio/mpeg", SOME).await,
    ];
    world.accepted("5001", files("", music)).await;
    assert_eq!(olga.received().pop().unwrap().kind, "audio");
}

#[tokio::test]
async fn an_album_keeps_telegrams_bounds() {
    let (world, _) = opened().await;
    let mut many = Vec::new();
    for number in 0..11 {
        many.push(world.file(K::Document, &format!("{number}.pdf"), "application/pdf", SOME).await);
    }
    assert_eq!(reason(world.send("5001", files("", many.clone())).await), R::NotSupported);
    many.truncate(10);
    let buttons = vec![ButtonRow { buttons: vec![Button { title: "Да".into(), ..<_>::default() }] }];
    let with_buttons = Content { buttons, ..files("", many.clone()) };
    assert_eq!(reason(world.send("5001", with_buttons).await), R::NotSupported);
    assert_eq!(world.telegram.sent().len(), 0);
    assert_eq!(world.accepted("5001", files("", many)).await.provider_keys.len(), 10);
}

#[tokio::test]
async fn a_picture_that_is_no_photo_goes_as_a_file() {
    let (world, olga) = opened().await;
    let long = world.file(K::Image, "рейка.png", "image/png", png(2100, 10)).await;
    let known = Attachment { width: 2100, height: 10, ..long.clone() };
    world.accepted("5001", files("Длинная", vec![known])).await;
    for words in ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED"] {
        let fault = Fault::Status(400, format!("Bad Request: {words}"));
        world.telegram.fail_next("sendPhoto", fault);
        world.accepted("5001", files("Длинная", vec![long.clone()])).await;
    }
    let kinds: Vec<_> = olga.received().into_iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, ["document"; 3], "each once");
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
    let (world, _) = opened().await;
    let stated = Attachment { size_bytes: (2000 << 20) + 1, object_key: "up/nowhere".into(), ..<_>::default() };
    assert_eq!(reason(world.send("5001", files("", vec![stated])).await), R::FileTooLarge);
    assert_eq!(world.telegram.count("sendDocument"), 0);
    let fault = Fault::Status(413, "Request Entity Too Large".into());
    world.telegram.fail_next("sendDocument", fault);
    let file = world.file(K::Document, "a.bin", "", SOME).await;
    assert_eq!(reason(world.send("5001", files("", vec![file])).await), R::FileTooLarge);
}

#[tokio::test]
async fn a_server_of_ones_own_takes_files_above_50_mb() {
    for keeps_files in [true, false] {
        let world = World::start_with(TelegramOptions { keeps_files, ..TelegramOptions::default() }, &[]).await;
        let olga = world.bot.customer(5001, "Ольга");
        olga.text("/start");
        let large = world.file(K::Document, "Проём.mov", "video/quicktime", vec![7; (50 << 20) + 1]).await;
        let silent = Attachment { size_bytes: 0, ..large };
        let outcome = world.send("5001", files("Смотрите", vec![silent])).await;
        if keeps_files {
            crate::common::sent(outcome);
            let got = olga.received().pop().unwrap().file.unwrap();
            assert_eq!((got.name.as_deref(), got.len), (Some("Проём.mov"), (50 << 20) + 1));
        } else {
            assert_eq!(reason(outcome), R::FileTooLarge, "without --local it takes no more than Telegram's");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_gone_from_the_store_is_refused() {
    let (world, _) = opened().await;
    let gone = Attachment { kind: K::Document.into(), object_key: "up/gone".into(), ..<_>::default() };
    assert_eq!(reason(world.send("5001", files("", vec![gone])).await), R::FileRejected);
    let empty = world.file(K::Document, "a.txt", "text/plain", Vec::new()).await;
    assert_eq!(reason(world.send("5001", files("", vec![empty])).await), R::FileRejected);
}

#[tokio::test]
async fn an_upload_that_breaks_leaves_it_unknown() {
    let (world, olga) = opened().await;
    world.telegram.fail_next("sendDocument", Fault::DropAfterAccept);
    let file = world.file(K::Document, "a.pdf", "application/pdf", SOME).await;
    let outcome = world.send("5001", files("", vec![file])).await;
    assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(olga.received().len(), 1);
}

#[tokio::test]
async fn a_file_answers_and_goes_without_when_the_question_is_gone() {
    let (world, olga) = opened().await;
    let question = olga.text("Покажете?").message_id;
    for (id, expected) in [(question, Some(question)), (999, None)] {
        let file = world.file(K::Image, "a.png", "image/png", png(64, 48)).await;
        let mut order = crate::common::send_order("5001", files("Вот", vec![file]));
        let Some(contracts::channel::order::Body::Send(send)) = &mut order.body else { unreachable!() };
        send.reply_to_key = format!("|5001|{id}");
        crate::common::sent(world.carry_out(&order).await);
        assert_eq!(olga.received().pop().unwrap().reply_to, expected);
    }
    world.accepted("5001", text("Готово")).await;
}
