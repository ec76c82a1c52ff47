//! The generator: what is sent when, over which connections, and how long it took.

mod http;
mod latency;
mod pace;
mod tally;

pub use http::{Hooks, Post};
pub use latency::{Latency, Quantiles};
pub use pace::{Offered, Pace};
pub use tally::{Tally, Totals};
