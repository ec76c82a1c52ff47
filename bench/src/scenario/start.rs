//! How soon `okno all` is ready, and how little it takes.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::Context;
use crate::{
    report::Run,
    usage::{Snapshot, resident_mib},
};

/// Seconds: long enough for everything that begins later to have begun.
const REST: u64 = 5;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let house = context.house().await?;
    let mut run = Run { done: 1, ..Run::default() };
    run.figure("ready", "s", house.ready_after.as_secs_f64());
    let processes = house.processes();
    let before = Snapshot::take(&processes);
    let rest = Duration::from_secs(context.options.seconds(REST));
    sleep(rest).await;
    run.figure("okno at rest", "MiB", resident_mib(&processes, "okno"));
    let used = before.until_now(&processes);
    run.figure("okno at rest, CPU", "%", used.cpu_s["okno"] / rest.as_secs_f64() * 100.0);
    run.usage = used;
    run.done = rest.as_secs();
    run.notes.push("CPU is for each second at rest".to_owned());
    house.close().await;
    Ok(run)
}
