use chrono::{DateTime, Utc};
use contracts::org::Access;
use prost_types::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::Schema;

/// What is on record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Row {
    pub access_id: Uuid,
    pub at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// 0: nothing but what hangs on it was read.
    pub times: i32,
    pub kind: i16,
    pub object_id: Uuid,
    pub employee_id: Uuid,
    pub by_key: bool,
    pub subject_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
}

/// The end of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub DateTime<Utc>, pub Uuid);

/// Each that is set narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub subjects: Option<Vec<Uuid>>,
    pub employee: Option<Uuid>,
    /// Empty: all.
    pub kinds: Vec<i16>,
    /// Channel accounts of which nothing is told.
    pub closed: Vec<Uuid>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// Newest first.
///
/// # Errors
/// What the database answers.
pub async fn list(
    pool: &PgPool,
    schema: Schema,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select access_id, at, last_at, times, kind, object_id, employee_id, by_key, subject_id, account_id from ",
    );
    query.push(schema.name()).push(".access where true");
    if let Some(subjects) = &filter.subjects {
        query.push(" and subject_id = any (").push_bind(subjects).push(")");
    }
    if let Some(employee) = filter.employee {
        query.push(" and employee_id = ").push_bind(employee);
    }
    if !filter.kinds.is_empty() {
        query.push(" and kind = any (").push_bind(&filter.kinds).push(")");
    }
    if !filter.closed.is_empty() {
        query.push(" and account_id <> all (").push_bind(&filter.closed).push(")");
    }
    if let Some(from) = filter.from {
        query.push(" and at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" and at < ").push_bind(until);
    }
    if let Some(Place(at, id)) = after {
        query.push(" and (at, access_id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" order by at desc, access_id desc limit ").push_bind(limit);
    query.build_query_as().fetch_all(pool).await
}

impl Row {
    /// As far as the log itself tells: without names.
    #[must_use]
    pub fn message(&self) -> Access {
        Access {
            access_id: self.access_id.to_string(),
            kind: self.kind.into(),
            object_id: Some(self.object_id).filter(|id| !id.is_nil()).map(|id| id.to_string()).unwrap_or_default(),
            employee_id: self.employee_id.to_string(),
            by_key: self.by_key,
            account_id: self.account_id.map(|id| id.to_string()).unwrap_or_default(),
            at: Some(timestamp(self.at)),
            last_at: Some(timestamp(self.last_at)),
            // Who reads what hangs on a card has read the card.
            times: self.times.unsigned_abs().max(1),
            ..Access::default()
        }
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}
