//! What the replicas of a gateway tell each other about one person (rule O8): core NATS, never stored. Whoever missed
//! something asks router.

use bus::{Bus, names};
use bytes::Bytes;
use futures::{
    StreamExt,
    future::ready,
    stream::{self, BoxStream},
};
use model::{AccountId, Channel};

/// Tells all replicas, this one too. The default reaches nobody.
#[derive(Clone, Default)]
pub struct Peers(Option<Way>);

#[derive(Clone)]
struct Way {
    bus: Bus,
    channel: Channel,
}

/// Something told about a person.
#[derive(Debug, Clone)]
pub struct Said {
    pub account: AccountId,
    pub peer: String,
    pub payload: Bytes,
}

impl Peers {
    pub(crate) fn new(bus: Bus, channel: Channel) -> Self {
        Self(Some(Way { bus, channel }))
    }

    /// Tells it; `false`: NATS is away, or `peer` is no token of a subject, and nobody was told.
    pub async fn tell(&self, account: AccountId, peer: &str, payload: Bytes) -> bool {
        let Some(way) = self.0.as_ref().filter(|way| way.bus.is_connected() && names::is_token(peer)) else {
            return false;
        };
        way.bus.client.publish(names::peer(&way.channel, account, peer), payload).await.is_ok()
    }

    /// All that is told from now on; nothing where nobody is reached.
    ///
    /// # Errors
    /// When NATS does not take the subscription.
    pub async fn listen(&self) -> Result<BoxStream<'static, Said>, bus::SubscribeError> {
        let Some(way) = &self.0 else { return Ok(stream::pending().boxed()) };
        let heard = way.bus.client.subscribe(names::peers(&way.channel)).await?;
        let read = |message: bus::Message| {
            let (account, peer) = names::parse_peer(&message.subject)?;
            Some(Said { account, peer: peer.to_owned(), payload: message.payload.clone() })
        };
        Ok(heard.filter_map(move |message| ready(read(message))).boxed())
    }

    /// How often the connection has come up: what was told while it was away is lost.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.0.as_ref().map_or(0, |way| way.bus.connections())
    }
}
