//! The one HTTP client to the outside.
//!
//! It follows no redirects, reaches only hosts it was told of and, unless allowed, only public addresses: the addresses
//! that it checks are the ones it connects to, so a name that resolves differently a moment later gains nothing. Every
//! call has deadlines, every answer a size limit. URLs are never logged and never in errors, for tokens stand in them.
//!
//! A provider's crate that brings its own reqwest must be set up alike: redirects off, `no_proxy()`, the connect and
//! total deadlines of [`Options`], [`Options::check_url`] before a call, and a DNS resolver that answers with
//! [`Options::resolve`].

mod address;
mod client;
mod error;
mod options;
mod response;

pub use address::is_public;
pub use client::{BuildError, Call, Client};
pub use error::Error;
pub use http::{Method, StatusCode};
pub use options::{Hosts, Options};
pub use reqwest::{Body, multipart};
pub use response::{Download, Response};
pub use url::Url;
