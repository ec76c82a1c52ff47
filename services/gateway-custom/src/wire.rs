//! What a company's chat sends (docs/custom-channel.md). Unknown fields are passed over.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "type")]
    pub kind: String,
    /// RFC 3339: when it happened.
    pub timestamp: Option<String>,
    #[serde(default)]
    pub data: Data,
}

/// Of all events; each uses its part.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Data {
    /// The message's: the chat's own, or ours as it was given to the chat.
    pub id: String,
    /// A thread that the chat knows better than the person; empty: one a person.
    pub conversation: String,
    pub person: Option<Person>,
    pub text: String,
    pub reply_to: String,
    pub files: Vec<File>,
    pub location: Option<Location>,
    pub contact: Option<Contact>,
    /// A staff member wrote it in the chat itself, under this name.
    pub staff: Option<String>,
    pub source: Option<Source>,
    /// Of a button.
    pub button: String,
    pub title: String,
    /// Why a message of ours failed, in words.
    pub problem: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    pub language: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct File {
    pub url: String,
    pub name: String,
    pub kind: String,
    pub mime_type: String,
    pub size: i64,
    pub width: u32,
    pub height: u32,
    pub duration_ms: u32,
}

#[derive(Debug, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub address: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub name: String,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Source {
    #[serde(rename = "ref")]
    pub mark: String,
    pub url: String,
    pub fields: HashMap<String, String>,
}

/// What the chat answers to a message of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// How the chat calls the message, when not as we do.
    pub id: String,
    #[serde(deserialize_with = "refusal")]
    pub error: Refusal,
}

/// As the contract has it, or as many chats put it: in words only. Anything else says nothing.
fn refusal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Refusal, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(message) => Refusal { reason: String::new(), message },
        other => serde_json::from_value(other).unwrap_or_default(),
    })
}

#[derive(Debug, Default, PartialEq, Eq, Clone, Deserialize)]
#[serde(default)]
pub struct Refusal {
    pub reason: String,
    pub message: String,
}
