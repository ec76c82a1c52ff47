//! One client: greeting, sender, recipients, letter, and again.

use std::{io, sync::Arc};

use tokio::time::timeout;

use super::{
    Answer, Terms,
    command::{self, Command, Mail, NEEDS_UTF8, Protocol},
    lines::{Heard, Lines},
    post::Post,
    room::{Incoming, Kept},
};

/// Of one letter; a client tries the others with the next (RFC 5321, section 4.5.3.1.8).
const RECIPIENTS: usize = 100;
/// Commands that cannot be understood.
const FAULTS: u32 = 20;
/// Commands since the last letter.
const IDLE_COMMANDS: u32 = 1_000;
const TLS_WAIT: std::time::Duration = std::time::Duration::from_secs(15);

/// Where a client is.
pub(super) struct Setting<P> {
    pub terms: Arc<Terms>,
    pub post: Arc<P>,
    pub protocol: Protocol,
}

pub(super) struct Session<P: Post> {
    setting: Setting<P>,
    lines: Lines,
    is_secure: bool,
    has_greeted: bool,
    letter: Option<Envelope<P::Place>>,
    faults: u32,
    idle_commands: u32,
}

struct Envelope<T> {
    mail: Mail,
    to: Vec<(String, T)>,
    /// Recipients that were named, known or not.
    named: usize,
}

/// What follows a command.
enum Next {
    Go,
    End,
    Protect,
}

impl<P: Post> Session<P> {
    pub fn new(setting: Setting<P>, lines: Lines) -> Self {
        Self { setting, lines, is_secure: false, has_greeted: false, letter: None, faults: 0, idle_commands: 0 }
    }

    /// # Errors
    /// When the connection breaks.
    pub async fn run(mut self) -> io::Result<()> {
        let protocol = if self.setting.protocol == Protocol::Lmtp { "LMTP" } else { "ESMTP" };
        self.lines.say(&format!("220 {} {protocol} Okno", self.setting.terms.name));
        loop {
            let Some(line) = self.hear().await? else { return Ok(()) };
            match self.obey(&line).await? {
                Next::Go => {}
                Next::End => return self.lines.flush().await,
                Next::Protect => match self.protect().await? {
                    Some(protected) => self = protected,
                    None => return Ok(()),
                },
            }
        }
    }

    /// The next line; `None`: it is over.
    async fn hear(&mut self) -> io::Result<Option<String>> {
        let limits = &self.setting.terms.limits;
        let wait = if self.has_greeted { limits.command_wait } else { limits.hello_wait };
        let heard = tokio::select! {
            biased;
            () = self.setting.terms.stop.cancelled() => None,
            heard = timeout(wait, self.lines.hear()) => Some(heard),
        };
        let why = match heard {
            None => STOPPING,
            Some(Err(_)) => "421 4.4.2 nothing was said for too long",
            Some(Ok(heard)) => match heard? {
                Heard::Line(line) => return Ok(Some(line)),
                Heard::Ended => return Ok(None),
                Heard::Odd => "500 5.5.2 no line of text that ends with CR LF, or it is too long",
            },
        };
        self.lines.say(why);
        self.lines.flush().await?;
        Ok(None)
    }

    async fn obey(&mut self, line: &str) -> io::Result<Next> {
        self.idle_commands += 1;
        if self.idle_commands > IDLE_COMMANDS {
            self.lines.say("421 4.7.0 too many commands without a letter");
            return Ok(Next::End);
        }
        let answer = match command::parse(self.setting.protocol, line) {
            Err(answer) => return Ok(self.fault(answer)),
            Ok(Command::Quit) => {
                self.lines.say("221 2.0.0 good-bye");
                return Ok(Next::End);
            }
            Ok(Command::StartTls) if !self.is_secure && self.setting.terms.certificate.is_some() => {
                return Ok(Next::Protect);
            }
            Ok(Command::StartTls) => return Ok(self.fault("502 5.5.1 there is no TLS here")),
            Ok(Command::Hello { extended }) => return Ok(self.greet(extended)),
            Ok(Command::Data) => return self.data().await,
            Ok(Command::Mail(mail)) => self.begin(mail),
            Ok(Command::To { address }) => self.add(address),
            Ok(Command::Reset) => {
                self.letter = None;
                "250 2.0.0 forgotten"
            }
            Ok(Command::Noop) => "250 2.0.0 well",
            Ok(Command::Verify) => "252 2.1.5 send it a letter and see",
        };
        self.lines.say(answer);
        Ok(Next::Go)
    }

    fn fault(&mut self, answer: Answer) -> Next {
        self.faults += 1;
        if self.faults > FAULTS {
            self.lines.say("421 4.7.0 too many commands that make no sense");
            return Next::End;
        }
        self.lines.say(answer);
        Next::Go
    }

    fn greet(&mut self, extended: bool) -> Next {
        (self.has_greeted, self.letter) = (true, None);
        let terms = &self.setting.terms;
        if !extended {
            self.lines.say(&format!("250 {}", terms.name));
            return Next::Go;
        }
        let mut lines = vec![terms.name.clone(), format!("SIZE {}", terms.limits.letter_bytes)];
        lines.extend(["PIPELINING", "8BITMIME", "SMTPUTF8"].map(str::to_owned));
        if terms.certificate.is_some() && !self.is_secure {
            lines.push("STARTTLS".to_owned());
        }
        for line in lines {
            self.lines.say(&format!("250-{line}"));
        }
        self.lines.say("250 ENHANCEDSTATUSCODES");
        Next::Go
    }

    fn begin(&mut self, mail: Mail) -> Answer {
        if !self.has_greeted {
            return "503 5.5.1 greet first";
        }
        if self.letter.is_some() {
            return "503 5.5.1 a letter has begun already";
        }
        if mail.size_bytes > self.setting.terms.limits.letter_bytes as u64 {
            return TOO_LARGE;
        }
        self.letter = Some(Envelope { mail, to: Vec::new(), named: 0 });
        "250 2.1.0 go on"
    }

    fn add(&mut self, address: String) -> Answer {
        let Some(letter) = &mut self.letter else { return "503 5.5.1 begin with MAIL" };
        if !address.is_ascii() && !letter.mail.utf8 {
            return NEEDS_UTF8;
        }
        letter.named += 1;
        if letter.named > RECIPIENTS {
            return "452 4.5.3 too many recipients for one letter";
        }
        match self.setting.post.find(&address) {
            Ok(place) => letter.to.push((address, place)),
            Err(answer) => return answer,
        }
        "250 2.1.5 go on"
    }

    async fn data(&mut self) -> io::Result<Next> {
        // Without a recipient the letter stays begun, as after any command out of turn.
        let Some(letter) = self.letter.take_if(|letter| !letter.to.is_empty()) else {
            return Ok(self.fault("503 5.5.1 there is no recipient"));
        };
        self.lines.say("354 go on, and end with a dot on a line of its own");
        let terms = &self.setting.terms;
        let mut incoming = Incoming::new(terms.room.clone(), terms.limits.letter_bytes);
        let read = tokio::select! {
            biased;
            () = terms.stop.cancelled() => None,
            read = timeout(terms.limits.letter_wait, self.lines.letter(&mut incoming)) => Some(read),
        };
        match read {
            None => self.lines.say(STOPPING),
            Some(Err(_)) => self.lines.say("421 4.4.2 the letter took too long"),
            Some(Ok(read)) => {
                read?;
                self.deliver(&letter, incoming).await;
                return Ok(Next::Go);
            }
        }
        Ok(Next::End)
    }

    async fn deliver(&mut self, letter: &Envelope<P::Place>, incoming: Incoming) {
        let (kept, _held) = incoming.end();
        let answers = match kept {
            Kept::Whole(bytes) => self.setting.post.deliver(&letter.mail.from, &letter.to, &bytes).await,
            Kept::TooLarge => vec![TOO_LARGE; letter.to.len()],
            Kept::NoRoom => vec!["452 4.3.1 too many letters come at once"; letter.to.len()],
        };
        self.idle_commands = 0;
        match self.setting.protocol {
            Protocol::Lmtp => answers.iter().for_each(|answer| self.lines.say(answer)),
            // There is one answer only: as long as one mailbox has not got it, the letter is to come again.
            Protocol::Smtp => {
                let worst = answers.iter().find(|answer| !answer.starts_with('2')).or(answers.first());
                self.lines.say(worst.copied().unwrap_or(NOT_NOW));
            }
        }
    }

    /// `None`: the connection is over.
    async fn protect(mut self) -> io::Result<Option<Self>> {
        let Some(certificate) = &self.setting.terms.certificate else { return Ok(None) };
        let acceptor = certificate.acceptor();
        self.lines.say("220 2.0.0 go on");
        self.lines.flush().await?;
        let Some(wire) = self.lines.into_inner() else { return Ok(None) };
        let Ok(Ok(wire)) = timeout(TLS_WAIT, acceptor.accept(wire)).await else { return Ok(None) };
        self.lines = Lines::new(Box::new(wire));
        // What was said in the clear counts for nothing (RFC 3207, section 4.2).
        (self.is_secure, self.has_greeted, self.letter) = (true, false, None);
        Ok(Some(self))
    }
}

const STOPPING: Answer = "421 4.3.2 we stop now, come again";
const TOO_LARGE: Answer = "552 5.3.4 the letter is too large";
/// Nobody has it for sure.
pub(super) const NOT_NOW: Answer = "451 4.3.0 the letter could not be stored, bring it again";
