//! The fake answers over HTTP as VK does.

mod callback;
mod client;
mod messages;
mod poll;
