//! How the company keeps leads.

use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    LeadError, recount,
    score::{Rule, checked},
};
use crate::{
    change::{Actor, Db, Revision, json},
    error::Fault,
    refusals,
};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Settings {
    pub revision: Revision,
    /// Leads that are silent so long are erased by themselves; `None`: off.
    pub erase_after_months: Option<i16>,
    pub rules: Vec<Rule>,
    /// What people did on the sites is deleted after so long.
    pub keep_visits_months: i16,
}

/// What a change asks for; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub erase_after_months: Option<Option<i16>>,
    pub rules: Option<Vec<Rule>>,
    pub keep_visits_months: Option<i16>,
}

pub async fn read(db: impl PgExecutor<'_>) -> sqlx::Result<Settings> {
    let row = sqlx::query!(
        r#"select revision, erase_after_months, keep_visits_months, score_rules as "rules: Json<Vec<Rule>>" from crm.lead_settings"#
    )
    .fetch_one(db)
    .await?;
    let (revision, rules) = (Revision(row.revision), row.rules.0);
    Ok(Settings {
        revision,
        erase_after_months: row.erase_after_months,
        rules,
        keep_visits_months: row.keep_visits_months,
    })
}

/// # Errors
/// [`Fault::Permission`], [`Fault::Stale`], [`Fault::Invalid`].
pub async fn change(db: &Db, by: Actor, patch: Patch) -> Result<Settings, LeadError> {
    refusals::administrators_only(db, by, "lead_settings", Uuid::nil()).await?;
    let mut change = db.begin(by).await?;
    sqlx::query!("select from crm.lead_settings for update").fetch_one(change.db()).await?;
    let before = read(change.db()).await?;
    before.revision.must_be(patch.seen)?;
    let after = Settings {
        revision: before.revision.next(),
        erase_after_months: patch.erase_after_months.unwrap_or(before.erase_after_months),
        rules: match patch.rules {
            Some(rules) => checked(rules)?,
            None => before.rules.clone(),
        },
        keep_visits_months: patch.keep_visits_months.unwrap_or(before.keep_visits_months),
    };
    if let Some(months) = after.erase_after_months {
        months_fit(months)?;
    }
    if !(1..=36).contains(&after.keep_visits_months) {
        return Err(Fault::invalid("keep_visits_months", "must be 1 to 36").into());
    }
    sqlx::query!(
        "update crm.lead_settings set revision = $1, erase_after_months = $2, score_rules = $3, keep_visits_months = $4",
        after.revision.0,
        after.erase_after_months,
        Json(&after.rules) as _,
        after.keep_visits_months
    )
    .execute(change.db())
    .await?;
    recount::schedule(change.db()).await?;
    change.audit("lead_settings.update", "lead_settings", Uuid::nil(), json(&before), json(&after));
    change.commit().await?;
    Ok(after)
}

/// # Errors
/// [`Fault::Invalid`] unless 1 to 120.
pub fn months_fit(months: i16) -> Result<(), Fault> {
    if (1..=120).contains(&months) { Ok(()) } else { Err(Fault::invalid("months", "must be 1 to 120")) }
}
