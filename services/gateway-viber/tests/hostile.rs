//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it. The
//! conformance suite changes every fixture; here is what it cannot know, and a longer search.

use contracts::channel::inbound::Body;
use gateway_kit::conformance::delivered;
use gateway_viber::Viber;
use proptest::prelude::*;
use serde_json::{Value, json};

fn message() -> Value {
    json!({
        "event": "message", "timestamp": 1_764_150_000_123_i64, "message_token": 6_012_345_678_901_234_567_u64,
        "sender": { "id": "a==", "name": "Анна" }, "message": { "type": "file", "media": "https://dl-media.viber.com/1" },
    })
}

proptest! {
    #[test]
    fn any_text_arrives_whole(text in "\\PC{1,200}") {
        let mut event = message();
        event["message"] = json!({ "type": "text", "text": text });
        let facts = delivered::<Viber>(event.to_string().as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }

    #[test]
    fn any_token_stays_exact(token in 1_u64..) {
        let mut event = message();
        event["message_token"] = token.into();
        let facts = delivered::<Viber>(event.to_string().as_bytes());
        prop_assert_eq!(&facts[0].message_key, &token.to_string());
    }
}

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_viber::Viber>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
