//! What becomes of requests: taken once, transferred with their history, closed, rejected, reopened, put off.

use chrono::{TimeDelta, Utc};
use contracts::{
    errors::ErrorReason,
    inbox::{
        CloseRequestRequest, GetRequestRequest, ListMessagesRequest, ListRejectReasonsRequest,
        ListRequestHistoryRequest, ListRequestsRequest, MarkConversationReadRequest, MessageKind,
        PostponeRequestRequest, RejectRequestRequest, ReopenRequestRequest, Request, RequestOutcome, RequestState,
        TransferRequestRequest, conversation_service_server::ConversationService,
        request_service_server::RequestService, transfer_request_request::To,
    },
};
use model::DepartmentId;
use rpc::Caller;
use tonic::{Code, Status};

use super::office::{Dialog, Office, id_of, reason};

impl Office {
    async fn transfer(&self, by: &Caller, dialog: &Dialog, to: To, note: &str) -> Result<Request, Status> {
        let request = TransferRequestRequest {
            request_id: dialog.request.clone(),
            to: Some(to),
            note: note.to_owned(),
            ..TransferRequestRequest::default()
        };
        Ok(self.requests.transfer_request(by.request(request)).await?.into_inner().request.unwrap())
    }

    async fn close(&self, by: &Caller, dialog: &Dialog) -> Result<Request, Status> {
        let request = CloseRequestRequest { request_id: dialog.request.clone(), ..CloseRequestRequest::default() };
        Ok(self.requests.close_request(by.request(request)).await?.into_inner().request.unwrap())
    }

    async fn reopen(&self, by: &Caller, dialog: &Dialog) -> Result<Request, Status> {
        let request = ReopenRequestRequest { request_id: dialog.request.clone() };
        Ok(self.requests.reopen_request(by.request(request)).await?.into_inner().request.unwrap())
    }

    async fn reject(&self, by: &Caller, dialog: &Dialog, why: &str, comment: &str) -> Result<Request, Status> {
        let request = RejectRequestRequest {
            request_id: dialog.request.clone(),
            reject_reason_id: why.to_owned(),
            comment: comment.to_owned(),
            ..RejectRequestRequest::default()
        };
        Ok(self.requests.reject_request(by.request(request)).await?.into_inner().request.unwrap())
    }

    async fn history(&self, by: &Caller, dialog: &Dialog) -> Vec<contracts::inbox::HistoryEntry> {
        let request =
            ListRequestHistoryRequest { request_id: dialog.request.clone(), ..ListRequestHistoryRequest::default() };
        self.requests.list_request_history(by.request(request)).await.unwrap().into_inner().entries
    }
}

// acceptance: DI-13
#[tokio::test]
async fn of_two_who_take_at_once_the_second_is_told_who_has_it() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    for n in 0..8 {
        let dialog = office.writes(&format!("{n}"), "Здравствуйте").await;
        let answers = tokio::join!(office.take(&anna, &dialog), office.take(&boris, &dialog));
        let (winner, refusal) = match answers {
            (Ok(_), Err(refusal)) => (("Анна", &anna), refusal),
            (Err(refusal), Ok(_)) => (("Борис", &boris), refusal),
            both => panic!("one takes, one is refused: {both:?}"),
        };
        assert_eq!((refusal.code(), reason(&refusal)), (Code::FailedPrecondition, ErrorReason::RequestTaken));
        let facts = rpc::metadata_of(&refusal);
        assert_eq!((facts["employee_name"].as_str(), facts["employee_id"].clone()), (winner.0, id_of(winner.1)));
        let again = office.take(winner.1, &dialog).await.unwrap();
        assert_eq!(again.assignee_employee_id, id_of(winner.1), "taking what one has changes nothing");
    }
    assert_eq!(office.count("select count(*) from inbox.audit where action = 'taken'").await, 8);
}

// acceptance: DI-7
#[tokio::test]
async fn a_transfer_to_an_employee_keeps_history_notifies_and_is_audited() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.service).await);
    let dialog = office.taken(&anna, "1").await;
    office.send(&anna, &dialog, "Сейчас посмотрю").await;
    let before = office.requests.get_request(anna.request(GetRequestRequest { request_id: dialog.request.clone() }));
    let before = before.await.unwrap().into_inner().request.unwrap();
    office.events().await;

    let after = office.transfer(&anna, &dialog, To::EmployeeId(id_of(&boris)), "Это по гарантии").await.unwrap();
    assert_eq!((after.state(), after.received_at), (RequestState::Assigned, before.received_at));
    assert_eq!(
        (after.assignee_employee_id.clone(), after.decision.unwrap().method),
        (id_of(&boris), "transferred".into())
    );
    assert_eq!(after.department_id, office.service.to_string(), "it belongs where its assignee works");

    let (event, audience) = office.changed().await;
    assert_eq!((event.request_id, event.assignee_employee_id), (dialog.request.clone(), id_of(&boris)));
    for employee in [&anna, &boris] {
        assert!(audience.employee_ids.contains(&id_of(employee)), "before and after are told");
    }
    for department in [office.sales, office.service] {
        assert!(audience.department_ids.contains(&department.to_string()));
    }

    let request = ListMessagesRequest { conversation_id: dialog.id.clone(), ..ListMessagesRequest::default() };
    let thread = office.conversations.list_messages(boris.request(request)).await.unwrap().into_inner().messages;
    let texts: Vec<_> = thread.iter().map(|m| m.content.as_ref().unwrap().text.as_str()).collect();
    assert!(texts.contains(&"Здравствуйте") && texts.contains(&"Сейчас посмотрю"), "the history goes with it");
    let note = thread.iter().find(|m| m.kind() == MessageKind::Note).unwrap();
    assert_eq!(note.content.as_ref().unwrap().text, "Это по гарантии");
    assert!(thread.iter().any(|m| m.event.as_ref().is_some_and(|e| e.what == "transferred")));
    assert_eq!(
        office
            .count("select count(*) from inbox.outgoing o join inbox.message m using (message_id) where m.kind = 2")
            .await,
        0,
        "the person never sees the note"
    );

    let history = office.history(&boris, &dialog).await;
    let transferred = &history[0];
    assert_eq!((transferred.action.as_str(), transferred.employee_id.clone()), ("transferred", id_of(&anna)));
    assert_eq!(
        (transferred.from_employee_id.clone(), transferred.to_employee_id.clone(), transferred.note.as_str()),
        (id_of(&anna), id_of(&boris), "Это по гарантии")
    );
    let actions: Vec<_> = history.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["transferred", "answered", "taken", "received"]);
    let texts = "select count(*) from inbox.audit where concat(before, after) like '%гарантии%'";
    assert_eq!(office.count(texts).await, 0, "no text of a message in the audit");
    assert!(office.row(&anna, &dialog).await.is_none(), "who gave it away no longer sees it");
}

// acceptance: DI-7
#[tokio::test]
async fn a_transfer_to_a_department_waits_there_for_whoever_takes_it() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    let dialog = office.taken(&anna, "1").await;
    office.events().await;
    let after = office.transfer(&anna, &dialog, To::DepartmentId(office.service.to_string()), "").await.unwrap();
    assert_eq!((after.state(), after.assignee_employee_id.as_str()), (RequestState::Unassigned, ""));
    let (_, audience) = office.changed().await;
    assert!(audience.department_ids.contains(&office.service.to_string()));
    let row = office.row(&vera, &dialog).await.unwrap();
    assert_eq!((row.can_reply, row.cannot_reply_reason.as_str()), (false, "take_first"));
    assert_eq!(office.take(&vera, &dialog).await.unwrap().state(), RequestState::Assigned);
    assert!(office.row(&vera, &dialog).await.unwrap().can_reply);
}

#[tokio::test]
async fn nobody_gets_a_request_who_cannot_have_it() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let dialog = office.taken(&anna, "1").await;
    office.dismiss(&boris).await;
    let refused = async |to: To| office.transfer(&anna, &dialog, to, "").await.unwrap_err();
    assert_eq!(reason(&refused(To::EmployeeId(id_of(&boris))).await), ErrorReason::EmployeeCannotTake);
    let nobody = model::EmployeeId::new().to_string();
    assert_eq!(reason(&refused(To::EmployeeId(nobody)).await), ErrorReason::EmployeeNotFound);
    assert_eq!(
        reason(&refused(To::DepartmentId(DepartmentId::new().to_string())).await),
        ErrorReason::DepartmentNotFound
    );
    assert_eq!(reason(&refused(To::EmployeeId(id_of(&anna))).await), ErrorReason::InvalidField);
    let stale = TransferRequestRequest {
        request_id: dialog.request.clone(),
        to: Some(To::DepartmentId(office.service.to_string())),
        etag: "r1".to_owned(),
        ..TransferRequestRequest::default()
    };
    let refusal = office.requests.transfer_request(anna.request(stale)).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::Aborted, ErrorReason::EtagMismatch));
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_some_reasons_a_comment() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let reasons = office.requests.list_reject_reasons(anna.request(ListRejectReasonsRequest::default())).await;
    let reasons = reasons.unwrap().into_inner().reasons;
    assert_eq!(reasons.len(), 8);
    let spam = reasons.iter().find(|reason| reason.short_name == "Спам").unwrap();
    let wordy = reasons.iter().find(|reason| reason.needs_comment).unwrap();

    let refused =
        async |why: &str, comment: &str| reason(&office.reject(&anna, &dialog, why, comment).await.unwrap_err());
    assert_eq!(refused("", "").await, ErrorReason::ReasonRequired);
    assert_eq!(refused(&wordy.reject_reason_id, " ").await, ErrorReason::CommentRequired);
    assert_eq!(refused(&uuid::Uuid::now_v7().to_string(), "").await, ErrorReason::InvalidField);
    assert_eq!(office.count("select count(*) from inbox.request where state = 6").await, 0);

    let rejected = office.reject(&anna, &dialog, &spam.reject_reason_id, "реклама").await.unwrap();
    assert_eq!((rejected.state(), rejected.outcome()), (RequestState::Rejected, RequestOutcome::Rejected));
    assert_eq!(
        (rejected.reject_reason_id, rejected.reject_comment.as_str()),
        (spam.reject_reason_id.clone(), "реклама")
    );
    assert_eq!(office.history(&anna, &dialog).await[0].note, "реклама");
    assert_eq!(refused(&spam.reject_reason_id, "").await, ErrorReason::RequestClosed);
}

#[tokio::test]
async fn a_closed_request_opens_again_by_hand_or_by_the_person() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let closed = office.close(&anna, &dialog).await.unwrap();
    assert_eq!((closed.state(), closed.outcome()), (RequestState::Done, RequestOutcome::Answered));
    assert_eq!(reason(&office.close(&anna, &dialog).await.unwrap_err()), ErrorReason::RequestClosed);
    let row = office.row(&anna, &dialog).await.unwrap();
    assert!(row.request.is_none() && row.can_reply, "no request is open; its last assignee still sees and answers");

    let open = office.reopen(&anna, &dialog).await.unwrap();
    assert_eq!((open.state(), open.closed_at.is_none()), (RequestState::InWork, true));
    assert_eq!(reason(&office.reopen(&anna, &dialog).await.unwrap_err()), ErrorReason::RequestOpen);

    office.close(&anna, &dialog).await.unwrap();
    let again = office.writes("1", "Ещё вопрос").await;
    assert_eq!(again.request, dialog.request, "within the window the person opens it again");
    assert_eq!(office.row(&anna, &dialog).await.unwrap().request.unwrap().state(), RequestState::Assigned);
}

#[tokio::test]
async fn the_rejected_outcome_is_not_for_closing() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let request = CloseRequestRequest {
        request_id: dialog.request.clone(),
        outcome: RequestOutcome::Rejected.into(),
        ..CloseRequestRequest::default()
    };
    let refusal = office.requests.close_request(anna.request(request)).await.unwrap_err();
    assert_eq!((refusal.code(), reason(&refusal)), (Code::InvalidArgument, ErrorReason::InvalidField));
}

#[tokio::test]
async fn what_is_put_off_wakes_by_the_time_or_by_the_person() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let postpone = async |hours: i64| {
        let until = Some(rpc::timestamp(Utc::now() + TimeDelta::hours(hours)));
        let request = PostponeRequestRequest { request_id: dialog.request.clone(), until };
        Ok::<_, Status>(office.requests.postpone_request(anna.request(request)).await?.into_inner().request.unwrap())
    };
    assert_eq!(reason(&postpone(-1).await.unwrap_err()), ErrorReason::InvalidField);
    assert_eq!(postpone(1).await.unwrap().state(), RequestState::Postponed);
    assert_eq!(office.count("select count(*) from inbox.timer where kind = 'postpone'").await, 1);
    let state = async || office.row(&anna, &dialog).await.unwrap().request.unwrap().state();

    let wake = async || {
        let mut tx = office.pool.begin().await.unwrap();
        crate::requests::wake_postponed(&mut tx, dialog.request.parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
    };
    wake().await;
    assert_eq!(state().await, RequestState::Postponed, "a timer that was moved wakes nothing");
    sqlx::query("update inbox.request set postponed_until = now()").execute(&office.pool).await.unwrap();
    office.events().await;
    wake().await;
    assert_eq!(state().await, RequestState::Assigned);
    assert!(office.changed().await.1.employee_ids.contains(&id_of(&anna)));

    postpone(1).await.unwrap();
    office.writes("1", "Ну что?").await;
    assert_eq!(state().await, RequestState::Assigned);
    postpone(1).await.unwrap();
    office.close(&anna, &dialog).await.unwrap();
    assert_eq!(office.count("select count(*) from inbox.timer where kind = 'postpone'").await, 0);
}

#[tokio::test]
async fn the_first_reading_by_its_assignee_brings_a_request_into_work() {
    let office = Office::open().await;
    let (anna, head) = (office.operator("Анна", office.sales).await, office.head("Глава", office.sales).await);
    let dialog = office.taken(&anna, "1").await;
    let read = async |by: &Caller| {
        let request = MarkConversationReadRequest { conversation_id: dialog.id.clone(), seq: 1, unread: false };
        office.conversations.mark_conversation_read(by.request(request)).await.unwrap();
        office.row(&anna, &dialog).await.unwrap().request.unwrap().state()
    };
    assert_eq!(read(&head).await, RequestState::Assigned, "another reader changes nothing");
    assert_eq!(read(&anna).await, RequestState::InWork);
    assert_eq!(office.count("select count(*) from inbox.request where first_opened_at is not null").await, 1);
}

#[tokio::test]
async fn requests_are_paged_by_their_age_and_filtered() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let mut dialogs = Vec::new();
    for n in 0..5 {
        dialogs.push(office.writes(&format!("{n}"), "Здравствуйте").await);
    }
    office.take(&anna, &dialogs[1]).await.unwrap();
    let list = async |request: ListRequestsRequest| {
        office.requests.list_requests(anna.request(request)).await.map(tonic::Response::into_inner)
    };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(ListRequestsRequest { page_size: 2, page_token: token, ..ListRequestsRequest::default() });
        let page = page.await.unwrap();
        seen.extend(page.requests.into_iter().map(|request| request.request_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, dialogs.iter().map(|dialog| dialog.request.clone()).collect::<Vec<_>>());
    let mine = ListRequestsRequest { assignee_employee_id: id_of(&anna), ..ListRequestsRequest::default() };
    assert_eq!(list(mine.clone()).await.unwrap().requests.len(), 1);
    let first = list(ListRequestsRequest { page_size: 1, ..ListRequestsRequest::default() }).await.unwrap();
    let foreign = ListRequestsRequest { page_token: first.next_page_token, ..mine };
    assert_eq!(reason(&list(foreign).await.unwrap_err()), ErrorReason::PageToken);
}
