//! Letters out.

use contracts::inbox::MessageStatus;
use testkit::eventually;

use super::{SUPPORT, Scene};
use crate::world::{SOON, World};

/// The answer goes into the thread, the customer's program answers it, and that comes into the same conversation.
#[tokio::test]
async fn an_answer_and_what_comes_back_stay_one_conversation() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Where is my order?", "1@example.com", "Where is it?").await;
    let sent = scene.operator.send(&conversation, "On its way").await;
    scene.operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let taken = eventually("the letter", SOON, async || scene.house.smtp.taken().pop()).await;
    let letter = String::from_utf8_lossy(&taken.letter).replace("\r\n ", " ");
    assert!(
        letter.contains("Subject: Re: Where is my order?") && letter.contains("In-Reply-To: <1@example.com>"),
        "{letter}"
    );
    let id = letter.split("Message-ID: <").nth(1).and_then(|rest| rest.split('>').next()).expect("an id").to_owned();

    let head = [format!("References: <1@example.com> <{id}>"), format!("In-Reply-To: <{id}>")];
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let answer =
        super::with_head("Anna <anna@example.com>", "Re: Where is my order?", "2@example.com", &head, "Thank you");
    scene.house.dovecot.deliver(SUPPORT, answer).await;
    scene.operator.message_with(&conversation, "Thank you").await;
    // Our copy among the sent letters is no second message.
    eventually("the copy", SOON, async || (scene.house.dovecot.letters("support", "Sent").len() == 1).then_some(()))
        .await;
    scene.receive("Boris <boris@example.com>", "Hello", "3@example.com", "Good day").await;
    scene.operator.conversation_with("Boris").await;
    assert_eq!(world.count("select count(*) from inbox.message where kind = 1").await, 4);
}

// acceptance: EM-13
#[tokio::test]
async fn a_refused_letter_tells_its_author_the_servers_words() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Hello", "1@example.com", "Good day").await;
    scene.house.smtp.refuse("anna@example.com", "451 4.7.1 come back later");
    let sent = scene.operator.send(&conversation, "Good day to you").await;
    let sql =
        "select count(*) from inbox.message where attempt = 1 and status = 1 and retry_at > now() + interval '30 s'";
    eventually("the first try is put off", SOON, async || (world.count(sql).await == 1).then_some(())).await;
    // The pauses grow to an hour: the last try is made to come now.
    let sql = "update inbox.message set attempt = 4 where direction = 2";
    sqlx::query(sql).execute(&world.pool).await.expect("put forward");
    let sql = "update inbox.outgoing set not_before = '-infinity', next_at = now()";
    sqlx::query(sql).execute(&world.pool).await.expect("put forward");
    let failed = eventually("the last try", std::time::Duration::from_secs(100), async || {
        let messages = scene.operator.messages(&conversation).await;
        messages.into_iter().find(|m| m.message_id == sent.message_id && m.status() == MessageStatus::Failed)
    })
    .await;
    let failure = failed.failure.unwrap_or_default();
    assert!(failure.provider_text.contains("come back later"), "{failure:?}");
}

/// What the server of the other side tells stands at the letter that it is about, and opens no request of its own.
// acceptance: EM-16
#[tokio::test]
async fn a_bounce_is_said_at_the_letter_that_did_not_arrive() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Hello", "1@example.com", "Good day").await;
    let sent = scene.operator.send(&conversation, "Good day to you").await;
    scene.operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let taken = eventually("the letter", SOON, async || scene.house.smtp.taken().pop()).await;
    let letter = String::from_utf8_lossy(&taken.letter).into_owned();
    let id = letter.split("Message-ID: <").nth(1).and_then(|rest| rest.split('>').next()).expect("an id");
    scene.house.dovecot.deliver(SUPPORT, bounce(id)).await;

    let failed = scene.operator.wait_for_status(&sent, MessageStatus::Failed).await;
    let failure = failed.failure.unwrap_or_default();
    assert!(failure.provider_text.contains("no such user here"), "{failure:?}");
    let told = scene.operator.message_with(&conversation, "Your letter was not delivered.").await;
    assert_eq!(told.reply_to_message_id, sent.message_id, "attached to the letter");
    assert_eq!(world.count("select count(*) from inbox.conversation").await, 1);
    assert_eq!(world.count("select count(*) from inbox.request").await, 1, "Anna's own");
}

fn bounce(of: &str) -> String {
    [
        "From: Mail Delivery Subsystem <mailer-daemon@example.net>",
        "To: support@example.org",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <bounce@example.net>",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Your letter was not delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.net",
        "",
        "Final-Recipient: rfc822; anna@example.com",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user here",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        &format!("Message-ID: <{of}>"),
        "",
        "--b--",
        "",
    ]
    .join("\r\n")
}
