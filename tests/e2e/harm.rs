//! What goes wrong, and what must be left of all that.

use std::time::Duration;

use contracts::{
    channel::Inbound,
    inbox::{ConversationView, ListConversationsRequest, Message, MessageStatus},
    live::{ConversationChanged, WatchResponse, event, watch_response::What},
};
use prost::Message as _;
use reqwest::StatusCode;
use sqlx::{Postgres, Transaction};
use testkit::{eventually, servers::PostgresServer, telegram::Customer};
use tonic::Streaming;

use crate::{
    actions::{Connected, customer},
    deeds::http,
    office::Process,
    operator::Operator,
    stage::Stage,
    world::{Database, SOON, World},
};

/// How long recovery may take that waits for leases, restarts and pauses of a busy machine.
pub const RECOVERY: Duration = Duration::from_secs(60);

impl World {
    /// The server that is this test's own.
    pub fn postgres(&mut self) -> &mut PostgresServer {
        match &mut self.database {
            Database::Own(server) => server,
            Database::Shared(_) => panic!("the cluster is everybody's"),
        }
    }

    /// Starts targets under another name and with other settings: a replica, for example.
    pub async fn run_as(&mut self, name: &str, targets: &[&str], settings: &[(&str, String)]) {
        let mut environment = self.environment.clone();
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let process = Process::start(targets, &environment).await;
        self.processes.insert(name.to_owned(), process);
    }

    /// Any signal to a process of ours.
    pub fn signal(&self, process: &str, signal: &str) {
        self.processes[process].signal(signal);
    }

    /// Locks every conversation, so that the next batch stops in the middle of its transaction.
    pub async fn lock_conversations(&self) -> Transaction<'static, Postgres> {
        let mut lock = self.pool.begin().await.expect("a transaction");
        let locked = sqlx::query("select 1 from inbox.conversation for update").execute(&mut *lock).await;
        assert!(locked.expect("locked").rows_affected() > 0, "there is no conversation to lock");
        lock
    }

    /// Waits until a batch stands before such a lock.
    pub async fn batch_is_stuck(&self) {
        eventually("a batch is stuck in its transaction", SOON, async || {
            let stuck = self
                .count(
                    "select count(*) from pg_stat_activity where datname = current_database()
                     and application_name = 'okno-router' and wait_event_type = 'Lock' and query like '%for update of c%'",
                )
                .await;
            (stuck > 0).then_some(())
        })
        .await;
    }

    /// Waits until a gateway has published a fact like this. That a batch is stuck does not tell: it may be another's.
    pub async fn is_published(&self, what: &str, fits: impl Fn(&Inbound) -> bool) {
        let client = async_nats::connect(self.nats.url()).await.expect("nats-server");
        let jetstream = async_nats::jetstream::new(client);
        eventually(what, SOON, async || {
            let mut stream = jetstream.get_stream("IN_0").await.ok()?;
            let last = stream.info().await.ok()?.state.last_sequence;
            for sequence in (1..=last).rev() {
                let Ok(message) = stream.get_raw_message(sequence).await else { continue };
                if Inbound::decode(message.payload).is_ok_and(|fact| fits(&fact)) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Messages of customers that are stored; what cannot be read now counts as none.
    pub async fn stored(&self) -> i64 {
        let sql = "select count(*) from inbox.message where direction = 1 and kind = 1";
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap_or_default()
    }

    /// What a customer wrote, as the thread shows it.
    pub async fn written_by(&self, buyer: &Customer) -> Vec<String> {
        sqlx::query_scalar(
            "select m.text from inbox.message m join inbox.conversation c using (conversation_id)
                 join inbox.contact_point p using (contact_point_id)
             where p.address = $1 and m.direction = 1 and m.kind = 1 order by m.shown_at, m.position, m.seq",
        )
        .bind(buyer.chat_id().to_string())
        .fetch_all(&self.pool)
        .await
        .expect("a thread")
    }

    /// Waits until every customer's thread holds `wanted` and nothing else, in this order.
    pub async fn threads_are(&self, buyers: &[Customer], wanted: &[String]) {
        self.threads_are_beside(buyers, wanted, 0).await;
    }

    /// The same while others have written `more` messages.
    pub async fn threads_are_beside(&self, buyers: &[Customer], wanted: &[String], more: usize) {
        let all = i64::try_from(buyers.len() * wanted.len() + more).expect("a count");
        eventually("every message is stored", RECOVERY, async || (self.stored().await >= all).then_some(())).await;
        for buyer in buyers {
            assert_eq!(self.written_by(buyer).await, wanted, "the thread of {}", buyer.id());
        }
        assert_eq!(self.count("select count(*) from inbox.dead_letter").await, 0, "nothing is a dead letter");
    }

    /// How many published events name a message.
    pub async fn events_naming(&self, message_id: &str) -> usize {
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("select payload from inbox.event").fetch_all(&self.pool).await.expect("events");
        let names = |payload: &Vec<u8>| {
            let event = contracts::live::Event::decode(payload.as_slice()).expect("an event");
            matches!(event.what, Some(event::What::ConversationChanged(c)) if c.message_ids.iter().any(|id| id == message_id))
        };
        payloads.iter().filter(|payload| names(payload)).count()
    }
}

/// Texts that tell their order.
pub fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("сообщение {n}")).collect()
}

pub fn customers(connected: &Connected, count: i64) -> Vec<Customer> {
    (1..=count).map(|number| customer(&connected.bot, number)).collect()
}

/// Everybody writes the same texts, one message each in turn.
pub fn everybody_writes(buyers: &[Customer], texts: &[String]) {
    for text in texts {
        for buyer in buyers {
            buyer.text(text);
        }
    }
}

/// What a customer got, in order.
pub fn received(buyer: &Customer) -> Vec<String> {
    buyer.received().into_iter().map(|sent| sent.text.or(sent.caption).unwrap_or_default()).collect()
}

impl Stage {
    /// Waits until exactly so many messages of customers are stored.
    pub async fn stores(&self, count: i64) {
        eventually("messages are stored", RECOVERY, async || (self.world.stored().await == count).then_some(())).await;
    }

    /// Waits until so many more messages are stored; `all` of them is enough.
    pub async fn stores_more(&self, more: i64, all: i64) {
        let wanted = (self.world.stored().await + more).min(all);
        eventually("messages are stored", RECOVERY, async || (self.world.stored().await >= wanted).then_some(())).await;
    }

    pub async fn all_confirmed(&self) {
        eventually("every update is confirmed", RECOVERY, async || (self.connected.bot.pending() == 0).then_some(()))
            .await;
    }
}

impl Operator {
    /// Waits until the inbox answers again.
    pub async fn inbox_answers(&self) {
        eventually("the inbox answers again", RECOVERY, async || {
            let request = ListConversationsRequest { view: ConversationView::All.into(), ..Default::default() };
            self.conversations().list_conversations(request).await.ok().map(drop)
        })
        .await;
    }

    /// The status that a message has now; `None` while the inbox does not answer.
    pub async fn status_of(&self, message: &Message) -> Option<MessageStatus> {
        use contracts::inbox::BatchGetMessagesRequest;
        let request = BatchGetMessagesRequest { message_ids: vec![message.message_id.clone()], in_passing: false };
        let answer = self.conversations().batch_get_messages(request).await.ok()?;
        answer.into_inner().messages.first().map(Message::status)
    }

    /// Waits until a message has a status, however often the inbox is away meanwhile.
    pub async fn recovered_to(&self, message: &Message, status: MessageStatus) {
        eventually(&format!("the message is {status:?}"), RECOVERY, async || {
            (self.status_of(message).await == Some(status)).then_some(())
        })
        .await;
    }
}

/// An open live feed.
pub struct Feed(Streaming<WatchResponse>);

impl Operator {
    pub async fn feed(&self) -> Feed {
        Feed(self.watch("").await)
    }
}

impl Feed {
    /// Waits for something that `pick` picks.
    pub async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&What) -> Option<T>) -> T {
        let reading = async {
            loop {
                let next = self.0.message().await.expect("the live feed goes on").expect("the live feed goes on");
                if let Some(picked) = next.what.as_ref().and_then(&mut pick) {
                    return picked;
                }
            }
        };
        tokio::time::timeout(RECOVERY, reading).await.unwrap_or_else(|_| panic!("the live feed told in vain: {what}"))
    }

    /// Waits for a conversation's news of something that came in.
    pub async fn inbound(&mut self, conversation: &str) -> ConversationChanged {
        self.until("an inbound message", |what| {
            let What::Event(event) = what else { return None };
            let Some(event::What::ConversationChanged(changed)) = &event.what else { return None };
            (changed.inbound && changed.conversation_id == conversation).then(|| changed.clone())
        })
        .await
    }

    /// Waits for the order to reload everything.
    pub async fn reset(&mut self) {
        self.until("a reset", |what| matches!(what, What::Reset(_)).then_some(())).await;
    }
}

impl World {
    /// Posts a body to the account's webhook; an error: nobody listens there.
    pub async fn try_deliver(&self, connected: &Connected, body: &str) -> reqwest::Result<StatusCode> {
        self.post_update(&self.webhook_url(&connected.account_id), connected, body.to_owned()).await
    }

    /// Posts a body to where Telegram delivers it.
    pub async fn deliver_to(&self, url: &str, connected: &Connected, body: String) -> StatusCode {
        self.post_update(url, connected, body).await.expect("an answer")
    }

    async fn post_update(&self, url: &str, connected: &Connected, body: String) -> reqwest::Result<StatusCode> {
        let request = http().post(url).header("x-telegram-bot-api-secret-token", connected.secret()).body(body);
        Ok(request.send().await?.status())
    }
}
