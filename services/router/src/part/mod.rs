//! One part of IN: a single worker reads it in order and commits batch by batch.

mod store;
mod worker;

pub use worker::{Worker, keep_directory, run};
