//! What the hot path knows of accounts without asking: read again each second and when an unknown one appears.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Capabilities, GatewayDescription},
    inbox::AssignmentMethod,
};
use model::{AccountId, Channel, DepartmentId, EmployeeId};
use parking_lot::RwLock;
use prost::Message;
use sqlx::PgPool;

use crate::{folders::Sorting, merges::Apart, moves::SETTLES};

/// An account as rules and batches need it.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub channel: Channel,
    pub part: i32,
    /// The part before this one, and since when it is another.
    moved: Option<(i32, DateTime<Utc>)>,
    pub is_request_source: bool,
    pub method: AssignmentMethod,
    pub employees: Vec<EmployeeId>,
    pub department: Option<DepartmentId>,
    /// Whose personal account it is. Never changes.
    pub owner: Option<EmployeeId>,
    pub reopen_window: TimeDelta,
    pub live_since: DateTime<Utc>,
    /// Somebody who writes when nobody is there may be answered by itself.
    pub answers_out_of_hours: bool,
    /// Into which folder a new conversation goes.
    pub sorting: Arc<Sorting>,
}

impl Account {
    /// The part that it has left so lately that facts may still come by it (rule I8).
    #[must_use]
    pub fn coming_from(&self, now: DateTime<Utc>) -> Option<i32> {
        self.moved.filter(|(_, at)| now - *at < SETTLES).map(|(part, _)| part)
    }
}

#[derive(Debug, Default)]
struct Known {
    accounts: HashMap<AccountId, Arc<Account>>,
    capabilities: HashMap<Channel, Arc<Capabilities>>,
}

/// The accounts and what their gateways can do, shared by the loops of this process.
#[derive(Debug, Clone)]
pub struct Directory {
    known: Arc<RwLock<Known>>,
    /// Pairs that this process has found to stay two.
    pub(crate) apart: Apart,
    claim_ends: TimeDelta,
}

impl Default for Directory {
    fn default() -> Self {
        Self::new(TimeDelta::minutes(2))
    }
}

impl Directory {
    /// Knows nothing yet. A granted claim without a receipt becomes an unknown outcome after `claim_ends`.
    pub fn new(claim_ends: TimeDelta) -> Self {
        Self { known: Arc::default(), apart: Apart::default(), claim_ends }
    }

    pub fn claim_ends(&self) -> TimeDelta {
        self.claim_ends
    }

    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.known.read().accounts.get(&id).cloned()
    }

    /// What a channel can do, as its gateway last announced; nothing when it never did.
    pub fn capabilities(&self, channel: &Channel) -> Arc<Capabilities> {
        self.known.read().capabilities.get(channel).cloned().unwrap_or_default()
    }

    /// Reads everything anew: two statements, outside of any batch; one more for rules of folders that were changed.
    ///
    /// # Errors
    /// What the database answers; what is known stays.
    pub async fn reload(&self, pool: &PgPool) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            r#"select account_id, channel, part, is_request_source, assignment_method, assignment_employees,
                    department_id, owner_employee_id, reopen_window_hours, live_since, moved_from, moved_at,
                    (out_of_hours_text <> '' and schedule_id is not null) as "answers_out_of_hours!",
                    coalesce((select r.revision from inbox.folder_rules r where r.account_id = a.account_id), 0)
                        as "sorting_revision!"
             from inbox.account a"#
        )
        .fetch_all(pool)
        .await?;
        let gateways = sqlx::query!("select channel, description from inbox.gateway").fetch_all(pool).await?;
        let wanted: Vec<_> = rows.iter().map(|row| (row.account_id.into(), row.sorting_revision)).collect();
        let sortings = self.sortings(pool, &wanted).await?;
        let accounts = rows.into_iter().filter_map(|row| {
            let account = Account {
                id: row.account_id.into(),
                channel: row.channel.parse().ok()?,
                part: row.part,
                moved: row.moved_from.zip(row.moved_at),
                is_request_source: row.is_request_source,
                method: AssignmentMethod::try_from(i32::from(row.assignment_method)).unwrap_or_default(),
                employees: row.assignment_employees.into_iter().map(EmployeeId::from).collect(),
                department: row.department_id.map(DepartmentId::from),
                owner: row.owner_employee_id.map(EmployeeId::from),
                reopen_window: TimeDelta::hours(row.reopen_window_hours.into()),
                live_since: row.live_since,
                answers_out_of_hours: row.answers_out_of_hours,
                sorting: sortings.get(&row.account_id.into()).cloned().unwrap_or_default(),
            };
            Some((account.id, Arc::new(account)))
        });
        let capabilities = gateways.into_iter().filter_map(|row| {
            let description = GatewayDescription::decode(row.description.as_slice()).ok()?;
            Some((row.channel.parse().ok()?, Arc::new(description.capabilities?)))
        });
        let known = Known { accounts: accounts.collect(), capabilities: capabilities.collect() };
        *self.known.write() = known;
        Ok(())
    }

    /// The rules of accounts that have some: read anew where they are not those that are known.
    async fn sortings(
        &self,
        pool: &PgPool,
        wanted: &[(AccountId, i64)],
    ) -> sqlx::Result<HashMap<AccountId, Arc<Sorting>>> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for (id, revision) in wanted.iter().filter(|(_, revision)| *revision > 0) {
            match self.account(*id).filter(|account| account.sorting.revision == *revision) {
                Some(account) => drop(found.insert(*id, account.sorting.clone())),
                None => missing.push(id.0),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let rows = sqlx::query!(
            "select account_id, revision, rules from inbox.folder_rules where account_id = any ($1)",
            &missing
        );
        let rows = rows.fetch_all(pool).await?;
        found.extend(
            rows.into_iter().map(|row| (row.account_id.into(), Arc::new(Sorting::stored(row.revision, &row.rules)))),
        );
        Ok(found)
    }
}
