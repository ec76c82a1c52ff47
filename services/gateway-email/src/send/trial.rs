//! The letter that "check settings" sends from the mailbox to itself: nothing less proves that it sends.

use gateway_kit::words::clean;
use letter::{Composed, Draft, Letter, Mailbox, compose};
use uuid::Uuid;

use crate::config::Settings;

/// What the ids of such letters begin with.
const MARK: &str = "okno.check.";
const SUBJECT: &str = "Okno: проверка ящика / checking the mailbox";
const TEXT: &str = "Okno может отправлять письма из этого ящика. С этим письмом ничего делать не нужно.\n\n\
    Okno can send letters from this mailbox. Nothing needs to be done with this one.\n";

/// `None`: the mailbox's address is one that no letter can go to.
pub fn letter(settings: &Settings) -> Option<Composed> {
    let own = Mailbox { name: clean(&settings.name, 200), address: settings.address.clone() };
    let domain = settings.address.rsplit('@').next().unwrap_or("localhost");
    let draft = Draft {
        from: own.clone(),
        to: vec![own],
        subject: SUBJECT.to_owned(),
        text: TEXT.to_owned(),
        sent_at: u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0),
        message_id: format!("{MARK}{}@{domain}", Uuid::now_v7().simple()),
        is_automatic: true,
        ..Draft::default()
    };
    compose(&draft).ok()
}

/// Whether a letter is one of these. It is nobody's message; whoever forges one hides nothing but his own letter.
pub fn is_one(mailbox: &str, letter: &Letter) -> bool {
    let is_own = letter.from.first().is_some_and(|from| from.address.eq_ignore_ascii_case(mailbox));
    is_own && letter.message_id.as_deref().is_some_and(|id| id.starts_with(MARK))
}
