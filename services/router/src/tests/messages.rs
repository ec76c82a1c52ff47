//! Replies, notes and changes of what was sent.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{AttachmentKind, ButtonRow, Capabilities, Order, ReceiptStatus, TextSpan, TextStyle, order::Body},
    errors::ErrorReason,
    file::{CompleteFileRequest, CreateFileRequest, file_service_server::FileService},
    inbox::{
        AddNoteRequest, BatchGetMessagesRequest, CancelMessageRequest, DeleteMessageRequest, EditMessageRequest,
        ListMessageVersionsRequest, Message, MessageKind, MessageStatus, ReactToMessageRequest,
        RescheduleMessageRequest, SendMessageAgainRequest, SendMessageRequest, SettleMessageRequest,
        conversation_service_server::ConversationService,
    },
};
use model::{FileId, MessageId};
use prost::Message as _;
use rpc::Caller;
use tonic::{Code, Status};

use super::office::{Dialog, Office, channel, claim, id_of, reason, receipt, says};
use crate::batch::Verdict;

fn reply(dialog: &Dialog, text: &str) -> SendMessageRequest {
    SendMessageRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        text: text.to_owned(),
        ..SendMessageRequest::default()
    }
}

impl Office {
    async fn say(&self, by: &Caller, request: SendMessageRequest) -> Result<Vec<Message>, Status> {
        Ok(self.conversations.send_message(by.request(request)).await?.into_inner().messages)
    }

    async fn cancel(&self, by: &Caller, id: MessageId) -> Result<Vec<Message>, Status> {
        let request = CancelMessageRequest { message_id: id.to_string() };
        Ok(self.conversations.cancel_message(by.request(request)).await?.into_inner().messages)
    }

    async fn edit(&self, by: &Caller, id: MessageId, text: &str) -> Result<Message, Status> {
        let request =
            EditMessageRequest { message_id: id.to_string(), text: text.to_owned(), ..EditMessageRequest::default() };
        Ok(self.conversations.edit_message(by.request(request)).await?.into_inner().message.unwrap())
    }

    pub(super) async fn message(&self, by: &Caller, id: MessageId) -> Message {
        let request = BatchGetMessagesRequest { message_ids: vec![id.to_string()], in_passing: false };
        let found = self.conversations.batch_get_messages(by.request(request)).await.unwrap().into_inner().messages;
        found.into_iter().next().unwrap()
    }

    /// An upload whose bytes are there.
    pub async fn uploaded(&self, by: &Caller, name: &str, mime_type: &str, size_bytes: i64) -> FileId {
        let id = FileId::new();
        let (file_id, name, mime_type) = (id.to_string(), name.to_owned(), mime_type.to_owned());
        let create = CreateFileRequest {
            file_id: file_id.clone(),
            name,
            mime_type: mime_type.clone(),
            size_bytes,
            ..CreateFileRequest::default()
        };
        self.files.create_file(by.request(create)).await.unwrap();
        let complete = CompleteFileRequest { file_id, size_bytes, mime_type, ..CompleteFileRequest::default() };
        self.files.complete_file(Caller::edge().request(complete)).await.unwrap();
        id
    }

    /// The orders that wait, in their order.
    async fn orders(&self) -> Vec<(i16, Order)> {
        let rows: Vec<(i16, Vec<u8>)> =
            sqlx::query_as("select kind, payload from inbox.outgoing where kind <> 15 order by order_seq")
                .fetch_all(&self.pool)
                .await
                .unwrap();
        rows.into_iter().map(|(kind, payload)| (kind, Order::decode(payload.as_slice()).unwrap())).collect()
    }
}

#[tokio::test]
async fn a_reply_is_stored_once_whatever_is_repeated() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    office.events().await;
    let request = reply(&dialog, "Одно предложение, которое не помещается в одно сообщение канала.");
    let first = office.say(&anna, request.clone()).await.unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(first[0].message_id, request.message_id);
    assert!(first.iter().all(|m| m.group_key == request.message_id && m.status() == MessageStatus::Queued));
    let (event, _) = office.changed().await;
    assert_eq!(event.message_ids, first.iter().map(|m| m.message_id.clone()).collect::<Vec<_>>());

    let again = tokio::join!(office.say(&anna, request.clone()), office.say(&anna, request.clone()));
    assert_eq!((again.0.unwrap(), again.1.unwrap()), (first.clone(), first.clone()));
    assert_eq!(office.count("select count(*) from inbox.outgoing where kind = 10").await, 2);
    assert!(office.events().await.is_empty(), "a repeat changes nothing and tells nobody");

    let row = office.row(&anna, &dialog).await.unwrap();
    let last = row.last_message.unwrap();
    assert_eq!((last.status(), last.message_id), (MessageStatus::Queued, first[1].message_id.clone()));
    assert!(
        office.count("select count(*) from inbox.request where first_reply_at is not null and state = 3").await == 1
    );

    let other = office.taken(&anna, "2").await;
    let foreign = SendMessageRequest { conversation_id: other.id, ..request };
    assert_eq!(reason(&office.say(&anna, foreign).await.unwrap_err()), ErrorReason::InvalidField);
}

#[tokio::test]
async fn many_at_once_with_one_id_are_one_reply() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let request = reply(&dialog, "Здравствуйте");
    let all = (0..16).map(|_| office.say(&anna, request.clone()));
    for answer in futures::future::join_all(all).await {
        assert_eq!(answer.unwrap()[0].message_id, request.message_id);
    }
    assert_eq!(office.count("select count(*) from inbox.message where direction = 2 and kind = 1").await, 1);
    assert_eq!(office.count("select count(*) from inbox.outgoing where kind = 10").await, 1);
}

#[tokio::test]
async fn what_the_channel_forbids_the_server_refuses() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let refused = async |request: SendMessageRequest| {
        let refusal = office.say(&anna, request).await.unwrap_err();
        (refusal.code(), reason(&refusal))
    };
    assert_eq!(refused(reply(&dialog, " \n")).await, (Code::InvalidArgument, ErrorReason::EmptyMessage));
    assert_eq!(refused(reply(&dialog, &"ж".repeat(100_001))).await.1, ErrorReason::TextTooLong);
    assert_eq!(refused(reply(&dialog, "a\0b")).await.1, ErrorReason::InvalidField);
    let large = office.uploaded(&anna, "большой.pdf", "application/pdf", 2_000).await;
    let with = |file: String| SendMessageRequest { file_ids: vec![file], ..reply(&dialog, "") };
    assert_eq!(refused(with(large.to_string())).await, (Code::FailedPrecondition, ErrorReason::FileTooLarge));
    let facts = rpc::metadata_of(&office.say(&anna, with(large.to_string())).await.unwrap_err());
    assert_eq!((&facts["limit_bytes"], &facts["file_id"]), (&"1000".to_owned(), &large.to_string()));
    assert_eq!(refused(with(FileId::new().to_string())).await.1, ErrorReason::FileNotFound);
    let boris = office.operator("Борис", office.sales).await;
    let foreign = office.uploaded(&boris, "чужой.pdf", "application/pdf", 10).await;
    assert_eq!(refused(with(foreign.to_string())).await.1, ErrorReason::FileNotFound);
    let coming = FileId::new();
    let create = CreateFileRequest { file_id: coming.to_string(), size_bytes: 5, ..CreateFileRequest::default() };
    office.files.create_file(anna.request(create)).await.unwrap();
    assert_eq!(refused(with(coming.to_string())).await.1, ErrorReason::FileNotReady);
    let button = contracts::channel::Button { title: "Да".into(), data: "y".into(), ..Default::default() };
    let rows = vec![ButtonRow { buttons: vec![button; 3] }];
    let buttons = SendMessageRequest { buttons: rows, ..reply(&dialog, "Да?") };
    assert_eq!(refused(buttons).await.1, ErrorReason::ChannelCannot);
    let script =
        TextSpan { style: TextStyle::Link.into(), length: 2, url: "javascript:alert(1)".into(), ..TextSpan::default() };
    let link = SendMessageRequest { spans: vec![script], ..reply(&dialog, "Да") };
    assert_eq!(refused(link).await.1, ErrorReason::InvalidField);
    let beyond = TextSpan { style: TextStyle::Bold.into(), offset: 1, length: 2, ..TextSpan::default() };
    assert_eq!(
        refused(SendMessageRequest { spans: vec![beyond], ..reply(&dialog, "Да") }).await.1,
        ErrorReason::InvalidField
    );

    sqlx::query("update inbox.conversation set reply_until = now() - interval '1 min'")
        .execute(&office.pool)
        .await
        .unwrap();
    assert_eq!(refused(reply(&dialog, "поздно")).await, (Code::FailedPrecondition, ErrorReason::WindowClosed));
    sqlx::query("update inbox.conversation set blocked = true").execute(&office.pool).await.unwrap();
    assert_eq!(refused(reply(&dialog, "ещё")).await.1, ErrorReason::BlockedByClient);
    sqlx::query("update inbox.account set enabled = false").execute(&office.pool).await.unwrap();
    assert_eq!(refused(reply(&dialog, "ещё")).await.1, ErrorReason::AccountOff);
    assert_eq!(office.count("select count(*) from inbox.message where direction = 2 and kind = 1").await, 0);
}

#[tokio::test]
async fn files_go_as_albums_and_the_text_below_the_first() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let mut files = Vec::new();
    for n in 0..3 {
        files.push(office.uploaded(&anna, &format!("{n}.png"), "image/png", 10).await.to_string());
    }
    let request = SendMessageRequest { file_ids: files, ..reply(&dialog, "Три фото") };
    let messages = office.say(&anna, request).await.unwrap();
    let shape: Vec<_> =
        messages.iter().map(|m| m.content.as_ref().unwrap()).map(|c| (c.text.as_str(), c.attachments.len())).collect();
    assert_eq!(shape, [("Три фото", 2), ("", 1)]);
    let file = &messages[0].content.as_ref().unwrap().attachments[1];
    assert_eq!((file.name.as_str(), file.kind()), ("1.png", AttachmentKind::Image));
    assert!(file.object_key.is_empty() && file.remote_ref.is_empty(), "where bytes lie is nothing for the page");
    assert_eq!(
        office.count("select count(*) from inbox.attachment where object_key like 'up/%' and state = 2").await,
        3
    );
}

#[tokio::test]
async fn a_queued_reply_is_taken_back_whole_and_never_claimed() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let request = reply(&dialog, "Одно предложение, которое не помещается в одно сообщение канала.");
    let sent = office.say(&anna, request.clone()).await.unwrap();
    let id: MessageId = request.message_id.parse().unwrap();
    let cancelled = office.cancel(&anna, id).await.unwrap();
    assert!(cancelled.len() == 2 && cancelled.iter().all(|m| m.status() == MessageStatus::Cancelled));
    assert_eq!(office.count("select count(*) from inbox.outgoing").await, 0);
    assert_eq!(office.facts(vec![claim(id, 0)]).await, [Verdict::Refused]);
    let row = office.row(&anna, &dialog).await.unwrap();
    assert_eq!(row.last_message.unwrap().text, "Здравствуйте", "the list shows what was said before");
    assert!(row.waiting_since.is_some(), "the person waits again");
    assert_eq!(office.count("select count(*) from inbox.request where first_reply_at is null").await, 1);
    assert_eq!(
        office.cancel(&anna, sent[1].message_id.parse().unwrap()).await.unwrap().len(),
        2,
        "once more changes nothing"
    );
}

#[tokio::test]
async fn of_a_cancel_and_a_claim_the_first_decides() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let (mut cancelled, mut claimed) = (0, 0);
    for _ in 0..20 {
        let id = office.send(&anna, &dialog, "Ответ").await;
        let (cancel, claim) = tokio::join!(office.cancel(&anna, id), office.facts(vec![claim(id, 0)]));
        match (cancel, claim[0]) {
            (Ok(_), Verdict::Refused) => {
                cancelled += 1;
                assert_eq!(office.message(&anna, id).await.status(), MessageStatus::Cancelled);
            }
            (Err(refusal), Verdict::Granted) => {
                claimed += 1;
                assert_eq!(reason(&refusal), ErrorReason::AlreadyClaimed);
                assert_eq!(office.message(&anna, id).await.status(), MessageStatus::Sending);
            }
            both => panic!("exactly one of them: {both:?}"),
        }
    }
    assert_eq!(cancelled + claimed, 20);
}

#[tokio::test]
async fn a_rescheduled_reply_is_not_sent_by_an_order_of_its_old_time() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let id = office.send(&anna, &dialog, "Позже").await;
    let at = Utc::now() + TimeDelta::hours(2);
    let request = RescheduleMessageRequest { message_id: id.to_string(), not_before: Some(rpc::timestamp(at)) };
    let moved = office.conversations.reschedule_message(anna.request(request)).await.unwrap().into_inner().messages;
    assert_eq!(moved[0].not_before.unwrap().seconds, at.timestamp());
    assert_eq!(office.facts(vec![claim(id, 0)]).await, [Verdict::Refused]);
    assert_eq!(office.count("select count(*) from inbox.outgoing where not_before > now() + interval '1 h'").await, 1);
    let now = RescheduleMessageRequest { message_id: id.to_string(), not_before: None };
    office.conversations.reschedule_message(anna.request(now.clone())).await.unwrap();
    assert_eq!(office.count("select count(*) from inbox.outgoing where not_before < now()").await, 1);
    assert_eq!(office.facts(vec![claim(id, 2)]).await, [Verdict::Granted]);
    let refusal = office.conversations.reschedule_message(anna.request(now)).await.unwrap_err();
    assert_eq!(reason(&refusal), ErrorReason::AlreadyClaimed);
}

#[tokio::test]
async fn a_reply_for_tomorrow_is_no_answer_yet() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let tomorrow = Some(rpc::timestamp(Utc::now() + TimeDelta::days(1)));
    office.say(&anna, SendMessageRequest { not_before: tomorrow, ..reply(&dialog, "Завтра") }).await.unwrap();
    assert_eq!(office.row(&anna, &dialog).await.unwrap().last_message.unwrap().text, "Здравствуйте");
    assert_eq!(office.count("select count(*) from inbox.request where first_reply_at is null").await, 1);
    let far = Some(rpc::timestamp(Utc::now() + TimeDelta::days(500)));
    let refusal = office.say(&anna, SendMessageRequest { not_before: far, ..reply(&dialog, "Потом") }).await;
    assert_eq!(reason(&refusal.unwrap_err()), ErrorReason::InvalidField);
}

#[tokio::test]
async fn an_edit_changes_the_row_at_once_and_keeps_what_was() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let queued = office.send(&anna, &dialog, "Ещё в очереди").await;
    assert_eq!(reason(&office.edit(&anna, queued, "иначе").await.unwrap_err()), ErrorReason::NotSentYet);
    office.cancel(&anna, queued).await.unwrap();
    let id = office.sent(&anna, &dialog, "С опечаткай", "p|1").await;
    let edited = office.edit(&anna, id, "С опечаткой").await.unwrap();
    assert_eq!(edited.content.unwrap().text, "С опечаткой");
    assert!(edited.edited_at.is_some());
    let orders = office.orders().await;
    let Some((11, Order { body: Some(Body::Edit(order)), lane, target: Some(target), .. })) = orders.last() else {
        panic!("an edit waits: {orders:?}")
    };
    assert_eq!((order.message_keys.as_slice(), lane), (["p|1".to_owned()].as_slice(), &dialog.id));
    assert_eq!((order.content.as_ref().unwrap().text.as_str(), target.address.as_str()), ("С опечаткой", "1"));
    assert_eq!(reason(&office.edit(&anna, id, &"ж".repeat(41)).await.unwrap_err()), ErrorReason::TextTooLong);

    let delete = DeleteMessageRequest { message_id: id.to_string(), request_id: MessageId::new().to_string() };
    let deleted = office.conversations.delete_message(anna.request(delete.clone())).await.unwrap().into_inner();
    let deleted = deleted.message.unwrap();
    assert!(deleted.deleted_at.is_some() && deleted.content.unwrap().text.is_empty());
    office.conversations.delete_message(anna.request(delete)).await.unwrap();
    let deletes = office.orders().await.iter().filter(|(kind, _)| *kind == 12).count();
    assert_eq!(deletes, 1, "a repeat gives no second order");
    let request = ListMessageVersionsRequest { message_id: id.to_string(), ..ListMessageVersionsRequest::default() };
    let versions =
        office.conversations.list_message_versions(anna.request(request)).await.unwrap().into_inner().versions;
    let texts: Vec<_> = versions.into_iter().map(|version| version.content.unwrap().text).collect();
    assert_eq!(texts, ["С опечаткой", "С опечаткай"]);

    office.channel_can(Capabilities { edits: false, ..channel() }).await;
    let other = office.sent(&anna, &dialog, "Другое", "p|2").await;
    let refusal = office.edit(&anna, other, "нельзя").await.unwrap_err();
    assert_eq!(
        (reason(&refusal), rpc::metadata_of(&refusal)["ability"].as_str()),
        (ErrorReason::ChannelCannot, "edits")
    );
}

#[tokio::test]
async fn a_reaction_goes_to_what_the_provider_knows() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let theirs: uuid::Uuid = sqlx::query_scalar("select message_id from inbox.message where kind = 1")
        .fetch_one(&office.pool)
        .await
        .unwrap();
    let react = async |id: MessageId, emoji: &str| {
        let request = ReactToMessageRequest {
            message_id: id.to_string(),
            emoji: emoji.to_owned(),
            ..ReactToMessageRequest::default()
        };
        Ok::<_, Status>(
            office.conversations.react_to_message(anna.request(request)).await?.into_inner().message.unwrap(),
        )
    };
    assert_eq!(react(theirs.into(), "👍").await.unwrap().own_reaction, "👍");
    let orders = office.orders().await;
    assert!(matches!(&orders[0], (14, Order { body: Some(Body::React(order)), .. }) if order.emoji == "👍"));
    assert_eq!(react(theirs.into(), "").await.unwrap().own_reaction, "");
    let queued = office.send(&anna, &dialog, "Ещё в очереди").await;
    assert_eq!(reason(&react(queued, "👍").await.unwrap_err()), ErrorReason::NotSentYet);
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_or_sent_again_by_hand() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let lost = async || {
        let id = office.send(&anna, &dialog, "Дошло ли?").await;
        office.facts(vec![claim(id, 0), receipt(id, ReceiptStatus::Unknown, &[])]).await;
        assert_eq!(office.message(&anna, id).await.status(), MessageStatus::Unknown);
        id
    };
    let settle = async |id: MessageId| {
        let request = SettleMessageRequest { message_id: id.to_string() };
        Ok::<_, Status>(office.conversations.settle_message(anna.request(request)).await?.into_inner().message.unwrap())
    };
    let again = async |id: MessageId, new: MessageId| {
        let request = SendMessageAgainRequest {
            message_id: id.to_string(),
            new_message_id: new.to_string(),
            ..Default::default()
        };
        Ok::<_, Status>(
            office.conversations.send_message_again(anna.request(request)).await?.into_inner().message.unwrap(),
        )
    };
    let id = lost().await;
    assert_eq!(settle(id).await.unwrap().status(), MessageStatus::Sent);
    assert_eq!(settle(id).await.unwrap().status(), MessageStatus::Sent);
    assert_eq!(reason(&again(id, MessageId::new()).await.unwrap_err()), ErrorReason::InvalidField);

    let id = lost().await;
    let new = MessageId::new();
    let made = again(id, new).await.unwrap();
    assert_eq!((made.message_id.clone(), made.status()), (new.to_string(), MessageStatus::Queued));
    assert_eq!(made.content.unwrap().text, "Дошло ли?");
    assert_eq!(office.message(&anna, id).await.sent_again_as_message_id, new.to_string());
    assert_eq!(again(id, MessageId::new()).await.unwrap().message_id, new.to_string(), "never a third one");
    let queued = office.send(&anna, &dialog, "В очереди").await;
    assert_eq!(reason(&settle(queued).await.unwrap_err()), ErrorReason::NotSentYet);
}

#[tokio::test]
async fn a_note_is_never_sent_and_brings_who_is_mentioned_in() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    let dialog = office.taken(&anna, "1").await;
    assert!(office.row(&vera, &dialog).await.is_none());
    office.events().await;
    let request = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id.clone(),
        text: "Вера, глянь".to_owned(),
        mention_employee_ids: vec![id_of(&vera)],
        ..AddNoteRequest::default()
    };
    let add = async |by: &Caller, request: AddNoteRequest| {
        Ok::<_, Status>(office.conversations.add_note(by.request(request)).await?.into_inner().message.unwrap())
    };
    let note = add(&anna, request.clone()).await.unwrap();
    assert_eq!((note.kind(), note.author_name.as_str()), (MessageKind::Note, "Анна"));
    assert_eq!(add(&anna, request.clone()).await.unwrap(), note);
    let (event, audience) = office.changed().await;
    assert_eq!(event.mention_employee_ids, [id_of(&vera)]);
    assert!(audience.employee_ids.contains(&id_of(&vera)));
    assert_eq!(office.count("select count(*) from inbox.outgoing").await, 0);

    let row = office.row(&vera, &dialog).await.unwrap();
    assert_eq!((row.can_reply, row.cannot_reply_reason.as_str()), (false, "assigned_to_other"));
    assert_eq!(row.last_message.unwrap().text, "Здравствуйте", "the row shows the talk with the person");
    let answer = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        text: "Смотрю".to_owned(),
        mention_employee_ids: vec![],
        ..request.clone()
    };
    add(&vera, answer).await.unwrap();
    assert!(office.changed().await.1.employee_ids.contains(&id_of(&vera)), "the mentioned stay told");

    office.dismiss(&vera).await;
    let gone = AddNoteRequest { message_id: MessageId::new().to_string(), ..request };
    assert_eq!(reason(&add(&anna, gone).await.unwrap_err()), ErrorReason::InvalidField);
}

#[tokio::test]
async fn a_reply_quotes_only_what_is_there() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let other = office.taken(&anna, "2").await;
    let in_dialog = "select message_id from inbox.message where kind = 1 and conversation_id = $1";
    let quoted = async |dialog: &Dialog| {
        let id: uuid::Uuid = sqlx::query_scalar(in_dialog)
            .bind(dialog.id.parse::<uuid::Uuid>().unwrap())
            .fetch_one(&office.pool)
            .await
            .unwrap();
        id.to_string()
    };
    let (here, there) = (quoted(&dialog).await, quoted(&other).await);
    let quote = |id: &String| SendMessageRequest { reply_to_message_id: id.clone(), ..reply(&dialog, "Да") };
    assert_eq!(office.say(&anna, quote(&here)).await.unwrap()[0].reply_to_message_id, here);
    assert_eq!(reason(&office.say(&anna, quote(&there)).await.unwrap_err()), ErrorReason::InvalidField);
    office.channel_can(Capabilities { replies: false, ..channel() }).await;
    assert_eq!(reason(&office.say(&anna, quote(&here)).await.unwrap_err()), ErrorReason::ChannelCannot);
}

#[tokio::test]
async fn a_reply_and_what_arrives_meanwhile_keep_their_numbers() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let (mut replies, mut facts) = (Vec::new(), Vec::new());
    for n in 0..15 {
        replies.push(office.say(&anna, reply(&dialog, &format!("ответ {n}"))));
        facts.push(office.facts(vec![says("1", &format!("вопрос {n}"))]));
    }
    let (replies, _) = tokio::join!(futures::future::join_all(replies), futures::future::join_all(facts));
    assert!(replies.iter().all(Result::is_ok));
    let gaps = "select count(*) from (select seq - row_number() over (order by seq) as gap from inbox.message) x where gap <> 0";
    assert_eq!(office.count(gaps).await, 0);
    assert_eq!(office.count("select max(inbound_no) from inbox.message").await, 16);
}
