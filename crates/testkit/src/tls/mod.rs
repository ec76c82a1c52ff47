//! TLS on loopback under a root of trust that no machine has, and a proxy: what the settings of an account for its way
//! to a provider are tried with.

mod detour;
mod front;
mod proxy;

pub use detour::Detour;
pub use front::TlsFront;
pub use proxy::ConnectProxy;

/// The root that [`TlsFront`]'s certificate is signed by, PEM. Its key was thrown away.
pub const CA: &str = include_str!("ca.pem");

/// For `localhost`, `127.0.0.1` and `*.example.invalid`.
pub const CERTIFICATE: &str = include_str!("server.pem");

/// Opens nothing but tests: it is as public as the certificate.
pub const KEY: &str = include_str!("server.key");
