//! Files that staff send, and files that came in. The bytes travel over HTTP at the edge; here is whose they are.

pub mod deleted;
mod domain;
mod grpc;
mod objects;
mod ops;
mod store;
pub mod sweep;

pub(crate) use domain::safe_name;
pub use domain::{FileError, Upload};
pub use grpc::FileApi;
pub use objects::{ObjectError, Objects, WAIT};
pub(crate) use store::{VOICE, uploads};
