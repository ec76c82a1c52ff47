//! Mailboxes of one gateway: what an idle one takes, and how soon a letter is on an operator's screen.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Result;
use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::Context;
use crate::{
    feed::{Feed, Seen},
    load::{Latency, Pace, Tally},
    mail::{Boxes, address, letter},
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
};

/// Until connections that were opened to try the mailboxes have gone, and every mailbox waits.
const REST: Duration = Duration::from_secs(20);
/// What a letter may take at most.
const SETTLE: Duration = Duration::from_secs(60);
const OVERRUN: usize = 2_000;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let count = options.mailboxes.unwrap_or(options.many(500, 4));
    let pace = Pace { rate: options.rate(10.0, 4.0), seconds: options.seconds(60) };
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let boxes = Boxes::start().await?;
    let users: Arc<Vec<String>> = Arc::new((0..count).map(|n| format!("box{n}")).collect());
    let processes = house.processes();
    sleep(options.rest(REST)).await;
    let empty = resident_mib(&processes, "okno");
    boxes.connect(&house, &admin, &users, true).await?;
    sleep(options.rest(REST)).await;
    let idle = resident_mib(&processes, "okno");
    let mut run = Run::default();
    run.figure("mailboxes", "", count as f64);
    run.figure("an idle mailbox", "kB", (idle - empty) * 1_024.0 / count as f64);
    let feed = Feed::open(&admin).await?;
    feed.forget().await;
    let snapshot = Snapshot::take(&processes);
    let (tally, tasks, moments) = (Tally::default(), TaskTracker::new(), Arc::new(Mutex::new(HashMap::new())));
    let postman = boxes.dovecot.postman();
    let offered = pace
        .run(|n, moment| {
            let (tally, users) = (tally.clone(), users.clone());
            moments.lock().insert(n, moment);
            let unanswered = tally.sent();
            tasks.spawn(async move {
                let to = address(&users[usize::try_from(n).unwrap_or_default() % users.len()]);
                match postman.bring(&to, letter(n, &to)).await {
                    Ok(()) => tally.done(moment),
                    Err(error) => tally.failed(&error, Some(moment)),
                }
            });
            unanswered < OVERRUN
        })
        .await;
    tasks.close();
    let totals = tally.settle(SETTLE).await;
    feed.settle(totals.done, SETTLE).await;
    run.usage = snapshot.until_now(&processes);
    let seen = feed.close().await;
    let moments = std::mem::take(&mut *moments.lock());
    let latency = told(&house.pool, &moments, &seen).await?;
    run.done = totals.done;
    run.figure("offered", "letters/s", pace.rate);
    run.failures(&totals.failed);
    run.all_of(totals.done.saturating_sub(latency.quantiles().count), "letters were never told to the screen");
    run.latencies.push(("screen", latency));
    run.latencies.push(("taken by Dovecot", totals.latency));
    run.latencies.push(("generator late", offered.late));
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    house.close().await;
    Ok(run)
}

/// From the moment when a letter was meant to be sent until the stream first named its message.
async fn told(pool: &PgPool, moments: &HashMap<u64, Instant>, seen: &[Seen]) -> Result<Latency> {
    let sql = "select message_id, substring(text from '^letter ([0-9]+)')::bigint from inbox.message where text like 'letter %'";
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(sql).fetch_all(pool).await?;
    let numbers: HashMap<Uuid, u64> = rows.into_iter().map(|(id, n)| (id, n.cast_unsigned())).collect();
    let mut first: HashMap<u64, Instant> = HashMap::new();
    for one in seen {
        for n in one.messages.iter().filter_map(|id| numbers.get(id)) {
            first.entry(*n).or_insert(one.at);
        }
    }
    let mut latency = Latency::default();
    let known = first.iter().filter_map(|(n, at)| Some((moments.get(n)?, at)));
    known.for_each(|(moment, at)| latency.record(at.saturating_duration_since(*moment)));
    Ok(latency)
}
