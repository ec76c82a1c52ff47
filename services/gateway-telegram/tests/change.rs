//! Edits, deletions, reactions, reading, answered buttons: each may be repeated and ends like the first time.

use std::time::Duration;

use crate::common::{World, files, order, reason, text};
use contracts::channel::{
    AnswerCallbackOrder, AttachmentKind, Button, ButtonRow, Content, DeleteOrder, EditOrder, FailureReason as R,
    MarkReadOrder, ReactOrder, order::Body,
};
use gateway_kit::{Gateway, SendOutcome};
use testkit::telegram::{Customer, Fault, Person, png};

async fn opened() -> (World, Customer) {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("?");
    (world, olga)
}

impl World {
    async fn done(&self, body: Body) {
        let outcome = self.carry_out(&order("5001", body)).await;
        assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    }

    async fn refused(&self, body: Body) -> R {
        reason(self.carry_out(&order("5001", body)).await)
    }
}

fn edit(keys: &[String], content: Content) -> Body {
    Body::Edit(EditOrder { message_keys: keys.to_vec(), content: Some(content), ..EditOrder::default() })
}

fn delete(keys: &[String]) -> Body {
    Body::Delete(DeleteOrder { message_keys: keys.to_vec(), ..DeleteOrder::default() })
}

#[tokio::test]
async fn a_text_is_edited_and_a_repeat_changes_nothing() {
    let (world, olga) = opened().await;
    let keys = world.accepted("5001", text("Тысяча")).await.provider_keys;
    for _ in 0..2 {
        world.done(edit(&keys, text("Две тысячи"))).await;
    }
    let got = &olga.received()[0];
    assert_eq!((got.text.as_deref(), got.edits.len()), (Some("Две тысячи"), 1));
    let button = Button { title: "Да".into(), data: "yes".into(), ..<_>::default() };
    let buttons = vec![ButtonRow { buttons: vec![button] }];
    world.done(edit(&keys, Content { buttons, ..text("Две тысячи") })).await;
    assert!(olga.received()[0].reply_markup.is_some());
}

#[tokio::test]
async fn a_caption_is_edited_whether_the_order_names_the_file_or_not() {
    let (world, olga) = opened().await;
    let file = world.file(AttachmentKind::Image, "a.png", "image/png", png(64, 48)).await;
    let keys = world.accepted("5001", files("Белое", vec![file.clone()])).await.provider_keys;
    world.done(edit(&keys, files("Серое", vec![file]))).await;
    assert_eq!(olga.received()[0].caption.as_deref(), Some("Серое"));
    world.done(edit(&keys, text("Чёрное"))).await;
    assert_eq!(olga.received()[0].caption.as_deref(), Some("Чёрное"));
    assert_eq!(world.refused(edit(&keys, text(&"я".repeat(1025)))).await, R::TooLong);
}

#[tokio::test]
async fn an_edit_that_cannot_be_says_why() {
    let (world, olga) = opened().await;
    let theirs = format!("|5001|{}", olga.text("Моё").message_id);
    assert_eq!(world.refused(edit(&[theirs], text("x"))).await, R::TooOld);
    assert_eq!(world.refused(edit(&["|5001|99999".into()], text("x"))).await, R::Rejected);
    assert_eq!(world.refused(edit(&["?".into()], text("x"))).await, R::Rejected);
    assert_eq!(world.refused(edit(&[], text("x"))).await, R::Rejected);
}

#[tokio::test]
async fn messages_are_deleted_and_a_repeat_is_no_mistake() {
    let (world, olga) = opened().await;
    let mut keys = Vec::new();
    for number in 0..3 {
        keys.extend(world.accepted("5001", text(&number.to_string())).await.provider_keys);
    }
    for _ in 0..2 {
        world.done(delete(&keys[..2])).await;
    }
    assert_eq!(olga.received().len(), 1);
    let many: Vec<_> = (0..150).map(|id| format!("|5001|{}", 10_000 + id)).collect();
    world.done(delete(&many)).await;
    assert_eq!(world.refused(delete(&[])).await, R::Rejected);
}

#[tokio::test]
async fn a_reaction_is_set_and_taken_back() {
    let (world, olga) = opened().await;
    let key = format!("|5001|{}", olga.text("Спасибо!").message_id);
    for emoji in ["👍", ""] {
        world.done(Body::React(ReactOrder { message_key: key.clone(), emoji: emoji.into() })).await;
    }
    let set: Vec<_> = world.telegram.reactions().into_iter().map(|one| one.emoji).collect();
    assert_eq!(set, [vec!["👍".to_owned()], vec![]]);
    let odd = Body::React(ReactOrder { message_key: key, emoji: "🪟".into() });
    assert_eq!(world.refused(odd).await, R::NotSupported);
}

#[tokio::test]
async fn a_pressed_button_is_answered_and_a_late_answer_is_no_mistake() {
    let (world, olga) = opened().await;
    let button = Button { title: "Да".into(), data: "yes".into(), ..<_>::default() };
    let buttons = vec![ButtonRow { buttons: vec![button] }];
    let sent = world.accepted("5001", Content { buttons, ..text("Верно?") }).await;
    world.gateway.poll(None).await.unwrap();
    let press = olga.press(sent.position, "yes");
    let pressed: String = serde_json::from_value(serde_json::to_value(press).unwrap()).unwrap();
    let answer =
        |text: &str| Body::AnswerCallback(AnswerCallbackOrder { callback_id: pressed.clone(), text: text.to_owned() });
    world.done(answer(&"я".repeat(300))).await;
    assert_eq!(olga.press_answer(&pressed).unwrap()["text"].as_str().unwrap().chars().count(), 200);
    world.telegram.advance(Duration::from_secs(151));
    world.done(answer("")).await;
}

#[tokio::test]
async fn a_business_chat_is_answered_in_its_owners_name() {
    let world = World::start().await;
    let business = world.bot.business(Person::new(6001, "Мастер 1"));
    let olga = business.customer(&world.bot.customer(5001, "Покупатель 1"));
    let asked = olga.text("Вы ставите окна?").message_id;
    let to = format!("{}@5001", business.id());
    let keys = world.accepted(&to, text("Да")).await.provider_keys;
    assert_eq!(olga.received()[0].text.as_deref(), Some("Да"));
    assert!(keys[0].starts_with(&format!("{}|5001|", business.id())), "{keys:?}");
    world.gateway.typing("5001", &to, &world.tools).await;
    assert_eq!(world.bot.calls("sendChatAction")[0].params["business_connection_id"], business.id());
    world.done(edit(&keys, text("Да, ставим"))).await;
    assert_eq!(olga.received()[0].text.as_deref(), Some("Да, ставим"));
    let theirs = vec![format!("{}|5001|{asked}", business.id())];
    world.done(Body::MarkRead(MarkReadOrder { message_keys: theirs.clone() })).await;
    assert_eq!(business.read(), [(5001, asked)]);
    let like = Body::React(ReactOrder { message_key: theirs[0].clone(), emoji: "👍".into() });
    assert_eq!(world.refused(like).await, R::NotSupported);
    business.set_enabled(false);
    assert_eq!(reason(world.send(&to, text("Алло?")).await), R::AccountProblem);
}

#[tokio::test]
async fn reading_means_nothing_in_a_bots_own_chat() {
    let (world, olga) = opened().await;
    let key = format!("|5001|{}", olga.text("!").message_id);
    world.done(Body::MarkRead(MarkReadOrder { message_keys: vec![key] })).await;
    assert_eq!(world.telegram.count("readBusinessMessage"), 0);
}

#[tokio::test]
async fn a_change_that_met_trouble_may_be_tried_again() {
    let (world, _) = opened().await;
    let keys = world.accepted("5001", text("Тысяча")).await.provider_keys;
    world.telegram.fail_next("editMessageText", Fault::FloodWait(3));
    let outcome = world.carry_out(&order("5001", edit(&keys, text("Две")))).await;
    assert!(matches!(outcome, SendOutcome::RetryAfter { .. }), "{outcome:?}");
    world.telegram.fail_next("editMessageText", Fault::DropAfterAccept);
    let outcome = world.carry_out(&order("5001", edit(&keys, text("Две")))).await;
    assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    world.done(edit(&keys, text("Две"))).await;
}

#[tokio::test]
async fn an_order_of_an_unknown_kind_is_refused_aloud() {
    let (world, _) = opened().await;
    let unknown = contracts::channel::Order::default();
    assert_eq!(reason(world.carry_out(&unknown).await), R::NotSupported);
}
