//! The texts that providers approve beforehand: kept as they list them, and sent with their values.

mod domain;
mod grpc;
mod ops;
mod store;

pub(crate) use self::store::find;
pub(crate) use domain::{FileKind, TemplateError, fill};
pub use grpc::TemplateApi;
pub(crate) use ops::{LISTED, take, timer};
