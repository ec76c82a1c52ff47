//! Who did what with a request and why: its audit rows, read as a history.

use chrono::{DateTime, Utc};
use contracts::inbox::HistoryEntry;
use model::RequestId;
use serde_json::Value;
use sqlx::PgExecutor;

/// What the contract names; the audit keeps more.
const SHOWN: [&str; 11] = [
    "received",
    "assigned",
    "taken",
    "opened",
    "answered",
    "transferred",
    "closed",
    "rejected",
    "reopened",
    "postponed",
    "woken",
];

struct Row {
    audit_id: i64,
    at: DateTime<Utc>,
    employee_id: Option<uuid::Uuid>,
    action: String,
    before: Option<Value>,
    after: Option<Value>,
    note: Option<String>,
}

/// The entries before a place, newest first, each with its place.
///
/// # Errors
/// What the database answers.
pub async fn read(
    db: impl PgExecutor<'_>,
    id: RequestId,
    before: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<(i64, HistoryEntry)>> {
    let shown: Vec<String> = SHOWN.iter().map(ToString::to_string).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select a.audit_id, a.at, a.employee_id, a.action, a.before, a.after, m.text as "note?"
           from inbox.audit a
           left join inbox.message m on m.message_id = (a.after ->> 'note_message_id')::uuid and m.deleted_at is null
           where a.object_kind = 'request' and a.object_id = $1 and a.action = any ($4)
             and ($2::bigint is null or a.audit_id < $2)
           order by a.audit_id desc limit $3"#,
        id.0,
        before,
        limit,
        &shown
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.audit_id, row.into_contract())).collect())
}

impl Row {
    fn into_contract(self) -> HistoryEntry {
        let (before, after) = (self.before.as_ref(), self.after.as_ref());
        let (from, to) = (field(before, "assignee_employee_id"), field(after, "assignee_employee_id"));
        let moved = from != to;
        let departments = (field(before, "department_id"), field(after, "department_id"));
        let to_department = self.action == "transferred" && (to.is_empty() || departments.0 != departments.1);
        let comment = if self.action == "rejected" { field(after, "reject_comment") } else { String::new() };
        HistoryEntry {
            at: Some(rpc::timestamp(self.at)),
            employee_id: self.employee_id.map(|id| id.to_string()).unwrap_or_default(),
            from_employee_id: if moved { from } else { String::new() },
            to_employee_id: if moved { to } else { String::new() },
            to_department_id: if to_department { departments.1 } else { String::new() },
            note: self.note.unwrap_or(comment),
            action: self.action,
        }
    }
}

fn field(of: Option<&Value>, name: &str) -> String {
    of.and_then(|value| value.get(name)?.as_str()).unwrap_or_default().to_owned()
}
