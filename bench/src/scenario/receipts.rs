//! A storm of receipts: browsers of the web chat say that they have got staff's messages.

use std::{collections::HashMap, time::Duration};

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Context, inbound::Sent, replies, stage::SETTLE, webchat};
use crate::{
    feed::Feed,
    load::{Latency, Pace, Tally, Totals},
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
    visitors::{Visitor, Visitors},
};

/// Staff's messages that each visitor gets; a visitor may tell of 200 at once.
const EACH: usize = 20;
const AT_ONCE: usize = 32;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let pace = Pace { rate: options.rate(500.0, 20.0), seconds: options.seconds(10) };
    let count = usize::try_from(pace.messages())?.div_ceil(EACH);
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let (mut run, tally) = (Run::default(), Tally::default());
    let visitors = webchat::open(&house, &admin, count, &tally).await?;
    write_to_each(&house.pool, &admin, &visitors, &tally).await?;
    let heard = messages(&visitors);
    let feed = Feed::open(&admin).await?;
    feed.forget().await;
    let processes = house.processes();
    let (snapshot, mut moments) = (Snapshot::take(&processes), HashMap::new());
    let offered = pace
        .run(|n, moment| {
            let (visitor, message) = heard[usize::try_from(n).unwrap_or_default() % heard.len()];
            moments.insert(message, moment);
            visitors.all()[visitor].got(message)
        })
        .await;
    let told = moments.len() as u64;
    let delivered = delivered(&house.pool, moments.len()).await?;
    run.usage = snapshot.until_now(&processes);
    let mut latency = Latency::default();
    for seen in feed.close().await {
        let told = seen.messages.iter().filter_map(|message| moments.remove(message));
        told.for_each(|moment| latency.record(seen.at.saturating_duration_since(moment)));
    }
    let mut totals = Totals::default();
    totals.done = delivered;
    Sent { offered, totals, written: Vec::new() }.tell(pace, &mut run);
    run.latencies.retain(|(name, _)| *name != "answer");
    run.latencies.push(("screen", latency));
    run.all_of(told.saturating_sub(delivered), "receipts were told and are not stored");
    run.all_of(moments.len() as u64, "receipts were never told to the screen");
    run.figure("visitors", "", visitors.all().len() as f64);
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    visitors.close().await;
    house.close().await;
    Ok(run)
}

/// Each visitor writes once and gets so many replies; none is told to be delivered yet.
async fn write_to_each(pool: &sqlx::PgPool, admin: &Person, visitors: &Visitors, tally: &Tally) -> Result<()> {
    for visitor in visitors.all() {
        tally.sent();
        visitor.write("Здравствуйте", Instant::now());
    }
    let written = tally.settle(SETTLE).await;
    if !written.failed.is_empty() {
        bail!("the visitors' first messages were not taken: {:?}", written.failed);
    }
    let conversations = replies::conversations(pool).await?;
    let all = (0..EACH).flat_map(|n| conversations.iter().map(move |conversation| (n, *conversation)));
    let send = |(n, conversation)| replies::send(admin, conversation, format!("Ответ {n}"));
    stream::iter(all).map(send).buffer_unordered(AT_ONCE).try_for_each(|_| std::future::ready(Ok(()))).await?;
    let end = Instant::now() + Duration::from_secs(120);
    while visitors.all().iter().any(|visitor| visitor.heard().len() < EACH) {
        if Instant::now() > end {
            bail!("not every reply reached its visitor within two minutes");
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Who has which message, so that each visitor is asked in turn.
fn messages(visitors: &Visitors) -> Vec<(usize, Uuid)> {
    let heard: Vec<Vec<Uuid>> = visitors.all().iter().map(Visitor::heard).collect();
    let turn = |n: usize| heard.iter().enumerate().filter_map(move |(v, all)| Some((v, *all.get(n)?)));
    (0..EACH).flat_map(turn).collect()
}

/// Waits until so many are stored as delivered, or nothing more comes.
async fn delivered(pool: &sqlx::PgPool, wanted: usize) -> Result<u64> {
    let end = Instant::now() + SETTLE;
    loop {
        let count: i64 = sqlx::query_scalar("select count(*) from inbox.message where direction = 2 and status >= $1")
            .bind(contracts::inbox::MessageStatus::Delivered as i16)
            .fetch_one(pool)
            .await?;
        if count.cast_unsigned() >= wanted as u64 || Instant::now() > end {
            return Ok(count.cast_unsigned());
        }
        sleep(Duration::from_millis(20)).await;
    }
}
