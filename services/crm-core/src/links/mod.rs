//! What clients are to each other: kept once, shown on both cards.

mod domain;
mod grpc;
mod ops;
mod store;

pub(crate) use grpc::ClientLinkGrpc;
