//! Messages by their words: an index that follows the events, off the inbound path, and the search over it.

mod find;
mod grpc;
mod index;

pub use grpc::SearchApi;
#[cfg(test)]
pub use index::catch_up;
pub use index::keep;
