//! Servers that stall, drop, lie and renumber: the mailbox must not get stuck, and nothing must come twice.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::channel::{Inbound, inbound::Body};
use gateway_email::Email;
use gateway_kit::{AccountSetup, Gateway, ProviderError};
use object_store::{ObjectStore, memory::InMemory};
use testkit::mail::{HostileImap, Trick, letter};

use crate::common::{SOON, connect, setup};

struct Scene {
    server: HostileImap,
    gateway: Email,
    setup: AccountSetup,
    objects: Arc<dyn ObjectStore>,
    position: Option<String>,
    /// What came with the first fact of a poll.
    rest: Vec<Inbound>,
}

impl Scene {
    async fn set(trick: Trick) -> Self {
        let server = HostileImap::start(trick).await;
        let port = server.port().to_string();
        let setup = setup(&[("in_port", port.as_str()), ("in_security", "none"), ("period_seconds", "10")]);
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        Self { server, gateway: connect(&setup, &objects), setup, objects, position: None, rest: Vec::new() }
    }

    /// The same mailbox by a new connection, from the position that was kept.
    fn begin_anew(&mut self) {
        self.gateway = connect(&self.setup, &self.objects);
    }

    async fn poll(&mut self) -> Result<Vec<Inbound>, ProviderError> {
        let polled = self.gateway.poll(self.position.as_deref()).await?;
        if polled.position.is_some() {
            self.position = polled.position;
        }
        Ok(polled.facts)
    }

    /// Polls, whatever goes wrong, until a fact comes.
    async fn first(&mut self) -> Inbound {
        let polling = async {
            loop {
                let mut facts = self.poll().await.unwrap_or_default().into_iter();
                if let Some(fact) = facts.next() {
                    self.rest.extend(facts);
                    return fact;
                }
            }
        };
        tokio::time::timeout(SOON, polling).await.expect("a fact comes in time")
    }
}

fn a_letter(number: u32) -> String {
    letter("anna@example.com", "support@example.org", "Hello", &format!("{number}@example.com"), "Good day")
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    for trick in [Trick::NeverAnswers, Trick::GreetsOnly] {
        let mut scene = Scene::set(trick).await;
        let began = Instant::now();
        assert!(matches!(scene.poll().await, Err(ProviderError::Temporary { .. })), "{trick:?}");
        assert!(began.elapsed() < Duration::from_secs(40), "{trick:?}");
        scene.server.play(Trick::None);
        scene.server.put(a_letter(1));
        assert_eq!(scene.first().await.message_key, "id:1@example.com");
    }
}

/// A letter that always breaks the connection is passed over, and those behind it come.
#[tokio::test]
async fn a_letter_that_breaks_the_connection_does_not_hold_up_the_others() {
    let mut scene = Scene::set(Trick::DropsIn(1)).await;
    scene.server.put(a_letter(1));
    let fact = scene.first().await;
    let Some(Body::Unparsed(unparsed)) = &fact.body else { panic!("{fact:?}") };
    assert!(unparsed.reason.contains("could not give this letter"), "{}", unparsed.reason);
    scene.server.play(Trick::None);
    scene.server.put(a_letter(2));
    assert_eq!(scene.first().await.message_key, "id:2@example.com");
}

/// Of letters that are fetched together the others come, before it and behind it, each once.
#[tokio::test]
async fn a_letter_that_breaks_the_connection_is_found_among_others() {
    let mut scene = Scene::set(Trick::DropsIn(3)).await;
    for number in 1..=5 {
        scene.server.put(a_letter(number));
    }
    let mut facts = Vec::new();
    while facts.len() < 5 {
        let fact = scene.first().await;
        facts.push(fact);
        facts.append(&mut scene.rest);
    }
    let mut keys: Vec<_> = facts.iter().map(|fact| fact.message_key.clone()).collect();
    keys.sort();
    assert_eq!(keys, ["", "id:1@example.com", "id:2@example.com", "id:4@example.com", "id:5@example.com"]);
    let given_up = facts.iter().find_map(|fact| fact.body.as_ref().filter(|_| fact.message_key.is_empty()));
    assert!(matches!(given_up, Some(Body::Unparsed(_))), "{given_up:?}");
}

#[tokio::test]
async fn half_a_gigabyte_at_once_is_not_taken() {
    let mut scene = Scene::set(Trick::HugeLiteral).await;
    scene.server.put(a_letter(1));
    let error = loop {
        match scene.poll().await {
            Err(error) => break error,
            Ok(facts) => assert!(facts.is_empty()),
        }
    };
    assert!(error.to_string().contains("524288000 bytes at once"), "{error}");
}

/// Each opening of the mailbox gives its letters other numbers: they come again under the same keys, which router knows.
#[tokio::test]
async fn new_numbers_make_no_new_letters() {
    let mut scene = Scene::set(Trick::ChangesValidity).await;
    scene.server.put(a_letter(1));
    let first = scene.first().await;
    scene.begin_anew();
    let anew = scene.first().await;
    assert_eq!((first.key, first.sent_on), (anew.key, anew.sent_on));
}

/// It was announced before the server idled, and never again.
#[tokio::test]
async fn a_letter_between_the_last_look_and_idle_is_not_missed() {
    for trick in [Trick::AnnouncesBeforeIdle, Trick::AnnouncesAfterSearch] {
        let mut scene = Scene::set(trick).await;
        // Connected, and the mailbox is known: what comes now is new.
        while scene.position.is_none() {
            scene.poll().await.expect("a poll");
        }
        scene.server.hold(a_letter(1));
        let began = Instant::now();
        assert_eq!(scene.first().await.message_key, "id:1@example.com", "{trick:?}");
        assert!(began.elapsed() < Duration::from_secs(8), "{trick:?}: {:?}", began.elapsed());
    }
}
