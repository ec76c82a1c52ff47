//! What the live feed tells, read until the awaited comes.

use contracts::live::{ConversationChanged, WatchResponse, event, watch_response::What};
use tonic::{Status, Streaming};

use crate::{operator::Operator, world::SOON};

/// A live feed with the place it has come to.
pub struct News {
    stream: Streaming<WatchResponse>,
    pub resume_token: String,
}

impl Operator {
    /// Opens the live feed and waits for its beginning: what happens from now on is told.
    pub async fn news(&self, resume_token: &str) -> News {
        let mut news = News { stream: self.watch(resume_token).await, resume_token: String::new() };
        news.until("its beginning", |what| matches!(what, What::Hello(_)).then_some(())).await;
        news
    }
}

impl News {
    /// The next thing told; the error that ends the stream.
    pub async fn next(&mut self) -> Result<What, Status> {
        let next = tokio::time::timeout(SOON, self.stream.message()).await.expect("something is told in time")?;
        let next = next.ok_or_else(|| Status::aborted("the stream ended without a word"))?;
        self.resume_token = next.resume_token;
        Ok(next.what.expect("every message says something"))
    }

    /// Waits for something that `pick` picks.
    pub async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&What) -> Option<T>) -> T {
        let reading = async {
            loop {
                let next = self.next().await.expect("the feed goes on");
                if let Some(picked) = pick(&next) {
                    return picked;
                }
            }
        };
        tokio::time::timeout(SOON, reading).await.unwrap_or_else(|_| panic!("the feed told in vain: {what}"))
    }

    /// Waits for a change of this conversation that `fits`.
    pub async fn change(
        &mut self,
        conversation: &str,
        fits: impl Fn(&ConversationChanged) -> bool,
    ) -> ConversationChanged {
        self.until("a change of the conversation", |what| {
            let What::Event(event) = what else { return None };
            let Some(event::What::ConversationChanged(changed)) = &event.what else { return None };
            (changed.conversation_id == conversation && fits(changed)).then(|| changed.clone())
        })
        .await
    }
}
