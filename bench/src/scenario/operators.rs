//! Operators' live streams while messages come in.

use std::time::Duration;

use anyhow::Result;
use contracts::inbox::{ChannelAccount, ListChannelAccountsRequest, UpdateChannelAccountRequest};
use tokio::time::{Instant, sleep_until};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Context, Stage, inbound, stage::SETTLE};
use crate::{
    feed::{self, Feed},
    load::{Latency, Pace},
    office::{self, Office},
    people::Person,
    report::Run,
    usage::resident_mib,
};

/// One change in so many is for everyone.
const FOR_ALL: f64 = 1_000.0;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let pace = Pace { rate: options.rate(1_000.0, 50.0), seconds: options.seconds(30) };
    let streams = options.streams.unwrap_or(options.many(7_500, 30));
    let stage = Stage::set(context, options.many(4, 2), options.many(10_000, 40) as u64).await?;
    let (mut run, before) = (Run::default(), stage.stored().await?);
    office::staff(&stage.house.pool, streams).await?;
    let began = Instant::now();
    let office = Office::open(&stage.house.edge(), streams).await?;
    run.figure("streams", "", streams as f64);
    run.figure("all streams open after", "s", began.elapsed().as_secs_f64());
    office.settle_in().await;
    run.figure("told of each other after", "s", began.elapsed().as_secs_f64());
    let feed = Feed::open(&stage.admin).await?;
    feed.forget().await;
    office.begin();
    let snapshot = stage.snapshot();
    let stop = CancellationToken::new();
    let news = TaskTracker::new();
    let told_all = news.spawn(tell_everyone(stage.admin.clone(), (pace.rate / FOR_ALL).max(1.0), stop.clone()));
    let sent = inbound::send(&stage.bots, stage.customers, pace).await;
    stop.cancel();
    feed.settle(sent.totals.done, SETTLE).await;
    let told_all = told_all.await??;
    office.settle(told_all.len() * streams, SETTLE).await;
    run.usage = stage.used(&snapshot);
    run.figure("okno resident", "MiB", resident_mib(&stage.house.processes(), "okno"));
    let heard = office.close().await;
    let told = feed::told(&stage.house.pool, &sent.written, &feed.close().await).await?;
    sent.tell(pace, &mut run);
    let (mut some, mut unplaced) = (Latency::default(), 0_u64);
    for (position, at) in &heard.changes {
        match told.moments.get(position) {
            Some(moment) => some.record(at.saturating_duration_since(*moment)),
            None => unplaced += 1,
        }
    }
    run.figure("told to operators", "a second", heard.changes.len() as f64 / pace.seconds as f64);
    run.figure("operators told of each change", "", heard.changes.len() as f64 / told.moments.len().max(1) as f64);
    if unplaced > 0 {
        run.notes.push(format!("{unplaced} times operators were told of a change of no message of this run"));
    }
    run.latencies.push(("screen", some));
    run.latencies.push(("screen, for all", heard.for_all(&told_all)));
    run.figure("for all, expected", "", (told_all.len() * streams) as f64);
    run.figure("for all, told", "", heard.news.len() as f64);
    let untold = (told_all.len() * streams).saturating_sub(heard.news.len());
    run.all_of(told.missing as u64, "messages were never told to the administrator's stream");
    run.all_of(untold as u64, "times somebody was not told what all are told");
    run.all_of(heard.ended as u64, "streams ended");
    stage.must_hold(before, sent.totals.done, &mut run).await?;
    stage.strike(context, &mut run).await?;
    Ok(run)
}

/// Changes an account's name at a rate: everyone is told. Gives when each change was meant to be.
async fn tell_everyone(admin: Person, rate: f64, stop: CancellationToken) -> Result<Vec<Instant>> {
    let (mut moments, began) = (Vec::new(), Instant::now());
    let mut accounts = admin.accounts();
    let listed = accounts.list_channel_accounts(ListChannelAccountsRequest::default()).await?.into_inner();
    let Some(mut account) = listed.accounts.into_iter().find(|account| account.channel == "webchat") else {
        return Ok(moments);
    };
    while !stop.is_cancelled() {
        let moment = began + Duration::from_secs_f64((moments.len() + 1) as f64 / rate);
        if stop.run_until_cancelled(sleep_until(moment)).await.is_none() {
            break;
        }
        let renamed = ChannelAccount { name: format!("Чат, имя {}", moments.len()), ..account };
        let mask = office::mask("name");
        let request = UpdateChannelAccountRequest { account: Some(renamed), update_mask: Some(mask) };
        account = accounts.update_channel_account(request).await?.into_inner().account.unwrap_or_default();
        moments.push(moment);
    }
    Ok(moments)
}
