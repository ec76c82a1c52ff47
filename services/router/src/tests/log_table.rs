//! What each call puts on the access log. A method without an entry here fails.

use contracts::{
    channel::Capabilities,
    file::{GetFileRequest, file_service_server::FileService},
    inbox::{
        BatchGetConversationsRequest, BatchGetMessagesRequest, CreateMailingRequest, GetDraftRequest,
        GetMailingProblemsRequest, GetMailingRequest, GetRequestRequest, ListConversationsRequest,
        ListMailingRecipientsRequest, ListMailingsRequest, ListMessageVersionsRequest, ListMessagesRequest,
        ListRequestHistoryRequest, ListRequestsRequest, ListUnsubscribedRequest, Mailing, MailingRecipient,
        conversation_service_server::ConversationService, mailing_service_server::MailingService,
        request_service_server::RequestService,
    },
    org::AccessKind,
};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::office::{Dialog, Office, channel, shows};
use crate::mailings::MailingApi;

/// What is on the log once a call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// The dialog, or what is named, whoever asked.
    Of(AccessKind),
    /// That a program read a list.
    List,
    /// Of a program the dialogs that it found; of people those within which they looked.
    Found,
    Nothing(&'static str),
}

const CHANGE: Noted = Noted::Nothing("it changes something: the audit tells who did");
const SETTINGS: Noted = Noted::Nothing("how channels, folders and views are set up, of no client");
const COUNTS: Noted = Noted::Nothing("figures, ids and states; nobody's name or address");

fn noted(method: &str) -> Noted {
    match method {
        "ConversationService/ListMessages"
        | "ConversationService/BatchGetMessages"
        | "ConversationService/BatchGetConversations"
        | "ConversationService/ListMessageVersions"
        | "FileService/GetFile" => Noted::Of(AccessKind::Conversation),
        "ChannelAccountService/GetDeadLetterOriginal" => Noted::Of(AccessKind::DeadLetter),
        "SearchService/FindMessages" => Noted::Found,
        "ConversationService/ListConversations"
        | "ConversationService/GetDraft"
        | "RequestService/GetRequest"
        | "RequestService/ListRequests"
        | "RequestService/ListRequestHistory"
        | "MailingService/ListMailings"
        | "MailingService/GetMailing"
        | "MailingService/GetMailingProblems"
        | "MailingService/ListMailingRecipients"
        | "MailingService/ListUnsubscribed"
        | "ChannelAccountService/ListDeadLetters" => Noted::List,
        "ConversationService/SendMessage"
        | "ConversationService/AddNote"
        | "ConversationService/EditMessage"
        | "ConversationService/DeleteMessage"
        | "ConversationService/ReactToMessage"
        | "ConversationService/CancelMessage"
        | "ConversationService/RescheduleMessage"
        | "ConversationService/SettleMessage"
        | "ConversationService/SendMessageAgain"
        | "ConversationService/MarkConversationRead"
        | "ConversationService/SetAsideConversation"
        | "ConversationService/SaveDraft"
        | "RequestService/TakeRequest"
        | "RequestService/TransferRequest"
        | "RequestService/CloseRequest"
        | "RequestService/RejectRequest"
        | "RequestService/ReopenRequest"
        | "RequestService/PostponeRequest"
        | "MailingService/CreateMailing"
        | "MailingService/UpdateMailing"
        | "MailingService/DeleteMailing"
        | "MailingService/StartMailing"
        | "MailingService/StopMailing"
        | "MailingService/RetryMailing"
        | "MailingService/AddUnsubscribed"
        | "MailingService/RemoveUnsubscribed"
        | "ChannelAccountService/ReplayDeadLetter"
        | "FolderService/MoveConversations" => CHANGE,
        "ConversationService/CountConversations"
        | "ConversationService/SignalTyping"
        | "ConversationService/SignalViewing"
        | "ViewService/CountViews"
        | "FolderService/RunFolderRules"
        | "FolderService/GetFolderRun"
        | "RetentionService/PreviewRetention"
        | "ChannelAccountService/GetAccountHistory"
        | "EventService/ListEvents" => COUNTS,
        "ChannelAccountService/ListGateways"
        | "ChannelAccountService/ListChannelAccounts"
        | "ChannelAccountService/GetChannelAccount"
        | "ChannelAccountService/CreateChannelAccount"
        | "ChannelAccountService/UpdateChannelAccount"
        | "ChannelAccountService/DeleteChannelAccount"
        | "ChannelAccountService/CheckSettings"
        | "ChannelAccountService/BeginConsent"
        | "ChannelAccountService/FinishConsent"
        | "ChannelAccountService/ConnectDemo"
        | "ChannelTemplateService/ListChannelTemplates"
        | "ChannelTemplateService/RefreshChannelTemplates"
        | "FolderService/ListFolders"
        | "FolderService/CreateFolder"
        | "FolderService/UpdateFolder"
        | "FolderService/DeleteFolder"
        | "FolderService/ListFolderRules"
        | "FolderService/ReplaceFolderRules"
        | "RequestService/ListRejectReasons"
        | "RetentionService/ListRetentionRules"
        | "RetentionService/SetRetentionRule"
        | "ViewService/ListViews"
        | "ViewService/CreateView"
        | "ViewService/UpdateView"
        | "ViewService/DeleteView" => SETTINGS,
        "AccessLogService/ListAccesses" => Noted::Nothing("the log itself: it names whose dialog, and shows none"),
        "FileService/CreateFile" | "FileService/CompleteFile" => Noted::Nothing("one's own file, on its way in"),
        "MailingService/LeaveMailing" => Noted::Nothing("of the person themselves, by the link in a letter"),
        _ => panic!("{method} has no entry: say what it puts on the access log"),
    }
}

#[test]
fn every_call_that_router_serves_has_an_entry() {
    let files = FileDescriptorSet::decode(contracts::DESCRIPTORS).unwrap().file;
    for file in files {
        for service in &file.service {
            let ours = match file.package() {
                "okno.inbox.v1" | "okno.file.v1" => true,
                "okno.live.v1" => service.name() == "EventService",
                _ => false,
            };
            for method in service.method.iter().filter(|_| ours) {
                noted(&format!("{}/{}", service.name(), method.name()));
            }
        }
    }
}

impl Office {
    async fn calls(
        &self,
        by: &Caller,
        method: &str,
        of: &Dialog,
        [message, file, mailing]: [&str; 3],
    ) -> Result<(), Status> {
        let (c, r) = (&self.conversations, &self.requests);
        let (conversation_id, request_id) = (of.id.clone(), of.request.clone());
        let (mailings, mailing_id) = (MailingApi { db: c.db.clone(), public_url: None }, mailing.to_owned());
        match method {
            "ConversationService/ListMessages" => {
                let request = ListMessagesRequest { conversation_id, ..Default::default() };
                c.list_messages(by.request(request)).await.map(drop)
            }
            "ConversationService/BatchGetMessages" => {
                let request = BatchGetMessagesRequest { message_ids: vec![message.to_owned()], in_passing: false };
                c.batch_get_messages(by.request(request)).await.map(drop)
            }
            "ConversationService/BatchGetConversations" => {
                let request =
                    BatchGetConversationsRequest { conversation_ids: vec![conversation_id], in_passing: false };
                c.batch_get_conversations(by.request(request)).await.map(drop)
            }
            "ConversationService/ListMessageVersions" => {
                let request = ListMessageVersionsRequest { message_id: message.to_owned(), ..Default::default() };
                c.list_message_versions(by.request(request)).await.map(drop)
            }
            "ConversationService/ListConversations" => {
                c.list_conversations(by.request(ListConversationsRequest::default())).await.map(drop)
            }
            "ConversationService/GetDraft" => {
                c.get_draft(by.request(GetDraftRequest { conversation_id })).await.map(drop)
            }
            "FileService/GetFile" => {
                let request = GetFileRequest { file_id: file.to_owned(), saved: false };
                self.files.get_file(by.request(request)).await.map(drop)
            }
            "RequestService/GetRequest" => r.get_request(by.request(GetRequestRequest { request_id })).await.map(drop),
            "RequestService/ListRequests" => {
                r.list_requests(by.request(ListRequestsRequest::default())).await.map(drop)
            }
            "RequestService/ListRequestHistory" => {
                let request = ListRequestHistoryRequest { request_id, ..Default::default() };
                r.list_request_history(by.request(request)).await.map(drop)
            }
            "MailingService/ListUnsubscribed" => {
                mailings.list_unsubscribed(by.request(ListUnsubscribedRequest::default())).await.map(drop)
            }
            "MailingService/ListMailings" => {
                mailings.list_mailings(by.request(ListMailingsRequest::default())).await.map(drop)
            }
            "MailingService/GetMailing" => {
                mailings.get_mailing(by.request(GetMailingRequest { mailing_id })).await.map(drop)
            }
            "MailingService/GetMailingProblems" => {
                mailings.get_mailing_problems(by.request(GetMailingProblemsRequest { mailing_id })).await.map(drop)
            }
            "MailingService/ListMailingRecipients" => {
                let request = ListMailingRecipientsRequest { mailing_id, ..Default::default() };
                mailings.list_mailing_recipients(by.request(request)).await.map(drop)
            }
            _ => panic!("{method} is not called here"),
        }
    }
}

/// Those that need no dead letter. The others are held by the tests of letters, of search and of what could not be read.
const CALLED: [&str; 15] = [
    "ConversationService/ListMessages",
    "ConversationService/BatchGetMessages",
    "ConversationService/BatchGetConversations",
    "ConversationService/ListMessageVersions",
    "ConversationService/ListConversations",
    "ConversationService/GetDraft",
    "FileService/GetFile",
    "RequestService/GetRequest",
    "RequestService/ListRequests",
    "RequestService/ListRequestHistory",
    "MailingService/ListMailings",
    "MailingService/GetMailing",
    "MailingService/GetMailingProblems",
    "MailingService/ListMailingRecipients",
    "MailingService/ListUnsubscribed",
];

// acceptance: XC-8
#[tokio::test]
async fn every_call_that_reads_a_dialog_or_a_list_puts_on_the_log_what_its_entry_says() {
    let office = Office::open().await;
    let setup = office.administrator("Жанна").await;
    let dialog = office.taken(&setup, "1").await;
    office.facts(vec![shows("1")]).await;
    let sql = "select message_id::text, attachment_id::text from inbox.attachment";
    let (message, file): (String, String) = sqlx::query_as(sql).fetch_one(&office.pool).await.unwrap();
    office.channel_can(Capabilities { letters: true, text_limit: 10_000, ..channel() }).await;
    let mailing = Mailing {
        account_id: office.account.to_string(),
        name: "Осень".to_owned(),
        subject: "Новость".to_owned(),
        text: "Здравствуйте!".to_owned(),
        per_minute: 20,
        ..Mailing::default()
    };
    let to = MailingRecipient { address: "a@example.com".to_owned(), ..MailingRecipient::default() };
    let request =
        CreateMailingRequest { request_id: Uuid::now_v7().to_string(), mailing: Some(mailing), recipients: vec![to] };
    let mailings = MailingApi { db: office.conversations.db.clone(), public_url: None };
    let mailing =
        mailings.create_mailing(setup.request(request)).await.unwrap().into_inner().mailing.unwrap().mailing_id;
    for method in CALLED {
        // Somebody new each time: what the last one read is no repeat.
        let person = office.administrator(method).await;
        let key = Caller { scopes: vec!["inbox.read".into()], ..person.clone() };
        for (by_key, by) in [(false, &person), (true, &key)] {
            office.calls(by, method, &dialog, [&message, &file, &mailing]).await.unwrap();
            let kinds: Vec<i16> =
                sqlx::query_scalar("select kind from inbox.access where employee_id = $1 and by_key = $2")
                    .bind(person.employee().unwrap().0)
                    .bind(by_key)
                    .fetch_all(&office.pool)
                    .await
                    .unwrap();
            let expected = match noted(method) {
                // By itself, whoever has a key has not seen the dialog around it.
                Noted::Of(_) if method == "FileService/GetFile" && by_key => vec![AccessKind::File as i16],
                Noted::Of(kind) => vec![kind as i16],
                Noted::List if by_key => vec![AccessKind::List as i16],
                Noted::List | Noted::Found | Noted::Nothing(_) => Vec::new(),
            };
            assert_eq!(kinds, expected, "{method}, by a key: {by_key}");
        }
    }
}
