//! The personal data of a client: what there is in all services, and its erasure, asked for, approved, carried out and proven.

mod count;
mod grpc;
mod messages;
mod ops;
mod rows;
mod settings;
pub(crate) mod step;
mod store;
mod subject;

pub(crate) use grpc::PersonalDataGrpc;
pub use store::State;

use crate::{clients::ClientError, error::Fault};

#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    #[error("there is no such erasure")]
    NotFound,
    #[error("there are {0} records now; look again")]
    CountChanged(i64),
    #[error("it cannot be done while the erasure is {}", .0.name())]
    State(State),
    #[error("whoever asked for an erasure cannot approve it")]
    NeedsAnother,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for PersonalError {
    fn from(cause: sqlx::Error) -> Self {
        match crate::error::violated(&cause) {
            Some("erasure_under_way") => Self::State(State::Running),
            _ => Self::Fault(cause.into()),
        }
    }
}
