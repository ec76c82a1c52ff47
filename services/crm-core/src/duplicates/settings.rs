//! What counts as a match: set up by an administrator, with defaults.

use std::collections::{BTreeMap, BTreeSet};

use model::{Email, Phone};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    DuplicateError,
    kind::Kind,
    rules::{Rule, Rules, Strength},
};
use crate::{
    change::{Actor, Db, Revision, json},
    error::Fault,
};

const MOST_SHARED: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Settings {
    pub revision: Revision,
    pub clients: BTreeMap<Rule, Strength>,
    pub contacts: BTreeMap<Rule, Strength>,
    /// Normalized.
    pub shared: BTreeSet<String>,
    pub check_on_create: bool,
    pub check_contacts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            revision: Revision(1),
            clients: Rules::of_clients().strengths,
            contacts: Rules::of_contacts().strengths,
            shared: BTreeSet::new(),
            check_on_create: false,
            check_contacts: false,
        }
    }
}

impl Settings {
    #[must_use]
    pub fn rules(&self, kind: Kind) -> Rules {
        let strengths = if kind == Kind::Client { &self.clients } else { &self.contacts };
        Rules { strengths: strengths.clone(), shared: self.shared.clone() }
    }

    /// Reads typed addresses of many.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn shared_of(typed: &[String]) -> Result<BTreeSet<String>, Fault> {
        if typed.len() > MOST_SHARED {
            return Err(Fault::invalid("settings.shared_addresses", "must be at most 1,000"));
        }
        let read = |text: &String| {
            let phone = || Phone::parse(text).map(|phone| phone.digits().to_owned());
            Email::parse(text).map(|email| email.as_str().to_owned()).or_else(phone)
        };
        let all: Option<BTreeSet<String>> = typed.iter().map(read).collect();
        all.ok_or(Fault::invalid("settings.shared_addresses", "hold what is no phone number or e-mail address"))
    }

    fn check(&self) -> Result<(), Fault> {
        if self.contacts.contains_key(&Rule::Inn) {
            return Err(Fault::invalid("settings.contact_rules", "must not hold the INN: a contact has none"));
        }
        Ok(())
    }
}

/// The settings in force.
///
/// # Errors
/// What the database answers.
pub async fn get(db: impl PgExecutor<'_>) -> Result<Settings, DuplicateError> {
    let row = sqlx::query!(
        r#"select revision, clients as "clients: Json<BTreeMap<Rule, Strength>>",
                  contacts as "contacts: Json<BTreeMap<Rule, Strength>>", shared, check_on_create, check_contacts_on_create
           from crm.match_settings"#
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map_or_else(Settings::default, |row| Settings {
        revision: Revision(row.revision),
        clients: row.clients.0,
        contacts: row.contacts.0,
        shared: row.shared.into_iter().collect(),
        check_on_create: row.check_on_create,
        check_contacts: row.check_contacts_on_create,
    }))
}

/// Puts new settings in the place of those that the caller saw.
///
/// # Errors
/// Permission, stale, and what is invalid.
pub async fn update(
    db: &Db,
    by: Actor,
    seen: Option<Revision>,
    mut wanted: Settings,
) -> Result<Settings, DuplicateError> {
    by.must_be_administrator()?;
    wanted.check()?;
    let mut change = db.begin(by).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('crm.match_settings', 0))")
        .execute(change.db())
        .await?;
    let before = get(change.db()).await?;
    before.revision.must_be(seen)?;
    wanted.revision = before.revision.next();
    let shared: Vec<String> = wanted.shared.iter().cloned().collect();
    sqlx::query!(
        "insert into crm.match_settings (revision, clients, contacts, shared, check_on_create, check_contacts_on_create)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (only_one) do update set revision = excluded.revision, clients = excluded.clients,
             contacts = excluded.contacts, shared = excluded.shared, check_on_create = excluded.check_on_create,
             check_contacts_on_create = excluded.check_contacts_on_create",
        wanted.revision.0,
        Json(&wanted.clients) as _,
        Json(&wanted.contacts) as _,
        &shared,
        wanted.check_on_create,
        wanted.check_contacts
    )
    .execute(change.db())
    .await?;
    change.audit("match_settings.update", "match_settings", Uuid::nil(), json(&before), json(&wanted));
    change.commit().await?;
    Ok(wanted)
}
