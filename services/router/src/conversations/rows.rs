//! One row of the list, whole.

use chrono::{DateTime, Utc};
use contracts::{
    channel::{Alias, Source},
    inbox::{Conversation, LastMessage, Person, RequestBrief},
};
use model::{ConversationId, DepartmentId, EmployeeId};
use prost::Message as _;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::access::{Place, Viewer};

/// Everything that a row shows, as joined.
struct Row {
    conversation_id: Uuid,
    revision: i64,
    channel: String,
    account_id: Uuid,
    account_name: String,
    contact_point_id: Uuid,
    display_name: String,
    address: String,
    aliases: Value,
    language: String,
    first_source: Option<Vec<u8>>,
    client_id: Option<Uuid>,
    client_name: Option<String>,
    responsible_employee_id: Option<Uuid>,
    last_message_id: Option<Uuid>,
    last_direction: i16,
    last_kind: i16,
    last_status: i16,
    last_attachment_kind: i16,
    last_text: String,
    last_shown_at: Option<DateTime<Utc>>,
    last_activity_at: DateTime<Utc>,
    last_seq: i64,
    waiting_since: Option<DateTime<Utc>>,
    unread: i64,
    has_draft: bool,
    reply_until: Option<DateTime<Utc>>,
    blocked: bool,
    merged_ids: Vec<Uuid>,
    assignee_employee_id: Option<Uuid>,
    place_department_id: Option<Uuid>,
    owner_employee_id: Option<Uuid>,
    unlinked: bool,
    folder_id: Option<Uuid>,
    removed_before: Option<DateTime<Utc>>,
    removed_months: Option<i32>,
    request_open: bool,
    request: Option<Uuid>,
    number: Option<i64>,
    state: Option<i16>,
    request_assignee_id: Option<Uuid>,
    assignee_name: Option<String>,
    department_id: Option<Uuid>,
    received_at: Option<DateTime<Utc>>,
    first_reply_due_at: Option<DateTime<Utc>>,
    resolution_due_at: Option<DateTime<Utc>>,
}

/// Those of the conversations that the viewer sees, in no order; one statement.
///
/// # Errors
/// What the database answers.
pub async fn of(db: impl PgExecutor<'_>, viewer: &Viewer, ids: &[ConversationId]) -> sqlx::Result<Vec<Conversation>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select c.conversation_id as "conversation_id!", c.revision as "revision!", a.channel, a.account_id,
               a.name as account_name, p.contact_point_id, p.display_name, p.address, p.aliases, p.language,
               p.first_source, cl.client_id as "client_id?", cl.client_name as "client_name?",
               cl.responsible_employee_id as "responsible_employee_id?", c.last_message_id,
               c.last_direction as "last_direction!", c.last_kind as "last_kind!", c.last_status as "last_status!",
               c.last_attachment_kind as "last_attachment_kind!", c.last_text as "last_text!", c.last_shown_at,
               c.last_activity_at as "last_activity_at!", c.last_seq as "last_seq!", c.waiting_since,
               greatest(c.inbound_count - coalesce(r.inbound_no, 0), 0) as "unread!",
               exists (select 1 from inbox.draft d
                       where d.employee_id = $1 and d.conversation_id = c.conversation_id) as "has_draft!",
               c.reply_until, c.blocked as "blocked!",
               array(select m.conversation_id from inbox.conversation m
                     where m.merged_into = c.conversation_id) as "merged_ids!",
               c.assignee_employee_id, coalesce(c.department_id, a.department_id) as place_department_id,
               c.owner_employee_id,
               coalesce(g.letters and c.written_seq > c.set_aside_seq
                        and cl.responsible_employee_id = $1, false) as "unlinked!",
               case when f.emptied_into is null then f.folder_id when i.kind <> 1 then i.folder_id end as folder_id,
               c.removed_before, c.removed_months,
               c.request_open as "request_open!", q.request_id as "request?", q.number as "number?",
               q.state as "state?", q.assignee_employee_id as "request_assignee_id?", e.name as "assignee_name?",
               q.department_id as "department_id?", q.received_at as "received_at?",
               q.first_reply_due_at as "first_reply_due_at?", q.resolution_due_at as "resolution_due_at?"
           from inbox.visible($1, $2, $3, $4, $6) c
           join inbox.account a on a.account_id = c.account_id
           left join inbox.gateway g on g.channel = a.channel
           join inbox.contact_point p on p.contact_point_id = c.contact_point_id
           left join crm_read.contact_point_client cl on cl.contact_point_id = c.contact_point_id
           left join inbox.folder f on f.folder_id = c.folder_id
           left join inbox.folder i on i.folder_id = f.emptied_into
           left join inbox.read_mark r on r.conversation_id = c.conversation_id and r.employee_id = $1
           left join inbox.request q on q.request_id = c.request_id and q.is_current
           left join crm_read.employee e on e.employee_id = q.assignee_employee_id
           where c.conversation_id = any ($5)"#,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        &ids,
        viewer.personal
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.into_contract(viewer)).collect())
}

impl Row {
    fn into_contract(self, viewer: &Viewer) -> Conversation {
        let place = self.place();
        let reason = viewer.standing(&place).cannot_reply_reason(&place);
        Conversation {
            conversation_id: self.conversation_id.to_string(),
            revision: self.revision.cast_unsigned(),
            account_id: self.account_id.to_string(),
            last_message: self.last_message(),
            unread: u32::try_from(self.unread).unwrap_or(u32::MAX),
            request: self.request_brief(),
            has_draft: self.has_draft,
            reply_until: self.reply_until.map(rpc::timestamp),
            blocked: self.blocked,
            last_activity_at: Some(rpc::timestamp(self.last_activity_at)),
            last_seq: self.last_seq.cast_unsigned(),
            waiting_since: self.waiting_since.map(rpc::timestamp),
            merged_ids: self.merged_ids.iter().map(Uuid::to_string).collect(),
            personal: self.owner_employee_id.is_some(),
            unlinked: self.unlinked,
            folder_id: text(self.folder_id),
            removed_before: self.removed_before.map(rpc::timestamp),
            removed_months: self.removed_months.unwrap_or_default().unsigned_abs(),
            can_reply: reason.is_empty(),
            cannot_reply_reason: reason.to_owned(),
            person: Some(Person {
                contact_point_id: self.contact_point_id.to_string(),
                aliases: aliases(&self.aliases),
                client_id: text(self.client_id),
                client_name: self.client_name.unwrap_or_default(),
                responsible_employee_id: text(self.responsible_employee_id),
                first_source: self.first_source.and_then(|bytes| Source::decode(bytes.as_slice()).ok()),
                display_name: self.display_name,
                address: self.address,
                language: self.language,
            }),
            channel: self.channel,
            account_name: self.account_name,
        }
    }

    fn place(&self) -> Place {
        Place {
            assignee: self.assignee_employee_id.map(EmployeeId),
            department: self.place_department_id.map(DepartmentId),
            request_open: self.request_open,
            owner: self.owner_employee_id.map(EmployeeId),
        }
    }

    fn last_message(&self) -> Option<LastMessage> {
        let id = self.last_message_id?;
        Some(LastMessage {
            message_id: id.to_string(),
            direction: self.last_direction.into(),
            kind: self.last_kind.into(),
            text: self.last_text.clone(),
            attachment_kind: self.last_attachment_kind.into(),
            shown_at: self.last_shown_at.map(rpc::timestamp),
            status: self.last_status.into(),
        })
    }

    fn request_brief(&self) -> Option<RequestBrief> {
        Some(RequestBrief {
            request_id: self.request?.to_string(),
            state: self.state.unwrap_or_default().into(),
            assignee_employee_id: text(self.request_assignee_id),
            assignee_name: self.assignee_name.clone().unwrap_or_default(),
            department_id: text(self.department_id),
            received_at: self.received_at.map(rpc::timestamp),
            first_reply_due_at: self.first_reply_due_at.map(rpc::timestamp),
            resolution_due_at: self.resolution_due_at.map(rpc::timestamp),
            number: self.number.unwrap_or_default().cast_unsigned(),
        })
    }
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Aliases as the table holds them: `[{"kind": 1, "value": "..."}]`.
fn aliases(stored: &Value) -> Vec<Alias> {
    #[derive(Deserialize)]
    struct Stored {
        kind: i32,
        value: String,
        #[serde(default)]
        claimed: bool,
    }
    let stored: Vec<Stored> = serde_json::from_value(stored.clone()).unwrap_or_default();
    stored.into_iter().map(|alias| Alias { kind: alias.kind, value: alias.value, claimed: alias.claimed }).collect()
}
