//! The end of what a site has signed for: a token that says a person is no longer theirs.

use std::time::Duration;

use chrono::Utc;
use uuid::Uuid;

use super::{Answer, Talk};
use crate::{
    person::Who,
    wire::{ClientFrame, Code, ServerFrame},
};

/// What was written meanwhile comes again as whoever speaks then.
const AGAIN_MS: u64 = 1_000;

impl Talk {
    /// Whether who speaks is a person whom the site no longer vouches for.
    #[must_use]
    pub fn lapsed(&self) -> bool {
        self.who.lapsed(Utc::now().timestamp())
    }

    /// How long the site still vouches for who speaks; `None`: they are nobody's word.
    #[must_use]
    pub fn lapses_in(&self) -> Option<Duration> {
        let left = self.who.person.as_ref()?.until.saturating_sub(Utc::now().timestamp());
        Some(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
    }

    /// Somebody else from now on. The visitor goes with the person: by its id, too, router knows their conversation.
    pub(super) fn lapse(&mut self) {
        let anew = self.who.visitor.is_some() && self.desk.limits.newcomer(self.caller).is_ok();
        self.who = Who { visitor: anew.then(Uuid::now_v7), ..Who::default() };
        self.cursor.lock().begin(None);
        (self.reset, self.has_conversation) = (true, false);
    }

    /// Tells an open chat that what it shows is no longer its own.
    pub async fn end_person(&mut self) -> Vec<ServerFrame> {
        self.lapse();
        self.sit();
        let (mut welcome, _) = self.welcome().await;
        welcome.token = self.token();
        self.identity_wanted().into_iter().chain([ServerFrame::Welcome(Box::new(welcome))]).collect()
    }

    /// That one must sign in, where only customers may write.
    pub(super) fn identity_wanted(&self) -> Option<ServerFrame> {
        self.visit.gateway.settings.require_identity.then(|| ServerFrame::error(Code::IdentityRequired))
    }

    /// A frame of a person who is none any more is not taken as somebody else's.
    pub(super) async fn no_longer(&mut self, frame: &ClientFrame) -> Answer {
        let nack =
            |id: &String| ServerFrame::Nack { id: id.clone(), code: Code::Unavailable, retry_ms: Some(AGAIN_MS) };
        let refused = if let ClientFrame::Msg(msg) = frame { Some(nack(&msg.id)) } else { None };
        let frames = self.end_person().await.into_iter().chain(refused).collect();
        Answer { frames, hangup: None }
    }
}
