//! Which conversations a list shows, page by page.

use chrono::{DateTime, Utc};
use contracts::inbox::{
    ConversationFilter, ConversationOrder, ConversationView, ListConversationsRequest, OpenFilter, RequestState,
};
use model::{AccountId, ConversationId, EmployeeId, Phone};
use rpc::{Fingerprint, PageToken};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgPool, Postgres, QueryBuilder, Row};
use tonic::Status;
use uuid::Uuid;

use super::filter::{Filter, Named};
use crate::access::Viewer;

/// At most this many people are looked at for a search.
const FOUND: i64 = 1_000;
/// A search looks at the last lines of so many conversations, those that were active last: without a bound it would read
/// all that happened within a month.
const LAST_LINES: i64 = 10_000;
/// A plain operator's page is looked for among so many of the newest conversations first.
const NEWEST: i64 = 2_000;
/// Characters of a search.
const QUERY: usize = 200;
/// Who does not wait sorts behind everyone who does; the index says the same.
const WAITING: &str = "coalesce(c.waiting_since, '9999-01-01 00:00:00+00'::timestamptz)";

/// What a list is asked for, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    view: i32,
    waiting: bool,
    account: Option<AccountId>,
    assignee: Option<EmployeeId>,
    open: i32,
    query: String,
    filter: Filter,
}

/// What the last row of a page was ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: Uuid,
}

impl Wanted {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(request: &ListConversationsRequest) -> Result<Self, Status> {
        let query = request.query.trim();
        if query.chars().count() > QUERY {
            return Err(rpc::invalid_field("query", "is longer than 200 characters"));
        }
        let filter = Filter::read(request.filter.as_ref().unwrap_or(&ConversationFilter::default()))?;
        Ok(Self {
            view: request.view,
            waiting: request.order() == ConversationOrder::Waiting,
            filter: filter.of_channel(&request.channel),
            account: rpc::parse_optional_id("account_id", &request.account_id)?,
            assignee: rpc::parse_optional_id("assignee_employee_id", &request.assignee_employee_id)?,
            open: request.open,
            query: query.to_lowercase().replace('ё', "е"),
        })
    }

    /// All of [`ConversationView::Unlinked`].
    #[must_use]
    pub fn unlinked() -> Self {
        let view = ConversationView::Unlinked as i32;
        Self {
            view,
            waiting: false,
            account: None,
            assignee: None,
            open: 0,
            query: String::new(),
            filter: Filter::default(),
        }
    }

    /// One page of ids in their order, and the token of the next.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a foreign token; what the database answers.
    pub async fn page(
        &self,
        pool: &PgPool,
        viewer: &Viewer,
        size: u16,
        token: &str,
    ) -> Result<(Vec<ConversationId>, String), Status> {
        let fingerprint = Fingerprint::of("ListConversations", &(self, viewer.employee));
        let after = PageToken::decode::<Cursor>(&fingerprint, token)?;
        let named = self.filter.named(pool, viewer).await.map_err(crate::fault::broken)?;
        let rows = self.rows(pool, viewer, &named, after, size).await.map_err(crate::fault::broken)?;
        let (rows, next) = rpc::finish_page(rows, size, &fingerprint, |cursor: &Cursor| *cursor);
        Ok((rows.into_iter().map(|row| ConversationId(row.id)).collect(), next))
    }

    /// One row more than a page, if there are so many.
    ///
    /// A plain operator mostly sees a small part: what is visible is gathered and sorted, for walking down everybody's
    /// conversations until a page is full costs a second when there is little to find. One who sees much has a full page
    /// among the newest already, and gathering all of it would cost that second.
    async fn rows(
        &self,
        pool: &PgPool,
        viewer: &Viewer,
        named: &Named,
        after: Option<Cursor>,
        size: u16,
    ) -> sqlx::Result<Vec<Cursor>> {
        let sees_little = !viewer.administrator && viewer.headed.is_empty();
        if sees_little && !self.waiting && self.query.is_empty() {
            let rows = fetch(pool, self.query(viewer, named, after, size, Walk::Newest)).await?;
            if rows.len() > usize::from(size) {
                return Ok(rows);
            }
        }
        let walk = if sees_little { Walk::Gather } else { Walk::Down };
        fetch(pool, self.query(viewer, named, after, size, walk)).await
    }

    /// How many there are, up to `most`.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn count(&self, pool: &PgPool, viewer: &Viewer, most: u16) -> sqlx::Result<u32> {
        let named = self.filter.named(pool, viewer).await?;
        let mut sql = QueryBuilder::new("select count(*) from (select 1");
        self.push_from(&mut sql, viewer, &named);
        sql.push(" limit ").push_bind(i64::from(most)).push(") n");
        let row = pool.fetch_one(sql.build().persistent(false)).await?;
        Ok(u32::try_from(row.get::<i64, _>(0)).unwrap_or(u32::MAX))
    }

    fn push_from(&self, sql: &mut QueryBuilder<Postgres>, viewer: &Viewer, named: &Named) {
        sql.push(" from inbox.visible(");
        sql.push_bind(viewer.employee.0).push(", ").push_bind(viewer.administrator).push(", ");
        sql.push_bind(viewer.own.clone()).push(", ").push_bind(viewer.headed.clone());
        sql.push(", ").push_bind(viewer.personal).push(") c where true");
        self.filter(sql, viewer);
        self.filter.push(sql, viewer, named);
        if !self.query.is_empty() {
            search(sql, &self.query);
        }
    }

    fn query(
        &self,
        viewer: &Viewer,
        named: &Named,
        after: Option<Cursor>,
        size: u16,
        walk: Walk,
    ) -> QueryBuilder<Postgres> {
        let key = if self.waiting { WAITING } else { "c.last_activity_at" };
        let mut sql = QueryBuilder::new("select c.conversation_id, ");
        sql.push(key);
        self.push_from(&mut sql, viewer, named);
        let (compare, direction) = if self.waiting { (">", "asc") } else { ("<", "desc") };
        if let Some(Cursor { at, id }) = after {
            sql.push(format!(" and ({key}, c.conversation_id) {compare} ("));
            sql.push_bind(at).push(", ").push_bind(id).push(")");
        }
        if walk == Walk::Newest {
            newest(&mut sql, after, self.open());
        }
        let sort = if walk == Walk::Gather { " + interval '0'" } else { "" };
        sql.push(format!(" order by {key}{sort} {direction}, c.conversation_id {direction} limit "));
        sql.push_bind(i64::from(size) + 1);
        sql
    }

    /// Whether only what is open is shown.
    fn open(&self) -> bool {
        let open = OpenFilter::try_from(self.open).unwrap_or_default();
        self.view == ConversationView::Unassigned as i32 || open == OpenFilter::Open
    }

    fn filter(&self, sql: &mut QueryBuilder<Postgres>, viewer: &Viewer) {
        match ConversationView::try_from(self.view).unwrap_or_default() {
            ConversationView::Mine => {
                sql.push(" and c.assignee_employee_id = ").push_bind(viewer.employee.0);
            }
            ConversationView::Unassigned => {
                sql.push(" and c.request_open and c.assignee_employee_id is null");
            }
            ConversationView::Mentions => {
                sql.push(" and c.conversation_id in (select conversation_id from inbox.mention where employee_id = ");
                sql.push_bind(viewer.employee.0).push(")");
            }
            ConversationView::Snoozed => {
                sql.push(" and c.assignee_employee_id = ").push_bind(viewer.employee.0);
                sql.push(
                    " and exists (select from inbox.request q where q.conversation_id = c.conversation_id
                      and q.request_id = c.request_id and q.postponed_until is not null and q.state = ",
                );
                sql.push_bind(i16::try_from(RequestState::Postponed as i32).unwrap_or_default());
                sql.push(" and q.assignee_employee_id = ").push_bind(viewer.employee.0).push(")");
            }
            ConversationView::Unlinked => unlinked(sql, viewer),
            ConversationView::All | ConversationView::Unspecified => {}
        }
        match OpenFilter::try_from(self.open).unwrap_or_default() {
            OpenFilter::Open => sql.push(" and c.request_open"),
            OpenFilter::Closed => sql.push(" and not c.request_open"),
            OpenFilter::Unspecified if self.waiting => sql.push(" and c.request_open"),
            OpenFilter::Unspecified => sql,
        };
        if let Some(account) = self.account {
            sql.push(" and c.account_id = ").push_bind(account.0);
        }
        if let Some(assignee) = self.assignee {
            sql.push(" and c.assignee_employee_id = ").push_bind(assignee.0);
        }
    }
}

/// Of clients whom the viewer answers for: few, so they are looked up first. `rows.rs` tells the same of one row.
fn unlinked(sql: &mut QueryBuilder<Postgres>, viewer: &Viewer) {
    sql.push(
        " and c.written_seq > c.set_aside_seq
          and c.account_id in (select a.account_id from inbox.account a join inbox.gateway g using (channel) where g.letters)
          and c.contact_point_id = any (array(select p.contact_point_id from crm_read.contact_point_client p
                                              where p.responsible_employee_id = ",
    );
    sql.push_bind(viewer.employee.0).push("))");
}

/// How the rows of a page are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// Down the order's index, until the page is full.
    Down,
    /// The same, among the newest only.
    Newest,
    /// All that is visible, sorted.
    Gather,
}

/// Planned for these values each time: who sees little is found by other indexes than who sees all.
async fn fetch(pool: &PgPool, mut query: QueryBuilder<Postgres>) -> sqlx::Result<Vec<Cursor>> {
    let rows = pool.fetch_all(query.build().persistent(false)).await?;
    Ok(rows.iter().map(|row| Cursor { id: row.get(0), at: row.get(1) }).collect())
}

/// Adds that a conversation is among the newest, of those that are open or of all.
fn newest(sql: &mut QueryBuilder<Postgres>, after: Option<Cursor>, open: bool) {
    sql.push(
        " and c.last_activity_at >= (select n.last_activity_at from inbox.conversation n where n.merged_into is null",
    );
    sql.push(if open { " and n.request_open" } else { "" });
    if let Some(Cursor { at, id }) = after {
        sql.push(" and (n.last_activity_at, n.conversation_id) < (");
        sql.push_bind(at).push(", ").push_bind(id).push(")");
    }
    sql.push(" order by n.last_activity_at desc, n.conversation_id desc offset ").push_bind(NEWEST).push(" limit 1)");
}

/// People by name, address, alias or phone, clients by name, and the last lines of what was active last within a month. Each is
/// found by itself, by its own index and up to a bound: as alternatives of one condition they would cost more the more is kept.
fn search(sql: &mut QueryBuilder<Postgres>, query: &str) {
    let pattern = format!("%{}%", escaped(query));
    sql.push(
        " and c.conversation_id = any (array(
             select k.conversation_id from inbox.conversation k where k.contact_point_id = any (array(
                 (select contact_point_id from inbox.contact_point where search like ",
    );
    sql.push_bind(pattern.clone());
    if let Some(digits) = phone_digits(query) {
        sql.push(" or search like ").push_bind(format!("%{digits}%"));
    }
    sql.push(" limit ").push_bind(FOUND);
    sql.push(
        ") union all (select contact_point_id from crm_read.contact_point_client
                 where translate(lower(client_name), 'ё', 'е') like ",
    );
    sql.push_bind(pattern.clone()).push(" limit ").push_bind(FOUND);
    sql.push(
        "))) union all (select l.conversation_id from (
                 select n.conversation_id, n.last_text from inbox.conversation n
                 where n.merged_into is null and n.last_activity_at > now() - interval '30 days'
                 order by n.last_activity_at desc limit ",
    );
    sql.push_bind(LAST_LINES).push(") l where translate(lower(l.last_text), 'ё', 'е') like ");
    sql.push_bind(pattern).push(" limit ").push_bind(FOUND).push(")))");
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The digits of what may be a phone number, whole or in part.
fn phone_digits(query: &str) -> Option<String> {
    if query.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits: String = query.chars().filter(char::is_ascii_digit).collect();
    let whole = Phone::parse(query).filter(|_| digits.len() >= 10).map(|phone| phone.digits().to_owned());
    whole.or(Some(digits)).filter(|digits| digits.len() >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_found_in_any_notation_and_in_part() {
        assert_eq!(phone_digits("8 (999) 000-00-01").as_deref(), Some("79990000001"));
        assert_eq!(phone_digits("000-01").as_deref(), Some("00001"));
        assert_eq!(phone_digits("12"), None);
        assert_eq!(phone_digits("дом 12345"), None);
    }

    #[test]
    fn a_pattern_is_taken_as_it_is_typed() {
        assert_eq!(escaped(r"50%_\"), r"50\%\_\\");
    }
}
