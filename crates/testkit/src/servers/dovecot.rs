//! Dovecot as an ordinary user, all of it in one folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;
use tokio::net::TcpStream;

use super::{
    ServerError, free_port,
    process::{Home, Launch, ServerProcess},
    program,
};
use crate::{
    mail::{Dialog, PASSWORD, Postman},
    tls,
};

const CONFIG: &str = include_str!("dovecot.conf");

/// A Dovecot on 127.0.0.1. Dropping it ends it.
pub struct DovecotServer {
    ports: Ports,
    process: ServerProcess,
    // After the process: the folder goes when the server is gone.
    home: Home,
}

struct Ports {
    imap: u16,
    imaps: u16,
    pop3: u16,
    submission: u16,
    lmtp: u16,
}

impl DovecotServer {
    /// Starts it; its submission hands letters on to the SMTP server at `relay`.
    ///
    /// # Errors
    /// When it is not installed or does not get ready.
    pub async fn start(relay: u16) -> Result<Self, ServerError> {
        let program = program::find("dovecot", "dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-submissiond")?;
        let home = Home::at(None, "dovecot")?;
        let ports = Ports {
            imap: free_port(),
            imaps: free_port(),
            pop3: free_port(),
            submission: free_port(),
            lmtp: free_port(),
        };
        let user = User::choose()?;
        let config = furnish(home.path(), &ports, relay, &user).map_err(|source| ServerError::Folder {
            what: "the configuration cannot be written in",
            path: home.path().to_owned(),
            source,
        })?;
        user.own(home.path())?;
        let mut words = user.prefix();
        words.extend([program.into(), "-F".into(), "-c".into(), config.into()]);
        let launch = Launch {
            name: "dovecot",
            program: PathBuf::from(words.remove(0)),
            arguments: words,
            stop: Signal::TERM,
            discard: Signal::TERM,
        };
        let process = ServerProcess::spawn(launch, &home)?;
        let mut server = Self { ports, process, home };
        server.wait_ready().await?;
        Ok(server)
    }

    /// Without TLS, and with it by STARTTLS.
    #[must_use]
    pub fn imap_port(&self) -> u16 {
        self.ports.imap
    }

    /// With TLS from the first byte, under the root [`tls::CA`] for `localhost`.
    #[must_use]
    pub fn imaps_port(&self) -> u16 {
        self.ports.imaps
    }

    #[must_use]
    pub fn pop3_port(&self) -> u16 {
        self.ports.pop3
    }

    /// Without TLS, and with it by STARTTLS.
    #[must_use]
    pub fn submission_port(&self) -> u16 {
        self.ports.submission
    }

    #[must_use]
    pub fn lmtp_port(&self) -> u16 {
        self.ports.lmtp
    }

    /// Puts a letter into the mailbox of an address, as from another server.
    ///
    /// # Panics
    /// When it is not taken.
    pub async fn deliver(&self, to: &str, letter: impl AsRef<[u8]>) {
        self.postman().bring(to, letter).await.expect("a letter that is taken");
    }

    /// Another server that brings letters here.
    #[must_use]
    pub fn postman(&self) -> Postman {
        Postman { lmtp: self.ports.lmtp }
    }

    /// Makes a folder in a user's mailbox and subscribes to it, as another mail program does; the name as IMAP writes it.
    ///
    /// # Panics
    /// When it is not made.
    pub async fn make_folder(&self, user: &str, folder: &str) {
        let making = async {
            let mut dialog = Dialog::open(self.ports.imap).await?;
            dialog.line().await?;
            dialog.write(format!("a LOGIN {user} {PASSWORD}\r\n").as_bytes()).await?;
            dialog.until("a OK").await?;
            for (tag, command) in [("b", "CREATE"), ("c", "SUBSCRIBE")] {
                dialog.write(format!("{tag} {command} \"{folder}\"\r\n").as_bytes()).await?;
                dialog.until(&format!("{tag} OK")).await?;
            }
            std::io::Result::Ok(())
        };
        making.await.expect("a folder that is made");
    }

    /// Puts a letter into a folder of a user's, as another mail program does.
    ///
    /// # Panics
    /// When it is not taken.
    pub async fn append(&self, user: &str, folder: &str, letter: impl AsRef<[u8]>) {
        let letter = letter.as_ref();
        let appending = async {
            let mut dialog = Dialog::open(self.ports.imap).await?;
            dialog.line().await?;
            dialog.write(format!("a LOGIN {user} {PASSWORD}\r\n").as_bytes()).await?;
            dialog.until("a OK").await?;
            dialog.write(format!("b APPEND \"{folder}\" (\\Seen) {{{}}}\r\n", letter.len()).as_bytes()).await?;
            dialog.until("+").await?;
            dialog.write(&[letter, b"\r\n"].concat()).await?;
            dialog.until("b OK").await
        };
        appending.await.expect("a letter that is taken");
    }

    /// Lays many letters into a user's inbox at once, as if they had come one by one long ago.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn fill(&self, user: &str, letters: impl Iterator<Item = Vec<u8>>) -> Result<(), ServerError> {
        let mailbox = self.home.path().join("mail").join(user);
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ServerError::Folder { what: "letters cannot be written in", path, source }
        };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(mailbox.join(part)).map_err(failed(&mailbox))?;
        }
        for (n, letter) in letters.enumerate() {
            // As Dovecot names them, sizes included: names that are nearly alike meet in one place of its table, and opening
            // a hundred thousand of them takes it a minute.
            let (at, micros, size) = (1_000_000_000 + n, n * 7_919 % 1_000_000, letter.len());
            let name = format!("{at}.M{micros:06}P{}.localhost,S={size},W={size}:2,", 1_000 + n % 7);
            let path = mailbox.join("cur").join(name);
            fs::write(path, letter).map_err(failed(&mailbox))?;
        }
        User::choose()?.own(&mailbox)
    }

    /// The letters in a folder of a user's, `INBOX` or another, in no order, with the flags of their file names ("S" seen,
    /// "R" answered).
    ///
    /// # Panics
    /// When they cannot be read.
    #[must_use]
    pub fn letters(&self, user: &str, folder: &str) -> Vec<(String, Vec<u8>)> {
        let mailbox = self.home.path().join("mail").join(user);
        let mailbox = if folder == "INBOX" { mailbox } else { mailbox.join(format!(".{folder}")) };
        let files = ["new", "cur"].map(|state| fs::read_dir(mailbox.join(state)));
        let files = files.into_iter().flatten().flatten().map(|entry| entry.expect("an entry").path());
        files.filter_map(|path| Some((flags(&path), fs::read(&path).ok()?))).collect()
    }

    /// Stops it, makes it forget the UIDs of a user's mailbox, and starts it: they begin anew under another UIDVALIDITY.
    ///
    /// # Errors
    /// When it does not start again.
    pub async fn renumber(&mut self, user: &str) -> Result<(), ServerError> {
        self.process.stop().await;
        let mailbox = self.home.path().join("mail").join(user);
        for entry in fs::read_dir(mailbox).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                // A folder (of subscriptions, say) may stay.
                let _ = fs::remove_file(entry.path());
            }
        }
        self.restart().await
    }

    /// Holds it without closing its connections; only its first process, which takes new ones.
    pub fn pause(&self) {
        self.process.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Stops it in order; connections are closed.
    pub async fn stop(&mut self) {
        self.process.stop().await;
    }

    /// Starts it again on the same ports with the same mailboxes.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.process.stop().await;
        self.process.start(&self.home)?;
        self.wait_ready().await
    }

    async fn wait_ready(&mut self) -> Result<(), ServerError> {
        let ports = [self.ports.imap, self.ports.imaps, self.ports.pop3, self.ports.submission, self.ports.lmtp];
        let answers = async || {
            for port in ports {
                if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    return false;
                }
            }
            true
        };
        self.process.wait_ready(answers).await
    }
}

fn flags(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.rsplit_once(":2,").map_or(String::new(), |(_, flags)| flags.to_owned())
}

/// Certificate, key and configuration; the place of the last.
fn furnish(home: &Path, ports: &Ports, relay: u16, user: &User) -> io::Result<PathBuf> {
    fs::create_dir_all(home.join("mail"))?;
    fs::write(home.join("tls.crt"), tls::CERTIFICATE)?;
    fs::write(home.join("tls.key"), tls::KEY)?;
    let mut text = CONFIG.replace("{home}", &home.display().to_string());
    let numbers = [
        ("{imap}", ports.imap),
        ("{imaps}", ports.imaps),
        ("{pop3}", ports.pop3),
        ("{submission}", ports.submission),
        ("{lmtp}", ports.lmtp),
        ("{relay}", relay),
    ];
    for (name, port) in numbers {
        text = text.replace(name, &port.to_string());
    }
    for (name, value) in [("{user}", &user.name), ("{group}", &user.group), ("{password}", &PASSWORD.to_owned())] {
        text = text.replace(name, value);
    }
    let config = home.join("dovecot.conf");
    fs::write(&config, text)?;
    Ok(config)
}

/// Whom it runs as: ourselves, or as root the user that Debian's package made.
struct User {
    name: String,
    group: String,
    is_other: bool,
}

impl User {
    fn choose() -> Result<Self, ServerError> {
        if rustix::process::geteuid().is_root() {
            return Ok(Self { name: "dovecot".to_owned(), group: "dovecot".to_owned(), is_other: true });
        }
        let name = |flag: &str| -> Result<String, ServerError> {
            let error = |source| ServerError::Spawn { program: "id".to_owned(), source };
            let output = Command::new("id").arg(flag).output().map_err(error)?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        Ok(Self { name: name("-un")?, group: name("-gn")?, is_other: false })
    }

    /// The beginning of the command line.
    fn prefix(&self) -> Vec<std::ffi::OsString> {
        let words = ["setpriv", "--reuid=dovecot", "--regid=dovecot", "--clear-groups"];
        if self.is_other { words.map(Into::into).to_vec() } else { Vec::new() }
    }

    fn own(&self, folder: &Path) -> Result<(), ServerError> {
        if !self.is_other {
            return Ok(());
        }
        let owner = format!("{}:{}", self.name, self.group);
        program::run(Command::new("chown").args(["-R", &owner, "--"]).arg(folder))
    }
}
