//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use contracts::channel::inbound::Body;
use gateway_custom::Custom;
use gateway_kit::Gateway;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    for fact in Custom::parse(AccountId::default(), body) {
        assert!(!fact.key.is_empty() && fact.key.len() <= 200 && !fact.key.chars().any(char::is_control));
        assert!(fact.peer.iter().all(|peer| (1..=256).contains(&peer.address.len())));
        if let Some(Body::Message(message)) = &fact.body {
            let content = message.content.as_ref().expect("a content");
            assert!(!content.text.contains('\0') && !fact.message_key.is_empty());
            assert!(content.attachments.iter().all(|file| file.remote_ref.len() <= 2048 && file.size_bytes >= 0));
        }
    }
}

fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name =
        prop::sample::select(vec!["id", "name", "url", "size", "latitude", "longitude", "phones", "ref", "fields"]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&body);
    }

    #[test]
    fn a_spoilt_event_is_answered(
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
    fn any_value_in_a_field_is_answered(
        kind in "message\\.(created|edited|deleted|read|failed)|button\\.pressed|conversation\\.started|person\\.blocked|x",
        field in "id|conversation|person|text|reply_to|files|location|contact|staff|source|button|title|problem|x",
        value in some_json(),
    ) {
        let mut event = json!({
            "type": kind, "timestamp": "2025-11-26T09:00:00Z",
            "data": { "id": "m-1", "person": { "id": "u-1" }, "text": "окно 🪟" },
        });
        event["data"][field] = value;
        check(event.to_string().as_bytes());
    }

    #[test]
    fn any_text_and_any_date_arrive(text in "\\PC{1,200}", date in ".{0,40}") {
        let event = json!({
            "type": "message.created", "timestamp": date, "data": { "id": "m-1", "person": { "id": "u-1" }, "text": text },
        });
        let facts = Custom::parse(AccountId::default(), event.to_string().as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }
}
