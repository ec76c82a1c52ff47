//! What every process needs before it does its work: settings, logs, metrics, health, signals, restarts, drain.
//!
//! A service reads its `Config` with `Config::from_env(&Env)`, keeps a [`Health`] in it (the binary replaces it by the
//! process's own) and runs as `run(config, stop)`.

mod drain;
mod env;
mod health;
mod log;
mod metrics;
mod ops;
mod secret;
mod supervise;
pub mod trace;

pub use drain::drain;
pub use env::{ConfigError, ConfigErrors, EXIT_CONFIG, Env, FromEnv};
pub use health::{Component, Health, Readiness};
pub use log::{LogConfig, LogFormat, Logging, LoggingError};
pub use metrics::Metrics;
pub use ops::{OpsError, serve_ops};
pub use secret::Secret;
pub use supervise::{Backoff, supervise};
pub use tokio_util::{sync::CancellationToken as Stop, task::TaskTracker};

/// Makes ring the process's TLS provider. Repeating it changes nothing; call it before any TLS client is built.
pub fn install_crypto() {
    // An error says that a provider is installed already: whose, does not matter, for the tree holds only ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Cancels the token at the first SIGTERM or SIGINT; the second SIGINT ends the process at once, exit code 130.
///
/// # Errors
/// When the signal handlers cannot be installed.
pub async fn stop_on_signals(stop: Stop) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("SIGINT: stopping; once more to end at once"),
        () = stop.cancelled() => return Ok(()),
    }
    stop.cancel();
    interrupt.recv().await;
    std::process::exit(130);
}

/// An error with all its causes, joined by colons: for the one place that logs it.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
