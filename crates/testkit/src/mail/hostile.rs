//! An IMAP server of a single mailbox that keeps to the protocol until its trick.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// What the server does that no server should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// Nothing at all.
    None,
    /// Takes the connection and never says a word.
    NeverAnswers,
    /// Greets, and never answers a command.
    GreetsOnly,
    /// Closes the connection in the middle of the letter of this number, each time.
    DropsIn(usize),
    /// Announces a letter of 500 MB and goes on sending.
    HugeLiteral,
    /// Another UIDVALIDITY each time the mailbox is opened.
    ChangesValidity,
    /// A letter comes between the last look and IDLE: it is announced before the server says that it idles.
    AnnouncesBeforeIdle,
    /// A letter comes while it answers a search, which does not find it; then it is announced, and never again.
    AnnouncesAfterSearch,
    /// Says that it supports IDLE, and never announces anything.
    DeafIdle,
}

/// Ends when dropped.
pub struct HostileImap {
    port: u16,
    house: Arc<House>,
    _end: DropGuard,
}

struct House {
    trick: Mutex<Trick>,
    letters: Mutex<Vec<Vec<u8>>>,
    /// What comes in the moment that the trick names.
    held: Mutex<Vec<Vec<u8>>>,
    /// How many there are, for those who idle.
    count: watch::Sender<usize>,
    validity: AtomicU32,
    connections: AtomicU32,
    fetches: AtomicU32,
}

impl HostileImap {
    /// # Panics
    /// When no port can be had.
    pub async fn start(trick: Trick) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("the port's number").port();
        let house = Arc::new(House {
            trick: Mutex::new(trick),
            letters: Mutex::default(),
            held: Mutex::default(),
            count: watch::Sender::new(0),
            validity: AtomicU32::new(1),
            connections: AtomicU32::new(0),
            fetches: AtomicU32::new(0),
        });
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(end.clone().run_until_cancelled_owned(accept(listener, house.clone(), tasks.clone(), end.clone())));
        Self { port, house, _end: end.drop_guard() }
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From the next command on.
    pub fn play(&self, trick: Trick) {
        *self.house.trick.lock() = trick;
    }

    /// One more letter in the mailbox.
    pub fn put(&self, letter: impl Into<Vec<u8>>) {
        let mut letters = self.house.letters.lock();
        letters.push(letter.into());
        self.house.count.send_replace(letters.len());
    }

    /// One more letter, which comes in the moment that the trick names: [`Trick::AnnouncesBeforeIdle`],
    /// [`Trick::AnnouncesAfterSearch`].
    pub fn hold(&self, letter: impl Into<Vec<u8>>) {
        self.house.held.lock().push(letter.into());
    }

    /// How often it was connected to.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.house.connections.load(Ordering::SeqCst)
    }

    /// How often a letter's body was asked for.
    #[must_use]
    pub fn fetches(&self) -> u32 {
        self.house.fetches.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, house: Arc<House>, tasks: TaskTracker, end: CancellationToken) {
    while let Ok((connection, _)) = listener.accept().await {
        house.connections.fetch_add(1, Ordering::SeqCst);
        let house = house.clone();
        tasks.spawn(end.clone().run_until_cancelled_owned(async move {
            // A broken connection is the client's business.
            let _ = Talk { stream: BufReader::new(connection), house }.run().await;
        }));
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    house: Arc<House>,
}

impl Talk {
    async fn run(mut self) -> std::io::Result<()> {
        if self.trick() == Trick::NeverAnswers {
            std::future::pending::<()>().await;
        }
        self.say("* OK ready").await?;
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(());
            }
            if self.trick() == Trick::GreetsOnly {
                std::future::pending::<()>().await;
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            if !self.command(tag, command).await? {
                return Ok(());
            }
        }
    }

    /// `false`: the connection is to be closed.
    async fn command(&mut self, tag: &str, command: &str) -> std::io::Result<bool> {
        let upper = command.to_uppercase();
        match upper.split(' ').next().unwrap_or_default() {
            "LOGOUT" => return Ok(false),
            "AUTHENTICATE" => {
                self.stream.write_all(b"+ \r\n").await?;
                let words = self.line().await?;
                if !super::shows_token(&words) {
                    self.say(&format!("+ {}", super::REFUSED)).await?;
                    self.line().await?;
                    self.say(&format!("{tag} NO [AUTHENTICATIONFAILED] the token counts no more")).await?;
                    return Ok(true);
                }
            }
            "IDLE" => self.idle().await?,
            "CAPABILITY" => self.say("* CAPABILITY IMAP4rev1 IDLE UIDPLUS").await?,
            "LIST" => self.say("* LIST (\\HasNoChildren) \"/\" INBOX").await?,
            "SELECT" | "EXAMINE" => self.select().await?,
            "UID" if upper.contains("FETCH") && upper.contains("BODY.PEEK[") => {
                self.house.fetches.fetch_add(1, Ordering::SeqCst);
                for uid in uids(command) {
                    let goes_on = self.body(uid).await?;
                    if !goes_on {
                        return Ok(false);
                    }
                }
            }
            "UID" if upper.contains("FETCH") => self.sizes(uid(command)).await?,
            "UID" if upper.contains("SEARCH") => {
                let all: Vec<_> = (1..=self.letters().len()).map(|uid| uid.to_string()).collect();
                self.say(format!("* SEARCH {}", all.join(" ")).trim_end()).await?;
                if self.trick() == Trick::AnnouncesAfterSearch {
                    self.let_in().await?;
                }
            }
            _ => {}
        }
        self.say(&format!("{tag} OK done")).await?;
        Ok(true)
    }

    async fn select(&mut self) -> std::io::Result<()> {
        let changes = self.trick() == Trick::ChangesValidity;
        let validity = self.house.validity.fetch_add(changes.into(), Ordering::SeqCst);
        let count = self.letters().len();
        self.say(&format!("* {count} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Answered)")).await?;
        self.say(&format!("* OK [UIDVALIDITY {validity}] valid\r\n* OK [UIDNEXT {}] next", count + 1)).await
    }

    async fn sizes(&mut self, from: usize) -> std::io::Result<()> {
        let letters = self.letters();
        // "n:*" gives the last one also when there is none from n on.
        for uid in from.min(letters.len()).max(1)..=letters.len() {
            let size = letters[uid - 1].len();
            let date = "26-Nov-2026 10:00:00 +0000";
            self.say(&format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{date}\")")).await?;
        }
        Ok(())
    }

    async fn body(&mut self, uid: usize) -> std::io::Result<bool> {
        let Some(letter) = self.letters().get(uid - 1).cloned() else { return Ok(true) };
        let announced = if self.trick() == Trick::HugeLiteral { 500 << 20 } else { letter.len() };
        self.stream.write_all(format!("* {uid} FETCH (UID {uid} BODY[] {{{announced}}}\r\n").as_bytes()).await?;
        match self.trick() {
            Trick::DropsIn(number) if number == uid => {
                self.stream.write_all(&letter[..letter.len() / 2]).await?;
                Ok(false)
            }
            Trick::HugeLiteral => loop {
                self.stream.write_all(&[b'x'; 1 << 16]).await?;
            },
            _ => {
                self.stream.write_all(&letter).await?;
                self.say(")").await?;
                Ok(true)
            }
        }
    }

    async fn idle(&mut self) -> std::io::Result<()> {
        let mut count = self.house.count.subscribe();
        let trick = self.trick();
        if trick == Trick::AnnouncesBeforeIdle {
            self.let_in().await?;
        }
        self.say("+ idling").await?;
        let deaf = matches!(trick, Trick::AnnouncesBeforeIdle | Trick::AnnouncesAfterSearch | Trick::DeafIdle);
        loop {
            let mut line = String::new();
            tokio::select! {
                read = self.stream.read_line(&mut line) => return read.map(drop),
                changed = count.changed(), if !deaf => {
                    if changed.is_ok() {
                        let now = *count.borrow_and_update();
                        self.stream.write_all(format!("* {now} EXISTS\r\n").as_bytes()).await?;
                    }
                }
            }
        }
    }

    /// The letters that were held back come, and are announced.
    async fn let_in(&mut self) -> std::io::Result<()> {
        let held = std::mem::take(&mut *self.house.held.lock());
        if held.is_empty() {
            return Ok(());
        }
        let now = {
            let mut letters = self.house.letters.lock();
            letters.extend(held);
            letters.len()
        };
        self.say(&format!("* {now} EXISTS")).await
    }

    fn trick(&self) -> Trick {
        *self.house.trick.lock()
    }

    fn letters(&self) -> Vec<Vec<u8>> {
        self.house.letters.lock().clone()
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        Ok(line)
    }
}

/// The first number of "UID FETCH 7:* (…)".
fn uid(command: &str) -> usize {
    uids(command).next().unwrap_or(1)
}

/// Those of "UID FETCH 7,9 (…)".
fn uids(command: &str) -> impl Iterator<Item = usize> {
    let set = command.split(' ').nth(2).unwrap_or_default();
    set.split([':', ',']).filter_map(|number| number.parse().ok()).filter(|number| *number > 0)
}
