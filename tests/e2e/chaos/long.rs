//! A light upgrade: the house of an earlier version gets the new one while everybody writes and answers.

use std::{
    collections::HashMap,
    env,
    path::PathBuf,
    time::{Duration, Instant},
};

use testkit::servers::free_port;
use tokio::time::sleep;

use super::{
    report::Report,
    run,
    settings::Settings,
    stand::{Stand, TARGETS},
};
use crate::office::{self, Process};

/// Before the new version comes, and after the old one is gone.
const ALONE: Duration = Duration::from_secs(10);
/// Both versions whole, before the first process is replaced.
const BESIDE: Duration = Duration::from_secs(20);
/// Between one process that is replaced and the next: with the seven of them and `BESIDE`, a minute side by side.
const EACH: Duration = Duration::from_secs(6);

// acceptance: XC-2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_under_load_loses_doubles_and_reorders_nothing() {
    let from = env::var_os("OKNO_UPGRADE_FROM").map(PathBuf::from).expect(
        "OKNO_UPGRADE_FROM names the earlier version's binary; `cargo xtask test --long` builds it and says which",
    );
    let mut settings = Settings::of_environment();
    settings.faults.clear();
    settings.faults_for = Duration::ZERO;
    settings.folder = settings.folder.with_file_name("upgrade");
    run(settings, &from, async |stand, report, _, begun| upgrade(stand, report, begun).await).await.judge();
}

/// In the order of docs/operations.md: the database, router and core, the gateways, the edge. All the while processes of
/// both versions stand over one database and bus.
async fn upgrade(stand: &mut Stand, report: &mut Report, begun: Instant) {
    sleep(ALONE).await;
    office::make_streams(&stand.world.environment).await;
    report.tell(begun.elapsed(), "migrated".to_owned());
    let mut beside = beside(stand).await;
    report.tell(begun.elapsed(), "the new version stands beside the old one".to_owned());
    sleep(BESIDE).await;
    for target in TARGETS {
        stand.replace(target).await;
        report.tell(begun.elapsed(), format!("{target} is the new one"));
        sleep(EACH).await;
        stand.revive();
    }
    for target in TARGETS {
        beside.remove(target).expect("started").stop().await;
    }
    report.tell(begun.elapsed(), "the new version stands alone".to_owned());
    sleep(ALONE).await;
}

/// All targets of the new version, on ports of their own.
async fn beside(stand: &Stand) -> HashMap<&'static str, Process> {
    let mut environment = stand.world.environment.clone();
    for (name, value) in &mut environment {
        if name.ends_with("_LISTEN") {
            *value = format!("127.0.0.1:{}", free_port());
        }
    }
    for service in ["ROUTER", "CRM"] {
        let address = format!("http://{}", environment[&format!("OKNO_{service}_LISTEN")]);
        environment.insert(format!("OKNO_{service}_URL"), address);
    }
    let mut started = HashMap::new();
    for target in TARGETS {
        let mut process = stand.spawn(&office::binary(), target, &environment);
        process.ready(&[target]).await;
        started.insert(target, process);
    }
    started
}
