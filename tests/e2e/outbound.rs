//! What an operator sends, as the customer gets it.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{Button, ButtonRow, FailureReason, TextSpan, TextStyle},
    errors::ErrorReason,
    inbox::{
        CancelMessageRequest, DeleteMessageRequest, EditMessageRequest, Message, MessageStatus, ReactToMessageRequest,
        RescheduleMessageRequest, SendMessageAgainRequest, SendMessageRequest,
    },
};
use testkit::{
    eventually,
    telegram::{Fault, SentMessage, png},
};
use uuid::Uuid;

use crate::{
    deeds::{reason, reply, text_of},
    stage::Stage,
    world::SOON,
};

fn texts(received: &[SentMessage]) -> Vec<&str> {
    received.iter().map(|sent| sent.text.as_deref().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_long_text_arrives_in_pieces_that_cut_no_formatting() {
    let stage = Stage::set().await;
    let (buyer, conversation) = stage.talk(1).await;
    // 4,050 units, then a bold stretch across the limit, each emoji two units.
    let before = "Раз 🪟 и два. ".repeat(300);
    let bold = "важно 🔥 ".repeat(20);
    let after = "ещё слова ".repeat(500);
    let text = format!("{before}{bold}{after}");
    let (offset, length) = (before.chars().count() as u32, bold.trim_end().chars().count() as u32);
    let span = TextSpan { style: TextStyle::Bold.into(), offset, length, ..TextSpan::default() };
    let sent = stage.send_all(SendMessageRequest { spans: vec![span], ..reply(&conversation, &text) }).await;

    assert!(sent.len() >= 3, "{} pieces", sent.len());
    let group = &sent[0].group_key;
    assert!(!group.is_empty() && sent.iter().all(|piece| piece.group_key == *group));
    let received = buyer.received();
    assert_eq!(received.len(), sent.len());
    assert!(texts(&received).iter().all(|piece| piece.encode_utf16().count() <= 4096));
    let joined = sent.iter().map(text_of).collect::<String>();
    assert_eq!(joined, text, "nothing is left out");
    let stated: Vec<_> = sent.iter().map(|piece| text_of(piece).trim_end()).collect();
    assert_eq!(texts(&received), stated, "in order; Telegram itself drops the space at an end");
    let formatted: Vec<_> = received.iter().flat_map(|piece| piece.entities.iter().map(move |e| (piece, e))).collect();
    let [(piece, entity)] = formatted[..] else { panic!("one stretch, not {formatted:?}") };
    let units: Vec<u16> = piece.text.as_ref().unwrap().encode_utf16().collect();
    let at = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
    let stretch = String::from_utf16(&units[at("offset")..at("offset") + at("length")]).unwrap();
    assert_eq!((stretch.as_str(), &entity["type"]), (bold.trim_end(), &serde_json::json!("bold")));
}

#[tokio::test]
async fn files_arrive_once_with_the_same_bytes() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    let (picture, voice) = (png(320, 200), b"OggS\0 a voice".to_vec());
    let one = operator.upload("окно.png", "image/png", picture.clone(), 0).await;
    stage.send_all(SendMessageRequest { file_ids: vec![one], ..reply(&conversation, "Вот такое") }).await;
    let (a, b) = (png(100, 50), png(50, 100));
    let album = vec![
        operator.upload("a.png", "image/png", a.clone(), 0).await,
        operator.upload("b.png", "image/png", b.clone(), 0).await,
    ];
    let sent = stage.send_all(SendMessageRequest { file_ids: album, ..reply(&conversation, "И два вида") }).await;
    assert_eq!(sent.len(), 1, "an album is one message of ours");

    let (other, elsewhere) = stage.talk(2).await;
    let offer = operator.upload("смета.pdf", "application/pdf", b"%PDF-1.4 offer".to_vec(), 0).await;
    stage.send_all(SendMessageRequest { file_ids: vec![offer], ..reply(&elsewhere, "") }).await;
    let spoken = operator.upload("voice.ogg", "audio/ogg", voice.clone(), 3_000).await;
    stage.send_all(SendMessageRequest { file_ids: vec![spoken], ..reply(&elsewhere, "") }).await;

    let file = |sent: &SentMessage| sent.file.clone().unwrap();
    let received = buyer.received();
    let seen: Vec<_> = received.iter().map(|m| (m.kind.as_str(), m.caption.as_deref(), file(m).bytes)).collect();
    let expected = [
        ("photo", Some("Вот такое"), picture.clone().into()),
        ("photo", Some("И два вида"), a.into()),
        ("photo", None, b.into()),
    ];
    assert_eq!(seen, expected);
    assert!(received[1].media_group_id.is_some() && received[1].media_group_id == received[2].media_group_id);
    let received = other.received();
    let seen: Vec<_> = received.iter().map(|m| (m.kind.as_str(), file(m).name, file(m).bytes)).collect();
    assert_eq!(seen[0], ("document", Some("смета.pdf".to_owned()), b"%PDF-1.4 offer".to_vec().into()));
    assert_eq!((seen[1].0, &seen[1].2), ("voice", &voice.into()));
    assert_eq!(stage.world.telegram.count("sendPhoto"), 1, "once");

    // What was sent can be looked at again, by whoever sees the conversation.
    let thread = operator.messages(&conversation).await;
    let shown = thread.iter().find(|m| text_of(m) == "Вот такое").unwrap();
    let attachment = &shown.content.as_ref().unwrap().attachments[0];
    assert_eq!((attachment.width, attachment.height), (320, 200));
    assert_eq!(operator.download(&attachment.attachment_id).await.1, picture);

    // The words below a picture are edited, an album is deleted whole.
    let edit = EditMessageRequest {
        message_id: shown.message_id.clone(),
        text: "Вот такое окно".into(),
        request_id: Uuid::now_v7().to_string(),
        ..EditMessageRequest::default()
    };
    operator.conversations().edit_message(edit).await.unwrap();
    let delete =
        DeleteMessageRequest { message_id: sent[0].message_id.clone(), request_id: Uuid::now_v7().to_string() };
    operator.conversations().delete_message(delete).await.unwrap();
    eventually("one picture is left, with its new words", SOON, async || {
        let captions: Vec<_> = buyer.received().into_iter().map(|sent| sent.caption).collect();
        (captions == [Some("Вот такое окно".to_owned())]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_is_answered_edited_deleted_and_reacted_to() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    let question = operator.message_with(&conversation, "Здравствуйте").await;
    let button = Button { title: "Позвонить".into(), data: "call".into(), url: String::new() };
    let request = SendMessageRequest {
        reply_to_message_id: question.message_id.clone(),
        buttons: vec![ButtonRow { buttons: vec![button] }],
        ..reply(&conversation, "Слушаю Вас")
    };
    let sent = stage.send_all(request).await.remove(0);
    let got = buyer.received().remove(0);
    let asked = buyer.received()[0].json["reply_to_message"]["text"].clone();
    assert_eq!((got.reply_to.is_some(), asked), (true, serde_json::json!("Здравствуйте")));

    let request = EditMessageRequest {
        message_id: sent.message_id.clone(),
        text: "Слушаю вас".into(),
        request_id: Uuid::now_v7().to_string(),
        ..EditMessageRequest::default()
    };
    operator.conversations().edit_message(request.clone()).await.unwrap();
    operator.conversations().edit_message(request).await.unwrap();
    eventually("the customer sees the edit", SOON, async || {
        let received = buyer.received();
        (received[0].text.as_deref() == Some("Слушаю вас")).then_some(())
    })
    .await;
    assert!(buyer.received()[0].reply_markup.is_some(), "an edit of the text leaves the buttons");

    let react = |emoji: &str| ReactToMessageRequest {
        message_id: question.message_id.clone(),
        emoji: emoji.into(),
        request_id: Uuid::now_v7().to_string(),
    };
    operator.conversations().react_to_message(react("👍")).await.unwrap();
    operator.conversations().react_to_message(react("")).await.unwrap();
    let reactions = eventually("both reactions are set", SOON, async || {
        let reactions = stage.world.telegram.reactions();
        (reactions.len() == 2).then_some(reactions)
    })
    .await;
    assert_eq!((reactions[0].emoji.as_slice(), reactions[1].emoji.len()), (&["👍".to_owned()][..], 0));

    let request = DeleteMessageRequest { message_id: sent.message_id.clone(), request_id: Uuid::now_v7().to_string() };
    operator.conversations().delete_message(request).await.unwrap();
    eventually("it is gone", SOON, async || buyer.received().is_empty().then_some(())).await;
    let thread = operator.messages(&conversation).await;
    let struck = thread.iter().find(|m| m.message_id == sent.message_id).unwrap();
    assert!(struck.deleted_at.is_some() && text_of(struck).is_empty());
}

#[tokio::test]
async fn a_refused_message_fails_with_its_reason_and_goes_again_later() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    // Queued while all was well; blocked before its time came.
    let later = Some(rpc::timestamp(Utc::now() + TimeDelta::milliseconds(700)));
    let queued =
        operator.try_send(SendMessageRequest { not_before: later, ..reply(&conversation, "Ждём вас") }).await.unwrap();
    buyer.block();
    let failed = operator.wait_for_status(&queued[0], MessageStatus::Failed).await;
    assert_eq!(failed.failure.as_ref().unwrap().reason(), FailureReason::BlockedByClient);
    let again = || SendMessageAgainRequest {
        message_id: failed.message_id.clone(),
        new_message_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let refused = operator.conversations().send_message_again(again()).await;
    assert_eq!(reason(refused), ErrorReason::BlockedByClient);
    buyer.unblock();
    let new = eventually("the customer is back", SOON, async || {
        operator.conversations().send_message_again(again()).await.ok()?.into_inner().message
    })
    .await;
    let same = operator.conversations().send_message_again(again()).await.unwrap().into_inner().message.unwrap();
    assert_eq!(same.message_id, new.message_id, "a second click sends no second message");
    operator.wait_for_status(&new, MessageStatus::Sent).await;
    let old = operator.wait_for_status(&failed, MessageStatus::Failed).await;
    assert_eq!(old.sent_again_as_message_id, new.message_id);
    assert_eq!(texts(&buyer.received()), ["Ждём вас"]);
}

#[tokio::test]
async fn a_flood_wait_defers_and_keeps_the_order() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    stage.world.telegram.fail_next("sendMessage", Fault::FloodWait(1));
    let mut sent = Vec::new();
    for text in ["раз", "два", "три"] {
        sent.push(operator.send(&conversation, text).await);
    }
    eventually("the first is put off, until when is told", SOON, async || {
        let thread = operator.messages(&conversation).await;
        let first = thread.iter().find(|m| m.message_id == sent[0].message_id)?;
        (first.retry_at.is_some() || first.status() == MessageStatus::Sent).then_some(())
    })
    .await;
    for message in &sent {
        operator.wait_for_status(message, MessageStatus::Sent).await;
    }
    assert_eq!(texts(&buyer.received()), ["раз", "два", "три"]);
    let calls = stage.connected.bot.calls("sendMessage");
    assert_eq!(calls.iter().map(|call| call.status.unwrap()).collect::<Vec<_>>(), [429, 200, 200, 200]);
    assert!(calls[1].at - calls[0].at >= std::time::Duration::from_secs(1), "no sooner than Telegram asked");
}

#[tokio::test]
async fn what_is_taken_back_in_time_is_never_sent() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    let at = |milliseconds| Some(rpc::timestamp(Utc::now() + TimeDelta::milliseconds(milliseconds)));
    let later = async |text: &str, milliseconds| {
        let request = SendMessageRequest { not_before: at(milliseconds), ..reply(&conversation, text) };
        operator.try_send(request).await.expect("queued").remove(0)
    };
    let undone = later("ой", 1_000).await;
    let tomorrow = later("завтра", 86_400_000).await;
    let after = later("позже", 1_500).await;
    let cancel = |message: &Message| CancelMessageRequest { message_id: message.message_id.clone() };
    let cancelled = operator.conversations().cancel_message(cancel(&undone)).await.unwrap().into_inner().messages;
    assert_eq!(cancelled[0].status(), MessageStatus::Cancelled);
    let now = operator.send(&conversation, "сейчас").await;
    operator.wait_for_status(&now, MessageStatus::Sent).await;
    operator.wait_for_status(&after, MessageStatus::Sent).await;
    // Its time lay before that of the one that has gone out.
    assert_eq!(texts(&buyer.received()), ["сейчас", "позже"]);
    assert_eq!(reason(operator.conversations().cancel_message(cancel(&now)).await), ErrorReason::AlreadyClaimed);

    let request = RescheduleMessageRequest { message_id: tomorrow.message_id.clone(), not_before: None };
    operator.conversations().reschedule_message(request.clone()).await.unwrap();
    operator.wait_for_status(&tomorrow, MessageStatus::Sent).await;
    assert_eq!(reason(operator.conversations().reschedule_message(request).await), ErrorReason::AlreadyClaimed);
    assert_eq!(texts(&buyer.received()), ["сейчас", "позже", "завтра"]);

    // All parts of a long one go back together, and the longest text that is taken is split.
    let long = "слово ".repeat(16_666);
    let request = SendMessageRequest { not_before: at(3_600_000), ..reply(&conversation, &long) };
    let parts = operator.try_send(request).await.unwrap();
    assert!(parts.len() >= 25, "{}", parts.len());
    let back = operator.conversations().cancel_message(cancel(&parts[3])).await.unwrap().into_inner().messages;
    assert!(back.len() == parts.len() && back.iter().all(|part| part.status() == MessageStatus::Cancelled));
    let too_long = operator.try_send(reply(&conversation, &"я".repeat(100_001))).await;
    assert_eq!(reason(too_long), ErrorReason::TextTooLong);
}
