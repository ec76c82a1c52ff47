//! Connected accounts: settings by the gateway's schema, secrets sealed, state, demo.

mod abilities;
mod consent;
mod demo;
mod demo_chat;
mod domain;
mod grpc;
pub mod history;
pub mod kept;
mod ops;
mod secrets;
mod store;

pub use abilities::of_account as abilities;
pub use demo_chat::seed_demo_chat;
pub(crate) use grpc::AccountGrpc;
pub(crate) use ops::Accounts;
pub(crate) use store::forget_consents;
#[cfg(test)]
pub(crate) use {grpc::contract, store::accounts};
