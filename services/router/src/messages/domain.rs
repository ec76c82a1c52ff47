//! What a message to be stored is, and what can be refused about one.

use chrono::{DateTime, Utc};
use contracts::{
    channel::{ButtonRow, Content, Letter, TemplateMessage, TextSpan},
    errors::ErrorReason,
    inbox::{MessageEvent, MessageKind, MessageStatus},
};
use model::{AttachmentId, ConversationId, EmployeeId, FileId, MessageId};
use tonic::{Code, Status};

use crate::{conversations::ConversationError, fault::broken, files::Upload, templates::TemplateError};

/// Why something about a message cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("there is no message {0} in your sight")]
    NotFound(MessageId),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error("{field}: {why}")]
    Invalid { field: &'static str, why: &'static str },
    #[error("a message needs text or a file")]
    Empty,
    #[error("the text is longer than {limit}")]
    TooLong { limit: u32 },
    #[error("there is no file {0} of yours")]
    FileNotFound(FileId),
    #[error("file {0} is not uploaded yet")]
    FileNotReady(FileId),
    #[error("file {file} is larger than the channel takes: {limit_bytes} bytes")]
    FileTooLarge { file: FileId, limit_bytes: i64 },
    #[error("the channel cannot do this: {ability}")]
    ChannelCannot { ability: &'static str },
    #[error("the time for free answers is over")]
    WindowClosed,
    #[error("the person has blocked this account")]
    Blocked,
    #[error("the account is switched off")]
    AccountOff,
    #[error("no gateway of channel {0} has announced itself")]
    NoGateway(String),
    #[error("an adapter has claimed the message already")]
    AlreadyClaimed,
    #[error("the message is not sent yet")]
    NotSentYet,
    #[error("that conversation belongs to somebody else")]
    OtherClient,
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<MessageError> for Status {
    fn from(error: MessageError) -> Self {
        use MessageError as E;
        let (code, reason) = match &error {
            E::NotFound(id) => return rpc::hidden(ErrorReason::MessageNotFound, "message", id, &error),
            E::Empty => (Code::InvalidArgument, ErrorReason::EmptyMessage),
            E::FileNotFound(id) => return rpc::hidden(ErrorReason::FileNotFound, "file", id, &error),
            E::FileNotReady(_) => (Code::FailedPrecondition, ErrorReason::FileNotReady),
            E::WindowClosed => (Code::FailedPrecondition, ErrorReason::WindowClosed),
            E::Blocked => (Code::FailedPrecondition, ErrorReason::BlockedByClient),
            E::AccountOff => (Code::FailedPrecondition, ErrorReason::AccountOff),
            E::NoGateway(_) => (Code::Unavailable, ErrorReason::GatewayNotRunning),
            E::AlreadyClaimed => (Code::FailedPrecondition, ErrorReason::AlreadyClaimed),
            E::NotSentYet => (Code::FailedPrecondition, ErrorReason::NotSentYet),
            E::OtherClient => (Code::FailedPrecondition, ErrorReason::OtherClient),
            E::Invalid { field, why } => return rpc::invalid_field(field, why),
            E::TooLong { .. } | E::FileTooLarge { .. } | E::ChannelCannot { .. } => return with_facts(&error),
            E::Template(refusal) => return refusal.into(),
            E::Store(_) => return broken(error),
            E::Conversation(_) => {
                let E::Conversation(inner) = error else { unreachable!("matched above") };
                return inner.into();
            }
        };
        rpc::status(code, reason, &error)
    }
}

/// Refusals whose sentence on the page needs a figure.
fn with_facts(error: &MessageError) -> Status {
    let status = |code, reason, facts: &[(&str, &str)]| rpc::status_with(code, reason, error, facts);
    match error {
        MessageError::TooLong { limit } => {
            status(Code::InvalidArgument, ErrorReason::TextTooLong, &[("limit", &limit.to_string())])
        }
        MessageError::FileTooLarge { file, limit_bytes } => {
            let facts = [("file_id", file.to_string()), ("limit_bytes", limit_bytes.to_string())];
            let facts = facts.each_ref().map(|(name, value)| (*name, value.as_str()));
            status(Code::FailedPrecondition, ErrorReason::FileTooLarge, &facts)
        }
        MessageError::ChannelCannot { ability } => {
            status(Code::FailedPrecondition, ErrorReason::ChannelCannot, &[("ability", ability)])
        }
        other => rpc::status(Code::Internal, ErrorReason::Internal, other),
    }
}

/// What an employee says: the same for a reply, an edit and a note.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Speech {
    pub text: String,
    pub spans: Vec<TextSpan>,
    pub buttons: Vec<ButtonRow>,
    /// What is sent instead; `text` is how it reads.
    pub template: Option<TemplateMessage>,
    /// In channels of letters, the head with the ids of its files.
    pub letter: Option<Box<Letter>>,
}

impl Speech {
    /// A text without any formatting.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// As `inbox.message.content` holds it: without text and attachments.
    #[must_use]
    pub fn content(&self) -> Content {
        Content {
            spans: self.spans.clone(),
            buttons: self.buttons.clone(),
            template: self.template.clone(),
            letter: self.letter.clone(),
            ..Content::default()
        }
    }
}

/// A reply as its author wants it, checked against everything but the channel.
#[derive(Debug, Clone)]
pub struct Reply {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub speech: Speech,
    pub files: Vec<FileId>,
    pub reply_to: Option<MessageId>,
    pub not_before: Option<DateTime<Utc>>,
    /// What has not gone by then is called off.
    pub not_after: Option<DateTime<Utc>>,
    pub letter: Option<Written>,
}

/// What a letter has beside its text and files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// Subject and recipients.
    pub head: Box<Letter>,
    /// The upload that is its markup.
    pub html: Option<FileId>,
    /// Uploads that the markup shows, by their content ids.
    pub inline: Vec<(String, FileId)>,
}

/// An internal note.
#[derive(Debug, Clone)]
pub struct Note {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub text: String,
    pub mentions: Vec<EmployeeId>,
    pub files: Vec<FileId>,
}

/// A message of ours before it is stored; its conversation, author and time are those of the change.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: MessageId,
    pub kind: MessageKind,
    pub status: MessageStatus,
    pub speech: Speech,
    pub group_key: String,
    pub reply_to: Option<MessageId>,
    pub not_before: Option<DateTime<Utc>>,
    pub not_after: Option<DateTime<Utc>>,
    pub mentions: Vec<EmployeeId>,
    pub event: Option<MessageEvent>,
    pub files: Vec<NewFile>,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    pub id: AttachmentId,
    /// Of `okno.channel.v1.AttachmentKind`.
    pub kind: i16,
    pub upload: Upload,
}

impl NewMessage {
    /// A note.
    #[must_use]
    pub fn note(id: MessageId, text: &str) -> Self {
        Self::of(id, MessageKind::Note, Speech::plain(text))
    }

    /// A line between bubbles.
    #[must_use]
    pub fn event(event: MessageEvent) -> Self {
        Self { event: Some(event), ..Self::of(MessageId::new(), MessageKind::Event, Speech::default()) }
    }

    /// A reply, queued.
    #[must_use]
    pub fn queued(id: MessageId, speech: Speech) -> Self {
        Self { status: MessageStatus::Queued, ..Self::of(id, MessageKind::Message, speech) }
    }

    fn of(id: MessageId, kind: MessageKind, speech: Speech) -> Self {
        Self {
            id,
            kind,
            status: MessageStatus::Unspecified,
            speech,
            group_key: String::new(),
            reply_to: None,
            not_before: None,
            not_after: None,
            mentions: Vec::new(),
            event: None,
            files: Vec::new(),
        }
    }
}
