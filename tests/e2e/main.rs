//! Okno as a whole: real processes of the `okno` binary on real servers, a fake provider outside.
//!
//! One binary for all of them, so that it links once. `cargo xtask test` builds `okno` first.

mod accounts;
mod actions;
mod api;
mod assignment;
mod audit;
mod bad_input;
mod balancer;
mod chaos;
mod clocks;
mod crashes;
mod custom;
mod deeds;
mod early;
mod email;
mod erasure;
mod feed;
mod flow;
mod harm;
mod inbound;
mod leads;
mod live;
mod logs;
mod max;
mod messengers;
mod news;
mod office;
mod operator;
mod outages;
mod outbound;
mod restores;
mod rights;
mod sign_in;
mod stage;
mod telegram;
mod traces;
mod viber;
mod views;
mod visits;
mod vk;
mod webchat;
mod webchat_people;
mod whatsapp;
mod work;
mod world;
