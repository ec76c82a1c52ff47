//! From how many records on an erasure needs a second administrator, and how long an export is kept.

use model::EmployeeId;
use serde_json::json;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::PersonalError;
use crate::{
    change::{Actor, Db, Revision},
    error::Fault,
    refusals,
};

const MOST: i64 = 1_000_000;
const EXPORT_DAYS: std::ops::RangeInclusive<u32> = 1..=90;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub revision: Revision,
    pub approve_above: i64,
    pub export_days: i32,
    /// Nobody else has saved it since.
    pub raised: Option<Raised>,
}

/// Who raised the limit alone, and the one before, which goes on counting for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    pub by: EmployeeId,
    pub before: i64,
}

impl Settings {
    /// From how many records on an erasure of this employee's waits.
    pub fn approve_above(&self, by: Actor) -> i64 {
        self.own(by).map_or(self.approve_above, |raised| raised.before)
    }

    fn own(&self, by: Actor) -> Option<Raised> {
        self.raised.filter(|raised| by.employee() == Some(raised.by))
    }

    /// What waits for another administrator once `by` has saved this limit. Another confirms it by saving all as it is, and does not
    /// by changing something else.
    fn raised_to(&self, wanted: i64, days: i32, by: Actor) -> Option<Raised> {
        if wanted == self.approve_above && days != self.export_days {
            return self.raised;
        }
        let before = self.approve_above(by);
        by.employee().filter(|_| wanted > before).map(|by| Raised { by, before })
    }
}

pub async fn read(db: impl PgExecutor<'_>) -> sqlx::Result<Settings> {
    let row = sqlx::query!(
        "select revision, approve_above, export_days, raised_by, approve_above_before from crm.personal_settings"
    )
    .fetch_one(db)
    .await?;
    Ok(Settings {
        revision: Revision(row.revision),
        approve_above: row.approve_above,
        export_days: row.export_days,
        raised: row.raised_by.zip(row.approve_above_before).map(|(by, before)| Raised { by: EmployeeId(by), before }),
    })
}

/// # Errors
/// [`Fault::Permission`].
pub async fn get(db: &Db, by: Actor) -> Result<Settings, PersonalError> {
    refusals::administrators_only(db, by, "personal_settings", Uuid::nil()).await?;
    Ok(read(&db.pool).await?)
}

/// Without days they stay as they are. A limit that is raised counts for whoever raised it once another has saved it.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::Stale`], [`Fault::Invalid`].
pub async fn update(
    db: &Db,
    by: Actor,
    seen: Option<Revision>,
    approve_above: u64,
    export_days: Option<u32>,
) -> Result<Settings, PersonalError> {
    refusals::administrators_only(db, by, "personal_settings", Uuid::nil()).await?;
    let wanted = i64::try_from(approve_above).ok().filter(|wanted| *wanted <= MOST);
    let wanted = wanted.ok_or(Fault::invalid("approve_above", "must be at most 1000000"))?;
    if export_days.is_some_and(|days| !EXPORT_DAYS.contains(&days)) {
        return Err(Fault::invalid("export_days", "must be 1 to 90").into());
    }
    let mut change = db.begin(by).await?;
    sqlx::query!("select one from crm.personal_settings for update").fetch_one(change.db()).await?;
    let before = read(change.db()).await?;
    before.revision.must_be(seen)?;
    let raised = before.raised_to(wanted, export_days.map_or(before.export_days, u32::cast_signed), by);
    sqlx::query!(
        "update crm.personal_settings set revision = revision + 1, approve_above = $1,
             export_days = coalesce($2, export_days), raised_by = $3, approve_above_before = $4",
        wanted,
        export_days.map(u32::cast_signed),
        raised.map(|raised| Uuid::from(raised.by)),
        raised.map(|raised| raised.before)
    )
    .execute(change.db())
    .await?;
    let fact = |settings: &Settings| {
        Some(json!({
            "approve_above": settings.approve_above, "export_days": settings.export_days,
            "raised_by": settings.raised.map(|raised| raised.by),
        }))
    };
    let after = read(change.db()).await?;
    change.audit("personal_settings.update", "personal_settings", Uuid::nil(), fact(&before), fact(&after));
    change.commit().await?;
    Ok(after)
}
