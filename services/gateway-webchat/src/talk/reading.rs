//! What a visitor has got, has read, and wants to read.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Answer, Talk};
use crate::{
    history::{self, PAGE, Stretch},
    normalize,
    wire::{Code, ServerFrame},
};

/// Messages that one frame may name.
const IDS_MOST: usize = 100;

impl Talk {
    /// These messages are in the browser. An id that was lost comes again with the next page of history.
    pub fn got(&mut self, ids: &[String]) -> Answer {
        let ids: BTreeSet<Uuid> = ids.iter().take(IDS_MOST).filter_map(|id| ours(id)).collect();
        if ids.is_empty() || !self.may_report(ids.len()) {
            return Answer::default();
        }
        for id in ids {
            if !self.desk.front.owe(&self.visit, normalize::delivered(id)) {
                self.desk.front.count_refused("receipts");
                break;
            }
        }
        Answer::default()
    }

    /// Everything up to this message was seen.
    pub async fn read(&mut self, id: &str) -> Answer {
        let Some(id) = ours(id).filter(|_| self.may_report(1)) else { return Answer::default() };
        // A receipt of nobody's conversation would make one.
        if !self.has_conversation
            && let Err(frame) = self.may_ask()
        {
            return frame.into();
        }
        self.has_conversation = self.has_conversation || self.has_written(&self.who).await;
        if let Some(fact) = normalize::read(self.account(), &self.who, id).filter(|_| self.has_conversation) {
            self.desk.front.owe(&self.visit, fact);
        }
        Answer::default()
    }

    /// A page before a message.
    pub async fn older(&mut self, before: String) -> ServerFrame {
        if Uuid::parse_str(&before).is_err() {
            return ServerFrame::error(Code::BadFrame);
        }
        if let Err(frame) = self.may_ask() {
            return frame;
        }
        let stretch = Stretch { after: None, before: Some(before), limit: PAGE };
        let page = history::missed(&self.desk.front, self.account(), self.who.addresses(), stretch).await;
        let Some(page) = page else {
            return ServerFrame::Error { code: Code::Unavailable, retry_ms: Some(2_000) };
        };
        let (messages, _) = self.shown(&page);
        ServerFrame::Older { messages, more: page.more }
    }

    /// Somebody who is known, and not too often.
    fn may_report(&self, count: usize) -> bool {
        self.key().is_some_and(|key| self.desk.limits.receipts(key, count).is_ok())
    }
}

/// Ids of our messages are UUIDv7.
fn ours(id: &str) -> Option<Uuid> {
    Uuid::parse_str(id).ok().filter(|id| normalize::position(*id).is_some())
}
