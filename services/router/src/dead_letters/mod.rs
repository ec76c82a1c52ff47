//! What could not be understood, with its bytes and the reason, and its replay (rule I14).

mod ops;
mod original;
mod store;

pub use ops::{ReplayError, replay};
pub use original::{Original, OriginalError, original};
pub use store::{DeadLetter, Filter, get, list};
