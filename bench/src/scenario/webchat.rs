//! The web chat: visitors write at a fixed rate.

use anyhow::Result;

use super::{Context, inbound::Sent, stage::SETTLE};
use crate::{
    accounts,
    house::House,
    load::{Pace, Tally},
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
    visitors::{SITE, Visitors},
    words,
};

/// A visitor may write 60 messages a minute.
const PER_VISITOR: f64 = 0.5;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let pace = Pace { rate: options.rate(500.0, 10.0), seconds: options.seconds(30) };
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let (mut run, tally) = (Run::default(), Tally::default());
    let visitors = open(&house, &admin, (pace.rate / PER_VISITOR).ceil() as usize, &tally).await?;
    let processes = house.processes();
    let snapshot = Snapshot::take(&processes);
    let offered = pace
        .run(|n, moment| {
            tally.sent();
            if !visitors.visitor(n).write(&words::text(n), moment) {
                tally.failed("the chat takes nothing more", Some(moment));
            }
            true
        })
        .await;
    let totals = tally.settle(SETTLE).await;
    run.usage = snapshot.until_now(&processes);
    run.figure("visitors", "", visitors.all().len() as f64);
    Sent { offered, totals, written: Vec::new() }.tell(pace, &mut run);
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    let stored: i64 = sqlx::query_scalar("select count(*) from inbox.message where direction = 1 and kind = 1")
        .fetch_one(&house.pool)
        .await?;
    if stored.cast_unsigned() < run.done {
        anyhow::bail!("{} messages were acknowledged, and {stored} are stored", run.done);
    }
    visitors.close().await;
    house.close().await;
    Ok(run)
}

/// Connects a chat and opens it for so many visitors.
pub async fn open(house: &House, admin: &Person, count: usize, tally: &Tally) -> Result<Visitors> {
    let settings = [("allowed_origins", SITE)];
    let account = accounts::connect(admin, &house.pool, "webchat", "Чат магазина", &settings).await?;
    let port = house.ports.webchat;
    accounts::until("the chat to be known", async || {
        let trial = Visitors::open(port, &account, 1, &Tally::default()).await.ok()?;
        trial.close().await;
        Some(())
    })
    .await?;
    Visitors::open(port, &account, count, tally).await
}
