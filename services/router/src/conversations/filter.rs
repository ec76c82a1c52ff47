//! What narrows a list beside its view: `okno.inbox.v1.ConversationFilter`, checked, and as conditions in SQL.
//!
//! Each condition is written so that both ways are open to PostgreSQL: to walk down the list until a page is full where
//! much fits, and to begin with the little that fits where it is little.

use contracts::inbox::{ConversationFilter, RequestState};
use model::{AccountId, Channel, ClientId, DepartmentId, EmployeeId};
use serde::Serialize;
use sqlx::{PgPool, Postgres, QueryBuilder};
use tonic::Status;
use uuid::Uuid;

use super::flags;
use crate::access::Viewer;

const CHANNELS: usize = 20;
const IDS: usize = 100;
const STATES: usize = 20;

/// A filter, checked; nothing set narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "as many switches as the contract has")]
pub struct Filter {
    /// `None`: any.
    channels: Option<Vec<String>>,
    accounts: Vec<AccountId>,
    assignees: Vec<EmployeeId>,
    departments: Vec<DepartmentId>,
    states: Vec<i16>,
    unread: bool,
    unidentified: bool,
    overdue: bool,
    not_sent: bool,
    client: Option<ClientId>,
    folders: Vec<Uuid>,
}

/// What a filter names, as conversations hold it. Looked up before, so that PostgreSQL plans with what it knows of these
/// very accounts.
#[derive(Debug, Default)]
pub struct Named {
    channel_accounts: Vec<Uuid>,
    department_accounts: Vec<Uuid>,
    /// What the reader has not read is kept.
    unread_kept: bool,
    /// Contact points that were let go, and whose conversations are not flagged for it yet: seldom any.
    released: Vec<Uuid>,
    /// What conversations say that lie in the folders; removed ones too that are still being emptied into them.
    folders: Vec<Uuid>,
    /// Accounts whose inbox is meant: there conversations say nothing.
    inboxes: Vec<Uuid>,
}

impl Filter {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(asked: &ConversationFilter) -> Result<Self, Status> {
        Ok(Self {
            channels: channels(&asked.channels)?,
            accounts: rpc::parse_ids("filter.account_ids", &asked.account_ids, IDS)?,
            assignees: rpc::parse_ids("filter.assignee_employee_ids", &asked.assignee_employee_ids, IDS)?,
            departments: rpc::parse_ids("filter.department_ids", &asked.department_ids, IDS)?,
            states: states(&asked.states)?,
            unread: asked.unread,
            unidentified: asked.unidentified,
            overdue: asked.overdue,
            not_sent: asked.not_sent,
            client: rpc::parse_optional_id("filter.client_id", &asked.client_id)?,
            folders: rpc::parse_ids("filter.folder_ids", &asked.folder_ids, IDS)?,
        })
    }

    /// Narrows to one channel, whatever else narrows; an empty name does not.
    #[must_use]
    pub fn of_channel(mut self, name: &str) -> Self {
        if !name.is_empty() {
            let both = self.channels.take().is_none_or(|channels| channels.iter().any(|channel| channel == name));
            self.channels = Some(if both { vec![name.to_owned()] } else { Vec::new() });
        }
        self
    }

    /// Finds the accounts that are meant, and what else the conditions are written with.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn named(&self, pool: &PgPool, viewer: &Viewer) -> sqlx::Result<Named> {
        let (folders, inboxes) = self.named_folders(pool).await?;
        Ok(Named {
            folders,
            inboxes,
            unread_kept: self.unread && flags::unread_is_kept(pool, viewer.employee).await?,
            released: if self.unidentified { flags::released(pool).await? } else { Vec::new() },
            ..self.named_accounts(pool).await?
        })
    }

    async fn named_folders(&self, pool: &PgPool) -> sqlx::Result<(Vec<Uuid>, Vec<Uuid>)> {
        if self.folders.is_empty() {
            return Ok(<_>::default());
        }
        let rows = sqlx::query!(
            r#"select folder_id, account_id, kind = 1 as "inbox!" from inbox.folder
               where folder_id = any ($1) and emptied_into is null or emptied_into = any ($1)"#,
            &self.folders
        );
        let (inboxes, folders): (Vec<_>, Vec<_>) = rows.fetch_all(pool).await?.into_iter().partition(|row| row.inbox);
        Ok((
            folders.into_iter().map(|row| row.folder_id).collect(),
            inboxes.into_iter().map(|row| row.account_id).collect(),
        ))
    }

    async fn named_accounts(&self, pool: &PgPool) -> sqlx::Result<Named> {
        let channels = self.channels.clone().unwrap_or_default();
        if channels.is_empty() && self.departments.is_empty() {
            return Ok(Named::default());
        }
        let departments: Vec<Uuid> = self.departments.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"select account_id, channel = any ($1) as "of_channel!", coalesce(department_id = any ($2), false) as "of_department!"
               from inbox.account where channel = any ($1) or department_id = any ($2)"#,
            &channels,
            &departments
        )
        .fetch_all(pool)
        .await?;
        let which = |of: fn(bool, bool) -> bool| {
            let fits = rows.iter().filter(|row| of(row.of_channel, row.of_department));
            fits.map(|row| row.account_id).collect()
        };
        Ok(Named {
            channel_accounts: which(|channel, _| channel),
            department_accounts: which(|_, department| department),
            ..Named::default()
        })
    }

    /// Adds the conditions to a query over `inbox.visible(...) c`.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>, viewer: &Viewer, named: &Named) {
        if self.channels.is_some() {
            sql.push(" and c.account_id = any (").push_bind(named.channel_accounts.clone()).push(")");
        }
        any(sql, "c.account_id", self.accounts.iter().map(|id| id.0));
        any(sql, "c.assignee_employee_id", self.assignees.iter().map(|id| id.0));
        self.push_folders(sql, named);
        self.push_departments(sql, named);
        self.push_states(sql, viewer);
        if self.unread {
            if named.unread_kept {
                sql.push(
                    " and c.conversation_id in (select u.conversation_id from inbox.unread u where u.employee_id = ",
                );
                sql.push_bind(viewer.employee.0).push(")");
            }
            sql.push(
                " and c.inbound_count > 0 and not exists (select from inbox.read_mark r
                  where r.conversation_id = c.conversation_id and r.inbound_no >= c.inbound_count and r.employee_id = ",
            );
            sql.push_bind(viewer.employee.0).push(")");
        }
        if self.unidentified {
            if named.released.is_empty() {
                sql.push(" and c.may_be_unidentified");
            } else {
                sql.push(" and (c.may_be_unidentified or c.contact_point_id = any (");
                sql.push_bind(named.released.clone()).push("))");
            }
            sql.push(
                " and not exists (select from crm_read.identified_contact_point p
                  where p.contact_point_id = c.contact_point_id)",
            );
        }
        if self.overdue {
            sql.push(OVERDUE);
        }
        if self.not_sent {
            sql.push(" and c.not_sent");
        }
        if let Some(client) = self.client {
            sql.push(
                " and c.contact_point_id = any (array(select p.contact_point_id from crm_read.contact_point_client p
                  where p.client_id = ",
            );
            sql.push_bind(client.0).push("))");
        }
    }

    fn push_folders(&self, sql: &mut QueryBuilder<Postgres>, named: &Named) {
        if self.folders.is_empty() {
            return;
        }
        // Plain where only one of the two is asked for: each has an index of its own.
        sql.push(" and (");
        if !named.inboxes.is_empty() {
            sql.push("c.folder_id is null and c.account_id = any (").push_bind(named.inboxes.clone()).push(")");
        }
        if named.inboxes.is_empty() || !named.folders.is_empty() {
            sql.push(if named.inboxes.is_empty() { "" } else { " or " });
            sql.push("c.folder_id = any (").push_bind(named.folders.clone()).push(")");
        }
        sql.push(")");
    }

    /// Of the current request, else of the last one. For whoever sees much there is a condition more, for PostgreSQL: it
    /// tells how many there are, and leads to the few of a rare state. What is open is found among the open ones.
    fn push_states(&self, sql: &mut QueryBuilder<Postgres>, viewer: &Viewer) {
        let open = |state: &i16| (1..=4).contains(state);
        if self.states.is_empty() {
            return;
        }
        if self.states.iter().all(open) {
            sql.push(" and c.request_open");
        } else if !self.states.iter().any(open) {
            sql.push(" and not c.request_open");
        }
        if viewer.administrator || !viewer.headed.is_empty() {
            sql.push(" and c.conversation_id in (select q.conversation_id from inbox.request q where q.state = any (");
            sql.push_bind(self.states.clone()).push("))");
        }
        sql.push(" and (select q.state = any (");
        sql.push_bind(self.states.clone()).push(") from inbox.request q where q.request_id = c.request_id)");
    }

    /// Of the request; where there never was one, of the account.
    fn push_departments(&self, sql: &mut QueryBuilder<Postgres>, named: &Named) {
        if self.departments.is_empty() {
            return;
        }
        sql.push(" and (c.department_id = any (");
        sql.push_bind(self.departments.iter().map(|id| id.0).collect::<Vec<Uuid>>());
        sql.push(") or c.department_id is null and c.account_id = any (");
        sql.push_bind(named.department_accounts.clone()).push("))");
    }
}

/// A deadline of the current request has passed. Few requests are open and have one.
const OVERDUE: &str = " and c.request_open and exists (select from inbox.request q
    where q.conversation_id = c.conversation_id and q.is_current and q.state between 1 and 4
        and (q.first_reply_due_at is not null or q.resolution_due_at is not null)
        and least(q.first_reply_due_at, q.resolution_due_at) < now()
        and (q.first_reply_at is null and q.first_reply_due_at < now() or q.resolution_due_at < now()))";

fn any(sql: &mut QueryBuilder<Postgres>, column: &str, ids: impl Iterator<Item = Uuid>) {
    let ids: Vec<Uuid> = ids.collect();
    if !ids.is_empty() {
        sql.push(format!(" and {column} = any (")).push_bind(ids).push(")");
    }
}

fn channels(names: &[String]) -> Result<Option<Vec<String>>, Status> {
    if names.len() > CHANNELS {
        return Err(rpc::invalid_field("filter.channels", "holds more than 20"));
    }
    let channel = |name: &String| name.parse::<Channel>().map(|channel| channel.to_string());
    let named: Result<Vec<String>, _> = names.iter().map(channel).collect();
    named
        .map(|channels| Some(channels).filter(|channels| !channels.is_empty()))
        .map_err(|_| rpc::invalid_field("filter.channels", "holds something that is no channel's name"))
}

fn states(asked: &[i32]) -> Result<Vec<i16>, Status> {
    let known = |state: &i32| RequestState::try_from(*state).is_ok_and(|state| state != RequestState::Unspecified);
    if asked.len() > STATES || !asked.iter().all(known) {
        return Err(rpc::invalid_field("filter.states", "holds something that is no state, or too much"));
    }
    let mut states: Vec<i16> = asked.iter().filter_map(|state| i16::try_from(*state).ok()).collect();
    states.sort_unstable();
    states.dedup();
    Ok(states)
}

#[cfg(test)]
mod tests {
    use contracts::errors::ErrorReason;

    use super::*;

    #[test]
    fn bad_values_name_their_field() {
        let ids = || vec![EmployeeId::new().to_string(); IDS + 1];
        let bad = [
            ("filter.channels", ConversationFilter { channels: vec!["Tele gram".into()], ..Default::default() }),
            ("filter.channels", ConversationFilter { channels: vec!["telegram".into(); 21], ..Default::default() }),
            ("filter.account_ids", ConversationFilter { account_ids: ids(), ..Default::default() }),
            ("filter.account_ids", ConversationFilter { account_ids: vec!["7".into()], ..Default::default() }),
            ("filter.assignee_employee_ids", ConversationFilter { assignee_employee_ids: ids(), ..Default::default() }),
            ("filter.department_ids", ConversationFilter { department_ids: ids(), ..Default::default() }),
            ("filter.states", ConversationFilter { states: vec![0], ..Default::default() }),
            ("filter.states", ConversationFilter { states: vec![99], ..Default::default() }),
            ("filter.folder_ids", ConversationFilter { folder_ids: vec!["7".into()], ..Default::default() }),
            ("filter.client_id", ConversationFilter { client_id: "x".into(), ..Default::default() }),
        ];
        for (field, filter) in bad {
            let refusal = Filter::read(&filter).unwrap_err();
            assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::InvalidField), "{filter:?}");
            assert_eq!(rpc::metadata_of(&refusal)["field"], field);
        }
        assert_eq!(Filter::read(&ConversationFilter::default()).unwrap(), Filter::default());
    }
}
