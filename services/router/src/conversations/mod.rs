//! Dialogs with customers: lists, sight, read marks, drafts, typing, and the lock under which anything about a
//! conversation changes.

mod aside;
mod beside;
mod change;
mod domain;
mod drafts;
mod filter;
pub mod flags;
mod grpc;
mod list;
mod marks;
mod ops;
pub mod peer_typing;
mod read_receipts;
mod rows;
mod store;
mod typing;

pub use change::{Change, Db};
pub use domain::{ConversationError, Last, Locked};
pub use grpc::ConversationApi;
pub(crate) use {
    beside::{elsewhere, same_person},
    domain::{answers_now, preview},
    drafts::sent as draft_sent,
    list::Wanted,
    ops::batch_get,
    store::{capabilities, colleague, last_line, lock, other_watchers, save, survivor, visible},
};
