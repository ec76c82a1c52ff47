//! How the company keeps clients.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::{CardError, settings_changed};
use crate::{
    change::{Actor, Db, Revision, json},
    clients::history::CLIENT_FIELDS,
    contacts::history::CONTACT_FIELDS,
    error::Fault,
    refusals,
};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Settings {
    pub revision: Revision,
    /// Off: every employee sees all clients.
    pub restricted: bool,
    pub without_default_contract: bool,
    pub creator_levels: bool,
    pub versioned_client_fields: Vec<String>,
    pub versioned_contact_fields: Vec<String>,
    /// Of both; each field says it for itself.
    #[serde(skip)]
    pub versioned_custom_fields: Vec<Uuid>,
}

/// What a change asks for; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub restricted: Option<bool>,
    pub without_default_contract: Option<bool>,
    pub creator_levels: Option<bool>,
    pub versioned_client_fields: Option<Vec<String>>,
    pub versioned_contact_fields: Option<Vec<String>>,
}

pub async fn read(db: impl PgExecutor<'_>) -> sqlx::Result<Settings> {
    let row = sqlx::query!(
        r#"select revision, restricted, without_default_contract, creator_levels, versioned_client_fields,
                  versioned_contact_fields,
                  array(select field_id from crm.custom_field where versioned) as "versioned_custom_fields!"
           from crm.client_settings"#
    )
    .fetch_one(db)
    .await?;
    Ok(Settings {
        revision: Revision(row.revision),
        restricted: row.restricted,
        without_default_contract: row.without_default_contract,
        creator_levels: row.creator_levels,
        versioned_client_fields: row.versioned_client_fields,
        versioned_contact_fields: row.versioned_contact_fields,
        versioned_custom_fields: row.versioned_custom_fields,
    })
}

/// # Errors
/// [`Fault::Permission`], [`Fault::Stale`], [`Fault::Invalid`].
pub async fn change(db: &Db, by: Actor, patch: Patch) -> Result<Settings, CardError> {
    refusals::administrators_only(db, by, "client_settings", Uuid::nil()).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = read(change.db()).await?;
    before.revision.must_be(patch.seen)?;
    let after = Settings {
        revision: before.revision.next(),
        restricted: patch.restricted.unwrap_or(before.restricted),
        without_default_contract: patch.without_default_contract.unwrap_or(before.without_default_contract),
        creator_levels: patch.creator_levels.unwrap_or(before.creator_levels),
        versioned_client_fields: known(
            "versioned_client_fields",
            patch.versioned_client_fields.unwrap_or_else(|| before.versioned_client_fields.clone()),
            &CLIENT_FIELDS,
        )?,
        versioned_contact_fields: known(
            "versioned_contact_fields",
            patch.versioned_contact_fields.unwrap_or_else(|| before.versioned_contact_fields.clone()),
            &CONTACT_FIELDS,
        )?,
        versioned_custom_fields: before.versioned_custom_fields.clone(),
    };
    sqlx::query!(
        "update crm.client_settings set revision = $1, restricted = $2, without_default_contract = $3,
             creator_levels = $4, versioned_client_fields = $5, versioned_contact_fields = $6",
        after.revision.0,
        after.restricted,
        after.without_default_contract,
        after.creator_levels,
        &after.versioned_client_fields,
        &after.versioned_contact_fields
    )
    .execute(change.db())
    .await?;
    change.audit("client_settings.update", "client_settings", Uuid::nil(), json(&before), json(&after));
    change.tell_everyone(settings_changed());
    change.commit().await?;
    Ok(after)
}

/// Each once, and none that cannot be versioned.
fn known(field: &'static str, mut names: Vec<String>, all: &[&str]) -> Result<Vec<String>, Fault> {
    names.sort_unstable();
    names.dedup();
    match names.iter().all(|name| all.contains(&name.as_str())) {
        true => Ok(names),
        false => Err(Fault::invalid(field, "name what cannot be versioned; choose from the versionable ones")),
    }
}
