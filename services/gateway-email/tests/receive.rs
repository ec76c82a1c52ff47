//! Letters from a real mailbox.

use std::collections::BTreeSet;

use contracts::channel::{Own, inbound::Body};
use gateway_kit::Gateway;
use object_store::{ObjectStoreExt, path::Path};
use testkit::mail::letter;

use crate::common::{SUPPORT, World, connect, content, setup_of};

fn from_anna(number: u32, text: &str) -> String {
    letter("Anna <anna@example.com>", SUPPORT, "Where is my order?", &format!("{number}@example.com"), text)
}

#[tokio::test]
async fn a_letter_comes_once_with_its_head_and_its_original() {
    let mut world = World::start().await;
    assert_eq!(world.poll().await.len(), 0, "the mailbox is empty");
    world.house.dovecot.deliver(SUPPORT, from_anna(1, "Good day")).await;
    let facts = world.facts(1).await;
    let fact = &facts[0];
    assert_eq!((fact.message_key.as_str(), fact.thread_key.as_str()), ("id:1@example.com", "thread:1@example.com"));
    let peer = fact.peer.clone().unwrap_or_default();
    assert_eq!((peer.address.as_str(), peer.display_name.as_str()), ("anna@example.com", "Anna"));
    let content = content(fact);
    assert_eq!(content.text, "Good day");
    let head = content.letter.unwrap_or_default();
    assert_eq!((head.subject.as_str(), head.message_id.as_str()), ("Where is my order?", "1@example.com"));
    let kept = world.tools.media.read(&head.raw_object_key).await.expect("the original is kept");
    assert!(String::from_utf8_lossy(&kept).contains("Message-ID: <1@example.com>"));

    world.begin_anew();
    world.house.dovecot.deliver(SUPPORT, from_anna(2, "Anybody there?")).await;
    let facts = world.facts(1).await;
    assert_eq!(facts.iter().map(|fact| fact.message_key.as_str()).collect::<Vec<_>>(), ["id:2@example.com"]);
}

/// The letter stays unread for people who read the mailbox with another program.
#[tokio::test]
async fn what_was_there_before_is_history_and_stays_unread() {
    let mut world = World::start().await;
    for number in 1..=3 {
        world.house.dovecot.deliver(SUPPORT, from_anna(number, "old")).await;
    }
    let facts = world.facts(3).await;
    let keys: BTreeSet<_> = facts.iter().map(|fact| fact.message_key.as_str()).collect();
    assert_eq!(keys, BTreeSet::from(["id:1@example.com", "id:2@example.com", "id:3@example.com"]));
    assert!(facts.iter().all(|fact| fact.shown_at.is_some()));
    for fact in &facts {
        let head = content(fact).letter.unwrap_or_default();
        let kept = world.tools.media.read(&head.raw_object_key).await.expect("the original is kept");
        assert!(String::from_utf8_lossy(&kept).contains(&format!("Message-ID: <{}>", head.message_id)));
        assert!(head.raw_object_key.contains(".pack/"), "they lie together: {}", head.raw_object_key);
    }
    assert!(world.house.dovecot.letters("support", "INBOX").iter().all(|(flags, _)| !flags.contains('S')));
}

#[tokio::test]
async fn what_was_written_with_another_program_is_ours() {
    let mut world = World::start().await;
    assert_eq!(world.poll().await.len(), 0);
    let text =
        letter("Boris <support@example.org>", "Anna <anna@example.com>", "Re: order", "9@phone", "It is on its way");
    world.house.dovecot.append("support", "Sent", text).await;
    let facts = world.facts(1).await;
    let Some(Body::OwnEcho(echo)) = &facts[0].body else { panic!("{facts:?}") };
    assert_eq!((echo.own(), echo.author_name.as_str()), (Own::No, "Boris"));
    assert_eq!(facts[0].peer.clone().unwrap_or_default().address, "anna@example.com");
}

#[tokio::test]
async fn a_mailbox_that_is_numbered_anew_gives_the_same_facts() {
    let mut world = World::start().await;
    assert_eq!(world.poll().await.len(), 0);
    world.house.dovecot.deliver(SUPPORT, from_anna(1, "Good day")).await;
    let first = world.facts(1).await;
    world.house.dovecot.renumber("support").await.expect("a restart");
    world.begin_anew();
    let anew = world.facts(1).await;
    assert_eq!((&first[0].key, first[0].sent_on), (&anew[0].key, anew[0].sent_on));
}

#[tokio::test]
async fn a_file_is_taken_out_of_the_kept_letter() {
    let mut world = World::start().await;
    assert_eq!(world.poll().await.len(), 0);
    let text = "From: anna@example.com\r\nTo: support@example.org\r\nSubject: x\r\nMessage-ID: <f@example.com>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
         --b\r\nContent-Type: text/csv; name=\"a.csv\"\r\nContent-Disposition: attachment; filename=\"a.csv\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nMTsyCg==\r\n--b--\r\n";
    world.house.dovecot.deliver(SUPPORT, text).await;
    let facts = world.facts(1).await;
    let file = content(&facts[0]).attachments.remove(0);
    assert_eq!((file.name.as_str(), file.size_bytes), ("a.csv", 4));
    let download = world.gateway.fetch(&file).await.expect("a file");
    let bytes: Vec<_> = futures::StreamExt::collect::<Vec<_>>(download.bytes).await;
    assert_eq!(bytes[0].as_deref().ok(), Some(b"1;2\n".as_slice()));

    world.tools.media.0.delete(&Path::from(file.remote_ref.split('#').next().unwrap_or_default())).await.expect("gone");
    assert!(world.gateway.fetch(&file).await.is_err());
}

/// The server marks none of them; the name is written as IMAP does.
#[tokio::test]
async fn chosen_folders_are_read_too_and_a_letter_that_moves_is_known() {
    let mut world = World::start_with(&[("folders", "*")]).await;
    let house = &world.house.dovecot;
    house.make_folder("support", "&BBcEMAQ6BDAENwRL-").await;
    house.make_folder("support", "Spam").await;
    assert_eq!(world.poll().await.len(), 0);
    let house = &world.house.dovecot;
    house.append("support", "Spam", from_anna(1, "Buy it")).await;
    house.append("support", "&BBcEMAQ6BDAENwRL-", from_anna(2, "Good day")).await;
    let ours = letter("Boris <support@example.org>", "Anna <anna@example.com>", "Re: order", "3@phone", "On its way");
    house.append("support", "&BBcEMAQ6BDAENwRL-", ours).await;
    let facts = world.facts(2).await;
    assert_eq!(facts[0].message_key, "id:2@example.com");
    assert!(matches!(facts[1].body, Some(Body::OwnEcho(_))), "{facts:?}");

    let moved = from_anna(4, "Moved");
    world.house.dovecot.deliver(SUPPORT, &moved).await;
    let came = world.facts(1).await.remove(0);
    world.house.dovecot.append("support", "&BBcEMAQ6BDAENwRL-", &moved).await;
    let again = world.facts(1).await.remove(0);
    assert_eq!((came.key, came.sent_on), (again.key, again.sent_on));
}

#[tokio::test]
async fn letters_come_once_by_pop3_and_stay_on_the_server() {
    let mut world = World::start().await;
    let port = world.house.dovecot.pop3_port().to_string();
    let settings =
        [("receive", "pop3"), ("in_port", port.as_str()), ("in_security", "starttls"), ("period_seconds", "10")];
    let setup = setup_of(&world.house, &settings);
    world.gateway = connect(&setup, &world.tools.media.0);
    for number in 1..=3 {
        world.house.dovecot.deliver(SUPPORT, from_anna(number, "A line\r\n.with a dot")).await;
    }
    let facts = world.facts(3).await;
    assert!(facts.iter().all(|fact| content(fact).text == "A line\n.with a dot"), "{facts:?}");
    world.house.dovecot.deliver(SUPPORT, from_anna(4, "new")).await;
    let facts = world.facts(1).await;
    assert_eq!(facts.iter().map(|fact| fact.message_key.as_str()).collect::<Vec<_>>(), ["id:4@example.com"]);
    assert_eq!(world.house.dovecot.letters("support", "INBOX").len(), 4);
}

/// What runs is gone, what other servers show waits, and the letter's own pictures can be had.
#[tokio::test]
async fn markup_is_kept_safe_with_the_pictures_that_it_shows() {
    let mut world = World::start_with(&[("authserv_id", "mx.example.org")]).await;
    assert_eq!(world.poll().await.len(), 0);
    let text = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.com; dkim=fail header.d=example.com\r\n\
         Authentication-Results: mx.example.net; dmarc=pass\r\n\
         From: anna@example.com\r\nTo: support@example.org\r\nSubject: x\r\nMessage-ID: <h@example.com>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
         <p onclick=x()>see</p><script>x()</script><img src=\"cid:p1@example.com\"><img src=\"https://example.com/a.png\">\r\n\
         --b\r\nContent-Type: image/gif; name=\"a.gif\"\r\nContent-ID: <p1@example.com>\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==\r\n--b--\r\n";
    world.house.dovecot.deliver(SUPPORT, text).await;
    let content = content(&world.facts(1).await[0]);
    let head = content.letter.unwrap_or_default();
    let html = world.tools.media.read(&head.html_object_key).await.expect("the markup is kept");
    let html = String::from_utf8_lossy(&html);
    assert!(!html.contains("x()") && html.contains("src=\"cid:p1@example.com\""), "{html}");
    assert!(html.contains("data-src=\"https://example.com/a.png\"") && !html.contains(" src=\"https"), "{html}");
    let files: Vec<_> = content.attachments.iter().map(|file| (file.name.as_str(), file.content_id.as_str())).collect();
    assert_eq!(files, [("a.gif", "p1@example.com")]);
    let verdicts: Vec<_> = head.verdicts.iter().map(|one| (one.method.as_str(), one.result.as_str())).collect();
    assert_eq!(verdicts, [("spf", "pass"), ("dkim", "fail")], "of the mailbox's own server only");
}
