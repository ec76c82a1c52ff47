//! A unit of work: one transaction with what it changes, its audit rows and its events.

use std::sync::Arc;

use contracts::live::{Audience, event::What};
use model::EmployeeId;
use ring::digest;
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use store::{Schema, access::Log, audit, event};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{error::Fault, potential, quality};

/// The database, the relay to wake after a commit, and who read what.
#[derive(Clone)]
pub struct Db {
    pub pool: PgPool,
    pub wake: Arc<Notify>,
    pub accesses: Log,
}

/// On whose behalf something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Employee {
        id: EmployeeId,
        administrator: bool,
    },
    /// The system itself, or whoever runs the binary's commands.
    System,
}

impl Actor {
    #[must_use]
    pub const fn employee(&self) -> Option<EmployeeId> {
        match self {
            Self::Employee { id, .. } => Some(*id),
            Self::System => None,
        }
    }

    /// # Errors
    /// [`Fault::Permission`] for anyone else.
    pub const fn must_be_administrator(&self) -> Result<(), Fault> {
        match self {
            Self::System | Self::Employee { administrator: true, .. } => Ok(()),
            Self::Employee { .. } => Err(Fault::Permission),
        }
    }
}

/// Which version of a row: its etag on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    /// # Errors
    /// [`Fault::Stale`] when the caller saw another version; `None` means whatever it is now.
    pub fn must_be(self, seen: Option<Self>) -> Result<(), Fault> {
        if seen.is_none_or(|seen| seen == self) { Ok(()) } else { Err(Fault::Stale) }
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The SHA-256 of a creating request: tells its repeat from another request with the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHash(Vec<u8>);

impl RequestHash {
    #[must_use]
    pub fn of(request: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, request).as_ref().to_vec())
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// # Errors
    /// [`Fault::RequestReused`] when what is stored came from another request.
    pub fn must_be(&self, stored: &[u8]) -> Result<(), Fault> {
        if self.0 == stored { Ok(()) } else { Err(Fault::RequestReused) }
    }
}

/// One use case in progress. Dropped without [`Change::commit`] it leaves no trace.
pub struct Change<'a> {
    tx: Transaction<'static, Postgres>,
    db: &'a Db,
    by: Actor,
    entries: Vec<audit::Entry<'static>>,
    events: Vec<(What, Audience)>,
}

impl Db {
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, wake: Arc::default(), accesses: Log::of(Schema::Crm) }
    }

    /// Begins a unit of work.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn begin(&self, by: Actor) -> sqlx::Result<Change<'_>> {
        Ok(Change { tx: self.pool.begin().await?, db: self, by, entries: Vec::new(), events: Vec::new() })
    }

    /// Begins a change of the organisation. These are rare and depend on each other (the tree, the last
    /// administrator), so they go one after another.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn begin_organisation(&self, by: Actor) -> sqlx::Result<Change<'_>> {
        let mut change = self.begin(by).await?;
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('crm.organisation', 0))")
            .execute(change.db())
            .await?;
        Ok(change)
    }
}

impl Change<'_> {
    /// Who acts.
    #[must_use]
    pub const fn by(&self) -> Actor {
        self.by
    }

    pub fn db(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Notes who changed what. Secrets never go here.
    pub fn audit(
        &mut self,
        action: &'static str,
        object_kind: &'static str,
        object_id: Uuid,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let employee_id = self.by.employee().map(Uuid::from);
        self.entries.push(audit::Entry { employee_id, action, object_kind, object_id, before, after });
    }

    /// Tells everyone who works here.
    pub fn tell_everyone(&mut self, what: What) {
        self.events.push((what, Audience { everyone: true, ..Audience::default() }));
    }

    /// Tells those who may learn of it.
    pub fn tell_audience(&mut self, audience: Audience, what: What) {
        self.events.push((what, audience));
    }

    /// Tells one employee.
    pub fn tell(&mut self, employee: EmployeeId, what: What) {
        let audience = Audience { employee_ids: vec![employee.to_string()], ..Audience::default() };
        self.events.push((what, audience));
    }

    /// Counts the quality and potential of what changed, writes audit rows and events, commits, wakes the relay.
    ///
    /// # Errors
    /// What the database answers; then nothing has happened.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        quality::count::told(&mut self.tx, &self.events).await?;
        potential::count::told(&mut self.tx, &self.events).await?;
        audit::append(&mut self.tx, Schema::Crm, &self.entries).await?;
        event::append(&mut self.tx, Schema::Crm, &self.events).await?;
        self.tx.commit().await?;
        self.db.wake.notify_one();
        Ok(())
    }
}

/// The audited form of a value. A value that cannot be written as JSON is a defect of its type.
#[must_use]
pub fn json(value: &impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}
