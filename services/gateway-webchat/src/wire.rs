//! The frames of docs/webchat-protocol.md in their own field names; tolerant, for an older or newer widget may speak.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The protocol that this gateway speaks.
pub const VERSION: u32 = 1;
/// Larger frames end the connection.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Client frames of one POST.
pub const FRAMES_MOST: usize = 20;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    Hello(Box<Hello>),
    Start(Box<Start>),
    Msg(Box<Msg>),
    Got {
        ids: Vec<String>,
    },
    Read {
        id: String,
    },
    Typing,
    Page(Page),
    Identify {
        jwt: String,
    },
    Older {
        before: String,
    },
    Pong,
    /// Of a newer widget.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Hello {
    pub v: u32,
    pub token: Option<String>,
    pub after: Option<String>,
    pub jwt: Option<String>,
    pub page: Option<Page>,
    pub touch: Option<Touches>,
    /// Whether it may be kept where the visitor came from; `None`: nothing is said of it.
    pub storage_consent: Option<bool>,
    pub lang: Option<String>,
    /// The origin of the page that the frame stands on, as the loader says.
    pub site: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Start {
    pub jwt: Option<String>,
    pub consent: Option<Consent>,
}

/// The agreement that was shown, and when it was given (ms since 1970).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Consent {
    #[serde(default)]
    pub version: String,
    pub at: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Msg {
    pub id: String,
    /// The outbox's counter.
    #[serde(default)]
    pub n: i64,
    /// When it was written, in ms since 1970.
    pub at: i64,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub files: Option<Vec<String>>,
    #[serde(default)]
    pub form: Option<Vec<Field>>,
    #[serde(default)]
    pub press: Option<Press>,
    #[serde(default)]
    pub page: Option<Page>,
    /// Where no `hello` came before, on the stream path, or the consent has changed since.
    #[serde(default)]
    pub touch: Option<Touches>,
    /// As in `hello`.
    #[serde(default)]
    pub storage_consent: Option<bool>,
    #[serde(default)]
    pub lang: Option<String>,
}

/// A button of ours that was pressed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Press {
    pub message: String,
    pub data: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    pub name: String,
    pub title: String,
    pub value: String,
}

/// Where the visitor is on the site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Page {
    pub url: Option<String>,
    pub title: Option<String>,
    #[serde(rename = "ref")]
    pub referrer: Option<String>,
}

/// Where the visitor came from: the first time, and this time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Touches {
    pub first: Option<Touch>,
    pub last: Option<Touch>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Touch {
    pub url: Option<String>,
    #[serde(rename = "ref")]
    pub referrer: Option<String>,
    /// utm marks and click ids; what is no text is passed over.
    pub fields: BTreeMap<String, Value>,
}

impl ClientFrame {
    /// Whether it may bring a person, or is nobody's.
    #[must_use]
    pub fn says_who(&self) -> bool {
        match self {
            Self::Hello(_) | Self::Identify { .. } | Self::Pong | Self::Unknown => true,
            Self::Start(start) => start.jwt.is_some(),
            _ => false,
        }
    }
}

/// Reads a frame; `None`: it is none. One of a kind that is not known is [`ClientFrame::Unknown`].
#[must_use]
pub fn read(text: &str) -> Option<ClientFrame> {
    serde_json::from_str(text).ok()
}

/// The `id` of a `msg` that cannot be read otherwise: its outbox must learn that it will never be taken.
#[must_use]
pub fn unreadable_message(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Bare {
        t: String,
        id: String,
    }
    let bare: Bare = serde_json::from_str(text).ok()?;
    (bare.t == "msg" && bare.id.len() <= 64).then_some(bare.id)
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    Welcome(Box<Welcome>),
    Visitor {
        token: String,
    },
    Ack {
        id: String,
        /// When it was taken, in ms since 1970: where it stands among the others.
        at: i64,
    },
    Nack {
        id: String,
        code: Code,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
    },
    Message {
        message: Box<Shown>,
    },
    Gone {
        id: String,
    },
    Seen {
        client: String,
    },
    Typing,
    Office(Office),
    Older {
        messages: Vec<Shown>,
        more: bool,
    },
    Ping,
    Error {
        code: Code,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Version,
    Token,
    Identity,
    IdentityRequired,
    Rate,
    TooLarge,
    BadFrame,
    Unavailable,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Welcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<Office>,
    pub messages: Vec<Shown>,
    pub more: bool,
    pub unread: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
    pub known: bool,
    /// The gateway's clock, in ms since 1970: browsers' clocks may be days off.
    pub now: i64,
    /// What the browser has is another person's, or too old to join on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonName {
    pub name: String,
}

/// Whether somebody is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Office {
    pub open: bool,
    /// In ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<i64>,
    pub online: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_seconds: Option<u32>,
}

/// A message as the widget shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    pub own: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    pub text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    pub files: Vec<File>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<Button>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// Counts code points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    pub style: &'static str,
    pub offset: u32,
    pub length: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    pub id: String,
    pub kind: &'static str,
    pub name: String,
    pub mime: String,
    pub size: i64,
    pub w: u32,
    pub h: u32,
    pub ms: u32,
    /// Begins with `/webchat/`, below the gateway's public address; empty: not stored yet.
    pub url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl ServerFrame {
    #[must_use]
    pub fn error(code: Code) -> Self {
        Self::Error { code, retry_ms: None }
    }

    #[must_use]
    pub fn json(&self) -> String {
        // Frames of our own making always become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_of_a_newer_widget_are_passed_over() {
        assert_eq!(read(r#"{"t":"dance","with":["fields"]}"#), Some(ClientFrame::Unknown));
        let hello = read(r#"{"t":"hello","v":1,"lang":"ru","tz":"Europe/Moscow","colour":"red","token":null}"#);
        let Some(ClientFrame::Hello(hello)) = hello else { panic!("{hello:?}") };
        assert_eq!((hello.v, hello.lang.as_deref(), hello.token), (1, Some("ru"), None));
    }

    #[test]
    fn what_is_no_frame_is_told_apart_from_a_message_that_cannot_be_taken() {
        for text in ["", "[]", "null", "{}", r#"{"t":5}"#, r#"{"t":"read"}"#] {
            assert_eq!((read(text), unreadable_message(text)), (None, None), "{text}");
        }
        let bad = r#"{"t":"msg","id":"m1","at":"yesterday"}"#;
        assert_eq!((read(bad), unreadable_message(bad)), (None, Some("m1".to_owned())));
    }

    #[test]
    fn a_frame_of_ours_looks_as_the_document_says() {
        let frame = ServerFrame::Nack { id: "m1".into(), code: Code::TooLarge, retry_ms: None };
        let value: Value = serde_json::from_str(&frame.json()).unwrap();
        assert_eq!(value, json!({ "t": "nack", "id": "m1", "code": "too_large" }));
        let office = Office { open: true, opens_at: None, online: 2, reply_seconds: Some(300) };
        let value: Value = serde_json::from_str(&ServerFrame::Office(office).json()).unwrap();
        assert_eq!(value, json!({ "t": "office", "open": true, "online": 2, "reply_seconds": 300 }));
        assert_eq!(ServerFrame::Ping.json(), r#"{"t":"ping"}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,400}") {
            let _ = (read(&text), unreadable_message(&text));
        }

        #[test]
        fn any_change_of_a_frame_is_read_without_harm(at in 0_usize..300, with in "[\\PC\"{}\\[\\],:0-9-]{0,6}") {
            let frame = r#"{"t":"msg","id":"0190","n":3,"at":1764115200000,"text":"Здравствуйте","files":["a"],"form":[{"name":"phone","title":"Телефон","value":"1"}],"touch":{"first":{"fields":{"utm_source":"x","n":5}}}}"#;
            let place = frame.floor_char_boundary(at.min(frame.len()));
            let changed = format!("{}{with}{}", &frame[..place], &frame[place..]);
            let _ = (read(&changed), unreadable_message(&changed));
        }
    }
}
