//! A conversation as its changes see it, and what can be refused about one.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Content, FormField, OrderTarget},
    errors::ErrorReason,
    inbox::{Direction, MessageKind, MessageStatus},
};
use model::{AccountId, ContactPointId, ConversationId, DepartmentId, EmployeeId, MessageId, RequestId};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    access::{Place, Standing},
    fault::broken,
};

/// How far ahead a message may be queued and still count as an answer given now (undo-send holds it for seconds).
const HOLD: TimeDelta = TimeDelta::seconds(60);
/// What the list row shows of a message, in characters.
const PREVIEW: usize = 200;

/// Why something about a conversation cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    #[error("there is no conversation {0} in your sight")]
    NotFound(ConversationId),
    #[error("conversation {id} is not yours to change: {why}")]
    NotAllowed { id: ConversationId, why: &'static str },
    #[error("the draft was changed elsewhere since you read it")]
    StaleDraft,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<ConversationError> for Status {
    fn from(error: ConversationError) -> Self {
        let (code, reason) = match &error {
            ConversationError::NotFound(id) => {
                return rpc::hidden(ErrorReason::ConversationNotFound, "conversation", id, &error);
            }
            ConversationError::NotAllowed { id, why } => {
                return rpc::denied_of("conversation.change", "conversation", id, &error, why);
            }
            ConversationError::StaleDraft => (Code::Aborted, ErrorReason::EtagMismatch),
            ConversationError::Store(_) => return broken(error),
        };
        rpc::status(code, reason, &error)
    }
}

/// The account of a conversation, as far as its orders need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub channel: String,
    pub part: i32,
    /// Neither switched off nor deleted.
    pub enabled: bool,
    pub department: Option<DepartmentId>,
    /// Whose personal account it is.
    pub owner: Option<EmployeeId>,
}

/// Where the person is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub contact_point: ContactPointId,
    pub scope: String,
    pub address: String,
    pub reply_address: String,
    /// The adapter's; empty where the contact point alone names the thread.
    pub thread_key: String,
}

impl Peer {
    /// Where an order about this conversation goes.
    #[must_use]
    pub fn target(&self, id: ConversationId) -> OrderTarget {
        OrderTarget {
            conversation_id: id.to_string(),
            thread_key: self.thread_key.clone(),
            scope: self.scope.clone(),
            address: self.address.clone(),
            reply_address: self.reply_address.clone(),
        }
    }
}

/// A conversation as signals about it need it, without its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub account: Account,
    pub peer: Peer,
    pub place: Place,
}

/// The last line of the list row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    pub message: Option<MessageId>,
    pub direction: i16,
    pub kind: i16,
    pub status: i16,
    pub attachment_kind: i16,
    pub text: String,
    pub shown_at: Option<DateTime<Utc>>,
}

impl Last {
    /// Of a reply that was just queued.
    #[must_use]
    pub fn queued(message: MessageId, text: &str, attachment_kind: i16, now: DateTime<Utc>) -> Self {
        Self {
            message: Some(message),
            direction: Direction::Out as i16,
            kind: MessageKind::Message as i16,
            status: MessageStatus::Queued as i16,
            attachment_kind,
            text: text.chars().take(PREVIEW).collect(),
            shown_at: Some(now),
        }
    }
}

/// What the list row shows of a message: its text, else what it says otherwise, else what was filled in
/// ("Имя: Анна, Тема: доставка"). At most 200 characters.
#[must_use]
pub fn preview(content: &Content) -> String {
    let said = [&content.text, &content.event_text, &content.unsupported].into_iter().find(|text| !text.is_empty());
    let text = said.cloned().unwrap_or_else(|| filled_in(&content.form));
    text.chars().take(PREVIEW).collect()
}

fn filled_in(form: &[FormField]) -> String {
    let field = |field: &FormField| {
        let title = if field.title.is_empty() { &field.name } else { &field.title };
        format!("{title}: {}", field.value)
    };
    let filled = form.iter().filter(|field| !field.value.is_empty());
    filled.map(field).collect::<Vec<_>>().join(", ")
}

/// A conversation under its lock. What is changed here is written when the change commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    pub id: ConversationId,
    pub revision: i64,
    pub account: Account,
    pub peer: Peer,
    pub last_seq: i64,
    pub inbound_count: i64,
    pub last: Last,
    pub last_activity_at: DateTime<Utc>,
    pub reply_until: Option<DateTime<Utc>>,
    pub blocked: bool,
    /// The current request, else the last one.
    pub request: Option<RequestId>,
    pub request_open: bool,
    pub assignee: Option<EmployeeId>,
    pub department: Option<DepartmentId>,
    /// `None`: the account's inbox.
    pub folder: Option<Uuid>,
}

impl Locked {
    #[must_use]
    pub fn place(&self) -> Place {
        let department = self.department.or(self.account.department);
        Place { assignee: self.assignee, department, request_open: self.request_open, owner: self.account.owner }
    }

    /// # Errors
    /// [`ConversationError::NotAllowed`] for anything less than full standing.
    pub fn must_be_full(&self, standing: Standing) -> Result<(), ConversationError> {
        match standing.cannot_reply_reason(&self.place()) {
            "" => Ok(()),
            why => Err(ConversationError::NotAllowed { id: self.id, why }),
        }
    }
}

/// Whether a message with this `not_before` answers the person now, rather than some day.
#[must_use]
pub fn answers_now(not_before: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    not_before.is_none_or(|at| at <= now + HOLD)
}
