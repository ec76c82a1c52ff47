//! The one way in which staff change anything about a conversation: one transaction under its lock, with its audit
//! rows and its one event.

use ::store::{Schema, access::Log, audit, event};
use chrono::{DateTime, SubsecRound, Utc};
use contracts::live::{Audience, ConversationChanged, event::What};
use model::{ConversationId, EmployeeId, MessageId, RequestId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{
    beside::Beside,
    domain::{ConversationError, Last, Locked},
    store,
};
use crate::{
    Wakes,
    access::{self, Place, Standing, Viewer},
};

/// The database, the loops to wake after a commit, and who read what.
#[derive(Debug, Clone)]
pub struct Db {
    pub pool: PgPool,
    pub wakes: Wakes,
    pub accesses: Log,
}

/// A change in progress. Dropped without [`Change::commit`] it leaves no trace.
pub struct Change<'a> {
    tx: Transaction<'static, Postgres>,
    db: &'a Db,
    pub viewer: &'a Viewer,
    pub conversation: Locked,
    pub now: DateTime<Utc>,
    before: Place,
    messages: Vec<MessageId>,
    request: Option<RequestId>,
    mentions: Vec<EmployeeId>,
    /// Another conversation that changes with it.
    beside: Option<Beside>,
    own: Vec<What>,
    entries: Vec<audit::Entry<'static>>,
    has_orders: bool,
}

impl Db {
    #[must_use]
    pub fn new(pool: PgPool, wakes: Wakes) -> Self {
        Self { pool, wakes, accesses: Log::of(Schema::Inbox) }
    }

    /// Locks a conversation that the viewer sees; a merged one leads to the one that stayed.
    ///
    /// # Errors
    /// [`ConversationError::NotFound`] when there is none in sight.
    pub async fn change<'a>(&'a self, viewer: &'a Viewer, id: ConversationId) -> Result<Change<'a>, ConversationError> {
        let mut change = self.change_unseen(viewer, id).await?;
        if change.in_sight().await? { Ok(change) } else { Err(ConversationError::NotFound(id)) }
    }

    /// Locks a conversation whether the viewer sees it or not: who calls must look.
    ///
    /// # Errors
    /// [`ConversationError::NotFound`] when there is none.
    pub async fn change_unseen<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
    ) -> Result<Change<'a>, ConversationError> {
        let mut tx = self.pool.begin().await?;
        // While we waited for the lock it may have been merged: then the one that stayed is looked for once more.
        for _ in 0..3 {
            let Some(id) = store::survivor(&mut *tx, id).await? else { break };
            if let Some(conversation) = store::lock(&mut *tx, id).await? {
                return Ok(Change::new(tx, self, viewer, conversation));
            }
        }
        Err(ConversationError::NotFound(id))
    }
}

impl<'a> Change<'a> {
    pub(super) fn new(
        tx: Transaction<'static, Postgres>,
        db: &'a Db,
        viewer: &'a Viewer,
        conversation: Locked,
    ) -> Self {
        Self {
            tx,
            db,
            viewer,
            before: conversation.place(),
            conversation,
            now: Utc::now().trunc_subsecs(6),
            messages: Vec::new(),
            request: None,
            mentions: Vec::new(),
            beside: None,
            own: Vec::new(),
            entries: Vec::new(),
            has_orders: false,
        }
    }

    pub fn db(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Whether the viewer sees it, asked after the lock: what was decided before counts.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn in_sight(&mut self) -> sqlx::Result<bool> {
        Ok(!store::visible(&mut *self.tx, self.viewer, &[self.conversation.id]).await?.is_empty())
    }

    #[must_use]
    pub fn standing(&self) -> Standing {
        self.viewer.standing(&self.conversation.place())
    }

    /// # Errors
    /// [`ConversationError::NotAllowed`] for anything less than full standing.
    pub fn must_be_full(&self) -> Result<(), ConversationError> {
        self.conversation.must_be_full(self.standing())
    }

    /// The place of a new message in the order of arrival.
    pub fn next_seq(&mut self) -> i64 {
        self.conversation.last_seq += 1;
        self.conversation.last_seq
    }

    /// A reply was queued: the list row shows it.
    pub fn show_last(&mut self, last: Last) {
        self.conversation.last_activity_at = self.now;
        self.conversation.last = last;
    }

    /// The last line was taken back: the list row shows the one before.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn refresh_last(&mut self) -> sqlx::Result<()> {
        if let Some(last) = store::last_line(&mut *self.tx, self.conversation.id).await? {
            self.conversation.last = last;
        }
        Ok(())
    }

    /// The event names this message.
    pub fn tell_message(&mut self, id: MessageId) {
        if !self.messages.contains(&id) {
            self.messages.push(id);
        }
    }

    /// The event names this request and who has it now.
    pub fn tell_request(&mut self, id: RequestId) {
        self.request = Some(id);
    }

    pub fn tell_mentions(&mut self, employees: &[EmployeeId]) {
        self.mentions.extend_from_slice(employees);
    }

    pub(super) fn set_beside(&mut self, beside: Beside) {
        self.beside = Some(beside);
    }

    /// The other conversation of [`Db::change_beside`].
    ///
    /// # Errors
    /// [`ConversationError::NotFound`] for a change of one conversation only.
    pub fn beside(&self) -> Result<&Locked, ConversationError> {
        let beside = self.beside.as_ref().map(|beside| &beside.conversation);
        beside.ok_or(ConversationError::NotFound(self.conversation.id))
    }

    /// The other conversation's event names this message.
    pub fn tell_beside(&mut self, id: MessageId) {
        if let Some(beside) = &mut self.beside {
            beside.messages.push(id);
        }
    }

    /// An event for the viewer's other windows only.
    pub fn tell_self(&mut self, what: What) {
        self.own.push(what);
    }

    /// Orders were stored: the dispatcher is woken.
    pub fn has_orders(&mut self) {
        self.has_orders = true;
    }

    /// Notes who changed what. Texts of messages never go here.
    pub fn audit(
        &mut self,
        action: &'static str,
        object_kind: &'static str,
        object_id: Uuid,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let employee_id = Some(self.viewer.employee.0);
        self.entries.push(audit::Entry { employee_id, action, object_kind, object_id, before, after });
    }

    /// Writes the conversation back with audit and event, commits, wakes relay and dispatcher.
    ///
    /// # Errors
    /// What the database answers; then nothing has happened.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        store::save(&mut *self.tx, &self.conversation).await?;
        audit::append(&mut self.tx, Schema::Inbox, &self.entries).await?;
        let mut events = vec![(self.event(), self.audience().await?)];
        if let Some(beside) = self.beside.take() {
            events.push(beside.save(&mut self.tx).await?);
        }
        let own = Audience { employee_ids: vec![self.viewer.employee.to_string()], ..Audience::default() };
        events.extend(std::mem::take(&mut self.own).into_iter().map(|what| (what, own.clone())));
        event::append(&mut self.tx, Schema::Inbox, &events).await?;
        self.tx.commit().await?;
        self.db.wakes.relay.notify_one();
        if self.has_orders {
            self.db.wakes.dispatch.notify_one();
        }
        Ok(())
    }

    fn event(&self) -> What {
        let assignee = self.conversation.assignee.filter(|_| self.request.is_some());
        What::ConversationChanged(ConversationChanged {
            conversation_id: self.conversation.id.to_string(),
            revision: (self.conversation.revision + 1).cast_unsigned(),
            message_ids: self.messages.iter().map(ToString::to_string).collect(),
            request_id: self.request.map(|id| id.to_string()).unwrap_or_default(),
            inbound: false,
            assignee_employee_id: assignee.map(|id| id.to_string()).unwrap_or_default(),
            mention_employee_ids: self.mentions.iter().map(ToString::to_string).collect(),
        })
    }

    async fn audience(&mut self) -> sqlx::Result<Audience> {
        audience(&mut self.tx, &self.conversation, self.before).await
    }
}

/// Whoever saw it before or sees it now (rule E3).
///
/// # Errors
/// What the database answers.
pub(super) async fn audience(db: &mut PgConnection, conversation: &Locked, before: Place) -> sqlx::Result<Audience> {
    let after = conversation.place();
    let others = store::other_watchers(db, conversation.id).await?;
    let assignees = [before.assignee, after.assignee].into_iter().flatten().map(|id| id.0);
    let departments = [before.department, after.department].into_iter().flatten().map(|id| id.0);
    Ok(access::audience(after.owner, assignees.chain(others), departments))
}
