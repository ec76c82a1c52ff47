//! The body of a delivery, read within bounds: per delivery, and of all together.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

/// Bytes of deliveries that one instance holds at the same time (rule I5).
pub(crate) const HELD_BYTES: usize = 16 * 1024 * 1024;
/// A body must be there in full within this.
const READ_WAIT: Duration = Duration::from_secs(20);

/// A body in memory, and its share of the bound.
pub(crate) struct Held {
    pub bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    /// Too many bytes are held already.
    NoRoom,
    TooSlow,
    Broken,
}

/// Reads a body of at most `limit` bytes, taking its share of `room` as it comes.
pub(crate) async fn read(body: Body, limit: usize, room: &Arc<Semaphore>) -> Result<Held, BodyError> {
    let deadline = Instant::now() + READ_WAIT;
    let mut parts = body.into_data_stream();
    let (mut whole, mut share) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
    while let Some(part) = timeout_at(deadline, parts.next()).await.map_err(|_| BodyError::TooSlow)? {
        let part = part.map_err(|_| BodyError::Broken)?;
        if whole.len() + part.len() > limit {
            return Err(BodyError::TooLarge);
        }
        let permits = u32::try_from(part.len()).map_err(|_| BodyError::TooLarge)?;
        let more = room.clone().try_acquire_many_owned(permits).map_err(|_| BodyError::NoRoom)?;
        match &mut share {
            Some(share) => share.merge(more),
            None => share = Some(more),
        }
        whole.extend_from_slice(&part);
    }
    Ok(Held { bytes: whole.freeze(), _share: share })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: usize) -> Body {
        Body::from(vec![b'x'; bytes])
    }

    #[tokio::test]
    async fn a_body_takes_its_share_and_gives_it_back() {
        let room = Arc::new(Semaphore::new(100));
        let held = read(body(60), 80, &room).await.ok().unwrap();
        assert_eq!((held.bytes.len(), room.available_permits()), (60, 40));
        assert_eq!(read(body(50), 80, &room).await.err(), Some(BodyError::NoRoom));
        drop(held);
        assert_eq!(room.available_permits(), 100);
        assert_eq!(read(body(81), 80, &room).await.err(), Some(BodyError::TooLarge));
        assert_eq!(room.available_permits(), 100);
    }
}
