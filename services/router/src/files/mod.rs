//! Files that staff send, and files that came in. The bytes travel over HTTP at the edge; here is whose they are.

mod domain;
mod grpc;
mod ops;
mod store;

pub(crate) use domain::safe_name;
pub use domain::{FileError, Upload};
pub use grpc::FileApi;
pub(crate) use store::{VOICE, uploads};
