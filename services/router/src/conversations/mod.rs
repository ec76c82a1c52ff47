//! Dialogs with customers: lists, sight, read marks, drafts, typing, and the lock under which anything about a
//! conversation changes.

mod change;
mod domain;
mod drafts;
mod grpc;
mod list;
mod marks;
mod ops;
mod read_receipts;
mod rows;
mod store;
mod typing;

pub use change::{Change, Db};
pub use domain::{ConversationError, Last, Locked};
pub use grpc::ConversationApi;
pub(crate) use {
    domain::answers_now,
    drafts::sent as draft_sent,
    store::{capabilities, colleague, last_line, other_watchers, visible},
};
