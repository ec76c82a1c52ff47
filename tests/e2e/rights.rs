//! Who sees what: nothing by any call for the others, everything for an administrator, the subtree for a head.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contracts::{
    crm::StartDuplicateSearchRequest,
    errors::ErrorReason,
    file::GetFileRequest,
    inbox::{
        AddNoteRequest, Assignment, BatchGetConversationsRequest, BatchGetMessagesRequest, CancelMessageRequest,
        CheckSettingsRequest, CloseRequestRequest, ConnectDemoRequest, ConversationView, CountConversationsRequest,
        CountConversationsResponse, CreateChannelAccountRequest, DeleteChannelAccountRequest, DeleteMessageRequest,
        Draft, EditMessageRequest, GetDeadLetterOriginalRequest, GetDraftRequest, GetRequestRequest,
        ListAccessesRequest, ListConversationsRequest, ListMessageVersionsRequest, ListMessagesRequest,
        ListRequestHistoryRequest, ListRequestsRequest, MarkConversationReadRequest, PostponeRequestRequest,
        ReactToMessageRequest, RejectRequestRequest, ReopenRequestRequest, ReplayDeadLetterRequest,
        RescheduleMessageRequest, SaveDraftRequest, SendMessageAgainRequest, SettleMessageRequest, SignalTypingRequest,
        SignalViewingRequest, TakeRequestRequest, TransferRequestRequest, UpdateChannelAccountRequest,
        transfer_request_request::To,
    },
    live::{ListEventsRequest, event},
    org::{Employee, Role, UpdateEmployeeRequest},
};
use reqwest::StatusCode;
use testkit::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    actions::customer,
    deeds::{reason, reply},
    operator::Operator,
    stage::Stage,
    world::SOON,
};

/// What somebody knows by name and may not see.
struct Hidden {
    conversation: String,
    request: String,
    /// The customer's and ours.
    messages: [String; 2],
    attachment: String,
}

impl Hidden {
    /// Every call that names the conversation, as `who`.
    async fn calls_about_the_conversation(&self, who: &Operator) -> Vec<(&'static str, Status)> {
        let (mut api, id) = (who.conversations(), self.conversation.clone());
        let new = || Uuid::now_v7().to_string();
        let draft = Draft { conversation_id: id.clone(), text: "x".into(), ..Draft::default() };
        let note = AddNoteRequest {
            message_id: new(),
            conversation_id: id.clone(),
            text: "x".into(),
            ..AddNoteRequest::default()
        };
        let list = ListMessagesRequest { conversation_id: id.clone(), ..ListMessagesRequest::default() };
        let mark = MarkConversationReadRequest { conversation_id: id.clone(), seq: 1, unread: false };
        let answers = [
            ("ListMessages", api.list_messages(list).await.err()),
            ("SendMessage", api.send_message(reply(&id, "x")).await.err()),
            ("AddNote", api.add_note(note).await.err()),
            ("MarkConversationRead", api.mark_conversation_read(mark).await.err()),
            ("GetDraft", api.get_draft(GetDraftRequest { conversation_id: id.clone() }).await.err()),
            ("SaveDraft", api.save_draft(SaveDraftRequest { draft: Some(draft) }).await.err()),
            ("SignalTyping", api.signal_typing(SignalTypingRequest { conversation_id: id.clone() }).await.err()),
            (
                "SignalViewing",
                api.signal_viewing(SignalViewingRequest { conversation_id: id, left: false }).await.err(),
            ),
        ];
        refused(answers)
    }

    /// Every call that names a message.
    async fn calls_about_a_message(&self, who: &Operator, message: &str) -> Vec<(&'static str, Status)> {
        let (mut api, message_id) = (who.conversations(), message.to_owned());
        let new = || Uuid::now_v7().to_string();
        let edit = EditMessageRequest { message_id: message_id.clone(), text: "x".into(), ..Default::default() };
        let delete = DeleteMessageRequest { message_id: message_id.clone(), request_id: new() };
        let react = ReactToMessageRequest { message_id: message_id.clone(), emoji: "👍".into(), request_id: new() };
        let versions = ListMessageVersionsRequest { message_id: message_id.clone(), ..Default::default() };
        let again =
            SendMessageAgainRequest { message_id: message_id.clone(), new_message_id: new(), ..Default::default() };
        let later = RescheduleMessageRequest { message_id: message_id.clone(), not_before: None };
        let answers = [
            ("ListMessageVersions", api.list_message_versions(versions).await.err()),
            ("EditMessage", api.edit_message(edit).await.err()),
            ("DeleteMessage", api.delete_message(delete).await.err()),
            ("ReactToMessage", api.react_to_message(react).await.err()),
            ("CancelMessage", api.cancel_message(CancelMessageRequest { message_id: message_id.clone() }).await.err()),
            ("RescheduleMessage", api.reschedule_message(later).await.err()),
            ("SettleMessage", api.settle_message(SettleMessageRequest { message_id }).await.err()),
            ("SendMessageAgain", api.send_message_again(again).await.err()),
        ];
        refused(answers)
    }

    /// Every call that names the request.
    async fn calls_about_the_request(&self, who: &Operator) -> Vec<(&'static str, Status)> {
        let (mut api, request_id) = (who.requests(), self.request.clone());
        let transfer = TransferRequestRequest {
            request_id: request_id.clone(),
            to: Some(To::EmployeeId(who.employee_id.clone())),
            ..Default::default()
        };
        let reject = RejectRequestRequest { request_id: request_id.clone(), ..Default::default() };
        let until = Some(rpc::timestamp(chrono::Utc::now() + chrono::TimeDelta::hours(1)));
        let history = ListRequestHistoryRequest { request_id: request_id.clone(), ..Default::default() };
        let close = CloseRequestRequest { request_id: request_id.clone(), ..Default::default() };
        let answers = [
            ("GetRequest", api.get_request(GetRequestRequest { request_id: request_id.clone() }).await.err()),
            ("TakeRequest", api.take_request(TakeRequestRequest { request_id: request_id.clone() }).await.err()),
            ("TransferRequest", api.transfer_request(transfer).await.err()),
            ("CloseRequest", api.close_request(close).await.err()),
            ("RejectRequest", api.reject_request(reject).await.err()),
            ("ReopenRequest", api.reopen_request(ReopenRequestRequest { request_id: request_id.clone() }).await.err()),
            ("PostponeRequest", api.postpone_request(PostponeRequestRequest { request_id, until }).await.err()),
            ("ListRequestHistory", api.list_request_history(history).await.err()),
        ];
        refused(answers)
    }

    /// Lists and batches leave it out.
    async fn is_in_no_list_of(&self, who: &Operator) {
        let mut api = who.conversations();
        for view in [ConversationView::All, ConversationView::Mine, ConversationView::Unassigned] {
            assert!(who.list(view).await.is_empty(), "{view:?}");
        }
        let query =
            ListConversationsRequest { query: "Покупатель".into(), ..ListConversationsRequest::default() };
        assert!(api.list_conversations(query).await.unwrap().into_inner().conversations.is_empty(), "by search");
        let ids = BatchGetConversationsRequest { conversation_ids: vec![self.conversation.clone()], in_passing: false };
        assert!(api.batch_get_conversations(ids).await.unwrap().into_inner().conversations.is_empty());
        let ids = BatchGetMessagesRequest { message_ids: self.messages.to_vec(), in_passing: false };
        assert!(api.batch_get_messages(ids).await.unwrap().into_inner().messages.is_empty());
        let counts = api.count_conversations(CountConversationsRequest {}).await.unwrap().into_inner();
        assert_eq!(counts, CountConversationsResponse::default());
        let mut requests = who.requests();
        assert!(requests.list_requests(ListRequestsRequest::default()).await.unwrap().into_inner().requests.is_empty());
        let file = who.files().get_file(GetFileRequest { file_id: self.attachment.clone(), saved: false }).await;
        assert_eq!(reason(file), ErrorReason::FileNotFound);
        assert_eq!(who.download(&self.attachment).await.0, StatusCode::NOT_FOUND);
    }
}

fn refused<const N: usize>(answers: [(&'static str, Option<Status>); N]) -> Vec<(&'static str, Status)> {
    let seen =
        |(name, status): (&'static str, Option<Status>)| (name, status.unwrap_or_else(|| panic!("{name} saw it")));
    answers.into_iter().map(seen).collect()
}

/// A taken conversation with a picture and a reply.
async fn hidden(stage: &Stage) -> Hidden {
    let buyer = customer(&stage.connected.bot, 1);
    buyer.send(testkit::telegram::CustomerMessage::photo(testkit::telegram::png(10, 10)).caption("Вот"));
    let conversation = stage.operator.take_only().await;
    let id = conversation.conversation_id.clone();
    let attachment = stage.operator.stored_files(&id, 1).await.remove(0).attachment_id;
    let ours = stage.send_all(reply(&id, "Спасибо")).await.remove(0).message_id;
    let theirs = stage.operator.messages(&id).await.remove(0).message_id;
    let request = conversation.request.unwrap().request_id;
    Hidden { conversation: id, request, messages: [theirs, ours], attachment }
}

#[tokio::test]
async fn another_department_sees_nothing_by_any_call() {
    let stage = Stage::set().await;
    let other = stage.world.operator("operator2").await;
    let mut told = other.news("").await;
    let hidden = hidden(&stage).await;
    hidden.is_in_no_list_of(&other).await;
    let mut refusals = hidden.calls_about_the_conversation(&other).await;
    for message in &hidden.messages {
        refusals.extend(hidden.calls_about_a_message(&other, message).await);
    }
    refusals.extend(hidden.calls_about_the_request(&other).await);
    for (call, status) in &refusals {
        assert_eq!(status.code(), Code::NotFound, "{call}: {status:?}");
    }
    let hidden_ids = (hidden.conversation.clone(), hidden.messages[0].clone(), hidden.request.clone());
    // As if it did not exist: the same answer as for an id that nobody has.
    let nobodys = Hidden { conversation: Uuid::now_v7().to_string(), ..hidden };
    let unknown = nobodys.calls_about_the_conversation(&other).await;
    for ((call, refused), (_, unknown)) in refusals.iter().zip(&unknown) {
        assert_eq!(rpc::reason_of(refused), rpc::reason_of(unknown), "{call}");
    }
    assert_eq!(stage.world.telegram.count("sendMessage"), 1, "nothing was sent");
    let (mut calls, signals): (Vec<&str>, Vec<&str>) =
        refusals.iter().map(|(call, _)| *call).partition(|call| !call.starts_with("Signal"));
    calls.sort_unstable();
    calls.dedup();
    let records = eventually("every call is on record", SOON, async || {
        let records = refusals_of(&stage, &other, "inbox").await;
        calls.iter().all(|call| records.iter().any(|it| it.method.ends_with(&format!("/{call}")))).then_some(records)
    })
    .await;
    assert_eq!(signals.len(), 2, "which the page sends by itself");
    assert!(!records.iter().any(|it| it.method.contains("/Signal")), "{records:?}");
    let nobodys: Uuid = nobodys.conversation.parse().unwrap();
    assert!(!records.iter().any(|it| it.object_id == nobodys), "what there is not is refused to nobody");
    let wanted = [("conversation", &hidden_ids.0), ("message", &hidden_ids.1), ("request", &hidden_ids.2)];
    for (kind, id) in wanted {
        let permission = format!("{kind}.see");
        assert!(records.iter().any(|it| it.is_of(kind, id, &permission)), "{kind}: {records:?}");
    }

    // Neither does the history of events tell, nor the feed: the first it tells is the note that names them.
    let events = ListEventsRequest { area: "inbox".into(), page_size: 1_000, ..ListEventsRequest::default() };
    let events = other.events().list_events(events).await.unwrap().into_inner().events;
    let about = |event: &contracts::live::Event| matches!(event.what, Some(event::What::ConversationChanged(_)));
    assert!(!events.iter().any(about), "{events:?}");
    let note = AddNoteRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: refusals_conversation(&stage).await,
        text: "взгляните".into(),
        mention_employee_ids: vec![other.employee_id.clone()],
        file_ids: Vec::new(),
    };
    stage.operator.conversations().add_note(note).await.unwrap();
    let first = told
        .until("a change of a conversation", |what| {
            let contracts::live::watch_response::What::Event(event) = what else { return None };
            let Some(event::What::ConversationChanged(changed)) = &event.what else { return None };
            Some(changed.clone())
        })
        .await;
    assert_eq!(first.mention_employee_ids, std::slice::from_ref(&other.employee_id));
}

/// A refusal on record.
#[derive(Debug, sqlx::FromRow)]
struct Record {
    object_kind: String,
    object_id: Uuid,
    permission: String,
    method: String,
}

impl Record {
    fn is_of(&self, kind: &str, id: &str, permission: &str) -> bool {
        (&*self.object_kind, &*self.object_id.to_string(), &*self.permission) == (kind, id, permission)
    }
}

async fn refusals_of(stage: &Stage, who: &Operator, schema: &str) -> Vec<Record> {
    let sql = format!(
        "select object_kind, object_id, after ->> 'permission' as permission, coalesce(after ->> 'method', '') as method
         from {schema}.audit where action = 'access.refused' and employee_id = $1::uuid order by audit_id"
    );
    let sql = sqlx::AssertSqlSafe(sql);
    sqlx::query_as(sql).bind(&who.employee_id).fetch_all(&stage.world.pool).await.unwrap()
}

async fn refusals_conversation(stage: &Stage) -> String {
    stage.operator.list(ConversationView::Mine).await.remove(0).conversation_id
}

// acceptance: AC-5
#[tokio::test]
async fn settings_and_dead_letters_are_for_administrators() {
    let stage = Stage::set().await;
    let mut accounts = stage.operator.accounts();
    let id = stage.connected.account_id.clone();
    let update = UpdateChannelAccountRequest::default();
    let delete = DeleteChannelAccountRequest { account_id: id, etag: String::new() };
    let replay = ReplayDeadLetterRequest { dead_letter_id: Uuid::now_v7().to_string() };
    let original = GetDeadLetterOriginalRequest { dead_letter_id: Uuid::now_v7().to_string(), ..<_>::default() };
    let answers = [
        ("CreateChannelAccount", accounts.create_channel_account(CreateChannelAccountRequest::default()).await.err()),
        ("UpdateChannelAccount", accounts.update_channel_account(update).await.err()),
        ("DeleteChannelAccount", accounts.delete_channel_account(delete).await.err()),
        ("CheckSettings", accounts.check_settings(CheckSettingsRequest::default()).await.err()),
        ("ConnectDemo", accounts.connect_demo(ConnectDemoRequest {}).await.err()),
        ("GetDeadLetterOriginal", accounts.get_dead_letter_original(original).await.err()),
        ("ListAccesses", stage.operator.accesses().list_accesses(ListAccessesRequest::default()).await.err()),
        ("ReplayDeadLetter", accounts.replay_dead_letter(replay).await.err()),
    ];
    let refused = refused(answers);
    for (call, status) in &refused {
        assert_eq!(status.code(), Code::PermissionDenied, "{call}: {status:?}");
    }
    let records = recorded(&stage, "inbox", refused.len()).await;
    for (call, _) in &refused {
        let record = records.iter().find(|it| it.method.ends_with(call)).expect(call);
        let (kind, id) = match *call {
            "DeleteChannelAccount" => ("channel_account", stage.connected.account_id.clone()),
            "UpdateChannelAccount" => ("channel_account", Uuid::nil().to_string()),
            _ => ("method", Uuid::nil().to_string()),
        };
        assert!(record.is_of(kind, &id, "administrator"), "{record:?}");
    }
    let mut duplicates = stage.operator.duplicates();
    let search = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), ..<_>::default() };
    let status = duplicates.start_duplicate_search(search).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    let employee =
        Employee { employee_id: stage.admin.employee_id.clone(), name: "Иной".into(), ..Employee::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["name".into()] });
    let update = UpdateEmployeeRequest { employee: Some(employee), update_mask };
    let status = stage.operator.employees().update_employee(update).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    let records = recorded(&stage, "crm", 2).await;
    assert!(records.iter().any(|it| it.method.ends_with("/StartDuplicateSearch")), "{records:?}");
    assert!(records.iter().any(|it| it.is_of("employee", &stage.admin.employee_id, "administrator")), "{records:?}");
}

/// So many refusals of the operator.
async fn recorded(stage: &Stage, schema: &str, many: usize) -> Vec<Record> {
    eventually("the refusals are on record", SOON, async || {
        let records = refusals_of(stage, &stage.operator, schema).await;
        (records.len() == many).then_some(records)
    })
    .await
}

#[tokio::test]
async fn an_administrator_sees_all_and_a_head_the_subtree() {
    let stage = Stage::set().await;
    let head = stage.world.operator("head").await;
    let north = stage.new_department("Продажи, север", &stage.department().await).await;
    let seller = stage.new_employee("north1", &north, &[Role::Operator]).await;
    let elsewhere = stage.world.operator("operator2").await;
    let connected = stage.world.connect_telegram_with(&stage.admin, "webhook", Assignment::default()).await;
    move_account(&stage, &connected.account_id, &north).await;
    customer(&connected.bot, 7).text("Здравствуйте");
    let waiting = seller.conversation_with("Покупатель 7").await;
    let id = waiting.conversation_id;
    assert!(stage.operator.conversation(&id).await.is_none(), "the department above has its own queue");
    assert!(elsewhere.conversation(&id).await.is_none());
    assert!(head.conversation(&id).await.unwrap().can_reply, "a head may answer in the subtree");
    seller.take(&waiting.request.unwrap().request_id).await.unwrap();
    for who in [&head, &stage.admin] {
        assert!(who.conversation(&id).await.unwrap().can_reply);
        assert_eq!(who.messages(&id).await.len(), 2);
    }
    let sent = head.send(&id, "Отвечает руководитель").await;
    head.wait_for_status(&sent, contracts::inbox::MessageStatus::Sent).await;

    // A new place takes effect at once, in the open feed too.
    let mut told = elsewhere.news("").await;
    let employee = Employee {
        employee_id: elsewhere.employee_id.clone(),
        department_ids: vec![north],
        roles: vec![Role::Operator.into(), Role::Head.into()],
        etag: etag_of(&stage.admin, &elsewhere.employee_id).await,
        ..Employee::default()
    };
    let mask = prost_types::FieldMask { paths: vec!["department_ids".into(), "roles".into()] };
    let request = UpdateEmployeeRequest { employee: Some(employee), update_mask: Some(mask) };
    stage.admin.employees().update_employee(request).await.unwrap();
    told.until("the order to reload", |what| {
        matches!(what, contracts::live::watch_response::What::Reset(_)).then_some(())
    })
    .await;
    assert!(elsewhere.conversation(&id).await.unwrap().can_reply);
}

async fn etag_of(admin: &Operator, employee: &str) -> String {
    let request = contracts::org::GetEmployeeRequest { employee_id: employee.to_owned() };
    admin.employees().get_employee(request).await.unwrap().into_inner().employee.unwrap().etag
}

async fn move_account(stage: &Stage, account: &str, department: &str) {
    let request = contracts::inbox::GetChannelAccountRequest { account_id: account.to_owned() };
    let found = stage.admin.accounts().get_channel_account(request).await.unwrap().into_inner().account.unwrap();
    let changed = contracts::inbox::ChannelAccount { department_id: department.to_owned(), ..found };
    let mask = prost_types::FieldMask { paths: vec!["department_id".into()] };
    let request = UpdateChannelAccountRequest { account: Some(changed), update_mask: Some(mask) };
    eventually("the account is moved", SOON, async || {
        stage.admin.accounts().update_channel_account(request.clone()).await.ok()
    })
    .await;
}
