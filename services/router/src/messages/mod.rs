//! Messages: the thread, replies on their way to the adapter, internal notes, changes of what was sent.

mod again;
mod domain;
mod edits;
mod expire;
pub mod grpc;
mod insert;
mod letter_head;
mod letters;
mod notes;
mod plan;
mod queue;
mod rows;
mod send;
mod split;
mod store;
mod thread;

pub use domain::MessageError;
pub(crate) use domain::{NewMessage, Speech};
pub(crate) use expire::tell;
pub use expire::{EXPIRE, expire};
pub(crate) use insert::insert;
pub(crate) use plan::plan;
pub(crate) use rows::content;
pub(crate) use store::{cancel as take_back, conversation_of};
