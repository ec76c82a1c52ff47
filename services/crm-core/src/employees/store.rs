//! The SQL of employees. One statement per function; the caller owns the transaction.

use chrono::{DateTime, Utc};
use model::{DepartmentId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{Employee, Role};
use crate::{
    change::{RequestHash, Revision},
    text::search_form,
};

/// Which employees, in order of their names.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    /// A part of the name, in its search form.
    pub name_part: Option<String>,
    /// A part of the login.
    pub login_part: Option<String>,
    /// With everything below it.
    pub department: Option<DepartmentId>,
    pub with_dismissed: bool,
    /// Only those after this name and id.
    pub after: Option<(String, Uuid)>,
    pub limit: i64,
}

struct Row {
    employee_id: Uuid,
    revision: i64,
    name: String,
    login: String,
    email: String,
    departments: Vec<Uuid>,
    roles: Vec<String>,
    schedule_id: Option<Uuid>,
    dismissed: bool,
    language: String,
    time_zone: String,
    away: bool,
    created_at: DateTime<Utc>,
}

/// The employees that fit, each with its departments.
pub async fn employees(db: impl PgExecutor<'_>, filter: &Filter) -> sqlx::Result<Vec<Employee>> {
    let (after_name, after_id) = filter.after.clone().unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.employee_id, e.revision, e.name, e.login, e.email, e.roles, e.schedule_id, e.dismissed, e.language,
                  e.time_zone, e.away, e.created_at,
                  array(select d.department_id from crm.employee_department d
                        where d.employee_id = e.employee_id order by 1) as "departments!"
           from crm.employee e
           where ($1::uuid[] is null or e.employee_id = any ($1))
             and ($2::text is null or position($2 in e.search_name) > 0 or position($3::text in e.login) > 0)
             and ($4::uuid is null or exists (
                 select from crm.employee_department d join crm.department_closure c using (department_id)
                 where d.employee_id = e.employee_id and c.above_department_id = $4))
             and ($5 or not e.dismissed)
             and ($6::text is null or (e.search_name, e.employee_id) > ($6, $7::uuid))
           order by e.search_name, e.employee_id limit $8"#,
        filter.ids.as_deref(),
        filter.name_part.as_deref(),
        filter.login_part.as_deref(),
        filter.department.map(Uuid::from),
        filter.with_dismissed,
        after_name,
        after_id,
        filter.limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Employee::from).collect())
}

/// One employee, dismissed or not.
pub async fn employee(db: impl PgExecutor<'_>, id: EmployeeId) -> sqlx::Result<Option<Employee>> {
    let filter = Filter { ids: Some(vec![id.0]), with_dismissed: true, limit: 1, ..Filter::default() };
    Ok(employees(db, &filter).await?.pop())
}

/// Locks one employee's row until the transaction ends; `false` when there is none.
pub async fn lock(db: impl PgExecutor<'_>, id: EmployeeId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("select true from crm.employee where employee_id = $1 for update", id.0)
        .fetch_optional(db)
        .await?;
    Ok(found.is_some())
}

/// The hash of the request that made this employee.
pub async fn request_of(db: impl PgExecutor<'_>, id: EmployeeId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.employee where employee_id = $1", id.0).fetch_optional(db).await
}

pub async fn insert(db: impl PgExecutor<'_>, employee: &Employee, request: &RequestHash) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.employee (employee_id, revision, name, search_name, login, email, roles, schedule_id, language,
                                   time_zone, created_at, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        employee.id.0,
        employee.revision.0,
        employee.name,
        search_form(&employee.name),
        employee.login,
        employee.email,
        &role_names(&employee.roles),
        employee.schedule.map(Uuid::from),
        employee.language,
        employee.time_zone,
        employee.created_at,
        request.bytes(),
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update(db: impl PgExecutor<'_>, employee: &Employee) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.employee
         set revision = $2, name = $3, search_name = $4, login = $5, email = $6, roles = $7, schedule_id = $8,
             dismissed = $9, language = $10, time_zone = $11, away = $12
         where employee_id = $1",
        employee.id.0,
        employee.revision.0,
        employee.name,
        search_form(&employee.name),
        employee.login,
        employee.email,
        &role_names(&employee.roles),
        employee.schedule.map(Uuid::from),
        employee.dismissed,
        employee.language,
        employee.time_zone,
        employee.away,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes an employee a member of exactly these departments.
pub async fn set_departments(
    db: impl PgExecutor<'_>,
    id: EmployeeId,
    departments: &[DepartmentId],
) -> sqlx::Result<()> {
    let departments: Vec<Uuid> = departments.iter().map(|d| d.0).collect();
    sqlx::query!(
        "with left_behind as (
             delete from crm.employee_department where employee_id = $1 and department_id <> all ($2))
         insert into crm.employee_department (employee_id, department_id)
         select $1, d from unnest($2::uuid[]) d on conflict do nothing",
        id.0,
        &departments,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether an administrator who is not dismissed would be left without this one.
pub async fn another_administrator(db: impl PgExecutor<'_>, id: EmployeeId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from crm.employee
               where 'administrator' = any (roles) and not dismissed and employee_id <> $1) as "there!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Who has this login.
pub async fn by_login(db: impl PgExecutor<'_>, login: &str) -> sqlx::Result<Option<EmployeeId>> {
    let id =
        sqlx::query_scalar!("select employee_id from crm.employee where login = $1", login).fetch_optional(db).await?;
    Ok(id.map(EmployeeId))
}

fn role_names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

impl From<Row> for Employee {
    fn from(row: Row) -> Self {
        Self {
            id: row.employee_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            login: row.login,
            email: row.email,
            departments: row.departments.into_iter().map(DepartmentId).collect(),
            roles: row.roles.iter().filter_map(|name| Role::from_name(name)).collect(),
            schedule: row.schedule_id.map(Into::into),
            dismissed: row.dismissed,
            language: row.language,
            time_zone: row.time_zone,
            away: row.away,
            created_at: row.created_at,
        }
    }
}
