//! The rows that a batch has locked, as they become. Changed here fact by fact, written once at the end.

use chrono::{DateTime, Utc};
use contracts::{
    channel::{Attachment, Content, Failure},
    inbox::{Automatic, Decision, Direction, MessageEvent, MessageKind, MessageStatus, RequestState},
};
use model::{AccountId, AttachmentId, ContactPointId, ConversationId, DepartmentId, EmployeeId, MessageId, RequestId};
use uuid::Uuid;

use crate::{access, conversations::preview};

/// A conversation under its lock.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub id: ConversationId,
    pub account: AccountId,
    /// Of one that is not stored yet: what its thread is called, and who brought us there.
    pub new_thread: Option<(String, ContactPointId)>,
    /// Whose it is; the one that stands for it, where it was joined.
    pub point: ContactPointId,
    pub reply_address: String,
    pub revision: i64,
    pub last_seq: i64,
    pub inbound_count: i64,
    pub last_group_key: String,
    pub last: Preview,
    pub last_activity_at: DateTime<Utc>,
    pub reply_until: Option<DateTime<Utc>>,
    pub blocked: bool,
    pub request: Option<Request>,
    pub assignee: Option<EmployeeId>,
    pub department: Option<DepartmentId>,
    /// Where its first letter is sorted to; `None`: it stays where it is.
    pub sorted_to: Option<Uuid>,
    /// Whether the assignee of the request still works here.
    pub assignee_is_here: bool,
    /// Who could see it before the batch; united with who can after it.
    pub before: (Option<EmployeeId>, Option<DepartmentId>),
    /// Who sees it beside them: the mentioned, and the client's responsible.
    pub watchers: Vec<EmployeeId>,
    /// What its event will name.
    pub touched: Vec<MessageId>,
    pub inbound: bool,
    /// A person wrote, no program.
    pub written: bool,
    pub request_changed: bool,
    pub changed: bool,
    /// W3C trace context of the newest fact that changed it; empty where no traces are made.
    pub traceparent: String,
}

/// The last line of the list row.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    pub message: Option<MessageId>,
    pub direction: i16,
    pub kind: i16,
    pub status: i16,
    pub attachment_kind: i16,
    pub text: String,
    pub shown_at: Option<DateTime<Utc>>,
}

/// A request of a locked conversation.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: RequestId,
    pub state: RequestState,
    pub is_current: bool,
    pub assignee: Option<EmployeeId>,
    pub department: Option<DepartmentId>,
    pub received_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub previous: Option<RequestId>,
    pub decision: Option<Decision>,
    /// A reply of ours has gone out.
    pub replied: bool,
    pub changed: bool,
}

/// A message, new or read under its conversation's lock.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub account: AccountId,
    pub seq: i64,
    pub shown_at: DateTime<Utc>,
    pub position: i64,
    pub direction: Direction,
    pub kind: MessageKind,
    pub status: MessageStatus,
    /// Without attachments.
    pub content: Content,
    pub attachments: Vec<(AttachmentId, Attachment)>,
    pub group_key: String,
    pub message_key: String,
    pub inbound_no: Option<i64>,
    pub author_name: String,
    pub reply_to: Option<MessageId>,
    pub failure: Option<Failure>,
    pub retry_at: Option<DateTime<Utc>>,
    pub attempt: i32,
    pub nonce: String,
    pub claimed_at: Option<DateTime<Utc>>,
    /// It may not leave any more from then on.
    pub not_after: Option<DateTime<Utc>>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub reactions: Vec<String>,
    pub event: Option<MessageEvent>,
    pub original_unknown: bool,
    /// Nobody wrote it: the account's own text.
    pub automatic: Automatic,
    /// Part and sequence of its fact; `None`: it was read, not made.
    pub place: Option<(i32, i64)>,
    pub is_new: bool,
    pub changed: bool,
    /// What changes of this batch replaced, each with when.
    pub replaced: Vec<(DateTime<Utc>, Content)>,
}

impl Message {
    pub fn is_automatic(&self) -> bool {
        self.automatic != Automatic::Unspecified
    }
}

impl Preview {
    /// The message was edited or deleted: its files stay what they were, nothing deleted is shown.
    pub fn reword(&mut self, message: &Message) {
        self.text = preview_text(message);
        if message.deleted_at.is_some() {
            (self.text, self.attachment_kind) = (String::new(), 0);
        }
    }
}

impl Request {
    /// Whether somebody still has to do something.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, RequestState::Done | RequestState::Rejected)
    }
}

impl Conversation {
    /// One in which nothing has happened.
    pub fn new(account: AccountId, point: ContactPointId, now: DateTime<Utc>) -> Self {
        Self {
            id: ConversationId::new(),
            account,
            new_thread: None,
            point,
            reply_address: String::new(),
            revision: 0,
            last_seq: 0,
            inbound_count: 0,
            last_group_key: String::new(),
            last: Preview::default(),
            last_activity_at: now,
            reply_until: None,
            blocked: false,
            request: None,
            assignee: None,
            department: None,
            sorted_to: None,
            assignee_is_here: false,
            before: (None, None),
            watchers: Vec::new(),
            touched: Vec::new(),
            inbound: false,
            written: false,
            request_changed: false,
            changed: false,
            traceparent: String::new(),
        }
    }

    /// The employees and departments that may learn of the change: before and after it (rule E3). `owner` is the
    /// account's, where it is a personal one.
    pub fn audience(&self, owner: Option<EmployeeId>) -> contracts::live::Audience {
        let own = [self.before.0, self.assignee].into_iter().flatten();
        let employees = own.chain(self.watchers.iter().copied()).map(|id| id.0);
        let departments = [self.before.1, self.department].into_iter().flatten().map(|id| id.0);
        access::audience(owner, employees, departments)
    }

    /// Names a message in the conversation's event, once, and what changed it last.
    pub fn touch(&mut self, message: MessageId, traceparent: &str) {
        self.changed = true;
        if !traceparent.is_empty() {
            traceparent.clone_into(&mut self.traceparent);
        }
        if !self.touched.contains(&message) {
            self.touched.push(message);
        }
    }

    /// Makes a message the last line if none shown later is there. What nobody wrote is no answer: the row goes on showing
    /// what the person wrote, and that they wait.
    pub fn show_last(&mut self, message: &Message) {
        let silent = message.kind == MessageKind::Note || message.is_automatic();
        if silent || self.last.shown_at.is_some_and(|at| at > message.shown_at) {
            return;
        }
        self.last = Preview {
            message: Some(message.id),
            direction: message.direction as i16,
            kind: message.kind as i16,
            status: message.status as i16,
            attachment_kind: message.attachments.first().map_or(0, |(_, a)| i16::try_from(a.kind).unwrap_or_default()),
            text: preview_text(message),
            shown_at: Some(message.shown_at),
        };
    }
}

/// At most 200 characters of what a message says.
fn preview_text(message: &Message) -> String {
    let text = preview(&message.content);
    let event = message.event.as_ref().filter(|_| text.is_empty());
    event.map_or(text, |event| event.what.chars().take(200).collect())
}
