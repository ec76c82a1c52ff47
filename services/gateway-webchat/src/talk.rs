//! One visitor's side of the protocol, apart from how frames travel.

mod hello;
mod message;
mod reading;

use std::{net::IpAddr, sync::Arc, time::Duration};

use chrono::Utc;
use contracts::channel::AskMissedResponse;
use gateway_kit::{Refusal, Visit};
use model::AccountId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    Webchat,
    desk::{Desk, From},
    history::{self, PAGE, Stretch},
    hub::Seat,
    normalize::Circumstances,
    person::Who,
    show::Shower,
    token::VisitorToken,
    wire::{ClientFrame, Code, ServerFrame, Shown},
};

/// Pages that are asked for at once after a long absence.
const PAGES_MOST: usize = 4;
/// A typing signal at most this often.
const TYPING_PAUSE: Duration = Duration::from_millis(2_500);

/// One open chat, or one POST of frames.
pub struct Talk {
    pub desk: Arc<Desk>,
    visit: Visit<Webchat>,
    from: From,
    caller: IpAddr,
    who: Who,
    around: Circumstances,
    /// Where it hears of its addresses; POSTs hear nothing.
    seat: Option<Seat>,
    /// The last message of history that the browser was given.
    pub last: Arc<Mutex<Option<String>>>,
    shower: Shower,
    /// Whether history could be read.
    known: bool,
    /// Whether there is a conversation to speak of.
    has_conversation: bool,
    typed_at: Option<Instant>,
    /// What the browser has must go.
    reset: bool,
}

/// What is said to the browser.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub frames: Vec<ServerFrame>,
    pub hangup: Option<Hangup>,
}

/// Why the connection ends: the WebSocket's close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hangup(pub u16);

pub const BAD_TOKEN: Hangup = Hangup(4401);
pub const FOREIGN: Hangup = Hangup(4403);
pub const TOO_MANY: Hangup = Hangup(4429);
/// The widget is of a protocol that is not spoken here, or speaks none.
pub const MISUNDERSTOOD: Hangup = Hangup(1002);

impl Answer {
    fn ending(code: Code, hangup: Hangup) -> Self {
        Self { frames: vec![ServerFrame::error(code)], hangup: Some(hangup) }
    }
}

impl std::convert::From<ServerFrame> for Answer {
    fn from(frame: ServerFrame) -> Self {
        Self { frames: vec![frame], hangup: None }
    }
}

impl Talk {
    /// Begins with nobody known.
    #[must_use]
    pub fn new(desk: Arc<Desk>, visit: Visit<Webchat>, from: From, caller: IpAddr, seat: Option<Seat>) -> Self {
        let shower = desk.shower(visit.account());
        Self {
            desk,
            visit,
            from,
            caller,
            who: Who::default(),
            around: Circumstances::default(),
            seat,
            last: Arc::default(),
            shower,
            known: false,
            has_conversation: false,
            typed_at: None,
            reset: false,
        }
    }

    /// Goes on as who a token says; `false`: it is not good here.
    pub fn resume(&mut self, token: &str) -> bool {
        let Some(token) = self.desk.visitor(self.account(), token) else { return false };
        self.who = Who { visitor: Some(token.visitor), person: token.person, consent: token.consent };
        true
    }

    /// Takes one frame, after the first.
    pub async fn take(&mut self, frame: ClientFrame) -> Answer {
        if let Err(refusal) = self.look_again() {
            return self.refused(&frame, refusal);
        }
        match frame {
            ClientFrame::Hello(hello) => self.hello(*hello).await,
            ClientFrame::Start(start) => self.start(*start).await,
            ClientFrame::Msg(msg) => self.message(*msg).await.into(),
            ClientFrame::Got { ids } => self.got(&ids),
            ClientFrame::Read { id } => self.read(&id).await,
            ClientFrame::Typing => self.typing().await,
            ClientFrame::Page(page) => {
                self.around.page = Some(page);
                Answer::default()
            }
            ClientFrame::Identify { jwt } => self.identify(&jwt).await,
            ClientFrame::Older { before } => self.older(before).await.into(),
            ClientFrame::Pong | ClientFrame::Unknown => Answer::default(),
        }
    }

    /// The settings may have changed since.
    fn look_again(&mut self) -> Result<(), Refusal> {
        self.visit = self.desk.still(self.account(), &self.from)?;
        Ok(())
    }

    fn refused(&self, frame: &ClientFrame, refusal: Refusal) -> Answer {
        self.desk.front.count_refused(refusal.why());
        if refusal.retry_after().is_none() {
            return Answer { frames: Vec::new(), hangup: Some(FOREIGN) };
        }
        let retry_ms = retry_ms(refusal);
        match frame {
            ClientFrame::Msg(msg) => ServerFrame::Nack { id: msg.id.clone(), code: Code::Unavailable, retry_ms }.into(),
            _ => ServerFrame::Error { code: Code::Unavailable, retry_ms }.into(),
        }
    }

    #[must_use]
    pub fn account(&self) -> AccountId {
        self.visit.account()
    }

    /// Whose links are signed.
    #[must_use]
    pub fn address(&self) -> String {
        self.who.addresses().into_iter().next().unwrap_or_default()
    }

    /// Whether history is still to be read.
    #[must_use]
    pub fn wants_history(&self) -> bool {
        !self.known
    }

    /// What came since the last message that the browser was given; nothing when router does not answer.
    pub async fn catch_up(&mut self) -> Vec<ServerFrame> {
        let after = self.last.lock().clone();
        let Some(missed) = self.missed(after).await else {
            self.known = false;
            return Vec::new();
        };
        if self.reset {
            let (welcome, gone) = self.greet(missed, None);
            return std::iter::once(ServerFrame::Welcome(Box::new(welcome))).chain(gone).collect();
        }
        let message = |message| ServerFrame::Message { message: Box::new(message) };
        let (shown, gone) = self.shown(&missed);
        shown.into_iter().map(message).chain(gone).collect()
    }

    /// All after a message, or the newest page.
    async fn missed(&mut self, after: Option<String>) -> Option<AskMissedResponse> {
        let mut missed = self.page_after(after.clone()).await?;
        for _ in 1..PAGES_MOST {
            if after.is_none() || !missed.more {
                break;
            }
            let next = self.page_after(last_id(&missed)).await?;
            missed.more = next.more;
            missed.messages.extend(next.messages);
        }
        // Away for so long that only the newest is of interest; what lies between is read as older.
        if after.is_some() && missed.more {
            missed = self.page_after(None).await?;
            self.reset = true;
        }
        self.has_conversation |= !missed.conversation_id.is_empty();
        if let Some(last) = last_id(&missed) {
            *self.last.lock() = Some(last);
        }
        Some(missed)
    }

    async fn page_after(&self, after: Option<String>) -> Option<AskMissedResponse> {
        let limit = if after.is_some() { 4 * PAGE } else { PAGE };
        let stretch = Stretch { after, before: None, limit };
        history::missed(&self.desk.front, self.account(), self.who.addresses(), stretch).await
    }

    /// Messages to show, and those to take away.
    fn shown(&self, missed: &AskMissedResponse) -> (Vec<Shown>, Vec<ServerFrame>) {
        let address = self.address();
        let (gone, here): (Vec<_>, Vec<_>) = missed.messages.iter().partition(|message| message.deleted);
        let shown = here.into_iter().map(|message| self.shower.show(&address, message)).collect();
        (shown, gone.into_iter().map(|message| ServerFrame::Gone { id: message.message_id.clone() }).collect())
    }

    /// A token for whoever speaks; `None` for a stranger.
    fn token(&self) -> Option<String> {
        let token = VisitorToken {
            visitor: self.who.visitor?,
            issued: Utc::now().timestamp(),
            person: self.who.person.clone(),
            consent: self.who.consent.clone(),
        };
        Some(self.desk.visitors(self.account()).sign(&token))
    }

    /// Hears of the addresses of whoever speaks now.
    fn sit(&self) {
        if let Some(seat) = &self.seat {
            seat.sit(self.who.addresses());
        }
    }

    async fn typing(&mut self) -> Answer {
        let lately = self.typed_at.is_some_and(|at| at.elapsed() < TYPING_PAUSE);
        let address = self.address();
        if !lately && !address.is_empty() && self.has_conversation {
            self.typed_at = Some(Instant::now());
            let account = self.account();
            self.desk.front.person_types(account, &account.to_string(), &address).await;
        }
        Answer::default()
    }
}

fn last_id(missed: &AskMissedResponse) -> Option<String> {
    missed.messages.iter().rev().map(|message| &message.message_id).find(|id| !id.is_empty()).cloned()
}

/// When to come again, scattered so that not all come at once; `None`: never.
fn retry_ms(refusal: Refusal) -> Option<u64> {
    refusal.retry_after().map(|seconds| u64::from(seconds) * 1_000 + chance_ms(1_000))
}

/// Something from 0 to below `bound`.
#[must_use]
pub fn chance_ms(bound: u64) -> u64 {
    // The last bits of a UUIDv7 are random.
    let random = uuid::Uuid::now_v7().as_u128() & 0xffff_ffff;
    u64::try_from(random).unwrap_or_default() % bound.max(1)
}
