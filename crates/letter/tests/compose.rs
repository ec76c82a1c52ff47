//! What goes out is what comes in: letters of ours, read again by our own parser.

use letter::{
    ComposeError, Draft, Letter, Limits, Mailbox, automatic, compose,
    compose::{File, Unsubscribe, references, reply_subject},
    parse, threads,
};
use uuid::Uuid;

fn person(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.to_owned(), address: address.to_owned() }
}

fn draft() -> Draft {
    Draft {
        from: person("Отдел продаж, «Окна»", "sales@example.org"),
        to: vec![person("Анна", "anna@example.com")],
        subject: "Re: Счёт на оплату окон, дверей и всего остального, что мы обсуждали на прошлой неделе".into(),
        text: "Добрый день!\n.точка\nFrom здесь\n".into(),
        sent_at: 1_795_694_400,
        message_id: threads::own_id(Uuid::from_u128(7), Uuid::from_u128(9), "example.org"),
        message: Uuid::from_u128(9).to_string(),
        instance: "house-1".into(),
        ..Draft::default()
    }
}

fn read(draft: &Draft) -> Letter {
    let composed = compose(draft).expect("a letter");
    let lines = composed.bytes.split(|byte| *byte == b'\n');
    assert!(lines.clone().all(|line| line.len() <= 998 && line.is_ascii()), "a line is too long, or not ASCII");
    parse(&composed.bytes, &Limits::default()).expect("our own letter")
}

#[test]
fn what_is_written_is_read() {
    let letter = read(&draft());
    assert_eq!(letter.subject, draft().subject);
    assert_eq!((letter.from, letter.to), (vec![draft().from], draft().to));
    assert_eq!((letter.text, letter.sent_at), (draft().text, Some(1_795_694_400)));
    assert_eq!(letter.message_id, Some(draft().message_id));
    assert_eq!(letter.headers.get("x-okno-message"), Some(draft().message.as_str()));
    assert_eq!(letter.headers.get("auto-submitted"), None);
}

#[test]
fn the_same_draft_is_the_same_letter() {
    let draft = Draft { html: Some("<p>а</p>".into()), files: vec![pdf(), picture()], ..draft() };
    assert_eq!(compose(&draft).unwrap().bytes, compose(&draft).unwrap().bytes);
}

fn pdf() -> File {
    File {
        name: "Счёт на оплату.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF-1.4\n\0\xff".to_vec(),
        content_id: None,
    }
}

fn picture() -> File {
    File {
        name: "лого.png".into(),
        content_type: "image/png".into(),
        bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
        content_id: Some("logo@okno".into()),
    }
}

#[test]
fn html_pictures_and_files_arrive() {
    let html = "<p>Здравствуйте, <b>Анна</b></p><img src=\"cid:logo@okno\">";
    let draft = Draft { html: Some(html.into()), text: String::new(), files: vec![pdf(), picture()], ..draft() };
    let raw = compose(&draft).unwrap().bytes;
    let letter = parse(&raw, &Limits::default()).unwrap();
    assert_eq!(letter.html.as_deref().map(str::trim), Some(html));
    assert_eq!(letter.text, "Здравствуйте, Анна\n");
    let files: Vec<_> = letter
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.is_hidden, file.content(&raw).into_owned()))
        .collect();
    assert_eq!(files, [("лого.png", true, picture().bytes), ("Счёт на оплату.pdf", false, pdf().bytes)]);
}

#[test]
fn an_answer_names_the_whole_thread_and_long_ones_lose_their_middle() {
    let before: String = (0..100).map(|number| format!("<{number}@example.com>\r\n ")).collect();
    let answered =
        format!("From: a@example.com\r\nMessage-ID: <last@example.com>\r\nReferences: {before}\r\n\r\nText\r\n");
    let answered = parse(answered.as_bytes(), &Limits::default()).unwrap();
    let references = references(&answered);
    assert_eq!(
        (references.len(), references[0].as_str(), references[39].as_str()),
        (40, "0@example.com", "last@example.com")
    );
    let draft = Draft { in_reply_to: answered.message_id.clone(), references: references.clone(), ..draft() };
    let letter = read(&draft);
    assert_eq!((letter.references, letter.in_reply_to), (references, vec!["last@example.com".to_owned()]));
    assert_eq!(reply_subject("RE: Ответ: Цены"), "Re: Цены");
}

#[test]
fn nobody_is_told_who_got_a_blind_copy() {
    let draft = Draft {
        cc: vec![person("", "ANNA@example.com")],
        bcc: vec![person("Борис", "boris@example.net"), person("", "почта@пример.example")],
        ..draft()
    };
    assert!(matches!(compose(&draft), Err(ComposeError::LocalPart { .. })));
    let draft = Draft { bcc: vec![person("Борис", "boris@пример.example")], ..draft };
    let composed = compose(&draft).unwrap();
    assert_eq!(composed.to, ["anna@example.com", "boris@xn--e1afmkfd.example"]);
    assert!(!String::from_utf8_lossy(&composed.bytes).contains("boris"));
}

#[test]
fn automatic_letters_and_mailings_say_so() {
    let letter = read(&Draft { is_automatic: true, in_reply_to: Some("a@b".into()), ..draft() });
    assert_eq!(letter.headers.get("auto-submitted"), Some("auto-replied"));
    assert!(automatic(&letter, "another").is_some() && automatic(&letter, "house-1").is_some());
    let unsubscribe =
        Unsubscribe { url: format!("https://example.org/u/{}", "a".repeat(100)), mailto: "u@example.org".into() };
    let letter = read(&Draft { unsubscribe: Some(unsubscribe.clone()), ..draft() });
    assert_eq!(
        letter.headers.get("list-unsubscribe").unwrap(),
        format!("<{}>, <mailto:u@example.org>", unsubscribe.url)
    );
    assert_eq!(letter.headers.get("list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
    let plain = Unsubscribe { url: "http://example.org/u".into(), mailto: String::new() };
    assert!(matches!(compose(&Draft { unsubscribe: Some(plain), ..draft() }), Err(ComposeError::Unsubscribe)));
}

#[test]
fn nothing_is_smuggled_into_the_head() {
    let letter = read(&Draft {
        subject: "a\r\nBcc: evil@example.net".into(),
        from: person("a\r\nX-Evil: y", "sales@example.org"),
        in_reply_to: Some("a@b>\r\nX-Evil: y".into()),
        ..draft()
    });
    assert_eq!((letter.headers.get("bcc"), letter.headers.get("x-evil")), (None, None));
    for address in ["", "anna", "a@b@c d", "anna@", "@example.com", "a\r\n@example.com"] {
        let draft = Draft { to: vec![person("", address)], ..draft() };
        assert!(matches!(compose(&draft), Err(ComposeError::Address { .. })), "{address}");
    }
    assert_eq!(compose(&Draft { to: Vec::new(), ..draft() }).unwrap_err(), ComposeError::NoRecipient);
}
