//! How stored files are handed to browsers: the asked part of the bytes, under a name that stays a name, and what of it may be
//! shown in place; and which type built files have. The edge and the gateways give theirs by it.

mod bytes;
mod content_type;
mod describe;
mod disposition;
mod range;

pub use bytes::{NotGiven, bytes};
pub use content_type::content_type;
pub use describe::describe;
pub use disposition::{disposition, is_raster};
