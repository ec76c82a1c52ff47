//! Saved views of the list: one's own, and those that are shared with everyone.

mod counts;
mod domain;
mod grpc;
mod ops;
mod store;

pub use grpc::ViewApi;
