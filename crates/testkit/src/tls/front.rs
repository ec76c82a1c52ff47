use std::{net::SocketAddr, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{CERTIFICATE, KEY};

/// Speaks TLS for a plain server on loopback, such as a fake provider. Ends when dropped.
pub struct TlsFront {
    address: SocketAddr,
    _end: DropGuard,
}

impl TlsFront {
    /// # Panics
    /// When no port can be had.
    pub async fn start(plain: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let end = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(end.clone().run_until_cancelled_owned(accept(listener, plain, tasks.clone(), end.clone())));
        Self { address, _end: end.drop_guard() }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }
}

async fn accept(listener: TcpListener, plain: SocketAddr, tasks: TaskTracker, end: CancellationToken) {
    let acceptor = acceptor();
    while let Ok((connection, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tasks.spawn(end.clone().run_until_cancelled_owned(async move {
            // A client that does not trust us ends here, which is its good right.
            let Ok(mut secure) = acceptor.accept(connection).await else { return };
            let Ok(mut inner) = TcpStream::connect(plain).await else { return };
            let _ = copy_bidirectional(&mut secure, &mut inner).await;
        }));
    }
}

fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(CERTIFICATE.as_bytes()).collect::<Result<_, _>>().expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("PEM");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring's versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key is the certificate's");
    TlsAcceptor::from(Arc::new(config))
}
