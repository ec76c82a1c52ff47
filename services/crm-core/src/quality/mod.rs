//! How well the cards of clients and contacts are filled: what is required, the count of each record, figures by the day, and the
//! records that fail.

mod check;
pub(crate) mod count;
pub(crate) mod days;
mod filled;
mod grpc;
mod messages;
pub(crate) mod recount;
mod score;
mod settings;
pub(crate) mod store;

pub(crate) use grpc::QualityGrpc;
pub(crate) use messages::client_quality;
use model::{DepartmentId, EmployeeId};

use crate::{error::Fault, recounts::RecountError};

#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    #[error(transparent)]
    Recount(#[from] RecountError),
    #[error("there is no employee {0}")]
    EmployeeNotFound(EmployeeId),
    #[error("there is no department {0}")]
    DepartmentNotFound(DepartmentId),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for QualityError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Fault(cause.into())
    }
}
