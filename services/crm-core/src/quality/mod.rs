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

use crate::error::Fault;

#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    #[error("there is no such recount")]
    RecountNotFound,
    #[error("another recount goes on")]
    RecountRunning,
    #[error("the recount is done, or the settings are others by now; begin a new one")]
    RecountOver,
    #[error("there is no employee {0}")]
    EmployeeNotFound(EmployeeId),
    #[error("there is no department {0}")]
    DepartmentNotFound(DepartmentId),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for QualityError {
    fn from(cause: sqlx::Error) -> Self {
        match crate::error::violated(&cause) {
            Some("quality_recount_running") => Self::RecountRunning,
            _ => Self::Fault(cause.into()),
        }
    }
}
