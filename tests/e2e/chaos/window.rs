//! What an operator's page knows: lists read once, then kept right by the live feed alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use contracts::{
    inbox::{
        BatchGetConversationsRequest, BatchGetMessagesRequest, ConversationView, ListConversationsRequest,
        ListMessagesRequest, Message, MessageStatus,
    },
    live::{WatchRequest, WatchResponse, event, watch_response::What},
};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::answers::CALL;
use crate::{deeds::text_of, operator::Operator};

/// A line on which nothing comes for this long is dead: heartbeats come each 15 s.
const SILENCE: Duration = Duration::from_secs(40);
/// The page gathers ids for so long before it asks.
const GATHER: Duration = Duration::from_millis(50);

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub status: MessageStatus,
    pub text: String,
    pub seq: u64,
}

/// By conversation and message.
pub type Known = BTreeMap<String, BTreeMap<String, Shown>>;

/// What the feed told.
#[derive(Debug, Default, Clone)]
pub struct Told {
    pub events: u64,
    pub resets: u64,
    pub streams: u64,
    /// Positions that were not above the one before, with no reset between.
    pub backwards: Vec<String>,
}

/// An open page, as others see it.
#[derive(Clone)]
pub struct Window {
    pub name: &'static str,
    pub operator: Operator,
    pub known: Arc<Mutex<Known>>,
    pub told: Arc<Mutex<Told>>,
}

impl Window {
    pub fn new(name: &'static str, operator: Operator) -> Self {
        Self { name, operator, known: Arc::default(), told: Arc::default() }
    }

    /// Everything that the operator may see, read anew.
    ///
    /// # Errors
    /// A call fails.
    pub async fn read_all(&self) -> Result<Known, Status> {
        let mut known = Known::new();
        let mut page_token = String::new();
        loop {
            let request = ListConversationsRequest {
                view: ConversationView::All.into(),
                page_size: 200,
                page_token,
                ..Default::default()
            };
            let page = within(self.operator.conversations().list_conversations(request)).await?;
            for conversation in page.conversations {
                let thread = self.thread(&conversation.conversation_id).await?;
                known.insert(conversation.conversation_id, thread);
            }
            if page.next_page_token.is_empty() {
                return Ok(known);
            }
            page_token = page.next_page_token;
        }
    }

    async fn thread(&self, conversation: &str) -> Result<BTreeMap<String, Shown>, Status> {
        let mut thread = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = ListMessagesRequest {
                conversation_id: conversation.to_owned(),
                page_size: 200,
                page_token,
                ..Default::default()
            };
            let page = within(self.operator.conversations().list_messages(request)).await?;
            thread.extend(page.messages.iter().map(shown));
            if page.before_page_token.is_empty() {
                return Ok(thread);
            }
            page_token = page.before_page_token;
        }
    }

    /// Watches until `stop`, over as many streams as it takes.
    pub async fn watch(self, stop: CancellationToken) {
        let mut watching =
            Watching { window: self, token: String::new(), places: BTreeMap::new(), stale: Stale::default() };
        watching.stale.everything = true;
        while !stop.is_cancelled() {
            if let Ok(stream) = watching.open().await {
                watching.window.told.lock().expect("told").streams += 1;
                watching.follow(stream, &stop).await;
            }
            sleep(Duration::from_millis(300)).await;
        }
    }
}

/// What the page must ask for again.
#[derive(Debug, Default)]
struct Stale {
    everything: bool,
    messages: BTreeMap<String, BTreeSet<String>>,
}

impl Stale {
    fn is_empty(&self) -> bool {
        !self.everything && self.messages.is_empty()
    }
}

struct Watching {
    window: Window,
    token: String,
    /// By area: epoch and position of the last event.
    places: BTreeMap<String, (String, u64)>,
    stale: Stale,
}

impl Watching {
    async fn open(&self) -> Result<Streaming<WatchResponse>, Status> {
        let request = WatchRequest { resume_token: self.token.clone() };
        within(self.window.operator.live().watch(request)).await
    }

    async fn follow(&mut self, mut stream: Streaming<WatchResponse>, stop: &CancellationToken) {
        let mut ask_at = Instant::now();
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = timeout(SILENCE, stream.message()) => heard,
                () = sleep_until(ask_at), if !self.stale.is_empty() => {
                    if self.ask().await.is_err() {
                        ask_at = Instant::now() + Duration::from_millis(200);
                    }
                    continue;
                }
            };
            let Ok(Ok(Some(next))) = heard else { return };
            if self.stale.is_empty() {
                ask_at = Instant::now() + GATHER;
            }
            self.token = next.resume_token;
            next.what.into_iter().for_each(|what| self.hear(what));
        }
    }

    fn hear(&mut self, what: What) {
        let mut told = self.window.told.lock().expect("told");
        match what {
            What::Reset(_) => {
                told.resets += 1;
                self.places.clear();
                self.stale.everything = true;
            }
            What::Event(event) => {
                told.events += 1;
                let place = (event.epoch, event.position);
                let before = self.places.insert(event.area.clone(), place.clone());
                if let Some(before) = before.filter(|before| before.0 == place.0 && before.1 >= place.1) {
                    told.backwards.push(format!("{} {} after {}", event.area, place.1, before.1));
                }
                if let Some(event::What::ConversationChanged(changed)) = event.what {
                    self.stale.messages.entry(changed.conversation_id).or_default().extend(changed.message_ids);
                }
            }
            _ => {}
        }
    }

    /// Asks for what is stale; what could not be had stays so.
    async fn ask(&mut self) -> Result<(), Status> {
        if self.stale.everything {
            let known = self.window.read_all().await?;
            *self.window.known.lock().expect("known") = known;
            // What came before is in what was read; what comes after is told again.
            self.stale = Stale::default();
        }
        while let Some((conversation, messages)) = self.stale.messages.first_key_value() {
            let (conversation, messages) = (conversation.clone(), messages.clone());
            self.ask_for(&conversation, messages.into_iter().collect()).await?;
            self.stale.messages.remove(&conversation);
        }
        Ok(())
    }

    async fn ask_for(&self, conversation: &str, message_ids: Vec<String>) -> Result<(), Status> {
        let conversations = || self.window.operator.conversations();
        let request =
            BatchGetConversationsRequest { conversation_ids: vec![conversation.to_owned()], in_passing: false };
        let sight = within(conversations().batch_get_conversations(request)).await?.conversations;
        if sight.is_empty() {
            self.window.known.lock().expect("known").remove(conversation);
            return Ok(());
        }
        let known_already = self.window.known.lock().expect("known").contains_key(conversation);
        let mut news = Vec::new();
        if known_already {
            for some in message_ids.chunks(200) {
                let request = BatchGetMessagesRequest { message_ids: some.to_vec(), in_passing: false };
                news.extend(within(conversations().batch_get_messages(request)).await?.messages.iter().map(shown));
            }
        } else {
            news.extend(self.window.thread(conversation).await?);
        }
        self.window.known.lock().expect("known").entry(conversation.to_owned()).or_default().extend(news);
        Ok(())
    }
}

fn shown(message: &Message) -> (String, Shown) {
    let shown = Shown { status: message.status(), text: text_of(message).to_owned(), seq: message.seq };
    (message.message_id.clone(), shown)
}

async fn within<T>(call: impl Future<Output = Result<tonic::Response<T>, Status>>) -> Result<T, Status> {
    let answer = timeout(CALL, call).await.map_err(|_| Status::deadline_exceeded("no answer in 5 s"))?;
    Ok(answer?.into_inner())
}
