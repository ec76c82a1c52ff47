//! The kit against a real NATS, with a scripted router and a scripted provider.

mod accounts;
mod conformance;
mod errands;
mod outside;
mod permissions;
mod polls;
mod router;
mod scripted;
mod sends;
mod templates;
mod webhooks;
mod world;
