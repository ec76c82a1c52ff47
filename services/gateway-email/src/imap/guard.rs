//! What a server may make us hold: literals announce their size, and the library below would make room for half a
//! gigabyte at once.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection whose literals (RFC 9051, section 4.3) are at most `limit` bytes; a larger one breaks it.
#[derive(Debug)]
pub struct Guard<S> {
    inner: S,
    limit: u64,
    watch: Watch,
}

impl<S> Guard<S> {
    pub fn new(inner: S, limit: u64) -> Self {
        Self { inner, limit, watch: Watch::default() }
    }

    pub fn into_inner(self) -> S {
        self.inner
    }
}

/// Follows the answers byte by byte, but for what is inside of literals.
#[derive(Debug, Default)]
struct Watch {
    /// Of a literal that has begun.
    left: u64,
    /// The number after a brace.
    number: Option<u64>,
    is_closed: bool,
}

impl Watch {
    /// # Errors
    /// The size of a literal above the limit.
    fn see(&mut self, mut bytes: &[u8], limit: u64) -> Result<(), u64> {
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            self.left -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((byte, rest)) = bytes.split_first() else { return Ok(()) };
            self.step(*byte, limit)?;
            bytes = rest;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8, limit: u64) -> Result<(), u64> {
        match (byte, self.number) {
            (b'{', _) => (self.number, self.is_closed) = (Some(0), false),
            (b'0'..=b'9', Some(number)) if !self.is_closed => {
                self.number = Some(number.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
            }
            (b'+', Some(_)) if !self.is_closed => {}
            (b'}', Some(_)) => self.is_closed = true,
            (b'\r', Some(_)) if self.is_closed => {}
            (b'\n', Some(number)) if self.is_closed => {
                (self.number, self.is_closed) = (None, false);
                if number > limit {
                    return Err(number);
                }
                self.left = number;
            }
            _ => self.number = None,
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let limit = self.limit;
        let seen = self.watch.see(&buf.filled()[before..], limit);
        Poll::Ready(seen.map_err(|size| {
            let text = format!("the server announces {size} bytes at once, {limit} are the most");
            io::Error::new(io::ErrorKind::InvalidData, text)
        }))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(parts: &[&str]) -> Result<(), u64> {
        let mut watch = Watch::default();
        parts.iter().try_for_each(|part| watch.see(part.as_bytes(), 100))
    }

    #[test]
    fn a_large_literal_is_seen_however_it_is_cut() {
        assert_eq!(seen(&["* 1 FETCH (BODY[] {500}\r\nabc"]), Err(500));
        assert_eq!(seen(&["* 1 FETCH (BODY[] {5", "00", "}\r", "\nabc"]), Err(500));
        assert_eq!(seen(&["* 1 FETCH (BODY[] {99999999999999999999999}\r\n"]), Err(u64::MAX));
    }

    #[test]
    fn what_stands_in_a_letter_is_no_literal() {
        assert_eq!(seen(&["* 1 FETCH (BODY[] {11}\r\n{500}\r\n{9}\r", "\n)\r\na OK\r\n"]), Ok(()));
        assert_eq!(seen(&["* 1 FETCH (BODY[] {7}\r\n{500}\r\n)\r\n* 2 FETCH (X {101}\r\n"]), Err(101));
        assert_eq!(seen(&["a OK {500} letters {x}\r\n{}\r\n"]), Ok(()));
    }
}
