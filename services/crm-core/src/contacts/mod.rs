//! The people of clients.

pub(crate) mod domain;
mod grpc;
pub(crate) mod history;
pub(crate) mod ops;
pub(crate) mod store;

pub(crate) use grpc::ContactGrpc;
