//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_max::Max;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    for fact in Max::parse(AccountId::default(), body) {
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

/// Any JSON, a few levels deep, with the names that MAX uses among its keys.
fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "sender",
        "user_id",
        "recipient",
        "chat_id",
        "chat_type",
        "body",
        "mid",
        "seq",
        "text",
        "attachments",
        "type",
        "payload",
        "url",
        "token",
        "markup",
        "from",
        "length",
        "link",
        "message",
        "buttons",
        "vcf_info",
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
        "message_created",
        "message_edited",
        "message_removed",
        "message_callback",
        "bot_started",
        "bot_stopped",
        "user_added",
        "chat_title_changed",
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
            let at = at.index(body.len());
            body[at] = byte;
        }
        check(&body);
        body.truncate(cut.index(body.len() + 1));
        check(&body);
    }

    #[test]
    fn any_value_in_the_place_of_another_is_answered(
        kind in some_kind(), field in "message|callback|user|chat_id|payload|timestamp", value in some_json(),
    ) {
        let mut update = json!({ "update_type": kind, "timestamp": 1_795_420_800_450_i64 });
        update[field] = value;
        check(update.to_string().as_bytes());
    }

    #[test]
    fn any_value_in_a_field_of_a_message_is_answered(
        field in "mid|seq|text|attachments|markup|x", value in some_json(),
    ) {
        let mut body = json!({ "mid": "mid.1", "seq": 1, "text": "окно 🪟" });
        body[field] = value;
        let message = json!({ "sender": { "user_id": 1 }, "recipient": { "chat_id": 2 }, "body": body });
        check(json!({ "update_type": "message_created", "message": message }).to_string().as_bytes());
    }

    #[test]
    fn any_text_with_any_markup_arrives_whole(
        text in "\\PC{1,200}",
        markup in prop::collection::vec((-9_i64..300, -9_i64..300), 0..5),
    ) {
        let markup: Vec<_> =
            markup.into_iter().map(|(from, length)| json!({ "type": "strong", "from": from, "length": length })).collect();
        let message = json!({ "sender": { "user_id": 1 }, "recipient": { "chat_id": 2, "chat_type": "dialog" },
            "body": { "mid": "mid.1", "seq": 1, "text": text, "markup": markup } });
        let body = json!({ "update_type": "message_created", "message": message }).to_string();
        check(body.as_bytes());
        let facts = Max::parse(AccountId::default(), body.as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }
}
