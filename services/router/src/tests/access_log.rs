//! Who read dialogs, and what came in them.

use contracts::{
    file::{GetFileRequest, file_service_server::FileService},
    inbox::{
        BatchGetConversationsRequest, BatchGetMessagesRequest, ListAccessesRequest, ListMessageVersionsRequest,
        ListMessagesRequest, access_log_service_server::AccessLogService,
        conversation_service_server::ConversationService,
    },
    org::{Access, AccessFilter, AccessKind},
};
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Dialog, Office, id_of, says, shows};
use crate::access_log::AccessLogApi;

impl Office {
    async fn opens(&self, by: &Caller, dialog: &Dialog, page_token: &str) -> Result<String, Status> {
        let (conversation_id, page_token) = (dialog.id.clone(), page_token.to_owned());
        let request =
            ListMessagesRequest { conversation_id, page_token, page_size: 1, ..ListMessagesRequest::default() };
        let page = self.conversations.list_messages(by.request(request)).await?.into_inner();
        Ok(page.before_page_token)
    }

    /// Newest first, as an administrator reads it once the counts are written.
    async fn accesses(&self, by: &Caller, filter: AccessFilter) -> Vec<Access> {
        self.conversations.db.accesses.write_repeats(&self.pool).await.unwrap();
        let request = ListAccessesRequest { filter: Some(filter), ..ListAccessesRequest::default() };
        let log = AccessLogApi { pool: self.pool.clone() };
        log.list_accesses(by.request(request)).await.unwrap().into_inner().accesses
    }

    async fn gets_file(&self, by: &Caller, id: &str, saved: bool) {
        let request = GetFileRequest { file_id: id.to_owned(), saved };
        self.files.get_file(by.request(request)).await.unwrap();
    }
}

fn with_key(caller: &Caller) -> Caller {
    Caller { scopes: vec!["inbox.read".into()], ..caller.clone() }
}

// acceptance: XC-8
#[tokio::test]
async fn whoever_opens_a_dialog_is_on_record_once_with_how_often_by_which_way_and_in_which_account() {
    let office = Office::open().await;
    let (anna, head) = (office.operator("Анна", office.sales).await, office.head("Егор", office.sales).await);
    let administrator = office.administrator("Жанна").await;
    let dialog = office.taken(&anna, "1").await;
    office.facts(vec![says("1", "И ещё")]).await;
    let older = office.opens(&anna, &dialog, "").await.unwrap();
    assert!(!older.is_empty());
    office.opens(&anna, &dialog, &older).await.unwrap();
    office.opens(&anna, &dialog, "").await.unwrap();
    office.opens(&head, &dialog, "").await.unwrap();
    office.opens(&with_key(&anna), &dialog, "").await.unwrap();
    let found = office.accesses(&administrator, AccessFilter::default()).await;
    let told = |access: &Access| (access.employee_id.clone(), access.by_key, access.times);
    let expected = [(id_of(&anna), true, 1), (id_of(&head), false, 1), (id_of(&anna), false, 2)];
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    for access in &found {
        assert_eq!((access.kind(), access.object_name.as_str()), (AccessKind::Conversation, "Покупатель 1"));
        assert_eq!((&access.conversation_id, access.object_gone), (&dialog.id, false));
        assert_eq!((access.account_id.clone(), access.account_name.as_str()), (office.account.to_string(), "Тест"));
        assert_eq!((access.channel.as_str(), access.client_id.as_str()), ("test", ""));
    }
    office.responsible(&head, "1").await;
    let of_anna = AccessFilter { employee_id: id_of(&anna), ..AccessFilter::default() };
    let client = office.accesses(&administrator, of_anna).await[0].client_id.clone();
    assert!(!client.is_empty(), "whose it is now");
    let of_client = AccessFilter { client_id: client, ..AccessFilter::default() };
    assert_eq!(office.accesses(&administrator, of_client).await.len(), 3, "also what was read before that was known");
    let of_other = AccessFilter { client_id: Uuid::now_v7().to_string(), ..AccessFilter::default() };
    assert_eq!(office.accesses(&administrator, of_other).await, []);
}

// acceptance: XC-8
#[tokio::test]
async fn only_administrators_read_the_log_of_dialogs_and_what_was_refused_is_not_in_it() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    let (administrator, head) = (office.administrator("Жанна").await, office.head("Егор", office.sales).await);
    let dialog = office.taken(&anna, "1").await;
    assert_eq!(office.opens(&vera, &dialog, "").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(office.accesses(&administrator, AccessFilter::default()).await, []);
    let log = AccessLogApi { pool: office.pool.clone() };
    for by in [&anna, &head] {
        let refused = log.list_accesses(by.request(ListAccessesRequest::default())).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    sqlx::query("alter table inbox.access rename to access_away").execute(&office.pool).await.unwrap();
    let unwritten = office.opens(&anna, &dialog, "").await.unwrap_err();
    assert_eq!(unwritten.code(), Code::Unavailable, "what cannot be put on record is not read");
}

#[tokio::test]
async fn a_file_that_is_saved_is_on_record_by_itself_and_one_that_is_shown_with_its_dialog() {
    let office = Office::open().await;
    let (anna, administrator) = (office.operator("Анна", office.sales).await, office.administrator("Жанна").await);
    office.facts(vec![shows("1")]).await;
    let sql = "select attachment_id::text from inbox.attachment";
    let id: String = sqlx::query_scalar(sql).fetch_one(&office.pool).await.unwrap();
    office.gets_file(&anna, &id, false).await;
    office.gets_file(&anna, &id, true).await;
    office.gets_file(&with_key(&anna), &id, false).await;
    let found = office.accesses(&administrator, AccessFilter::default()).await;
    let told = |access: &Access| (access.kind(), access.by_key, access.object_name.clone());
    let expected = [
        (AccessKind::File, true, "чек.jpg".to_owned()),
        (AccessKind::File, false, "чек.jpg".to_owned()),
        (AccessKind::Conversation, false, "Покупатель 1".to_owned()),
    ];
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    let dialog = office.dialog("1").await;
    assert!(found.iter().all(|access| access.conversation_id == dialog.id));
    sqlx::query("update inbox.message set deleted_at = now()").execute(&office.pool).await.unwrap();
    let gone = office.accesses(&administrator, AccessFilter::default()).await;
    assert_eq!(gone.iter().map(|access| access.object_gone).collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test]
async fn lists_are_on_record_for_a_key_and_not_for_people() {
    let office = Office::open().await;
    let (anna, administrator) = (office.operator("Анна", office.sales).await, office.administrator("Жанна").await);
    let dialog = office.taken(&anna, "1").await;
    assert!(office.row(&anna, &dialog).await.is_some());
    assert_eq!(office.accesses(&administrator, AccessFilter::default()).await, []);
    for _ in 0..2 {
        assert!(office.row(&with_key(&anna), &dialog).await.is_some());
    }
    let found = office.accesses(&administrator, AccessFilter::default()).await;
    let told = |access: &Access| (access.kind(), access.by_key, access.times, access.object_gone);
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), [(AccessKind::List, true, 2, false)]);
    assert!(found[0].object_id.is_empty() && found[0].client_id.is_empty());
}

#[tokio::test]
async fn single_messages_are_on_record_with_their_dialog_and_a_notice_is_not() {
    let office = Office::open().await;
    let (anna, administrator) = (office.operator("Анна", office.sales).await, office.administrator("Жанна").await);
    let dialog = office.taken(&anna, "1").await;
    let sql = "select message_id::text from inbox.message where direction = 1 limit 1";
    let message: String = sqlx::query_scalar(sql).fetch_one(&office.pool).await.unwrap();
    let batch = |in_passing| BatchGetMessagesRequest { message_ids: vec![message.clone()], in_passing };
    let rows = |in_passing| BatchGetConversationsRequest { conversation_ids: vec![dialog.id.clone()], in_passing };
    office.conversations.batch_get_messages(anna.request(batch(true))).await.unwrap();
    office.conversations.batch_get_conversations(anna.request(rows(true))).await.unwrap();
    assert_eq!(office.accesses(&administrator, AccessFilter::default()).await, [], "a notice opens nothing");
    office.conversations.batch_get_messages(with_key(&anna).request(batch(true))).await.unwrap();
    office.conversations.batch_get_messages(anna.request(batch(false))).await.unwrap();
    office.conversations.batch_get_conversations(anna.request(rows(false))).await.unwrap();
    let versions = ListMessageVersionsRequest { message_id: message.clone(), ..Default::default() };
    office.conversations.list_message_versions(anna.request(versions)).await.unwrap();
    let found = office.accesses(&administrator, AccessFilter::default()).await;
    let told = |access: &Access| (access.by_key, access.conversation_id.clone());
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), [(false, dialog.id.clone()), (true, dialog.id)]);
}

// acceptance: XC-8
#[tokio::test]
async fn of_a_personal_mailbox_the_log_says_that_it_was_read_and_not_with_whom() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let administrator = office.administrator("Жанна").await;
    office.becomes_personal(&anna).await;
    let dialog = office.taken(&anna, "anna-only").await;
    office.opens(&anna, &dialog, "").await.unwrap();
    assert!(office.opens(&administrator, &dialog, "").await.is_err());
    let found = office.accesses(&administrator, AccessFilter::default()).await;
    assert_eq!(found.len(), 1);
    let access = &found[0];
    assert_eq!((access.employee_id.clone(), access.account_name.as_str()), (id_of(&anna), "Почта Анны"));
    assert_eq!((access.object_name.as_str(), access.conversation_id.as_str(), access.object_gone), ("", "", false));
    office.responsible(&anna, "anna-only").await;
    let sql = "select client_id::text from crm.client";
    let client_id: String = sqlx::query_scalar(sql).fetch_one(&office.pool).await.unwrap();
    let of_client = AccessFilter { client_id, ..AccessFilter::default() };
    assert_eq!(office.accesses(&administrator, of_client).await, [], "nor that it is of this client");
}
