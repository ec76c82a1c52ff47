//! The feed of a client: what happened in its dialogs and on its card, in one stream. It is read from what the owners of that publish
//! (`crm.feed_source`), so whatever is to have a history joins without a change here. Only pins are stored.

mod domain;
mod grpc;
mod ops;
mod read;
mod store;

pub(crate) use grpc::FeedGrpc;
use uuid::Uuid;

use crate::{clients::ClientError, error::Fault};

#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("there is no entry {0} in the feed of this client")]
    EntryNotFound(Uuid),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for FeedError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Fault(cause.into())
    }
}
