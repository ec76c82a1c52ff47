use bytes::Bytes;
use serde_json::Value;
use tokio::time::Instant;

/// Something a bot sent to a chat, as the customer has it on the screen.
#[derive(Debug, Clone)]
pub struct SentMessage {
    pub bot_id: i64,
    /// Through which business account; `None` for the bot's own chat.
    pub business_connection_id: Option<String>,
    pub chat_id: i64,
    pub message_id: i64,
    /// `text`, `photo`, `document`, `video`, `audio`, `voice`, `video_note`, `animation`, `sticker`, `location`, `venue`
    /// or `contact`.
    pub kind: String,
    /// The text now, after all edits.
    pub text: Option<String>,
    /// The caption now, after all edits.
    pub caption: Option<String>,
    /// Entities of the text or caption, offsets in UTF-16 units.
    pub entities: Vec<Value>,
    pub file: Option<SentFile>,
    /// The message it answers.
    pub reply_to: Option<i64>,
    pub reply_markup: Option<Value>,
    /// What the messages of one album share.
    pub media_group_id: Option<String>,
    /// Each edit, oldest first.
    pub edits: Vec<SentEdit>,
    /// Deleted by the bot.
    pub deleted: bool,
    pub at: Instant,
    /// The whole message as Telegram answered it.
    pub json: Value,
}

/// The file of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    pub name: Option<String>,
    pub mime: Option<String>,
    pub len: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    pub bytes: Bytes,
}

impl SentFile {
    pub(super) fn new(name: Option<String>, mime: Option<String>, bytes: Bytes) -> Self {
        let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, &bytes));
        Self { name, mime, len: bytes.len(), sha256, bytes }
    }
}

/// What an edit left.
#[derive(Debug, Clone, PartialEq)]
pub struct SentEdit {
    pub text: Option<String>,
    pub caption: Option<String>,
    pub reply_markup: Option<Value>,
}

/// A reaction that a bot set or took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentReaction {
    pub bot_id: i64,
    pub chat_id: i64,
    pub message_id: i64,
    pub emoji: Vec<String>,
}

/// A call of a method, also one that was refused or broken off.
#[derive(Debug, Clone)]
pub struct Call {
    /// Counts all calls of the fake.
    pub number: u64,
    pub bot_id: i64,
    /// In lower case.
    pub method: String,
    /// The parameters; files stand as name and size.
    pub params: Value,
    /// The HTTP status it was answered with; `None` while it runs or when the connection was cut.
    pub status: Option<u16>,
    pub at: Instant,
}

/// What the fake saw and did, in order.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) sent: Vec<SentMessage>,
    pub(super) reactions: Vec<SentReaction>,
    pub(super) calls: Vec<Call>,
    /// Business messages that were marked as read.
    pub(super) read: Vec<(String, i64, i64)>,
}

impl Ledger {
    pub(super) fn find(
        &mut self,
        bot_id: i64,
        business: &str,
        chat_id: i64,
        message_id: i64,
    ) -> Option<&mut SentMessage> {
        self.sent.iter_mut().find(|sent| {
            let place = (sent.bot_id, sent.chat_id, sent.message_id);
            place == (bot_id, chat_id, message_id)
                && sent.business_connection_id.as_deref().unwrap_or_default() == business
        })
    }
}
