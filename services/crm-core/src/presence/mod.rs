//! What people chose (available or away), and whether a page of theirs is open.

mod grpc;
pub(crate) mod online;
pub(crate) mod ops;

pub(crate) use grpc::{PresenceGrpc, presence_message};
