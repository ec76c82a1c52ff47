use contracts::channel::{Attachment, Content, Location};
use gateway_kit::words::{clean, storable};

use super::{
    attachment::{self, Part},
    service,
};
use crate::{
    address::{MessageKey, is_chat},
    names,
    wire::{Geo, Message, Quoted},
};

/// Forwarded messages that one message shows.
const FORWARDED: usize = 100;

/// All that a message shows. In a conversation of several the author's name stands before the text, for the contact point
/// is the conversation.
pub fn of(message: &Message) -> Content {
    let key = MessageKey { peer: message.peer_id, cmid: message.conversation_message_id.unwrap_or_default() };
    let mut gathered = Gathered::new(key);
    gathered.add(message.text.as_deref(), message.attachments.as_deref());
    let mut content = Content { location: message.geo.as_ref().and_then(location), ..Content::default() };
    forwarded(&mut content, &mut gathered, message);
    let Gathered { text, attachments, unsupported, .. } = gathered;
    content.text = text;
    content.attachments = attachments;
    quote(&mut content, message);
    if let Some(event) = message.action.as_ref().and_then(service::event) {
        content.event_key = event.key;
        content.event_text = event.text;
        content.event_args = event.args;
    }
    let nothing_else = is_empty(&content) && unsupported.is_empty();
    content.unsupported = if nothing_else { "message".into() } else { unsupported };
    if is_chat(message.peer_id) {
        name_the_author(&mut content, &names::place_of(message.from_id));
    }
    content
}

fn is_empty(content: &Content) -> bool {
    let nothing_said = content.text.is_empty() && content.event_text.is_empty() && content.quote_text.is_empty();
    nothing_said && content.attachments.is_empty() && content.location.is_none()
}

/// Text and files, gathered from a message and what it forwards.
struct Gathered {
    key: MessageKey,
    text: String,
    attachments: Vec<Attachment>,
    unsupported: String,
}

impl Gathered {
    fn new(key: MessageKey) -> Self {
        Self { key, text: String::new(), attachments: Vec::new(), unsupported: String::new() }
    }

    fn add(&mut self, text: Option<&str>, attachments: Option<&[serde_json::Value]>) {
        self.line(&storable(text.unwrap_or_default()));
        for value in attachments.unwrap_or_default() {
            match attachment::read(value, &self.key) {
                Part::File(file) => self.attachments.push(*file),
                Part::Words(words) => self.line(&words),
                Part::Unsupported(kind) => self.unsupported = kind,
            }
        }
    }

    fn line(&mut self, words: &str) {
        if !self.text.is_empty() && !words.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(words);
    }
}

/// One forwarded message alone is shown as what it is; several, or one beside own words, as a quotation with its files.
fn forwarded(content: &mut Content, gathered: &mut Gathered, message: &Message) {
    let forwarded = message.fwd_messages.as_deref().unwrap_or_default();
    let alone = gathered.text.is_empty() && gathered.attachments.is_empty();
    if let ([only], true) = (forwarded, alone) {
        content.forwarded_from = author(only);
        gathered.add(only.text.as_deref(), only.attachments.as_deref());
        return;
    }
    let mut lines = Vec::new();
    for quoted in forwarded.iter().take(FORWARDED) {
        let text = storable(quoted.text.as_deref().unwrap_or_default());
        lines.push(format!("{}: {text}", author(quoted)));
        gathered.add(None, quoted.attachments.as_deref());
    }
    content.quote_text = lines.join("\n");
}

fn author(quoted: &Quoted) -> String {
    quoted.from_id.map(names::place_of).unwrap_or_default()
}

/// What is answered, where it is not a message of this conversation.
fn quote(content: &mut Content, message: &Message) {
    let Some(quoted) = &message.reply_message else { return };
    let known = quoted.conversation_message_id.is_some_and(|cmid| cmid > 0);
    if !known || quoted.peer_id.is_some_and(|peer| peer != message.peer_id) {
        content.quote_text = storable(quoted.text.as_deref().unwrap_or_default());
    }
}

fn location(geo: &Geo) -> Option<Location> {
    let at = geo.coordinates.as_ref()?;
    let place = geo.place.as_ref();
    let part = |text: Option<&String>, most| clean(text.map_or("", String::as_str), most);
    Some(Location {
        latitude: at.latitude,
        longitude: at.longitude,
        title: part(place.and_then(|place| place.title.as_ref()), 200),
        address: part(place.and_then(|place| place.address.as_ref().or(place.city.as_ref())), 500),
    })
}

fn name_the_author(content: &mut Content, author: &str) {
    if !content.event_text.is_empty() {
        content.event_text = format!("{author}: {}", content.event_text);
        if let Some(who) = content.event_args.first_mut() {
            author.clone_into(who);
        }
        return;
    }
    let prefix = if content.text.is_empty() { format!("{author}:") } else { format!("{author}: ") };
    content.text.insert_str(0, &prefix);
}
