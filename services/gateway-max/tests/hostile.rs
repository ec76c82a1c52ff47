//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it. The
//! conformance suite changes every fixture; here is what it cannot know, and a longer search.

use contracts::channel::inbound::Body;
use gateway_kit::conformance::delivered;
use gateway_max::Max;
use proptest::prelude::*;
use serde_json::json;

proptest! {
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
        let facts = delivered::<Max>(body.as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }
}

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_max::Max>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
