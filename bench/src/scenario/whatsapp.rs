//! Statuses of WhatsApp, which come for each reply several times: at a fixed rate, signed, one in a webhook or several.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio_util::task::TaskTracker;

use super::{Context, stage::SETTLE};
use crate::{
    load::{Pace, Tally},
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
    whatsapp::{Numbers, STATUSES, Sent, by_number},
};

/// Statuses that one webhook brings, where it brings several, and how many of them stand in one entry.
pub const TOGETHER: usize = 10;
const ENTRY: usize = 5;
/// Replies to one person: the gateway's pacing lets 40 go at once.
const EACH: usize = 25;
/// Connections to the gateway at most.
const CONNECTIONS: usize = 2_048;
/// So many unanswered webhooks, and the rate is beyond what is possible.
const OVERRUN: usize = 20_000;

/// One run; `rate` counts statuses, of which `together` come in one webhook.
pub async fn run(context: &Context<'_>, together: usize) -> Result<Run> {
    let options = context.options;
    let (rate, seconds) = (options.rate(3_000.0, 60.0), options.seconds(30));
    let pace = Pace { rate: rate / together as f64, seconds };
    let wanted = usize::try_from(pace.messages())? * together;
    let (count, each) = (options.many(16, 2), options.many(EACH, 5));
    let people = (wanted.div_ceil(STATUSES.len() * each) + count).next_multiple_of(count);
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let numbers = Numbers::connect(&house, &admin, count, CONNECTIONS).await?;
    let sent = numbers.talk(&house.pool, &admin, people, each).await?;
    let (numbers, sent) = (Arc::new(numbers), Arc::new(by_number(sent)));
    let processes = house.processes();
    let (mut run, tally, tasks, snapshot) =
        (Run::default(), Tally::default(), TaskTracker::new(), Snapshot::take(&processes));
    let offered = pace
        .run(|n, moment| {
            let unanswered = tally.sent();
            let (numbers, sent, tally) = (numbers.clone(), sent.clone(), tally.clone());
            let n = usize::try_from(n).unwrap_or_default();
            tasks.spawn(async move {
                match post(&numbers, &sent, n, together).await {
                    Ok(200) => tally.done(moment),
                    Ok(status) => tally.failed(&format!("answered {status}"), Some(moment)),
                    Err(error) => tally.failed(&error.to_string(), Some(moment)),
                }
            });
            unanswered < OVERRUN
        })
        .await;
    tasks.close();
    let totals = tally.settle(SETTLE).await;
    run.usage = snapshot.until_now(&processes);
    run.done = totals.done * together as u64;
    run.figure("offered", "statuses/s", rate);
    run.figure("stored", "statuses/s", run.done as f64 / seconds as f64);
    run.figure("webhooks", "1/s", pace.rate);
    run.failures(&totals.failed);
    if offered.overrun {
        run.notes.push(format!("given up after {} webhooks: too many were unanswered", offered.messages));
    }
    let each_second = |webhooks: &u32| webhooks * u32::try_from(together).unwrap_or(1);
    run.seconds = totals.seconds.iter().map(each_second).collect();
    run.latencies.push(("answer", totals.latency));
    run.latencies.push(("generator late", offered.late));
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    must_hold(&house.pool, run.done).await?;
    house.close().await;
    Ok(run)
}

/// Delivery `n`: the numbers in turn.
async fn post(numbers: &Numbers, sent: &[Vec<Sent>], n: usize, together: usize) -> Result<u16> {
    let (own, turn) = (&sent[n % sent.len()], n / sent.len());
    let changes: Vec<_> = (turn * together..(turn + 1) * together)
        .map(|place| {
            let (message, status) = place_of(place, own.len());
            numbers.status(&own[message], status)
        })
        .collect();
    let entries: Vec<_> = changes.chunks(ENTRY).map(<[_]>::to_vec).collect();
    numbers.deliver(own[0].number(), &entries).await
}

/// Which message a number's status tells of, and what: each once of each message, in any order, as Meta does.
const fn place_of(place: usize, messages: usize) -> (usize, &'static str) {
    let kind = place % STATUSES.len();
    ((place / STATUSES.len() + kind * messages / STATUSES.len()) % messages, STATUSES[kind])
}

/// What was answered well must be stored: else something that was promised is lost, and no figure counts.
async fn must_hold(pool: &sqlx::PgPool, answered: u64) -> Result<()> {
    let stored: i64 =
        sqlx::query_scalar("select count(*) from inbox.received where key like 'st:%'").fetch_one(pool).await?;
    match answered.checked_sub(stored.cast_unsigned()) {
        Some(lost) if lost > 0 => bail!("{answered} statuses were answered as stored, and {lost} of them are lost"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_message_gets_each_status_once() {
        for messages in [1, 2, 3, 7, 50] {
            let all: HashSet<_> = (0..messages * 3).map(|place| place_of(place, messages)).collect();
            assert_eq!(all.len(), messages * 3);
        }
    }
}
