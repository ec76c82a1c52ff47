//! What an open chat hears, and who takes its frames: the same for a socket and for a stream.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use model::AccountId;
use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::{
    cursor::Cursor,
    desk::Desk,
    event::{Event, What},
    hub::Hub,
    normalize::client_id,
    show::Shower,
    talk::{Answer, MISUNDERSTOOD, Talk, chance_ms},
    wire::{ClientFrame, Code, Office, ServerFrame, Welcome},
};

/// Messages that are told twice within a moment, at most.
const REMEMBERED: usize = 64;
/// History that could not be read is asked for again.
const AGAIN: Duration = Duration::from_secs(3);
/// After an outage chats ask scattered over this.
const HERD_MS: u64 = 2_000;

/// What the replicas tell, as frames.
pub struct Live {
    heard: mpsc::Receiver<Arc<Event>>,
    shower: Option<Shower>,
    cursor: Arc<Mutex<Cursor>>,
    hub: Option<Arc<Hub>>,
    /// What was said of the office last.
    office: Option<Office>,
    /// Messages that the browser was given lately.
    given: VecDeque<String>,
}

impl Live {
    #[must_use]
    pub fn new(heard: mpsc::Receiver<Arc<Event>>) -> Self {
        Self { heard, shower: None, cursor: Arc::default(), hub: None, office: None, given: VecDeque::new() }
    }

    /// Shows messages as this talk does.
    pub fn follow(&mut self, talk: &Talk) {
        self.shower = Some(talk.desk.shower(talk.account()));
        (self.cursor, self.hub) = (talk.cursor.clone(), Some(talk.desk.hub.clone()));
    }

    /// The next that is told; `None`: the browser is too slow and must come again.
    pub async fn next(&mut self) -> Option<Vec<ServerFrame>> {
        let event = self.heard.recv().await?;
        Some(self.frame(&event).into_iter().collect())
    }

    fn frame(&mut self, event: &Event) -> Option<ServerFrame> {
        match event.what.as_ref()? {
            What::Message(message) => {
                if !message.message_id.is_empty() && message.edited_at.is_none() {
                    if event.again && self.given.contains(&message.message_id) {
                        return None;
                    }
                    self.remember(&message.message_id);
                    let losses = self.hub.as_ref().map_or(0, |hub| hub.losses());
                    self.cursor.lock().told(&message.message_id, losses);
                }
                let address = event.addresses.first().map_or("", String::as_str);
                let message = Box::new(self.shower.as_ref()?.show(address, message));
                Some(ServerFrame::Message { message })
            }
            What::Gone(id) => Some(ServerFrame::Gone { id: id.clone() }),
            What::Seen(key) => Some(ServerFrame::Seen { client: client_id(key)?.to_owned() }),
            What::Typing(_) => Some(ServerFrame::Typing),
        }
    }

    /// Remembers what the browser is told otherwise.
    pub fn note(&mut self, frames: &[ServerFrame]) {
        for frame in frames {
            match frame {
                ServerFrame::Welcome(welcome) => self.note_welcome(welcome),
                ServerFrame::Message { message } => message.id.iter().for_each(|id| self.remember(id)),
                _ => {}
            }
        }
    }

    fn note_welcome(&mut self, welcome: &Welcome) {
        self.office = welcome.office.clone().or(self.office.take());
        if welcome.reset {
            // It has thrown away what it was told.
            self.given.clear();
        }
        for id in welcome.messages.iter().filter_map(|message| message.id.as_deref()) {
            self.remember(id);
        }
    }

    fn remember(&mut self, id: &str) {
        if self.given.len() >= REMEMBERED {
            self.given.pop_front();
        }
        self.given.push_back(id.to_owned());
    }

    /// The office, when it is another one than was told last.
    pub async fn office(&mut self, desk: &Desk, account: AccountId) -> Option<ServerFrame> {
        let now = desk.offices.get(&desk.front, account).await?;
        if self.office.as_ref() == Some(&now) {
            return None;
        }
        self.office = Some(now.clone());
        Some(ServerFrame::Office(now))
    }
}

/// Takes one chat's frames in their order.
pub struct Worker {
    talk: Talk,
    frames: mpsc::Receiver<ClientFrame>,
    out: mpsc::Sender<Answer>,
    lost: watch::Receiver<u64>,
    greeted: bool,
}

impl Worker {
    #[must_use]
    pub fn new(talk: Talk, frames: mpsc::Receiver<ClientFrame>, out: mpsc::Sender<Answer>) -> Self {
        let lost = talk.desk.hub.lost();
        Self { talk, frames, out, lost, greeted: false }
    }

    /// Until no frame will come any more, or nobody hears the answers.
    pub async fn run(mut self) {
        let mut again = Instant::now() + AGAIN;
        loop {
            let wants_history = self.greeted && self.talk.wants_history();
            let answer = tokio::select! {
                biased;
                frame = self.frames.recv() => match frame {
                    Some(frame) => self.take(frame).await,
                    None => return,
                },
                changed = self.lost.changed(), if self.greeted => {
                    if changed.is_err() {
                        return;
                    }
                    sleep(Duration::from_millis(chance_ms(HERD_MS))).await;
                    Answer { frames: self.talk.catch_up().await, hangup: None }
                }
                () = after(self.talk.lapses_in()), if self.greeted => {
                    Answer { frames: self.talk.end_person().await, hangup: None }
                }
                () = sleep_until(again), if wants_history => {
                    Answer { frames: self.talk.welcome_again().await, hangup: None }
                }
            };
            again = Instant::now() + AGAIN;
            let says_nothing = answer.frames.is_empty() && answer.hangup.is_none();
            if !says_nothing && self.out.send(answer).await.is_err() {
                return;
            }
        }
    }

    async fn take(&mut self, frame: ClientFrame) -> Answer {
        if !self.greeted && !matches!(frame, ClientFrame::Hello(_)) {
            return Answer { frames: vec![ServerFrame::error(Code::BadFrame)], hangup: Some(MISUNDERSTOOD) };
        }
        let answer = self.talk.take(frame).await;
        self.greeted |= answer.frames.iter().any(|frame| matches!(frame, ServerFrame::Welcome(_)));
        answer
    }
}

async fn after(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => std::future::pending().await,
    }
}
