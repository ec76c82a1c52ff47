//! Leads: who is no client yet, and how they become clients.

pub(crate) mod cleaning;
mod convert;
pub(crate) mod domain;
mod grpc;
mod history;
pub(crate) mod list;
mod message;
pub(crate) mod moves;
mod next_step;
pub(crate) mod ops;
pub(crate) mod recount;
mod score;
pub(crate) mod settings;
mod sight;
pub(crate) mod store;
mod visits;

pub(crate) use grpc::LeadGrpc;
use model::LeadId;
use moves::State;

use crate::{
    clients::ClientError,
    error::{Fault, violated},
};

#[derive(Debug, thiserror::Error)]
pub enum LeadError {
    #[error("there is no lead {0}")]
    NotFound(LeadId),
    #[error("this cannot be done with a lead that is {}", .0.name())]
    State(State),
    #[error(
        "who answers for a lead, and who else sees it, is said by its responsible person, their heads, and administrators"
    )]
    MayNotShare,
    #[error("another cleaning goes on")]
    CleaningRunning,
    #[error("there is no such cleaning")]
    CleaningNotFound,
    #[error("there is no such employee to be responsible")]
    ResponsibleNotFound,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for LeadError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some("lead_responsible_fkey") => Self::ResponsibleNotFound,
            _ => Self::Fault(cause.into()),
        }
    }
}
