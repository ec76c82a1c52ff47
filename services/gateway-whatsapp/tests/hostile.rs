//! Bytes of strangers: whatever comes, `parse` answers, and nothing in its answer breaks what stands behind it. The
//! conformance suite changes every fixture; here is what it cannot know, and a longer search.

use contracts::channel::inbound::Body;
use gateway_kit::conformance::delivered;
use gateway_whatsapp::WhatsApp;
use proptest::prelude::*;
use serde_json::json;

proptest! {
    #[test]
    fn any_text_arrives_whole(text in "\\PC{1,200}") {
        let message = json!({
            "id": "wamid.1", "from": "79990000001", "timestamp": "1795420800", "type": "text", "text": { "body": text },
        });
        let value = json!({ "metadata": { "phone_number_id": "106540352242922" }, "messages": [message] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [
            { "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
        let facts = delivered::<WhatsApp>(body.to_string().as_bytes());
        let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
        prop_assert_eq!(&message.content.as_ref().unwrap().text, &text);
    }
}

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_whatsapp::WhatsApp>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
