//! Orders that tell something of a message that is there.

use contracts::channel::{
    AnswerCallbackOrder, DeleteOrder, EditOrder, FailureReason as R, MarkReadOrder, ReactOrder, order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use testkit::whatsapp::Fault;

use crate::common::{ANNA, World, order, reason};

fn read(key: &str) -> Body {
    Body::MarkRead(MarkReadOrder { message_keys: vec![key.to_owned(), "wamid.older".into()] })
}

#[tokio::test]
async fn reading_is_shown_and_typing_names_the_message_that_was_read() {
    let world = World::start().await;
    let anna = world.anna();
    let key = anna.text("?");
    world.gateway.typing(ANNA, "", &world.tools).await;
    assert!(anna.typing_seen().is_empty(), "nothing was read yet");
    for _ in 0..2 {
        assert!(matches!(world.carry_out(&order(ANNA, read(&key))).await, SendOutcome::Accepted(_)));
    }
    assert_eq!(anna.read_by_business(), [key.clone(), key.clone()]);
    world.gateway.typing("another address", ANNA, &world.tools).await;
    assert_eq!(anna.typing_seen(), [key]);
}

#[tokio::test]
async fn a_reaction_is_set_and_taken_back() {
    let world = World::start().await;
    let anna = world.anna();
    let key = anna.text("?");
    for emoji in ["👍", ""] {
        let react = ReactOrder { message_key: key.clone(), emoji: emoji.into() };
        assert!(matches!(world.carry_out(&order(ANNA, Body::React(react))).await, SendOutcome::Accepted(_)));
        let got = anna.received().pop().unwrap();
        assert_eq!(got.json["reaction"], serde_json::json!({ "message_id": key, "emoji": emoji }));
    }
    let nothing = ReactOrder::default();
    assert_eq!(reason(world.carry_out(&order(ANNA, Body::React(nothing))).await), R::Rejected);
}

#[tokio::test]
async fn what_whatsapp_cannot_do_is_said() {
    let world = World::start().await;
    for body in [Body::Edit(EditOrder::default()), Body::Delete(DeleteOrder::default())] {
        assert_eq!(reason(world.carry_out(&order(ANNA, body)).await), R::NotSupported);
    }
    let press = Body::AnswerCallback(AnswerCallbackOrder::default());
    assert!(matches!(world.carry_out(&order(ANNA, press)).await, SendOutcome::Accepted(_)));
    world.whatsapp.fail_next("messages", Fault::error(400, 80_007));
    let outcome = world.carry_out(&order(ANNA, read("wamid.1"))).await;
    assert!(matches!(outcome, SendOutcome::RetryAfter { whole_account: true, .. }), "{outcome:?}");
}
