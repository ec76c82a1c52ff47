//! The methods of `okno.inbox.v1.ConversationService` that are about messages.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Button, ButtonRow, TemplateMessage, TextSpan, TextStyle},
    inbox::{
        AddNoteRequest, AddNoteResponse, BatchGetMessagesRequest, BatchGetMessagesResponse, CancelMessageRequest,
        CancelMessageResponse, DeleteMessageRequest, DeleteMessageResponse, EditMessageRequest, EditMessageResponse,
        ListMessageVersionsRequest, ListMessageVersionsResponse, ListMessagesRequest, ListMessagesResponse, Message,
        ReactToMessageRequest, ReactToMessageResponse, RescheduleMessageRequest, RescheduleMessageResponse,
        SendMessageAgainRequest, SendMessageAgainResponse, SendMessageRequest, SendMessageResponse,
        SettleMessageRequest, SettleMessageResponse,
    },
};
use model::{ConversationId, MessageId};
use prost_types::Timestamp;
use rpc::{Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_id, parse_ids, parse_optional_id};
use store::{access::Turn, retry_conflicts};
use tonic::{Request, Status};

use super::{
    again,
    domain::{Note, Reply, Speech},
    edits, letter_head, notes, queue, rows, send,
    thread::{self, Start},
};
use crate::{access::Viewer, conversations::Db, fault::broken};

/// Characters of a reply before it is split, and of a note.
const TEXT: usize = 100_000;
const NOTE: usize = 20_000;
const FILES: usize = 20;
const SPANS: usize = 2_000;
const MENTIONS: usize = 50;
/// Values of a template.
const VALUES: usize = 50;
const BATCH: usize = 200;
/// How far ahead a reply may be queued.
const FARTHEST: TimeDelta = TimeDelta::days(366);

pub async fn list(db: &Db, request: Request<ListMessagesRequest>) -> Result<ListMessagesResponse, Status> {
    let viewer = Viewer::reader(&request)?;
    let reader = db.reader(&request)?;
    let request = request.into_inner();
    let id: ConversationId = parse_id("conversation_id", &request.conversation_id)?;
    let size = page_size(request.page_size, 50, 200)?;
    let query = Fingerprint::of("ListMessages", &id);
    let start = match PageToken::decode::<Start>(&query, &request.page_token)? {
        Some(start) => start,
        None if request.around_seq > 0 => Start::Around(i64::try_from(request.around_seq).unwrap_or(i64::MAX)),
        None => Start::End,
    };
    let stretch = thread::read(&db.pool, &viewer, id, start, size).await?;
    let turn = if request.page_token.is_empty() { Turn::Opens } else { Turn::ReadsOn };
    reader.conversation(stretch.conversation, turn).await?;
    let token = |start: Option<Start>| start.map(|start| PageToken::encode(&query, &start)).unwrap_or_default();
    Ok(ListMessagesResponse {
        messages: stretch.messages,
        before_page_token: token(stretch.before.map(Start::Before)),
        after_page_token: token(stretch.after.map(Start::After)),
        read_seq: stretch.read_seq.cast_unsigned(),
    })
}

pub async fn batch_get(db: &Db, request: Request<BatchGetMessagesRequest>) -> Result<BatchGetMessagesResponse, Status> {
    let viewer = Viewer::reader(&request)?;
    let ids: Vec<MessageId> = parse_ids("message_ids", &request.get_ref().message_ids, BATCH)?;
    let messages = rows::in_order(&db.pool, &viewer, &ids).await.map_err(broken)?;
    let reader = db.reader(&request)?;
    if reader.is_by_key() || reader.reads_single(messages.len(), request.get_ref().in_passing) {
        reader.each(messages.iter().filter_map(|message| message.conversation_id.parse().ok())).await?;
    }
    Ok(BatchGetMessagesResponse { messages })
}

pub async fn versions(
    db: &Db,
    request: Request<ListMessageVersionsRequest>,
) -> Result<ListMessageVersionsResponse, Status> {
    let viewer = Viewer::reader(&request)?;
    let reader = db.reader(&request)?;
    let request = request.into_inner();
    let id: MessageId = parse_id("message_id", &request.message_id)?;
    let size = page_size(request.page_size, 50, 200)?;
    let query = Fingerprint::of("ListMessageVersions", &id);
    let before = PageToken::decode::<DateTime<Utc>>(&query, &request.page_token)?;
    let (message, rows) = thread::versions(&db.pool, &viewer, id, before, i64::from(size) + 1).await?;
    let conversation = parse_id("conversation_id", &message.conversation_id)?;
    reader.conversation(conversation, Turn::ReadsOn).await?;
    let (rows, next_page_token) = finish_page(rows, size, &query, |(until, _)| *until);
    let versions = rows.into_iter().map(|(_, version)| version).collect();
    Ok(ListMessageVersionsResponse { versions, next_page_token })
}

pub async fn send(db: &Db, request: Request<SendMessageRequest>) -> Result<SendMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let reply = Reply {
        id: parse_id("message_id", &request.message_id)?,
        conversation: parse_id("conversation_id", &request.conversation_id)?,
        speech: match request.template {
            Some(_) if !(request.text.is_empty() && request.spans.is_empty() && request.buttons.is_empty()) => {
                return Err(invalid_field("text", "stands beside a template: its text is made of the values"));
            }
            Some(template) => Speech { template: Some(checked(template)?), ..Speech::default() },
            None => speech(request.text, request.spans, request.buttons)?,
        },
        files: parse_ids("file_ids", &request.file_ids, FILES)?,
        reply_to: parse_optional_id("reply_to_message_id", &request.reply_to_message_id)?,
        not_before: not_before(request.not_before)?,
        not_after: not_after(request.not_after)?,
        letter: request.letter.map(|letter| letter_head::written(*letter)).transpose()?,
    };
    if reply.not_after.zip(reply.not_before).is_some_and(|(latest, earliest)| latest <= earliest) {
        return Err(invalid_field("not_after", "is not behind not_before"));
    }
    if reply.letter.is_some() && reply.speech.template.is_some() {
        return Err(invalid_field("letter", "stands beside a template: choose one of them"));
    }
    let ids = retry_conflicts(|| send::send(db, &viewer, &reply)).await?;
    Ok(SendMessageResponse { messages: shown(db, &viewer, &ids).await? })
}

pub async fn add_note(db: &Db, request: Request<AddNoteRequest>) -> Result<AddNoteResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let mut mentions = parse_ids("mention_employee_ids", &request.mention_employee_ids, MENTIONS)?;
    mentions.sort_unstable();
    mentions.dedup();
    let note = Note {
        id: parse_id("message_id", &request.message_id)?,
        conversation: parse_id("conversation_id", &request.conversation_id)?,
        text: text(request.text, NOTE)?,
        mentions,
        files: parse_ids("file_ids", &request.file_ids, FILES)?,
    };
    let id = retry_conflicts(|| notes::add(db, &viewer, &note)).await?;
    Ok(AddNoteResponse { message: one(db, &viewer, id).await? })
}

pub async fn edit(db: &Db, request: Request<EditMessageRequest>) -> Result<EditMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let id = parse_id("message_id", &request.message_id)?;
    let call = parse_optional_id("request_id", &request.request_id)?;
    let speech = speech(request.text, request.spans, Vec::new())?;
    retry_conflicts(|| edits::edit(db, &viewer, id, &speech, call)).await?;
    Ok(EditMessageResponse { message: one(db, &viewer, id).await? })
}

pub async fn delete(db: &Db, request: Request<DeleteMessageRequest>) -> Result<DeleteMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let id = parse_id("message_id", &request.message_id)?;
    let call = parse_optional_id("request_id", &request.request_id)?;
    retry_conflicts(|| edits::delete(db, &viewer, id, call)).await?;
    Ok(DeleteMessageResponse { message: one(db, &viewer, id).await? })
}

pub async fn react(db: &Db, request: Request<ReactToMessageRequest>) -> Result<ReactToMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let id = parse_id("message_id", &request.message_id)?;
    let call = parse_optional_id("request_id", &request.request_id)?;
    retry_conflicts(|| edits::react(db, &viewer, id, &request.emoji, call)).await?;
    Ok(ReactToMessageResponse { message: one(db, &viewer, id).await? })
}

pub async fn cancel(db: &Db, request: Request<CancelMessageRequest>) -> Result<CancelMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let id = parse_id("message_id", &request.get_ref().message_id)?;
    let ids = retry_conflicts(|| queue::cancel(db, &viewer, id)).await?;
    Ok(CancelMessageResponse { messages: shown(db, &viewer, &ids).await? })
}

pub async fn reschedule(
    db: &Db,
    request: Request<RescheduleMessageRequest>,
) -> Result<RescheduleMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let id = parse_id("message_id", &request.message_id)?;
    let at = not_before(request.not_before)?;
    let ids = retry_conflicts(|| queue::reschedule(db, &viewer, id, at)).await?;
    Ok(RescheduleMessageResponse { messages: shown(db, &viewer, &ids).await? })
}

pub async fn settle(db: &Db, request: Request<SettleMessageRequest>) -> Result<SettleMessageResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let id = parse_id("message_id", &request.get_ref().message_id)?;
    retry_conflicts(|| queue::settle(db, &viewer, id)).await?;
    Ok(SettleMessageResponse { message: one(db, &viewer, id).await? })
}

pub async fn send_again(
    db: &Db,
    request: Request<SendMessageAgainRequest>,
) -> Result<SendMessageAgainResponse, Status> {
    let viewer = Viewer::writer(&request)?;
    let request = request.into_inner();
    let id = parse_id("message_id", &request.message_id)?;
    let new = parse_id("new_message_id", &request.new_message_id)?;
    let elsewhere = parse_optional_id("conversation_id", &request.conversation_id)?;
    let made = retry_conflicts(|| again::again(db, &viewer, id, new, elsewhere)).await?;
    Ok(SendMessageAgainResponse { message: one(db, &viewer, made).await? })
}

async fn shown(db: &Db, viewer: &Viewer, ids: &[MessageId]) -> Result<Vec<Message>, Status> {
    rows::in_order(&db.pool, viewer, ids).await.map_err(broken)
}

async fn one(db: &Db, viewer: &Viewer, id: MessageId) -> Result<Option<Message>, Status> {
    Ok(shown(db, viewer, &[id]).await?.pop())
}

fn text(text: String, most: usize) -> Result<String, Status> {
    if text.chars().count() > most {
        return Err(super::MessageError::TooLong { limit: u32::try_from(most).unwrap_or(u32::MAX) }.into());
    }
    if text.contains('\0') {
        return Err(invalid_field("text", "holds a character that is none"));
    }
    Ok(text)
}

fn speech(said: String, spans: Vec<TextSpan>, buttons: Vec<ButtonRow>) -> Result<Speech, Status> {
    let text = text(said, TEXT)?;
    let length = text.chars().count();
    if spans.len() > SPANS || !spans.iter().all(|span| is_within(span, length)) {
        return Err(invalid_field("spans", "reach beyond the text, are empty, or too many"));
    }
    if !spans.iter().filter(|span| span.style() == TextStyle::Link).all(|span| is_link(&span.url)) {
        return Err(invalid_field("spans", "hold a link that is none"));
    }
    if !buttons.iter().flat_map(|row| &row.buttons).all(is_button) {
        return Err(invalid_field("buttons", "need a title, and either a link or data"));
    }
    Ok(Speech { text, spans, buttons, ..Speech::default() })
}

/// A template that names each variable once.
fn checked(template: TemplateMessage) -> Result<TemplateMessage, Status> {
    let names: std::collections::HashSet<_> = template.values.iter().map(|value| &value.variable).collect();
    if template.values.len() > VALUES || names.len() < template.values.len() {
        return Err(invalid_field("template.values", "name each variable once, and at most 50"));
    }
    if template.name.is_empty() || template.name.len() > 512 || template.language.len() > 20 {
        return Err(invalid_field("template.name", "is empty or too long"));
    }
    Ok(template)
}

fn is_within(span: &TextSpan, length: usize) -> bool {
    let end = u64::from(span.offset) + u64::from(span.length);
    span.length > 0 && end <= u64::try_from(length).unwrap_or(u64::MAX)
}

/// What a customer may be sent to: never `javascript:` or a local file.
fn is_link(url: &str) -> bool {
    let known = ["https://", "http://", "mailto:", "tel:", "tg://"];
    url.len() <= 2_048 && !url.contains(char::is_control) && known.iter().any(|scheme| url.starts_with(scheme))
}

fn is_button(button: &Button) -> bool {
    let title = button.title.trim();
    let linked = button.data.is_empty() && is_link(&button.url);
    let pressed = button.url.is_empty() && !button.data.is_empty();
    !title.is_empty() && title.chars().count() <= 100 && (linked || pressed)
}

/// A time in the past is now.
fn not_before(at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, Status> {
    let now = Utc::now();
    match rpc::datetime("not_before", at)? {
        Some(at) if at > now + FARTHEST => Err(invalid_field("not_before", "is more than a year ahead")),
        at => Ok(at.filter(|at| *at > now)),
    }
}

/// When what has not gone is called off: a time in the past would call it off at once.
fn not_after(at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, Status> {
    let now = Utc::now();
    match rpc::datetime("not_after", at)? {
        Some(at) if at <= now => Err(invalid_field("not_after", "has passed")),
        Some(at) if at > now + FARTHEST => Err(invalid_field("not_after", "is more than a year ahead")),
        at => Ok(at),
    }
}
