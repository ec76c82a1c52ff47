//! Contracts of clients (`okno.crm.v1.Contract`; the crate `contracts` has the other name).

mod domain;
mod grpc;
pub(crate) mod ops;
pub(crate) mod store;

pub(crate) use grpc::ContractGrpc;
