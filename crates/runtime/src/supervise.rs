use std::{error::Error, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt as _;
use tokio::time::{Instant, sleep};
use tracing::{error, info};

use crate::{Health, Stop, chain};

/// Pauses between restarts: `first`, doubled each time up to `longest`; back to `first` after a run of a minute.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

/// A run as long as this counts as a success.
const STEADY: Duration = Duration::from_secs(60);

/// Runs a target until `stop`, starting it again after a failure, a panic or an end that nobody asked for.
/// Other targets are not touched; while it is down the component `name` of `health` says why.
pub async fn supervise<F, Run, E>(name: &str, health: &Health, stop: &Stop, backoff: Backoff, mut run: F)
where
    F: FnMut() -> Run,
    Run: Future<Output = Result<(), E>>,
    E: Error + 'static,
{
    let component = health.component(name);
    let mut pause = backoff.first;
    while !stop.is_cancelled() {
        component.ready(); // what the target itself waits for stands under components of its own
        let started = Instant::now();
        let ended = AssertUnwindSafe(Box::pin(run())).catch_unwind().await;
        if stop.is_cancelled() {
            break;
        }
        let why = why_it_ended(ended);
        if started.elapsed() >= STEADY {
            pause = backoff.first;
        }
        error!(target_name = name, "{name} is down ({why}); starting it again in {pause:?}");
        metrics::counter!("okno_target_restarts_total", "target" => name.to_owned()).increment(1);
        component.not_ready(why);
        tokio::select! {
            () = sleep(pause) => pause = (pause * 2).min(backoff.longest),
            () = stop.cancelled() => {}
        }
    }
    component.remove();
    info!("{name} has stopped");
}

fn why_it_ended<E: Error + 'static>(ended: std::thread::Result<Result<(), E>>) -> String {
    match ended {
        Ok(Ok(())) => "it ended by itself".to_owned(),
        Ok(Err(error)) => chain(&error),
        Err(_) => "it panicked".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failed_target_is_started_again_with_growing_pauses() {
        let (health, stop, runs) = (Health::new(), Stop::new(), AtomicU32::new(0));
        let started = Instant::now();
        supervise("telegram", &health, &stop, Backoff::default(), async || {
            match runs.fetch_add(1, Ordering::Relaxed) {
                0 => Err(std::io::Error::other("bad token")),
                1 => panic!("a bug"),
                _ => {
                    stop.cancel();
                    Ok(())
                }
            }
        })
        .await;
        assert_eq!(runs.into_inner(), 3);
        assert_eq!(started.elapsed(), Duration::from_secs(1 + 2));
        assert!(health.readiness().ready, "a stopped target is no reason to be not ready");
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_is_down_health_says_why() {
        let (health, stop) = (Health::new(), Stop::new());
        let watch = async {
            sleep(Duration::from_millis(500)).await;
            let readiness = health.readiness();
            stop.cancel();
            readiness
        };
        let run =
            supervise("telegram", &health, &stop, Backoff::default(), async || Err(std::io::Error::other("bad token")));
        let (readiness, ()) = tokio::join!(watch, run);
        assert_eq!(readiness.waiting_for, [("telegram".to_owned(), "bad token".to_owned())]);
    }
}
