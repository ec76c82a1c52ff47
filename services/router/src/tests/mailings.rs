//! Mailings: a letter of its own for each recipient, and never two.

use std::sync::Arc;

use bus::seal::RootKey;
use contracts::{
    channel::{Capabilities, Content, Failure, FailureReason, Inbound, Receipt, ReceiptStatus, inbound::Body},
    errors::ErrorReason,
    inbox::{
        AddUnsubscribedRequest, CreateMailingRequest, GetMailingProblemsRequest, GetMailingRequest,
        LeaveMailingRequest, ListMailingRecipientsRequest, ListMailingsRequest, ListMessagesRequest,
        ListUnsubscribedRequest, Mailing, MailingCounts, MailingRecipient, MailingRecipientState as State,
        MailingState, RemoveUnsubscribedRequest, RetryMailingRequest, StartMailingRequest, StopMailingRequest,
        conversation_service_server::ConversationService, mailing_service_server::MailingService,
    },
};
use model::{AccountId, MessageId};
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Dialog, Office, channel, claim, id_of, reason, receipt, says};
use crate::{
    Wakes,
    batch::Verdict,
    conversations::Db,
    dispatch,
    mailings::{self, Leaving, MailingApi},
};

const URL: &str = "https://okno.example.org";

struct Post {
    office: Office,
    api: MailingApi,
    leaving: Leaving,
    head: Caller,
}

fn person(address: &str, name: &str, values: &[(&str, &str)]) -> MailingRecipient {
    let values = values.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect();
    MailingRecipient { address: address.to_owned(), name: name.to_owned(), values, ..MailingRecipient::default() }
}

fn people(addresses: &[&str]) -> Vec<MailingRecipient> {
    addresses.iter().map(|address| person(address, "Анна", &[])).collect()
}

/// What is refused for good, by the server's own answer to the letter.
fn refused(id: MessageId) -> Inbound {
    let mut fact = receipt(id, ReceiptStatus::Failed, &[]);
    let failure = Failure {
        reason: FailureReason::Rejected.into(),
        provider_text: "550 no such user".to_owned(),
        ..Failure::default()
    };
    if let Some(Body::Receipt(receipt)) = &mut fact.body {
        receipt.failure = Some(failure);
    }
    fact
}

impl Post {
    async fn open() -> Self {
        let office = Office::open().await;
        office.channel_can(Capabilities { letters: true, text_limit: 10_000, ..channel() }).await;
        let head = office.head("Глава", office.sales).await;
        let db = Db::new(office.pool.clone(), Wakes::default());
        let key = RootKey::parse("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").unwrap();
        let leaving = Leaving::new(Arc::from(URL), &key).unwrap();
        Self { leaving, api: MailingApi { db, public_url: Some(Arc::from(URL)) }, office, head }
    }

    fn draft(&self) -> Mailing {
        Mailing {
            account_id: self.office.account.to_string(),
            name: "Осень".to_owned(),
            subject: "{{name}}, новость".to_owned(),
            text: "Здравствуйте, {{name}}!".to_owned(),
            per_minute: 20,
            ..Mailing::default()
        }
    }

    async fn create(&self, by: &Caller, mailing: Mailing, to: Vec<MailingRecipient>) -> Result<Mailing, Status> {
        let request_id = Uuid::now_v7().to_string();
        let request = CreateMailingRequest { request_id, mailing: Some(mailing), recipients: to };
        Ok(self.api.create_mailing(by.request(request)).await?.into_inner().mailing.unwrap())
    }

    async fn start(&self, by: &Caller, id: &str) -> Result<Mailing, Status> {
        let request = StartMailingRequest { mailing_id: id.to_owned(), etag: String::new() };
        Ok(self.api.start_mailing(by.request(request)).await?.into_inner().mailing.unwrap())
    }

    async fn started(&self, to: Vec<MailingRecipient>) -> String {
        let made = self.create(&self.head, self.draft(), to).await.unwrap();
        self.start(&self.head, &made.mailing_id).await.unwrap();
        made.mailing_id
    }

    async fn stop(&self, id: &str) -> Mailing {
        let request = self.head.request(StopMailingRequest { mailing_id: id.to_owned() });
        self.api.stop_mailing(request).await.unwrap().into_inner().mailing.unwrap()
    }

    async fn retry(&self, id: &str) -> Mailing {
        let request = self.head.request(RetryMailingRequest { mailing_id: id.to_owned() });
        self.api.retry_mailing(request).await.unwrap().into_inner().mailing.unwrap()
    }

    /// What the timer would do once; whether it comes again.
    async fn tick(&self, id: &str) -> bool {
        let mut tx = self.office.pool.begin().await.unwrap();
        let next = mailings::tick(&mut tx, Some(&self.leaving), id.parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        next.is_some()
    }

    async fn run(&self, id: &str) {
        while self.tick(id).await {}
    }

    async fn counts(&self, id: &str) -> MailingCounts {
        let request = self.head.request(GetMailingRequest { mailing_id: id.to_owned() });
        self.api.get_mailing(request).await.unwrap().into_inner().mailing.unwrap().counts.unwrap()
    }

    async fn recipients(&self, id: &str, states: &[State]) -> Vec<MailingRecipient> {
        let states = states.iter().map(|state| (*state).into()).collect();
        let request = ListMailingRecipientsRequest { mailing_id: id.to_owned(), states, ..<_>::default() };
        self.api.list_mailing_recipients(self.head.request(request)).await.unwrap().into_inner().recipients
    }

    async fn recipient(&self, id: &str, address: &str) -> MailingRecipient {
        self.recipients(id, &[]).await.into_iter().find(|one| one.address == address).unwrap()
    }

    async fn letter(&self, id: &str, address: &str) -> MessageId {
        self.recipient(id, address).await.message_id.parse().unwrap()
    }

    /// A letter as its order carries it.
    async fn ordered(&self, id: MessageId) -> Content {
        let mut sends = dispatch::sends(&self.office.pool, &[id.0]).await.unwrap();
        let send = sends.remove(&id.0).unwrap();
        dispatch::body(&send).content.unwrap()
    }

    async fn token(&self, id: MessageId) -> String {
        let url = self.ordered(id).await.letter.unwrap().unsubscribe.unwrap().url;
        url.strip_prefix("https://okno.example.org/u/").unwrap().to_owned()
    }

    async fn leave(&self, token: &str) -> Result<(), Status> {
        let request = LeaveMailingRequest { token: token.to_owned(), only_look: false };
        self.api.leave_mailing(Caller::edge().request(request)).await.map(|_| ())
    }

    /// The adapter takes a letter and the server has it.
    async fn sent(&self, id: MessageId, key: &str) {
        let verdicts = self.office.facts(vec![claim(id, 0), receipt(id, ReceiptStatus::Sent, &[key])]).await;
        assert_eq!(verdicts[0], Verdict::Granted);
    }

    async fn failed(&self, id: MessageId) {
        assert_eq!(self.office.facts(vec![claim(id, 0), refused(id)]).await[0], Verdict::Granted);
    }

    async fn letters(&self) -> i64 {
        self.office.count("select count(*) from inbox.message where automatic = 2 and status <> 8").await
    }
}

#[tokio::test]
async fn each_recipient_reads_a_letter_of_their_own() {
    let post = Post::open().await;
    let mailing = Mailing { text: "{{name}}, код {{Код}}".to_owned(), ..post.draft() };
    let to = vec![
        person("Anna@example.com", "Анна", &[("код", "{{name}}")]),
        person("boris@example.com", "", &[("Код", "7"), ("name", "Борис")]),
        person("ANNA@example.com", "Другая", &[("код", "2")]),
    ];
    let made = post.create(&post.head, mailing, to).await.unwrap();
    assert_eq!((made.state(), made.counts.unwrap().total), (MailingState::Draft, 2), "one address is one recipient");
    let id = post.start(&post.head, &made.mailing_id).await.unwrap().mailing_id;
    post.run(&id).await;
    let letter = post.letter(&id, "anna@example.com").await;
    let content = post.ordered(letter).await;
    let head = content.letter.unwrap();
    let url = &head.unsubscribe.as_ref().unwrap().url;
    assert_eq!(content.text, format!("Анна, код {{{{name}}}}\n\nОтписаться от рассылки: {url}"));
    assert_eq!(head.subject, "Анна, новость");
    assert_eq!((head.to[0].address.as_str(), head.to[0].name.as_str()), ("anna@example.com", "Анна"));
    let other = post.ordered(post.letter(&id, "boris@example.com").await).await;
    assert!(other.text.starts_with("Борис, код 7\n\n"), "{}", other.text);
    assert_ne!(other.letter.unwrap().unsubscribe, head.unsubscribe);
    let counts = post.counts(&id).await;
    assert_eq!((counts.queued, counts.waiting), (2, 0));
    assert_eq!(post.office.count("select count(*) from inbox.request").await, 0, "it asks nobody anything");
}

#[tokio::test]
async fn an_answer_comes_into_the_letters_dialog_and_opens_a_request() {
    let post = Post::open().await;
    let id = post.started(people(&["anna@example.com"])).await;
    post.run(&id).await;
    let (recipient, letter) =
        (post.recipient(&id, "anna@example.com").await, post.letter(&id, "anna@example.com").await);
    let dialog = Dialog { id: recipient.conversation_id, request: String::new() };
    let shown = post.office.row(&post.head, &dialog).await.unwrap();
    assert!(shown.request.is_none() && shown.last_activity_at.unwrap().seconds < 1_000_000_000, "no news");
    post.sent(letter, "id:1").await;
    let answer = Inbound { refers_to: vec!["id:1".to_owned()], ..says("anna@example.com", "Спасибо") };
    post.office.facts(vec![answer]).await;
    let row = post.office.row(&post.head, &dialog).await.unwrap();
    assert_eq!((row.unread, row.request.is_some()), (1, true));
    assert_eq!(post.office.count("select count(*) from inbox.conversation").await, 1);
    let list = ListMessagesRequest { conversation_id: dialog.id.clone(), ..<_>::default() };
    let messages =
        post.office.conversations.list_messages(post.head.request(list)).await.unwrap().into_inner().messages;
    let shown = messages[0].content.clone().unwrap();
    assert!(shown.letter.unwrap().unsubscribe.is_none(), "how she leaves is hers alone");
    assert!(shown.text.ends_with(": …"), "{}", shown.text);
    assert_eq!(messages[0].author_employee_id, id_of(&post.head));
}

#[tokio::test]
async fn nothing_starts_while_a_value_is_missing_or_nobody_could_leave() {
    let mut post = Post::open().await;
    let mailing = Mailing { text: "{{name}} {{город}}".to_owned(), ..post.draft() };
    let to = vec![person("a@example.com", "Анна", &[("город", "Тверь")]), person("b@example.com", " ", &[])];
    let made = post.create(&post.head, mailing, to).await.unwrap();
    let refusal = post.start(&post.head, &made.mailing_id).await.unwrap_err();
    assert_eq!((reason(&refusal), rpc::metadata_of(&refusal)["count"].as_str()), (ErrorReason::MailingGap, "1"));
    let request = GetMailingProblemsRequest { mailing_id: made.mailing_id.clone() };
    let found = post.api.get_mailing_problems(post.head.request(request)).await.unwrap().into_inner();
    assert_eq!((found.recipients_with_gaps, found.gaps[0].address.as_str()), (1, "b@example.com"));
    assert_eq!(found.gaps[0].places, ["name", "город"]);
    let empty = post.create(&post.head, post.draft(), Vec::new()).await.unwrap();
    assert_eq!(reason(&post.start(&post.head, &empty.mailing_id).await.unwrap_err()), ErrorReason::MailingGap);
    let fine = post.create(&post.head, post.draft(), people(&["a@example.com"])).await.unwrap();
    post.api.public_url = None;
    let refusal = post.start(&post.head, &fine.mailing_id).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::FailedPrecondition, ErrorReason::NoPublicUrl));
    assert!(refusal.message().contains("OKNO_PUBLIC_URL_EDGE"));
}

#[tokio::test]
async fn who_takes_no_mailings_gets_none() {
    let post = Post::open().await;
    let addresses = vec!["B@example.com".to_owned()];
    let add = || post.head.request(AddUnsubscribedRequest { addresses: addresses.clone() });
    assert_eq!(post.api.add_unsubscribed(add()).await.unwrap().into_inner().added, 1);
    assert_eq!(post.api.add_unsubscribed(add()).await.unwrap().into_inner().added, 0);
    let id = post.started(people(&["a@example.com", "b@example.com", "c@example.com"])).await;
    post.run(&id).await;
    assert_eq!(post.counts(&id).await.unsubscribed, 1);
    let letter = post.letter(&id, "c@example.com").await;
    let token = post.token(letter).await;
    assert_eq!(post.leave("nobody's").await.unwrap_err().code(), Code::NotFound);
    let theirs = LeaveMailingRequest { token: token.clone(), only_look: false };
    let by_employee = post.api.leave_mailing(post.head.request(theirs)).await.unwrap_err();
    assert_eq!(by_employee.code(), Code::PermissionDenied);
    post.leave(&token).await.unwrap();
    assert_eq!(post.recipient(&id, "c@example.com").await.state(), State::Unsubscribed, "the letter was taken back");
    assert_eq!(post.office.facts(vec![claim(letter, 0)]).await, [Verdict::Refused]);
    let list = || post.head.request(ListUnsubscribedRequest::default());
    let listed = post.api.list_unsubscribed(list()).await.unwrap().into_inner().unsubscribed;
    assert_eq!((listed.len(), listed[0].address.as_str(), listed[0].mailing_id.as_str()), (2, "c@example.com", &*id));
    assert_eq!((listed[0].mailing_name.as_str(), listed[1].mailing_name.as_str()), ("Осень", ""));
    let audited = "select count(*) from inbox.audit where object_kind = 'unsubscribed'";
    assert_eq!(post.office.count(audited).await, 2);
    let request = RemoveUnsubscribedRequest { address: "b@example.com".to_owned() };
    post.api.remove_unsubscribed(post.head.request(request)).await.unwrap();
    assert_eq!(post.api.list_unsubscribed(list()).await.unwrap().into_inner().unsubscribed.len(), 1);
}

#[tokio::test]
async fn leaving_twice_is_leaving_once_and_who_waits_is_left_out() {
    let post = Post::open().await;
    let first = post.started(people(&["a@example.com"])).await;
    post.run(&first).await;
    let letter = post.letter(&first, "a@example.com").await;
    post.sent(letter, "id:1").await;
    let token = post.token(letter).await;
    let second = post.started(people(&["a@example.com", "b@example.com"])).await;
    post.leave(&token).await.unwrap();
    post.leave(&token).await.unwrap();
    post.run(&second).await;
    let counts = post.counts(&second).await;
    assert_eq!((counts.unsubscribed, counts.queued), (1, 1));
    let counts = post.counts(&first).await;
    assert_eq!((counts.sent, counts.left), (1, 1), "what was sent was sent; she left by it");
}

#[tokio::test]
async fn a_stopped_mailing_takes_back_what_nobody_has_taken_and_goes_on_later() {
    let post = Post::open().await;
    let id = post.started(people(&["a@example.com", "b@example.com", "c@example.com"])).await;
    post.run(&id).await;
    let (taken, waiting) = (post.letter(&id, "a@example.com").await, post.letter(&id, "b@example.com").await);
    assert_eq!(post.office.facts(vec![claim(taken, 0)]).await, [Verdict::Granted]);
    let stopped = post.stop(&id).await;
    let counts = stopped.counts.unwrap();
    assert_eq!((stopped.state(), counts.queued, counts.waiting), (MailingState::Stopped, 1, 2));
    assert_eq!(post.office.facts(vec![claim(waiting, 0)]).await, [Verdict::Refused]);
    assert!(!post.tick(&id).await, "nothing more is made");
    post.office.facts(vec![receipt(taken, ReceiptStatus::Sent, &["id:1"])]).await;
    post.start(&post.head, &id).await.unwrap();
    post.run(&id).await;
    let counts = post.counts(&id).await;
    assert_eq!((counts.sent, counts.queued, post.letters().await), (1, 2, 3));
    assert_ne!(post.letter(&id, "b@example.com").await, waiting);
    assert_eq!(post.office.count("select count(*) from inbox.conversation").await, 3, "each has one dialog");
    assert_eq!(post.office.count("select count(*) from inbox.outgoing").await, 2);
}

#[tokio::test]
async fn a_second_run_leaves_out_who_was_served() {
    let post = Post::open().await;
    let first = post.started(people(&["a@example.com", "b@example.com"])).await;
    post.run(&first).await;
    post.sent(post.letter(&first, "a@example.com").await, "id:1").await;
    post.failed(post.letter(&first, "b@example.com").await).await;
    let failed = post.recipients(&first, &[State::Failed]).await;
    assert_eq!(failed[0].failure.as_ref().unwrap().provider_text, "550 no such user");
    let again = Mailing { after_mailing_id: first.clone(), ..post.draft() };
    let to = people(&["a@example.com", "b@example.com", "c@example.com"]);
    let second = post.create(&post.head, again, to).await.unwrap().mailing_id;
    post.start(&post.head, &second).await.unwrap();
    post.run(&second).await;
    let served = post.recipient(&second, "a@example.com").await;
    assert_eq!((served.state(), served.skipped_because.as_str()), (State::Skipped, "served"));
    assert_eq!(post.counts(&second).await.queued, 2);
    // The first run tries again those who failed: by now the second is serving them.
    assert_eq!(post.retry(&first).await.state(), MailingState::Running);
    post.run(&first).await;
    assert_eq!(post.recipient(&first, "b@example.com").await.state(), State::Skipped);
    assert_eq!(post.letters().await, 4, "to b two, of which the first was refused");
}

#[tokio::test]
async fn a_letter_that_was_sent_again_by_hand_serves_for_the_other_runs() {
    let post = Post::open().await;
    let first = post.started(people(&["a@example.com"])).await;
    post.run(&first).await;
    let letter = post.letter(&first, "a@example.com").await;
    post.failed(letter).await;
    let again = sqlx::query("update inbox.message set sent_again_as = $2 where message_id = $1");
    again.bind(letter.0).bind(Uuid::now_v7()).execute(&post.office.pool).await.unwrap();
    let again = Mailing { after_mailing_id: first, ..post.draft() };
    let second = post.create(&post.head, again, people(&["a@example.com"])).await.unwrap().mailing_id;
    post.start(&post.head, &second).await.unwrap();
    post.run(&second).await;
    assert_eq!(post.recipient(&second, "a@example.com").await.skipped_because, "served");
}

#[tokio::test]
async fn trying_again_leaves_a_stopped_mailing_stopped() {
    let post = Post::open().await;
    let id = post.started(people(&["a@example.com", "b@example.com"])).await;
    assert!(post.tick(&id).await);
    let refused = post.letter(&id, "a@example.com").await;
    post.failed(refused).await;
    post.stop(&id).await;
    let retried = post.retry(&id).await;
    assert_eq!((retried.state(), retried.counts.unwrap().waiting), (MailingState::Stopped, 2));
    assert!(!post.tick(&id).await);
    assert_eq!(post.letters().await, 1, "the refused one alone");
}

#[tokio::test]
async fn a_mailing_whose_account_is_deleted_stops_itself() {
    let post = Post::open().await;
    let id = post.started(people(&["a@example.com"])).await;
    let sql = "update inbox.account set deleted_at = now() where account_id = $1";
    sqlx::query(sql).bind(post.office.account.0).execute(&post.office.pool).await.unwrap();
    assert!(!post.tick(&id).await);
    let state = "select count(*) from inbox.mailing where state = 3";
    assert_eq!((post.office.count(state).await, post.letters().await), (1, 0));
}

#[tokio::test]
async fn only_what_was_surely_not_sent_is_tried_again() {
    let post = Post::open().await;
    let id = post.started(people(&["a@example.com", "b@example.com"])).await;
    post.run(&id).await;
    let (came_back, refused) = (post.letter(&id, "a@example.com").await, post.letter(&id, "b@example.com").await);
    post.sent(came_back, "id:1").await;
    let bounce = Receipt {
        status: ReceiptStatus::Failed.into(),
        provider_keys: vec!["id:1".to_owned()],
        failure: Some(Failure { reason: FailureReason::Undeliverable.into(), ..Failure::default() }),
        ..Receipt::default()
    };
    let bounce = Inbound { key: "bounce".into(), body: Some(Body::Receipt(bounce)), ..Inbound::default() };
    post.office.facts(vec![bounce]).await;
    post.failed(refused).await;
    let counts = post.counts(&id).await;
    assert_eq!((counts.failed, counts.retryable), (2, 1));
    let running = post.retry(&id).await.counts.unwrap();
    assert_eq!((running.waiting, running.failed), (1, 1));
    post.run(&id).await;
    assert_ne!(post.letter(&id, "b@example.com").await, refused);
    assert_eq!(post.retry(&id).await.counts.unwrap().queued, 1, "there is nobody to try again");
}

#[tokio::test]
async fn a_crash_between_makes_no_letter_and_loses_none() {
    let post = Post::open().await;
    let id = post.started(people(&["a@example.com"])).await;
    let mut tx = post.office.pool.begin().await.unwrap();
    mailings::tick(&mut tx, Some(&post.leaving), id.parse().unwrap()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!((post.counts(&id).await.waiting, post.letters().await), (1, 0));
    post.run(&id).await;
    assert_eq!(post.letters().await, 1);
    // A backup from before the letter, into which its receipt came back.
    let letter = post.letter(&id, "a@example.com").await;
    post.sent(letter, "id:1").await;
    let token = post.token(letter).await;
    let sql = "update inbox.mailing_recipient set state = 1, attempt = 0, message_id = null, token_sha256 = null";
    sqlx::query(sql).execute(&post.office.pool).await.unwrap();
    sqlx::query("update inbox.mailing set state = 2").execute(&post.office.pool).await.unwrap();
    post.run(&id).await;
    assert_eq!((post.counts(&id).await.sent, post.letters().await), (1, 1));
    post.leave(&token).await.expect("the link in the letter that went still holds");
}

#[tokio::test]
async fn no_more_than_a_few_are_on_their_way_at_once() {
    let post = Post::open().await;
    let addresses: Vec<String> = (0..30).map(|n| format!("a{n}@example.com")).collect();
    let id = post.started(people(&addresses.iter().map(String::as_str).collect::<Vec<_>>())).await;
    for _ in 0..6 {
        assert!(post.tick(&id).await);
    }
    assert_eq!(post.letters().await, 4);
    post.sent(post.letter(&id, "a0@example.com").await, "id:1").await;
    assert!(post.tick(&id).await);
    assert_eq!(post.letters().await, 5);
    // One that waits for another try takes nobody's place.
    let later = sqlx::query("update inbox.message set retry_at = now() + interval '10 min' where message_id = $1");
    let greylisted = post.letter(&id, "a1@example.com").await;
    later.bind(greylisted.0).execute(&post.office.pool).await.unwrap();
    assert!(post.tick(&id).await);
    assert_eq!(post.letters().await, 6);
}

#[tokio::test]
async fn mailings_are_of_administrators_and_heads() {
    let post = Post::open().await;
    let operator = post.office.operator("Оля", post.office.sales).await;
    let stranger = post.office.head("Чужой", post.office.service).await;
    let administrator = post.office.administrator("Админ").await;
    let to = || people(&["a@example.com"]);
    let id = post.started(to()).await;
    for other in [&operator, &stranger] {
        let refusal = post.create(other, post.draft(), to()).await.unwrap_err();
        assert_eq!(refusal.code(), Code::PermissionDenied);
        assert!(refusal.message().contains("head"), "{refusal:?}");
        assert_eq!(reason(&post.start(other, &id).await.unwrap_err()), ErrorReason::MailingNotFound);
        let list = post.api.list_mailings(other.request(ListMailingsRequest::default())).await.unwrap().into_inner();
        assert!(list.mailings.is_empty());
    }
    let list = post.api.list_unsubscribed(operator.request(ListUnsubscribedRequest::default())).await;
    assert_eq!(list.unwrap_err().code(), Code::PermissionDenied);
    let list =
        post.api.list_mailings(administrator.request(ListMailingsRequest::default())).await.unwrap().into_inner();
    assert_eq!((list.mailings.len(), list.may_create, list.public_url_set), (1, true, true));
    let audited = "select count(*) from inbox.audit where object_kind = 'mailing' and action in ('created', 'started')";
    assert_eq!(post.office.count(audited).await, 2);
}

#[tokio::test]
async fn in_a_personal_account_its_owner_alone_has_mailings() {
    let post = Post::open().await;
    let owner = post.office.operator("Оля", post.office.sales).await;
    let administrator = post.office.administrator("Админ").await;
    let account = AccountId::new();
    let sql = "insert into inbox.account (account_id, channel, name, department_id, owner_employee_id)
               values ($1, 'test', 'Личный', $2, $3)";
    let query = sqlx::query(sql).bind(account.0).bind(post.office.sales.0).bind(owner.employee().unwrap().0);
    query.execute(&post.office.pool).await.unwrap();
    let mailing = Mailing { account_id: account.to_string(), ..post.draft() };
    let to = || people(&["a@example.com"]);
    let by_administrator = post.create(&administrator, mailing.clone(), to()).await.unwrap_err();
    assert_eq!(by_administrator.code(), Code::PermissionDenied);
    assert_eq!(
        reason(&post.create(&post.head, mailing.clone(), to()).await.unwrap_err()),
        ErrorReason::AccountNotFound
    );
    let id = post.create(&owner, mailing, to()).await.unwrap().mailing_id;
    post.start(&owner, &id).await.unwrap();
    post.run(&id).await;
    assert_eq!(post.letters().await, 1);
    let list =
        post.api.list_mailings(administrator.request(ListMailingsRequest::default())).await.unwrap().into_inner();
    assert!(list.mailings.is_empty(), "nobody else learns of it");
    let letter = sqlx::query_scalar("select message_id from inbox.message where automatic = 2");
    let letter: Uuid = letter.fetch_one(&post.office.pool).await.unwrap();
    post.leave(&post.token(MessageId(letter)).await).await.unwrap();
    let listed = async |by: &Caller| {
        let list = post.api.list_unsubscribed(by.request(ListUnsubscribedRequest::default())).await.unwrap();
        list.into_inner().unsubscribed.len()
    };
    assert_eq!((listed(&owner).await, listed(&administrator).await, listed(&post.head).await), (1, 0, 0));
    let remove = || RemoveUnsubscribedRequest { address: "a@example.com".to_owned() };
    post.api.remove_unsubscribed(administrator.request(remove())).await.unwrap();
    assert_eq!(listed(&owner).await, 1, "what one does not see one does not change");
    post.api.remove_unsubscribed(owner.request(remove())).await.unwrap();
    assert_eq!(listed(&owner).await, 0);
    let told = "select count(*) from inbox.audit where object_kind = 'mailing' and after ->> 'name' is not null";
    assert_eq!(post.office.count(told).await, 0);
}

#[tokio::test]
async fn a_channel_of_chats_has_no_mailings_and_an_id_is_used_once() {
    let post = Post::open().await;
    let request_id = Uuid::now_v7().to_string();
    let request = |name: &str, recipients| CreateMailingRequest {
        request_id: request_id.clone(),
        mailing: Some(Mailing { name: name.to_owned(), ..post.draft() }),
        recipients,
    };
    let create = async |name: &str, by: &Caller| {
        let answer = post.api.create_mailing(by.request(request(name, people(&["a@example.com"])))).await;
        answer.map(|made| made.into_inner().mailing.unwrap())
    };
    let made = create("Первая", &post.head).await.unwrap();
    assert_eq!(create("Вторая", &post.head).await.unwrap().name, made.name, "repeated, it is what is there");
    let other = post.office.administrator("Админ").await;
    assert_eq!(create("Третья", &other).await.unwrap_err().code(), Code::InvalidArgument);
    post.office.channel_can(channel()).await;
    let refusal = post.create(&post.head, post.draft(), Vec::new()).await.unwrap_err();
    assert_eq!(reason(&refusal), ErrorReason::ChannelCannot);
    assert_eq!(made.counts.unwrap().total, 1);
}
