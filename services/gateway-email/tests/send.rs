//! Letters out: through Dovecot's submission, with STARTTLS, to a server that refuses and breaks.

use contracts::channel::{
    AccountHealth, Attachment, FailureReason, InlineFile, Letter, MailAddress, Order, order::Body,
};
use gateway_kit::{Gateway, ProviderError, SendOutcome};
use object_store::{ObjectStoreExt, path::Path};
use testkit::{eventually, mail::Fault};

use crate::common::{SOON, World, answer, connect, content, refusal, sent, setup_of};

const ANNA: &str = "anna@example.com";

/// Straight to the server that breaks: Dovecot's submission would answer in its place.
async fn direct(more: &[(&str, &str)]) -> World {
    let mut world = World::start().await;
    let port = world.house.smtp.port().to_string();
    let own = [("smtp_port", port.as_str()), ("smtp_security", "none")];
    let setup = setup_of(&world.house, &[own.as_slice(), more].concat());
    world.gateway = connect(&setup, &world.tools.media.0);
    world
}

fn text_of(letter: &[u8]) -> String {
    String::from_utf8_lossy(letter).replace("\r\n ", " ")
}

#[tokio::test]
async fn an_answer_goes_into_its_thread_and_leaves_a_copy_and_a_mark() {
    let mut world = World::start().await;
    world
        .house
        .dovecot
        .deliver(
            "support@example.org",
            testkit::mail::letter(ANNA, "support@example.org", "Где мой заказ?", "2@example.com", "?"),
        )
        .await;
    let order = answer(ANNA, "Едет к вам");
    let keys = sent(world.carry_out(&order).await).provider_keys;
    let taken = world.house.smtp.taken();
    assert_eq!(taken[0].to, [ANNA]);
    let letter = text_of(&taken[0].letter);
    let id = keys[0].strip_prefix("id:").expect("an id");
    for line in [
        "In-Reply-To: <2@example.com>",
        "References: <1@example.com> <2@example.com>",
        &format!("Message-ID: <{id}>"),
        "From: support@example.org",
    ] {
        assert!(letter.contains(line), "{line} is not in\n{letter}");
    }
    world.gateway.after_sent(&order, &world.tools).await;
    // The copy is made between two polls.
    let facts = world.facts(2).await;
    let copies = world.house.dovecot.letters("support", "Sent");
    assert_eq!(copies.len(), 1, "one copy");
    assert!(text_of(&copies[0].1).contains(id));
    assert!(world.house.dovecot.letters("support", "INBOX")[0].0.contains('R'), "marked as answered");
    assert!(facts.iter().any(|fact| fact.key.starts_with("kept:")), "its copy proves that it was sent");
}

#[tokio::test]
async fn what_a_server_refuses_is_told_in_its_words() {
    let world = World::start().await;
    world.house.smtp.refuse(ANNA, "550 5.1.1 no such user here");
    let (reason, words) = refusal(world.carry_out(&answer(ANNA, "?")).await);
    assert_eq!(reason, FailureReason::Unreachable);
    assert!(words.contains("no such user here"), "{words}");
    world.house.smtp.refuse(ANNA, "451 4.7.1 come back later");
    let SendOutcome::RetryAfter { whole_account: false, .. } = world.carry_out(&answer(ANNA, "?")).await else {
        panic!("it is tried again")
    };
    let mut last = answer(ANNA, "?");
    if let Some(Body::Send(send)) = &mut last.body {
        send.attempt = 4;
    }
    let (_, words) = refusal(world.carry_out(&last).await);
    assert!(words.contains("come back later"), "{words}");
    assert!(world.house.smtp.taken().is_empty());
}

/// Before the end of a letter no server takes it; after it nobody knows, and the mailbox is looked at.
#[tokio::test]
async fn a_broken_connection_means_what_was_written_by_then() {
    let world = direct(&[]).await;
    world.house.smtp.breaks(Some(Fault::ClosesBeforeDot));
    // More than the connection holds on its way: its end cannot have been written before the server has gone.
    let long = with_file(&world, "long", vec![b'x'; 24 << 20]).await;
    let outcome = world.carry_out(&long).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "{outcome:?}");
    world.house.smtp.breaks(Some(Fault::ClosesAfterDot));
    assert!(matches!(world.carry_out(&answer(ANNA, "?")).await, SendOutcome::Unknown { .. }));
    assert_eq!(world.house.smtp.taken().len(), 1, "it was taken once, and not sent again");
}

#[tokio::test]
async fn a_letter_that_lies_among_the_sent_ones_was_sent() {
    let world = direct(&[]).await;
    world.house.smtp.breaks(Some(Fault::ClosesAfterDot));
    let order = answer(ANNA, "Едет");
    // What a provider does that keeps the letters which its server takes.
    let keeping = async {
        let taken = eventually("the letter", SOON, async || world.house.smtp.taken().pop()).await;
        world.house.dovecot.append("support", "Sent", taken.letter).await;
    };
    let (outcome, ()) = tokio::join!(world.carry_out(&order), keeping);
    sent(outcome);
}

#[tokio::test]
async fn a_wrong_password_is_the_accounts_trouble_on_both_sides() {
    let world = direct(&[("smtp_user", "support"), ("smtp_password", "wrong")]).await;
    let outcome = world.carry_out(&answer(ANNA, "?")).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "password", .. }), "{outcome:?}");
    let wrong = connect(&setup_of(&world.house, &[("password", "wrong")]), &world.tools.media.0);
    let error = wrong.open(None).await.expect_err("it does not sign in");
    let ProviderError::Account { remedy_key: "password", health: AccountHealth::Disconnected, .. } = error else {
        panic!("{error:?}")
    };
}

/// The check really opens and really sends, and names the side that fails; its letter is nobody's message.
// acceptance: EM-1, EM-2
#[tokio::test]
async fn the_check_tells_which_side_fails() {
    let mut world = World::start().await;
    let steps = async |more: &[(&str, &str)]| {
        let probe = gateway_email::Email::probe(&setup_of(&world.house, more)).await;
        probe.steps.into_iter().map(|step| (step.passed, step.field)).collect::<Vec<_>>()
    };
    let good = (true, String::new());
    assert_eq!(steps(&[]).await, [good.clone(), good.clone(), good.clone()]);
    assert_eq!(world.house.smtp.taken().remove(0).to, ["support@example.org"]);
    let pop3 =
        [("receive", "pop3"), ("in_security", "starttls"), ("in_port", &*world.house.dovecot.pop3_port().to_string())];
    assert_eq!(steps(&pop3).await, [good.clone(), good.clone(), good.clone()]);
    assert_eq!(steps(&[("smtp_port", "1")]).await, [good.clone(), good.clone(), (false, "smtp_host".into())]);
    assert_eq!(steps(&[("in_port", "1")]).await, [good.clone(), (false, "in_host".into()), good.clone()]);
    let wrong = steps(&[("password", "wrong")]).await;
    assert_eq!(wrong, [good.clone(), (false, "password".into()), (false, "password".into())]);
    let untrusted = steps(&[("ca", "")]).await;
    assert_eq!(untrusted[1], (false, "in_security".into()));

    world
        .house
        .dovecot
        .deliver("support@example.org", testkit::mail::letter(ANNA, "support@example.org", "?", "1@example.com", "?"))
        .await;
    let facts = world.facts(1).await;
    assert_eq!(facts.iter().map(|fact| fact.message_key.as_str()).collect::<Vec<_>>(), ["id:1@example.com"]);
}

/// Each byte, whatever its lines end with.
#[tokio::test]
async fn files_go_with_the_letter() {
    let world = World::start().await;
    sent(world.carry_out(&with_file(&world, "Счёт.csv", b"1;2\n\n3\r\n".to_vec()).await).await);
    let taken = world.house.smtp.taken().remove(0);
    let letter = letter::parse(&taken.letter, &letter::Limits::default()).expect("a letter");
    assert_eq!((letter.text.trim(), letter.attachments[0].name.as_str()), ("Вот счёт", "Счёт.csv"));
    assert_eq!(letter.attachments[0].content(&taken.letter).as_ref(), b"1;2\n\n3\r\n");
}

async fn with_file(world: &World, name: &str, bytes: Vec<u8>) -> Order {
    world.tools.media.0.put(&Path::from("up/1"), bytes.into()).await.expect("a store in memory");
    let file =
        Attachment { name: name.into(), mime_type: "text/csv".into(), object_key: "up/1".into(), ..<_>::default() };
    let mut order = answer(ANNA, "Вот счёт");
    if let Some(Body::Send(send)) = &mut order.body
        && let Some(content) = &mut send.content
    {
        content.attachments.push(file);
    }
    order
}

#[tokio::test]
async fn a_letter_goes_to_all_whom_its_author_names_with_its_markup() {
    let mut world = World::start().await;
    let kept =
        [("up/html", "<p>Счёт <img src=\"cid:p1\"></p>".into()), ("up/picture", bytes::Bytes::from_static(b"GIF89a"))];
    for (key, bytes) in kept {
        world.tools.media.0.put(&Path::from(key), bytes.into()).await.expect("a store in memory");
    }
    let file = |id: &str, mime: &str, key: &str| Attachment {
        attachment_id: id.into(),
        mime_type: mime.into(),
        object_key: key.into(),
        ..<_>::default()
    };
    let who = |address: &str| vec![MailAddress { address: address.into(), ..<_>::default() }];
    let mut order = answer(ANNA, "Счёт");
    if let Some(Body::Send(send)) = &mut order.body
        && let Some(content) = &mut send.content
    {
        content.attachments = vec![file("1", "image/gif", "up/picture"), file("2", "text/html", "up/html")];
        content.letter = Some(Box::new(Letter {
            subject: "Счёт 7".into(),
            to: who("vera@example.com"),
            cc: who("boris@example.com"),
            bcc: who("gleb@example.com"),
            html_file_id: "2".into(),
            inline: vec![InlineFile { content_id: "p1".into(), file_id: "1".into() }],
            ..<_>::default()
        }));
    }
    world.house.smtp.refuse("gleb@example.com", "550 5.1.1 no such user here");
    let keys = sent(world.carry_out(&order).await).provider_keys;
    let facts = world.facts(1).await;
    let told = content(&facts[0]).text;
    assert!(told.starts_with("gleb@example.com: 550") && told.contains("no such user here"), "{told}");
    assert_eq!((&facts[0].refers_to[..], facts[0].automatic), (&keys[..1], true));
    let taken = world.house.smtp.taken().remove(0);
    assert_eq!(taken.to, ["vera@example.com", "boris@example.com"]);
    let letter = letter::parse(&taken.letter, &letter::Limits::default()).expect("a letter");
    assert_eq!((letter.subject.as_str(), letter.cc[0].address.as_str()), ("Счёт 7", "boris@example.com"));
    assert!(!text_of(&taken.letter).contains("gleb"), "nobody sees who has it too");
    assert!(letter.html.is_some_and(|html| html.contains("cid:p1")));
    assert_eq!(letter.attachments[0].content_id.as_deref(), Some("p1"));
}
