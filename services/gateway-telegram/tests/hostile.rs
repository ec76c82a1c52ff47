//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_telegram::Telegram;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    for fact in Telegram::parse(AccountId::default(), body) {
        assert!(!fact.key.is_empty() && fact.key.len() <= 200 && !fact.key.contains('\0'));
        spans_fit(&fact);
    }
}

fn spans_fit(fact: &Inbound) {
    let content = match &fact.body {
        Some(Body::Message(message)) => message.content.as_ref(),
        Some(Body::Edit(edit)) => edit.content.as_ref(),
        Some(Body::OwnEcho(echo)) => echo.content.as_ref(),
        _ => None,
    };
    let Some(content) = content else { return };
    let length = content.text.chars().count();
    assert!(content.spans.iter().all(|span| span.length > 0 && (span.offset + span.length) as usize <= length));
    assert!(!content.text.contains('\0'));
}

/// Any JSON, a few levels deep, with the names that Telegram uses among its keys.
fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "message_id",
        "date",
        "chat",
        "id",
        "type",
        "from",
        "text",
        "entities",
        "photo",
        "file_id",
        "offset",
        "length",
        "reply_markup",
        "inline_keyboard",
        "data",
        "message",
        "business_connection_id",
        "contact",
        "location",
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

fn some_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "message",
        "edited_message",
        "business_message",
        "business_connection",
        "deleted_business_messages",
        "callback_query",
        "message_reaction",
        "my_chat_member",
        "something_new",
    ])
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&body);
    }

    #[test]
    fn a_spoilt_update_is_answered(
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
    fn any_value_in_the_place_of_another_is_answered(kind in some_kind(), value in some_json()) {
        check(json!({ "update_id": 1, kind: value }).to_string().as_bytes());
    }

    #[test]
    fn any_value_in_a_field_of_a_message_is_answered(
        field in "message_thread_id|from|text|photo|document|sticker|contact|venue|entities|reply_markup|quote|date|x",
        value in some_json(),
    ) {
        let mut message = json!({
            "message_id": 41, "date": 1_795_420_800, "chat": { "id": 5001, "type": "private" }, "text": "окно 🪟",
        });
        message[field] = value;
        check(json!({ "update_id": 1, "message": message }).to_string().as_bytes());
    }

    #[test]
    fn any_text_with_any_entities_arrives_whole(
        text in "\\PC{1,200}",
        entities in prop::collection::vec((any::<i64>(), any::<i64>()), 0..5),
    ) {
        let entities: Vec<_> = entities
            .into_iter()
            .map(|(offset, length)| json!({ "type": "bold", "offset": offset % 300, "length": length % 300 }))
            .collect();
        let message = json!({
            "message_id": 1, "date": 1_795_420_800, "chat": { "id": 1, "type": "private" },
            "text": text, "entities": entities,
        });
        let body = json!({ "update_id": 1, "message": message }).to_string();
        check(body.as_bytes());
        let facts = Telegram::parse(AccountId::default(), body.as_bytes());
        if let Some(Body::Message(message)) = &facts[0].body {
            prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
        }
    }
}
