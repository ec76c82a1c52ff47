//! Each fake speaks over the wire as its provider does: one module per provider, one test binary.

mod company;
mod mail;
mod max;
mod telegram;
mod viber;
mod vk;
mod whatsapp;
