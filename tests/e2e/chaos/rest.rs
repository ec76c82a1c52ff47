//! When everything is done: nobody waits for anybody, every queue is empty.

use async_nats::jetstream;
use testkit::telegram::FakeBot;

use super::{ledger::Pages, letters, stand::Stand};

/// What must be nothing, and how it is counted.
const QUEUES: [(&str, &str); 6] = [
    ("replies queued or being sent", "select count(*) from inbox.message where status in (1, 2)"),
    ("orders to adapters", "select count(*) from inbox.outgoing"),
    ("events of the inbox not yet published", "select count(*) from inbox.outbox"),
    ("events of the company not yet published", "select count(*) from crm.outbox"),
    ("facts that wait for another one", "select count(*) from inbox.early"),
    ("files not fetched", "select count(*) from inbox.attachment where state = 1"),
];

/// What still waits, in words; nothing at rest.
pub async fn unrest(stand: &Stand, bots: &[(&'static str, FakeBot)], pages: &Pages) -> Vec<String> {
    let mut waiting = Vec::new();
    for (way, bot) in bots {
        let pending = bot.pending();
        if pending > 0 {
            waiting.push(format!("{pending} updates of the {way} bot at Telegram"));
        }
    }
    let changes = stand.outside.whatsapp.pending();
    if changes > 0 {
        waiting.push(format!("{changes} changes at WhatsApp"));
    }
    waiting.extend(unread_letters(stand, pages).await);
    for (what, sql) in QUEUES {
        match sqlx::query_scalar::<_, i64>(sql).fetch_one(&stand.world.pool).await {
            Ok(0) => {}
            Ok(count) => waiting.push(format!("{count} {what}")),
            Err(error) => waiting.push(format!("{what}: {error}")),
        }
    }
    waiting.extend(unread_facts(stand).await);
    waiting
}

/// Letters that lie in the mailbox only.
async fn unread_letters(stand: &Stand, pages: &Pages) -> Option<String> {
    let of_letters = pages.written.iter().filter(|(writer, _)| writer.starts_with(letters::WRITERS));
    let written: u64 = of_letters.map(|(_, count)| count).sum();
    let sql = "select count(distinct text) from inbox.message where direction = 1 and kind = 1 and text like $1 || '%'";
    match sqlx::query_scalar::<_, i64>(sql).bind(letters::WRITERS).fetch_one(&stand.world.pool).await {
        Ok(stored) if u64::try_from(stored) == Ok(written) => None,
        Ok(stored) => Some(format!("{stored} of {written} letters are stored")),
        Err(error) => Some(format!("letters: {error}")),
    }
}

/// How far router's place lies behind the end of IN.
async fn unread_facts(stand: &Stand) -> Option<String> {
    let last = async {
        let client = async_nats::connect(stand.world.nats.url()).await.map_err(|error| error.to_string())?;
        let stream = jetstream::new(client).get_stream("IN_0").await.map_err(|error| error.to_string())?;
        Ok::<u64, String>(stream.cached_info().state.last_sequence)
    };
    let place: Result<i64, _> =
        sqlx::query_scalar("select sequence from inbox.part where part = 0").fetch_one(&stand.world.pool).await;
    match (last.await, place) {
        (Ok(last), Ok(place)) if u64::try_from(place) == Ok(last) => None,
        (Ok(last), Ok(place)) => Some(format!("router stands at fact {place} of {last}")),
        (Err(error), _) => Some(format!("IN_0: {error}")),
        (_, Err(error)) => Some(format!("router's place: {error}")),
    }
}
