//! Replies out: the API's SendMessage until the message is stored, and until Telegram has it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use contracts::inbox::SendMessageRequest;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Context, Stage, inbound::Sent, stage::SETTLE};
use crate::{
    accounts,
    load::{Latency, Pace, Tally},
    people::Person,
    report::Run,
    telegram::telegram_id,
    usage::resident_mib,
};

/// Connections that the API's callers share.
const CONNECTIONS: usize = 4;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    // Telegram takes 30 messages a second of one bot; eight take 240.
    let pace = Pace { rate: options.rate(150.0, 10.0), seconds: options.seconds(30) };
    let stage = Stage::set(context, options.many(8, 2), options.many(2_000, 20) as u64).await?;
    stage.meet_customers();
    accounts::until("the customers to be known", async || {
        stage.bots.all.iter().all(|bot| bot.fake.pending() == 0).then_some(())
    })
    .await?;
    let conversations = conversations(&stage.house.pool).await?;
    let people = colleagues(&stage).await?;
    let (mut run, tally, tasks) = (Run::default(), Tally::default(), TaskTracker::new());
    let moments: Arc<parking_lot::Mutex<HashMap<String, Instant>>> = Arc::default();
    let snapshot = stage.snapshot();
    let offered = pace
        .run(|n, moment| {
            tally.sent();
            let text = format!("Ответ {n}");
            moments.lock().insert(text.clone(), moment);
            let place = usize::try_from(n).unwrap_or_default();
            let conversation = conversations[place % conversations.len()];
            let (person, tally) = (people[place % people.len()].clone(), tally.clone());
            tasks.spawn(async move {
                match send(&person, conversation, text).await {
                    Ok(_) => tally.done(moment),
                    Err(error) => tally.failed(&format!("{error:#}"), Some(moment)),
                }
            });
            true
        })
        .await;
    let totals = tally.settle(SETTLE).await;
    let arrived = arrivals(&stage, totals.done).await;
    run.usage = stage.used(&snapshot);
    Sent { offered, totals: totals.clone(), written: Vec::new() }.tell(pace, &mut run);
    let mut latency = Latency::default();
    let moments = moments.lock().clone();
    for (text, at) in &arrived {
        if let Some(moment) = moments.get(text) {
            latency.record(at.saturating_duration_since(*moment));
        }
    }
    run.latencies[0].0 = "stored";
    run.latencies.push(("sent", latency));
    run.figure("Telegram got", "", arrived.len() as f64);
    let missing = |have: usize| totals.done.saturating_sub(have as u64);
    run.all_of(missing(stored(&stage.house.pool).await?), "replies were accepted and are not stored");
    run.all_of(missing(arrived.len()), "replies never reached Telegram");
    run.figure("okno resident", "MiB", resident_mib(&stage.house.processes(), "okno"));
    stage.strike(context, &mut run).await?;
    Ok(run)
}

/// Sends a reply; gives the ids of its messages.
pub async fn send(person: &Person, conversation: Uuid, text: String) -> Result<Vec<Uuid>> {
    let request = SendMessageRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: conversation.to_string(),
        text,
        ..SendMessageRequest::default()
    };
    let answer = person.conversations().send_message(request).await.context("SendMessage")?.into_inner();
    Ok(answer.messages.iter().filter_map(|message| message.message_id.parse().ok()).collect())
}

/// Every conversation, in a fixed order.
pub async fn conversations(pool: &PgPool) -> Result<Vec<Uuid>> {
    let all = sqlx::query_scalar("select conversation_id from inbox.conversation order by conversation_id");
    all.fetch_all(pool).await.context("no conversations")
}

/// How many replies are stored.
async fn stored(pool: &PgPool) -> Result<usize> {
    let sql = "select count(*) from inbox.message where direction = 2 and kind = 1";
    let count: i64 = sqlx::query_scalar(sql).fetch_one(pool).await?;
    Ok(usize::try_from(count)?)
}

async fn colleagues(stage: &Stage) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for _ in 0..CONNECTIONS {
        people.push(Person::sign_in(&stage.house.edge(), "admin").await?);
    }
    Ok(people)
}

/// What Telegram got, once it has all or nothing more comes.
async fn arrivals(stage: &Stage, wanted: u64) -> Vec<(String, Instant)> {
    let end = Instant::now() + SETTLE;
    while stage.bots.fake.count("sendMessage") < usize::try_from(wanted).unwrap_or(usize::MAX) && Instant::now() < end {
        sleep(Duration::from_millis(100)).await;
    }
    stage.bots.fake.sent().into_iter().filter_map(|sent| Some((sent.text?, sent.at))).collect()
}

impl Stage {
    /// Telegram lets a bot write only to whom has written to it: the fake learns of the customers, too.
    fn meet_customers(&self) {
        for customer in 0..self.customers {
            let bot = &self.bots.all[usize::try_from(customer).unwrap_or_default() % self.bots.all.len()];
            let id = i64::try_from(telegram_id(customer)).unwrap_or_default();
            bot.fake.customer(id, &format!("Покупатель {customer}")).start(None);
        }
    }
}
