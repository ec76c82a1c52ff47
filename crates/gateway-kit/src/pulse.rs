//! What is known about an account's connection, and how router is told of it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use contracts::channel::{AccountHealth, AccountState, Failure, Inbound, LocalText, inbound::Body};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    time::{Instant, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Timing,
    account::Account,
    facts::Facts,
    text::{cut, timestamp},
};

/// A trouble that comes again after this long is news.
const NEWS_SECONDS: i64 = 3_600;
/// A key is this long at most (G6).
const KEY_BYTES: usize = 200;

/// A provider's text may be this long in a fact.
const PROBLEM_BYTES: usize = 500;

/// Holds the state that router is to know; `None`: another instance knows better.
#[derive(Clone)]
pub(crate) struct Teller(watch::Sender<Option<AccountState>>);

impl Default for Teller {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Teller {
    pub fn say(&self, health: AccountHealth, problem: &str, remedy_key: &str, identity: &str) {
        let state = AccountState {
            health: health.into(),
            problem: cut(problem, PROBLEM_BYTES).to_owned(),
            remedy_key: remedy_key.to_owned(),
            identity: identity.to_owned(),
            problem_text: None,
        };
        self.set(Some(state));
    }

    /// The same in our own words, which there are in both languages.
    pub fn say_in_words(&self, health: AccountHealth, problem: LocalText, remedy_key: &str, identity: &str) {
        let [ru, en] = [&problem.ru, &problem.en].map(|text| cut(text, PROBLEM_BYTES).to_owned());
        let state = AccountState {
            health: health.into(),
            problem: en.clone(),
            remedy_key: remedy_key.to_owned(),
            identity: identity.to_owned(),
            problem_text: (!en.is_empty()).then_some(LocalText { ru, en }),
        };
        self.set(Some(state));
    }

    pub fn be_silent(&self) {
        self.set(None);
    }

    fn set(&self, state: Option<AccountState>) {
        self.0.send_if_modified(|known| {
            let changed = *known != state;
            *known = state;
            changed
        });
    }
}

/// Tells router each change of an account's state, and the state again every few minutes. A newer state takes the
/// place of one that is not confirmed yet.
pub(crate) async fn tell(facts: Facts, account: Arc<Account>, stop: CancellationToken) {
    let mut states = account.teller.0.subscribe();
    let mut state = states.borrow_and_update().clone();
    loop {
        let told = async {
            // While a delivery has just shown that something is wrong, "connected" would hide it.
            let hides = |state: &AccountState| state.health() == AccountHealth::Connected && account.is_doubted();
            if let Some(state) = state.filter(|state| !hides(state)) {
                facts.until_confirmed(&account, fact(state)).await;
            }
            sleep(facts.timing.refresh).await;
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            changed = states.changed() => if changed.is_err() { return },
            () = told => {}
        }
        state = states.borrow_and_update().clone();
    }
}

pub(crate) fn fact(state: AccountState) -> Inbound {
    Inbound {
        key: format!("state:{}", uuid::Uuid::now_v7().simple()),
        sent_on: Some(timestamp(Utc::now())),
        body: Some(Body::AccountState(state)),
        ..Inbound::default()
    }
}

/// A trouble that the provider tells without a date is of the hour in which it comes (G61): the same words on another day
/// are another trouble.
pub(crate) fn date(fact: &mut Inbound, now: DateTime<Utc>) {
    if fact.sent_on.is_some() || !matches!(fact.body, Some(Body::AccountState(_))) {
        return;
    }
    let hour = now.timestamp() - now.timestamp().rem_euclid(NEWS_SECONDS);
    let date = format!(":{hour}");
    fact.key = cut(&fact.key, KEY_BYTES - date.len()).to_owned() + &date;
    fact.sent_on = Some(prost_types::Timestamp { seconds: hour, nanos: 0 });
}

/// The signs of life of one connection.
pub(crate) struct Pulse {
    teller: Teller,
    known: Mutex<Known>,
    /// A send's account problem keeps sends from being tried for this long.
    pause: Duration,
}

struct Known {
    identity: String,
    alive_at: Instant,
    /// Whether the provider has answered at all.
    met: bool,
    last_error: String,
    /// The provider does not know the account: nothing sent would go through.
    refused: bool,
    /// A send met an account problem.
    blocked_until: Option<Instant>,
    /// A send met a problem of messages of its kind.
    troubled_until: Option<Instant>,
}

impl Pulse {
    pub fn new(teller: Teller, timing: &Timing) -> Self {
        let known = Known {
            identity: String::new(),
            alive_at: Instant::now(),
            met: false,
            last_error: "the provider does not answer".to_owned(),
            refused: false,
            blocked_until: None,
            troubled_until: None,
        };
        Self { teller, known: Mutex::new(known), pause: timing.account_backoff.1 }
    }

    /// The provider knows us. Where we poll, only polls tell whether the connection works, but for the first time.
    pub fn opened(&self, identity: &str, polls: bool) {
        let met = {
            let mut known = self.known.lock();
            identity.clone_into(&mut known.identity);
            known.refused = false;
            known.met
        };
        if !polls || !met {
            self.alive();
        }
    }

    /// The provider has answered.
    pub fn alive(&self) {
        let identity = {
            let mut known = self.known.lock();
            (known.alive_at, known.met, known.refused) = (Instant::now(), true, false);
            if known.blocked_until.max(known.troubled_until).is_some_and(|until| until > Instant::now()) {
                return;
            }
            (known.blocked_until, known.troubled_until) = (None, None);
            known.identity.clone()
        };
        self.teller.say(AccountHealth::Connected, "", "", &identity);
    }

    /// The provider has not answered; once it had, that alone is no reason for alarm.
    pub fn missed(&self, error: &str) {
        let met = {
            let mut known = self.known.lock();
            error.clone_into(&mut known.last_error);
            known.met
        };
        if !met {
            self.lost();
        }
    }

    /// There never was an answer, or none for too long.
    pub fn lost(&self) {
        let (error, identity, blocked) = {
            let known = self.known.lock();
            (known.last_error.clone(), known.identity.clone(), known.refused || known.blocked_until.is_some())
        };
        if !blocked {
            self.teller.say(AccountHealth::Degraded, &error, "", &identity);
        }
    }

    /// Only an administrator can help. While the account is disconnected, nothing is sent: it would fail for good.
    pub fn account_problem(&self, problem: &str, remedy_key: &str, health: AccountHealth) {
        let identity = {
            let mut known = self.known.lock();
            known.refused = health == AccountHealth::Disconnected;
            known.identity.clone()
        };
        self.teller.say(health, problem, remedy_key, &identity);
    }

    /// A send met an account problem: sends stop until the settings change, or until it is time to try one again.
    pub fn send_problem(&self, failure: &Failure, remedy_key: &str) {
        let identity = {
            let mut known = self.known.lock();
            known.blocked_until = Some(Instant::now() + self.pause);
            known.identity.clone()
        };
        self.teller.say(AccountHealth::Disconnected, &failure.provider_text, remedy_key, &identity);
    }

    /// A send met a problem that only messages of its kind have: it is shown for a while, and sends go on.
    pub fn send_trouble(&self, failure: &Failure, remedy_key: &str) {
        let (identity, worse) = {
            let mut known = self.known.lock();
            known.troubled_until = Some(Instant::now() + self.pause);
            let worse = known.refused || known.blocked_until.is_some_and(|until| until > Instant::now());
            (known.identity.clone(), worse)
        };
        if !worse {
            self.teller.say(AccountHealth::Degraded, &failure.provider_text, remedy_key, &identity);
        }
    }

    /// For how long nothing is to be sent; `None`: sending is fine.
    pub fn blocked(&self) -> Option<Duration> {
        let known = self.known.lock();
        if known.refused {
            return Some(self.pause);
        }
        known.blocked_until?.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// Says that the connection is lost when the provider was not heard for too long. Ends only by being dropped.
    pub async fn watch(&self, watchdog: Duration) {
        let mut tick = interval((watchdog / 20).max(Duration::from_millis(10)));
        loop {
            tick.tick().await;
            let silence = self.known.lock().alive_at.elapsed();
            if silence > watchdog {
                self.lost();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_without_a_date_is_news_again_after_an_hour() {
        let told = |second: i64| {
            let body = Some(Body::AccountState(AccountState::default()));
            let mut fact = Inbound { key: "trouble:".to_owned() + &"1".repeat(192), body, ..Inbound::default() };
            date(&mut fact, DateTime::from_timestamp(1_795_420_800 + second, 0).unwrap());
            fact
        };
        assert_eq!(told(0), told(3_599), "one delivery that comes twice");
        assert_ne!(told(0).key, told(3_600).key);
        assert!(told(0).key.len() <= KEY_BYTES && told(0).key.ends_with(":1795420800"));
        assert_eq!(told(3_600).sent_on.unwrap().seconds, 1_795_424_400);
    }

    #[test]
    fn what_has_a_date_or_is_no_trouble_stays_as_it_is() {
        let body = Some(Body::AccountState(AccountState::default()));
        let sent_on = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        for fact in [Inbound { key: "a".into(), sent_on, body, ..<_>::default() }, Inbound::default()] {
            let mut dated = fact.clone();
            date(&mut dated, Utc::now());
            assert_eq!(dated, fact);
        }
    }
}
