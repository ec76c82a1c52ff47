//! The contracts of `proto/`, generated. Nothing here is written by hand but the list of packages.
//!
//! `contracts::inbox::Conversation` is `okno.inbox.v1.Conversation`.

/// Compiled descriptors of every package, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/okno.bin"));

macro_rules! packages {
    ($($name:ident => $package:literal),* $(,)?) => {
        $(
            pub mod $name {
                pub use v1::*;
                #[allow(clippy::all, clippy::allow_attributes_without_reason, clippy::disallowed_methods, reason = "generated code")]
                pub mod v1 {
                    tonic::include_proto!($package);
                }
            }
        )*
    };
}

packages! {
    channel => "okno.channel.v1",
    crm => "okno.crm.v1",
    errors => "okno.errors.v1",
    file => "okno.file.v1",
    inbox => "okno.inbox.v1",
    live => "okno.live.v1",
    org => "okno.org.v1",
}
