//! The work with a request: handing over, ending, putting off, and what colleagues tell each other.

use chrono::{TimeDelta, Utc};
use contracts::{
    crm::{Client, ClientKind, CreateClientRequest, UnlinkContactPointRequest},
    errors::ErrorReason,
    inbox::{
        AddNoteRequest, CloseRequestRequest, ConversationView, CountConversationsRequest, Draft, GetDraftRequest,
        HistoryEntry, ListConversationsRequest, ListRejectReasonsRequest, ListRequestHistoryRequest,
        MarkConversationReadRequest, MessageKind, PostponeRequestRequest, RejectRequestRequest, ReopenRequestRequest,
        Request, RequestOutcome, RequestState, SaveDraftRequest, TransferRequestRequest, transfer_request_request::To,
    },
    live::{event, watch_response::What},
};
use testkit::eventually;
use tonic::Status;
use uuid::Uuid;

use crate::{
    deeds::{reason, text_of},
    operator::Operator,
    stage::Stage,
    world::SOON,
};

impl Operator {
    pub async fn transfer(&self, request: &str, to: To, note: &str, etag: &str) -> Result<Request, Status> {
        let request = TransferRequestRequest {
            request_id: request.to_owned(),
            to: Some(to),
            note: note.to_owned(),
            etag: etag.to_owned(),
        };
        let answer = self.requests().transfer_request(request).await?;
        Ok(answer.into_inner().request.expect("a request"))
    }

    async fn close(&self, request: &str, outcome: RequestOutcome) -> Result<Request, Status> {
        let request =
            CloseRequestRequest { request_id: request.to_owned(), outcome: outcome.into(), etag: String::new() };
        Ok(self.requests().close_request(request).await?.into_inner().request.expect("a request"))
    }

    async fn reject(&self, request: &str, reject_reason_id: &str, comment: &str) -> Result<Request, Status> {
        let request = RejectRequestRequest {
            request_id: request.to_owned(),
            reject_reason_id: reject_reason_id.to_owned(),
            comment: comment.to_owned(),
            etag: String::new(),
        };
        Ok(self.requests().reject_request(request).await?.into_inner().request.expect("a request"))
    }

    async fn reopen(&self, request: &str) -> Result<Request, Status> {
        let request = ReopenRequestRequest { request_id: request.to_owned() };
        Ok(self.requests().reopen_request(request).await?.into_inner().request.expect("a request"))
    }

    async fn postpone(&self, request: &str, by: TimeDelta) -> Result<Request, Status> {
        let until = Some(rpc::timestamp(Utc::now() + by));
        let request = PostponeRequestRequest { request_id: request.to_owned(), until };
        Ok(self.requests().postpone_request(request).await?.into_inner().request.expect("a request"))
    }

    async fn history(&self, request: &str) -> Vec<HistoryEntry> {
        let request =
            ListRequestHistoryRequest { request_id: request.to_owned(), ..ListRequestHistoryRequest::default() };
        self.requests().list_request_history(request).await.expect("a history").into_inner().entries
    }

    async fn note(&self, conversation: &str, text: &str, mentions: &[&Operator]) {
        let request = AddNoteRequest {
            message_id: Uuid::now_v7().to_string(),
            conversation_id: conversation.to_owned(),
            text: text.to_owned(),
            mention_employee_ids: mentions.iter().map(|one| one.employee_id.clone()).collect(),
            file_ids: Vec::new(),
        };
        self.conversations().add_note(request).await.expect("a note");
    }

    async fn read_up_to(&self, conversation: &str, seq: u64) -> u32 {
        let request = MarkConversationReadRequest { conversation_id: conversation.to_owned(), seq, unread: false };
        self.conversations().mark_conversation_read(request).await.expect("marked").into_inner().unread
    }

    async fn save_draft(&self, draft: Draft) -> Result<Draft, Status> {
        let saved = self.conversations().save_draft(SaveDraftRequest { draft: Some(draft) }).await?;
        Ok(saved.into_inner().draft.unwrap_or_default())
    }

    async fn draft(&self, conversation: &str) -> Option<Draft> {
        let request = GetDraftRequest { conversation_id: conversation.to_owned() };
        self.conversations().get_draft(request).await.expect("an answer").into_inner().draft
    }

    async fn request_of(&self, conversation: &str) -> String {
        let row = self.conversation(conversation).await.expect("a conversation in sight");
        row.request.expect("an open request").request_id
    }
}

// acceptance: DI-7
#[tokio::test]
async fn a_request_is_handed_on_with_a_private_note_and_its_history() {
    let stage = Stage::set().await;
    let (sales, department) = (&stage.operator, stage.department().await);
    let support = stage.world.operator("operator2").await;
    let (buyer, conversation) = stage.talk(1).await;
    let reply = sales.send(&conversation, "Сейчас узнаю").await;
    sales.wait_for_status(&reply, contracts::inbox::MessageStatus::Sent).await;
    let request = sales.request_of(&conversation).await;
    let before = sales.request(&request).await;
    assert!(support.conversation(&conversation).await.is_none(), "another department's");

    let mut told = support.news("").await;
    let to = || To::EmployeeId(support.employee_id.clone());
    let stale = sales.transfer(&request, to(), "", "stale").await;
    assert!(stale.is_err(), "an etag that was never given");
    let after = sales.transfer(&request, to(), "Ждёт замера с пятницы", &before.etag).await.unwrap();
    assert_eq!((after.state(), &after.assignee_employee_id), (RequestState::Assigned, &support.employee_id));
    assert_eq!((after.received_at, after.number), (before.received_at, before.number));
    let change = told.change(&conversation, |change| change.request_id == request).await;
    assert_eq!(change.assignee_employee_id, support.employee_id);

    assert!(
        support.list(ConversationView::Mine).await.iter().any(|c| c.conversation_id == conversation && c.can_reply)
    );
    let thread = support.messages(&conversation).await;
    let said: Vec<_> = thread.iter().map(text_of).filter(|text| !text.is_empty()).collect();
    assert_eq!(said, ["Здравствуйте", "Сейчас узнаю", "Ждёт замера с пятницы"]);
    let note = thread.iter().find(|m| m.kind() == MessageKind::Note).unwrap();
    assert_eq!(note.author_employee_id, sales.employee_id);
    let line = thread.iter().filter_map(|m| m.event.as_ref()).find(|event| event.what == "transferred").unwrap();
    assert_eq!((&line.from_employee_id, &line.employee_id), (&sales.employee_id, &support.employee_id));
    let history = support.history(&request).await;
    assert_eq!(
        (history[0].action.as_str(), &history[0].employee_id, history[0].note.as_str()),
        ("transferred", &sales.employee_id, "Ждёт замера с пятницы")
    );
    let actions: Vec<_> = history.iter().rev().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["received", "taken", "answered", "transferred"]);

    assert!(sales.list(ConversationView::Mine).await.is_empty(), "the old owner has it no longer");
    assert!(sales.conversation(&conversation).await.is_none());
    assert_eq!(reason(sales.transfer(&request, to(), "", "").await), ErrorReason::RequestNotFound);

    // Back to a department: it waits there for whoever takes it, and its people are told.
    let mut told = sales.news("").await;
    let after = support.transfer(&request, To::DepartmentId(department.clone()), "", "").await.unwrap();
    assert_eq!((after.state(), after.assignee_employee_id.as_str()), (RequestState::Unassigned, ""));
    told.change(&conversation, |change| change.request_id == request).await;
    let waiting = sales.list(ConversationView::Unassigned).await;
    assert_eq!((waiting.len(), waiting[0].cannot_reply_reason.as_str()), (1, "take_first"));
    assert!(support.conversation(&conversation).await.is_none());
    sales.take(&request).await.unwrap();
    let texts: Vec<_> = buyer.received().into_iter().filter_map(|sent| sent.text).collect();
    assert_eq!(texts, ["Сейчас узнаю"], "the customer learns nothing of it");
    let audited = stage.world.count("select count(*) from inbox.audit where action = 'transferred'").await;
    assert_eq!(audited, 2);
}

#[tokio::test]
async fn a_request_is_ended_opened_again_and_put_off() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (buyer, conversation) = stage.talk(1).await;
    let request = operator.request_of(&conversation).await;
    let comes_back = async |text: &str| {
        buyer.text(text);
        operator.message_with(&conversation, text).await;
        operator.conversation(&conversation).await.unwrap().request.unwrap()
    };

    let closed = operator.close(&request, RequestOutcome::Deal).await.unwrap();
    assert_eq!((closed.state(), closed.outcome()), (RequestState::Done, RequestOutcome::Deal));
    assert!(closed.closed_at.is_some() && operator.conversation(&conversation).await.unwrap().request.is_none());
    assert_eq!(reason(operator.close(&request, RequestOutcome::Answered).await), ErrorReason::RequestClosed);
    let again = comes_back("ещё вопрос").await;
    assert_eq!((again.request_id.as_str(), again.state()), (request.as_str(), RequestState::Assigned));
    assert_eq!(again.assignee_employee_id, operator.employee_id, "within a day it is the same request");

    assert_eq!(reason(operator.reject(&request, "", "").await), ErrorReason::ReasonRequired);
    let reasons = operator.requests().list_reject_reasons(ListRejectReasonsRequest::default()).await.unwrap();
    let reasons = reasons.into_inner().reasons;
    let needs = |wanted: bool| reasons.iter().find(|one| one.needs_comment == wanted).expect("such a reason");
    let strict = &needs(true).reject_reason_id;
    assert_eq!(reason(operator.reject(&request, strict, " ").await), ErrorReason::CommentRequired);
    let rejected = operator.reject(&request, strict, "спам").await.unwrap();
    assert_eq!((rejected.state(), rejected.reject_comment.as_str()), (RequestState::Rejected, "спам"));
    let open = operator.reopen(&request).await.unwrap();
    assert_eq!((open.state(), open.outcome()), (RequestState::InWork, RequestOutcome::Unspecified));
    assert_eq!(reason(operator.reopen(&request).await), ErrorReason::RequestOpen);

    assert_eq!(reason(operator.postpone(&request, TimeDelta::seconds(-1)).await), ErrorReason::InvalidField);
    let postponed = operator.postpone(&request, TimeDelta::hours(1)).await.unwrap();
    assert_eq!(postponed.state(), RequestState::Postponed);
    assert_eq!(comes_back("я тут").await.state(), RequestState::Assigned, "who writes wakes it");
    assert!(operator.request(&request).await.postponed_until.is_none());
    let mut told = operator.news("").await;
    operator.postpone(&request, TimeDelta::milliseconds(500)).await.unwrap();
    eventually("its time wakes it", SOON, async || {
        (operator.request(&request).await.state() == RequestState::Assigned).then_some(())
    })
    .await;
    told.change(&conversation, |change| change.request_id == request).await;
    told.change(&conversation, |change| change.request_id == request).await;

    // After the window of the account it is new work, and names the old.
    operator.reject(&request, &needs(false).reject_reason_id, "").await.unwrap();
    let past = "update inbox.request set closed_at = closed_at - interval '25 hours'";
    sqlx::query(past).execute(&stage.world.pool).await.unwrap();
    let new = comes_back("через день").await;
    assert_ne!(new.request_id, request);
    assert_eq!(operator.request(&new.request_id).await.previous_request_id, request);
    operator.take(&new.request_id).await.unwrap();
    assert_eq!(reason(operator.reopen(&request).await), ErrorReason::RequestOpen, "another one is open by now");
}

#[tokio::test]
async fn colleagues_tell_each_other_what_the_customer_never_reads() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let other = stage.world.operator("operator2").await;
    let (buyer, conversation) = stage.talk(1).await;
    let mut told = other.news("").await;
    operator.note(&conversation, "@Оператор 2, какой срок?", &[&other]).await;
    let change = told.change(&conversation, |change| !change.mention_employee_ids.is_empty()).await;
    assert_eq!(change.mention_employee_ids, std::slice::from_ref(&other.employee_id));

    // Whoever is mentioned sees the conversation, and may answer their colleague, not the customer.
    let mentions = other.list(ConversationView::Mentions).await;
    assert_eq!(
        mentions.iter().map(|c| (&c.conversation_id, c.can_reply)).collect::<Vec<_>>(),
        [(&conversation, false)]
    );
    let count = async || {
        let counts = other.conversations().count_conversations(CountConversationsRequest {}).await.unwrap();
        counts.into_inner().mentions
    };
    assert_eq!(count().await, 1);
    other.note(&conversation, "Три недели", &[]).await;
    let last = other.messages(&conversation).await.last().unwrap().seq;
    other.read_up_to(&conversation, last).await;
    assert_eq!(count().await, 0, "read is read");
    assert_eq!(other.list(ConversationView::Mentions).await.len(), 1, "and stays findable");
    let refused = other.try_send(crate::deeds::reply(&conversation, "Три недели")).await;
    assert_eq!(reason(refused), ErrorReason::Permission);

    let sent = operator.send(&conversation, "Срок три недели").await;
    operator.wait_for_status(&sent, contracts::inbox::MessageStatus::Sent).await;
    let texts: Vec<_> = buyer.received().into_iter().filter_map(|sent| sent.text).collect();
    assert_eq!(texts, ["Срок три недели"]);
    let row = operator.conversation(&conversation).await.unwrap();
    assert_eq!(row.last_message.unwrap().text, "Срок три недели", "notes are no last line");
}

#[tokio::test]
async fn unread_is_counted_for_each_reader_and_drafts_are_shared_by_ones_windows() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let head = stage.world.operator("head").await;
    let (buyer, conversation) = stage.talk(1).await;
    buyer.text("ау");
    let third = operator.message_with(&conversation, "ау").await;
    let unread = async |who: &Operator| who.conversation(&conversation).await.unwrap().unread;
    assert_eq!((unread(operator).await, unread(&head).await), (2, 2));
    let mine_unread = async || {
        let counts = operator.conversations().count_conversations(CountConversationsRequest {}).await.unwrap();
        let counts = counts.into_inner();
        (counts.mine, counts.mine_unread)
    };
    assert_eq!(mine_unread().await, (1, 1));
    let mut window = operator.news("").await;
    assert_eq!(operator.read_up_to(&conversation, third.seq).await, 0);
    assert_eq!((unread(operator).await, unread(&head).await), (0, 2), "each reader has a mark of their own");
    assert_eq!(mine_unread().await, (1, 0));
    window
        .until("the mark of the other window", |what| {
            let What::Event(event) = what else { return None };
            matches!(&event.what, Some(event::What::ReadMarkChanged(mark)) if mark.seq == third.seq).then_some(())
        })
        .await;
    let back = MarkConversationReadRequest { conversation_id: conversation.clone(), seq: third.seq, unread: true };
    assert_eq!(operator.conversations().mark_conversation_read(back).await.unwrap().into_inner().unread, 1);

    // Two windows of one person.
    let second = stage.world.operator("operator1").await;
    let draft = |text: &str, etag: &str| Draft {
        conversation_id: conversation.clone(),
        text: text.to_owned(),
        etag: etag.to_owned(),
        ..Draft::default()
    };
    let saved = operator.save_draft(draft("Добрый", "")).await.unwrap();
    let told = window
        .until("the draft", |what| {
            let What::Event(event) = what else { return None };
            let Some(event::What::DraftChanged(changed)) = &event.what else { return None };
            Some(changed.clone())
        })
        .await;
    assert_eq!((&told.conversation_id, &told.etag), (&conversation, &saved.etag));
    let seen = second.draft(&conversation).await.unwrap();
    assert_eq!((seen.text.as_str(), &seen.etag), ("Добрый", &saved.etag));
    second.save_draft(draft("Добрый день", &seen.etag)).await.unwrap();
    let stale = operator.save_draft(draft("Добрый вечер", &saved.etag)).await;
    assert_eq!(reason(stale), ErrorReason::EtagMismatch);
    assert!(second.conversation(&conversation).await.unwrap().has_draft);
    assert!(head.draft(&conversation).await.is_none(), "a draft is its author's alone");
    operator.send(&conversation, "Добрый день").await;
    assert!(second.draft(&conversation).await.is_none(), "what is sent is no draft any more");
}

#[tokio::test]
async fn who_writes_is_identified_and_the_row_and_the_feed_say_so() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (_, conversation) = stage.talk(1).await;
    let person = async || operator.conversation(&conversation).await.unwrap().person.unwrap();
    let stranger = person().await;
    assert!(stranger.client_id.is_empty());
    let mut told = operator.news("").await;
    let client = Client {
        name: "ООО Ромашка".into(),
        kind: ClientKind::Company.into(),
        responsible_employee_id: operator.employee_id.clone(),
        ..Client::default()
    };
    let request = CreateClientRequest {
        request_id: Uuid::now_v7().to_string(),
        client: Some(client),
        contact_point_id: stranger.contact_point_id.clone(),
        force: false,
    };
    let made = operator.clients().create_client(request).await.unwrap().into_inner().client.unwrap();
    told.until("whose it is", |what| {
        let What::Event(event) = what else { return None };
        let Some(event::What::ContactPointLinked(linked)) = &event.what else { return None };
        (linked.contact_point_id == stranger.contact_point_id && linked.client_id == made.client_id).then_some(())
    })
    .await;
    let known = person().await;
    assert_eq!((&known.client_id, known.client_name.as_str()), (&made.client_id, "ООО Ромашка"));
    assert_eq!(known.responsible_employee_id, operator.employee_id);
    let query = ListConversationsRequest { query: "ромашка".into(), ..ListConversationsRequest::default() };
    assert_eq!(operator.conversations().list_conversations(query).await.unwrap().into_inner().conversations.len(), 1);
    let unlink = UnlinkContactPointRequest { contact_point_id: stranger.contact_point_id };
    operator.clients().unlink_contact_point(unlink).await.unwrap();
    assert!(person().await.client_id.is_empty());
}
