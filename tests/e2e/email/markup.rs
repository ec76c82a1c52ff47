//! Letters with markup and several recipients, in and out.

use contracts::{
    channel::{Letter, MailAddress},
    inbox::MessageStatus,
};
use reqwest::StatusCode;
use testkit::eventually;

use super::{SUPPORT, Scene, content_of};
use crate::{
    deeds::reply,
    world::{SOON, World},
};

const LETTER: &str = "From: Anna <anna@example.com>\r\nTo: support@example.org\r\nSubject: Look\r\n\
    Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<p>Look</p><script>x()</script><img src=\"cid:p1@example.com\">\r\n\
    --b\r\nContent-Type: image/gif; name=\"a.gif\"\r\nContent-ID: <p1@example.com>\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==\r\n--b--\r\n";

#[tokio::test]
async fn a_letters_markup_its_pictures_and_its_original_can_be_had() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    scene.house.dovecot.deliver(SUPPORT, LETTER).await;
    let conversation = scene.operator.conversation_with("Anna").await.conversation_id;
    // Picture, markup and original.
    scene.operator.stored_files(&conversation, 3).await;
    let message = scene.operator.messages(&conversation).await.remove(0);
    let head = content_of(&message).letter.expect("a letter");
    let (status, html) = scene.operator.download(&head.html_file_id).await;
    let html = String::from_utf8_lossy(&html).into_owned();
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("cid:p1@example.com") && !html.contains("x()"), "{html}");
    assert_eq!(head.inline[0].content_id, "p1@example.com");
    let (status, picture) = scene.operator.download(&head.inline[0].file_id).await;
    assert!(status == StatusCode::OK && picture.starts_with(b"GIF89a"));
    let (_, original) = scene.operator.download(&head.raw_file_id).await;
    assert!(String::from_utf8_lossy(&original).contains("Message-ID: <1@example.com>"));
}

// acceptance: EM-13
#[tokio::test]
async fn an_answer_goes_to_all_whom_its_author_names_with_its_markup() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Hello", "1@example.com", "Good day").await;
    let html = "<p>Good day <b>to you</b></p>";
    let html_file_id = scene.operator.upload("letter.html", "text/html", html.into(), 0).await;
    let who = |name: &str| MailAddress { address: format!("{}@example.com", name.to_lowercase()), name: name.into() };
    let cc = vec![who("Boris"), who("Gleb")];
    scene.house.smtp.refuse("gleb@example.com", "550 5.1.1 no such user here");
    let letter = Letter { subject: "Good day".into(), cc, html_file_id, ..Letter::default() };
    let mut request = reply(&conversation, "Good day to you");
    request.letter = Some(Box::new(letter));
    let sent = scene.operator.try_send(request).await.expect("taken");
    scene.operator.wait_for_status(&sent[0], MessageStatus::Sent).await;
    let taken = scene.house.smtp.taken().pop().expect("a letter");
    assert_eq!(taken.to, ["anna@example.com", "boris@example.com"]);
    let text = String::from_utf8_lossy(&taken.letter).replace("\r\n ", " ");
    assert!(text.contains("Subject: Good day") && text.contains("Cc: Boris <boris@example.com>, Gleb"), "{text}");
    assert!(text.contains(html) && text.contains("In-Reply-To: <1@example.com>"), "{text}");
    let told = eventually("what the server said", SOON, async || {
        let all = scene.operator.messages(&conversation).await;
        all.into_iter().find(|message| content_of(message).text.starts_with("gleb@example.com: 550"))
    })
    .await;
    assert!(content_of(&told).text.contains("no such user here"));
    assert_eq!(told.reply_to_message_id, sent[0].message_id, "said at the letter");
    assert_eq!(world.count("select count(*) from inbox.request").await, 1, "Anna's own");
}
