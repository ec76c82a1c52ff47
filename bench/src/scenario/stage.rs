//! The usual stage: a house, an administrator, connected bots, and customers who have written before.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};

use super::Context;
use crate::{
    house::House,
    people::Person,
    report::Run,
    telegram::Bots,
    usage::{Snapshot, Usage},
};

/// Connections to the Telegram gateway at most: several bots, 40 to 100 deliveries at once each, and room for a jam.
const CONNECTIONS: usize = 2_048;

/// Everything up and warm.
pub struct Stage {
    pub house: House,
    pub admin: Person,
    pub bots: Arc<Bots>,
    pub customers: u64,
}

impl Stage {
    /// Sets it with so many bots and customers.
    pub async fn set(context: &Context<'_>, bots: usize, customers: u64) -> Result<Self> {
        let house = context.house().await?;
        let admin = Person::sign_in(&house.edge(), "admin").await?;
        let bots = context.options.bots.unwrap_or(bots);
        let bots = Arc::new(Bots::connect(&house, &admin, bots, CONNECTIONS).await?);
        bots.make_known(customers).await?;
        // What autovacuum does within a minute: a database that has lived for a day knows what its tables hold.
        sqlx::query("analyze").execute(&house.pool).await?;
        Ok(Self { house, admin, bots, customers })
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.house.processes())
    }

    pub fn used(&self, since: &Snapshot) -> Usage {
        since.until_now(&self.house.processes())
    }

    /// Messages of customers that are stored.
    pub async fn stored(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("select count(*) from inbox.message where direction = 1 and kind = 1")
            .fetch_one(&self.house.pool)
            .await?;
        Ok(count.cast_unsigned())
    }

    /// What was answered well must be stored: else something that was promised is lost, and no figure counts.
    pub async fn must_hold(&self, before: u64, answered: u64, run: &mut Run) -> Result<()> {
        let stored = self.stored().await?.saturating_sub(before);
        if stored < answered {
            bail!("{answered} messages were answered as stored, and {stored} are: {} are lost", answered - stored);
        }
        if stored > answered {
            run.notes.push(format!("{} more are stored than were answered in time", stored - answered));
        }
        Ok(())
    }

    /// Takes everything down; what PostgreSQL spent its time on first, if it was asked for.
    pub async fn strike(self, context: &Context<'_>, run: &mut Run) -> Result<()> {
        if context.options.statements {
            run.notes.extend(statements(&self.house.pool).await?);
        }
        drop(self.bots);
        self.house.close().await;
        Ok(())
    }
}

/// How long what is on its way may take after the last message was sent.
pub const SETTLE: Duration = Duration::from_secs(15);

/// The statements that took the most time.
pub async fn statements(pool: &sqlx::PgPool) -> Result<Vec<String>> {
    let rows: Vec<(f64, i64, f64, f64, String)> = sqlx::query_as(
        "select total_exec_time, calls, mean_exec_time, rows::float8 / greatest(calls, 1),
             left(regexp_replace(query, '\\s+', ' ', 'g'), 140)
         from pg_stat_statements order by total_exec_time desc limit 16",
    )
    .fetch_all(pool)
    .await?;
    let line = |(total, calls, mean, rows, query): (f64, i64, f64, f64, String)| {
        format!("{total:.0} ms in {calls} calls of {mean:.2} ms and {rows:.0} rows: {query}")
    };
    Ok(rows.into_iter().map(line).collect())
}
