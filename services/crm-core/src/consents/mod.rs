//! What clients and their people have agreed to (`okno.crm.v1.Consent`): records that are added, never changed.

mod domain;
mod grpc;
mod ops;
mod store;

pub(crate) use grpc::ConsentGrpc;
