//! The certificate that we show to clients that want TLS.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use parking_lot::Mutex;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;
use tracing::warn;

/// A chain and its key in two PEM files. They are read again when one of them has changed: certificates are renewed while
/// we run.
#[derive(Clone)]
pub struct Certificate {
    files: Arc<[PathBuf; 2]>,
    held: Arc<Mutex<Held>>,
}

struct Held {
    changed_at: [Option<SystemTime>; 2],
    acceptor: TlsAcceptor,
}

impl Certificate {
    /// `None`: they cannot be read, or do not belong together.
    #[must_use]
    pub fn open(chain: PathBuf, key: PathBuf) -> Option<Self> {
        let files = [chain, key];
        let held = Held { changed_at: changes(&files), acceptor: read(&files)? };
        Some(Self { files: Arc::new(files), held: Arc::new(Mutex::new(held)) })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut held = self.held.lock();
        let changed_at = changes(&self.files);
        if held.changed_at != changed_at {
            held.changed_at = changed_at;
            match read(&self.files) {
                Some(acceptor) => held.acceptor = acceptor,
                None => warn!("the changed certificate for mail cannot be read; the one before it is shown on"),
            }
        }
        held.acceptor.clone()
    }
}

fn changes(files: &[PathBuf; 2]) -> [Option<SystemTime>; 2] {
    let changed = |file: &Path| std::fs::metadata(file).and_then(|about| about.modified()).ok();
    [changed(&files[0]), changed(&files[1])]
}

fn read([chain, key]: &[PathBuf; 2]) -> Option<TlsAcceptor> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(chain).ok()?.collect();
    let key = PrivateKeyDer::from_pem_file(key).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let config = config.with_no_client_auth().with_single_cert(chain.ok()?, key).ok()?;
    Some(TlsAcceptor::from(Arc::new(config)))
}
