//! One visitor's side of the protocol, apart from how frames travel.

mod hello;
mod lapse;
mod message;
mod reading;

use std::{net::IpAddr, sync::Arc};

use chrono::Utc;
use contracts::channel::AskMissedResponse;
use gateway_kit::{Refusal, Visit};
use model::AccountId;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::{
    Webchat,
    cursor::Cursor,
    desk::{CalledFrom, Desk},
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

/// One open chat, or one POST of frames.
pub struct Talk {
    pub desk: Arc<Desk>,
    visit: Visit<Webchat>,
    /// Where it is; a frame says in `hello` which site it stands on.
    pub from: Arc<Mutex<CalledFrom>>,
    caller: IpAddr,
    who: Who,
    around: Circumstances,
    /// Where it hears of its addresses; POSTs hear nothing.
    seat: Option<Seat>,
    /// How far the browser has the history.
    pub cursor: Arc<Mutex<Cursor>>,
    shower: Shower,
    /// Whether history could be read.
    known: bool,
    /// Whether the browser was given history before.
    begun: bool,
    /// Whether there is a conversation to speak of.
    has_conversation: bool,
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

impl From<ServerFrame> for Answer {
    fn from(frame: ServerFrame) -> Self {
        Self { frames: vec![frame], hangup: None }
    }
}

impl Talk {
    /// Begins with nobody known.
    #[must_use]
    pub fn new(desk: Arc<Desk>, visit: Visit<Webchat>, from: CalledFrom, caller: IpAddr, seat: Option<Seat>) -> Self {
        let shower = desk.shower(visit.account());
        Self {
            desk,
            visit,
            from: Arc::new(Mutex::new(from)),
            caller,
            who: Who::default(),
            around: Circumstances::default(),
            seat,
            cursor: Arc::default(),
            shower,
            known: false,
            begun: false,
            has_conversation: false,
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
        if self.lapsed() && !frame.says_who() {
            return self.no_longer(&frame).await;
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
        let from = self.from.lock().clone();
        self.visit = self.desk.still(self.account(), &from)?;
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
        if !self.known {
            return self.welcome_again().await;
        }
        let Some(missed) = self.missed().await else {
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

    /// All after the last message that the browser has, or the newest page: then `reset` is to be said, if it had any.
    async fn missed(&mut self) -> Option<AskMissedResponse> {
        let losses = self.desk.hub.losses();
        let after = self.cursor.lock().ask();
        let (missed, joins) = match after {
            Some(id) => match self.all_after(id).await? {
                (missed, true) => (missed, true),
                (_, false) => (self.page_after(None).await?, false),
            },
            None => {
                let newest = self.page_after(None).await?;
                let joins = !(self.begun && newest.more);
                (newest, joins)
            }
        };
        self.reset |= !joins;
        self.begun = true;
        self.has_conversation |= !missed.conversation_id.is_empty();
        self.cursor.lock().read(last_id(&missed), losses);
        Some(missed)
    }

    /// All after a message; `false`: router does not know it, or so much came since that only the newest is of interest, and
    /// what lies between is read as older.
    async fn all_after(&self, id: String) -> Option<(AskMissedResponse, bool)> {
        let mut missed = self.page_after(Some(id.clone())).await?;
        // Router tells a little of what stands before, the message itself with it.
        let joins = missed.messages.iter().any(|message| message.message_id == id);
        for _ in 1..PAGES_MOST {
            if !joins || !missed.more {
                break;
            }
            let next = self.page_after(last_id(&missed)).await?;
            missed.more = next.more;
            missed.messages.extend(next.messages);
        }
        let all = joins && !missed.more;
        Some((missed, all))
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

    /// Router passes over who has no conversation.
    async fn typing(&mut self) -> Answer {
        let address = self.address();
        if self.key().is_some_and(|key| self.desk.limits.typing(key)) {
            let account = self.account();
            self.desk.front.person_types(account, &account.to_string(), &address).await;
        }
        Answer::default()
    }

    /// Whoever speaks, for limits; `None`: a stranger.
    fn key(&self) -> Option<Uuid> {
        let of_person = || Uuid::parse_str(self.who.person.as_ref()?.address.strip_prefix("u-")?).ok();
        self.who.visitor.or_else(of_person)
    }

    /// Whether history may be asked for once more.
    fn may_ask(&self) -> Result<(), ServerFrame> {
        self.desk.limits.question(self.key(), self.caller).map_err(|wait| {
            self.desk.front.count_refused("questions");
            let retry_ms = u64::try_from(wait.as_millis() + 100).ok();
            ServerFrame::Error { code: Code::Rate, retry_ms }
        })
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
    let random = Uuid::now_v7().as_u128() & 0xffff_ffff;
    u64::try_from(random).unwrap_or_default() % bound.max(1)
}
