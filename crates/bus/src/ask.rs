use std::{future::Future, time::Duration};

use futures::StreamExt;
use prost::Message;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use crate::Bus;

/// A question without an answer; the asker goes on with its documented default.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("nobody answers {0}")]
    NoAnswer(String),
    #[error("the answer to {0} cannot be read")]
    Unreadable(String),
}

/// Asks by core NATS and waits at most `wait`.
///
/// # Errors
/// [`AskError`].
pub async fn ask<Q: Message, A: Message + Default>(
    bus: &Bus,
    subject: String,
    question: &Q,
    wait: Duration,
) -> Result<A, AskError> {
    let request = bus.client.request(subject.clone(), question.encode_to_vec().into());
    match timeout(wait, request).await {
        Ok(Ok(answer)) => A::decode(answer.payload).map_err(|_| AskError::Unreadable(subject)),
        _ => Err(AskError::NoAnswer(subject)),
    }
}

/// Answers questions of one subject until `stop`, at most 64 at a time; several processes share them by queue group.
/// `None` is no answer: the asker waits in vain and asks again.
///
/// # Errors
/// When NATS does not take the subscription.
pub async fn answer<Q, A, F, Fut>(
    bus: &Bus,
    subject: String,
    tasks: &TaskTracker,
    stop: CancellationToken,
    respond: F,
) -> Result<(), async_nats::SubscribeError>
where
    Q: Message + Default + 'static,
    A: Message + 'static,
    F: Fn(Q) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Option<A>> + Send,
{
    let mut questions = bus.client.queue_subscribe(subject.clone(), "okno".to_owned()).await?;
    let (client, spawner) = (bus.client.clone(), tasks.clone());
    let room = std::sync::Arc::new(Semaphore::new(64));
    tasks.spawn(async move {
        loop {
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                message = questions.next() => message,
            };
            let Some(message) = message else { break };
            let (Some(reply), Ok(question)) = (message.reply, Q::decode(message.payload)) else {
                warn!(subject, "a question cannot be read");
                continue;
            };
            let Ok(permit) = room.clone().acquire_owned().await else { break };
            let (client, respond) = (client.clone(), respond.clone());
            spawner.spawn(async move {
                if let Some(answer) = respond(question).await {
                    let _ = client.publish(reply, answer.encode_to_vec().into()).await;
                }
                drop(permit);
            });
        }
    });
    Ok(())
}
