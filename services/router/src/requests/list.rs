//! Which requests a list shows: by `received_at`, oldest first.

use chrono::{DateTime, Utc};
use contracts::inbox::{ListRequestsRequest, RequestState};
use model::{ConversationId, DepartmentId, EmployeeId, RequestId};
use rpc::{Fingerprint, PageToken};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgPool, Postgres, QueryBuilder, Row};
use tonic::Status;
use uuid::Uuid;

use super::{domain::Request, store};
use crate::{access::Viewer, fault::broken};

/// What a list is asked for, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// Empty: open ones.
    states: Vec<i16>,
    assignee: Option<EmployeeId>,
    department: Option<DepartmentId>,
    conversation: Option<ConversationId>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Cursor {
    at: DateTime<Utc>,
    id: Uuid,
}

impl Wanted {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(request: &ListRequestsRequest) -> Result<Self, Status> {
        let mut states: Vec<i16> =
            request.states().filter(|state| *state != RequestState::Unspecified).map(|state| state as i16).collect();
        states.sort_unstable();
        states.dedup();
        Ok(Self {
            states,
            assignee: rpc::parse_optional_id("assignee_employee_id", &request.assignee_employee_id)?,
            department: rpc::parse_optional_id("department_id", &request.department_id)?,
            conversation: rpc::parse_optional_id("conversation_id", &request.conversation_id)?,
        })
    }

    /// One page, and the token of the next.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a foreign token; what the database answers.
    pub async fn page(
        &self,
        pool: &PgPool,
        viewer: &Viewer,
        size: u16,
        token: &str,
    ) -> Result<(Vec<Request>, String), Status> {
        let fingerprint = Fingerprint::of("ListRequests", &(self, viewer.employee));
        let after = PageToken::decode::<Cursor>(&fingerprint, token)?;
        let mut query = self.query(viewer, after, size);
        let rows = pool.fetch_all(query.build().persistent(false)).await.map_err(broken)?;
        let rows = rows.iter().map(|row| Cursor { id: row.get(0), at: row.get(1) }).collect();
        let (rows, next) = rpc::finish_page(rows, size, &fingerprint, |cursor: &Cursor| *cursor);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut requests = store::by_ids(pool, &ids).await.map_err(broken)?;
        requests.sort_by_key(|request| (request.received_at, request.id));
        Ok((requests, next))
    }

    fn query(&self, viewer: &Viewer, after: Option<Cursor>, size: u16) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("select q.request_id, q.received_at from inbox.request q join inbox.visible(");
        sql.push_bind(viewer.employee.0).push(", ").push_bind(viewer.administrator).push(", ");
        sql.push_bind(viewer.own.clone()).push(", ").push_bind(viewer.headed.clone());
        sql.push(", ").push_bind(viewer.personal);
        sql.push(") c on c.conversation_id = q.conversation_id where ");
        if self.states.is_empty() {
            sql.push("q.state between 1 and 4");
        } else {
            sql.push("q.state = any (").push_bind(self.states.clone()).push(")");
        }
        if let Some(assignee) = self.assignee {
            sql.push(" and q.assignee_employee_id = ").push_bind(assignee.0);
        }
        if let Some(department) = self.department {
            sql.push(" and q.department_id = ").push_bind(department.0);
        }
        if let Some(conversation) = self.conversation {
            sql.push(" and q.conversation_id = ").push_bind(conversation.0);
        }
        if let Some(Cursor { at, id }) = after {
            sql.push(" and (q.received_at, q.request_id) > (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" order by q.received_at, q.request_id limit ").push_bind(i64::from(size) + 1);
        sql
    }
}

/// A request whose conversation the viewer sees.
///
/// # Errors
/// What the database answers.
pub async fn get(pool: &PgPool, viewer: &Viewer, id: RequestId) -> sqlx::Result<Option<Request>> {
    let Some(request) = store::by_ids(pool, &[id.0]).await?.pop() else { return Ok(None) };
    let seen = crate::conversations::visible(pool, viewer, &[request.conversation]).await?;
    Ok(Some(request).filter(|_| !seen.is_empty()))
}
