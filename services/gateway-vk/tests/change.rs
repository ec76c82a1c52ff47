//! Orders that change what is there; a second run ends like the first.

use std::time::Duration;

use contracts::channel::{
    AnswerCallbackOrder, AttachmentKind, DeleteOrder, EditOrder, FailureReason as R, MarkReadOrder, ReactOrder,
    order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use testkit::{telegram::png, vk::Fault};

use crate::common::{World, files, order, reason, sent, text};

fn edit(key: &str, new: &str) -> Body {
    Body::Edit(EditOrder { message_keys: vec![key.into()], content: Some(text(new)), ..<_>::default() })
}

fn delete(keys: &[String]) -> Body {
    Body::Delete(DeleteOrder { message_keys: keys.to_vec(), ..<_>::default() })
}

#[tokio::test]
async fn an_edit_changes_the_text_and_keeps_the_files() {
    let world = World::start().await;
    let picture = world.file(AttachmentKind::Image, "a.png", "image/png", png(8, 8)).await;
    let keys = world.accepted(files("Было", vec![picture])).await.provider_keys;
    for _ in 0..2 {
        sent(world.carry_out(&order(edit(&keys[0], "Стало"))).await);
    }
    let got = &world.anna.received()[0];
    assert_eq!((got.text.as_str(), got.files.len()), ("Стало", 1));
    world.vk.advance(Duration::from_secs(25 * 3600));
    assert_eq!(reason(world.carry_out(&order(edit(&keys[0], "Поздно"))).await), R::TooOld);
    assert_eq!(reason(world.carry_out(&order(edit("nonsense", "?"))).await), R::Rejected);
}

#[tokio::test]
async fn a_deletion_may_be_repeated_and_may_be_too_late() {
    let world = World::start().await;
    let first = world.accepted(text("раз")).await.provider_keys;
    let second = world.accepted(text("два")).await.provider_keys;
    for _ in 0..2 {
        sent(world.carry_out(&order(delete(&first))).await);
    }
    assert_eq!(world.anna.received().len(), 1);
    world.vk.advance(Duration::from_secs(25 * 3600));
    assert_eq!(reason(world.carry_out(&order(delete(&second))).await), R::TooOld);
    assert_eq!(reason(world.carry_out(&order(delete(&[]))).await), R::Rejected);
}

#[tokio::test]
async fn reading_reacting_and_typing_are_shown() {
    let world = World::start().await;
    let read = Body::MarkRead(MarkReadOrder { message_keys: vec!["77001:1".into()] });
    sent(world.carry_out(&order(read)).await);
    assert!(world.anna.is_read());
    let react = |emoji: &str| Body::React(ReactOrder { message_key: "77001:1".into(), emoji: emoji.into() });
    sent(world.carry_out(&order(react("👍"))).await);
    assert_eq!(world.anna.reaction(1), Some(4));
    sent(world.carry_out(&order(react(""))).await);
    assert_eq!(world.anna.reaction(1), None);
    assert_eq!(reason(world.carry_out(&order(react("🦄"))).await), R::NotSupported);
    world.gateway.typing("77001", "", &world.tools).await;
    assert_eq!(world.anna.typings(), 1);
}

#[tokio::test]
async fn a_pressed_button_is_answered() {
    let world = World::start().await;
    let answer = AnswerCallbackOrder { callback_id: "e4f1:77001:77001".into(), text: "Записали".into() };
    sent(world.carry_out(&order(Body::AnswerCallback(answer))).await);
    let answers = world.shop.button_answers();
    assert_eq!(answers[0]["event_id"], "e4f1");
    assert_eq!(answers[0]["event_data"], r#"{"text":"Записали","type":"show_snackbar"}"#);
    let nobody = AnswerCallbackOrder { callback_id: "nonsense".into(), ..<_>::default() };
    assert_eq!(reason(world.carry_out(&order(Body::AnswerCallback(nobody))).await), R::Rejected);
}

#[tokio::test]
async fn a_change_that_vk_does_not_answer_is_told_so() {
    let world = World::start().await;
    let keys = world.accepted(text("раз")).await.provider_keys;
    world.vk.fail_next("messages.edit", Fault::DropAfterAccept);
    let outcome = world.carry_out(&order(edit(&keys[0], "два"))).await;
    assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    world.vk.fail_next("messages.delete", Fault::Error(29));
    let outcome = world.carry_out(&order(delete(&keys))).await;
    assert!(matches!(outcome, SendOutcome::RetryAfter { .. }), "{outcome:?}");
}
