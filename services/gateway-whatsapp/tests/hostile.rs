//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it.

use std::{fs, path::PathBuf, sync::LazyLock};

use gateway_kit::Gateway;
use gateway_whatsapp::WhatsApp;
use model::AccountId;
use proptest::prelude::*;
use serde_json::{Value, json};

static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("the fixtures");
    files.map(|entry| fs::read(entry.expect("a fixture").path()).expect("a fixture")).collect()
});

fn check(body: &[u8]) {
    let facts = WhatsApp::parse(AccountId::default(), body);
    let mut keys: Vec<_> = facts.iter().map(|fact| fact.key.as_str()).collect();
    assert!(keys.iter().all(|key| !key.is_empty() && key.len() <= 200 && !key.contains(char::is_control)));
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), facts.len(), "no key twice");
    for peer in facts.iter().filter_map(|fact| fact.peer.as_ref()) {
        assert!((1..=256).contains(&peer.address.len()) && peer.reply_address.len() <= 256);
    }
    // Cut by numbers, it holds the same facts.
    if let Some(shares) = WhatsApp::shares(body) {
        let mut cut: Vec<_> = shares
            .iter()
            .flat_map(|share| WhatsApp::parse(AccountId::default(), &share.body))
            .map(|fact| fact.key)
            .collect();
        cut.sort_unstable();
        cut.dedup();
        assert_eq!(cut, keys);
    }
}

fn delivery(field: &str, value: &Value) -> Vec<u8> {
    json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "102290129340398", "changes": [{ "field": field, "value": value }] }] })
    .to_string()
    .into_bytes()
}

/// Any JSON, a few levels deep, with the names that Meta uses among its keys.
fn some_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "type",
        "from",
        "from_user_id",
        "timestamp",
        "text",
        "body",
        "image",
        "contacts",
        "phones",
        "profile",
        "name",
        "interactive",
        "button_reply",
        "title",
        "errors",
        "code",
        "status",
        "metadata",
        "phone_number_id",
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

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&body);
    }

    #[test]
    fn a_spoilt_delivery_is_answered(
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
    fn any_value_of_a_change_is_answered(
        field in "messages|smb_message_echoes|x",
        list in "messages|message_echoes|statuses|errors|contacts",
        values in prop::collection::vec(some_json(), 0..4),
    ) {
        let mut value = json!({ "metadata": { "phone_number_id": "1" } });
        value[list] = Value::from(values);
        check(&delivery(&field, &value));
    }

    #[test]
    fn any_value_in_a_field_of_a_message_is_answered(
        field in "id|from|from_user_id|timestamp|text|image|contacts|interactive|reaction|edit|system|context|referral|group_id|x",
        kind in "text|image|contacts|interactive|reaction|edit|system|order",
        value in some_json(),
    ) {
        let mut message = json!({
            "id": "wamid.1", "from": "79990000001", "timestamp": "1795420800", "type": kind, "text": { "body": "окно 🪟" },
        });
        message[field] = value;
        check(&delivery("messages", &json!({ "messages": [message] })));
    }
}
