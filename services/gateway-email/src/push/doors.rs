//! Connections: so many together, so many from one address; the next one is told to come again.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::{
    Terms,
    command::Protocol,
    lines::Lines,
    post::Post,
    session::{Session, Setting},
};

pub(super) struct Doors<P> {
    terms: Arc<Terms>,
    post: Arc<P>,
    tasks: TaskTracker,
    inside: Inside,
}

impl<P> Clone for Doors<P> {
    fn clone(&self) -> Self {
        Self {
            terms: self.terms.clone(),
            post: self.post.clone(),
            tasks: self.tasks.clone(),
            inside: self.inside.clone(),
        }
    }
}

/// Who is here, by address.
#[derive(Clone, Default)]
struct Inside(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place.
struct Seat {
    inside: Inside,
    from: IpAddr,
}

impl Inside {
    fn enter(&self, from: IpAddr, all: usize, each: usize) -> Option<Seat> {
        let mut inside = self.0.lock();
        if inside.values().sum::<usize>() >= all || inside.get(&from).is_some_and(|count| *count >= each) {
            return None;
        }
        *inside.entry(from).or_default() += 1;
        Some(Seat { inside: self.clone(), from })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.inside.0.lock();
        if let Some(count) = inside.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.from);
            }
        }
    }
}

impl<P: Post> Doors<P> {
    pub fn new(terms: Arc<Terms>, post: Arc<P>, tasks: TaskTracker) -> Self {
        Self { terms, post, tasks, inside: Inside::default() }
    }

    /// Takes connections until the process stops.
    pub async fn accept(self, protocol: Protocol, listener: TcpListener) {
        while let Some(accepted) = self.terms.stop.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, from)) => self.take(protocol, stream, from),
                Err(error) => {
                    warn!("a mail connection was not accepted: {error}");
                    sleep(Duration::from_millis(50)).await; // out of file descriptors, most likely
                }
            }
        }
    }

    fn take(&self, protocol: Protocol, stream: TcpStream, from: SocketAddr) {
        let limits = &self.terms.limits;
        let Some(seat) = self.inside.enter(from.ip(), limits.connections, limits.connections_each) else {
            debug!("there is no room for one more mail connection");
            self.post.count_refused("busy");
            // A new connection takes one line at once, or there is nobody to tell it to.
            let _ = stream.try_write(b"421 4.3.2 too many connections, come again\r\n");
            return;
        };
        // Small commands and answers; without it they would wait for each other.
        let _ = stream.set_nodelay(true);
        let setting = Setting { terms: self.terms.clone(), post: self.post.clone(), protocol };
        self.tasks.spawn(async move {
            let _seat = seat;
            if let Err(error) = Session::new(setting, Lines::new(Box::new(stream))).run().await {
                debug!("a mail connection broke: {}", error.kind());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_for_all_and_for_each() {
        let (inside, one, other) = (Inside::default(), IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let first = inside.enter(one, 3, 2);
        let second = inside.enter(one, 3, 2);
        assert!(first.is_some() && second.is_some() && inside.enter(one, 3, 2).is_none());
        let third = inside.enter(other, 3, 2);
        assert!(third.is_some() && inside.enter(other, 3, 2).is_none(), "all places are taken");
        drop((first, second, third));
        assert!(inside.0.lock().is_empty());
        assert!(inside.enter(one, 3, 2).is_some());
    }
}
