use std::{future::Future, sync::Arc, time::Duration};

use async_nats::{Client, HeaderMap, Message as Delivery, Request, Subject};
use futures::StreamExt;
use model::Channel;
use prost::Message;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use crate::{Bus, names};

/// An answer that has this header is a refusal and says why; it holds nothing else.
const REFUSED: &str = "Okno-Refused";
/// Questions are answered this many at a time.
const AT_ONCE: usize = 64;

/// A question without an answer; the asker goes on with its documented default.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("nobody answers {0}")]
    NoAnswer(String),
    #[error("the answer to {0} cannot be read")]
    Unreadable(String),
    /// Asking the same again gets the same.
    #[error("{subject} was refused: {why}")]
    Refused { subject: String, why: String },
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
    // The connection has a wait of its own, which would cut a longer one short.
    let request = Request::new().payload(question.encode_to_vec().into()).timeout(Some(wait));
    let Ok(answer) = bus.client.send_request(subject.clone(), request).await else {
        return Err(AskError::NoAnswer(subject));
    };
    match answer.headers.as_ref().and_then(|headers| headers.get(REFUSED)) {
        Some(why) => Err(AskError::Refused { subject, why: why.to_string() }),
        None => A::decode(answer.payload).map_err(|_| AskError::Unreadable(subject)),
    }
}

/// Who asks, as the broker holds it: an answer goes below the asker's inbox prefix, which only a channel's own user may
/// read. Whoever names another's prefix gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A gateway of this channel.
    Channel(Channel),
    /// Router, crm-core or the edge, which may read all.
    Service,
}

impl Asker {
    /// Whether the asker may hear of a channel's things.
    #[must_use]
    pub fn may_hear_of(&self, channel: &str) -> bool {
        match self {
            Self::Channel(own) => own.as_str() == channel,
            Self::Service => true,
        }
    }

    fn of(reply: &str) -> Option<Self> {
        let prefix = reply.split_once('.')?.0;
        match prefix.strip_prefix("_INBOX")? {
            "" => Some(Self::Service),
            channel => {
                let channel: Channel = channel.strip_prefix('_')?.parse().ok()?;
                (names::inbox_prefix(&channel) == prefix).then_some(Self::Channel(channel))
            }
        }
    }
}

/// What becomes of a question.
#[derive(Debug)]
pub enum Reply<A> {
    Answer(A),
    /// It can never be answered; in words, without anything that is a secret.
    Refused(String),
    /// Not now: the asker waits in vain and asks again.
    Silence,
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
    let respond = move |_, question| {
        let answer = respond(question);
        async move { answer.await.map_or(Reply::Silence, Reply::Answer) }
    };
    answer_asker(bus, subject, tasks, stop, respond).await
}

/// [`answer`] for questions whose answer depends on who asks, or that can be refused.
///
/// # Errors
/// When NATS does not take the subscription.
pub async fn answer_asker<Q, A, F, Fut>(
    bus: &Bus,
    subject: String,
    tasks: &TaskTracker,
    stop: CancellationToken,
    respond: F,
) -> Result<(), async_nats::SubscribeError>
where
    Q: Message + Default + 'static,
    A: Message + 'static,
    F: Fn(Asker, Q) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Reply<A>> + Send,
{
    let mut questions = bus.client.queue_subscribe(subject.clone(), "okno".to_owned()).await?;
    let (client, spawner) = (bus.client.clone(), tasks.clone());
    let room = Arc::new(Semaphore::new(AT_ONCE));
    tasks.spawn(async move {
        loop {
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                message = questions.next() => message,
            };
            let Some(message) = message else { break };
            let Some((reply, asker, question)) = read::<Q>(message) else {
                warn!(subject, "a question cannot be read");
                continue;
            };
            let Ok(permit) = room.clone().acquire_owned().await else { break };
            let (client, respond) = (client.clone(), respond.clone());
            spawner.spawn(async move {
                give(&client, reply, respond(asker, question).await).await;
                drop(permit);
            });
        }
    });
    Ok(())
}

fn read<Q: Message + Default>(message: Delivery) -> Option<(Subject, Asker, Q)> {
    let reply = message.reply?;
    let asker = Asker::of(&reply)?;
    Some((reply, asker, Q::decode(message.payload).ok()?))
}

async fn give<A: Message>(client: &Client, to: Subject, reply: Reply<A>) {
    let given = match reply {
        Reply::Answer(answer) => client.publish(to, answer.encode_to_vec().into()).await,
        Reply::Refused(why) => {
            let mut headers = HeaderMap::new();
            headers.insert(REFUSED, why.replace(['\r', '\n'], " "));
            client.publish_with_headers(to, headers, Vec::new().into()).await
        }
        Reply::Silence => Ok(()),
    };
    if let Err(cause) = given {
        debug!(%cause, "an answer cannot be given; the asker asks again");
    }
}

#[cfg(test)]
mod tests {
    use async_nats::ConnectOptions;
    use contracts::channel::{AskPositionRequest, AskPositionResponse};
    use testkit::servers::{NatsOptions, NatsServer};

    use super::*;
    use crate::BusConfig;

    /// A check of a slow mailbox takes ten seconds; its asker was told after five that nobody answers.
    #[tokio::test]
    async fn an_asker_waits_as_long_as_it_says_however_short_the_wait_of_its_connection_is() {
        let nats = NatsServer::start(NatsOptions::default()).await.expect("nats-server");
        let config = BusConfig { url: nats.url(), name: "asker".to_owned(), channel: None };
        let mut bus = Bus::connect(&config).await.expect("nats-server");
        let short = Duration::from_millis(20);
        bus.client = ConnectOptions::new().request_timeout(Some(short)).connect(nats.url()).await.expect("nats-server");
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let slow = move |question: AskPositionRequest| async move {
            tokio::time::sleep(short * 10).await;
            Some(AskPositionResponse { value: question.stream })
        };
        answer(&bus, "okno.slow".to_owned(), &tasks, stop.clone(), slow).await.unwrap();
        bus.client.flush().await.unwrap();
        let question = AskPositionRequest { stream: "updates".to_owned(), ..AskPositionRequest::default() };
        let asked =
            ask::<_, AskPositionResponse>(&bus, "okno.slow".to_owned(), &question, Duration::from_secs(30)).await;
        assert_eq!(asked.unwrap().value, "updates");
        stop.cancel();
    }

    #[test]
    fn who_asks_is_told_by_where_the_answer_goes() {
        let channel = |name: &str| Some(Asker::Channel(name.parse().unwrap()));
        assert_eq!(Asker::of("_INBOX_webchat.abc.1"), channel("webchat"));
        assert_eq!(Asker::of("_INBOX.abc.1"), Some(Asker::Service));
        for foreign in ["okno.in.0.webchat.x", "_INBOX", "_INBOX_.a", "_INBOXwebchat.a", "_INBOX_WEB chat.a", ""] {
            assert_eq!(Asker::of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_channel_hears_of_itself_only() {
        let webchat = Asker::of("_INBOX_webchat.abc.1").unwrap();
        assert!(webchat.may_hear_of("webchat") && !webchat.may_hear_of("telegram"));
        assert!(Asker::Service.may_hear_of("telegram"));
    }
}
