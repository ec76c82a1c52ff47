//! Every row of Telegram's tables of updates, messages and service messages, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::{
    Gateway,
    conformance::{Fixtures, shown},
};
use gateway_telegram::Telegram;
use model::AccountId;
use serde_json::{Value, json};

const UPDATES: [&str; 28] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "message_reaction_count",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "inline_query",
    "chosen_inline_result",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "purchased_paid_media",
    "guest_message",
    "managed_bot",
    "subscription",
    "stopped_message_generation",
    "of_no_kind",
];

const MESSAGES: [&str; 35] = [
    "text",
    "entities",
    "caption",
    "photo",
    "document",
    "animation",
    "video",
    "video_note",
    "voice",
    "audio",
    "sticker",
    "location",
    "venue",
    "contact",
    "live_photo",
    "rich_message",
    "poll",
    "paid_media",
    "story",
    "reply_to_message",
    "message_thread_id",
    "direct_messages_topic",
    "external_reply",
    "quote",
    "forward_origin",
    "media_group_id",
    "via_bot",
    "reply_markup",
    "sender_chat",
    "start",
    "starting",
    "ephemeral",
    "group",
    "channel",
    "unknown_content",
];

const SERVICES: [&str; 13] = [
    "new_chat_members",
    "left_chat_member",
    "group_chat_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "new_chat_title",
    "write_access_allowed",
    "users_shared",
    "chat_shared",
    "web_app_data",
    "successful_payment",
    "unknown",
];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Telegram::parse(AccountId::default(), body)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_telegrams_tables_has_a_fixture() {
    fixtures().stand_for(&[("update", &UPDATES), ("message", &MESSAGES), ("service", &SERVICES)]);
}

/// A queue that Telegram made anew repeats a message under another update id (rule I1).
#[test]
fn a_message_under_another_update_id_is_the_same_fact() {
    let fixtures = fixtures();
    let messages = fixtures.real().filter(|(name, _)| !name.starts_with("update-"));
    for (name, body) in messages {
        let mut update: Value = serde_json::from_slice(body).unwrap();
        update["update_id"] = 1.into();
        assert_eq!(parse(update.to_string().as_bytes()), parse(body), "{name}");
    }
}

#[test]
fn a_reason_does_not_repeat_what_the_customer_wrote() {
    let body = br#"{"update_id":1,"message":{"message_id":"a secret of mine","date":1,"chat":{"id":1}}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}

#[test]
fn a_text_of_a_hundred_thousand_characters_arrives_whole() {
    let text = "я".repeat(100_000);
    let body = json!({ "update_id": 1, "message": {
        "message_id": 1, "date": 1_795_420_800, "chat": { "id": 1, "type": "private" }, "text": text,
    } });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text, text);
}
