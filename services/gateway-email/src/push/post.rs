//! Who gets a letter, and when it counts as taken.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use gateway_kit::{Front, Refusal, Visit};
use model::AccountId;
use tokio::{sync::Semaphore, time::timeout};
use tracing::warn;

use super::{Answer, session::NOT_NOW};
use crate::{Email, keep::Keeper, wire::Place};

/// Letters that are read and stored at the same time: each is held several times over meanwhile.
const AT_ONCE: usize = 4;
/// For one mailbox; the client waits ten minutes (RFC 5321, section 4.5.3.2.6).
const DELIVER_WAIT: Duration = Duration::from_secs(60);

/// Takes letters to mailboxes.
pub(super) trait Post: Send + Sync + 'static {
    type Place: Send + Sync;

    /// The mailbox of an address, or what its sender is told.
    fn find(&self, address: &str) -> Result<Self::Place, Answer>;

    /// An answer for each recipient, in their order.
    fn deliver(
        &self,
        from: &str,
        to: &[(String, Self::Place)],
        letter: &[u8],
    ) -> impl Future<Output = Vec<Answer>> + Send;

    fn count_refused(&self, why: &'static str);
}

/// The mailboxes that letters are brought for.
pub(super) struct Office {
    front: Arc<Front<Email>>,
    at_once: Semaphore,
}

impl Office {
    pub fn new(front: Arc<Front<Email>>) -> Self {
        Self { front, at_once: Semaphore::new(AT_ONCE) }
    }

    fn visit(&self, address: &str) -> Result<Visit<Email>, Refusal> {
        self.front.visit_where(|settings| is_of(settings, address))
    }

    async fn one(&self, visit: &Visit<Email>, from: &str, to: &str, letter: &[u8]) -> Answer {
        let Ok(_turn) = self.at_once.acquire().await else { return NOT_NOW };
        let letter = with_path(from, to, letter);
        let settings = &visit.gateway.settings;
        let place = Place {
            mailbox: settings.address.clone(),
            is_mixed: true,
            received_at: chrono::Utc::now().timestamp(),
            authserv_id: settings.authserv_id.clone(),
            ..Place::default()
        };
        let keeper = Keeper::with(self.front.objects().clone(), visit.account(), &settings.reply);
        let facts = match keeper.letter(place, letter).await {
            Ok(facts) => facts,
            Err(error) => {
                warn!(account.id = %visit.account(), %error, "a letter that was brought is to come again");
                return NOT_NOW;
            }
        };
        match self.front.publish(visit, facts).await {
            Ok(()) => "250 2.0.0 taken",
            Err(refusal) => {
                self.front.count_refused(refusal.why());
                NOT_NOW
            }
        }
    }
}

impl Post for Office {
    type Place = Visit<Email>;

    fn find(&self, address: &str) -> Result<Visit<Email>, Answer> {
        let whole = address.to_lowercase();
        let found = self.visit(&whole).or_else(|refusal| match without_tag(&whole) {
            Some(plain) if refusal.retry_after().is_none() => self.visit(&plain),
            _ => Err(refusal),
        });
        found.map_err(|refusal| {
            self.front.count_refused(refusal.why());
            told(&refusal)
        })
    }

    async fn deliver(&self, from: &str, to: &[(String, Visit<Email>)], letter: &[u8]) -> Vec<Answer> {
        // Two addresses may lead to one mailbox: it gets the letter once.
        let mut mailboxes: Vec<(&str, &Visit<Email>)> = Vec::new();
        for (address, visit) in to {
            if mailboxes.iter().all(|(_, known)| known.account() != visit.account()) {
                mailboxes.push((address, visit));
            }
        }
        let delivering = mailboxes.into_iter().map(|(address, visit)| async move {
            let answer = timeout(DELIVER_WAIT, self.one(visit, from, address, letter)).await;
            (visit.account(), answer.unwrap_or(NOT_NOW))
        });
        let answers: HashMap<AccountId, Answer> = futures::future::join_all(delivering).await.into_iter().collect();
        to.iter().map(|(_, visit)| answers.get(&visit.account()).copied().unwrap_or(NOT_NOW)).collect()
    }

    fn count_refused(&self, why: &'static str) {
        self.front.count_refused(why);
    }
}

/// Only a mailbox that letters are brought for takes them: into others nobody could put any by coming here.
fn is_of(settings: &HashMap<String, String>, address: &str) -> bool {
    let is = |name: &str, wanted: &str| settings.get(name).is_some_and(|value| value.trim().to_lowercase() == wanted);
    is("receive", "push") && is("address", address)
}

/// `support+tag@example.com` reaches `support@example.com`.
fn without_tag(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (plain, _) = local.split_once('+')?;
    Some(format!("{plain}@{domain}"))
}

fn told(refusal: &Refusal) -> Answer {
    match (refusal.retry_after(), refusal.why()) {
        (None, _) => "550 5.1.1 there is no such mailbox here",
        (Some(_), "disabled" | "bad_settings") => "450 4.2.1 this mailbox takes no letters now",
        (Some(_), _) => "451 4.3.2 not now, come again",
    }
}

/// What a server that delivers has to note (RFC 5321, section 4.4), and for whom it was: without the time, so that the
/// same letter stays the same bytes when it comes again.
fn with_path(from: &str, to: &str, letter: &[u8]) -> Bytes {
    let head = format!("Return-Path: <{from}>\r\nDelivered-To: {to}\r\n");
    [head.as_bytes(), letter].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mailbox_that_letters_are_brought_for_is_found() {
        let settings = |receive: &str| {
            let pairs = [("receive", receive), ("address", " Support@Example.org")];
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        };
        assert!(is_of(&settings("push"), "support@example.org"));
        assert!(!is_of(&settings("push"), "sales@example.org"));
        assert!(!is_of(&settings("imap"), "support@example.org"));
        assert!(!is_of(&HashMap::new(), ""));
    }

    #[test]
    fn a_tag_leads_to_its_mailbox() {
        assert_eq!(without_tag("support+r-abc@example.org").as_deref(), Some("support@example.org"));
        assert_eq!(without_tag("support@example.org"), None);
        assert_eq!(without_tag("support+x"), None);
    }

    #[test]
    fn the_same_letter_stays_the_same_bytes() {
        let once = with_path("", "support@example.org", b"Subject: x\r\n\r\n");
        assert_eq!(once, "Return-Path: <>\r\nDelivered-To: support@example.org\r\nSubject: x\r\n\r\n");
    }
}
