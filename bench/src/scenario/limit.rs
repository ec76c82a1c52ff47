//! The limit program: what this machine can do at most in our way of working, with nothing of Okno in it. Messages of 1 KiB
//! are published to a stream like IN, read continuously, and each batch is one insert in one transaction.

use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::jetstream::{
    self,
    consumer::{DeliverPolicy, pull},
    stream::{Config, StorageType},
};
use futures::{FutureExt, StreamExt};
use sqlx::{Connection, PgConnection};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::Context;
use crate::{house::Servers, report::Run, usage::Snapshot};

const STREAM: &str = "LIMIT";
const BYTES: usize = 1_024;
/// As router's batches.
const BATCH: usize = 500;
/// Published and not acknowledged yet.
const WINDOW: usize = 2_048;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let servers = Servers::start(&context.folder.fresh()?, context.program(), &context.settings).await?;
    let run = measure(context, &servers).await;
    let mut servers = servers;
    servers.stop().await;
    run
}

async fn measure(context: &Context<'_>, servers: &Servers) -> Result<Run> {
    let mut db = PgConnection::connect(servers.database_url()).await?;
    sqlx::query("create table message (message_id uuid primary key, sequence bigint not null, body text not null)")
        .execute(&mut db)
        .await?;
    let url = &servers.nats_urls()["OKNO_NATS_URL"];
    let (reader, writer) = (connect(url).await?, connect(url).await?);
    let config = Config {
        name: STREAM.to_owned(),
        subjects: vec!["limit.>".to_owned()],
        storage: StorageType::File,
        duplicate_window: Duration::from_millis(100),
        ..Config::default()
    };
    let stream = reader.create_stream(config).await.context("no stream")?;
    let consumer = pull::OrderedConfig {
        name: Some("limit".to_owned()),
        deliver_policy: DeliverPolicy::All,
        ..pull::OrderedConfig::default()
    };
    let mut messages = stream.create_consumer(consumer).await?.messages().await?;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(publish(writer, stop.clone()));
    let processes = servers.processes();
    let span = Duration::from_secs(context.options.seconds(20));
    let (snapshot, began) = (Snapshot::take(&processes), Instant::now());
    let (mut run, mut stored, mut batches) = (Run::default(), 0_u64, 0_u64);
    while began.elapsed() < span {
        let batch = tokio::task::unconstrained(next(&mut messages)).await?;
        store(&mut db, &batch).await?;
        stored += batch.len() as u64;
        batches += 1;
    }
    let took = began.elapsed();
    run.usage = snapshot.until_now(&processes);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    run.figure("stored", "msg/s", stored as f64 / took.as_secs_f64());
    run.figure("messages in a batch", "", stored as f64 / batches.max(1) as f64);
    run.done = stored;
    Ok(run)
}

async fn connect(url: &str) -> Result<jetstream::Context> {
    let server: async_nats::ServerAddr = url.parse()?;
    let options = async_nats::ConnectOptions::new().subscription_capacity(64 * 1024).client_capacity(8 * 1024);
    // The client keeps user and password of a URL to itself.
    let options = match (server.username(), server.password()) {
        (Some(user), Some(password)) => options.user_and_password(user.to_owned(), password.to_owned()),
        _ => options,
    };
    Ok(jetstream::new(options.connect(server).await.context("NATS does not answer")?))
}

/// Publishes until `stop`, with so many unacknowledged at most.
async fn publish(writer: jetstream::Context, stop: CancellationToken) {
    let (places, acknowledgements) = (std::sync::Arc::new(Semaphore::new(WINDOW)), TaskTracker::new());
    let payload = "x".repeat(BYTES);
    while !stop.is_cancelled() {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let Ok(acknowledged) = writer.publish("limit.message", payload.clone().into()).await else { break };
        acknowledgements.spawn(async move {
            // One that is not acknowledged is not read either, and so not counted.
            let _ = acknowledged.await;
            drop(place);
        });
    }
}

/// What is there, at least one and at most a batch.
async fn next(messages: &mut pull::Ordered) -> Result<Vec<(Uuid, i64, String)>> {
    let first = timeout(Duration::from_secs(10), messages.next()).await.context("nothing comes")?;
    let (mut batch, mut next) = (Vec::with_capacity(BATCH), first);
    while let Some(message) = next {
        let message = message?;
        let sequence = message.info().map_err(anyhow::Error::from_boxed)?.stream_sequence.cast_signed();
        batch.push((Uuid::now_v7(), sequence, String::from_utf8_lossy(&message.payload).into_owned()));
        if batch.len() >= BATCH {
            break;
        }
        match messages.next().now_or_never() {
            Some(more) => next = more,
            None => break,
        }
    }
    Ok(batch)
}

async fn store(db: &mut PgConnection, batch: &[(Uuid, i64, String)]) -> Result<()> {
    let ids: Vec<Uuid> = batch.iter().map(|(id, ..)| *id).collect();
    let sequences: Vec<i64> = batch.iter().map(|(_, sequence, _)| *sequence).collect();
    let bodies: Vec<&str> = batch.iter().map(|(.., body)| body.as_str()).collect();
    let mut tx = db.begin().await?;
    sqlx::query(
        "insert into message (message_id, sequence, body) select * from unnest($1::uuid[], $2::bigint[], $3::text[])",
    )
    .bind(ids)
    .bind(sequences)
    .bind(bodies)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}
