//! What a visitor does, as facts. Pure: the same frame gives the same key and the same date.

use std::collections::HashMap;

use chrono::DateTime;
use contracts::channel::{
    Attachment, AttachmentState, ButtonCallback, Content, ConversationStarted, FormField, Inbound, Message, Receipt,
    ReceiptStatus, Source, inbound::Body,
};
use model::AccountId;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::{
    person::{Who, visitor_address},
    token::UploadToken,
    wire::{Code, Field, Msg, Page, Touch, Touches},
};

pub const TEXT_CHARS: usize = 8_000;
pub const FILES_MOST: usize = 10;
const FORM_MOST: usize = 50;
const DATA_BYTES: usize = 256;
/// Marks and click ids of one touch.
const MARKS_MOST: usize = 40;
const MARK_CHARS: usize = 512;
const URL_CHARS: usize = 2_048;
/// How far a browser's clock may be ahead, in ms. Router files under 1970 what is dated more than a day ahead of it (rule I2):
/// a repeat a day later would be filed elsewhere, as another fact. What is refused was never published, and what was
/// published has its own date whenever it comes again; an hour is left for the gateway's clock.
const AHEAD_MS: i64 = 23 * 3_600_000;

/// What is known beside a message itself.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    pub page: Option<Page>,
    pub touch: Option<Touches>,
    /// Whether it may be kept where the visitor came from; `None`: the browser says nothing of it.
    pub storage_consent: Option<bool>,
    pub language: String,
}

/// Whether a message can be taken at all; `now_ms` is the gateway's clock.
///
/// # Errors
/// What the visitor is told: it will never be taken.
pub fn check(msg: &Msg, now_ms: i64) -> Result<Uuid, Code> {
    let id = Uuid::parse_str(&msg.id).map_err(|_| Code::BadFrame)?;
    let text = msg.text.as_deref().unwrap_or_default();
    let (files, form) = (msg.files.as_deref().unwrap_or_default(), msg.form.as_deref().unwrap_or_default());
    if text.chars().count() > TEXT_CHARS || files.len() > FILES_MOST || form.len() > FORM_MOST {
        return Err(Code::TooLarge);
    }
    if form.iter().any(|field| field.name.len() > 64 || field.title.len() > 1_000 || field.value.len() > 8_000) {
        return Err(Code::TooLarge);
    }
    if msg.press.as_ref().is_some_and(|press| press.data.len() > DATA_BYTES || press.message.len() > 64) {
        return Err(Code::TooLarge);
    }
    let says_something = !text.trim().is_empty() || !files.is_empty() || !form.is_empty() || msg.press.is_some();
    if says_something && (0..=now_ms.saturating_add(AHEAD_MS)).contains(&msg.at) { Ok(id) } else { Err(Code::BadFrame) }
}

/// A message that was checked, of a visitor who has an id. `arrived_ms` is the gateway's clock: it is shown then.
#[must_use]
pub fn message(
    account: AccountId,
    who: &Who,
    visitor: Uuid,
    msg: &Msg,
    files: Vec<Attachment>,
    around: &Circumstances,
    arrived_ms: i64,
) -> Inbound {
    let key = message_key(visitor, &msg.id);
    let form: Vec<FormField> = msg.form.iter().flatten().map(field).collect();
    let text = clean(msg.text.as_deref().unwrap_or_default(), TEXT_CHARS);
    let peer = who.peer(account, &form, &clean(&around.language, 35));
    let pressed = msg.press.as_ref().map(|press| clean(&press.message, 64)).filter(|key| !key.is_empty());
    let body = match &msg.press {
        Some(press) => Body::ButtonCallback(ButtonCallback {
            data: clean(&press.data, DATA_BYTES),
            title: text,
            callback_id: String::new(),
        }),
        None => {
            let content = Content { text, attachments: files, form, ..Content::default() };
            Body::Message(Message { content: Some(content) })
        }
    };
    Inbound {
        key: key.clone(),
        sent_on: Some(timestamp(msg.at)),
        shown_at: Some(timestamp(arrived_ms)),
        position: msg.n,
        message_key: key,
        refers_to: pressed.into_iter().collect(),
        peer,
        source: Some(source(who, around)),
        body: Some(body),
        ..Inbound::default()
    }
}

/// The key of a visitor's message; its form never changes (rule I1).
#[must_use]
pub fn message_key(visitor: Uuid, client_id: &str) -> String {
    format!("msg:{visitor}:{}", client_id.to_ascii_lowercase())
}

/// The `id` that the visitor's browser gave the message of a key; `None`: it is a message of ours.
#[must_use]
pub fn client_id(message_key: &str) -> Option<&str> {
    message_key.strip_prefix("msg:")?.split_once(':').map(|(_, id)| id)
}

/// A stored upload as an attachment.
#[must_use]
pub fn attachment(upload: UploadToken) -> Attachment {
    Attachment {
        kind: upload.kind,
        name: upload.name,
        mime_type: upload.mime,
        size_bytes: upload.size,
        width: upload.width,
        height: upload.height,
        duration_ms: upload.duration_ms,
        object_key: upload.object_key,
        sha256: upload.sha256,
        state: AttachmentState::Stored.into(),
        ..Attachment::default()
    }
}

/// A message of ours is in the browser. Its date is that of the id, which is a UUIDv7.
#[must_use]
pub fn delivered(id: Uuid) -> Inbound {
    let receipt = Receipt { message_id: id.to_string(), status: ReceiptStatus::Delivered.into(), ..Receipt::default() };
    Inbound {
        key: format!("got:{id}"),
        sent_on: position(id).map(timestamp),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    }
}

/// Everything of ours up to a message was seen. `None`: whoever speaks is nobody, or the id is none of ours.
#[must_use]
pub fn read(account: AccountId, who: &Who, id: Uuid) -> Option<Inbound> {
    let position = position(id)?;
    let receipt = Receipt { status: ReceiptStatus::Read.into(), read_up_to_position: position, ..Receipt::default() };
    Some(Inbound {
        key: format!("read:{id}"),
        sent_on: Some(timestamp(position)),
        message_key: id.to_string(),
        peer: Some(who.peer(account, &[], "")?),
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    })
}

/// An anonymous visitor who has written is this person. Once, whoever tells it again.
#[must_use]
pub fn link(account: AccountId, who: &Who) -> Option<Inbound> {
    let (visitor, person) = (who.visitor?, who.person.as_ref()?);
    Some(Inbound {
        key: format!("link:{visitor}:{}", person.address),
        sent_on: position(visitor).map(timestamp),
        peer: who.peer(account, &[], ""),
        body: Some(Body::ConversationStarted(ConversationStarted::default())),
        ..Inbound::default()
    })
}

/// The place of a message of ours in its conversation: when its id was made, in ms. The same in every replica, without
/// a memory. `None`: it is no UUIDv7.
#[must_use]
pub fn position(id: Uuid) -> Option<i64> {
    let (seconds, nanos) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    i64::try_from(seconds).ok()?.checked_mul(1_000)?.checked_add(i64::from(nanos / 1_000_000))
}

fn source(who: &Who, around: &Circumstances) -> Source {
    let page = around.page.clone().unwrap_or_default();
    let text = |text: Option<String>, most| clean(text.as_deref().unwrap_or_default(), most);
    let mut fields = HashMap::new();
    if let Some(touches) = &around.touch {
        marks(&mut fields, "", touches.last.as_ref());
        marks(&mut fields, "first.", touches.first.as_ref());
    }
    if let Some((version, at)) = &who.consent {
        fields.insert("consent".to_owned(), clean(version, MARK_CHARS));
        let at = DateTime::from_timestamp_millis(*at).map(|at| at.to_rfc3339()).unwrap_or_default();
        fields.insert("consent_at".to_owned(), at);
    }
    if let Some(visitor) = who.visitor.filter(|_| who.person.is_some()) {
        fields.insert("visitor".to_owned(), visitor_address(visitor));
    }
    Source {
        kind: "webchat".to_owned(),
        r#ref: text(page.title, 300),
        url: text(page.url, URL_CHARS),
        fields: fields.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
    }
}

fn marks(fields: &mut HashMap<String, String>, prefix: &str, touch: Option<&Touch>) {
    let Some(touch) = touch else { return };
    let own = [("landing", &touch.url), ("referrer", &touch.referrer)];
    for (name, value) in own {
        fields.insert(format!("{prefix}{name}"), clean(value.as_deref().unwrap_or_default(), URL_CHARS));
    }
    let texts = touch.fields.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    for (name, value) in texts.filter(|(name, _)| is_mark(name)).take(MARKS_MOST) {
        fields.insert(format!("{prefix}{name}"), clean(value, MARK_CHARS));
    }
}

fn is_mark(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn field(field: &Field) -> FormField {
    FormField { name: clean(&field.name, 64), title: clean(&field.title, 300), value: clean(&field.value, 2_000) }
}

/// Without control characters but line ends and tabs, at most `most` characters.
pub fn clean(text: &str, most: usize) -> String {
    let shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.trim_end().chars().filter(shown).take(most).collect()
}

/// A time in ms since 1970 as the contract writes it.
#[must_use]
pub fn timestamp(ms: i64) -> Timestamp {
    let nanos = i32::try_from(ms.rem_euclid(1_000)).unwrap_or_default() * 1_000_000;
    Timestamp { seconds: ms.div_euclid(1_000), nanos }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn msg(fields: serde_json::Value) -> Msg {
        let mut whole = json!({ "id": "0198c0de-0000-7000-8000-00000000000A", "n": 3, "at": 1_764_115_200_123_i64 });
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn who() -> Who {
        Who { visitor: Some(Uuid::now_v7()), ..Who::default() }
    }

    #[test]
    fn a_repeat_has_the_same_key_and_date_whenever_it_comes() {
        let (who, account, msg) = (who(), AccountId::new(), msg(json!({ "text": "Здравствуйте\u{0}\n" })));
        let visitor = who.visitor.unwrap();
        let fact = |arrived| message(account, &who, visitor, &msg, Vec::new(), &Circumstances::default(), arrived);
        let (first, again) = (fact(1_764_115_200_900), fact(1_764_115_299_000));
        assert_eq!((&first.key, first.sent_on, first.position), (&again.key, again.sent_on, again.position));
        assert_eq!(first.key, format!("msg:{visitor}:0198c0de-0000-7000-8000-00000000000a"));
        assert_eq!(client_id(&first.key), Some("0198c0de-0000-7000-8000-00000000000a"));
        assert_eq!(first.shown_at, Some(timestamp(1_764_115_200_900)));
        let Some(Body::Message(Message { content: Some(content) })) = first.body else { panic!("a message") };
        assert_eq!(content.text, "Здравствуйте");
    }

    #[test]
    fn where_a_visitor_came_from_goes_with_the_message() {
        let touch = json!({
            "first": { "url": "https://shop.example/?utm_source=ya", "fields": { "utm_source": "ya" } },
            "last": { "ref": "https://search.example/", "fields": { "utm_source": "vk", "yclid": "5", "n": 1, "a b": "x" } },
        });
        let around = Circumstances {
            page: Some(Page {
                url: Some("https://shop.example/cart".into()),
                title: Some("Корзина".into()),
                referrer: None,
            }),
            touch: serde_json::from_value(touch).unwrap(),
            storage_consent: None,
            language: "ru".into(),
        };
        let who = Who { consent: Some(("2".into(), 1_764_115_200_000)), ..who() };
        let visitor = who.visitor.unwrap();
        let fact = message(AccountId::new(), &who, visitor, &msg(json!({ "text": "x" })), Vec::new(), &around, 0);
        let source = fact.source.unwrap();
        assert_eq!((source.kind.as_str(), source.url.as_str()), ("webchat", "https://shop.example/cart"));
        assert_eq!(source.r#ref, "Корзина");
        let mut fields: Vec<_> = source.fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
        fields.sort();
        let expected = [
            "consent=2",
            "consent_at=2025-11-26T00:00:00+00:00",
            "first.landing=https://shop.example/?utm_source=ya",
            "first.utm_source=ya",
            "referrer=https://search.example/",
            "utm_source=vk",
            "yclid=5",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_pressed_button_is_a_callback() {
        let press = json!({ "text": "Да", "press": { "message": "m-1", "data": "yes" } });
        let who = who();
        let visitor = who.visitor.unwrap();
        let fact = message(AccountId::new(), &who, visitor, &msg(press), Vec::new(), &Circumstances::default(), 0);
        assert_eq!(fact.refers_to, ["m-1"]);
        let Some(Body::ButtonCallback(callback)) = fact.body else { panic!("a callback") };
        assert_eq!((callback.data.as_str(), callback.title.as_str()), ("yes", "Да"));
    }

    #[test]
    fn what_can_never_be_taken_is_said_so() {
        let now = 1_764_115_200_000;
        assert!(check(&msg(json!({ "text": "x" })), now).is_ok());
        assert!(check(&msg(json!({ "files": ["token"] })), now).is_ok());
        let long = "ж".repeat(TEXT_CHARS + 1);
        for (fields, code) in [
            (json!({ "text": " " }), Code::BadFrame),
            (json!({ "text": long }), Code::TooLarge),
            (json!({ "files": vec!["x"; 11] }), Code::TooLarge),
            (json!({ "text": "x", "id": "1" }), Code::BadFrame),
            (json!({ "text": "x", "at": -1 }), Code::BadFrame),
            (json!({ "text": "x", "at": i64::MAX }), Code::BadFrame),
            (json!({ "press": { "data": "x".repeat(257) } }), Code::TooLarge),
        ] {
            assert_eq!(check(&msg(fields.clone()), now), Err(code), "{fields}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_dated_alike_whenever_it_comes(
            ahead in -90_000_000_i64..90_000_000,
            now in 1_764_115_200_000_i64..1_864_115_200_000,
            later in 0_i64..400,
        ) {
            let frame = msg(json!({ "text": "x", "at": now + ahead }));
            let (who, day) = (who(), 86_400_000);
            let visitor = who.visitor.unwrap();
            let dated = |now| check(&frame, now).ok().map(|_| {
                message(AccountId::default(), &who, visitor, &frame, Vec::new(), &Circumstances::default(), now).sent_on
            });
            let (first, again) = (dated(now), dated(now + later * day));
            // Whoever was taken once is taken again, with the same date.
            prop_assert!(first.is_none() || first == again);
            // Never one that router files elsewhere until its day comes, even with a clock half an hour behind.
            let latest = timestamp(now - 1_800_000 + day).seconds;
            prop_assert!(first.flatten().is_none_or(|date| date.seconds <= latest));
        }
    }

    #[test]
    fn receipts_are_dated_by_the_id_of_the_message() {
        let id = Uuid::parse_str("019aba3c-7b00-7000-8000-000000000001").unwrap();
        let place = position(id).unwrap();
        let (got, read) = (delivered(id), read(AccountId::new(), &who(), id).unwrap());
        assert_eq!((got.key, got.sent_on), (format!("got:{id}"), Some(timestamp(place))));
        let Some(Body::Receipt(receipt)) = read.body else { panic!("a receipt") };
        assert_eq!(receipt.read_up_to_position, place);
        assert_eq!(super::read(AccountId::new(), &Who::default(), id), None);
        assert_eq!(position(Uuid::nil()), None);
    }
}
