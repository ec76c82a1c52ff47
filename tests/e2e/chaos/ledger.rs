//! What people outside wrote, what operators were promised, and what reached visitors. Telegram's side stands in the fake's
//! own ledger.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

#[derive(Debug, Default)]
pub struct Ledger(Mutex<Pages>);

#[derive(Debug, Default, Clone)]
pub struct Pages {
    /// By writer: how many messages, whose texts are `<writer> <number>` from 1 on.
    pub written: BTreeMap<String, u64>,
    /// By visitor: how many of them were acknowledged.
    pub acknowledged: BTreeMap<String, u64>,
    /// By visitor: the answers that came by themselves or were brought when it came back, id and text.
    pub heard: BTreeMap<String, BTreeMap<String, String>>,
    /// By visitor: how many of them came by themselves, over a chat that was open.
    pub pushed: BTreeMap<String, u64>,
    /// Accepted by the inbox, in the order of each conversation.
    pub replies: Vec<Reply>,
    /// Never accepted, and why.
    pub refused: Vec<String>,
    /// Calls of operators that failed and were made again.
    pub repeated_calls: u64,
}

/// A reply that an operator was told is kept.
#[derive(Debug, Clone)]
pub struct Reply {
    pub message_id: String,
    /// `<conversation> <number>`: tells its place among the replies of its conversation.
    pub text: String,
}

impl Ledger {
    /// The text of the writer's next message, which counts as written from now on.
    pub fn write(&self, writer: &str) -> (u64, String) {
        let mut pages = self.pages();
        let number = pages.written.entry(writer.to_owned()).or_default();
        *number += 1;
        (*number, format!("{writer} {number}"))
    }

    pub fn acknowledge(&self, visitor: &str) {
        *self.pages().acknowledged.entry(visitor.to_owned()).or_default() += 1;
    }

    pub fn hear(&self, visitor: &str, id: &str, text: &str) {
        let mut pages = self.pages();
        pages.heard.entry(visitor.to_owned()).or_default().insert(id.to_owned(), text.to_owned());
    }

    pub fn push(&self, visitor: &str) {
        *self.pages().pushed.entry(visitor.to_owned()).or_default() += 1;
    }

    pub fn accept(&self, reply: Reply) {
        self.pages().replies.push(reply);
    }

    pub fn refuse(&self, why: String) {
        self.pages().refused.push(why);
    }

    pub fn repeat_call(&self) {
        self.pages().repeated_calls += 1;
    }

    /// What stands in it now.
    pub fn read(&self) -> Pages {
        self.pages().clone()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("nobody panics while writing")
    }
}
