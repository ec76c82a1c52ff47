use std::{io, net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// The longest request for a tunnel.
const HEAD_BYTES: usize = 8 << 10;

/// An HTTP proxy that makes tunnels (CONNECT), all of them to one server, whatever name is asked for. Ends when dropped.
pub struct ConnectProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _end: DropGuard,
}

impl ConnectProxy {
    /// # Panics
    /// When no port can be had.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let (asked, end, tasks) = (Arc::<Mutex<Vec<String>>>::default(), CancellationToken::new(), TaskTracker::new());
        let (stop, list, all) = (end.clone(), asked.clone(), tasks.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(async move {
            while let Ok((connection, _)) = listener.accept().await {
                all.spawn(stop.clone().run_until_cancelled_owned(serve(connection, server, list.clone())));
            }
        }));
        Self { address, asked, _end: end.drop_guard() }
    }

    /// For an account's setting.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `host:port` of every tunnel, oldest first.
    #[must_use]
    pub fn tunnels(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

async fn serve(mut connection: TcpStream, server: SocketAddr, asked: Arc<Mutex<Vec<String>>>) {
    let Ok(Some(target)) = target(&mut connection).await else { return };
    asked.lock().push(target);
    let Ok(mut inner) = TcpStream::connect(server).await else { return };
    if connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
        let _ = copy_bidirectional(&mut connection, &mut inner).await;
    }
}

/// What the head of a CONNECT request asks for; it is read to its last byte and no further.
async fn target(connection: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_BYTES {
        head.push(connection.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let mut words = text.split_whitespace();
    Ok(if words.next() == Some("CONNECT") { words.next().map(str::to_owned) } else { None })
}
