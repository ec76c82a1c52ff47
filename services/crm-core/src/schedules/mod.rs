//! Working schedules: hours of a week in one time zone, and days off.

pub(crate) mod domain;
pub(crate) mod grpc;
pub(crate) mod ops;
pub(crate) mod store;

use model::ScheduleId;

use crate::error::Fault;

#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("there is no schedule {0}")]
    NotFound(ScheduleId),
    #[error("people work by it, or channel accounts are open by it")]
    InUse,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for ScheduleError {
    fn from(cause: sqlx::Error) -> Self {
        // invalid_parameter_value: this PostgreSQL's time zones lack one that ours have.
        let unknown_zone = cause.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "22023");
        if unknown_zone {
            return Fault::invalid("time_zone", "is unknown to the database").into();
        }
        Self::Fault(cause.into())
    }
}
