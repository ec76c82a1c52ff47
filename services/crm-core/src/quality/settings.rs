//! What is required of cards: set up by an administrator.

use std::collections::HashSet;

use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    QualityError, filled,
    recount::QualityCount,
    score::{Profile, Requirement},
};
use crate::{
    cards::{fields, values::Object},
    change::{Actor, Db, Revision, json},
    clients::domain::Kind,
    error::{Fault, Missing},
    recounts::{self, Recount},
    refusals,
};

const MOST: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Settings {
    pub revision: Revision,
    pub company: Profile,
    pub person: Profile,
    pub contact: Profile,
}

impl Settings {
    /// Nothing is required, and never was.
    #[must_use]
    pub fn never_set_up(&self) -> bool {
        self.revision == Revision(1)
    }

    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Profile {
        match kind {
            Kind::Company => &self.company,
            Kind::Person => &self.person,
        }
    }
}

/// The settings in force; what names a custom field that is archived by now requires nothing.
///
/// # Errors
/// What the database answers.
pub async fn get(db: impl PgExecutor<'_>) -> sqlx::Result<Settings> {
    let row = sqlx::query!(
        r#"select revision, company as "company: Json<Profile>", person as "person: Json<Profile>",
                  contact as "contact: Json<Profile>",
                  array(select field_id from crm.custom_field where archived) as "archived!"
           from crm.quality_settings"#
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else {
        let nothing = Profile::default;
        return Ok(Settings { revision: Revision(1), company: nothing(), person: nothing(), contact: nothing() });
    };
    let archived: HashSet<Uuid> = row.archived.into_iter().collect();
    let there = |one: &Requirement| filled::custom_field(&one.field).is_none_or(|id| !archived.contains(&id));
    let in_force = |Json(mut profile): Json<Profile>| {
        profile.portrait.retain(there);
        profile
    };
    Ok(Settings {
        revision: Revision(row.revision),
        company: in_force(row.company),
        person: in_force(row.person),
        contact: in_force(row.contact),
    })
}

/// Puts new settings in the place of those that the caller saw, and begins to count anew.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::Stale`], and what is invalid.
pub async fn update(
    db: &Db,
    by: Actor,
    seen: Option<Revision>,
    mut wanted: Settings,
) -> Result<(Settings, Recount), QualityError> {
    refusals::administrators_only(db, by, "quality_settings", Uuid::nil()).await?;
    let mut change = db.begin(by).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('crm.quality_settings', 0))")
        .execute(change.db())
        .await?;
    let before = get(change.db()).await?;
    before.revision.must_be(seen)?;
    let custom = |object: Object, all: &[fields::Field]| -> HashSet<Uuid> {
        all.iter().filter(|field| field.object == object).map(|field| field.id.0).collect()
    };
    let all = fields::list(change.db(), None, false).await?;
    let (clients, contacts) = (custom(Object::Client, &all), custom(Object::Contact, &all));
    check("settings.company", &wanted.company, &filled::CLIENT_FIELDS, &clients)?;
    check("settings.person", &wanted.person, &filled::CLIENT_FIELDS, &clients)?;
    check("settings.contact", &wanted.contact, &filled::CONTACT_FIELDS, &contacts)?;
    wanted.revision = before.revision.next();
    sqlx::query!(
        "insert into crm.quality_settings (revision, company, person, contact) values ($1, $2, $3, $4)
         on conflict (only_one) do update set revision = excluded.revision, company = excluded.company,
             person = excluded.person, contact = excluded.contact",
        wanted.revision.0,
        Json(&wanted.company) as _,
        Json(&wanted.person) as _,
        Json(&wanted.contact) as _
    )
    .execute(change.db())
    .await?;
    change.audit("quality_settings.update", "quality_settings", Uuid::nil(), json(&before), json(&wanted));
    let recount = recounts::replace::<QualityCount>(&mut change, wanted.revision).await?;
    change.commit().await?;
    Ok((wanted, recount))
}

/// Each field once, of those that there are.
fn check(field: &'static str, profile: &Profile, own: &[&str], custom: &HashSet<Uuid>) -> Result<(), Fault> {
    for group in [&profile.contact_data, &profile.portrait] {
        let names: HashSet<&str> = group.iter().map(|one| one.field.as_str()).collect();
        if group.len() > MOST || names.len() != group.len() {
            return Err(Fault::invalid(field, "must name each field once, and at most 100"));
        }
        if group.iter().any(|one| !(1..=100).contains(&one.weight)) {
            return Err(Fault::invalid(field, "must have weights of 1 to 100"));
        }
    }
    if profile.contact_data.iter().any(|one| !filled::ADDRESS_FIELDS.contains(&one.field.as_str())) {
        return Err(Fault::invalid(field, "names contact data that there is not; choose from address_fields"));
    }
    for one in &profile.portrait {
        match filled::custom_field(&one.field) {
            Some(id) if !custom.contains(&id) => return Err(Fault::Missing { field, what: Missing::CustomField }),
            None if !own.contains(&one.field.as_str()) => {
                return Err(Fault::invalid(field, "names a field that there is not; choose from those offered"));
            }
            _ => {}
        }
    }
    Ok(())
}
