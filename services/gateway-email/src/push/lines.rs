//! One connection of a client: lines, and letters between them.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::{dots::Dots, room::Incoming};
use crate::net::BoxedWire;

/// 512 and what the extensions add to it (RFC 5321, section 4.5.3.1.4), with addresses beyond ASCII.
const LINE_BYTES: u64 = 2 << 10;
/// For a client to take an answer.
const WRITE_WAIT: Duration = Duration::from_secs(30);
/// Between two pieces of a letter.
const PIECE_WAIT: Duration = Duration::from_secs(120);

pub(super) struct Lines {
    stream: BufReader<BoxedWire>,
    out: Vec<u8>,
}

/// What a client has said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Line(String),
    /// No line as it should be: nobody knows where the next one begins.
    Odd,
    Ended,
}

impl Lines {
    pub fn new(wire: BoxedWire) -> Self {
        Self { stream: BufReader::with_capacity(16 << 10, wire), out: Vec::new() }
    }

    /// The connection below, for TLS; `None`: the client has said something in the clear that would be taken for protected.
    pub fn into_inner(self) -> Option<BoxedWire> {
        self.stream.buffer().is_empty().then(|| self.stream.into_inner())
    }

    /// Has an answer written before the next line is waited for: clients may say much before they listen (RFC 2920).
    pub fn say(&mut self, answer: &str) {
        self.out.extend_from_slice(answer.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        let writing = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        timeout(WRITE_WAIT, writing).await.map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
        self.out.clear();
        Ok(())
    }

    pub async fn hear(&mut self) -> io::Result<Heard> {
        if !self.stream.buffer().contains(&b'\n') {
            self.flush().await?;
        }
        let mut line = Vec::new();
        (&mut self.stream).take(LINE_BYTES).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Ok(Heard::Ended);
        }
        let line = line.strip_suffix(b"\r\n").map(<[u8]>::to_vec);
        Ok(line.and_then(|line| String::from_utf8(line).ok()).map_or(Heard::Odd, Heard::Line))
    }

    /// Reads a letter to its end.
    pub async fn letter(&mut self, incoming: &mut Incoming) -> io::Result<()> {
        self.flush().await?;
        let mut dots = Dots::default();
        loop {
            let piece = timeout(PIECE_WAIT, self.stream.fill_buf()).await;
            let piece = piece.map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
            if piece.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let ended = incoming.put(|bytes| dots.take(piece, bytes));
            let used = ended.unwrap_or(piece.len());
            self.stream.consume(used);
            if ended.is_some() {
                return Ok(());
            }
        }
    }
}
