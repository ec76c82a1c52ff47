//! The feed of a client over the whole of Okno: what was said in a dialog, and ten thousand of it.

use std::time::{Duration, Instant};

use contracts::{
    crm::{Client, ClientKind, CreateClientRequest, FeedFilter, FeedKind, FeedState, ListClientFeedRequest},
    inbox::{AddNoteRequest, SendMessageRequest},
};
use uuid::Uuid;

use crate::stage::Stage;

const MANY: i64 = 10_000;

impl Stage {
    /// The person of a dialog becomes a client.
    async fn client_of(&self, conversation: &str) -> String {
        let person = self.operator.conversation(conversation).await.expect("a dialog").person.expect("a person");
        let client =
            Client { name: "ООО «Ромашка»".into(), kind: ClientKind::Company.into(), ..Client::default() };
        let request = CreateClientRequest {
            request_id: Uuid::now_v7().to_string(),
            client: Some(client),
            contact_point_id: person.contact_point_id,
            force: false,
        };
        let made = self.operator.clients().create_client(request).await.expect("made");
        made.into_inner().client.expect("a client").client_id
    }

    async fn feed(&self, client: &str, token: &str, filter: FeedFilter) -> contracts::crm::ListClientFeedResponse {
        let request = ListClientFeedRequest {
            client_id: client.to_owned(),
            page_token: token.to_owned(),
            filter: Some(filter),
            ..ListClientFeedRequest::default()
        };
        self.operator.client_feed().list_client_feed(request).await.expect("a feed").into_inner()
    }
}

// acceptance: CL-4, XC-4
#[tokio::test]
async fn the_feed_of_a_client_holds_what_its_dialogs_hold_and_opens_with_ten_thousand_entries() {
    let stage = Stage::set().await;
    let (_, conversation) = stage.talk(1).await;
    let client = stage.client_of(&conversation).await;
    let note = AddNoteRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: conversation.clone(),
        text: "Просит скидку".into(),
        ..AddNoteRequest::default()
    };
    stage.operator.conversations().add_note(note).await.unwrap();
    let later = SendMessageRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: conversation.clone(),
        text: "Напомним завтра".into(),
        not_before: Some(rpc::timestamp(chrono::Utc::now() + chrono::Duration::hours(20))),
        ..SendMessageRequest::default()
    };
    stage.operator.try_send(later).await.unwrap();

    let page = stage.feed(&client, "", FeedFilter::default()).await;
    let plan = &page.plans[0];
    assert_eq!((plan.text.as_str(), plan.state()), ("Напомним завтра", FeedState::Planned));
    assert_eq!((page.conversation_ids.as_slice(), page.hidden_conversations), ([conversation.clone()].as_slice(), 0));
    let of = |kind: FeedKind| page.entries.iter().find(|entry| entry.kind() == kind).expect("an entry of each kind");
    let (said, noted, asked) = (of(FeedKind::Message), of(FeedKind::Note), of(FeedKind::Request));
    assert_eq!((said.text.as_str(), said.facts["channel"].as_str()), ("Здравствуйте", "telegram"));
    assert_eq!((noted.text.as_str(), &noted.employee_id), ("Просит скидку", &stage.operator.employee_id));
    assert_eq!((&asked.employee_id, &asked.conversation_id), (&stage.operator.employee_id, &conversation));

    sqlx::query(
        "insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, direction, kind, text)
         select c.conversation_id, 1000 + n, gen_random_uuid(), c.account_id, now() - n * interval '1 hour', 1, 1,
                'Вопрос номер ' || n
         from inbox.conversation c, generate_series(1, $2) n where c.conversation_id = $1",
    )
    .bind(conversation.parse::<Uuid>().unwrap())
    .bind(MANY)
    .execute(&stage.world.pool)
    .await
    .unwrap();
    sqlx::query("analyze inbox.message").execute(&stage.world.pool).await.unwrap();
    let began = Instant::now();
    let first = stage.feed(&client, "", FeedFilter::default()).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(1), "the first page took {took:?}");
    assert_eq!(first.entries.len(), 50);
    let began = Instant::now();
    let query = FeedFilter { query: "номер 9999".into(), ..FeedFilter::default() };
    let found = stage.feed(&client, "", query).await;
    assert_eq!((found.entries.len(), found.plans.len()), (1, 1));
    let searched = began.elapsed();
    assert!(searched < Duration::from_secs(1), "a search took {searched:?}");
    println!("10,000 entries: the first page in {took:?}, a search in {searched:?}");
    let second = stage.feed(&client, &first.next_page_token, FeedFilter::default()).await;
    let times = |page: &contracts::crm::ListClientFeedResponse| -> Vec<_> {
        page.entries.iter().map(|entry| entry.at.map(|at| (at.seconds, at.nanos))).collect()
    };
    assert!(times(&first).last() > times(&second).first());

    // A page reads as much as it shows, from an index that is there for dialogs.
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select * from inbox_read.feed_message where anchor_id = $1 and state <> 2 and at <= now()
         order by at desc, entry_id desc limit 51",
    )
    .bind(conversation.parse::<Uuid>().unwrap())
    .fetch_all(&stage.world.pool)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Scan Backward using message_thread"), "{plan}");
    assert!(plan.contains("Presorted Key"), "{plan}");
}
