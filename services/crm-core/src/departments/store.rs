//! The SQL of departments. One statement per function; the caller owns the transaction.

use model::{DepartmentId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::Department;
use crate::{
    change::{RequestHash, Revision},
    text::search_form,
};

struct Row {
    department_id: Uuid,
    revision: i64,
    name: String,
    parent_department_id: Option<Uuid>,
    head_employee_id: Option<Uuid>,
}

/// Departments in order of their names, after this name and id.
pub async fn departments(
    db: impl PgExecutor<'_>,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Department>> {
    let (after_name, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "select department_id, revision, name, parent_department_id, head_employee_id from crm.department
         where $1::text is null or (search_name, department_id) > ($1, $2::uuid)
         order by search_name, department_id limit $3",
        after_name,
        after_id,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Department::from).collect())
}

pub async fn department(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<Option<Department>> {
    let row = sqlx::query_as!(
        Row,
        "select department_id, revision, name, parent_department_id, head_employee_id from crm.department
         where department_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Department::from))
}

/// The hash of the request that made this department.
pub async fn request_of(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.department where department_id = $1", id.0)
        .fetch_optional(db)
        .await
}

pub async fn insert(db: impl PgExecutor<'_>, department: &Department, request: &RequestHash) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.department (department_id, revision, name, search_name, parent_department_id,
                                     head_employee_id, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7)",
        department.id.0,
        department.revision.0,
        department.name,
        search_form(&department.name),
        department.parent.map(Uuid::from),
        department.head.map(Uuid::from),
        request.bytes(),
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update(db: impl PgExecutor<'_>, department: &Department) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.department
         set revision = $2, name = $3, search_name = $4, parent_department_id = $5, head_employee_id = $6
         where department_id = $1",
        department.id.0,
        department.revision.0,
        department.name,
        search_form(&department.name),
        department.parent.map(Uuid::from),
        department.head.map(Uuid::from),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether `id` stands below `above`, or is it.
pub async fn is_below(db: impl PgExecutor<'_>, id: DepartmentId, above: DepartmentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.department_closure where department_id = $1 and above_department_id = $2)
           as "below!""#,
        id.0,
        above.0
    )
    .fetch_one(db)
    .await
}

/// The departments that somebody heads, with all below.
pub async fn led(db: impl PgExecutor<'_>, viewer: EmployeeId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select distinct c.department_id
           from crm.employee e
           join crm.department_closure c on c.above_department_id in (
               select m.department_id from crm.employee_department m where m.employee_id = e.employee_id
               union select d.department_id from crm.department d where d.head_employee_id = e.employee_id)
           where e.employee_id = $1 and 'head' = any (e.roles) and not e.dismissed"#,
        viewer.0
    )
    .fetch_all(db)
    .await
}

/// Makes the closure fit the tree again. The tree is small and seldom changes; readers join the closure all the time.
pub async fn rebuild_closure(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "with recursive up as (
             select department_id, department_id as above_department_id from crm.department
             union all
             select up.department_id, d.parent_department_id
             from up join crm.department d on d.department_id = up.above_department_id
             where d.parent_department_id is not null),
         gone as (
             delete from crm.department_closure c
             where not exists (select from up where up.department_id = c.department_id
                                                and up.above_department_id = c.above_department_id))
         insert into crm.department_closure (department_id, above_department_id)
         select department_id, above_department_id from up on conflict do nothing"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether departments stand directly below, people who work here are members, requests of a channel account go there,
/// or open requests wait there.
pub async fn in_use(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.department where parent_department_id = $1)
               or exists (select from crm.employee_department join crm.employee using (employee_id)
                          where department_id = $1 and not dismissed)
               or exists (select from inbox_read.account where department_id = $1)
               or exists (select from inbox_read.request
                          where department_id = $1 and state between 1 and 4) as "used!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Ends the membership of people who were dismissed.
pub async fn forget_members(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.employee_department where department_id = $1", id.0).execute(db).await?;
    Ok(())
}

pub async fn delete(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.department where department_id = $1", id.0).execute(db).await?;
    Ok(())
}

impl From<Row> for Department {
    fn from(row: Row) -> Self {
        Self {
            id: row.department_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            parent: row.parent_department_id.map(Into::into),
            head: row.head_employee_id.map(Into::into),
        }
    }
}
