//! Who learns of a merge: whoever saw one of the conversations before, or sees what is left after it (rule E3).

use std::collections::{BTreeSet, HashMap};

use ::store::{Schema, event};
use contracts::live::{Audience, ConversationChanged, event::What};
use model::{ConversationId, EmployeeId, MessageId, RequestId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::access;

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
    /// `owner`: of the personal account that the conversation is in.
    fn audience(&self, owner: Option<EmployeeId>) -> Audience {
        access::audience(owner, self.employees.iter().copied(), self.departments.iter().copied())
    }
}

/// Who sees one of these conversations now, but those of personal accounts, which have their owner alone.
pub async fn of(db: &mut PgConnection, ids: &[ConversationId]) -> sqlx::Result<Watchers> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.assignee_employee_id as "employee?", coalesce(c.department_id, a.department_id) as "department?"
           from inbox.conversation c join inbox.account a using (account_id)
               where c.conversation_id = any ($1) and c.owner_employee_id is null
           union
           select m.employee_id, null from inbox.mention m join inbox.conversation c using (conversation_id)
               where m.conversation_id = any ($1) and c.owner_employee_id is null
           union
           select p.responsible_employee_id, null from inbox.conversation c
               join crm_read.contact_point_client p using (contact_point_id)
               where c.conversation_id = any ($1) and c.owner_employee_id is null"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(Watchers {
        employees: rows.iter().filter_map(|row| row.employee).collect(),
        departments: rows.iter().filter_map(|row| row.department).collect(),
    })
}

/// Whose personal accounts these conversations are in; those of the company's are left out.
async fn owners(db: &mut PgConnection, ids: &[ConversationId]) -> sqlx::Result<HashMap<ConversationId, EmployeeId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select conversation_id, owner_employee_id as "owner!" from inbox.conversation
           where conversation_id = any ($1) and owner_employee_id is not null"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.conversation_id.into(), row.owner.into())).collect())
}

/// Appends the events of conversations that changed, for who saw them before and who sees them now.
pub async fn tell(db: &mut PgConnection, told: &[Told], before: &Watchers) -> sqlx::Result<()> {
    let ids: Vec<ConversationId> = told.iter().map(|one| one.conversation).collect();
    let mut watchers = of(&mut *db, &ids).await?;
    watchers.employees.extend(&before.employees);
    watchers.departments.extend(&before.departments);
    let owners = owners(&mut *db, &ids).await?;
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
    let audience = |one: &Told| watchers.audience(owners.get(&one.conversation).copied());
    let events: Vec<_> = told
        .iter()
        .flat_map(|one| one.named().map(move |messages| (one, messages)))
        .map(|(one, messages)| (event(one, messages), audience(one)))
        .collect();
    event::append(db, Schema::Inbox, &events).await
}
