//! Who learns of a merge: whoever saw one of the conversations before, or sees what is left after it (rule E3).

use std::collections::BTreeSet;

use ::store::{Schema, event};
use contracts::live::{Audience, ConversationChanged, event::What};
use model::{ConversationId, MessageId, RequestId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;

/// Messages that one event names: as many as a reader asks for at once (rule E4).
const NAMED: usize = 200;

/// What an event says of a conversation.
pub struct Told {
    pub conversation: ConversationId,
    pub messages: Vec<MessageId>,
    pub request: Option<RequestId>,
}

impl Told {
    /// Something about the conversation itself changed.
    pub const fn changed(conversation: ConversationId) -> Self {
        Self { conversation, messages: Vec::new(), request: None }
    }

    /// The messages, an event's worth at a time; one event where there are none.
    fn named(&self) -> impl Iterator<Item = &[MessageId]> {
        let none = self.messages.is_empty().then_some(&[] as &[MessageId]);
        none.into_iter().chain(self.messages.chunks(NAMED))
    }
}

/// Employees and departments, as ids.
#[derive(Debug, Clone, Default)]
pub struct Watchers {
    employees: BTreeSet<Uuid>,
    departments: BTreeSet<Uuid>,
}

impl Watchers {
    fn audience(&self) -> Audience {
        Audience {
            employee_ids: self.employees.iter().map(Uuid::to_string).collect(),
            department_ids: self.departments.iter().map(Uuid::to_string).collect(),
            everyone: false,
        }
    }
}

/// Who sees one of these conversations now.
pub async fn of(db: &mut PgConnection, ids: &[ConversationId]) -> sqlx::Result<Watchers> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.assignee_employee_id as "employee?", coalesce(c.department_id, a.department_id) as "department?"
           from inbox.conversation c join inbox.account a using (account_id) where c.conversation_id = any ($1)
           union
           select m.employee_id, null from inbox.mention m where m.conversation_id = any ($1)
           union
           select p.responsible_employee_id, null from inbox.conversation c
               join crm_read.contact_point_client p using (contact_point_id) where c.conversation_id = any ($1)"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(Watchers {
        employees: rows.iter().filter_map(|row| row.employee).collect(),
        departments: rows.iter().filter_map(|row| row.department).collect(),
    })
}

/// Appends the events of conversations that changed, for who saw them before and who sees them now.
pub async fn tell(db: &mut PgConnection, told: &[Told], before: &Watchers) -> sqlx::Result<()> {
    let ids: Vec<ConversationId> = told.iter().map(|one| one.conversation).collect();
    let mut watchers = of(&mut *db, &ids).await?;
    watchers.employees.extend(&before.employees);
    watchers.departments.extend(&before.departments);
    let revisions = store::revisions(&mut *db, &ids.iter().map(|id| id.0).collect::<Vec<_>>()).await?;
    let event = |one: &Told, messages: &[MessageId]| {
        let (revision, assignee) = revisions.get(&one.conversation.0).copied().unwrap_or_default();
        What::ConversationChanged(ConversationChanged {
            conversation_id: one.conversation.to_string(),
            revision: revision.cast_unsigned(),
            message_ids: messages.iter().map(ToString::to_string).collect(),
            request_id: one.request.map(|id| id.to_string()).unwrap_or_default(),
            inbound: false,
            assignee_employee_id: assignee
                .filter(|_| one.request.is_some())
                .map(|id| id.to_string())
                .unwrap_or_default(),
            mention_employee_ids: Vec::new(),
        })
    };
    let audience = watchers.audience();
    let events: Vec<_> = told
        .iter()
        .flat_map(|one| one.named().map(move |messages| (one, messages)))
        .map(|(one, messages)| (event(one, messages), audience.clone()))
        .collect();
    event::append(db, Schema::Inbox, &events).await
}
