//! Lists, threads, read marks and drafts.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{Capabilities, Order, Signal, SignalKind, order::Body},
    errors::ErrorReason,
    inbox::{
        AddNoteRequest, BatchGetConversationsRequest, Conversation, ConversationOrder, ConversationView,
        CountConversationsRequest, Draft, GetDraftRequest, ListConversationsRequest, ListMessagesRequest,
        ListMessagesResponse, MarkConversationReadRequest, Message, MessageStatus, OpenFilter, SaveDraftRequest,
        SignalTypingRequest, conversation_service_server::ConversationService,
    },
    live::event::What,
};
use futures::StreamExt as _;
use model::MessageId;
use prost::Message as _;
use rpc::Caller;
use tonic::{Code, Response, Status};

use super::office::{Dialog, Office, channel, id_of, reason, says};

impl Office {
    async fn list(&self, by: &Caller, request: ListConversationsRequest) -> (Vec<Conversation>, String) {
        let page = self.conversations.list_conversations(by.request(request)).await.unwrap().into_inner();
        (page.conversations, page.next_page_token)
    }

    async fn names(&self, by: &Caller, request: ListConversationsRequest) -> Vec<String> {
        let (rows, _) = self.list(by, request).await;
        rows.into_iter().map(|row| row.person.unwrap().address).collect()
    }

    async fn thread(&self, by: &Caller, dialog: &Dialog, request: ListMessagesRequest) -> ListMessagesResponse {
        let request = ListMessagesRequest { conversation_id: dialog.id.clone(), ..request };
        self.conversations.list_messages(by.request(request)).await.unwrap().into_inner()
    }

    async fn read(&self, by: &Caller, dialog: &Dialog, seq: u64, unread: bool) -> u32 {
        let request = MarkConversationReadRequest { conversation_id: dialog.id.clone(), seq, unread };
        self.conversations.mark_conversation_read(by.request(request)).await.unwrap().into_inner().unread
    }

    async fn save(&self, by: &Caller, draft: Draft) -> Result<Option<Draft>, Status> {
        let request = SaveDraftRequest { draft: Some(draft) };
        self.conversations.save_draft(by.request(request)).await.map(Response::into_inner).map(|r| r.draft)
    }

    async fn draft(&self, by: &Caller, dialog: &Dialog) -> Option<Draft> {
        let request = GetDraftRequest { conversation_id: dialog.id.clone() };
        self.conversations.get_draft(by.request(request)).await.unwrap().into_inner().draft
    }
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.content.as_ref().unwrap().text.as_str()).collect()
}

#[tokio::test]
async fn a_list_row_is_whole() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    office.responsible(&anna, "1").await;
    let row = office.row(&anna, &dialog).await.unwrap();
    assert_eq!((row.channel.as_str(), row.account_name.as_str(), row.unread), ("test", "Тест", 1));
    let person = row.person.unwrap();
    assert_eq!((person.display_name.as_str(), person.client_name.as_str()), ("Покупатель 1", "Клиент"));
    assert_eq!(person.responsible_employee_id, id_of(&anna));
    let request = row.request.unwrap();
    assert_eq!((request.assignee_name.as_str(), request.number), ("Анна", 1));
    let last = row.last_message.unwrap();
    assert_eq!((last.text.as_str(), last.direction), ("Здравствуйте", 1));
    assert!(row.can_reply && row.waiting_since.is_some() && !row.has_draft);
}

#[tokio::test]
async fn a_list_is_paged_without_gaps_while_it_moves() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    for n in 0..7 {
        office.writes(&n.to_string(), "Здравствуйте").await;
    }
    let (first, token) = office.list(&anna, ListConversationsRequest { page_size: 3, ..Default::default() }).await;
    office.writes("0", "Ещё").await; // moves to the top: the pages below stay as they are
    let mut seen: Vec<String> = first.into_iter().map(|row| row.person.unwrap().address).collect();
    let mut token = token;
    while !token.is_empty() {
        let request = ListConversationsRequest { page_size: 3, page_token: token, ..Default::default() };
        let (page, next) = office.list(&anna, request).await;
        seen.extend(page.into_iter().map(|row| row.person.unwrap().address));
        token = next;
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1"]);
    assert_eq!(office.names(&anna, ListConversationsRequest::default()).await[0], "0");
}

#[tokio::test]
async fn a_page_token_belongs_to_its_query_and_its_reader() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    office.writes("1", "Здравствуйте").await;
    office.writes("2", "Здравствуйте").await;
    let (_, page_token) = office.list(&anna, ListConversationsRequest { page_size: 1, ..Default::default() }).await;
    let other =
        ListConversationsRequest { page_token: page_token.clone(), channel: "test".into(), ..Default::default() };
    let refused = office.conversations.list_conversations(anna.request(other)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, ErrorReason::PageToken));
    let same = ListConversationsRequest { page_token, ..Default::default() };
    assert!(office.conversations.list_conversations(boris.request(same)).await.is_err());
    let negative = ListConversationsRequest { page_size: -1, ..Default::default() };
    assert!(office.conversations.list_conversations(anna.request(negative)).await.is_err());
}

#[tokio::test]
async fn views_and_filters_show_what_they_say() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    office.taken(&anna, "mine").await;
    office.taken(&boris, "his").await;
    office.writes("free", "Здравствуйте").await;
    let head = office.head("Глава", office.sales).await;
    let view = |view: ConversationView| ListConversationsRequest { view: view.into(), ..Default::default() };
    assert_eq!(office.names(&anna, view(ConversationView::Mine)).await, ["mine"]);
    assert_eq!(office.names(&anna, view(ConversationView::Unassigned)).await, ["free"]);
    assert_eq!(office.names(&anna, view(ConversationView::All)).await, ["free", "mine"]);
    assert_eq!(office.names(&head, view(ConversationView::All)).await, ["free", "his", "mine"]);
    assert!(office.names(&anna, view(ConversationView::Mentions)).await.is_empty());
    let of = ListConversationsRequest { assignee_employee_id: id_of(&boris), ..Default::default() };
    assert_eq!(office.names(&head, of).await, ["his"]);
    let open = |open: OpenFilter| ListConversationsRequest { open: open.into(), ..Default::default() };
    assert_eq!(office.names(&head, open(OpenFilter::Open)).await.len(), 3);
    assert!(office.names(&head, open(OpenFilter::Closed)).await.is_empty());
    let channel = ListConversationsRequest { channel: "fax".into(), ..Default::default() };
    assert!(office.names(&head, channel).await.is_empty());
    let account = ListConversationsRequest { account_id: office.account.to_string(), ..Default::default() };
    assert_eq!(office.names(&head, account).await.len(), 3);
}

#[tokio::test]
async fn who_has_waited_longest_comes_first() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let first = office.taken(&anna, "first").await;
    office.taken(&anna, "second").await;
    office.writes("first", "Ау!").await; // still waits since the first message
    let waiting = ListConversationsRequest { order: ConversationOrder::Waiting.into(), ..Default::default() };
    assert_eq!(office.names(&anna, waiting.clone()).await, ["first", "second"]);
    office.send(&anna, &first, "Сейчас").await;
    assert_eq!(office.names(&anna, waiting.clone()).await, ["second", "first"], "who was answered does not wait");
    let (page, token) = office.list(&anna, ListConversationsRequest { page_size: 1, ..waiting.clone() }).await;
    assert_eq!(page[0].person.as_ref().unwrap().address, "second");
    let rest = ListConversationsRequest { page_size: 1, page_token: token, ..waiting };
    assert_eq!(office.names(&anna, rest).await, ["first"]);
}

#[tokio::test]
async fn people_are_found_by_name_phone_address_client_and_last_words() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.writes("ivanov", "Где мой заказ 100%_\\?").await;
    office.writes("petrov", "Спасибо").await;
    let rename = "update inbox.contact_point set display_name = 'Семён Иванов',
                  aliases = '[{\"kind\": 1, \"value\": \"+79990000001\"}]' where address = 'ivanov'";
    sqlx::query(rename).execute(&office.pool).await.unwrap();
    office.responsible(&anna, "petrov").await;
    for (query, found) in [
        ("семен", vec!["ivanov"]),
        ("ИВАНОВ", vec!["ivanov"]),
        ("8 (999) 000-00-01", vec!["ivanov"]),
        ("00-01", vec!["ivanov"]),
        ("petr", vec!["petrov"]),
        ("клиент", vec!["petrov"]),
        ("заказ 100%_\\", vec!["ivanov"]),
        ("100%x", vec![]),
        ("value", vec![]),
    ] {
        let request = ListConversationsRequest { query: query.to_owned(), ..Default::default() };
        assert_eq!(office.names(&anna, request).await, found, "{query}");
    }
    let long = ListConversationsRequest { query: "ж".repeat(201), ..Default::default() };
    assert!(office.conversations.list_conversations(anna.request(long)).await.is_err());
}

#[tokio::test]
async fn unread_is_counted_by_marks_and_told_only_to_the_reader() {
    let office = Office::open().await;
    let (anna, head) = (office.operator("Анна", office.sales).await, office.head("Глава", office.sales).await);
    let dialog = office.taken(&anna, "1").await; // seq 1; the line "assigned" is seq 2
    office.facts(vec![says("1", "два"), says("1", "три")]).await;
    let unread = async |by: &Caller| office.row(by, &dialog).await.unwrap().unread;
    assert_eq!(unread(&anna).await, 3);
    office.read(&anna, &dialog, 1, false).await;
    office.events().await;
    assert_eq!(office.read(&anna, &dialog, 3, false).await, 1);
    let events = office.events().await;
    assert_eq!(events.len(), 1);
    let What::ReadMarkChanged(mark) = &events[0].0 else { panic!("{events:?}") };
    assert_eq!((mark.seq, events[0].1.employee_ids.clone()), (3, vec![id_of(&anna)]));
    assert!(events[0].1.department_ids.is_empty());

    assert_eq!(office.read(&anna, &dialog, 2, false).await, 1, "only forward");
    assert!(office.events().await.is_empty());
    assert_eq!((unread(&anna).await, unread(&head).await), (1, 3), "each reader has an own mark");
    assert_eq!(office.read(&anna, &dialog, 3, true).await, 2, "back on demand, to before that message");
    assert_eq!(office.read(&anna, &dialog, u64::MAX, false).await, 0);
    assert_eq!(office.thread(&anna, &dialog, ListMessagesRequest::default()).await.read_seq, 4, "never beyond the end");
    office.facts(vec![says("1", "четыре")]).await;
    assert_eq!(unread(&anna).await, 1);
}

#[tokio::test]
async fn the_person_is_told_read_by_who_answers_only() {
    let office = Office::open().await;
    let (anna, head) = (office.operator("Анна", office.sales).await, office.head("Глава", office.sales).await);
    let dialog = office.taken(&anna, "1").await;
    let orders = "select count(*) from inbox.outgoing where kind = 13";
    office.read(&anna, &dialog, 1, false).await;
    assert_eq!(office.count(orders).await, 0, "the channel does not show it");
    office.channel_can(Capabilities { marks_read: true, ..channel() }).await;
    office.facts(vec![says("1", "два"), says("1", "три")]).await;
    office.read(&head, &dialog, 9, false).await;
    assert_eq!(office.count(orders).await, 0, "a head looks in");
    office.read(&anna, &dialog, 9, false).await;
    let payload: Vec<u8> =
        sqlx::query_scalar("select payload from inbox.outgoing where kind = 13").fetch_one(&office.pool).await.unwrap();
    let order = Order::decode(payload.as_slice()).unwrap();
    let Some(Body::MarkRead(read)) = order.body else { panic!("{order:?}") };
    assert_eq!((read.message_keys.len(), order.target.unwrap().address.as_str()), (2, "1"));
    office.read(&anna, &dialog, 9, false).await;
    office.read(&anna, &dialog, 3, true).await;
    assert_eq!(office.count(orders).await, 1, "once, and never back");
}

#[tokio::test]
async fn counters_count_open_work() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let dialog = office.taken(&anna, "1").await;
    office.taken(&anna, "2").await;
    office.read(&anna, &dialog, 9, false).await;
    office.writes("3", "Здравствуйте").await;
    let his = office.taken(&boris, "4").await;
    let note = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: his.id.clone(),
        text: "Анна?".into(),
        mention_employee_ids: vec![id_of(&anna)],
        ..AddNoteRequest::default()
    };
    office.conversations.add_note(boris.request(note)).await.unwrap();
    let count = async || {
        let answer = office.conversations.count_conversations(anna.request(CountConversationsRequest {})).await;
        let count = answer.unwrap().into_inner();
        (count.mine, count.mine_unread, count.unassigned, count.all, count.mentions)
    };
    assert_eq!(count().await, (2, 1, 1, 4, 1));
    office.read(&anna, &his, 9, false).await;
    assert_eq!(count().await, (2, 1, 1, 4, 0), "a mention that was read counts no longer");
}

#[tokio::test]
async fn the_thread_is_shown_by_the_providers_time_and_what_is_not_sent_stands_last() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    office.send(&anna, &dialog, "в очереди").await;
    let mut late = says("1", "раньше всех");
    late.shown_at = Some(rpc::timestamp(Utc::now() - TimeDelta::hours(1)));
    office.facts(vec![late, says("1", "позже")]).await;
    let thread = office.thread(&anna, &dialog, ListMessagesRequest::default()).await;
    assert_eq!(texts(&thread.messages), ["раньше всех", "Здравствуйте", "", "позже", "в очереди"]);
    assert_eq!(thread.messages.last().unwrap().status(), MessageStatus::Queued);
    assert!(thread.before_page_token.is_empty() && thread.after_page_token.is_empty());
}

#[tokio::test]
async fn a_thread_is_read_in_stretches_both_ways() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.writes("1", "0").await;
    let at = Utc::now() - TimeDelta::minutes(10);
    let facts = (1..20).map(|n| {
        let shown_at = Some(rpc::timestamp(at)); // all in one second: position decides
        contracts::channel::Inbound { shown_at, position: n, ..says("1", &n.to_string()) }
    });
    office.facts(facts.collect()).await;
    let all: Vec<String> = (1..20).map(|n| n.to_string()).chain(["0".to_owned()]).collect();

    let mut page = office.thread(&anna, &dialog, ListMessagesRequest { page_size: 6, ..Default::default() }).await;
    let mut seen: Vec<String> = texts(&page.messages).into_iter().map(str::to_owned).collect();
    while !page.before_page_token.is_empty() {
        let page_token = page.before_page_token.clone();
        page =
            office.thread(&anna, &dialog, ListMessagesRequest { page_size: 6, page_token, ..Default::default() }).await;
        seen.splice(0..0, texts(&page.messages).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, all);
    let mut seen: Vec<String> = texts(&page.messages).into_iter().map(str::to_owned).collect();
    while !page.after_page_token.is_empty() {
        let page_token = page.after_page_token.clone();
        page =
            office.thread(&anna, &dialog, ListMessagesRequest { page_size: 6, page_token, ..Default::default() }).await;
        seen.extend(texts(&page.messages).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, all);

    let around = ListMessagesRequest { page_size: 4, around_seq: 11, ..Default::default() };
    let page = office.thread(&anna, &dialog, around).await;
    assert_eq!(texts(&page.messages), ["9", "10", "11", "12"], "seq 11 is the tenth of them");
    assert!(!page.before_page_token.is_empty() && !page.after_page_token.is_empty());
}

#[tokio::test]
async fn a_merged_conversation_answers_with_the_one_that_stayed() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let (old, new) = (office.writes("1", "старый").await, office.writes("2", "новый").await);
    let merge = "update inbox.conversation set merged_into = $1::uuid where conversation_id = $2::uuid";
    sqlx::query(merge).bind(&old.id).bind(&new.id).execute(&office.pool).await.unwrap();
    let request =
        BatchGetConversationsRequest { conversation_ids: vec![new.id.clone(), old.id.clone()], in_passing: false };
    let rows = office.conversations.batch_get_conversations(anna.request(request)).await.unwrap().into_inner();
    assert_eq!(rows.conversations.len(), 1);
    assert_eq!(
        (&rows.conversations[0].conversation_id, &rows.conversations[0].merged_ids),
        (&old.id, &vec![new.id.clone()])
    );
    assert_eq!(texts(&office.thread(&anna, &new, ListMessagesRequest::default()).await.messages), ["старый"]);
    assert_eq!(office.names(&anna, ListConversationsRequest::default()).await, ["1"]);
}

#[tokio::test]
async fn typing_is_told_on_the_bus_by_whoever_may_answer() {
    let mut office = Office::open().await;
    let url = testkit::servers::shared().await.unwrap().nats.clone();
    let bus = bus::Bus::connect(&bus::BusConfig { url, name: "test".into(), channel: None }).await.unwrap();
    let subject = bus::names::signal(&"test".parse().unwrap(), office.account);
    let mut signals = bus.client.subscribe(subject).await.unwrap();
    bus.client.flush().await.unwrap();
    office.conversations.bus = Some(bus);
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let dialog = office.writes("1", "Здравствуйте").await;
    let request = SignalTypingRequest { conversation_id: dialog.id.clone() };
    let refused = office.conversations.signal_typing(boris.request(request.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "it is not taken yet");
    office.take(&anna, &dialog).await.unwrap();
    office.conversations.signal_typing(anna.request(request)).await.unwrap();
    let next = tokio::time::timeout(std::time::Duration::from_secs(5), signals.next()).await.unwrap().unwrap();
    let signal = Signal::decode(next.payload).unwrap();
    assert_eq!((signal.kind(), signal.conversation_id.as_str()), (SignalKind::OperatorTyping, dialog.id.as_str()));
    assert_eq!((signal.employee_id, signal.target.unwrap().address.as_str()), (id_of(&anna), "1"));
}

#[tokio::test]
async fn a_draft_changed_elsewhere_is_not_overwritten_unseen() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let dialog = office.writes("1", "Здравствуйте").await;
    let draft = |text: &str, etag: &str| Draft {
        conversation_id: dialog.id.clone(),
        text: text.to_owned(),
        etag: etag.to_owned(),
        ..Draft::default()
    };
    office.events().await;
    let first = office.save(&anna, draft("раз", "")).await.unwrap().unwrap();
    let events = office.events().await;
    let What::DraftChanged(changed) = &events[0].0 else { panic!("{events:?}") };
    assert_eq!((&changed.etag, &events[0].1.employee_ids), (&first.etag, &vec![id_of(&anna)]));
    assert!(office.row(&anna, &dialog).await.unwrap().has_draft);
    assert!(!office.row(&boris, &dialog).await.unwrap().has_draft && office.draft(&boris, &dialog).await.is_none());

    let second = office.save(&anna, draft("два", &first.etag)).await.unwrap().unwrap();
    let refusal = office.save(&anna, draft("три", &first.etag)).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::Aborted, ErrorReason::EtagMismatch));
    assert!(office.save(&anna, draft("", &first.etag)).await.is_err(), "nor removed");
    assert_eq!(office.draft(&anna, &dialog).await.unwrap().text, "два");
    assert_eq!(office.save(&anna, draft("", &second.etag)).await.unwrap(), None);
    assert_eq!(office.save(&anna, draft("", "")).await.unwrap(), None, "removing nothing is nothing");
    assert!(office.save(&anna, draft("снова", &second.etag)).await.is_err(), "an etag does not come back to life");
}

#[tokio::test]
async fn what_was_sent_leaves_the_draft() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let draft = Draft {
        conversation_id: dialog.id.clone(),
        text: "Ответ".into(),
        note_text: "заметка".into(),
        ..Draft::default()
    };
    office.save(&anna, draft).await.unwrap();
    office.events().await;
    office.send(&anna, &dialog, "Ответ").await;
    let left = office.draft(&anna, &dialog).await.unwrap();
    assert_eq!((left.text.as_str(), left.note_text.as_str()), ("", "заметка"));
    assert!(office.events().await.iter().any(|(what, _)| matches!(what, What::DraftChanged(d) if d.etag == left.etag)));
    let note = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        text: "заметка".into(),
        ..AddNoteRequest::default()
    };
    office.conversations.add_note(anna.request(note)).await.unwrap();
    assert!(office.draft(&anna, &dialog).await.is_none());
}
