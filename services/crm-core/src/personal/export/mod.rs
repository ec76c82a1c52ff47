//! What is kept of a person, packed for them: asked for, gathered here, packed by router, given out, removed after a time.

mod gather;
mod messages;
pub(super) mod ops;
pub(crate) mod step;
pub(super) mod store;

pub(super) use messages::export;
pub(super) use store::Piece;
pub use store::State;
