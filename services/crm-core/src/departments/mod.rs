//! The tree of departments.

pub(crate) mod domain;
mod grpc;
pub(crate) mod ops;
pub(crate) mod store;

pub(crate) use grpc::DepartmentGrpc;
use model::DepartmentId;
pub(crate) use store::led;

use crate::error::{Fault, violated};

#[derive(Debug, thiserror::Error)]
pub enum DepartmentError {
    #[error("there is no department {0}")]
    NotFound(DepartmentId),
    #[error("there is no such department above")]
    ParentNotFound,
    #[error("there is no such employee to head it")]
    HeadNotFound,
    #[error("a department cannot stand below itself")]
    Cycle,
    #[error("it has people, departments below, channel accounts, or open requests")]
    InUse,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for DepartmentError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some("department_parent_department_id_fkey") => Self::ParentNotFound,
            Some("department_head_employee_id_fkey") => Self::HeadNotFound,
            _ => Self::Fault(cause.into()),
        }
    }
}
