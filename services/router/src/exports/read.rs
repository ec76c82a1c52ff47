//! What there is to pack, read a page at a time.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::{
    channel::Content,
    inbox::{Direction, MessageKind},
};
use prost::Message as _;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Order, place::File, zip};
use crate::files::safe_name;

/// Messages in one text.
pub const MESSAGES: i64 = 200;
/// Mailings in one text.
const MAILINGS: i64 = 500;

/// A text of crm-core's.
pub struct Part {
    pub ordinal: i32,
    pub name: String,
    pub kind: String,
    pub records: i32,
    pub body: Vec<u8>,
}

pub async fn part(pool: &PgPool, order: &Order, after: i32) -> sqlx::Result<Option<Part>> {
    sqlx::query_as!(
        Part,
        r#"select ordinal as "ordinal!", name as "name!", kind as "kind!", records as "records!", body as "body!"
           from crm_read.personal_export_part where export_id = $1 and ordinal > $2 order by ordinal limit 1"#,
        order.id,
        after
    )
    .fetch_optional(pool)
    .await
}

/// What channels call the person.
pub async fn people(pool: &PgPool, order: &Order) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        "select channel, address, latest_address, display_name, aliases, language, created_at from inbox.contact_point
         where contact_point_id = any ($1) order by created_at, contact_point_id",
        &order.points
    )
    .fetch_all(pool)
    .await?;
    let person = rows.into_iter().map(|row| {
        json!({
            "channel": row.channel, "address": row.address, "latest_address": row.latest_address,
            "name": row.display_name, "also_known_as": row.aliases, "language": row.language, "since": row.created_at,
        })
    });
    Ok(person.collect())
}

/// Letters that were sent, or were to be sent, to many.
pub async fn mailings(pool: &PgPool, order: &Order, after: i32) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"select m.name as mailing, r.address, r.name, r."values", r.was_sent, r.state_at
           from inbox.mailing_recipient r join inbox.mailing m using (mailing_id)
           where r.address = any ($1) order by m.created_at, r.mailing_id, r.address offset $2 limit $3"#,
        &order.own_addresses(pool).await?,
        i64::from(after) * MAILINGS,
        MAILINGS
    )
    .fetch_all(pool)
    .await?;
    let mailing = rows.into_iter().map(|row| {
        json!({
            "mailing": row.mailing, "address": row.address, "name": row.name, "values": row.values,
            "was_sent": row.was_sent, "at": row.state_at,
        })
    });
    Ok(mailing.collect())
}

pub struct Dialog {
    pub id: Uuid,
    pub channel: String,
    /// Somebody's own account: what was written there is not given out by others.
    pub is_personal: bool,
    pub about: Value,
    pub requests: i64,
}

/// The next dialog of the person's.
pub async fn dialog(pool: &PgPool, order: &Order, after: Uuid) -> sqlx::Result<Option<Dialog>> {
    let row = sqlx::query!(
        r#"select c.conversation_id, a.channel, a.name as account, c.owner_employee_id is not null as "is_personal!",
                  c.created_at, c.last_activity_at,
                  coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                      'number', r.number, 'received_at', r.received_at, 'first_reply_at', r.first_reply_at,
                      'closed_at', r.closed_at, 'comment', nullif(r.reject_comment, ''),
                      'state', (array['unassigned', 'assigned', 'in work', 'postponed', 'done', 'rejected'])[r.state]))
                      order by r.received_at) from inbox.request r where r.conversation_id = c.conversation_id), '[]')
                      as "requests!"
           from inbox.conversation c join inbox.account a using (account_id)
           where c.contact_point_id = any ($1) and c.conversation_id > $2
               and exists (select from inbox.message m where m.conversation_id = c.conversation_id)
           order by c.conversation_id limit 1"#,
        &order.points,
        after
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Dialog {
        id: row.conversation_id,
        requests: row.requests.as_array().map_or(0, |all| i64::try_from(all.len()).unwrap_or(i64::MAX)),
        about: json!({
            "channel": row.channel, "account": row.account, "since": row.created_at, "until": row.last_activity_at,
            "requests": row.requests,
        }),
        channel: row.channel,
        is_personal: row.is_personal,
    }))
}

/// A page of messages as texts, and what goes with them.
#[derive(Default)]
pub struct Page {
    pub messages: Vec<Value>,
    pub files: Vec<File>,
    /// Of others who write in the same thread.
    pub left_out: i64,
    /// Of the last one that was read; `None`: there is none after it.
    pub last: Option<i64>,
}

struct Row {
    seq: i64,
    message_id: Uuid,
    shown_at: DateTime<Utc>,
    direction: i16,
    kind: i16,
    text: String,
    content: Vec<u8>,
    edited_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    reactions: Vec<String>,
    earlier: Option<Value>,
}

/// Messages of both sides and notes, without lines of the program. `own` are the addresses of the person.
pub async fn messages(pool: &PgPool, own: &HashSet<String>, dialog: Uuid, after: i64) -> sqlx::Result<Page> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.seq, m.message_id, m.shown_at, m.direction, m.kind, m.text, m.content, m.edited_at, m.deleted_at,
                  m.reactions, (select jsonb_agg(jsonb_build_object('until', v.until, 'text', v.text) order by v.until)
                      from inbox.message_version v where v.message_id = m.message_id) as earlier
           from inbox.message m where m.conversation_id = $1 and m.seq > $2 order by m.seq limit $3"#,
        dialog,
        after,
        MESSAGES
    )
    .fetch_all(pool)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
    let mut files = files(pool, &ids).await?;
    let mut page = Page { last: rows.last().map(|row| row.seq), ..Page::default() };
    for row in rows {
        if row.kind == MessageKind::Event as i16 {
            continue;
        }
        let content = Content::decode(row.content.as_slice()).unwrap_or_default();
        if row.direction == Direction::In as i16 && !is_own(&content, own) {
            page.left_out += 1;
            page.messages.push(json!({ "at": row.shown_at, "from": "another person in the thread, left out" }));
            continue;
        }
        // The original of a letter of ours names everybody who got it.
        let skipped = content.letter.as_ref().filter(|_| row.direction != Direction::In as i16);
        let skipped = skipped.map(|letter| letter.raw_file_id.clone()).unwrap_or_default();
        let theirs = files.remove(&row.message_id).unwrap_or_default();
        let theirs: Vec<Attachment> = theirs.into_iter().filter(|one| one.id != skipped).collect();
        page.messages.push(message(&row, &content, &theirs, own));
        let stored = theirs.into_iter().filter(|one| !one.file.object_key.is_empty());
        page.files.extend(stored.map(|one| one.file));
    }
    Ok(page)
}

/// Only letters say who of several wrote them.
fn is_own(content: &Content, own: &HashSet<String>) -> bool {
    let from = content.letter.as_ref().and_then(|letter| letter.from.as_ref());
    from.is_none_or(|from| own.is_empty() || own.contains(&from.address.to_lowercase()))
}

fn message(row: &Row, content: &Content, files: &[Attachment], own: &HashSet<String>) -> Value {
    let from = match (i32::from(row.kind), i32::from(row.direction)) {
        (kind, _) if kind == MessageKind::Note as i32 => "us, a note that was never sent",
        (_, direction) if direction == Direction::In as i32 => "the person",
        _ => "us",
    };
    let mut told = json!({
        "at": row.shown_at, "from": from, "text": row.text.replace("{{unsubscribe}}", "…"), "edited_at": row.edited_at,
        "deleted_at": row.deleted_at, "earlier_texts": row.earlier, "reactions": row.reactions,
        "files": files.iter().map(Attachment::told).collect::<Vec<_>>(),
        "form": content.form.iter().map(|field| json!({ "title": field.title, "value": field.value })).collect::<Vec<_>>(),
    });
    if let Some(place) = &content.location {
        told["location"] = json!({
            "latitude": place.latitude, "longitude": place.longitude, "title": place.title, "address": place.address,
        });
    }
    if let Some(card) = &content.contact_card {
        told["contact_card"] = json!({ "name": card.name, "phones": card.phones, "emails": card.emails });
    }
    if let Some(letter) = &content.letter {
        let receivers = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).map(|one| one.address.to_lowercase());
        let (theirs, others): (Vec<_>, Vec<_>) = receivers.partition(|address| own.contains(address));
        told["subject"] = json!(letter.subject);
        told["to"] = json!(theirs);
        told["other_receivers"] = json!(others.len());
    }
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    }
    told
}

struct Attachment {
    id: String,
    mime_type: String,
    size_bytes: i64,
    file: File,
}

impl Attachment {
    fn told(&self) -> Value {
        let name = if self.file.object_key.is_empty() { "not kept" } else { &self.file.name };
        json!({ "file": name, "type": self.mime_type, "size_bytes": self.size_bytes })
    }
}

/// By message; each with a name that no other file of the dialog has.
async fn files(pool: &PgPool, messages: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<Attachment>>> {
    let rows = sqlx::query!(
        "select a.attachment_id, a.message_id, a.name, a.mime_type, a.size_bytes, a.object_key, a.ordinal, m.seq
         from inbox.attachment a join inbox.message m using (message_id)
         where a.message_id = any ($1) order by a.message_id, a.ordinal",
        messages
    )
    .fetch_all(pool)
    .await?;
    let mut found: HashMap<Uuid, Vec<Attachment>> = HashMap::new();
    for row in rows {
        let name = zip::safe(&safe_name(&row.name));
        found.entry(row.message_id).or_default().push(Attachment {
            id: row.attachment_id.to_string(),
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            file: File { name: format!("{}-{} {name}", row.seq, row.ordinal + 1), object_key: row.object_key },
        });
    }
    Ok(found)
}
