//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use contracts::channel::inbound::Body;
use gateway_kit::Gateway;
use gateway_viber::Viber;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    for fact in Viber::parse(AccountId::default(), body) {
        assert!(!fact.key.is_empty() && fact.key.len() <= 200 && !fact.key.chars().any(char::is_control));
        assert!(fact.peer.iter().all(|peer| (1..=256).contains(&peer.address.len())));
        if let Some(Body::Message(message)) = &fact.body {
            let content = message.content.as_ref().expect("a content");
            assert!(!content.text.contains('\0') && !fact.message_key.is_empty());
            assert!(content.attachments.iter().all(|file| file.remote_ref.len() <= 2048 && file.size_bytes >= 0));
        }
    }
}

/// Any JSON, a few levels deep, with the names that Viber uses among its keys.
fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "name",
        "type",
        "text",
        "media",
        "size",
        "duration",
        "lat",
        "lon",
        "address",
        "phone_number",
        "file_name",
        "sticker_id",
        "location",
        "contact",
        "avatar",
        "language",
        "other",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn message() -> Value {
    json!({
        "event": "message", "timestamp": 1_764_150_000_123_i64, "message_token": 6_012_345_678_901_234_567_u64,
        "sender": { "id": "a==", "name": "Анна" }, "message": { "type": "file", "media": "https://dl-media.viber.com/1" },
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&body);
    }

    #[test]
    fn a_spoilt_callback_is_answered(
        which in any::<prop::sample::Index>(),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = which.get(&FIXTURES).clone();
        for (at, byte) in spoilt {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        check(&body);
        body.truncate(cut.index(body.len() + 1));
        check(&body);
    }

    #[test]
    fn any_value_in_the_place_of_another_is_answered(
        kind in "message|delivered|seen|failed|subscribed|unsubscribed|conversation_started|webhook|x",
        field in "timestamp|message_token|user_id|user|sender|message|chat_id|context|desc|x",
        value in some_json(),
    ) {
        let mut event = message();
        event["event"] = kind.into();
        event["user_id"] = "a==".into();
        event["user"] = json!({ "id": "a==" });
        event[field] = value;
        check(event.to_string().as_bytes());
    }

    #[test]
    fn any_value_in_a_field_of_a_message_is_answered(
        kind in "text|picture|video|file|location|contact|url|sticker|rich_media|x",
        field in "type|text|media|file_name|size|duration|sticker_id|location|contact|x",
        value in some_json(),
    ) {
        let mut event = message();
        event["message"]["type"] = kind.into();
        event["message"][field] = value;
        check(event.to_string().as_bytes());
    }

    #[test]
    fn any_text_arrives_whole(text in "\\PC{1,200}") {
        let mut event = message();
        event["message"] = json!({ "type": "text", "text": text });
        let facts = Viber::parse(AccountId::default(), event.to_string().as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }

    #[test]
    fn any_token_stays_exact(token in 1_u64..) {
        let mut event = message();
        event["message_token"] = token.into();
        let facts = Viber::parse(AccountId::default(), event.to_string().as_bytes());
        prop_assert_eq!(&facts[0].message_key, &token.to_string());
    }
}
