//! The history of the crm area: what EventService tells, and how events reach the bus.

mod grpc;
mod sink;

pub(crate) use grpc::EventGrpc;
pub(crate) use sink::BusSink;
