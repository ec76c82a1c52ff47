//! Ledgers against the database, and both against what the operators' pages know.

use std::collections::{BTreeMap, BTreeSet};

use contracts::inbox::MessageStatus;
use testkit::eventually;

use super::{
    ledger::Pages,
    report::Counts,
    stand::Stand,
    verdict::{Fate, Kind, Violation, judge_order, judge_reply, judge_thread, numbered, violation},
    visitors::{Told, Visitor},
    window::{Known, Window},
};
use crate::{harm::RECOVERY, world::SOON};

const UNKNOWN: &str = "of unknown outcome, shown as such";
const ARRIVED: &str = "of unknown outcome that did arrive";

/// What customers wrote: stored once each, in order, in one conversation.
pub async fn inbound(stand: &Stand, pages: &Pages, counts: &mut Counts) -> Vec<Violation> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select text, conversation_id::text, concat_ws(' ', 'message', message_id, 'seq', seq, 'key', message_key,
             'fact', stream_sequence, 'stored', created_at)
         from inbox.message where direction = 1 and kind = 1
         order by conversation_id, shown_at, position, seq",
    )
    .fetch_all(&stand.world.pool)
    .await
    .expect("messages");
    counts.add("messages written by customers and visitors", pages.written.values().sum());
    counts.add("messages stored", rows.len() as u64);
    let mut threads: BTreeMap<&str, (Vec<u64>, BTreeSet<&str>)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (text, conversation, _) in &rows {
        let Some((writer, number)) = numbered(text).filter(|(writer, _)| pages.written.contains_key(*writer)) else {
            wrong.push(violation(Kind::Wrong, format!("{text:?} in {conversation} was written by nobody")));
            continue;
        };
        let thread = threads.entry(writer).or_default();
        thread.0.push(number);
        thread.1.insert(conversation);
    }
    for (writer, written) in &pages.written {
        let (numbers, conversations) = threads.remove(writer.as_str()).unwrap_or_default();
        wrong.extend(judge_thread(writer, *written, &numbers).into_iter().map(|one| with_rows(one, &rows)));
        if conversations.len() > 1 {
            wrong.push(violation(
                Kind::Wrong,
                format!("{writer} has {} conversations: {conversations:?}", conversations.len()),
            ));
        }
    }
    wrong
}

/// With what the database holds of the message that the violation is about.
fn with_rows(mut wrong: Violation, rows: &[(String, String, String)]) -> Violation {
    let about: String = wrong.what.split_inclusive(' ').take(2).collect();
    let about = about.trim_end_matches([' ', ',']).to_owned();
    for (_, conversation, row) in rows.iter().filter(|row| row.0 == about) {
        wrong.what.push_str(&format!("; in {conversation}: {row}"));
    }
    wrong
}

/// What operators answered: received once, or shown as unknown; in order; by the right person.
pub async fn replies(
    stand: &Stand,
    pages: &Pages,
    shown: &Known,
    histories: &BTreeMap<String, Vec<Told>>,
    counts: &mut Counts,
) -> Vec<Violation> {
    let mut wrong: Vec<_> = pages.refused.iter().map(|why| violation(Kind::Wrong, format!("refused: {why}"))).collect();
    let people = people(stand).await;
    let mut received: BTreeMap<String, usize> = BTreeMap::new();
    let mut orders: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (address, text) in stand.arrived() {
        let owner = numbered(&text).and_then(|(conversation, _)| people.get(conversation));
        if owner != Some(&address) {
            wrong.push(violation(Kind::Wrong, format!("{text:?} was sent to {address}")));
        }
        note(&text, &mut received, &mut orders);
    }
    for told in histories.values().flatten().filter(|told| told.staffs) {
        note(&told.text, &mut received, &mut orders);
    }
    let statuses: BTreeMap<&str, MessageStatus> =
        shown.values().flatten().map(|(id, message)| (id.as_str(), message.status)).collect();
    let mut fates = BTreeMap::from([("sent", 0), (UNKNOWN, 0), (ARRIVED, 0), ("failed", 0)]);
    for reply in &pages.replies {
        let times = received.remove(&reply.text).unwrap_or_default();
        let status = statuses.get(reply.message_id.as_str()).copied();
        match judge_reply(&reply.text, status, times) {
            Ok(Fate::Sent) => {
                *fates.entry("sent").or_default() += 1;
                wrong.extend(judge_receipt(stand, &people, &reply.text, status));
            }
            Ok(Fate::Unknown) => {
                *fates.entry(UNKNOWN).or_default() += 1;
                *fates.entry(ARRIVED).or_default() += times as u64;
            }
            Ok(Fate::Failed) => *fates.entry("failed").or_default() += 1,
            Err(mut violation) => {
                violation.what.push_str(&format!(", message {}", reply.message_id));
                wrong.push(violation);
            }
        }
    }
    wrong.extend(received.keys().map(|text| violation(Kind::Wrong, format!("{text:?} was sent by no operator"))));
    wrong.extend(orders.iter().flat_map(|(conversation, numbers)| judge_order(conversation, numbers)));
    counts.add("replies accepted", pages.replies.len() as u64);
    fates.into_iter().for_each(|(fate, count)| counts.add(&format!("replies {fate}"), count));
    wrong
}

/// WhatsApp tells of everything that it took that it was delivered.
fn judge_receipt(
    stand: &Stand,
    people: &BTreeMap<String, String>,
    text: &str,
    status: Option<MessageStatus>,
) -> Option<Violation> {
    let address = numbered(text).and_then(|(conversation, _)| people.get(conversation))?;
    let untold = status == Some(MessageStatus::Sent) && stand.outside.tells_delivery(address);
    untold.then(|| violation(Kind::Lost, format!("the receipt of reply {text}")))
}

/// Of what staff wrote each message is kept once, whatever came back of it from a provider.
pub async fn kept_once(stand: &Stand, pages: &Pages) -> Vec<Violation> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select text, count(*) from inbox.message where direction = 2 and kind = 1 group by text")
            .fetch_all(&stand.world.pool)
            .await
            .expect("messages");
    let accepted: BTreeSet<&str> = pages.replies.iter().map(|reply| reply.text.as_str()).collect();
    let mut wrong = Vec::new();
    for (text, times) in &rows {
        if *times > 1 {
            wrong.push(violation(Kind::Doubled, format!("reply {text} is kept {times} times")));
        }
        if !accepted.contains(text.as_str()) {
            wrong.push(violation(Kind::Wrong, format!("{text:?} is kept as ours, and nobody wrote it")));
        }
    }
    wrong
}

fn note(text: &str, received: &mut BTreeMap<String, usize>, orders: &mut BTreeMap<String, Vec<u64>>) {
    *received.entry(text.to_owned()).or_default() += 1;
    if let Some((conversation, number)) = numbered(text) {
        orders.entry(conversation.to_owned()).or_default().push(number);
    }
}

/// The person's address by conversation.
async fn people(stand: &Stand) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select c.conversation_id::text, p.address from inbox.conversation c join inbox.contact_point p using (contact_point_id)",
    )
    .fetch_all(&stand.world.pool)
    .await
    .expect("people");
    rows.into_iter().collect()
}

/// Answers that a visitor heard of, below which none need have come over an open chat: a broken one may have hidden them.
const HEARD_LIVE: usize = 5;

/// That all it wrote was acknowledged, and that not every answer came only when it came back.
fn judge_page(name: &str, pages: &Pages) -> Vec<Violation> {
    let of = |all: &BTreeMap<String, u64>| all.get(name).copied().unwrap_or_default();
    let (written, acknowledged, pushed) = (of(&pages.written), of(&pages.acknowledged), of(&pages.pushed));
    let heard = pages.heard.get(name).map_or(0, BTreeMap::len);
    let mut wrong = Vec::new();
    if acknowledged != written {
        wrong
            .push(violation(Kind::Wrong, format!("{name} wrote {written} messages, {acknowledged} were acknowledged")));
    }
    if pushed == 0 && heard >= HEARD_LIVE {
        wrong.push(violation(Kind::Wrong, format!("{name} heard of {heard} answers, and of none over its open chat")));
    }
    wrong
}

/// What a visitor's browser shows anew, and that it had heard all of it by itself.
pub async fn visitors(
    visitors: &mut [Visitor],
    pages: impl Fn() -> Pages,
    wrong: &mut Vec<Violation>,
) -> BTreeMap<String, Vec<Told>> {
    let mut histories = BTreeMap::new();
    for visitor in visitors {
        let name = visitor.name().to_owned();
        if let Err(why) = visitor.catch_up().await {
            wrong.push(violation(Kind::Wrong, format!("{name} cannot catch up: {why}")));
        }
        let history = visitor.history().await.unwrap_or_else(|why| {
            wrong.push(violation(Kind::Wrong, format!("{name} has no history: {why}")));
            Vec::new()
        });
        let pages = pages();
        let heard = pages.heard.get(&name).cloned().unwrap_or_default();
        let missed = history.iter().filter(|told| told.staffs && !heard.contains_key(&told.id));
        wrong.extend(
            missed.map(|told| violation(Kind::Lost, format!("{name} never heard of {}: {}", told.id, told.text))),
        );
        wrong.extend(judge_page(&name, &pages));
        let own = history.iter().filter(|told| !told.staffs).filter_map(|told| numbered(&told.text));
        let numbers: Vec<_> = own.map(|(_, number)| number).collect();
        let written = pages.written.get(&name).copied().unwrap_or_default();
        wrong.extend(judge_thread(&format!("on the page of {name}:"), written, &numbers));
        histories.insert(name, history);
    }
    histories
}

/// What each page knows by its feed is what it would read anew. Returns that of the last window.
pub async fn windows(windows: &[Window], counts: &mut Counts, wrong: &mut Vec<Violation>) -> Known {
    let mut last = Known::new();
    for window in windows {
        let read = async || eventually("lists can be read", RECOVERY, async || window.read_all().await.ok()).await;
        last = read().await;
        let same = async {
            while *window.known.lock().expect("known") != last {
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                last = read().await;
            }
        };
        if tokio::time::timeout(SOON, same).await.is_err() {
            last = read().await;
            let known = window.known.lock().expect("known").clone();
            wrong.extend(differences(window.name, &known, &last));
        }
        let told = window.told.lock().expect("told").clone();
        wrong.extend(
            told.backwards.iter().map(|what| violation(Kind::OutOfOrder, format!("feed of {}: {what}", window.name))),
        );
        counts.add(&format!("events told to {}", window.name), told.events);
        counts.add(&format!("streams opened by {}", window.name), told.streams);
        counts.add(&format!("resets told to {}", window.name), told.resets);
    }
    last
}

fn differences(whose: &str, known: &Known, read: &Known) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let gone = known.keys().filter(|id| !read.contains_key(*id));
    wrong.extend(gone.map(|id| violation(Kind::Wrong, format!("{whose} still sees conversation {id}"))));
    for (conversation, thread) in read {
        let Some(knows) = known.get(conversation) else {
            wrong.push(violation(Kind::Lost, format!("{whose} was not told of conversation {conversation}")));
            continue;
        };
        for (id, message) in thread {
            match knows.get(id) {
                Some(shown) if shown == message => {}
                Some(shown) => {
                    let what = format!("{whose} shows {id} as {shown:?}, it is {message:?}");
                    wrong.push(violation(Kind::Wrong, what));
                }
                None => wrong.push(violation(Kind::Lost, format!("{whose} was not told of {id}: {message:?}"))),
            }
        }
        let more = knows.keys().filter(|id| !thread.contains_key(*id));
        wrong.extend(more.map(|id| violation(Kind::Wrong, format!("{whose} still shows {id} of {conversation}"))));
    }
    wrong
}

/// All that is stored is shown to whoever may see all of it.
pub async fn shown_is_stored(stand: &Stand, shown: &Known) -> Vec<Violation> {
    let rows: Vec<(String, i16)> = sqlx::query_as("select message_id::text, status from inbox.message")
        .fetch_all(&stand.world.pool)
        .await
        .expect("messages");
    let stored: BTreeMap<&str, i32> = rows.iter().map(|(id, status)| (id.as_str(), i32::from(*status))).collect();
    let shown: BTreeMap<&str, i32> =
        shown.values().flatten().map(|(id, message)| (id.as_str(), message.status.into())).collect();
    let mut wrong = Vec::new();
    for id in stored.keys().chain(shown.keys()).collect::<BTreeSet<_>>() {
        if stored.get(*id) != shown.get(*id) {
            let what = format!("message {id} is stored as {:?} and shown as {:?}", stored.get(*id), shown.get(*id));
            wrong.push(violation(Kind::Wrong, what));
        }
    }
    wrong
}

/// The named exception of the first law, and dead letters.
pub async fn exceptions(stand: &Stand, counts: &mut Counts) -> Vec<Violation> {
    let count = async |sql: &'static str| u64::try_from(stand.world.count(sql).await).unwrap_or_default();
    let accepted = count("select coalesce(sum(accepted_unconfirmed), 0)::bigint from inbox.account_state").await;
    counts.add("facts accepted without confirmation (the named exception)", accepted);
    let letters: Vec<(String, String)> = sqlx::query_as("select key, reason from inbox.dead_letter")
        .fetch_all(&stand.world.pool)
        .await
        .expect("dead letters");
    letters.into_iter().map(|(key, reason)| violation(Kind::Wrong, format!("dead letter {key}: {reason}"))).collect()
}
