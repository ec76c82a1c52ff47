use contracts::channel::{AliasKind, Deletion, Edit, Inbound, Message as Said, Own, OwnEcho, Peer, inbound::Body};
use gateway_kit::words::short_hash;
use prost::Message as _;

use super::{content, peer, time};
use crate::wire::{ChatEvent, Message};

/// A message as it came, or as the history has it: both give the same fact.
pub fn received(message: &Message, locale: Option<&str>) -> Vec<Inbound> {
    if is_channel(message) {
        return Vec::new();
    }
    if is_ours(message) {
        // Whether the bot's own messages come at all is not documented; another program may write by the same bot.
        let content = Some(content::of(message));
        let echo = OwnEcho { own: Own::Maybe.into(), content, author_name: String::new() };
        let peer = if peer::is_dialog(&message.recipient) { None } else { of_group(message) };
        return vec![Inbound { peer, ..fact(message, "echo", Body::OwnEcho(echo)) }];
    }
    let said = Body::Message(Said { content: Some(shown(message)) });
    vec![Inbound { peer: other_side(message, locale), ..fact(message, "msg", said) }]
}

pub fn edited(message: &Message, timestamp: Option<i64>, locale: Option<&str>) -> Vec<Inbound> {
    if is_channel(message) {
        return Vec::new();
    }
    let at = timestamp.or(message.timestamp).unwrap_or_default();
    let content = if is_ours(message) { content::of(message) } else { shown(message) };
    let version = format!("{at}:{}", short_hash(&content.encode_to_vec()));
    let edit = Body::Edit(Edit { content: Some(content), edited_at: time(at) });
    let peer = other_side(message, locale).filter(|_| !is_ours(message));
    let fact = fact(message, "edit", edit);
    vec![Inbound { key: format!("{}:{version}", fact.key), sent_on: time(at), peer, ..fact }]
}

pub fn removed(event: &ChatEvent, timestamp: Option<i64>) -> Result<Vec<Inbound>, String> {
    let mid = event.message_id.clone().filter(|mid| !mid.is_empty()).ok_or("a removal without message_id")?;
    Ok(vec![Inbound {
        key: format!("del:{mid}"),
        sent_on: timestamp.and_then(time),
        message_key: mid,
        body: Some(Body::Deletion(Deletion::default())),
        ..Inbound::default()
    }])
}

fn shown(message: &Message) -> contracts::channel::Content {
    let mut content = content::of(message);
    if !peer::is_dialog(&message.recipient) {
        let author = message.sender.as_ref().map(peer::name).unwrap_or_default();
        content::name_the_author(&mut content, &author);
    }
    content
}

fn is_channel(message: &Message) -> bool {
    message.recipient.chat_type.as_deref() == Some("channel")
}

fn is_ours(message: &Message) -> bool {
    message.sender.as_ref().is_some_and(|sender| sender.is_bot == Some(true))
}

fn other_side(message: &Message, locale: Option<&str>) -> Option<Peer> {
    if !peer::is_dialog(&message.recipient) {
        return of_group(message);
    }
    let sender = message.sender.as_ref()?;
    let mut peer = peer::person(sender, message.recipient.chat_id, locale);
    // Until `complete` has seen the proof, the number is only what a stranger says.
    let phones = own_card(message).into_iter().flat_map(content::phones);
    let claimed = |phone| contracts::channel::Alias { claimed: true, ..peer::alias(AliasKind::Phone, phone) };
    peer.aliases.extend(phones.map(claimed));
    Some(peer)
}

/// The vCard of a contact that is said to be the sender's own.
fn own_card(message: &Message) -> Option<&str> {
    let attachments = &message.body.as_ref()?.attachments;
    let payloads = attachments.iter().filter(|one| one.kind == "contact").filter_map(|one| one.payload.as_ref());
    payloads.filter(|payload| payload.hash.is_some()).find_map(|payload| payload.vcf_info.as_deref())
}

fn of_group(message: &Message) -> Option<Peer> {
    message.recipient.chat_id.map(|chat| peer::group(chat, None))
}

fn fact(message: &Message, kind: &str, body: Body) -> Inbound {
    let natural = natural_key(message);
    Inbound {
        key: format!("{kind}:{natural}"),
        sent_on: message.timestamp.and_then(time),
        shown_at: message.timestamp.and_then(time),
        position: message.body.as_ref().and_then(|body| body.seq).unwrap_or_default(),
        refers_to: replied(message).into_iter().collect(),
        message_key: natural,
        body: Some(body),
        ..Inbound::default()
    }
}

/// A forward alone may have no body, so no id; its chat, time and origin tell it apart.
pub fn natural_key(message: &Message) -> String {
    let mid = message.body.as_ref().and_then(|body| body.mid.clone()).filter(|mid| !mid.is_empty());
    mid.unwrap_or_else(|| {
        let (chat, at) = (message.recipient.chat_id.unwrap_or_default(), message.timestamp.unwrap_or_default());
        let sender = message.sender.as_ref().map(|sender| sender.user_id).unwrap_or_default();
        let origin = message.link.as_ref().and_then(|link| link.message.as_ref()?.mid.as_deref()).unwrap_or_default();
        format!("{chat}:{at}:{sender}:{origin}")
    })
}

fn replied(message: &Message) -> Option<String> {
    let link = message.link.as_ref().filter(|link| link.kind == "reply")?;
    link.message.as_ref()?.mid.clone().filter(|mid| !mid.is_empty())
}
