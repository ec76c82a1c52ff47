//! What gateways tell of themselves, and the accounts and positions that router tells them.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use bus::{
    Bus,
    accounts::{ProjectError, Projection},
};
use contracts::{
    channel::{AccountEntry, GatewayDescription, Sealed},
    live::{Audience, GatewayChanged, event::What},
};
use futures::StreamExt;
use model::{AccountId, Channel};
use prost::Message;
use sqlx::PgPool;
use store::Schema;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{Wakes, run::Shared, time};

/// How often accounts are projected, whatever has changed.
const PROJECT: Duration = Duration::from_secs(60);
/// A projection that other routers overtake is begun anew this often at once.
const OVERTAKEN: u32 = 5;

/// So many readings of the accounts' bucket that stuck, one after the other, and it is thrown away.
const STUCK: u32 = 3;

/// Listens to announcements until `stop`: keeps the description, makes the channel's order stream.
pub async fn listen(shared: Shared, replicas: usize, stop: CancellationToken) {
    let Shared { pool, bus, directory, wakes } = shared;
    loop {
        let Ok(mut announcements) = bus.client.subscribe("okno.gateway.*").await else {
            if stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(1))).await.is_none() {
                return;
            }
            continue;
        };
        loop {
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                message = announcements.next() => message,
            };
            let Some(message) = message else { break };
            let channel = message.subject.strip_prefix("okno.gateway.").and_then(|name| name.parse::<Channel>().ok());
            let Some(channel) = channel else { continue };
            if let Err(error) = bus::ensure_gateway_stream(&bus, &channel, replicas).await {
                warn!(%channel, error = %runtime::chain(&error), "the order stream of {channel} cannot be made");
            }
            if let Err(cause) = keep(&pool, &channel, &message.payload, &wakes).await {
                warn!(%channel, %cause, "an announcement cannot be stored; the next one comes in a minute");
            }
            // A gateway that has just come reads its accounts now; without a mark it answers 503.
            project(&pool, &bus, Some(&channel)).await;
            let _ = directory.reload(&pool).await;
        }
    }
}

async fn keep(pool: &PgPool, channel: &Channel, payload: &[u8], wakes: &Wakes) -> sqlx::Result<()> {
    let Ok(mut description) = GatewayDescription::decode(payload) else { return Ok(()) };
    description.instance.clear(); // replicas differ in it only
    let bytes = description.encode_to_vec();
    let mut tx = pool.begin().await?;
    let changed = sqlx::query_scalar!(
        r#"with old as (select description from inbox.gateway where channel = $1)
           insert into inbox.gateway (channel, description, letters, last_seen_at) values ($1, $2, $3, now())
           on conflict (channel) do update
               set description = excluded.description, letters = excluded.letters, last_seen_at = now()
           returning (select description from old) is distinct from $2 as "changed!""#,
        channel.as_str(),
        bytes,
        description.capabilities.as_ref().is_some_and(|can| can.letters),
    )
    .fetch_one(&mut *tx)
    .await?;
    if changed {
        info!(%channel, version = description.version, "gateway {channel} announced itself");
        let what = What::GatewayChanged(GatewayChanged { channel: channel.to_string() });
        let everyone = Audience { everyone: true, ..Audience::default() };
        store::event::append(&mut tx, Schema::Inbox, &[(what, everyone)]).await?;
    }
    tx.commit().await?;
    wakes.relay.notify_one();
    Ok(())
}

/// Projects accounts to their bucket each minute, and soon after NATS was away, for then its bucket may be another one;
/// until `stop` (rule A1). A bucket that cannot be read any more is thrown away and made anew.
pub async fn keep_projected(pool: PgPool, bus: Bus, stop: CancellationToken) {
    let (mut projected, mut stuck) = (None::<(Instant, u64)>, 0);
    loop {
        let connections = bus.connections();
        let due = projected.is_none_or(|(at, of)| of != connections || at.elapsed() >= PROJECT);
        if due && bus.is_connected() {
            match pass(&pool, &bus, None).await {
                Pass::Whole => (projected, stuck) = (Some((Instant::now(), connections)), 0),
                Pass::Partial => stuck = 0,
                Pass::Stuck => stuck += 1,
            }
        }
        if stuck >= STUCK {
            warn!("the bucket of accounts cannot be read; it is thrown away and made anew from the database");
            if let Err(error) = bus::accounts::discard(&bus).await {
                warn!(error, "the bucket of accounts cannot be thrown away yet");
            }
            stuck = 0;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

/// Writes the accounts of one channel, or of all, to their bucket; overwrites whatever differs there. `false`: not all of
/// them could be written, which is tried again.
pub async fn project(pool: &PgPool, bus: &Bus, only: Option<&Channel>) -> bool {
    matches!(pass(pool, bus, only).await, Pass::Whole)
}

/// How a projection of several channels went.
enum Pass {
    Whole,
    Partial,
    /// Nothing comes from the bucket, whose store all channels share.
    Stuck,
}

async fn pass(pool: &PgPool, bus: &Bus, only: Option<&Channel>) -> Pass {
    let channels = match only {
        Some(channel) => Ok(vec![channel.clone()]),
        None => channels(pool).await,
    };
    let channels = match channels {
        Ok(channels) => channels,
        Err(cause) => {
            warn!(%cause, "accounts cannot be projected; trying again soon");
            return Pass::Partial;
        }
    };
    let mut pass = Pass::Whole;
    for channel in &channels {
        let Err(error) = project_channel(pool, bus, channel).await else { continue };
        warn!(%channel, %error, "accounts of {channel} cannot be projected; trying again soon");
        if matches!(error, ProjectError::Stuck(_)) {
            return Pass::Stuck;
        }
        pass = Pass::Partial;
    }
    pass
}

/// The bucket is looked at before the database is: whatever is found there is of an older reading, or of the same.
/// Another router that writes meanwhile makes it begin anew, so that the last word is the newest one.
async fn project_channel(pool: &PgPool, bus: &Bus, channel: &Channel) -> Result<(), ProjectError> {
    for _ in 0..OVERTAKEN {
        let projection = Projection::begin(bus, channel).await?;
        let accounts = accounts(pool, channel).await.map_err(|cause| ProjectError::Bus(cause.to_string()))?;
        match projection.write(&accounts.entries, &accounts.epoch, accounts.version).await {
            Err(ProjectError::Overtaken) => {}
            written => return written,
        }
    }
    Err(ProjectError::Overtaken)
}

/// The accounts of a channel as they stand in the database, and a number that grows.
struct Accounts {
    epoch: String,
    version: u64,
    entries: Vec<AccountEntry>,
}

/// Every channel with an account or with a gateway that has announced itself.
async fn channels(pool: &PgPool) -> sqlx::Result<Vec<Channel>> {
    let names = sqlx::query_scalar!(
        r#"select channel as "channel!" from inbox.gateway union select channel from inbox.account order by 1"#
    );
    Ok(names.fetch_all(pool).await?.into_iter().filter_map(|name| name.parse().ok()).collect())
}

/// Every live account of the channel.
async fn accounts(pool: &PgPool, channel: &Channel) -> sqlx::Result<Accounts> {
    let now = sqlx::query!(
        r#"select epoch, (extract(epoch from clock_timestamp()) * 1000)::bigint as "ms!" from inbox.relay"#
    )
    .fetch_one(pool)
    .await?;
    let rows = sqlx::query!(
        r#"select account_id, channel, name, revision, part, enabled, settings, secrets_key_id, secrets, live_since,
                  coalesce((select k.sealed from inbox.account_kept k where k.account_id = a.account_id), '') as "kept!"
           from inbox.account a where deleted_at is null and channel = $1 order by account_id"#,
        channel.as_str()
    )
    .fetch_all(pool)
    .await?;
    let entries = rows.into_iter().map(|row| AccountEntry {
        account_id: row.account_id.to_string(),
        channel: row.channel,
        revision: row.revision.cast_unsigned(),
        part: row.part.cast_unsigned(),
        enabled: row.enabled,
        settings: serde_json::from_value(row.settings).unwrap_or_default(),
        secrets: Some(Sealed { key_id: row.secrets_key_id, r#box: row.secrets }),
        live_since: Some(time::to_proto(row.live_since)),
        name: row.name,
        kept: row.kept,
    });
    let (epoch, version) = (now.epoch.to_string(), now.ms.cast_unsigned());
    Ok(Accounts { epoch, version, entries: entries.collect() })
}

/// Where a worker tells whose poll position it has committed.
pub type Positions = mpsc::Sender<(Channel, AccountId)>;

/// Projects committed poll positions to their bucket, at most each 200 ms, until `stop`. What is lost on the way is
/// asked for: the database has it.
pub fn keep_positions(pool: PgPool, bus: Bus, tasks: &TaskTracker, stop: CancellationToken) -> Positions {
    let (sender, mut committed) = mpsc::channel(1_024);
    tasks.spawn(async move {
        loop {
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                first = committed.recv() => first,
            };
            let Some(first) = first else { return };
            tokio::time::sleep(Duration::from_millis(200)).await;
            let mut accounts = HashSet::from([first]);
            while let Ok(more) = committed.try_recv() {
                accounts.insert(more);
            }
            for (channel, account) in accounts {
                if let Err(error) = project_positions(&pool, &bus, &channel, account).await {
                    warn!(%channel, error, "a poll position is not in its bucket; the adapter asks for it");
                }
            }
        }
    });
    sender
}

async fn project_positions(pool: &PgPool, bus: &Bus, channel: &Channel, account: AccountId) -> Result<(), String> {
    let rows = sqlx::query!("select stream, value from inbox.poll_position where account_id = $1", account.0)
        .fetch_all(pool)
        .await
        .map_err(|e| e.to_string())?;
    let values = rows.into_iter().map(|row| (row.stream, row.value)).collect();
    bus::positions::write(bus, channel, account, values).await
}
