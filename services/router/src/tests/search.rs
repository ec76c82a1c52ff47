//! What was written is found by its words, by whoever may see it.

use std::sync::Arc;

use contracts::{
    inbox::{
        DeleteMessageRequest, EditMessageRequest, FindMessagesRequest, FindMessagesResponse,
        conversation_service_server::ConversationService, search_service_server::SearchService,
    },
    live::Event,
};
use model::MessageId;
use rpc::Caller;
use store::{Schema, relay::Sink};
use testkit::eventually;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::office::{Office, says};
use crate::search::{SearchApi, catch_up};

/// Publishes to nobody.
struct Nowhere;

impl Sink for Nowhere {
    async fn publish(&self, _: &[Event]) -> Result<(), String> {
        Ok(())
    }

    async fn last(&self, _: &str) -> Result<Option<Event>, String> {
        Ok(None)
    }
}

impl Office {
    /// What has happened becomes events, and the search follows them.
    async fn indexed(&self) {
        let (stop, wake) = (CancellationToken::new(), Arc::new(Notify::new()));
        let relay = store::relay::run(self.pool.clone(), Schema::Inbox, Arc::new(Nowhere), wake, stop.clone());
        let moved = async {
            eventually("events have their places", std::time::Duration::from_secs(20), async || {
                (self.count("select count(*) from inbox.outbox").await == 0).then_some(())
            })
            .await;
            stop.cancel();
        };
        tokio::join!(relay, moved);
        catch_up(&self.pool).await.unwrap();
    }

    async fn try_find(&self, by: &Caller, request: FindMessagesRequest) -> Result<FindMessagesResponse, Status> {
        let search = SearchApi { db: self.conversations.db.clone() };
        Ok(search.find_messages(by.request(request)).await?.into_inner())
    }

    /// What is found, with the words that were looked for in brackets.
    async fn words_found(&self, by: &Caller, query: &str) -> Vec<String> {
        let request = FindMessagesRequest { query: query.to_owned(), ..FindMessagesRequest::default() };
        let answer = self.try_find(by, request).await.unwrap();
        let dialogs: Vec<&str> = answer.conversations.iter().map(|row| row.conversation_id.as_str()).collect();
        assert!(answer.messages.iter().all(|message| dialogs.contains(&message.conversation_id.as_str())));
        let piece = |part: &contracts::inbox::SnippetPart| {
            if part.found { format!("[{}]", part.text) } else { part.text.clone() }
        };
        let texts =
            answer.messages.iter().map(|message| message.snippet.iter().map(piece).collect::<Vec<_>>().join(" "));
        texts.collect()
    }
}

#[tokio::test]
async fn words_are_found_in_any_of_their_forms_russian_and_english() {
    let office = Office::open().await;
    let boss = office.administrator("Борис").await;
    for text in ["Договоры поставки подписали", "Your invoices were shipped", "Счёт на оплату, ещё один"]
    {
        office.writes("1", text).await;
    }
    office.indexed().await;
    for (query, found) in [
        ("договор поставка", Some("[Договоры] [поставки] подписали")),
        ("ДОГОВОРА", Some("[Договоры] поставки подписали")),
        ("shipping invoice", Some("Your [invoices] were [shipped]")),
        ("счетов", Some("[Счёт] на оплату, ещё один")),
        ("опла", Some("Счёт на [оплату] , ещё один")),
        ("\"оплату счет\"", None),
        ("договор -поставки", None),
        ("договор -оплата", Some("[Договоры] поставки подписали")),
        ("на", None),
        ("-оплата", None),
        ("договор invoice", None),
    ] {
        let said: Vec<_> = office.words_found(&boss, query).await;
        assert_eq!(said.first().map(String::as_str), found, "{query}");
    }
    for query in ["", "я", &"я".repeat(201)] {
        let request = FindMessagesRequest { query: query.to_owned(), ..FindMessagesRequest::default() };
        assert_eq!(office.try_find(&boss, request).await.unwrap_err().code(), Code::InvalidArgument, "{query}");
    }
    // Signs that mean something to PostgreSQL are only signs.
    for query in ["a & | ! b", "'); drop", "\\' :* <->", "((((", "\u{1}m202611"] {
        office.words_found(&boss, query).await;
    }
}

#[tokio::test]
async fn only_what_is_in_sight_is_found() {
    let mut office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    let boss = office.administrator("Борис").await;
    let dialog = office.writes("1", "Рекламация по станку").await;
    office.take(&anna, &dialog).await.unwrap();
    office.indexed().await;
    assert_eq!(office.words_found(&anna, "рекламации").await.len(), 1);
    assert_eq!(office.words_found(&boss, "рекламации").await.len(), 1);
    assert_eq!(office.words_found(&vera, "рекламации").await, Vec::<String>::new());
    let read = "select count(*) from inbox.access";
    let reads = || sqlx::query_scalar::<_, i64>(read).fetch_one(&office.pool);
    assert_eq!(reads().await.unwrap(), 0, "searching all dialogs opens none");
    let (query, conversation_id) = ("рекламации".to_owned(), dialog.id.clone());
    let within = FindMessagesRequest { query, conversation_id, ..FindMessagesRequest::default() };
    office.try_find(&anna, within).await.unwrap();
    assert_eq!(reads().await.unwrap(), 1, "searching in one reads it");
    office.becomes_personal(&anna).await;
    office.writes("2", "Рекламация лично").await;
    office.indexed().await;
    assert_eq!(office.words_found(&anna, "рекламация лично").await.len(), 1);
    assert_eq!(office.words_found(&boss, "рекламация лично").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_changed_is_found_as_it_is_and_what_is_gone_is_not() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let sent = office.sent(&anna, &dialog, "Отгрузим в понедельник", "k1").await;
    let other = office.sent(&anna, &dialog, "Отгрузка самовывозом", "k2").await;
    office.indexed().await;
    assert_eq!(office.words_found(&anna, "отгрузить").await.len(), 2);
    let edit =
        EditMessageRequest {
            message_id: sent.to_string(), text: "Отгрузим во вторник".into(), ..Default::default()
        };
    office.conversations.edit_message(anna.request(edit)).await.unwrap();
    let delete = DeleteMessageRequest { message_id: other.to_string(), request_id: MessageId::new().to_string() };
    office.conversations.delete_message(anna.request(delete)).await.unwrap();
    // Taken away at once, whatever is still to be followed.
    assert_eq!(office.words_found(&anna, "самовывоз").await, Vec::<String>::new());
    office.indexed().await;
    assert_eq!(office.words_found(&anna, "понедельник").await, Vec::<String>::new());
    assert_eq!(office.words_found(&anna, "вторник").await.len(), 1);
    sqlx::query("delete from inbox.message where message_id = $1").bind(sent.0).execute(&office.pool).await.unwrap();
    assert_eq!(office.count("select count(*) from inbox.message_search where words @@ 'вторник'").await, 0);
}

#[tokio::test]
async fn pages_go_through_years_newest_first() {
    let office = Office::open().await;
    let boss = office.administrator("Борис").await;
    for number in 0..9 {
        office.facts(vec![says("1", &format!("Гарантия номер {number} выдана"))]).await;
    }
    // A year and a half between each two, so that every page has to look further back.
    sqlx::query(
        "update inbox.message set shown_at = now() - (substring(text from '\\d+')::int * interval '18 months')",
    )
    .execute(&office.pool)
    .await
    .unwrap();
    office.indexed().await;
    let (mut page_token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = FindMessagesRequest {
            query: "гарантии".into(),
            page_size: 2,
            page_token: std::mem::take(&mut page_token),
            ..FindMessagesRequest::default()
        };
        let page = office.try_find(&boss, request).await.unwrap();
        assert!(page.messages.len() <= 2);
        seen.extend(page.messages.into_iter().map(|message| message.snippet.last().unwrap().text.clone()));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, (0..9).map(|number| format!("номер {number} выдана")).collect::<Vec<_>>());
    let request = FindMessagesRequest {
        query: "гарантия".into(),
        conversation_id: MessageId::new().to_string(),
        ..FindMessagesRequest::default()
    };
    assert!(office.try_find(&boss, request).await.unwrap().messages.is_empty(), "in one dialog alone");
}
