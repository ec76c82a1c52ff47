//! Connections to mail servers: only to addresses that the account may reach, under TLS unless it is told otherwise, and
//! each step within its time.

use std::{fmt::Debug, net::SocketAddr, sync::Arc, time::Duration};

use egress::{Hosts, Options};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// For a name to be resolved, and for a connection to stand.
const CONNECT_WAIT: Duration = Duration::from_secs(8);
const TLS_WAIT: Duration = Duration::from_secs(8);

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (RFC 8314).
    Tls,
    /// Begun in the clear, with TLS before anything is said; without it nothing is said at all.
    StartTls,
    /// Never: for servers of a private network alone.
    Plain,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
}

/// Bytes to and from a server, whatever protects them.
pub trait Wire: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> Wire for T {}

pub type BoxedWire = Box<dyn Wire>;

/// Why there is no connection. Nothing was said over it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    #[error("there is no server of this name")]
    NoName,
    #[error("its address is one of a private network, which the server's administrator must allow")]
    Private,
    #[error("the server does not take the connection")]
    Closed,
    #[error("the server does not answer in time")]
    Slow,
    #[error("the server's certificate is not trusted, or it speaks no TLS at this port")]
    Tls,
}

/// Opens connections for one account.
#[derive(Clone)]
pub struct Dialer {
    allow_private: bool,
    tls: TlsConnector,
}

impl Dialer {
    /// `ca`: more roots of trust, PEM. `None`: they cannot be read.
    pub fn new(allow_private: bool, ca: &str) -> Option<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
            roots.add(certificate.ok()?).ok()?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Some(Self { allow_private, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// A connection as the server begins it: with TLS where it is to be there from the first byte.
    ///
    /// # Errors
    /// [`NetError`].
    pub async fn connect(&self, server: &Server) -> Result<BoxedWire, NetError> {
        let stream = self.open(server).await?;
        match server.security {
            Security::Tls => self.protect(Box::new(stream), &server.host).await,
            Security::StartTls | Security::Plain => Ok(Box::new(stream)),
        }
    }

    /// TLS over a connection that stands.
    ///
    /// # Errors
    /// [`NetError::Tls`], [`NetError::Slow`].
    pub async fn protect(&self, stream: BoxedWire, host: &str) -> Result<BoxedWire, NetError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| NetError::NoName)?;
        let secure = timeout(TLS_WAIT, self.tls.connect(name, stream)).await.map_err(|_| NetError::Slow)?;
        Ok(Box::new(secure.map_err(|_| NetError::Tls)?))
    }

    async fn open(&self, server: &Server) -> Result<TcpStream, NetError> {
        let mut failed = NetError::NoName;
        for address in self.addresses(&server.host).await? {
            let address = SocketAddr::new(address.ip(), server.port);
            match timeout(CONNECT_WAIT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Small commands and answers; without it they would wait for each other.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(_)) => failed = NetError::Closed,
                Err(_) => failed = NetError::Slow,
            }
        }
        Err(failed)
    }

    /// At most three: a name with many dead addresses would take for ever.
    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, NetError> {
        let options = Options { hosts: Hosts::Any, allow_private: self.allow_private, ..Options::default() };
        let found = timeout(CONNECT_WAIT, options.resolve(host)).await.map_err(|_| NetError::Slow)?;
        let mut found = found.map_err(|error| match error {
            egress::Error::Refused { .. } => NetError::Private,
            _ => NetError::NoName,
        })?;
        found.truncate(3);
        Ok(found)
    }
}
