//! Mailings: one template, a letter of its own for each recipient. They are made a few at a time by a timer, and from then on
//! are messages like any other: claimed, sent and settled in the same ways.

mod domain;
mod grpc;
mod letters;
mod ops;
mod problems;
mod run;
mod store;
mod unsubscribed;

pub(crate) use domain::{EXIT, hidden_exit, without_exit};
pub use grpc::MailingApi;
pub(crate) use letters::Leaving;
pub(crate) use run::{MAILING, tick};
