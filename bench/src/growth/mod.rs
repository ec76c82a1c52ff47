//! What a message, a list and a search cost while the database grows.

mod fill;
mod looks;

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use serde::Serialize;
use sqlx::PgPool;

use crate::{
    load::Quantiles,
    report::{self, Median, Run},
    scenario::{Context, Stage, saturate},
};

/// Where it begins; each step is ten times as much.
const FIRST: u64 = 10_000;

/// One size.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    pub messages: u64,
    pub conversations: u64,
    pub database_mib: f64,
    /// Stored messages a second, with a fixed number of deliveries waiting; of as many samples as `--runs` says.
    pub stored: Median,
    /// CPU of each process for a message, in µs.
    pub cpu_us: BTreeMap<&'static str, f64>,
    /// Lists and searches as the page asks for them.
    pub looks: Vec<(&'static str, Quantiles)>,
}

/// All sizes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Growth {
    pub points: Vec<Point>,
    pub notes: Vec<String>,
}

/// Fills one database step by step, and measures at each.
pub async fn measure(context: &Context<'_>) -> Result<Growth> {
    let options = context.options;
    let stage = Stage::set(context, options.many(8, 2), options.many(10_000, 40) as u64).await?;
    let (mut growth, mut filler, mut written) = (Growth::default(), fill::Filler::new(&stage.house.pool).await?, 0);
    let looks = looks::Looks::new(&stage).await?;
    let mut run = Run::default();
    let mut size = FIRST;
    while size <= options.grow_to {
        eprintln!("bench: growth, filling up to {size} messages");
        filler.fill_to(&stage.house.pool, size).await?;
        eprintln!("bench: growth, measuring at {size} messages");
        let looked = looks.look(options.many(60, 3)).await?;
        let (messages, conversations) = counts(&stage.house.pool).await?;
        let (snapshot, mut done, mut samples) = (stage.snapshot(), 0, Vec::new());
        for _ in 0..options.runs() {
            let (before, seconds) = (stage.stored().await?, options.seconds(10));
            let window = options.many(options.window, 16);
            let totals = saturate(&stage, window, Duration::from_secs(seconds), written).await;
            stage.must_hold(before, totals.done, &mut run).await?;
            written += totals.done + totals.failed.values().sum::<u64>() + window as u64;
            growth.notes.extend(totals.failed.iter().map(|(why, count)| format!("{size}: {count} × {why}")));
            samples.push(totals.done as f64 / seconds as f64);
            done += totals.done;
        }
        let used = stage.used(&snapshot);
        let per_message = |seconds: f64| seconds * 1e6 / done.max(1) as f64;
        growth.points.push(Point {
            messages,
            conversations,
            database_mib: database_mib(&stage.house.pool).await?,
            stored: Median::of("stored", "msg/s", &samples),
            cpu_us: used.cpu_s.iter().map(|(name, seconds)| (*name, per_message(*seconds))).collect(),
            looks: looked,
        });
        eprintln!("bench: {}", growth.rows().pop().unwrap_or_default());
        size *= 10;
    }
    stage.strike(context, &mut run).await?;
    growth.notes.extend(run.notes);
    Ok(growth)
}

async fn counts(pool: &PgPool) -> Result<(u64, u64)> {
    let sql = "select (select count(*) from inbox.message), (select count(*) from inbox.conversation)";
    let (messages, conversations): (i64, i64) = sqlx::query_as(sql).fetch_one(pool).await?;
    Ok((messages.cast_unsigned(), conversations.cast_unsigned()))
}

async fn database_mib(pool: &PgPool) -> Result<f64> {
    let bytes: i64 = sqlx::query_scalar("select pg_database_size(current_database())").fetch_one(pool).await?;
    Ok(bytes as f64 / f64::from(1 << 20))
}

/// A plot: title, unit, lines of points.
pub type Plot = (&'static str, &'static str, Vec<(String, Vec<(f64, f64)>)>);

impl Growth {
    /// A line of text for each size, and the notes.
    pub fn rows(&self) -> Vec<String> {
        let row = |point: &Point| {
            let looks = point.looks.iter().map(|(name, q)| format!("{name} p50 {:.1} p95 {:.1} ms", q.p50, q.p95));
            let cpu = point.cpu_us.iter().map(|(name, us)| format!("{name} {us:.0}"));
            format!(
                "{} messages, {} conversations, {:.0} MiB: stored {}; CPU for each, µs: {}; {}",
                point.messages,
                point.conversations,
                point.database_mib,
                report::value(&point.stored),
                cpu.collect::<Vec<_>>().join(", "),
                looks.collect::<Vec<_>>().join("; ")
            )
        };
        self.points.iter().map(row).chain(self.notes.iter().cloned()).collect()
    }

    /// Everything over the number of messages stored.
    pub fn plots(&self) -> Vec<Plot> {
        let line = |name: &str, value: &dyn Fn(&Point) -> Option<f64>| {
            let points = self.points.iter().filter_map(|point| Some((point.messages as f64, value(point)?)));
            (name.to_owned(), points.collect::<Vec<_>>())
        };
        let names = |pick: &dyn Fn(&Point) -> Vec<&'static str>| self.points.first().map(pick).unwrap_or_default();
        let cpu = names(&|point| point.cpu_us.keys().copied().collect());
        let looks = names(&|point| point.looks.iter().map(|(name, _)| *name).collect());
        let look = |name: &str, point: &Point| point.looks.iter().find(|(n, _)| *n == name).map(|(_, q)| q.p95);
        vec![
            ("stored with a fixed number waiting", "msg/s", vec![line("stored", &|point| Some(point.stored.median))]),
            (
                "CPU for a message",
                "µs",
                cpu.iter().map(|name| line(name, &|point| point.cpu_us.get(name).copied())).collect(),
            ),
            ("lists and searches, p95", "ms", looks.iter().map(|name| line(name, &|p| look(name, p))).collect()),
        ]
    }
}
