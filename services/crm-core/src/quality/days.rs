//! What the company, departments and employees reach now and reached by the day.

use chrono::NaiveDate;
use model::{DepartmentId, EmployeeId};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::QualityError;
use crate::{
    change::{Actor, Db},
    clients::sight::Sight,
    departments,
    recounts::RecountError,
    refusals::{self, Permission},
};

/// Whose quality; the numbers are those of `okno.crm.v1.QualityScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Company,
    Department(DepartmentId),
    Employee(EmployeeId),
}

impl Subject {
    #[must_use]
    pub const fn scope(self) -> i16 {
        match self {
            Self::Company => 1,
            Self::Department(_) => 2,
            Self::Employee(_) => 3,
        }
    }

    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Company => Uuid::nil(),
            Self::Department(id) => id.0,
            Self::Employee(id) => id.0,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub scope: i16,
    pub subject: Uuid,
    pub clients: i64,
    pub percent: Option<f64>,
    pub contact_percent: Option<f64>,
    pub portrait_percent: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    pub day: NaiveDate,
    pub clients: i64,
    pub percent: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    pub client: Uuid,
    pub name: String,
    pub responsible: Option<Uuid>,
    pub percent: f32,
    pub contact_percent: Option<i16>,
    pub portrait_percent: Option<i16>,
}

pub struct Quality {
    pub figure: Figure,
    pub company: Figure,
    pub days: Vec<Day>,
    pub below: Vec<Figure>,
    pub worst: Vec<Worst>,
}

/// What somebody reaches, for those who may know: everybody the company's and their own, a head what is below.
///
/// # Errors
/// [`QualityError::EmployeeNotFound`], [`QualityError::DepartmentNotFound`].
pub async fn get(db: &Db, by: Actor, subject: Subject, days: i32) -> Result<Quality, QualityError> {
    let sight = Sight::of(&db.pool, by).await?;
    let departments = match sight.viewer {
        Some(viewer) => departments::led(&db.pool, viewer).await?,
        None => Vec::new(),
    };
    let there = match subject {
        Subject::Company => true,
        Subject::Department(id) => (sight.all || departments.contains(&id.0)) && is_there(&db.pool, id.0).await?,
        Subject::Employee(id) => (sight.all || sight.employees.contains(&id.0)) && is_there(&db.pool, id.0).await?,
    };
    if !there {
        refusals::note(db, by, "quality", subject.id(), Permission::SeeQuality).await?;
        return Err(match subject {
            Subject::Department(id) => QualityError::DepartmentNotFound(id),
            Subject::Employee(id) => QualityError::EmployeeNotFound(id),
            Subject::Company => RecountError::NotFound.into(), // everybody's
        });
    }
    let all = figures(&db.pool).await?;
    let of = |scope: i16, id: Uuid| {
        let found = all.iter().find(|figure| (figure.scope, figure.subject) == (scope, id)).cloned();
        let nothing =
            Figure { scope, subject: id, clients: 0, percent: None, contact_percent: None, portrait_percent: None };
        found.unwrap_or(nothing)
    };
    let (mut figure, mut company) = (of(subject.scope(), subject.id()), of(1, Uuid::nil()));
    let mut days = list(&db.pool, subject, days).await?;
    if !sight.all {
        // How well the company does is everybody's, how many clients it has is not.
        company.clients = 0;
        if subject == Subject::Company {
            figure.clients = 0;
            days.iter_mut().for_each(|day| day.clients = 0);
        }
    }
    let shown = |figure: &Figure| match figure.scope {
        2 => sight.all || departments.contains(&figure.subject),
        3 => sight.all || sight.employees.contains(&figure.subject),
        _ => false,
    };
    let mut below: Vec<Figure> = all.into_iter().filter(shown).collect();
    below.sort_by(|a, b| a.percent.unwrap_or(0.0).total_cmp(&b.percent.unwrap_or(0.0)).then(a.subject.cmp(&b.subject)));
    below.truncate(200);
    Ok(Quality { figure, company, days, below, worst: worst(&db.pool, &sight, subject).await? })
}

async fn is_there(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.department where department_id = $1)
                  or exists (select from crm.employee where employee_id = $1) as "there!""#,
        id
    )
    .fetch_one(db)
    .await
}

async fn figures(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Figure>> {
    sqlx::query_as!(
        Figure,
        r#"select scope as "scope!", subject_id as "subject!", clients as "clients!", percent, contact_percent, portrait_percent
           from crm.quality_now()"#
    )
    .fetch_all(db)
    .await
}

async fn list(db: impl PgExecutor<'_>, subject: Subject, days: i32) -> sqlx::Result<Vec<Day>> {
    sqlx::query_as!(
        Day,
        "select day, clients, percent from crm.quality_day
         where scope = $1 and subject_id = $2 and day > (now() at time zone 'UTC')::date - $3::int order by day",
        subject.scope(),
        subject.id(),
        days
    )
    .fetch_all(db)
    .await
}

async fn worst(db: impl PgExecutor<'_>, sight: &Sight, subject: Subject) -> sqlx::Result<Vec<Worst>> {
    sqlx::query_as!(
        Worst,
        r#"select c.client_id as client, c.name, c.responsible_employee_id as responsible, q.percent as "percent!",
                  q.contact_percent, q.portrait_percent
           from crm.client_quality q join crm.client c using (client_id)
           where q.percent < 100 and c.archived_at is null and c.merged_into is null and c.work_status <> 3
             and ($1 or c.responsible_employee_id = any ($2) or c.access_level_ids && $3)
             and ($4::smallint = 1
                  or $4 = 3 and c.responsible_employee_id = $5
                  or $4 = 2 and c.responsible_employee_id in (
                      select m.employee_id from crm.employee_department m
                      join crm.department_closure k using (department_id) where k.above_department_id = $5))
           order by q.percent, q.client_id limit 20"#,
        sight.all,
        &sight.employees,
        &sight.levels,
        subject.scope(),
        subject.id()
    )
    .fetch_all(db)
    .await
}

/// Today's row of everybody, in the place of an earlier one.
///
/// # Errors
/// What the database answers.
pub async fn note_today(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.quality_day (scope, subject_id, day, clients, percent)
         select scope, subject_id, (now() at time zone 'UTC')::date, clients, percent from crm.quality_now()
         on conflict (scope, subject_id, day) do update set clients = excluded.clients, percent = excluded.percent"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// More than 13 months, so that each month has the same one of the year before beside it.
///
/// # Errors
/// What the database answers.
pub async fn forget_old(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.quality_day where day < (now() at time zone 'UTC')::date - 800")
        .execute(pool)
        .await?;
    Ok(())
}
