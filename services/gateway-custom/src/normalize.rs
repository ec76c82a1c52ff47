//! Events of a company's chat as facts. Pure: the same bytes give the same facts.

use chrono::{DateTime, Utc};
use contracts::channel::{
    Alias, AliasKind, Blocked, ButtonCallback, ConversationStarted, Deletion, Edit, Failure, FailureReason, Inbound,
    Message, Own, OwnEcho, Peer, Receipt, ReceiptStatus, Source, Unblocked, Unparsed, inbound::Body,
};
use gateway_kit::words::{clean, fit, hash, said, storable};
use model::AccountId;

use crate::{
    content,
    wire::{Data, Event, Person},
};

/// The longest id of a person or a message, in bytes.
const ID_BYTES: usize = 128;

/// The facts of one event. What cannot be read is one fact of kind Unparsed.
pub fn event(account: AccountId, body: &[u8]) -> Vec<Inbound> {
    let event: Event = match serde_json::from_slice(body) {
        Ok(event) => event,
        Err(error) => return vec![unparsed(body, &said(&error))],
    };
    match of_kind(&event, body) {
        Ok(fact) => fact.map(|fact| own(account, fact)).into_iter().collect(),
        Err(reason) => vec![unparsed(body, &reason)],
    }
}

/// Who types, by an event that tells no more.
pub fn typing(account: AccountId, body: &[u8]) -> Option<Peer> {
    let event: Event = serde_json::from_slice(body).ok()?;
    let peer = if event.kind == "typing" { peer(&event.data).ok()? } else { return None };
    Some(Peer { scope: account.to_string(), ..peer })
}

/// Each chat makes its own ids of people: those of one say nothing of another's.
fn own(account: AccountId, fact: Inbound) -> Inbound {
    let peer = fact.peer.map(|peer| Peer { scope: account.to_string(), ..peer });
    Inbound { peer, ..fact }
}

fn of_kind(event: &Event, bytes: &[u8]) -> Result<Option<Inbound>, String> {
    let data = &event.data;
    let fact = match event.kind.as_str() {
        "ping" => return Ok(None),
        // Told by `typing`; who cannot be named is a mistake to be seen.
        "typing" => return peer(data).map(|_| None),
        "message.created" => created(event)?,
        "message.edited" => edited(event, bytes)?,
        "message.deleted" => about(event, "del", Body::Deletion(Deletion::default()))?,
        "message.delivered" => about(event, "delivered", receipt(ReceiptStatus::Delivered))?,
        "message.read" => about(event, "read", receipt(ReceiptStatus::Read))?,
        "message.failed" => about(event, "failed", failed(data))?,
        "button.pressed" => pressed(event, bytes)?,
        "conversation.started" => Inbound {
            source: source(data),
            ..of_person(event, "start", Body::ConversationStarted(ConversationStarted::default()), bytes)?
        },
        "person.blocked" => of_person(event, "blocked", Body::Blocked(Blocked {}), bytes)?,
        "person.unblocked" => of_person(event, "unblocked", Body::Unblocked(Unblocked {}), bytes)?,
        kind => return Err(format!("events of type {} are not known", clean(kind, 50))),
    };
    Ok(Some(Inbound { key: fit(fact.key), ..fact }))
}

fn created(event: &Event) -> Result<Inbound, String> {
    let data = &event.data;
    let (id, content) = (id("data.id", &data.id)?, Some(content::of(data)));
    let (kind, body) = match &data.staff {
        None => ("msg", Body::Message(Message { content })),
        Some(name) => {
            let author_name = clean(name, 200);
            ("echo", Body::OwnEcho(OwnEcho { own: Own::No.into(), content, author_name }))
        }
    };
    let refers_to = if data.reply_to.is_empty() { vec![] } else { vec![self::id("data.reply_to", &data.reply_to)?] };
    let fact = base(event, format!("{kind}:{id}"), body);
    Ok(Inbound { message_key: id, refers_to, source: source(data), peer: Some(peer(data)?), ..fact })
}

/// The date and a hash of the whole tell the versions apart.
fn edited(event: &Event, bytes: &[u8]) -> Result<Inbound, String> {
    let edit = Edit { content: Some(content::of(&event.data)), edited_at: time(event) };
    let fact = about(event, "edit", Body::Edit(edit))?;
    Ok(Inbound { key: format!("{}:{}", fact.key, &hash(bytes)[..16]), ..fact })
}

fn pressed(event: &Event, bytes: &[u8]) -> Result<Inbound, String> {
    let data = &event.data;
    let (button, title) = (storable(&data.button), clean(&data.title, 200));
    let press = ButtonCallback { data: button, title, callback_id: String::new() };
    let message_key = if data.id.is_empty() { String::new() } else { id("data.id", &data.id)? };
    Ok(Inbound { message_key, ..of_person(event, "press", Body::ButtonCallback(press), bytes)? })
}

/// What happened to a message that is known. The conversation is that of the message.
fn about(event: &Event, kind: &str, body: Body) -> Result<Inbound, String> {
    let id = id("data.id", &event.data.id)?;
    let peer = event.data.person.as_ref().map(|_| peer(&event.data)).transpose()?;
    let at = event.timestamp.as_deref().unwrap_or_default();
    let fact = base(event, format!("{kind}:{id}:{}", clean(at, 40)), body);
    Ok(Inbound { message_key: id, peer, ..fact })
}

/// What a person did: the same bytes again are the same.
fn of_person(event: &Event, kind: &str, body: Body, bytes: &[u8]) -> Result<Inbound, String> {
    let peer = peer(&event.data)?;
    let fact = base(event, format!("{kind}:{}:{}", peer.address, &hash(bytes)[..16]), body);
    Ok(Inbound { peer: Some(peer), ..fact })
}

fn base(event: &Event, key: String, body: Body) -> Inbound {
    let thread = &event.data.conversation;
    Inbound {
        key,
        sent_on: time(event),
        shown_at: time(event),
        thread_key: if thread.is_empty() { String::new() } else { fit(clean(thread, 200)) },
        body: Some(body),
        ..Inbound::default()
    }
}

fn receipt(status: ReceiptStatus) -> Body {
    Body::Receipt(Receipt { status: status.into(), ..Receipt::default() })
}

fn failed(data: &Data) -> Body {
    let provider_text = storable(&data.problem).chars().take(500).collect();
    let failure = Failure { reason: FailureReason::Rejected.into(), provider_text, ..Failure::default() };
    Body::Receipt(Receipt { status: ReceiptStatus::Failed.into(), failure: Some(failure), ..Receipt::default() })
}

fn peer(data: &Data) -> Result<Peer, String> {
    let person = data.person.as_ref().ok_or("data.person is missing")?;
    Ok(Peer {
        address: id("data.person.id", &person.id)?,
        display_name: clean(&person.name, 200),
        aliases: aliases(person),
        language: clean(&person.language, 35),
        ..Peer::default()
    })
}

/// The company vouches for what it says of its people.
fn aliases(person: &Person) -> Vec<Alias> {
    let named = [(AliasKind::Phone, &person.phone, 32), (AliasKind::Email, &person.email, 254)];
    let aliases =
        named.map(|(kind, value, most)| Alias { kind: kind.into(), value: clean(value, most), claimed: false });
    aliases.into_iter().filter(|alias| !alias.value.is_empty()).collect()
}

fn source(data: &Data) -> Option<Source> {
    let source = data.source.as_ref()?;
    let fields = source.fields.iter().take(30).map(|(name, value)| (clean(name, 60), clean(value, 500)));
    Some(Source {
        kind: "custom".into(),
        r#ref: clean(&source.mark, 500),
        url: clean(&source.url, 2000),
        fields: fields.filter(|(name, _)| !name.is_empty()).collect(),
    })
}

fn id(field: &str, id: &str) -> Result<String, String> {
    let fits = (1..=ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    if fits { Ok(id.to_owned()) } else { Err(format!("{field} is to have 1 to {ID_BYTES} bytes")) }
}

fn time(event: &Event) -> Option<prost_types::Timestamp> {
    let at: DateTime<Utc> = event.timestamp.as_deref()?.parse().ok()?;
    let seconds = at.timestamp();
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    (1..253_402_300_800).contains(&seconds).then_some(prost_types::Timestamp { seconds, nanos })
}

fn unparsed(body: &[u8], reason: &str) -> Inbound {
    let unparsed = Unparsed {
        raw: body.to_vec(),
        content_type: "application/json".into(),
        reason: clean(reason, 300),
        ..Unparsed::default()
    };
    Inbound { key: format!("raw:{}", hash(body)), body: Some(Body::Unparsed(unparsed)), ..Inbound::default() }
}
