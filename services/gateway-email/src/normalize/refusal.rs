//! A server has taken a letter for some of its recipients only. Nobody writes a bounce of the others: we do.

use contracts::channel::{
    AutomaticLetter, Content, Inbound, Letter as Head, MailAddress, Message, OrderTarget, Peer, inbound::Body,
};
use gateway_kit::words::{clean, fit};
use prost_types::Timestamp;

use super::message_key_of;

/// Of one server's words.
const WORDS: usize = 300;

/// `message` and `letter_id` are the letter's, ours and in its head; `refused` are addresses and the server's words; `now` in Unix seconds.
#[must_use]
pub fn notice(
    target: &OrderTarget,
    message: &str,
    letter_id: &str,
    server: &str,
    refused: &[(String, String)],
    now: i64,
) -> Inbound {
    let lines: Vec<_> = refused.iter().map(|(address, words)| format!("{address}: {}", clean(words, WORDS))).collect();
    let from = MailAddress { name: server.to_owned(), ..MailAddress::default() };
    let head = Head { from: Some(from), automatic: AutomaticLetter::Bounce.into(), ..Head::default() };
    let content = Content { text: lines.join("\n"), letter: Some(Box::new(head)), ..Content::default() };
    let key = fit(format!("refused:{message}"));
    let peer = Peer {
        scope: target.scope.clone(),
        address: target.address.clone(),
        reply_address: target.reply_address.clone(),
        ..Peer::default()
    };
    Inbound {
        message_key: key.clone(),
        key,
        shown_at: Some(Timestamp { seconds: now, nanos: 0 }),
        refers_to: vec![message_key_of(letter_id)],
        thread_key: target.thread_key.clone(),
        peer: Some(peer),
        automatic: true,
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}
