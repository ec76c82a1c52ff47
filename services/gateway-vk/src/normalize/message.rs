use contracts::channel::{
    ConversationStarted, Edit, Inbound, Message as Said, Own, OwnEcho, Peer, Source, inbound::Body,
};
use gateway_kit::words::{clean, short_hash};
use prost::Message as _;
use serde_json::Value;

use super::{content, read, time};
use crate::{
    address::{MessageKey, is_chat},
    names,
    wire::{ClientInfo, Message, MessageNew},
};

type Facts = Result<Vec<Inbound>, String>;

/// Since 5.103 the message stands beside what the client can do; a server set to an older version sends it bare.
pub fn of_new(object: Value) -> Result<MessageNew, String> {
    if object.get("message").is_some_and(Value::is_object) {
        return read("message_new", object);
    }
    Ok(MessageNew { message: read("message_new", object)?, client_info: None })
}

/// A message to the community; one that it wrote itself is an echo.
pub fn received(new: MessageNew) -> Facts {
    let MessageNew { message, client_info } = new;
    if is_ours(&message) {
        return echo(message);
    }
    let body = match is_start(&message) {
        true => Body::ConversationStarted(ConversationStarted::default()),
        false => Body::Message(Said { content: Some(content::of(&message)) }),
    };
    let kind = if is_start(&message) { "start" } else { "msg" };
    let mut fact = fact(&message, kind, body)?;
    fact.source = source(&message);
    if let Some(peer) = &mut fact.peer {
        peer.language = language(client_info.as_ref()).to_owned();
    }
    Ok(vec![fact])
}

/// Whatever the community wrote: staff in VK itself, an automatic answer of VK's, or a program. Of programs only router
/// can tell whether it was us.
pub fn echo(message: Message) -> Facts {
    let by_program = message.admin_author_id.is_none() && message.random_id.is_some_and(|id| id != 0);
    let own = if by_program { Own::Maybe } else { Own::No };
    let author_name = message.admin_author_id.filter(|id| *id > 0).map(names::place_of).unwrap_or_default();
    let echo = OwnEcho { own: own.into(), content: Some(content::of(&message)), author_name };
    Ok(vec![fact(&message, "echo", Body::OwnEcho(echo))?])
}

pub fn edited(message: Message) -> Facts {
    let edited_on = message.update_time.unwrap_or(message.date);
    let content = content::of(&message);
    let version = format!("{edited_on}:{}", short_hash(&content.encode_to_vec()));
    let edit = Edit { content: Some(content), edited_at: time(edited_on) };
    let fact = fact(&message, "edit", Body::Edit(edit))?;
    Ok(vec![Inbound { key: format!("{}:{version}", fact.key), sent_on: time(edited_on), ..fact }])
}

/// A message as a history shows it: what was said first, as it is now, and that it was edited.
pub fn remembered(message: Message) -> Facts {
    let edit = message.update_time.filter(|at| *at > message.date).map(|_| edited(message.clone()));
    let mut facts = received(MessageNew { message, client_info: None })?;
    facts.extend(edit.transpose()?.into_iter().flatten());
    Ok(facts)
}

fn is_ours(message: &Message) -> bool {
    message.out == Some(1) || message.from_id < 0 && message.from_id != message.peer_id && !is_chat(message.peer_id)
}

/// The button that opens a conversation with a community's bot.
fn is_start(message: &Message) -> bool {
    let payload = message.payload.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    payload.is_some_and(|payload| payload["command"] == "start") && !is_chat(message.peer_id)
}

/// The link's marks, on the first message after the click.
fn source(message: &Message) -> Option<Source> {
    let mark = |text: &Option<String>| clean(text.as_deref().unwrap_or_default(), 300);
    let (r#ref, of) = (mark(&message.ref_), mark(&message.ref_source));
    let fields = (!of.is_empty()).then_some(("ref_source".to_owned(), of));
    let source = Source { kind: "vk_ref".into(), r#ref, fields: fields.into_iter().collect(), ..Source::default() };
    (!source.r#ref.is_empty() || !source.fields.is_empty()).then_some(source)
}

/// <https://dev.vk.com/ru/reference/objects/client-info>, read 2026-11-26.
fn language(client: Option<&ClientInfo>) -> &'static str {
    match client.and_then(|client| client.lang_id) {
        Some(0) => "ru",
        Some(1) => "uk",
        Some(2) => "be",
        Some(3) => "en",
        _ => "",
    }
}

fn fact(message: &Message, kind: &str, body: Body) -> Result<Inbound, String> {
    if message.peer_id == 0 {
        return Err("a message of no conversation".into());
    }
    let natural = natural_key(message)?.to_string();
    Ok(Inbound {
        key: format!("{kind}:{natural}"),
        sent_on: time(message.date),
        shown_at: time(message.date),
        position: message.conversation_message_id.unwrap_or_default(),
        refers_to: replied(message).into_iter().map(|key| key.to_string()).collect(),
        message_key: natural,
        peer: Some(peer(message.peer_id)),
        body: Some(body),
        ..Inbound::default()
    })
}

pub fn natural_key(message: &Message) -> Result<MessageKey, String> {
    let cmid = message.conversation_message_id.filter(|cmid| *cmid > 0);
    let cmid = cmid.ok_or("a message without its number in the conversation")?;
    Ok(MessageKey { peer: message.peer_id, cmid })
}

fn replied(message: &Message) -> Option<MessageKey> {
    let quoted = message.reply_message.as_ref()?;
    let here = quoted.peer_id.is_none_or(|peer| peer == message.peer_id);
    let cmid = quoted.conversation_message_id.filter(|cmid| here && *cmid > 0)?;
    Some(MessageKey { peer: message.peer_id, cmid })
}

/// The other side: a person, or a conversation of several as a whole. Its name has to be asked for.
pub fn peer(id: i64) -> Peer {
    Peer { address: id.to_string(), reply_address: id.to_string(), ..Peer::default() }
}
