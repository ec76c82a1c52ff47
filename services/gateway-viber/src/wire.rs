//! What Viber sends, in its own field names (<https://developers.viber.com/docs/api/rest-bot-api/#callbacks>, read
//! 2026-11-26). Unknown fields are passed over.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// A message's id: 64 bits, so never a float. Some senders write it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub u64);

impl Token {
    /// For the order inside a conversation: tokens grow with time.
    pub fn position(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        token.filter(|token| *token > 0).map(Self).ok_or_else(|| D::Error::custom("a token is a whole number"))
    }
}

/// A number in whatever form; anything else is none.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool())
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub event: String,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    pub message_token: Option<Token>,
    /// Of `delivered`, `seen`, `failed` and `unsubscribed`.
    pub user_id: Option<String>,
    /// Of `subscribed` and `conversation_started`.
    pub user: Option<Person>,
    /// Of `conversation_started`: whether the bot may write to the person.
    #[serde(default, deserialize_with = "flag")]
    pub subscribed: Option<bool>,
    /// Of `message`.
    pub sender: Option<Person>,
    pub message: Option<Message>,
    /// A group, where the bot is in one.
    pub chat_id: Option<String>,
    /// Of `conversation_started`: the mark of the link that led here.
    pub context: Option<String>,
    /// Of `failed`, in words.
    pub desc: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Person {
    pub id: String,
    pub name: Option<String>,
    pub language: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Message {
    #[serde(rename = "type")]
    pub kind: String,
    pub text: Option<String>,
    /// An address: of the bytes, or the link itself.
    pub media: Option<String>,
    pub file_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub size: Option<i64>,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub duration: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub sticker_id: Option<i64>,
    pub location: Option<Location>,
    pub contact: Option<Contact>,
}

#[derive(Debug, Deserialize)]
pub struct Location {
    pub lat: f64,
    pub lon: f64,
    pub address: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Contact {
    pub name: Option<String>,
    pub phone_number: Option<String>,
}

/// The answer to `send_message`.
#[derive(Debug, Deserialize)]
pub struct SentMessage {
    pub message_token: Option<Token>,
}

/// The answer to `get_account_info`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Account {
    pub name: Option<String>,
    pub uri: Option<String>,
    pub webhook: Option<String>,
    pub event_types: Option<Vec<String>>,
}

impl Account {
    /// What Viber calls the bot.
    pub fn title(&self) -> String {
        let name = self.name.as_deref().or(self.uri.as_deref()).unwrap_or_default();
        gateway_kit::words::clean(name, 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_exact_or_refused() {
        for (text, expected) in [
            ("6012345678901234567", Some(6_012_345_678_901_234_567)),
            ("\"6012345678901234567\"", Some(6_012_345_678_901_234_567)),
            ("18446744073709551615", Some(u64::MAX)),
            ("6.012345678901234567e18", None),
            ("-1", None),
            ("0", None),
            ("18446744073709551616", None),
            ("null", None),
        ] {
            assert_eq!(serde_json::from_str::<Token>(text).ok().map(|token| token.0), expected, "{text}");
        }
    }
}
