//! A company's past, put straight into the tables by COPY: conversations of ten messages each, most of them closed.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::words;

/// Messages of a conversation, in and out in turn.
const EACH: u64 = 10;
/// Conversations of one COPY.
const CHUNK: u64 = 2_000;
/// One request in so many is open.
const OPEN: u64 = 20;

/// Goes on where it stopped.
pub struct Filler {
    account: Uuid,
    department: Uuid,
    conversations: u64,
    now: DateTime<Utc>,
}

impl Filler {
    /// The past belongs to the first bot and its department.
    pub async fn new(pool: &PgPool) -> Result<Self> {
        let row = sqlx::query(
            "select account_id, department_id from inbox.account where channel = 'telegram' order by created_at limit 1",
        );
        let row = row.fetch_one(pool).await.context("no bot is connected")?;
        Ok(Self { account: row.get(0), department: row.get(1), conversations: 0, now: Utc::now() })
    }

    /// Adds what is missing to so many messages, and lets PostgreSQL learn of it.
    pub async fn fill_to(&mut self, pool: &PgPool, messages: u64) -> Result<()> {
        let mut db = pool.acquire().await?;
        let there: i64 = sqlx::query_scalar("select count(*) from inbox.message").fetch_one(&mut *db).await?;
        let wanted = self.conversations + messages.saturating_sub(there.cast_unsigned()) / EACH;
        while self.conversations < wanted {
            let count = CHUNK.min(wanted - self.conversations);
            self.chunk(&mut db, count).await?;
        }
        sqlx::query("vacuum (analyze)").execute(&mut *db).await?;
        sqlx::query("checkpoint").execute(&mut *db).await?;
        Ok(())
    }

    async fn chunk(&mut self, db: &mut PgConnection, count: u64) -> Result<()> {
        let mut rows = Rows::default();
        for number in self.conversations..self.conversations + count {
            rows.conversation(self, number);
        }
        self.conversations += count;
        copy(db, "contact_point (contact_point_id, channel, scope, address, display_name, aliases)", &rows.people)
            .await?;
        let columns = "conversation (conversation_id, account_id, contact_point_id, thread_key, reply_address, last_seq,
            inbound_count, last_message_id, last_direction, last_kind, last_text, last_shown_at, last_activity_at, request_id,
            request_open, department_id)";
        copy(db, columns, &rows.conversations).await?;
        let columns = "request (request_id, conversation_id, account_id, state, received_at, closed_at, department_id)";
        copy(db, columns, &rows.requests).await?;
        let columns =
            "message (conversation_id, seq, message_id, account_id, shown_at, position, direction, kind, status, text,
            message_key, inbound_no, part, stream_sequence, created_at)";
        copy(db, columns, &rows.messages).await?;
        copy(db, "reference (account_id, key, conversation_id, message_id)", &rows.references).await?;
        copy(db, "received (sent_on, account_id, key, part, stream_sequence)", &rows.received).await
    }
}

/// Lines for COPY, by table.
#[derive(Default)]
struct Rows {
    people: String,
    conversations: String,
    requests: String,
    messages: String,
    references: String,
    received: String,
}

impl Rows {
    fn conversation(&mut self, filler: &Filler, number: u64) {
        let [point, conversation, request] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
        let (account, department) = (filler.account, filler.department);
        let chat = 500_000_000 + number;
        let seed = words::mixed(number);
        let minutes = i64::try_from(seed % (365 * 24 * 60)).unwrap_or_default();
        let began = filler.now - Duration::minutes(minutes + 60);
        let (mut last, mut text) = (began, String::new());
        let mut last_id = Uuid::nil();
        for n in 1..=EACH {
            let (inbound, id) = (n % 2 == 1, Uuid::now_v7());
            (last, text, last_id) = (began + Duration::minutes(n.cast_signed() * 3), words::text(seed ^ n), id);
            let key = format!("{chat}|{n}");
            let (direction, status) = if inbound { (1, 0) } else { (2, 4) };
            let inbound_no = if inbound { (n.div_ceil(2)).to_string() } else { "\\N".to_owned() };
            let at = last.to_rfc3339();
            let _ = writeln!(
                self.messages,
                "{conversation}\t{n}\t{id}\t{account}\t{at}\t{n}\t{direction}\t1\t{status}\t{text}\t{key}\t{inbound_no}\t0\t0\t{at}"
            );
            let _ = writeln!(self.references, "{account}\t{key}\t{conversation}\t{id}");
            let _ = writeln!(self.received, "{}\t{account}\tmsg:{key}\t0\t0", last.date_naive());
        }
        let (at, open) = (last.to_rfc3339(), number.is_multiple_of(OPEN));
        let (state, closed) = if open { (1, "\\N".to_owned()) } else { (5, at.clone()) };
        let name = format!("Клиент {number}");
        let alias = format!(r#"[{{"kind": 1, "value": "client_{number}", "claimed": false}}]"#);
        let _ = writeln!(self.people, "{point}\ttelegram\t\t{chat}\t{name}\t{alias}");
        let _ = writeln!(
            self.conversations,
            "{conversation}\t{account}\t{point}\tcp:{point}\t{chat}\t{EACH}\t{}\t{last_id}\t2\t1\t{text}\t{at}\t{at}\t{request}\t{open}\t{department}",
            EACH / 2
        );
        let received = began.to_rfc3339();
        let _ = writeln!(
            self.requests,
            "{request}\t{conversation}\t{account}\t{state}\t{received}\t{closed}\t{department}"
        );
    }
}

async fn copy(db: &mut PgConnection, columns: &str, lines: &str) -> Result<()> {
    let statement = format!("copy inbox.{columns} from stdin");
    let mut copying = db.copy_in_raw(&statement).await.with_context(|| columns.to_owned())?;
    copying.send(lines.as_bytes()).await?;
    copying.finish().await.with_context(|| columns.to_owned())?;
    Ok(())
}
