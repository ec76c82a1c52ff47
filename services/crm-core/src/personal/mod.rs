//! The personal data of a client: what there is in all services, its export, and its erasure, asked for, approved, carried out and
//! proven.

mod count;
pub(crate) mod export;
mod grpc;
mod messages;
mod ops;
mod rows;
mod settings;
pub(crate) mod step;
mod store;
mod subject;

pub(crate) use grpc::PersonalDataGrpc;
pub(crate) use rows::exports as forget_exports;
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
    #[error("there is no such export")]
    ExportNotFound,
    #[error("it cannot be done while the export is {}", .0.name())]
    ExportState(export::State),
    #[error("the machine gives no randomness")]
    NoRandom,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for PersonalError {
    fn from(cause: sqlx::Error) -> Self {
        match crate::error::violated(&cause) {
            Some("erasure_under_way") => Self::State(State::Running),
            Some("personal_export_under_way") => Self::ExportState(export::State::Running),
            _ => Self::Fault(cause.into()),
        }
    }
}
