//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it. The
//! conformance suite changes every fixture; here is what it cannot know, and a longer search.

use contracts::channel::inbound::Body;
use gateway_kit::conformance::delivered;
use gateway_telegram::Telegram;
use proptest::prelude::*;
use serde_json::json;

proptest! {
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
        let facts = delivered::<Telegram>(body.as_bytes());
        if let Some(Body::Message(message)) = &facts[0].body {
            prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
        }
    }
}

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_telegram::Telegram>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
