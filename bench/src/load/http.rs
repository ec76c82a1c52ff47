//! The little HTTP that posting webhooks needs: many requests over connections that stay open. A whole client would cost
//! the machine more than what is measured.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

/// A provider gives up a delivery after about so long.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// The head of an answer is smaller.
const HEAD_BYTES: usize = 8 * 1024;

/// Connections to one port, opened as they are needed.
#[derive(Clone)]
pub struct Hooks {
    address: SocketAddr,
    idle: Arc<Mutex<Vec<TcpStream>>>,
    places: Arc<Semaphore>,
}

/// One request.
pub struct Post<'a> {
    pub path: &'a str,
    /// Lines of the head, each ended by CR LF.
    pub head: &'a str,
    pub body: &'a str,
}

impl Hooks {
    /// At most `connections` at the same time; the next request waits its turn.
    pub fn new(port: u16, connections: usize) -> Self {
        let places = Arc::new(Semaphore::new(connections));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), idle: Arc::default(), places }
    }

    /// The status of the answer.
    pub async fn post(&self, post: &Post<'_>) -> Result<u16> {
        let _place = self.places.acquire().await?;
        let mut stream = match self.idle() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await.context("connect")?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let status = timeout(ANSWER_WAIT, exchange(&mut stream, post)).await.context("no answer in time")??;
        self.idle.lock().push(stream);
        Ok(status)
    }

    /// A connection that is still open. The gateway closes those that nobody used for 15 s, as every server does.
    fn idle(&self) -> Option<TcpStream> {
        let mut idle = self.idle.lock();
        let open = |stream: &TcpStream| {
            let read = stream.try_read(&mut [0]);
            read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        };
        std::iter::from_fn(|| idle.pop()).find(open)
    }
}

async fn exchange(stream: &mut TcpStream, post: &Post<'_>) -> Result<u16> {
    let Post { path, head, body } = post;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{head}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.context("write")?;
    let mut read = Vec::with_capacity(512);
    loop {
        if let Some((status, whole)) = answer(&read)? {
            if read.len() >= whole {
                return Ok(status);
            }
        } else if read.len() > HEAD_BYTES {
            bail!("the head of an answer is too long");
        }
        if stream.read_buf(&mut read).await.context("read")? == 0 {
            bail!("the connection was closed");
        }
    }
}

/// Status and length of an answer whose head is there in whole.
fn answer(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("an answer that is no text")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without status")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some((status, end + 4 + length.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\ncontent-le").unwrap(), None);
        let head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nab";
        assert_eq!(answer(head).unwrap(), Some((503, head.len() + 3)));
        assert_eq!(answer(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some((204, 27)));
        assert!(answer(b"nonsense\r\n\r\n").is_err());
    }
}
