//! One connection of lines, as mail protocols have it.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// A local server that takes longer is broken.
const WAIT: Duration = Duration::from_secs(20);

pub(crate) struct Dialog(BufReader<TcpStream>);

impl Dialog {
    pub async fn open(port: u16) -> io::Result<Self> {
        Ok(Self(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?)))
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// # Errors
    /// The connection broke, was closed, or brought no line in time.
    pub async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let read = timeout(WAIT, self.0.read_until(b'\n', &mut line)).await;
        if read.map_err(|_| io::ErrorKind::TimedOut)?? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Lines until one that begins so.
    pub async fn until(&mut self, beginning: &str) -> io::Result<String> {
        loop {
            let line = self.line().await?;
            if line.starts_with(beginning) {
                return Ok(line);
            }
        }
    }

    /// A command of SMTP or LMTP; the last line of its answer.
    pub async fn command(&mut self, command: &str) -> io::Result<String> {
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.answer().await
    }

    pub async fn answer(&mut self) -> io::Result<String> {
        loop {
            let line = self.line().await?;
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line);
            }
        }
    }

    /// Delivers a letter by LMTP; the answer to it, or the first refusal.
    ///
    /// # Errors
    /// The connection broke: after the letter's end nobody knows whether it was taken.
    pub async fn deliver(port: u16, from: &str, to: &str, letter: &[u8]) -> io::Result<String> {
        let mut dialog = Self::open(port).await?;
        dialog.answer().await?;
        for command in ["LHLO localhost", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA"] {
            let answer = dialog.command(command).await?;
            if !answer.starts_with(['2', '3']) {
                return Ok(answer);
            }
        }
        dialog.write(&stuffed(letter)).await?;
        dialog.command(".").await
    }
}

/// Lines that begin with a dot get another one, and the end has a line feed.
fn stuffed(letter: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letter.len() + 8);
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}
