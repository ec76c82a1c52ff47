//! The visibility matrix: each role against each kind of dialog, over every call there is.

mod personal;

use contracts::{
    errors::ErrorReason,
    file::{GetFileRequest, file_service_server::FileService},
    inbox::{
        AddNoteRequest, BatchGetConversationsRequest, BatchGetMessagesRequest, CancelMessageRequest,
        CloseRequestRequest, DeleteMessageRequest, Draft, EditMessageRequest, GetDraftRequest, GetRequestRequest,
        ListConversationsRequest, ListMessageVersionsRequest, ListMessagesRequest, ListRequestHistoryRequest,
        ListRequestsRequest, MarkConversationReadRequest, PostponeRequestRequest, ReactToMessageRequest,
        RejectRequestRequest, ReopenRequestRequest, RescheduleMessageRequest, SaveDraftRequest,
        SendMessageAgainRequest, SendMessageRequest, SettleMessageRequest, SignalTypingRequest, SignalViewingRequest,
        TakeRequestRequest, TransferRequestRequest, conversation_service_server::ConversationService,
        request_service_server::RequestService, transfer_request_request::To,
    },
};
use model::MessageId;
use rpc::Caller;
use tonic::{Code, Status};

use super::office::{Dialog, Office, id_of, reason, shows};

/// A dialog with all that a call may name: the person's picture and a reply of ours that was sent.
struct Subject {
    dialog: Dialog,
    theirs: String,
    ours: String,
    attachment: String,
}

/// What a caller may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    None,
    Read,
    Take,
    Full,
}

impl Office {
    /// The customer wrote and showed a picture, `by` answered; then it is as `left` leaves it.
    async fn subject(&self, address: &str, by: &Caller, free: bool) -> Subject {
        let dialog = self.taken(by, address).await;
        self.facts(vec![shows(address)]).await;
        let ours = self.sent(by, &dialog, "Ответ", &format!("{address}|ours")).await.to_string();
        if free {
            let sql = "with r as (update inbox.request set assignee_employee_id = null, state = 1 where request_id = $1::uuid)
                       update inbox.conversation set assignee_employee_id = null where conversation_id = $2::uuid";
            sqlx::query(sql).bind(&dialog.request).bind(&dialog.id).execute(&self.pool).await.unwrap();
        }
        let sql =
            "select a.attachment_id::text, a.message_id::text from inbox.attachment a where conversation_id = $1::uuid";
        let (attachment, theirs) = sqlx::query_as(sql).bind(&dialog.id).fetch_one(&self.pool).await.unwrap();
        Subject { dialog, theirs, ours, attachment }
    }

    /// Every call that reads, and those that anyone who reads may make.
    async fn reads(&self, by: &Caller, subject: &Subject) -> Vec<(&'static str, Result<(), Status>)> {
        let (c, r) = (&self.conversations, &self.requests);
        let (id, request) = (subject.dialog.id.clone(), subject.dialog.request.clone());
        let found = |there: bool| if there { Ok(()) } else { Err(Status::not_found("left out")) };
        let mut all = Vec::new();
        let rows = c.list_conversations(by.request(ListConversationsRequest::default())).await.unwrap().into_inner();
        all.push(("ListConversations", found(rows.conversations.iter().any(|row| row.conversation_id == id))));
        let batch = BatchGetConversationsRequest { conversation_ids: vec![id.clone()], in_passing: false };
        let rows = c.batch_get_conversations(by.request(batch)).await.unwrap().into_inner();
        all.push(("BatchGetConversations", found(!rows.conversations.is_empty())));
        let list = ListMessagesRequest { conversation_id: id.clone(), ..Default::default() };
        all.push(("ListMessages", c.list_messages(by.request(list)).await.map(drop)));
        let batch = BatchGetMessagesRequest { message_ids: vec![subject.theirs.clone()], in_passing: false };
        let rows = c.batch_get_messages(by.request(batch)).await.unwrap().into_inner();
        all.push(("BatchGetMessages", found(!rows.messages.is_empty())));
        let versions = ListMessageVersionsRequest { message_id: subject.theirs.clone(), ..Default::default() };
        all.push(("ListMessageVersions", c.list_message_versions(by.request(versions)).await.map(drop)));
        let mark = MarkConversationReadRequest { conversation_id: id.clone(), seq: 1, unread: false };
        all.push(("MarkConversationRead", c.mark_conversation_read(by.request(mark)).await.map(drop)));
        let draft = GetDraftRequest { conversation_id: id.clone() };
        all.push(("GetDraft", c.get_draft(by.request(draft)).await.map(drop)));
        let draft = Draft { conversation_id: id.clone(), text: "x".into(), ..Default::default() };
        all.push(("SaveDraft", c.save_draft(by.request(SaveDraftRequest { draft: Some(draft) })).await.map(drop)));
        let note = AddNoteRequest {
            message_id: MessageId::new().to_string(),
            conversation_id: id.clone(),
            text: "Заметка".into(),
            ..Default::default()
        };
        all.push(("AddNote", c.add_note(by.request(note)).await.map(drop)));
        let get = GetRequestRequest { request_id: request.clone() };
        all.push(("GetRequest", r.get_request(by.request(get)).await.map(drop)));
        let rows = r.list_requests(by.request(ListRequestsRequest::default())).await.unwrap().into_inner();
        all.push(("ListRequests", found(rows.requests.iter().any(|row| row.request_id == request))));
        let history = ListRequestHistoryRequest { request_id: request, ..Default::default() };
        all.push(("ListRequestHistory", r.list_request_history(by.request(history)).await.map(drop)));
        let file = GetFileRequest { file_id: subject.attachment.clone(), saved: false };
        all.push(("GetFile", self.files.get_file(by.request(file)).await.map(drop)));
        let viewing = SignalViewingRequest { conversation_id: id, left: false };
        all.push(("SignalViewing", c.signal_viewing(by.request(viewing)).await.map(drop)));
        all
    }

    /// Every call that changes something for the person or the request, but taking.
    async fn writes_of(&self, by: &Caller, subject: &Subject) -> Vec<(&'static str, Result<(), Status>)> {
        let (c, r) = (&self.conversations, &self.requests);
        let (id, request) = (subject.dialog.id.clone(), subject.dialog.request.clone());
        let ours = subject.ours.clone();
        let mut all = Vec::new();
        let send = SendMessageRequest {
            message_id: MessageId::new().to_string(),
            conversation_id: id.clone(),
            text: "Да".into(),
            ..Default::default()
        };
        all.push(("SendMessage", c.send_message(by.request(send)).await.map(drop)));
        let edit = EditMessageRequest { message_id: ours.clone(), text: "Нет".into(), ..Default::default() };
        all.push(("EditMessage", c.edit_message(by.request(edit)).await.map(drop)));
        let react =
            ReactToMessageRequest { message_id: subject.theirs.clone(), emoji: "👍".into(), ..Default::default() };
        all.push(("ReactToMessage", c.react_to_message(by.request(react)).await.map(drop)));
        let cancel = CancelMessageRequest { message_id: ours.clone() };
        all.push(("CancelMessage", c.cancel_message(by.request(cancel)).await.map(drop)));
        let move_it = RescheduleMessageRequest { message_id: ours.clone(), not_before: None };
        all.push(("RescheduleMessage", c.reschedule_message(by.request(move_it)).await.map(drop)));
        let settle = SettleMessageRequest { message_id: ours.clone() };
        all.push(("SettleMessage", c.settle_message(by.request(settle)).await.map(drop)));
        let again = SendMessageAgainRequest {
            message_id: ours.clone(),
            new_message_id: MessageId::new().to_string(),
            ..Default::default()
        };
        all.push(("SendMessageAgain", c.send_message_again(by.request(again)).await.map(drop)));
        let delete = DeleteMessageRequest { message_id: ours, ..Default::default() };
        all.push(("DeleteMessage", c.delete_message(by.request(delete)).await.map(drop)));
        let typing = SignalTypingRequest { conversation_id: id };
        all.push(("SignalTyping", c.signal_typing(by.request(typing)).await.map(drop)));
        let until = Some(rpc::timestamp(chrono::Utc::now() + chrono::TimeDelta::hours(1)));
        let postpone = PostponeRequestRequest { request_id: request.clone(), until };
        all.push(("PostponeRequest", r.postpone_request(by.request(postpone)).await.map(drop)));
        let close = CloseRequestRequest { request_id: request.clone(), ..Default::default() };
        all.push(("CloseRequest", r.close_request(by.request(close)).await.map(drop)));
        let reopen = ReopenRequestRequest { request_id: request.clone() };
        all.push(("ReopenRequest", r.reopen_request(by.request(reopen)).await.map(drop)));
        let reject = RejectRequestRequest { request_id: request.clone(), ..Default::default() };
        all.push(("RejectRequest", r.reject_request(by.request(reject)).await.map(drop)));
        let to = Some(To::DepartmentId(self.service.to_string()));
        let transfer = TransferRequestRequest { request_id: request, to, ..Default::default() };
        all.push(("TransferRequest", r.transfer_request(by.request(transfer)).await.map(drop)));
        all
    }

    /// Makes every call and compares with what the caller may do.
    async fn check(&self, who: &str, by: &Caller, subject: &Subject, sight: Sight) {
        for (call, answer) in self.reads(by, subject).await {
            let code = answer.err().map_or(Code::Ok, |status| status.code());
            let expected = if sight == Sight::None { Code::NotFound } else { Code::Ok };
            assert_eq!(code, expected, "{who}: {call}");
        }
        let take = TakeRequestRequest { request_id: subject.dialog.request.clone() };
        if sight != Sight::Take && sight != Sight::Full {
            let refusal = self.requests.take_request(by.request(take)).await.expect_err("nothing to take");
            let known = refusal.code() == Code::NotFound
                || reason(&refusal) == ErrorReason::RequestTaken
                || (sight == Sight::Read && refusal.code() == Code::PermissionDenied);
            assert!(known, "{who}: TakeRequest: {refusal:?}");
        }
        for (call, answer) in self.writes_of(by, subject).await {
            let code = answer.err().map_or(Code::Ok, |status| status.code());
            match sight {
                Sight::None => assert_eq!(code, Code::NotFound, "{who}: {call}"),
                Sight::Read | Sight::Take => assert_eq!(code, Code::PermissionDenied, "{who}: {call}"),
                Sight::Full => {
                    assert!(!matches!(code, Code::NotFound | Code::PermissionDenied), "{who}: {call}: {code:?}")
                }
            }
        }
    }
}

#[tokio::test]
async fn a_request_of_an_employee_is_that_employees_the_heads_and_the_administrators() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let subject = office.subject("0", &anna, false).await;
    let colleague = office.operator("Борис", office.sales).await;
    office.check("a colleague", &colleague, &subject, Sight::None).await;
    let stranger = office.operator("Вера", office.service).await;
    office.check("another department", &stranger, &subject, Sight::None).await;
    let other_head = office.head("Глеб", office.service).await;
    office.check("another head", &other_head, &subject, Sight::None).await;
    let mut no_head = office.operator("Дина", office.service).await;
    no_head.seen_departments = vec![office.sales, office.service];
    office.check("departments seen without the role", &no_head, &subject, Sight::None).await;
    office.responsible(&stranger, "0").await;
    office.check("the client's responsible", &stranger, &subject, Sight::Read).await;

    office.check("the assignee", &anna, &subject, Sight::Full).await;
    let head = office.head("Егор", office.sales).await;
    let subject = office.subject("1", &anna, false).await;
    office.check("the head", &head, &subject, Sight::Full).await;
    let administrator = office.administrator("Жанна").await;
    let subject = office.subject("2", &anna, false).await;
    office.check("an administrator", &administrator, &subject, Sight::Full).await;
}

#[tokio::test]
async fn an_unassigned_request_is_its_departments_to_read_and_take() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let subject = office.subject("0", &anna, true).await;
    let stranger = office.operator("Вера", office.service).await;
    office.check("another department", &stranger, &subject, Sight::None).await;
    let other_head = office.head("Глеб", office.service).await;
    office.check("another head", &other_head, &subject, Sight::None).await;
    let member = office.operator("Борис", office.sales).await;
    office.check("a member", &member, &subject, Sight::Take).await;
    let mention = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: subject.dialog.id.clone(),
        text: "Глянь".into(),
        mention_employee_ids: vec![id_of(&stranger)],
        ..Default::default()
    };
    office.conversations.add_note(member.request(mention)).await.unwrap();
    office.check("the mentioned", &stranger, &subject, Sight::Read).await;
    office.take(&member, &subject.dialog).await.unwrap();
    office.check("who took it", &member, &subject, Sight::Full).await;

    let head = office.head("Егор", office.sales).await;
    let subject = office.subject("1", &anna, true).await;
    office.check("the head", &head, &subject, Sight::Full).await;
}

#[tokio::test]
async fn a_dialog_without_a_request_is_its_accounts_departments() {
    let office = Office::open().await;
    sqlx::query("update inbox.account set is_request_source = false").execute(&office.pool).await.unwrap();
    office.channel_can(super::office::channel()).await; // reads the accounts anew
    let dialog = office.writes("1", "Здравствуйте").await;
    assert_eq!(dialog.request, "", "not a source of requests");
    let member = office.operator("Анна", office.sales).await;
    let row = office.row(&member, &dialog).await.unwrap();
    assert!(row.can_reply && row.request.is_none(), "nothing to take: the department answers");
    office.send(&member, &dialog, "Да").await;
    let stranger = office.operator("Вера", office.service).await;
    assert!(office.row(&stranger, &dialog).await.is_none());
}

#[tokio::test]
async fn an_event_tells_exactly_those_who_see_it_before_or_after() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    let dialog = office.writes("1", "Здравствуйте").await;
    office.responsible(&vera, "1").await;
    office.events().await;
    office.take(&anna, &dialog).await.unwrap();
    let (_, audience) = office.changed().await;
    let mut employees = vec![id_of(&anna), id_of(&vera)];
    employees.sort();
    assert_eq!((audience.employee_ids, audience.department_ids), (employees, vec![office.sales.to_string()]));
    assert!(!audience.everyone);
}

#[tokio::test]
async fn the_edge_itself_and_a_reading_key_change_nothing() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.writes("1", "Здравствуйте").await;
    let take = TakeRequestRequest { request_id: dialog.request.clone() };
    let list = ListConversationsRequest::default;
    let edge = Caller::edge();
    assert_eq!(
        office.requests.take_request(edge.request(take.clone())).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert!(office.conversations.list_conversations(edge.request(list())).await.is_err());
    let key = Caller { scopes: vec!["inbox.read".into()], ..anna };
    assert_eq!(office.requests.take_request(key.request(take)).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(
        office.conversations.list_conversations(key.request(list())).await.unwrap().into_inner().conversations.len(),
        1
    );
    let nobody = office.conversations.list_conversations(tonic::Request::new(list())).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
}
