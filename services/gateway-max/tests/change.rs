//! Orders that change what is there.

use crate::common::{World, order, reason, sent, text};
use contracts::channel::{
    AnswerCallbackOrder, DeleteOrder, EditOrder, FailureReason as R, TextSpan, TextStyle, order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use std::time::Duration;
use testkit::max::{Fault, MaxOptions};

fn edit(key: &str, words: &str) -> Body {
    let message_keys = vec![key.to_owned()];
    Body::Edit(EditOrder { message_keys, content: Some(text(words)), ..EditOrder::default() })
}

fn delete(keys: &[&str]) -> Body {
    let message_keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Body::Delete(DeleteOrder { message_keys, ..DeleteOrder::default() })
}

#[tokio::test]
async fn a_message_is_edited_and_may_be_edited_again() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let key = world.accepted(&anna, text("Тысяча")).await.provider_keys.remove(0);
    for _ in 0..2 {
        let mut body = edit(&key, "Две тысячи");
        let Body::Edit(change) = &mut body else { unreachable!() };
        let span = TextSpan { style: TextStyle::Bold.into(), length: 3, ..TextSpan::default() };
        change.content.as_mut().unwrap().spans = vec![span];
        sent(world.carry_out(&order(&anna, body)).await);
    }
    let got = &anna.received()[0];
    assert_eq!((got.text.as_str(), &got.body["markup"][0]["type"]), ("Две тысячи", &"strong".into()));
    assert_eq!(reason(world.carry_out(&order(&anna, edit("mid.none", "?"))).await), R::Unreachable);
    assert_eq!(reason(world.carry_out(&order(&anna, edit("", "?"))).await), R::Rejected);
    world.max.fail_next("edit", Fault::Unsuccessful("not now"));
    assert_eq!(reason(world.carry_out(&order(&anna, edit(&key, "?"))).await), R::Rejected);
    world.max.fail_next("edit", Fault::Refuse(503, "service.unavailable", ""));
    let outcome = world.carry_out(&order(&anna, edit(&key, "?"))).await;
    assert!(matches!(outcome, SendOutcome::Unknown { .. }));
}

#[tokio::test]
async fn after_seven_days_an_edit_says_why_not() {
    let world = World::start_with(MaxOptions::unlimited(), &[]).await;
    let anna = world.bot.customer(88_100, "Анна");
    let key = world.accepted(&anna, text("Тысяча")).await.provider_keys.remove(0);
    world.max.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(reason(world.carry_out(&order(&anna, edit(&key, "Две"))).await), R::TooOld);
}

#[tokio::test]
async fn what_is_gone_already_is_deleted() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let key = world.accepted(&anna, text("Тысяча")).await.provider_keys.remove(0);
    for _ in 0..2 {
        sent(world.carry_out(&order(&anna, delete(&[&key, "mid.none"]))).await);
    }
    assert!(anna.received().is_empty());
    assert_eq!(reason(world.carry_out(&order(&anna, delete(&[]))).await), R::Rejected);
}

#[tokio::test]
async fn a_pressed_button_is_answered_once_and_an_old_one_has_ended() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let key = world.accepted(&anna, text("Подходит?")).await.provider_keys.remove(0);
    let callback_id = anna.press(&key, "yes");
    let answer = |callback_id: &str, text: &str| {
        Body::AnswerCallback(AnswerCallbackOrder { callback_id: callback_id.into(), text: text.into() })
    };
    sent(world.carry_out(&order(&anna, answer(&callback_id, "Записали"))).await);
    sent(world.carry_out(&order(&anna, answer("long-gone", ""))).await);
    let answers = world.bot.answers();
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0].0.as_str(), &answers[0].1["notification"]), (callback_id.as_str(), &"Записали".into()));
}

#[tokio::test]
async fn typing_is_shown_where_the_chat_is_known() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    world.gateway.typing("88100", &anna.chat_id().to_string(), &world.tools).await;
    world.gateway.typing("88100", "", &world.tools).await;
    assert_eq!(world.bot.typed(), [(anna.chat_id(), "typing_on".to_owned())]);
}
