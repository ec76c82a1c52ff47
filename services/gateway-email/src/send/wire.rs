//! The connection under the SMTP client: it knows whether the letter's end was written, which decides what a broken
//! connection means.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::net::BoxedWire;

/// What ends a letter (RFC 5321, section 4.1.1.4). The client writes it in one piece, and nothing else that is like it: dots
/// of the letter are doubled.
const END: &[u8] = b"\r\n.\r\n";

#[derive(Debug)]
pub struct Watched {
    inner: BoxedWire,
    /// Read before anything of the server's: its greeting, where TLS was begun after that.
    before: &'static [u8],
    ended: Arc<AtomicBool>,
}

impl Watched {
    /// The second says whether the end of a letter was, or may have been, written.
    pub fn new(inner: BoxedWire, before: &'static [u8]) -> (Self, Arc<AtomicBool>) {
        let ended = Arc::new(AtomicBool::new(false));
        (Self { inner, before, ended: ended.clone() }, ended)
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.before.is_empty() {
            let length = self.before.len().min(buf.remaining());
            buf.put_slice(&self.before[..length]);
            self.before = &self.before[length..];
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf == END {
            self.ended.store(true, Ordering::SeqCst);
        }
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Watched {
    /// Of no use to anybody; there may be a tunnel below.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::UNSPECIFIED, 0).into())
    }
}
