//! Telegram's ids as the keys and addresses of our facts and orders. Their form never changes (rule I1).

use std::fmt;

use crate::wire;

/// Where a conversation is at Telegram: what `Peer.reply_address` says, `<chat>`, `<chat>#<topic>`,
/// `<chat>!<topic of direct messages>` or `<business connection>@<chat>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub business: Option<String>,
    pub chat: i64,
    /// Of a forum, or of a private chat with topics.
    pub topic: Option<i64>,
    /// Of a channel's direct messages: one person's.
    pub direct: Option<i64>,
}

impl Place {
    pub fn of(message: &wire::Message) -> Self {
        let topic = message.message_thread_id.filter(|_| message.is_topic_message == Some(true));
        let direct = message.direct_messages_topic.as_ref().map(|direct| direct.topic_id);
        Self { business: message.business_connection_id.clone(), chat: message.chat.id, topic, direct }
    }

    pub fn chat(chat: i64) -> Self {
        Self { chat, ..Self::default() }
    }

    /// Reads a `reply_address`; a bare address is one too.
    pub fn parse(text: &str) -> Option<Self> {
        let (business, rest) = match text.rsplit_once('@') {
            Some((business, rest)) => (Some(business.to_owned()), rest),
            None => (None, text),
        };
        let (rest, direct) = match rest.split_once('!') {
            Some((chat, direct)) => (chat, Some(direct.parse().ok()?)),
            None => (rest, None),
        };
        let (chat, topic) = match rest.split_once('#') {
            Some((chat, topic)) => (chat, Some(topic.parse().ok()?)),
            None => (rest, None),
        };
        Some(Self { business, chat: chat.parse().ok()?, topic, direct })
    }

    /// Names the conversation where the contact point alone does not.
    pub fn thread_key(&self) -> String {
        match (&self.business, self.direct, self.topic) {
            (Some(business), ..) => format!("b:{business}:{}", self.chat),
            (None, Some(direct), _) => format!("{}:d{direct}", self.chat),
            (None, None, Some(topic)) => format!("{}:t{topic}", self.chat),
            (None, None, None) => String::new(),
        }
    }

    pub fn message(&self, message: i64) -> MessageKey {
        MessageKey { business: self.business.clone(), chat: self.chat, message }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(business) = &self.business {
            write!(f, "{business}@")?;
        }
        write!(f, "{}", self.chat)?;
        if let Some(topic) = self.topic {
            write!(f, "#{topic}")?;
        }
        self.direct.map_or(Ok(()), |direct| write!(f, "!{direct}"))
    }
}

/// A message's natural key: `<business connection or nothing>|<chat>|<message>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKey {
    pub business: Option<String>,
    pub chat: i64,
    pub message: i64,
}

impl MessageKey {
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, '|');
        let message = parts.next()?.parse().ok()?;
        let chat = parts.next()?.parse().ok()?;
        let business = parts.next()?;
        Some(Self { business: (!business.is_empty()).then(|| business.to_owned()), chat, message })
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let business = self.business.as_deref().unwrap_or_default();
        write!(f, "{business}|{}|{}", self.chat, self.message)
    }
}

/// Whether a business connection's id can stand in keys and addresses and be read back.
pub fn is_plain_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_from_its_text() {
        for text in ["5001", "-100123", "-100123#7", "-100123!5002", "bc_1-A=@5001", "bc@5001#3"] {
            assert_eq!(Place::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "x", "5001#", "5001#x", "-1!", "-1!x", "bc@", "@", "99999999999999999999"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_message_key_reads_back_from_its_text() {
        for text in ["|5001|41", "|-100123|9", "bc|5001|1"] {
            assert_eq!(MessageKey::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "|", "5001|41", "|5001|0:1:ab", "|x|1"] {
            assert_eq!(MessageKey::parse(text), None, "{text}");
        }
    }
}
