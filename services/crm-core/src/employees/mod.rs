//! Employees: who works here, in which roles and departments, on which schedule.

pub(crate) mod domain;
mod grpc;
pub(crate) mod ops;
pub(crate) mod store;

pub(crate) use grpc::{EmployeeGrpc, employee_message, roles_to_contract};
use model::EmployeeId;

use crate::{
    error::{Fault, violated},
    sessions::{domain::WeakPassword, passwords::HashError},
};

#[derive(Debug, thiserror::Error)]
pub enum EmployeeError {
    #[error("there is no employee {0}")]
    NotFound(EmployeeId),
    #[error("there is no such department")]
    DepartmentNotFound,
    #[error("there is no such schedule")]
    ScheduleNotFound,
    #[error("another employee has this login")]
    LoginTaken,
    #[error("at least one administrator must stay")]
    LastAdministrator,
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    #[error("the password cannot be hashed")]
    Hash(#[from] HashError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for EmployeeError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some("employee_login_key") => Self::LoginTaken,
            Some("employee_schedule_id_fkey") => Self::ScheduleNotFound,
            Some("employee_department_department_id_fkey") => Self::DepartmentNotFound,
            _ => Self::Fault(cause.into()),
        }
    }
}
