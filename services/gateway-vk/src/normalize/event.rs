use contracts::channel::{
    Blocked, ButtonCallback, Content, ConversationStarted, FormField, Inbound, Message, Peer, Reaction, Receipt,
    ReceiptStatus, Source, Unblocked, inbound::Body,
};
use gateway_kit::words::{clean, storable};
use serde_json::Value;

use super::{message::peer, reaction, time};
use crate::{
    address::{CallbackId, MessageKey, is_chat},
    wire::{Allowed, LeadForm, MarketOrder, MessageEvent, MessageRead, ReactionEvent},
};

/// The person lets the community write. The mark of the button on a site that was pressed is a source.
pub fn allowed(event: &Allowed, id: &str) -> Vec<Inbound> {
    let about = |kind: &str, body| Inbound {
        key: format!("{kind}:{}:{id}", event.user_id),
        peer: Some(peer(event.user_id)),
        body: Some(body),
        ..Inbound::default()
    };
    let mut facts = vec![about("allow", Body::Unblocked(Unblocked {}))];
    let mark = clean(event.key.as_deref().unwrap_or_default(), 300);
    if !mark.is_empty() {
        let source = Source { kind: "vk_allow".into(), r#ref: mark, ..Source::default() };
        let started = about("start", Body::ConversationStarted(ConversationStarted::default()));
        facts.push(Inbound { source: Some(source), ..started });
    }
    facts
}

pub fn denied(event: &Allowed, id: &str) -> Vec<Inbound> {
    vec![Inbound {
        key: format!("deny:{}:{id}", event.user_id),
        peer: Some(peer(event.user_id)),
        body: Some(Body::Blocked(Blocked {})),
        ..Inbound::default()
    }]
}

/// A pressed button. VK waits a minute for the answer.
pub fn pressed(event: MessageEvent) -> Vec<Inbound> {
    let callback = CallbackId { event: event.event_id, user: event.user_id, peer: event.peer_id };
    let body = ButtonCallback { data: data(&event.payload), title: String::new(), callback_id: callback.to_string() };
    let pressed = event.conversation_message_id.filter(|cmid| *cmid > 0);
    let message_key = pressed.map(|cmid| MessageKey { peer: event.peer_id, cmid }.to_string());
    vec![Inbound {
        key: format!("cb:{}", callback.event),
        message_key: message_key.unwrap_or_default(),
        peer: Some(peer(event.peer_id)),
        body: Some(Body::ButtonCallback(body)),
        ..Inbound::default()
    }]
}

/// What our button carried, or another program's payload as it is. VK gives it as an object, its schema says text.
fn data(payload: &Value) -> String {
    let parsed = payload.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let payload = parsed.as_ref().unwrap_or(payload);
    let own = payload.get("d").and_then(Value::as_str);
    let text = own.or(payload.as_str()).map(str::to_owned);
    storable(&text.unwrap_or_else(|| if payload.is_null() { String::new() } else { payload.to_string() }))
}

/// The person has read everything up to a message; that the community read is nothing new.
pub fn read(event: &MessageRead) -> Vec<Inbound> {
    let Some(cmid) = event.conversation_message_id.filter(|cmid| *cmid > 0 && event.from_id == event.peer_id) else {
        return Vec::new();
    };
    let natural = MessageKey { peer: event.peer_id, cmid }.to_string();
    let receipt = Receipt { status: ReceiptStatus::Read.into(), read_up_to_position: cmid, ..Receipt::default() };
    vec![Inbound {
        key: format!("read:{natural}"),
        message_key: natural,
        peer: Some(peer(event.peer_id)),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    }]
}

/// A person has one reaction to a message at a time. VK gives no date, so the event itself tells two of them apart.
pub fn reaction(event: &ReactionEvent, id: &str) -> Vec<Inbound> {
    if event.reacted_id < 0 || event.cmid <= 0 || event.peer_id == 0 {
        return Vec::new();
    }
    let natural = MessageKey { peer: event.peer_id, cmid: event.cmid }.to_string();
    let emojis = event.reaction_id.map(|id| reaction::emoji(id).to_owned()).into_iter().collect();
    vec![Inbound {
        key: format!("react:{natural}:{}:{id}", event.reacted_id),
        message_key: natural,
        peer: Some(peer(event.peer_id)),
        body: Some(Body::Reaction(Reaction { emojis })),
        ..Inbound::default()
    }]
}

/// A form filled in at an advertisement or in the community.
pub fn lead(lead: LeadForm, group: i64) -> Vec<Inbound> {
    let form = lead.answers.iter().take(50).enumerate().map(|(number, answer)| FormField {
        name: answer.key.as_deref().map_or_else(|| format!("field_{}", number + 1), |key| clean(key, 64)),
        title: clean(answer.question.as_deref().unwrap_or_default(), 300),
        value: answer_text(&answer.answer),
    });
    let content = Content {
        form: form.collect(),
        text: clean(lead.form_name.as_deref().unwrap_or_default(), 300),
        ..Content::default()
    };
    let marks = [
        ("form_id", lead.form_id.map(|id| id.to_string())),
        ("ad_id", lead.ad_id.as_ref().filter(|ad| !ad.is_null()).map(plain)),
    ];
    let fields = marks.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let source = Source { kind: "vk_lead_form".into(), r#ref: content.text.clone(), fields, ..Source::default() };
    let natural = format!("lead:{}:{}", lead.group_id.unwrap_or(group), lead.lead_id);
    let source = Some(source);
    vec![Inbound { source, ..said(natural, lead.user_id, None, content) }]
}

/// An order in the community's shop.
pub fn market_order(order: MarketOrder) -> Vec<Inbound> {
    let number = order.display_order_id.clone().unwrap_or_else(|| order.id.to_string());
    let fields = [
        ("order", "Заказ", Some(number)),
        ("items", "Товаров", order.items_count.map(|count| count.to_string())),
        ("total", "Сумма", order.total_price.and_then(|price| price.text)),
        ("comment", "Комментарий", order.comment),
    ];
    let form = fields.into_iter().filter_map(|(name, title, value)| {
        let value = storable(&value.filter(|value| !value.is_empty())?);
        Some(FormField { name: name.into(), title: title.into(), value })
    });
    let content = Content { form: form.collect(), ..Content::default() };
    vec![said(format!("order:{}:{}", order.user_id.unwrap_or_default(), order.id), order.user_id, order.date, content)]
}

/// Who filled in a form without being signed in has no address at VK, and is known by the form alone.
fn said(natural: String, user: Option<i64>, date: Option<i64>, content: Content) -> Inbound {
    let user = user.filter(|user| *user > 0 && !is_chat(*user));
    let of_form = || Peer { address: natural.clone(), ..Peer::default() };
    Inbound {
        key: format!("msg:{natural}"),
        sent_on: date.and_then(time),
        shown_at: date.and_then(time),
        peer: Some(user.map_or_else(of_form, peer)),
        message_key: natural,
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}

fn answer_text(answer: &Value) -> String {
    match answer {
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        one => plain(one),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => storable(text),
        Value::Null => String::new(),
        other => storable(&other.to_string()),
    }
}
