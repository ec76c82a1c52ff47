//! Clients, as far as an operator needs them to know who writes.

pub(crate) mod domain;
mod grpc;
pub(crate) mod link;
pub(crate) mod ops;
mod search;
pub(crate) mod store;

pub(crate) use grpc::ClientGrpc;
use model::{ClientId, ContactPointId};
pub(crate) use store::forget_released;

use crate::error::{Fault, violated};

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("there is no client {0}")]
    NotFound(ClientId),
    #[error("there is no contact point {0}")]
    ContactPointNotFound(ContactPointId),
    #[error("the contact point belongs to another client")]
    Linked { client_id: ClientId, client_name: String },
    #[error("there is no such employee to be responsible")]
    ResponsibleNotFound,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for ClientError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some("client_responsible_employee_id_fkey") => Self::ResponsibleNotFound,
            _ => Self::Fault(cause.into()),
        }
    }
}
