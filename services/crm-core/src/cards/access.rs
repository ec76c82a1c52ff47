//! Access levels: labels on clients. Whoever holds one sees the clients that have it.

use model::{AccessLevelId, DepartmentId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{CardError, settings_changed};
use crate::{
    change::{Actor, Db, RequestHash, Revision, json},
    error::Fault,
    refusals,
    text::{self, search_form},
};

const MOST_LEVELS: u32 = 500;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Level {
    pub id: AccessLevelId,
    pub revision: Revision,
    pub name: String,
    pub employees: Vec<EmployeeId>,
    /// Whose members hold it.
    pub departments: Vec<DepartmentId>,
    /// Its holders see every client.
    pub all_clients: bool,
    pub archived: bool,
}

/// What a change asks for; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub employees: Option<Vec<EmployeeId>>,
    pub departments: Option<Vec<DepartmentId>>,
    pub all_clients: Option<bool>,
    pub archived: Option<bool>,
}

impl Level {
    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 100)?;
        self.employees.sort_unstable();
        self.employees.dedup();
        self.departments.sort_unstable();
        self.departments.dedup();
        Ok(self)
    }
}

/// Adds a level. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::NameTaken`], [`Fault::Limit`], [`Fault::Missing`].
pub async fn create(db: &Db, by: Actor, new: Level, request: RequestHash) -> Result<Level, CardError> {
    refusals::administrators_only(db, by, "access_level", new.id.0).await?;
    let level = new.checked()?;
    let mut change = db.begin_organisation(by).await?;
    if let Some(stored) = request_of(change.db(), level.id).await? {
        request.must_be(&stored)?;
        return find(change.db(), level.id).await?.ok_or(CardError::LevelNotFound);
    }
    if list(change.db(), true).await?.len() >= MOST_LEVELS as usize {
        return Err(Fault::Limit(MOST_LEVELS).into());
    }
    insert(change.db(), &level, &request).await?;
    hold(change.db(), &level).await?;
    change.audit("access_level.create", "access_level", level.id.0, None, json(&level));
    change.tell_everyone(settings_changed());
    change.commit().await?;
    Ok(level)
}

/// # Errors
/// [`Fault::Permission`], [`CardError::LevelNotFound`], [`Fault::Stale`], [`Fault::NameTaken`], [`Fault::Missing`].
pub async fn change(db: &Db, by: Actor, id: AccessLevelId, patch: Patch) -> Result<Level, CardError> {
    refusals::administrators_only(db, by, "access_level", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = find(change.db(), id).await?.ok_or(CardError::LevelNotFound)?;
    before.revision.must_be(patch.seen)?;
    let after = Level {
        revision: before.revision.next(),
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        employees: patch.employees.unwrap_or_else(|| before.employees.clone()),
        departments: patch.departments.unwrap_or_else(|| before.departments.clone()),
        all_clients: patch.all_clients.unwrap_or(before.all_clients),
        archived: patch.archived.unwrap_or(before.archived),
        ..before
    };
    let after = after.checked()?;
    update(change.db(), &after).await?;
    hold(change.db(), &after).await?;
    change.audit("access_level.update", "access_level", id.0, json(&before), json(&after));
    change.tell_everyone(settings_changed());
    change.commit().await?;
    Ok(after)
}

struct Row {
    access_level_id: Uuid,
    revision: i64,
    name: String,
    all_clients: bool,
    archived: bool,
    employees: Vec<Uuid>,
    departments: Vec<Uuid>,
}

/// By name.
pub async fn list(db: impl PgExecutor<'_>, archived: bool) -> sqlx::Result<Vec<Level>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select l.access_level_id, l.revision, l.name, l.all_clients, l.archived,
                  array(select h.employee_id from crm.access_level_employee h
                        where h.access_level_id = l.access_level_id order by 1) as "employees!",
                  array(select h.department_id from crm.access_level_department h
                        where h.access_level_id = l.access_level_id order by 1) as "departments!"
           from crm.access_level l where $1 or not l.archived order by l.search_name, l.access_level_id"#,
        archived
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Level::from).collect())
}

async fn find(db: impl PgExecutor<'_>, id: AccessLevelId) -> sqlx::Result<Option<Level>> {
    let row = sqlx::query_as!(
        Row,
        r#"select l.access_level_id, l.revision, l.name, l.all_clients, l.archived,
                  array(select h.employee_id from crm.access_level_employee h
                        where h.access_level_id = l.access_level_id order by 1) as "employees!",
                  array(select h.department_id from crm.access_level_department h
                        where h.access_level_id = l.access_level_id order by 1) as "departments!"
           from crm.access_level l where l.access_level_id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Level::from))
}

async fn request_of(db: impl PgExecutor<'_>, id: AccessLevelId) -> sqlx::Result<Option<Vec<u8>>> {
    let hash = sqlx::query_scalar!("select request_sha256 from crm.access_level where access_level_id = $1", id.0);
    hash.fetch_optional(db).await
}

async fn insert(db: impl PgExecutor<'_>, level: &Level, request: &RequestHash) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.access_level (access_level_id, name, search_name, all_clients, archived, request_sha256)
         values ($1, $2, $3, $4, $5, $6)",
        level.id.0,
        level.name,
        search_form(&level.name),
        level.all_clients,
        level.archived,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn update(db: impl PgExecutor<'_>, level: &Level) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.access_level set revision = $2, name = $3, search_name = $4, all_clients = $5, archived = $6
         where access_level_id = $1",
        level.id.0,
        level.revision.0,
        level.name,
        search_form(&level.name),
        level.all_clients,
        level.archived
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who holds it from now on.
async fn hold(db: impl PgExecutor<'_>, level: &Level) -> sqlx::Result<()> {
    let employees: Vec<Uuid> = level.employees.iter().map(|id| id.0).collect();
    let departments: Vec<Uuid> = level.departments.iter().map(|id| id.0).collect();
    sqlx::query!(
        "with no_longer as (
             delete from crm.access_level_employee where access_level_id = $1 and employee_id <> all ($2)),
         nor as (
             delete from crm.access_level_department where access_level_id = $1 and department_id <> all ($3)),
         people as (
             insert into crm.access_level_employee (access_level_id, employee_id)
             select $1, id from unnest($2::uuid[]) id on conflict do nothing)
         insert into crm.access_level_department (access_level_id, department_id)
         select $1, id from unnest($3::uuid[]) id on conflict do nothing",
        level.id.0,
        &employees,
        &departments
    )
    .execute(db)
    .await?;
    Ok(())
}

impl From<Row> for Level {
    fn from(row: Row) -> Self {
        Self {
            id: row.access_level_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            employees: row.employees.into_iter().map(EmployeeId).collect(),
            departments: row.departments.into_iter().map(DepartmentId).collect(),
            all_clients: row.all_clients,
            archived: row.archived,
        }
    }
}
