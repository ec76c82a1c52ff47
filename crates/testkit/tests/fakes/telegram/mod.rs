//! The fake answers over HTTP as Telegram does.

mod business;
mod client;
mod demo;
mod faults;
mod media;
mod receive;
mod send;
mod webhook;
