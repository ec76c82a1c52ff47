//! Clients: their cards, who sees them, and whose a contact point is.

mod address;
pub(crate) mod alike;
pub(crate) mod card;
pub(crate) mod domain;
mod grpc;
pub(crate) mod history;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod message;
pub(crate) mod ops;
mod photo;
pub(crate) mod refs;
pub(crate) mod requisites;
mod search;
pub(crate) mod sight;
pub(crate) mod store;

pub(crate) use address::once_each;
pub(crate) use grpc::{ClientGrpc, filter as read_filter, order as read_order};
use model::{ClientId, ClientLinkId, ContactId, ContactPointId, ContractId};
pub(crate) use store::forget_released;

use crate::error::{Fault, violated};

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("there is no client {0}")]
    NotFound(ClientId),
    #[error("there is no contact {0}")]
    ContactNotFound(ContactId),
    #[error("there is no contract {0}")]
    ContractNotFound(ContractId),
    #[error("there is no link {0} between clients")]
    LinkNotFound(ClientLinkId),
    #[error("these two are linked like this already")]
    LinkExists,
    #[error("there is no consent {0} in your sight")]
    ConsentNotFound(uuid::Uuid),
    #[error("there is no contact point {0}")]
    ContactPointNotFound(ContactPointId),
    #[error("the contact point belongs to another client")]
    Linked { client_id: ClientId, client_name: String },
    #[error("there is no such employee to be responsible")]
    ResponsibleNotFound,
    #[error("the client is archived; restore it first")]
    Archived,
    #[error("the client was merged into {0}; change that one")]
    Merged(ClientId),
    #[error("the contact was merged into {0}; change that one")]
    ContactMerged(ContactId),
    #[error(
        "who answers for a client, and who else sees it, is said by its responsible person, their heads, and administrators"
    )]
    MayNotShare,
    #[error("the client has no photo")]
    PhotoNotFound,
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
