//! Every kind of update of the Telegram sheet, once through everything: what the operator sees by the API.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contracts::{
    channel::{AliasKind, AttachmentKind, AttachmentState, Button, ButtonRow, Content, TextSpan, TextStyle},
    errors::ErrorReason,
    inbox::{
        ConversationView, Direction, ListMessageVersionsRequest, MarkConversationReadRequest, Message, MessageKind,
        MessageStatus, RequestState, SendMessageRequest,
    },
};
use reqwest::StatusCode;
use serde_json::json;
use testkit::{
    eventually,
    telegram::{Customer, CustomerMessage, Person, png},
};

use crate::{
    actions::customer,
    deeds::{reason, reply, text_of},
    operator::Operator,
    stage::Stage,
    world::{SOON, World},
};

fn content(message: &Message) -> &Content {
    message.content.as_ref().expect("a content")
}

/// Everything that a customer can send in one chat, in the order of the thread below.
fn send_everything(buyer: &Customer) {
    buyer.start(Some("ads_2026-11"));
    let text = "🪟 Окно, цена?\nhttps://example.com";
    let entities = json!([
        { "type": "bold", "offset": 3, "length": 4 }, { "type": "url", "offset": 15, "length": 19 },
        { "type": "text_link", "offset": 9, "length": 4, "url": "https://example.com/price" },
    ]);
    let first = buyer.send(CustomerMessage::text(text).entities(entities)).message_id;
    buyer.send(CustomerMessage::photo(png(640, 480)).caption("Вот такое"));
    let pictures = (1..=3).map(|n| CustomerMessage::photo(png(100 * n, 100))).collect();
    buyer.album(pictures);
    buyer.send(CustomerMessage::document("план дома.pdf", "application/pdf", b"%PDF-1.4 plan".to_vec()));
    buyer.send(CustomerMessage::voice(b"OggS voice".to_vec(), 7));
    buyer.send(CustomerMessage::video("дом.mp4", b"a video".to_vec(), 12));
    buyer.send(CustomerMessage::video_note(b"a round video".to_vec(), 5));
    buyer.send(CustomerMessage::audio("песня.mp3", b"ID3 song".to_vec(), 180));
    buyer.send(CustomerMessage::animation("кот.mp4", b"an animation".to_vec()));
    buyer.send(CustomerMessage::sticker("🎉", b"RIFF....WEBP".to_vec()));
    buyer.send(CustomerMessage::location(55.75, 37.62));
    buyer.send(CustomerMessage::venue(55.76, 37.64, "Склад", "Лесная, 1"));
    buyer.send(CustomerMessage::contact("+79990000001", "Покупатель", Some(buyer.id())));
    buyer.reply(first, "И ещё вопрос");
    buyer.send(CustomerMessage::plain(json!({ "poll": { "id": "1", "question": "?", "options": [] } })));
    buyer.send(CustomerMessage::plain(json!({ "pinned_message": { "message_id": 1, "date": 0 } })));
    let origin = json!({ "type": "hidden_user", "sender_user_name": "Сосед", "date": 1_700_000_000 });
    buyer.send(CustomerMessage::text("переслано").field("forward_origin", origin));
}

#[tokio::test]
async fn every_kind_of_message_is_shown_as_it_was_sent() {
    let Stage { world, connected, operator, .. } = Stage::set().await;
    let person = Person { username: Some("buyer_one".into()), ..Person::new(5_001, "Покупатель 1") };
    let buyer = connected.bot.customer_as(person);
    send_everything(&buyer);
    let conversation = operator.conversation_with("Покупатель 1").await.conversation_id;
    let thread = operator.thread(&conversation, 20).await;
    assert_eq!(thread.len(), 20);
    assert!(thread.is_sorted_by_key(|m| m.seq) && thread.iter().all(|m| m.direction() == Direction::In));

    let started = thread[0].event.as_ref().unwrap();
    let source = started.source.as_ref().unwrap();
    assert_eq!(
        (started.what.as_str(), source.kind.as_str(), source.r#ref.as_str()),
        ("started", "telegram_start", "ads_2026-11")
    );

    let span = |style: TextStyle, offset, length, url: &str| TextSpan {
        style: style.into(),
        offset,
        length,
        url: url.to_owned(),
        language: String::new(),
    };
    assert_eq!(text_of(&thread[1]), "🪟 Окно, цена?\nhttps://example.com");
    let spans = [span(TextStyle::Bold, 2, 4, ""), span(TextStyle::Link, 8, 4, "https://example.com/price")];
    assert_eq!(content(&thread[1]).spans, spans);
    assert_eq!(text_of(&thread[2]), "Вот такое");

    let group = &thread[3].group_key;
    assert!(!group.is_empty() && thread[3..6].iter().all(|m| m.group_key == *group));
    let kinds: Vec<_> = thread[2..13].iter().map(|m| content(m).attachments[0].kind()).collect();
    use AttachmentKind as K;
    let expected = [
        K::Image,
        K::Image,
        K::Image,
        K::Image,
        K::Document,
        K::Voice,
        K::Video,
        K::VideoNote,
        K::Audio,
        K::Animation,
        K::Sticker,
    ];
    assert_eq!(kinds, expected);
    let file = |i: usize| &content(&thread[i]).attachments[0];
    assert_eq!((file(2).width, file(2).height), (640, 480));
    assert_eq!((file(6).name.as_str(), file(6).mime_type.as_str()), ("план дома.pdf", "application/pdf"));
    assert_eq!([7, 8, 9, 10].map(|i| file(i).duration_ms), [7_000, 12_000, 5_000, 180_000]);
    assert_eq!((file(12).name.as_str(), content(&thread[12]).text.as_str()), ("🎉", ""));

    let place = |i: usize| content(&thread[i]).location.clone().unwrap();
    assert_eq!((place(13).latitude, place(13).longitude), (55.75, 37.62));
    assert_eq!((place(14).title.as_str(), place(14).address.as_str()), ("Склад", "Лесная, 1"));
    let card = content(&thread[15]).contact_card.as_ref().unwrap();
    assert_eq!((card.name.as_str(), card.phones.as_slice()), ("Покупатель", &["+79990000001".to_owned()][..]));
    assert_eq!(thread[16].reply_to_message_id, thread[1].message_id);
    assert_eq!(content(&thread[17]).unsupported, "poll");
    assert!(!content(&thread[18]).event_text.is_empty());
    assert_eq!(content(&thread[19]).forwarded_from, "Сосед");

    let row = operator.conversation(&conversation).await.unwrap();
    assert_eq!(row.unread, 17, "an album is one, what only started counts for nothing");
    let person = row.person.unwrap();
    assert_eq!(person.first_source.unwrap().r#ref, "ads_2026-11");
    let aliases: Vec<_> = person.aliases.iter().map(|a| (a.kind(), a.value.as_str())).collect();
    assert!(aliases.contains(&(AliasKind::Username, "buyer_one")), "{aliases:?}");
    assert!(aliases.contains(&(AliasKind::Phone, "+79990000001")), "what a person shared stays: {aliases:?}");

    files_are_stored_and_seen_by_right(&world, &operator, &conversation).await;
}

/// Eleven files: their bytes, and nothing for who does not see the conversation.
async fn files_are_stored_and_seen_by_right(world: &World, operator: &Operator, conversation: &str) {
    let files = operator.stored_files(conversation, 11).await;
    assert!(files.iter().all(|file| file.state() == AttachmentState::Stored), "{files:?}");
    let other = world.operator("operator2").await;
    let expected: [(usize, &[u8]); 4] =
        [(0, &png(640, 480)), (4, b"%PDF-1.4 plan"), (5, b"OggS voice"), (10, b"RIFF....WEBP")];
    for (i, bytes) in expected {
        let (status, got) = operator.download(&files[i].attachment_id).await;
        assert_eq!((status, got.as_slice()), (StatusCode::OK, bytes));
        assert_eq!(files[i].size_bytes, i64::try_from(bytes.len()).unwrap());
        assert_eq!(other.download(&files[i].attachment_id).await.0, StatusCode::NOT_FOUND);
    }
    let nobody = crate::deeds::http().get(format!("{}/files/{}", operator.base, files[0].attachment_id));
    assert_eq!(nobody.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn edits_reactions_and_pressed_buttons_reach_the_thread() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let buyer = customer(&stage.connected.bot, 1);
    let first = buyer.text("Здравствуйте").message_id;
    let conversation_id = operator.take_only().await.conversation_id;

    buyer.edit_text(first, "Добрый день");
    let edited = operator.message_with(&conversation_id, "Добрый день").await;
    assert!(edited.edited_at.is_some());
    let request = ListMessageVersionsRequest { message_id: edited.message_id, ..ListMessageVersionsRequest::default() };
    let versions = operator.conversations().list_message_versions(request).await.unwrap().into_inner().versions;
    assert_eq!(
        versions.iter().map(|v| v.content.as_ref().unwrap().text.as_str()).collect::<Vec<_>>(),
        ["Здравствуйте"]
    );
    buyer.edit(first, |_| {}); // what a live location or a reaction makes of a message: nothing that is shown
    buyer.react(first, None, Some("🔥"));
    eventually("the reaction is shown", SOON, async || {
        let thread = operator.messages(&conversation_id).await;
        (thread[0].reactions == ["🔥"]).then_some(())
    })
    .await;

    let button =
        |title: &str, data: &str, url: &str| Button { title: title.into(), data: data.into(), url: url.into() };
    let rows = vec![
        ButtonRow { buttons: vec![button("Да", "yes", ""), button("Нет", "no", "")] },
        ButtonRow { buttons: vec![button("Сайт", "", "https://example.com/price")] },
    ];
    let sent = operator
        .try_send(SendMessageRequest { buttons: rows, ..reply(&conversation_id, "Замерить окна?") })
        .await
        .unwrap();
    operator.wait_for_status(&sent[0], MessageStatus::Sent).await;
    let asked = buyer.received().pop().unwrap();
    let keyboard = &asked.reply_markup.as_ref().unwrap()["inline_keyboard"];
    assert_eq!(keyboard[0][1]["callback_data"], "no");
    assert_eq!(keyboard[1][0]["url"], "https://example.com/price");
    let query = buyer.press(asked.message_id, "yes");
    let pressed = operator.message_with(&conversation_id, "Да").await;
    assert_eq!((pressed.kind(), pressed.direction()), (MessageKind::Button, Direction::In));
    eventually("the press is answered", SOON, async || buyer.press_answer(&query)).await;

    buyer.react(asked.message_id, None, Some("👍"));
    eventually("the reaction to our message is shown", SOON, async || {
        let thread = operator.messages(&conversation_id).await;
        thread.iter().find(|m| m.message_id == sent[0].message_id)?.reactions.contains(&"👍".to_owned()).then_some(())
    })
    .await;
    buyer.react(asked.message_id, Some("👍"), None);
    eventually("it is taken back", SOON, async || {
        let thread = operator.messages(&conversation_id).await;
        thread.iter().find(|m| m.message_id == sent[0].message_id)?.reactions.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_blocks_the_bot_cannot_be_written_to_until_they_come_back() {
    let stage = Stage::set().await;
    let (buyer, conversation_id) = stage.talk(1).await;
    let operator = &stage.operator;
    let blocked = async |wanted: bool| {
        eventually("the row tells whether we are blocked", SOON, async || {
            operator.conversation(&conversation_id).await.filter(|row| row.blocked == wanted)
        })
        .await
    };
    buyer.block();
    let row = blocked(true).await;
    assert_eq!(row.request.unwrap().state, RequestState::Assigned as i32, "a block closes nothing");
    assert_eq!(reason(operator.try_send(reply(&conversation_id, "Вы здесь?")).await), ErrorReason::BlockedByClient);
    buyer.unblock();
    blocked(false).await;
    let sent = operator.send(&conversation_id, "С возвращением").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let mut lines = operator.messages(&conversation_id).await;
    lines.sort_by_key(|line| line.seq); // Telegram's times are whole seconds, ours are not
    let lines: Vec<_> = lines.iter().filter_map(|m| Some(m.event.as_ref()?.what.as_str())).collect();
    assert_eq!(lines, ["assigned", "blocked", "unblocked"]);
}

#[tokio::test]
async fn a_business_account_is_answered_in_its_owners_name() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let owner = Person::new(9_001, "Владелец");
    let business = stage.connected.bot.business(owner);
    let friend = customer(&stage.connected.bot, 2);
    let buyer = business.customer(&friend);
    let first = buyer.text("Вы ставите окна?").message_id;
    let row = operator.conversation_with("Покупатель 2").await;
    assert!(row.reply_until.is_some(), "Telegram Business lets answer for a day");
    operator.take(&row.request.as_ref().unwrap().request_id).await.unwrap();
    let id = &row.conversation_id;

    let seen = MarkConversationReadRequest { conversation_id: id.clone(), seq: row.last_seq, unread: false };
    operator.conversations().mark_conversation_read(seen).await.unwrap();
    eventually("the customer sees that it was read", SOON, async || {
        business.read().contains(&(friend.id(), first)).then_some(())
    })
    .await;

    let by_hand = business.owner_writes(&friend, CustomerMessage::text("Да, и двери тоже")).message_id;
    let echo = operator.message_with(id, "Да, и двери тоже").await;
    assert_eq!((echo.direction(), echo.author_name.as_str()), (Direction::Out, "Владелец"));
    let sent = operator.send(id, "Какой размер?").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    assert_eq!(buyer.received().len(), 1);
    buyer.edit_text(first, "Вы ставите окна и двери?");
    operator.message_with(id, "Вы ставите окна и двери?").await;
    business.delete(&friend, &[first, by_hand]);
    let thread = eventually("both are struck", SOON, async || {
        let thread = operator.messages(id).await;
        (thread.iter().filter(|m| m.deleted_at.is_some()).count() == 2).then_some(thread)
    })
    .await;
    let said: Vec<_> = thread.iter().filter(|m| m.kind() == MessageKind::Message).map(text_of).collect();
    assert_eq!(said, ["", "", "Какой размер?"], "the echo of our own reply is no second message");
    assert!(
        operator.list(ConversationView::All).await.len() == 1,
        "the bot's own chat is another one, and nobody wrote there"
    );
}
