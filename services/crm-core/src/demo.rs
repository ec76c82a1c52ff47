//! A demo company, so that a newcomer sees a living page. Its ids are fixed, so that seeding again changes nothing.

use model::{DepartmentId, EmployeeId, ScheduleId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    admin::AdminError,
    change::{Actor, Db, RequestHash},
    departments::{self, DepartmentError, domain::NewDepartment},
    employees::{
        self, EmployeeError,
        domain::{NewEmployee, Role},
    },
    schedules::{
        self,
        domain::{Interval, NewSchedule},
    },
    sessions::passwords::Passwords,
};

/// Whoever may sign in to the demo company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub login: String,
    pub password: String,
    pub name: String,
}

/// Everyone's password in the demo company.
const PASSWORD: &str = "okno-demo-2026";

const COMPANY: u128 = 1;
const SALES: u128 = 2;
const SUPPORT: u128 = 3;
const FIVE_DAYS: u128 = 10;

struct Person {
    number: u128,
    login: &'static str,
    name: &'static str,
    roles: &'static [Role],
    department: u128,
}

const PEOPLE: [Person; 4] = [
    Person {
        number: 20,
        login: "admin",
        name: "Администратор",
        roles: &[Role::Operator, Role::Administrator],
        department: COMPANY,
    },
    Person {
        number: 21,
        login: "head",
        name: "Руководитель продаж",
        roles: &[Role::Operator, Role::Head],
        department: SALES,
    },
    Person { number: 22, login: "operator1", name: "Оператор 1", roles: &[Role::Operator], department: SALES },
    Person {
        number: 23, login: "operator2", name: "Оператор 2", roles: &[Role::Operator], department: SUPPORT
    },
];

/// Makes the demo company where it is missing, and returns who may sign in. What somebody changed since stays; a login
/// that belonged to somebody before is left to them, and not returned.
///
/// # Errors
/// When the database is away.
pub async fn seed_demo(pool: &PgPool) -> Result<Vec<SignIn>, AdminError> {
    let (db, passwords) = (Db::new(pool.clone()), Passwords::new().map_err(EmployeeError::from)?);
    department(&db, COMPANY, "Компания", None).await?;
    department(&db, SALES, "Отдел продаж", Some(COMPANY)).await?;
    department(&db, SUPPORT, "Поддержка", Some(COMPANY)).await?;
    schedule(&db).await?;
    let mut sign_ins = Vec::new();
    for person in &PEOPLE {
        match employees::ops::create(&db, &passwords, Actor::System, new_employee(person), PASSWORD).await {
            Ok(employee) => {
                sign_ins.push(SignIn { login: employee.login, password: PASSWORD.to_owned(), name: employee.name });
            }
            Err(EmployeeError::LoginTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    lead_sales(&db).await?;
    Ok(sign_ins)
}

async fn department(db: &Db, number: u128, name: &str, parent: Option<u128>) -> Result<(), DepartmentError> {
    let (id, request) = (DepartmentId(id(number)), request(number));
    let parent = parent.map(|number| DepartmentId(self::id(number)));
    let new = NewDepartment { id, request, name: name.to_owned(), parent, head: None };
    departments::ops::create(db, Actor::System, new).await.map(drop)
}

/// Monday to Friday, 9 to 18 in Moscow. Nobody works by it yet, so that the demo works at night too.
async fn schedule(db: &Db) -> Result<(), schedules::ScheduleError> {
    let interval = |weekday| Interval { weekday, from_minute: 9 * 60, to_minute: 18 * 60 };
    let new = NewSchedule {
        id: ScheduleId(id(FIVE_DAYS)),
        request: request(FIVE_DAYS),
        name: "Пятидневка".to_owned(),
        time_zone: "Europe/Moscow".to_owned(),
        intervals: (1..=5).map(interval).collect(),
        days_off: Vec::new(),
    };
    schedules::ops::create(db, Actor::System, new).await.map(drop)
}

/// Names the head of sales while nobody has touched that department.
async fn lead_sales(db: &Db) -> Result<(), AdminError> {
    let (sales, head) = (DepartmentId(id(SALES)), EmployeeId(id(PEOPLE[1].number)));
    let found = departments::store::department(&db.pool, sales).await.map_err(DepartmentError::from)?;
    let known = employees::store::employee(&db.pool, head).await.map_err(EmployeeError::from)?;
    if known.is_some() && found.is_some_and(|department| department.revision.0 == 1) {
        let patch = departments::domain::Patch { head: Some(Some(head)), ..Default::default() };
        departments::ops::update(db, Actor::System, sales, patch).await?;
    }
    Ok(())
}

fn new_employee(person: &Person) -> NewEmployee {
    NewEmployee {
        id: EmployeeId(id(person.number)),
        request: request(person.number),
        name: person.name.to_owned(),
        login: person.login.to_owned(),
        email: format!("{}@example.com", person.login),
        departments: vec![DepartmentId(id(person.department))],
        roles: person.roles.to_vec(),
        schedule: None,
        language: String::new(),
        time_zone: String::new(),
    }
}

/// A UUIDv7 of the year 2024 that no clock of ours gives out.
const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn request(number: u128) -> RequestHash {
    RequestHash::of(&number.to_be_bytes())
}
