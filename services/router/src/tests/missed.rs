//! `okno.ask.missed`: what a person is told, and who may ask.

use std::time::Duration;

use bus::{
    AskError, Asker, Bus, BusConfig,
    permissions::{User, authorization},
};
use contracts::{
    channel::{
        AskMissedRequest, AskMissedResponse, AskPositionRequest, AskPositionResponse, Content, Deletion, Edit,
        FormField, Inbound, Message, PeerMessage, ReceiptStatus, inbound::Body,
    },
    inbox::{AddNoteRequest, conversation_service_server::ConversationService},
};
use model::{AccountId, MessageId};
use rpc::{Caller, timestamp};
use testkit::servers::{NatsOptions, NatsServer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::office::{Dialog, Office, receipt, says, shows};
use crate::questions::{self, QuestionError, missed};

const ROOM: usize = 1 << 20;

impl Office {
    async fn missed(&self, question: AskMissedRequest) -> AskMissedResponse {
        self.asked(&asker("test"), question).await.unwrap()
    }

    async fn asked(&self, asker: &Asker, question: AskMissedRequest) -> Result<AskMissedResponse, QuestionError> {
        let account_id =
            if question.account_id.is_empty() { self.account.to_string() } else { question.account_id.clone() };
        missed::answer(&self.pool, ROOM, asker, AskMissedRequest { account_id, ..question }).await
    }

    async fn id_of(&self, text: &str) -> String {
        let sql = "select message_id from inbox.message where text = $1";
        sqlx::query_scalar::<_, Uuid>(sql).bind(text).fetch_one(&self.pool).await.unwrap().to_string()
    }
}

fn asker(channel: &str) -> Asker {
    Asker::Channel(channel.parse().unwrap())
}

fn newest(address: &str) -> AskMissedRequest {
    AskMissedRequest { addresses: vec![address.to_owned()], ..AskMissedRequest::default() }
}

fn texts(answer: &AskMissedResponse) -> Vec<&str> {
    answer.messages.iter().map(text).collect()
}

fn text(message: &PeerMessage) -> &str {
    &message.content.as_ref().unwrap().text
}

/// A dialog of `n` turns: the customer's "1", ours "1!", and so on.
async fn dialog(office: &Office, by: &Caller, turns: usize) -> Dialog {
    let dialog = office.taken(by, "visitor").await;
    for n in 1..=turns {
        office.facts(vec![says("visitor", &n.to_string())]).await;
        office.sent(by, &dialog, &format!("{n}!"), &format!("key-{n}")).await;
    }
    dialog
}

#[tokio::test]
async fn a_person_is_told_what_was_said_and_nothing_else() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = dialog(&office, &anna, 1).await;
    let note = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        text: "между нами".into(),
        ..AddNoteRequest::default()
    };
    office.conversations.add_note(anna.request(note)).await.unwrap();
    office.send(&anna, &dialog, "стоит в очереди").await;
    for (text, status) in [("не ушло", 7), ("отменено", 8), ("неизвестно", 3), ("уходит", 2)]
    {
        let id = office.send(&anna, &dialog, text).await;
        let sql = "update inbox.message set status = $2 where message_id = $1";
        sqlx::query(sql).bind(id.0).bind(status).execute(&office.pool).await.unwrap();
    }
    let answer = office.missed(newest("visitor")).await;
    assert_eq!(texts(&answer), ["Здравствуйте", "1", "1!"]);
    assert_eq!((answer.conversation_id.as_str(), answer.more, answer.unread), (dialog.id.as_str(), false, 1));
    let [_, theirs, ours] = answer.messages.as_slice() else { panic!("three") };
    assert_eq!((theirs.own, theirs.author_name.as_str(), theirs.read), (false, "", true), "answered, so it was read");
    assert_eq!((ours.own, ours.author_name.as_str(), ours.read), (true, "Анна", false));
    assert_eq!(ours.message_key, "key-1");
    let read = receipt(ours.message_id.parse().unwrap(), ReceiptStatus::Read, &[]);
    office.facts(vec![read]).await;
    let answer = office.missed(newest("visitor")).await;
    assert!(answer.messages[2].read && answer.unread == 0);
}

#[tokio::test]
async fn whoever_knows_a_message_is_told_what_came_after_and_what_changed() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    dialog(&office, &anna, 12).await;
    let known = office.id_of("10").await;
    let after = || AskMissedRequest { after_message_id: known.clone(), ..newest("visitor") };
    let answer = office.missed(after()).await;
    assert_eq!(texts(&answer), ["8", "8!", "9", "9!", "10", "10!", "11", "11!", "12", "12!"], "with a little overlap");
    // The first message is edited, the second is deleted, and one comes that belongs between old ones.
    let [first, second] = [office.id_of("1").await, office.id_of("2").await];
    let sql = "select message_key from inbox.message where message_id = $1::uuid";
    let key = async |id: &str| -> String { sqlx::query_scalar(sql).bind(id).fetch_one(&office.pool).await.unwrap() };
    let now = Some(timestamp(chrono::Utc::now()));
    let content = Some(Content { text: "один".into(), ..Content::default() });
    let edit = Body::Edit(Edit { content, edited_at: now });
    let edit = Inbound { key: "edit".into(), message_key: key(&first).await, body: Some(edit), ..Inbound::default() };
    let deletion = Body::Deletion(Deletion::default());
    let deletion =
        Inbound { key: "del".into(), message_key: key(&second).await, body: Some(deletion), ..Inbound::default() };
    let late = Inbound {
        shown_at: Some(timestamp(chrono::Utc::now() - chrono::TimeDelta::hours(1))),
        ..says("visitor", "поздно")
    };
    office.facts(vec![edit, deletion, late]).await;
    let answer = office.missed(AskMissedRequest { limit: 2, ..after() }).await;
    assert_eq!(
        texts(&answer),
        ["поздно", "один", "", "8", "8!", "9", "9!", "10", "10!", "11"],
        "in the thread's order"
    );
    assert!(answer.more, "a page of what came after is two");
    assert!(answer.messages[2].deleted && answer.messages[1].edited_at.is_some());
    let last = AskMissedRequest { after_message_id: office.id_of("12!").await, ..newest("visitor") };
    assert!(!office.missed(last).await.more);
}

#[tokio::test]
async fn older_pages_lead_to_the_beginning() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    dialog(&office, &anna, 4).await;
    let mut page = office.missed(AskMissedRequest { limit: 4, ..newest("visitor") }).await;
    let mut all: Vec<String> = texts(&page).into_iter().map(str::to_owned).collect();
    while page.more {
        let before_message_id = page.messages[0].message_id.clone();
        page = office.missed(AskMissedRequest { limit: 4, before_message_id, ..newest("visitor") }).await;
        all = texts(&page).into_iter().map(str::to_owned).chain(all).collect();
    }
    assert_eq!(all, ["Здравствуйте", "1", "1!", "2", "2!", "3", "3!", "4", "4!"]);
}

#[tokio::test]
async fn files_come_with_where_they_lie_and_never_with_how_they_are_fetched() {
    let office = Office::open().await;
    office.facts(vec![shows("visitor")]).await;
    let form = vec![FormField { name: "name".into(), title: "Имя".into(), value: "Анна".into() }];
    let content = Some(Content { form: form.clone(), ..Content::default() });
    office.facts(vec![Inbound { body: Some(Body::Message(Message { content })), ..says("visitor", "") }]).await;
    let pending = office.missed(newest("visitor")).await;
    let file = &pending.messages[0].content.as_ref().unwrap().attachments[0];
    assert_eq!((file.object_key.as_str(), file.remote_ref.as_str()), ("", ""));
    sqlx::query("update inbox.attachment set state = 2, object_key = 'in/a/b'").execute(&office.pool).await.unwrap();
    let stored = office.missed(newest("visitor")).await;
    let file = &stored.messages[0].content.as_ref().unwrap().attachments[0];
    assert_eq!((file.object_key.as_str(), file.remote_ref.as_str(), file.width), ("in/a/b", "", 320));
    assert_eq!(stored.messages[1].content.as_ref().unwrap().form, form);
}

#[tokio::test]
async fn a_person_is_found_by_any_of_their_addresses_and_by_joined_ones() {
    let office = Office::open().await;
    office.writes("device-1", "с телефона").await;
    office.writes("device-2", "с ноутбука").await;
    office.writes("stranger", "чужое").await;
    let both = AskMissedRequest {
        addresses: ["device-1", "device-2", "nobody"].map(str::to_owned).into(),
        ..AskMissedRequest::default()
    };
    assert_eq!(texts(&office.missed(both).await), ["с телефона", "с ноутбука"]);
    let join = "update inbox.contact_point set joined_into =
                    (select contact_point_id from inbox.contact_point where address = 'device-2')
                where address = 'device-1'";
    sqlx::query(join).execute(&office.pool).await.unwrap();
    for address in ["device-1", "device-2"] {
        assert_eq!(texts(&office.missed(newest(address)).await), ["с телефона", "с ноутбука"], "{address}");
    }
    assert_eq!(office.missed(newest("nobody")).await, AskMissedResponse::default());
    let elsewhere = AskMissedRequest { scope: "other".into(), ..newest("device-1") };
    assert_eq!(office.missed(elsewhere).await, AskMissedResponse::default());
}

#[tokio::test]
async fn a_wrong_question_is_refused_in_words() {
    let office = Office::open().await;
    office.writes("visitor", "Здравствуйте").await;
    office.writes("stranger", "чужое").await;
    let foreign = office.id_of("чужое").await;
    let many = AskMissedRequest { addresses: vec!["a".into(); 5], ..AskMissedRequest::default() };
    let both =
        AskMissedRequest { after_message_id: foreign.clone(), before_message_id: foreign.clone(), ..newest("visitor") };
    let wrong = [
        ("account_id", AskMissedRequest { account_id: "7".into(), ..newest("visitor") }),
        ("account_id", AskMissedRequest { account_id: AccountId::new().to_string(), ..newest("visitor") }),
        ("addresses", AskMissedRequest::default()),
        ("addresses", many),
        ("addresses", newest("")),
        ("addresses", newest(&"x".repeat(257))),
        ("scope", AskMissedRequest { scope: "x".repeat(257), ..newest("visitor") }),
        ("after_message_id", AskMissedRequest { after_message_id: "7".into(), ..newest("visitor") }),
        ("before_message_id", AskMissedRequest { before_message_id: foreign.clone(), ..newest("visitor") }),
        ("before_message_id", both),
    ];
    for (field, question) in wrong {
        match office.asked(&asker("test"), question.clone()).await {
            Err(QuestionError::Refused(why)) => assert!(why.starts_with(field), "{why} for {question:?}"),
            other => panic!("{other:?} for {question:?}"),
        }
    }
    let lost = AskMissedRequest { after_message_id: foreign, ..newest("visitor") };
    assert_eq!(texts(&office.missed(lost).await), ["Здравствуйте"], "what it knew is not there: the newest page");
}

#[tokio::test]
async fn a_channel_asks_about_its_own_accounts_only() {
    let office = Office::open().await;
    office.writes("visitor", "Здравствуйте").await;
    assert!(office.asked(&asker("test"), newest("visitor")).await.is_ok());
    assert!(office.asked(&Asker::Service, newest("visitor")).await.is_ok());
    let refused = office.asked(&asker("telegram"), newest("visitor")).await.unwrap_err();
    assert!(matches!(refused, QuestionError::Refused(_)), "{refused}");
}

#[tokio::test]
async fn over_the_bus_who_asks_is_told_by_where_the_answer_goes() {
    let office = Office::open().await;
    office.writes("visitor", "Здравствуйте").await;
    let user = |name: &str, channel: Option<&str>| User {
        name: name.to_owned(),
        password: "p".to_owned(),
        channel: channel.map(|name| name.parse().unwrap()),
    };
    let users = [user("okno", None), user("test", Some("test")), user("telegram", Some("telegram"))];
    let config_extra = Some(authorization(&users));
    let nats = NatsServer::start(NatsOptions { config_extra, ..NatsOptions::default() }).await.unwrap();
    let connect = async |user: &User| {
        let url = nats.url_as(&user.name, &user.password);
        let config = BusConfig { url, name: user.name.clone(), channel: user.channel.clone() };
        Bus::connect(&config).await.unwrap()
    };
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let router = connect(&users[0]).await;
    questions::answer(&office.pool, &router, &tasks, &stop).await.unwrap();
    router.client.flush().await.unwrap();
    let question = AskMissedRequest { account_id: office.account.to_string(), ..newest("visitor") };
    let ask = async |user: &User| -> Result<AskMissedResponse, AskError> {
        let bus = connect(user).await;
        bus::ask(&bus, bus::names::question("missed"), &question, Duration::from_secs(10)).await
    };
    assert_eq!(texts(&ask(&users[1]).await.unwrap()), ["Здравствуйте"]);
    let refused = ask(&users[2]).await.unwrap_err();
    assert!(matches!(&refused, AskError::Refused { why, .. } if why.starts_with("account_id")), "{refused}");
    let position = AskPositionRequest { account_id: office.account.to_string(), stream: "updates".into() };
    let subject = bus::names::question("position");
    let bus = connect(&users[2]).await;
    let refused: Result<AskPositionResponse, _> = bus::ask(&bus, subject, &position, Duration::from_secs(10)).await;
    assert!(matches!(refused, Err(AskError::Refused { .. })));
    stop.cancel();
}
