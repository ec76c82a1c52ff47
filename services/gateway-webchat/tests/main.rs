//! Web chat, tested.
