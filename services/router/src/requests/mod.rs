//! Requests: the unit of work that inbound traffic opens; who has it, and what becomes of it.

mod domain;
mod grpc;
mod history;
mod list;
mod ops;
mod side;
mod store;

pub use domain::RequestError;
pub use grpc::RequestApi;
pub use ops::POSTPONE;
pub use side::wake_postponed;
pub(crate) use side::{open, replied, reply_taken_back, waits_for_opening};
