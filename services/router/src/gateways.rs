//! What gateways tell of themselves, and the accounts and positions that router tells them.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use bus::Bus;
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
           insert into inbox.gateway (channel, description, last_seen_at) values ($1, $2, now())
           on conflict (channel) do update set description = excluded.description, last_seen_at = now()
           returning (select description from old) is distinct from $2 as "changed!""#,
        channel.as_str(),
        bytes,
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
/// until `stop` (rule A1).
pub async fn keep_projected(pool: PgPool, bus: Bus, stop: CancellationToken) {
    let mut projected: Option<(Instant, u64)> = None;
    loop {
        let connections = bus.connections();
        let due = projected.is_none_or(|(at, of)| of != connections || at.elapsed() >= PROJECT);
        if due && bus.is_connected() && project(&pool, &bus, None).await {
            projected = Some((Instant::now(), connections));
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
    let Projection { epoch, version, channels } = match projection(pool).await {
        Ok(projection) => projection,
        Err(cause) => {
            warn!(%cause, "accounts cannot be projected; trying again soon");
            return false;
        }
    };
    let mut all = true;
    for (channel, entries) in channels.iter().filter(|(channel, _)| only.is_none_or(|o| o == *channel)) {
        if let Err(error) = bus::accounts::project(bus, channel, entries, &epoch, version).await {
            warn!(%channel, error, "accounts of {channel} cannot be projected; trying again soon");
            all = false;
        }
    }
    all
}

/// The accounts as they stand in the database, and a number that grows.
struct Projection {
    epoch: String,
    version: u64,
    channels: HashMap<Channel, Vec<AccountEntry>>,
}

async fn projection(pool: &PgPool) -> sqlx::Result<Projection> {
    // Before the accounts: what changes in between is written again with a larger number.
    let now = sqlx::query!(
        r#"select epoch, (extract(epoch from clock_timestamp()) * 1000)::bigint as "ms!" from inbox.relay"#
    )
    .fetch_one(pool)
    .await?;
    Ok(Projection { epoch: now.epoch.to_string(), version: now.ms.cast_unsigned(), channels: entries(pool).await? })
}

/// Every live account by channel; a channel whose gateway announced itself is there even without accounts.
async fn entries(pool: &PgPool) -> sqlx::Result<HashMap<Channel, Vec<AccountEntry>>> {
    let rows = sqlx::query!(
        r#"select a.account_id, a.channel, a.name, a.revision, a.part, a.enabled, a.settings, a.secrets_key_id, a.secrets,
                  a.live_since
           from inbox.account a where a.deleted_at is null order by a.account_id"#
    )
    .fetch_all(pool)
    .await?;
    let mut channels: HashMap<Channel, Vec<AccountEntry>> = sqlx::query_scalar!("select channel from inbox.gateway")
        .fetch_all(pool)
        .await?
        .into_iter()
        .filter_map(|name| Some((name.parse().ok()?, Vec::new())))
        .collect();
    for row in rows {
        let Ok(channel) = row.channel.parse::<Channel>() else { continue };
        let entry = AccountEntry {
            account_id: row.account_id.to_string(),
            channel: row.channel,
            revision: row.revision.cast_unsigned(),
            part: row.part.cast_unsigned(),
            enabled: row.enabled,
            settings: serde_json::from_value(row.settings).unwrap_or_default(),
            secrets: Some(Sealed { key_id: row.secrets_key_id, r#box: row.secrets }),
            live_since: Some(time::to_proto(row.live_since)),
            name: row.name,
        };
        channels.entry(channel).or_default().push(entry);
    }
    Ok(channels)
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
