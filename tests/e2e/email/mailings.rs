//! Mailings: one template, many letters, each of them once.

use std::{collections::BTreeSet, time::Duration};

use contracts::inbox::{
    Assignment, CreateMailingRequest, GetMailingRequest, ListMailingRecipientsRequest, ListUnsubscribedRequest,
    Mailing, MailingCounts, MailingRecipient, MailingRecipientState as State, MailingState, StartMailingRequest,
};
use reqwest::StatusCode;
use testkit::{
    eventually,
    mail::{MailHouse, PASSWORD},
};
use uuid::Uuid;

use super::{SUPPORT, settings, with_head};
use crate::{deeds::http, operator::Operator, world::World};

const PUBLIC: &str = "https://crm.example.org";
const PEOPLE: usize = 12;
const REFUSED: &str = "person5@example.com";

struct Scene {
    world: World,
    house: MailHouse,
    admin: Operator,
    account_id: String,
}

impl Scene {
    async fn set() -> Self {
        let mut world = World::servers().await;
        world.environment.insert("OKNO_PUBLIC_URL_EDGE".to_owned(), PUBLIC.to_owned());
        for target in ["crm-core", "router", "edge", "gateway-email"] {
            world.run(&[target]).await;
        }
        let house = MailHouse::start().await.expect("a mail house");
        let admin = world.operator("admin").await;
        let account_id = world.connect(&admin, "email", settings(&house, PASSWORD), Assignment::default()).await;
        Self { world, house, admin, account_id }
    }

    async fn create(&self, after_mailing_id: &str, people: usize) -> String {
        let person = |n: usize| MailingRecipient {
            address: format!("person{n}@example.com"),
            name: format!("Person {n}"),
            values: [("code".to_owned(), format!("code-{n}-"))].into(),
            ..MailingRecipient::default()
        };
        let mailing = Mailing {
            account_id: self.account_id.clone(),
            name: "Autumn".into(),
            subject: "{{name}}, news".into(),
            text: "Dear {{name}}, yours is {{code}}.".into(),
            per_minute: 20,
            after_mailing_id: after_mailing_id.to_owned(),
            ..Mailing::default()
        };
        let request = CreateMailingRequest {
            request_id: Uuid::now_v7().to_string(),
            mailing: Some(mailing),
            recipients: (0..people).map(person).collect(),
        };
        let made = self.admin.mailings().create_mailing(request).await.expect("a mailing").into_inner().mailing;
        made.expect("a mailing").mailing_id
    }

    async fn start(&self, id: &str) {
        let request = StartMailingRequest { mailing_id: id.to_owned(), etag: String::new() };
        self.admin.mailings().start_mailing(request).await.expect("started");
    }

    async fn counts(&self, id: &str) -> Option<(MailingState, MailingCounts)> {
        let request = GetMailingRequest { mailing_id: id.to_owned() };
        // Router may be down just now.
        let mailing = self.admin.mailings().get_mailing(request).await.ok()?.into_inner().mailing?;
        Some((mailing.state(), mailing.counts?))
    }

    /// Waits until nobody waits and nothing is on its way.
    async fn ended(&self, id: &str) -> MailingCounts {
        eventually("the mailing has ended", Duration::from_secs(90), async || {
            let (state, counts) = self.counts(id).await?;
            (state == MailingState::Done && counts.waiting + counts.queued == 0).then_some(counts)
        })
        .await
    }

    async fn recipients(&self, id: &str, state: State) -> Vec<MailingRecipient> {
        let states = vec![state.into()];
        let request = ListMailingRecipientsRequest { mailing_id: id.to_owned(), states, ..<_>::default() };
        self.admin.mailings().list_mailing_recipients(request).await.expect("recipients").into_inner().recipients
    }

    /// Letters of mailings that the server took, unfolded; the check of the settings was another letter.
    fn letters(&self) -> Vec<(String, String)> {
        let taken = self.house.smtp.taken().into_iter().filter(|taken| taken.to[0] != SUPPORT);
        let text = |letter: &[u8]| String::from_utf8_lossy(letter).replace("\r\n ", " ").replace("=\r\n", "");
        taken.map(|taken| (taken.to[0].clone(), text(&taken.letter))).collect()
    }

    fn letter(&self, address: &str) -> String {
        let found = self.letters().into_iter().find(|(to, _)| to == address);
        found.unwrap_or_else(|| panic!("no letter to {address}")).1
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .unwrap_or_else(|| panic!("{before} in {text}"))
        .0
}

// acceptance: EM-11
#[tokio::test]
async fn each_gets_one_letter_of_their_own_whatever_dies_and_the_second_run_leaves_out_who_was_served() {
    let mut scene = Scene::set().await;
    scene.house.smtp.refuse(REFUSED, "550 5.1.1 no such user here");
    let first = scene.create("", PEOPLE).await;
    scene.start(&first).await;
    for letters in [2, 6] {
        eventually("some letters", Duration::from_secs(60), async || (scene.letters().len() >= letters).then_some(()))
            .await;
        scene.world.kill_and_restart("router").await;
    }
    let counts = scene.ended(&first).await;
    assert_eq!((counts.total, counts.failed), (12, 1), "{counts:?}");
    assert_eq!(counts.sent + counts.unknown, 11, "{counts:?}");
    let letters = scene.letters();
    let to: BTreeSet<&str> = letters.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!((letters.len(), to.len()), (PEOPLE - 1, PEOPLE - 1), "each of them one letter");
    for (to, letter) in &letters {
        let n = between(to, "person", "@");
        assert!(letter.contains(&format!("Subject: Person {n}, news")), "{letter}");
        assert!(letter.contains(&format!("code-{n}-")) && letter.contains("List-Unsubscribe=One-Click"), "{letter}");
        assert!(letter.contains("Unsubscribe: ") && !letter.contains("{{unsubscribe}}"), "{letter}");
    }
    let failed = scene.recipients(&first, State::Failed).await;
    assert_eq!(failed[0].address, REFUSED);
    assert!(failed[0].failure.clone().unwrap_or_default().provider_text.contains("no such user here"));

    // What they answer comes into the letter's dialog, and asks somebody.
    let letter = scene.letter("person1@example.com");
    let id = between(&letter, "Message-ID: <", ">");
    let head = [format!("References: <{id}>"), format!("In-Reply-To: <{id}>")];
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let from = "Person 1 <person1@example.com>";
    scene.house.dovecot.deliver(SUPPORT, with_head(from, "Re: news", "a1@example.com", &head, "Call me")).await;
    let dialog = scene.recipients(&first, State::Sent).await;
    let dialog = dialog.into_iter().find(|one| one.address == "person1@example.com").expect("sent").conversation_id;
    scene.admin.message_with(&dialog, "Call me").await;
    let requests = "select count(*) from inbox.request";
    assert_eq!(scene.world.count(requests).await, 1, "the others ask for nothing");
    let dialogs = "select count(*) from inbox.conversation where merged_into is null";
    assert_eq!(
        scene.world.count(dialogs).await,
        12,
        "neither the answer nor the copies among the sent ones make another"
    );

    // Another one leaves, as mail programs do it: a POST without anything else.
    let letter = scene.letter("person11@example.com");
    let path = between(&letter, &format!("List-Unsubscribe: <{PUBLIC}"), ">");
    let url = format!("http://{}{path}", scene.world.environment["OKNO_EDGE_LISTEN"]);
    let asked = http().get(&url).header("accept-language", "ru").send().await.expect("the edge answers");
    assert!(asked.status() == StatusCode::OK && asked.headers().get("set-cookie").is_none());
    assert!(asked.text().await.expect("a page").contains("Отписаться"));
    let listed = async || {
        let list = scene.admin.mailings().list_unsubscribed(ListUnsubscribedRequest::default()).await;
        list.expect("a list").into_inner().unsubscribed.len()
    };
    assert_eq!(listed().await, 0, "looking is not leaving");
    for _ in 0..2 {
        let form = [("List-Unsubscribe", "One-Click")];
        let left = http().post(&url).form(&form).send().await.expect("the edge answers");
        assert_eq!(left.status(), StatusCode::OK);
    }
    assert_eq!(listed().await, 1);
    assert_eq!(scene.counts(&first).await.expect("counts").1.left, 1);
    let nobody = http().post(format!("{url}x")).send().await.expect("the edge answers");
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);

    // The second run: who was served and who left are left out; two are new, and the refused address is well by now.
    scene.house.smtp.accept(REFUSED);
    let second = scene.create(&first, PEOPLE + 2).await;
    scene.start(&second).await;
    let counts = scene.ended(&second).await;
    assert_eq!((counts.sent, counts.unsubscribed, counts.skipped), (3, 1, 10), "{counts:?}");
    let letters = scene.letters();
    let to: BTreeSet<&str> = letters.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!((letters.len(), to.len()), (PEOPLE + 2, PEOPLE + 2), "nobody has two");
}
