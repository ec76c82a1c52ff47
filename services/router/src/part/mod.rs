//! One part of IN: a single worker reads it in order and commits batch by batch.

mod arrivals;
mod commit;
mod reading;
mod store;
mod worker;

pub use arrivals::is_read;
pub use commit::PATIENCE;
pub use worker::{Ended, Worker, keep_directory, run};
