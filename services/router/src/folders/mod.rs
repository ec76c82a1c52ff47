//! Folders of accounts, and the rules that sort conversations into them. A batch sorts what is new; a run sorts what lies
//! there, a stretch at a time.

mod access;
mod condition;
mod domain;
mod emptied;
mod grpc;
mod letter;
mod moves;
mod ops;
mod rules;
mod run;
mod run_store;
mod store;

pub use emptied::{EMPTY, empty};
pub use grpc::FolderApi;
pub use letter::Seen;
pub use rules::Sorting;
pub use run::{RUN, stretch};
pub(crate) use run_store::forget;
pub(crate) use store::drop_all;

/// Conversations that one transaction moves: they stay locked for some tens of milliseconds.
const STRETCH: usize = 200;
