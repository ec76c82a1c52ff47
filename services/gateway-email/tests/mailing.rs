//! What letters carry beside what their author wrote: a way to leave a mailing, and what leads answers back.

use contracts::channel::{Letter, Order, SendOrder, Unsubscribe, inbound, order::Body};
use gateway_kit::OWN_KEY;
use testkit::mail::letter;

use crate::common::{SUPPORT, World, answer, sent};

const ANNA: &str = "anna@example.com";
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn send_of(order: &mut Order) -> &mut SendOrder {
    match &mut order.body {
        Some(Body::Send(send)) => send,
        other => panic!("no send: {other:?}"),
    }
}

/// A letter that begins a thread.
fn first(subject: &str) -> Order {
    let mut order = answer(ANNA, "Good day");
    let send = send_of(&mut order);
    send.answers = None;
    let head = Letter { subject: subject.into(), ..Letter::default() };
    send.content.as_mut().expect("content").letter = Some(Box::new(head));
    order
}

async fn goes(world: &World, order: &Order) -> (String, Vec<String>) {
    let keys = sent(world.carry_out(order).await).provider_keys;
    let taken = world.house.smtp.taken().pop().expect("a letter");
    (String::from_utf8_lossy(&taken.letter).replace("\r\n ", " "), keys)
}

#[tokio::test]
async fn a_letter_of_a_mailing_says_how_one_leaves_it() {
    let world = World::start().await;
    let mut order = first("News");
    let unsubscribe = Unsubscribe { url: "https://crm.example.com/u/1".into(), mailto: "leave@example.com".into() };
    let letter = send_of(&mut order).content.as_mut().and_then(|content| content.letter.as_mut()).expect("a letter");
    letter.unsubscribe = Some(unsubscribe);
    let (text, _) = goes(&world, &order).await;
    for line in [
        "List-Unsubscribe: <https://crm.example.com/u/1>, <mailto:leave@example.com>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let (text, _) = goes(&world, &first("Hello")).await;
    assert!(!text.contains("List-Unsubscribe"), "{text}");
}

/// An answer that names no letter is known by the token in the subject, and by the subject alone.
#[tokio::test]
async fn an_answer_without_ids_refers_to_what_it_answers() {
    let mut world = World::start_with(&[("reply_tokens", "subject"), (OWN_KEY, KEY)]).await;
    assert_eq!(world.poll().await.len(), 0);
    let (text, keys) = goes(&world, &first("Where is my order?")).await;
    let (by_token, by_subject) = (key(&keys, "token:"), key(&keys, "subject:"));
    let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a subject").to_owned();
    assert!(subject.starts_with("Where is my order? [#"), "{subject}");
    world.house.dovecot.deliver(SUPPORT, letter(ANNA, SUPPORT, &format!("Re: {subject}"), "9@phone", "Soon?")).await;
    let plain = letter(ANNA, SUPPORT, "Re: where is my order?", "10@phone", "Soon?");
    world.house.dovecot.deliver(SUPPORT, plain).await;
    let facts = world.facts(2).await;
    let of = |id: &str| facts.iter().find(|fact| fact.message_key == format!("id:{id}")).expect("a letter");
    assert_eq!(of("9@phone").refers_to[0], by_token);
    assert!(of("9@phone").refers_to.contains(&by_subject) && of("10@phone").refers_to.contains(&by_subject));
    assert!(!of("10@phone").refers_to.contains(&by_token));
    assert!(facts.iter().all(|fact| matches!(fact.body, Some(inbound::Body::Message(_)))));
}

fn key(keys: &[String], kind: &str) -> String {
    keys.iter().find(|key| key.starts_with(kind)).unwrap_or_else(|| panic!("{kind} in {keys:?}")).clone()
}
