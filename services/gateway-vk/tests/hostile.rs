//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_vk::Vk;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    for fact in Vk::parse(AccountId::default(), body) {
        assert!(!fact.key.is_empty() && fact.key.len() <= 200 && !fact.key.contains('\0'));
        assert!(!holds_nul(&fact));
    }
}

fn holds_nul(fact: &Inbound) -> bool {
    let content = match &fact.body {
        Some(Body::Message(message)) => message.content.as_ref(),
        Some(Body::Edit(edit)) => edit.content.as_ref(),
        Some(Body::OwnEcho(echo)) => echo.content.as_ref(),
        _ => None,
    };
    content.is_some_and(|content| format!("{content:?}").contains("\\0"))
}

/// Any JSON, a few levels deep, with the names that VK uses among its keys.
fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}|\0".prop_map(Value::from),
        prop::sample::select(vec!["photo", "doc", "wall", "audio_message", "sticker", "chat_create"])
            .prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "message",
        "date",
        "peer_id",
        "from_id",
        "conversation_message_id",
        "text",
        "attachments",
        "type",
        "photo",
        "doc",
        "sizes",
        "url",
        "id",
        "owner_id",
        "fwd_messages",
        "reply_message",
        "payload",
        "user_id",
        "event_id",
        "answers",
        "action",
        "geo",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn some_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "message_new",
        "message_reply",
        "message_edit",
        "message_allow",
        "message_event",
        "message_read",
        "message_reaction_event",
        "lead_forms_new",
        "market_order_new",
        "something_new",
    ])
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
    ) {
        let mut body = which.get(&FIXTURES).clone();
        for (at, byte) in spoilt {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        check(&body);
    }

    #[test]
    fn a_made_up_event_is_answered(kind in some_kind(), object in some_json(), group in any::<i64>()) {
        check(json!({ "type": kind, "object": object, "group_id": group, "event_id": "e" }).to_string().as_bytes());
    }

    #[test]
    fn made_up_parts_of_a_message_are_answered(attachment in some_json(), forwarded in some_json(), action in some_json()) {
        let message = json!({
            "date": 1_795_420_800, "peer_id": 77_001, "from_id": 77_001, "conversation_message_id": 1, "text": "a",
            "attachments": [attachment], "fwd_messages": [forwarded], "action": action,
        });
        check(json!({ "type": "message_new", "object": { "message": message }, "group_id": 1 }).to_string().as_bytes());
    }
}
