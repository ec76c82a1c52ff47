//! Who speaks: hello, start, identify.

use chrono::Utc;
use contracts::channel::AskMissedResponse;
use uuid::Uuid;

use super::{Answer, BAD_TOKEN, FOREIGN, MISUNDERSTOOD, TOO_MANY, Talk};
use crate::{
    desk::Desk,
    history::{self, Stretch},
    identity, normalize,
    person::{Person, Who},
    wire::{Code, Consent, Hello, Office, PersonName, ServerFrame, Start, VERSION, Welcome},
};

/// Of the agreement's version, in characters.
const VERSION_CHARS: usize = 100;

impl Talk {
    /// The first frame: who is it, and what did they miss?
    pub async fn hello(&mut self, hello: Hello) -> Answer {
        if hello.v != VERSION {
            return Answer::ending(Code::Version, MISUNDERSTOOD);
        }
        if !self.stands_on(hello.site) {
            self.desk.front.count_refused("origin");
            return Answer { frames: Vec::new(), hangup: Some(FOREIGN) };
        }
        let mut renewal = false;
        if let Some(token) = &hello.token {
            if !self.resume(token) {
                return Answer::ending(Code::Token, BAD_TOKEN);
            }
            let known = self.desk.visitor(self.account(), token);
            renewal = known.is_some_and(|token| token.wants_renewal(Utc::now().timestamp()));
        }
        if let Err(frame) = self.may_ask() {
            return Answer { frames: vec![frame], hangup: Some(TOO_MANY) };
        }
        self.around.page = hello.page;
        self.around.touch = hello.touch;
        self.around.storage_consent = hello.storage_consent;
        self.around.language = hello.lang.unwrap_or_default();
        let mut frames = Vec::new();
        if let Some(jwt) = &hello.jwt {
            match self.vouched_for(jwt) {
                Some(person) => renewal |= self.become_person(person).await,
                None => frames.push(ServerFrame::error(Code::Identity)),
            }
        }
        if self.lapsed() {
            self.lapse();
            renewal = true;
            frames.extend(self.identity_wanted());
        }
        self.sit();
        // What the browser has of another person goes.
        self.cursor.lock().begin(hello.after.filter(|_| !self.reset));
        let (mut welcome, gone) = self.welcome().await;
        welcome.token = if renewal { self.token() } else { None };
        frames.push(ServerFrame::Welcome(Box::new(welcome)));
        frames.extend(gone);
        Answer { frames, hangup: None }
    }

    /// The frame calls from our own origin wherever it stands: the site that it names is held to the account's list from
    /// now on. `false`: the account does not allow it.
    fn stands_on(&self, site: Option<String>) -> bool {
        let mut from = self.from.lock();
        let place = Desk::stood_on(&self.visit, from.clone(), site);
        place.map(|place| *from = place).is_ok()
    }

    /// History again, when it could not be read before.
    pub async fn welcome_again(&mut self) -> Vec<ServerFrame> {
        let (welcome, gone) = self.welcome().await;
        if !welcome.known {
            return Vec::new();
        }
        std::iter::once(ServerFrame::Welcome(Box::new(welcome))).chain(gone).collect()
    }

    pub(super) async fn welcome(&mut self) -> (Welcome, Vec<ServerFrame>) {
        let account = self.account();
        let desk = self.desk.clone();
        let (office, missed) = tokio::join!(desk.offices.get(&desk.front, account), self.missed());
        self.known = missed.is_some();
        self.greet(missed.unwrap_or_default(), office)
    }

    pub(super) fn greet(&mut self, missed: AskMissedResponse, office: Option<Office>) -> (Welcome, Vec<ServerFrame>) {
        let (messages, gone) = self.shown(&missed);
        let person = self.who.person.as_ref().map(|person| PersonName { name: person.name.clone() });
        let (more, unread, known) = (missed.more, missed.unread, self.known);
        let reset = known && std::mem::take(&mut self.reset);
        let now = Utc::now().timestamp_millis();
        (Welcome { token: None, office, messages, more, unread, person, known, now, reset }, gone)
    }

    /// A stranger is about to write; whoever has an id gets a token for it again.
    pub async fn start(&mut self, start: Start) -> Answer {
        if let Some(jwt) = &start.jwt {
            match self.vouched_for(jwt) {
                Some(person) => drop(self.become_person(person).await),
                None => return ServerFrame::error(Code::Identity).into(),
            }
        }
        if let Err(code) = self.may_start(start.consent.as_ref()) {
            return ServerFrame::error(code).into();
        }
        if self.who.visitor.is_none() {
            if let Err(wait) = self.desk.limits.newcomer(self.caller) {
                self.desk.front.count_refused("newcomers");
                let retry_ms = u64::try_from(wait.as_millis()).ok();
                return ServerFrame::Error { code: Code::Rate, retry_ms }.into();
            }
            self.who.visitor = Some(Uuid::now_v7());
        }
        if let Some(consent) = start.consent {
            self.who.consent = Some((consent.version.chars().take(VERSION_CHARS).collect(), consent.at));
        }
        self.sit();
        self.token().map_or_else(Answer::default, |token| ServerFrame::Visitor { token }.into())
    }

    fn may_start(&self, consent: Option<&Consent>) -> Result<(), Code> {
        let settings = &self.visit.gateway.settings;
        if settings.require_identity && self.who.person.is_none() {
            return Err(Code::IdentityRequired);
        }
        let agreed =
            consent.map(|consent| consent.version.as_str()).or(self.who.consent.as_ref().map(|c| c.0.as_str()));
        if settings.consent.required && agreed != Some(settings.consent.version.as_str()) {
            return Err(Code::BadFrame);
        }
        Ok(())
    }

    /// The site says who it is.
    pub async fn identify(&mut self, jwt: &str) -> Answer {
        if let Err(frame) = self.may_ask() {
            return frame.into();
        }
        let Some(person) = self.vouched_for(jwt) else { return ServerFrame::error(Code::Identity).into() };
        let changed = self.become_person(person).await;
        self.sit();
        // The newest page was asked for, whatever the browser has.
        self.cursor.lock().begin(None);
        self.begun = false;
        let (mut welcome, gone) = self.welcome().await;
        welcome.token = if changed { self.token() } else { None };
        let frames = std::iter::once(ServerFrame::Welcome(Box::new(welcome))).chain(gone);
        Answer { frames: frames.collect(), hangup: None }
    }

    fn vouched_for(&self, jwt: &str) -> Option<Person> {
        let secrets = &self.visit.gateway.settings.identity_secrets;
        let person = identity::verify(self.account(), secrets, jwt, Utc::now().timestamp());
        if person.is_none() {
            self.desk.front.count_refused("identity");
        }
        person
    }

    /// `true`: the token does not say it yet. What the visitor wrote before goes with the person.
    async fn become_person(&mut self, person: Person) -> bool {
        let before = self.who.clone();
        let (who, joined) = before.clone().identified(person);
        if who.visitor != before.visitor {
            // Somebody else at the same computer: nothing of the former one is theirs.
            self.cursor.lock().begin(None);
            self.has_conversation = false;
        }
        self.who = who;
        self.reset |= self.who.addresses() != before.addresses();
        if joined
            && self.has_written(&before).await
            && let Some(fact) = normalize::link(self.account(), &self.who)
        {
            self.desk.front.owe(&self.visit, fact);
        }
        self.who != before
    }

    /// Nothing is published for people who never write. When router does not say, the next message carries the link.
    pub(super) async fn has_written(&self, before: &Who) -> bool {
        let stretch = Stretch { limit: 1, ..Stretch::default() };
        let missed = history::missed(&self.desk.front, self.account(), before.addresses(), stretch).await;
        missed.is_some_and(|missed| !missed.conversation_id.is_empty())
    }
}
