//! The period, the fields that take part, and what departments have of their own: set up by administrators, and by heads for theirs.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    PotentialError, decimal, fields,
    recount::PotentialCount,
    store::{self, Bases, Weights},
};
use crate::{
    cards::{self, fields::Field, values::Object},
    change::{Actor, Db, Revision},
    departments,
    error::{Fault, Missing},
    recounts::{self, Recount},
    refusals::{self, Permission},
};

const MOST_FIELDS: usize = 20;
const MOST_DEPARTMENTS: usize = 100;
const MOST_WEIGHTS: usize = 2_000;

/// `okno.crm.v1.PotentialPeriod`.
pub const YEAR: i16 = 4;

/// What counting goes by, beside the amounts and weights.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Head {
    pub revision: Revision,
    pub period: i16,
    pub fields: Vec<String>,
}

impl Head {
    /// Nothing is counted, and never was.
    #[must_use]
    pub fn never_set_up(&self) -> bool {
        self.revision == Revision(1)
    }
}

/// What a department has of its own; without an id, the company.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Department {
    pub id: Option<Uuid>,
    pub base: Option<String>,
    pub weights: Vec<Weight>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Weight {
    pub field: String,
    pub value: String,
    pub weight: String,
}

pub struct Settings {
    pub head: Head,
    pub departments: Vec<Department>,
    /// Custom fields that may take part.
    pub custom: Vec<String>,
}

/// What a change asks for; `None` leaves it as it is, and so are departments that are not named.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub period: Option<i16>,
    pub fields: Option<Vec<String>>,
    pub departments: Option<Vec<Department>>,
}

/// The settings in force; a custom field that is archived by now takes no part.
///
/// # Errors
/// What the database answers.
pub async fn head(db: impl PgExecutor<'_>) -> sqlx::Result<Head> {
    let row = sqlx::query!(
        r#"select revision, period,
                  array(select f.name from unnest(fields) with ordinality as f(name, place)
                        where not exists (select from crm.custom_field c
                                          where c.archived and 'custom_values:' || c.field_id = f.name)
                        order by f.place) as "fields!"
           from crm.potential_settings"#
    )
    .fetch_optional(db)
    .await?;
    Ok(match row {
        Some(row) => Head { revision: Revision(row.revision), period: row.period, fields: row.fields },
        None => Head { revision: Revision(1), period: YEAR, fields: Vec::new() },
    })
}

/// The settings, with those departments that the caller may know of.
///
/// # Errors
/// What the database answers.
pub async fn get(db: &Db, by: Actor) -> Result<Settings, PotentialError> {
    let shown = shown(db, by).await?;
    let mut connection = db.pool.acquire().await?;
    Ok(read(&mut connection, shown.as_ref()).await?)
}

/// The departments whose amounts and weights somebody may know: their own, those below that they head, and all above these.
/// `None`: all.
async fn shown(db: &Db, by: Actor) -> sqlx::Result<Option<HashSet<Uuid>>> {
    match by.employee().filter(|_| by.must_be_administrator().is_err()) {
        Some(viewer) => Ok(Some(store::departments_around(&db.pool, viewer).await?.into_iter().collect())),
        None => Ok(None),
    }
}

async fn read(db: &mut PgConnection, shown: Option<&HashSet<Uuid>>) -> sqlx::Result<Settings> {
    let head = head(&mut *db).await?;
    let mut all: HashMap<Option<Uuid>, Department> = HashMap::new();
    for (id, base) in store::bases(&mut *db).await? {
        all.entry(id).or_default().base = Some(base);
    }
    for (id, weight) in store::weights(&mut *db).await? {
        all.entry(id).or_default().weights.push(weight);
    }
    let may_know = |id: &Option<Uuid>| id.is_none_or(|id| shown.is_none_or(|shown| shown.contains(&id)));
    let mut departments: Vec<Department> =
        all.into_iter().filter(|(id, _)| may_know(id)).map(|(id, one)| Department { id, ..one }).collect();
    departments.sort_by_key(|one| one.id);
    let custom = fields::custom(&cards::fields::list(db, Some(Object::Client), false).await?);
    Ok(Settings { head, departments, custom })
}

/// Changes the settings that the caller saw, and begins to count anew.
///
/// # Errors
/// [`PotentialError::MayNotSetUp`], [`Fault::Stale`], and what is invalid.
pub async fn update(db: &Db, by: Actor, patch: Patch) -> Result<(Settings, Recount), PotentialError> {
    let patch = checked(patch)?;
    may_set_up(db, by, &patch).await?;
    let shown = shown(db, by).await?;
    let mut change = db.begin(by).await?;
    store::lock_settings(change.db()).await?;
    let before = read(change.db(), None).await?;
    before.head.revision.must_be(patch.seen)?;
    let custom = cards::fields::list(change.db(), Some(Object::Client), true).await?;
    check_names(change.db(), &patch, &custom).await?;
    let head = Head {
        revision: before.head.revision.next(),
        period: patch.period.unwrap_or(before.head.period),
        fields: patch.fields.unwrap_or_else(|| before.head.fields.clone()),
    };
    store::save_head(change.db(), &head).await?;
    let departments = patch.departments.unwrap_or_default();
    let of = |id: &Option<Uuid>| before.departments.iter().find(|one| one.id == *id).cloned();
    let was: Vec<Department> = departments.iter().filter_map(|one| of(&one.id)).collect();
    write(change.db(), &departments).await?;
    let audited = |head: &Head, departments: &[Department]| Some(json!({"head": head, "departments": departments}));
    let (was, now) = (audited(&before.head, &was), audited(&head, &departments));
    change.audit("potential_settings.update", "potential_settings", Uuid::nil(), was, now);
    let recount = recounts::replace::<PotentialCount>(&mut change, head.revision).await?;
    let after = read(change.db(), shown.as_ref()).await?;
    change.commit().await?;
    Ok((after, recount))
}

/// What departments have is theirs; the rest is the company's.
async fn may_set_up(db: &Db, by: Actor, patch: &Patch) -> Result<(), PotentialError> {
    let Some(viewer) = by.employee().filter(|_| by.must_be_administrator().is_err()) else { return Ok(()) };
    let named: Vec<Option<Uuid>> = patch.departments.iter().flatten().map(|one| one.id).collect();
    let led = departments::led(&db.pool, viewer).await?;
    let theirs = patch.period.is_none() && patch.fields.is_none() && !led.is_empty();
    let foreign = named.into_iter().find(|id| !theirs || id.is_none_or(|id| !led.contains(&id)));
    if theirs && foreign.is_none() {
        return Ok(());
    }
    let (object, lacks) = match foreign.flatten() {
        Some(id) => (id, Permission::LeadDepartment),
        None => (Uuid::nil(), Permission::Administrator),
    };
    refusals::note(db, by, "potential_settings", object, lacks).await?;
    Err(PotentialError::MayNotSetUp)
}

/// Each thing once, amounts and weights in their stored form.
fn checked(mut patch: Patch) -> Result<Patch, Fault> {
    if let Some(fields) = &patch.fields {
        let distinct: HashSet<&String> = fields.iter().collect();
        if fields.len() > MOST_FIELDS || distinct.len() != fields.len() {
            return Err(Fault::invalid("settings.fields", "must name each field once, and at most 20"));
        }
    }
    if patch.departments.as_ref().is_some_and(Vec::is_empty) {
        return Err(Fault::invalid("settings.departments", "must not be empty"));
    }
    let mut departments = HashSet::new();
    for one in patch.departments.iter_mut().flatten() {
        if !departments.insert(one.id) || departments.len() > MOST_DEPARTMENTS {
            return Err(Fault::invalid("settings.departments", "must name each department once, and at most 100"));
        }
        if let Some(base) = &mut one.base {
            *base = decimal::amount("settings.departments.base_amount", base)?;
        }
        let mut named = HashSet::new();
        for weight in &mut one.weights {
            weight.weight = decimal::weight(WEIGHTS, &weight.weight)?;
            if !named.insert((weight.field.clone(), weight.value.clone())) || named.len() > MOST_WEIGHTS {
                return Err(Fault::invalid(WEIGHTS, "must name each value once, and at most 2000"));
            }
        }
    }
    Ok(patch)
}

const WEIGHTS: &str = "settings.departments.weights";

/// Fields, values and departments must be there. What takes part must not be archived; weights of what is are kept.
async fn check_names(db: &mut PgConnection, patch: &Patch, custom: &[Field]) -> Result<(), Fault> {
    let active: Vec<Field> = custom.iter().filter(|field| !field.archived).cloned().collect();
    for name in patch.fields.iter().flatten() {
        fields::of("settings.fields", name, &active)?;
    }
    let mut entries: HashSet<(i16, Uuid)> = HashSet::new();
    let departments = || patch.departments.iter().flatten();
    for weight in departments().flat_map(|one| &one.weights) {
        entries.extend(fields::of(WEIGHTS, &weight.field, custom)?.entry(WEIGHTS, &weight.value)?);
    }
    let (kinds, ids): (Vec<i16>, Vec<Uuid>) = entries.into_iter().unzip();
    if !store::entries_exist(&mut *db, &kinds, &ids).await? {
        return Err(Fault::Missing { field: WEIGHTS, what: Missing::DirectoryEntry });
    }
    let ids: Vec<Uuid> = departments().filter_map(|one| one.id).collect();
    if !store::departments_exist(db, &ids).await? {
        return Err(Fault::Missing { field: "settings.departments", what: Missing::Department });
    }
    Ok(())
}

/// Puts what these departments have in the place of what they had.
async fn write(db: &mut PgConnection, departments: &[Department]) -> sqlx::Result<()> {
    let ids: Vec<Option<Uuid>> = departments.iter().map(|one| one.id).collect();
    store::delete_own(&mut *db, &ids).await?;
    store::insert_bases(&mut *db, &Bases::of(departments)).await?;
    store::insert_weights(db, &Weights::of(departments)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(value: &str, weight: &str) -> Weight {
        Weight { field: "importance".into(), value: value.into(), weight: weight.into() }
    }

    fn with(departments: Vec<Department>) -> Patch {
        Patch { departments: Some(departments), ..Patch::default() }
    }

    #[test]
    fn amounts_and_weights_are_kept_in_one_form_and_named_once() {
        let own = |weights| Department { id: None, base: Some("1000".into()), weights };
        let kept = checked(with(vec![own(vec![weight("1", "1.40"), weight("2", "0")])])).unwrap();
        let kept = &kept.departments.unwrap()[0];
        assert_eq!((kept.base.as_deref(), kept.weights[0].weight.as_str()), (Some("1000.00"), "1.4"));
        let bad = [
            with(vec![own(vec![weight("1", "1"), weight("1", "2")])]),
            with(vec![own(vec![weight("1", "1,4")])]),
            with(Vec::new()),
            with(vec![Department::default(), Department::default()]),
            with(vec![Department { base: Some("-1".into()), ..Department::default() }]),
            Patch { fields: Some(vec!["kind".into(), "kind".into()]), ..Patch::default() },
            Patch { fields: Some((0..21).map(|n| n.to_string()).collect()), ..Patch::default() },
        ];
        for patch in bad {
            assert!(checked(patch.clone()).is_err(), "{patch:?}");
        }
    }
}
