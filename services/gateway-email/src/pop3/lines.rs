//! Lines of POP3, and the long answers that end with a dot.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::{error::MailboxError, net::BoxedWire};

/// A line of a letter may be long; one of an answer is 512 bytes at most (RFC 1939, section 3).
const LINE_BYTES: u64 = 4 << 10;

pub(super) struct Lines(BufReader<BoxedWire>);

impl Lines {
    pub fn new(wire: BoxedWire) -> Self {
        Self(BufReader::new(wire))
    }

    /// The connection below, for TLS.
    ///
    /// # Errors
    /// When the server has said something in the clear that would be taken for protected.
    pub fn into_inner(self) -> Result<BoxedWire, MailboxError> {
        if self.0.buffer().is_empty() {
            return Ok(self.0.into_inner());
        }
        Err(MailboxError::Broken("the server said something before TLS stood".to_owned()))
    }

    pub async fn write(&mut self, line: &str) -> Result<(), MailboxError> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.map_err(broken)
    }

    pub async fn read(&mut self) -> Result<String, MailboxError> {
        let line = self.line(LINE_BYTES).await?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Lines until the one that is a dot, dots undone (RFC 1939, section 3).
    pub async fn until_dot(&mut self, most: u64) -> Result<Vec<u8>, MailboxError> {
        let mut bytes = Vec::new();
        loop {
            let left = most.saturating_sub(bytes.len() as u64);
            if left == 0 {
                return Err(MailboxError::Broken(format!("the server sends more than {most} bytes")));
            }
            let line = self.line(left).await?;
            if line == b".\r\n" || line == b".\n" {
                return Ok(bytes);
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    async fn line(&mut self, most: u64) -> Result<Vec<u8>, MailboxError> {
        let mut line = Vec::new();
        (&mut self.0).take(most).read_until(b'\n', &mut line).await.map_err(broken)?;
        if line.ends_with(b"\n") {
            return Ok(line);
        }
        let why = if line.len() as u64 == most { "a line is too long" } else { "it was closed" };
        Err(MailboxError::Broken(why.to_owned()))
    }
}

fn broken(error: std::io::Error) -> MailboxError {
    MailboxError::Broken(error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &'static [u8], most: u64) -> Result<Vec<u8>, MailboxError> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 10);
        let writing = async move {
            theirs.write_all(bytes).await.unwrap();
        };
        let mut lines = Lines::new(Box::new(ours));
        let ((), read) = tokio::join!(writing, lines.until_dot(most));
        read
    }

    #[tokio::test]
    async fn dots_are_undone_and_bounds_hold() {
        assert_eq!(read(b"a\r\n..b\r\n...\r\n.\r\n", 100).await.unwrap(), b"a\r\n.b\r\n..\r\n");
        assert!(read(b"a\r\nbb\r\n.\r\n", 5).await.is_err());
        assert!(read(b"a\r\n", 100).await.is_err(), "closed before the end");
    }
}
