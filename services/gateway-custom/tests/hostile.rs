//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it. The
//! conformance suite changes every fixture; here is what it cannot know, and a longer search.

use contracts::channel::inbound::Body;
use gateway_custom::Custom;
use gateway_kit::conformance::delivered;
use proptest::prelude::*;
use serde_json::json;

proptest! {
    #[test]
    fn any_text_of_any_date_arrives_whole(text in "\\PC{1,200}", date in ".{0,40}") {
        let event = json!({
            "type": "message.created", "timestamp": date, "data": { "id": "m-1", "person": { "id": "u-1" }, "text": text },
        });
        let facts = delivered::<Custom>(event.to_string().as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }
}

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_custom::Custom>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
