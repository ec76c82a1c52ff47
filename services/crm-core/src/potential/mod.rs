//! How much clients could buy: base amounts and weights of departments, what each client comes to, and what is set by hand.

mod by_hand;
pub(crate) mod count;
mod decimal;
mod fields;
mod gaps;
mod grpc;
mod messages;
pub(crate) mod recount;
mod settings;
pub(crate) mod store;

pub(crate) use grpc::PotentialGrpc;

use crate::{clients::ClientError, error::Fault, recounts::RecountError};

#[derive(Debug, thiserror::Error)]
pub enum PotentialError {
    #[error(transparent)]
    Recount(#[from] RecountError),
    #[error("the period and the fields are set by administrators, a department's amounts and weights by its heads too")]
    MayNotSetUp,
    #[error("a client's potential is set by its responsible person, their heads, and administrators")]
    MayNotSet,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for PotentialError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Fault(cause.into())
    }
}
