use std::io;

use http::StatusCode;

/// Why a call failed. No text here holds a URL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the URL cannot be used: {0}")]
    BadUrl(&'static str),
    #[error("{host} may not be reached from here")]
    Refused { host: String },
    #[error("the host has no address")]
    NoAddress(#[source] io::Error),
    #[error("the request cannot be made")]
    BadRequest(#[source] reqwest::Error),
    #[error("no connection could be made")]
    ConnectFailed(#[source] reqwest::Error),
    #[error("no answer in time")]
    TimedOut(#[source] reqwest::Error),
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the server answered {0}")]
    Status(StatusCode),
    #[error("the answer is not what was asked for")]
    Unreadable(#[source] serde_json::Error),
}

impl Error {
    /// Whether the other side has surely not seen the request: then it may be sent again without fear.
    #[must_use]
    pub fn surely_not_sent(&self) -> bool {
        match self {
            Self::BadUrl(_)
            | Self::Refused { .. }
            | Self::NoAddress(_)
            | Self::BadRequest(_)
            | Self::ConnectFailed(_) => true,
            Self::TimedOut(_) | Self::Broken(_) | Self::TooLarge { .. } | Self::Status(_) | Self::Unreadable(_) => {
                false
            }
        }
    }
}

impl Error {
    /// Whether the other side's certificate is signed by nobody whom we trust: an own root is missing in the settings.
    #[must_use]
    pub fn untrusted(&self) -> bool {
        let mut cause = Some(self as &(dyn std::error::Error + 'static));
        while let Some(error) = cause {
            if is_unknown_issuer(error) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// An `io::Error` does not name what it wraps as its source, so it is looked into.
fn is_unknown_issuer(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let tls = wrapped.map_or_else(|| error.downcast_ref(), |inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer)))
        || wrapped.is_some_and(|inner| is_unknown_issuer(inner))
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(host) = refused_host(&error) {
            return Self::Refused { host };
        }
        if error.is_builder() {
            Self::BadRequest(error)
        } else if error.is_connect() {
            Self::ConnectFailed(error)
        } else if error.is_timeout() {
            Self::TimedOut(error)
        } else {
            Self::Broken(error)
        }
    }
}

/// The host that our resolver refused, when that is what lies at the bottom.
fn refused_host(error: &reqwest::Error) -> Option<String> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(Error::Refused { host }) = error.downcast_ref() {
            return Some(host.clone());
        }
        cause = error.source();
    }
    None
}
