//! For how long messages are kept: rules by channel and account, and the sweep that erases what is older, a little at a time.

mod grpc;
mod ops;
mod rules;
mod stretch;
mod sweep;

pub use grpc::RetentionApi;
#[cfg(test)]
pub use stretch::claim;
#[cfg(test)]
pub use sweep::round;
pub use sweep::{Sweeper, run};

use contracts::errors::ErrorReason;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::fault::broken;

#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    #[error("only administrators decide how long messages are kept")]
    Permission,
    #[error("there is no such account of this channel, or it is personal")]
    AccountNotFound(Option<Uuid>),
    #[error("{0} {1}")]
    Invalid(&'static str, &'static str),
    #[error("it was changed meanwhile")]
    Stale,
    #[error("there are {0} messages now; look again")]
    CountChanged(i64),
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<RetentionError> for Status {
    fn from(error: RetentionError) -> Self {
        match &error {
            RetentionError::Permission => rpc::denied("retention.set", &error),
            RetentionError::AccountNotFound(Some(id)) => {
                rpc::hidden(ErrorReason::AccountNotFound, "account", id, &error)
            }
            RetentionError::AccountNotFound(None) => rpc::status(Code::NotFound, ErrorReason::AccountNotFound, &error),
            RetentionError::Invalid(field, why) => rpc::invalid_field(field, why),
            RetentionError::Stale => rpc::status(Code::Aborted, ErrorReason::EtagMismatch, &error),
            RetentionError::CountChanged(messages) => {
                let messages = messages.to_string();
                let facts = [("messages", messages.as_str())];
                rpc::status_with(Code::FailedPrecondition, ErrorReason::RetentionCountChanged, &error, &facts)
            }
            RetentionError::Store(_) => broken(error),
        }
    }
}
