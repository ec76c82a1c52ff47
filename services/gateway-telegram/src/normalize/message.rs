use contracts::channel::{ConversationStarted, Edit, Inbound, Message as Said, Own, OwnEcho, Source, inbound::Body};
use gateway_kit::words::{fit, short_hash};
use prost::Message as _;

use super::{content, peer, time};
use crate::{
    address::{MessageKey, Place, is_plain_id},
    wire::Message,
};

/// A reply in a business chat is possible for so long after the customer's last message.
const BUSINESS_WINDOW_SECONDS: i64 = 24 * 3600;

type Facts = Result<Vec<Inbound>, String>;

/// A message to the bot itself.
pub fn received(message: Message) -> Facts {
    check(&message)?;
    if message.chat.kind == "channel" {
        return Ok(Vec::new());
    }
    if let Some(payload) = start_payload(&message) {
        return Ok(vec![started(&message, payload)]);
    }
    if is_answer_of_the_channel(&message) {
        return Ok(vec![echo(&message, Own::No)]);
    }
    Ok(vec![said(&message)])
}

/// In a channel's direct messages whoever is not the thread's person writes for the channel.
fn is_answer_of_the_channel(message: &Message) -> bool {
    let person = message.direct_messages_topic.as_ref().and_then(|direct| direct.user.as_ref());
    let from = message.from.as_ref().map(|from| from.id);
    person.is_some_and(|person| message.sender_chat.is_some() || from.is_some_and(|from| from != person.id))
}

/// A message of a chat between a customer and the person whose account the bot serves; both sides come.
pub fn business(message: Message) -> Facts {
    check(&message)?;
    let from_customer = message.from.as_ref().is_none_or(|from| from.id == message.chat.id);
    if from_customer && message.sender_business_bot.is_none() {
        let reply_until = message.date.checked_add(BUSINESS_WINDOW_SECONDS).and_then(time);
        return Ok(vec![Inbound { reply_until, ..said(&message) }]);
    }
    let own = if message.sender_business_bot.is_some() { Own::Yes } else { Own::No };
    Ok(vec![echo(&message, own)])
}

fn echo(message: &Message, own: Own) -> Inbound {
    let content = Some(content::of(message));
    let echo = OwnEcho { own: own.into(), content, author_name: peer::author(message) };
    fact(message, "echo", Body::OwnEcho(echo))
}

/// Whether text, formatting or files changed cannot be seen here; router leaves an equal edit aside.
pub fn edited(message: Message) -> Facts {
    check(&message)?;
    if message.chat.kind == "channel" || message.location.is_some() && message.venue.is_none() {
        return Ok(Vec::new()); // A place is edited only by a live location that moves on.
    }
    let edit_date = message.edit_date.unwrap_or(message.date);
    let content = content::of(&message);
    let version = format!("{edit_date}:{}", short_hash(&content.encode_to_vec()));
    let edit = Edit { content: Some(content), edited_at: time(edit_date) };
    let fact = fact(&message, "edit", Body::Edit(edit));
    Ok(vec![Inbound { key: format!("{}:{version}", fact.key), sent_on: time(edit_date), ..fact }])
}

fn said(message: &Message) -> Inbound {
    let content = Some(content::of(message));
    let group_key = message.media_group_id.as_ref().map(|group| fit(format!("{}|{group}", Place::of(message))));
    let fact = fact(message, "msg", Body::Message(Said { content }));
    Inbound { group_key: group_key.unwrap_or_default(), ..fact }
}

/// `/start` is the button that opens a chat with a bot; the payload of a deep link says where the person came from.
/// `None`: not that command, or with words that no link can carry.
fn start_payload(message: &Message) -> Option<&str> {
    let mut words = message.text.as_deref()?.split_whitespace();
    let command = words.next()?;
    let is_start = command == "/start" || command.starts_with("/start@");
    let payload = words.next().unwrap_or_default();
    let fits = payload.len() <= 64 && payload.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (is_start && fits && words.next().is_none()).then_some(payload)
}

fn started(message: &Message, payload: &str) -> Inbound {
    let source = Source { kind: "telegram_start".into(), r#ref: payload.into(), ..Source::default() };
    let fact = fact(message, "start", Body::ConversationStarted(ConversationStarted::default()));
    Inbound { source: (!payload.is_empty()).then_some(source), ..fact }
}

fn fact(message: &Message, kind: &str, body: Body) -> Inbound {
    let natural = natural_key(message);
    Inbound {
        key: format!("{kind}:{natural}"),
        sent_on: time(message.date),
        shown_at: time(message.date),
        position: message.message_id,
        thread_key: Place::of(message).thread_key(),
        refers_to: replied(message).into_iter().map(|key| key.to_string()).collect(),
        message_key: natural,
        peer: Some(peer::of_message(message)),
        body: Some(body),
        ..Inbound::default()
    }
}

/// Ephemeral messages all have the id 0; their date and content tell them apart.
pub fn natural_key(message: &Message) -> String {
    let key = Place::of(message).message(message.message_id).to_string();
    if message.message_id != 0 {
        return key;
    }
    format!("{key}:{}:{}", message.date, short_hash(&content::of(message).encode_to_vec()))
}

/// In a forum every message "replies" to the one that opened its topic; that is no quotation.
fn replied(message: &Message) -> Option<MessageKey> {
    let replied = message.reply_to_message.as_ref()?;
    let opens_topic = replied.forum_topic_created.is_some();
    let here = replied.chat.id == message.chat.id && replied.message_id != 0;
    (here && !opens_topic).then(|| Place::of(message).message(replied.message_id))
}

fn check(message: &Message) -> Result<(), String> {
    match &message.business_connection_id {
        Some(id) if !is_plain_id(id) => Err("a business connection's id of an unknown form".into()),
        _ => Ok(()),
    }
}
