use std::{net::SocketAddr, time::Duration};

use runtime::Secret;
use url::{Host, Url};

use crate::{Error, is_public};

/// Which hosts may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosts {
    /// Any public one: for addresses that an administrator typed in.
    Any,
    /// `api.example.com` is that host; `.example.com` is every host below it. In lower case.
    Only(Vec<String>),
}

impl Hosts {
    pub fn only<T: Into<String>>(hosts: impl IntoIterator<Item = T>) -> Self {
        Self::Only(hosts.into_iter().map(Into::into).collect())
    }

    #[must_use]
    pub fn allow(&self, host: &str) -> bool {
        let fits = |rule: &String| if rule.starts_with('.') { host.ends_with(rule.as_str()) } else { host == rule };
        match self {
            Self::Any => true,
            Self::Only(rules) => rules.iter().any(fits),
        }
    }
}

/// What one client may reach, how, and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    pub hosts: Hosts,
    /// Loopback and private networks too: for a provider's server of our own, and for tests.
    pub allow_private: bool,
    /// `http://` too. Never for a provider that is sent a token.
    pub allow_http: bool,
    /// For a connection to stand, TLS included.
    pub connect_timeout: Duration,
    /// For a whole call, the body of the answer included.
    pub total_timeout: Duration,
    /// For a whole download.
    pub download_timeout: Duration,
    /// For the next bytes of a body.
    pub stall_timeout: Duration,
    /// The largest answer that is read into memory, after decompression.
    pub answer_bytes: usize,
    /// `http://`, `https://` or `socks5h://`, user and password in it. It resolves names itself: through a proxy the
    /// host list holds, the check of addresses is the proxy's.
    pub proxy: Option<Secret>,
    /// More roots of trust, PEM, each text one or several certificates.
    pub extra_ca: Vec<String>,
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: Hosts::Only(Vec::new()),
            allow_private: false,
            allow_http: false,
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            download_timeout: Duration::from_secs(600),
            stall_timeout: Duration::from_secs(30),
            answer_bytes: 4 << 20,
            proxy: None,
            extra_ca: Vec::new(),
            user_agent: concat!("okno/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Options {
    /// For a provider: https, these hosts, public addresses.
    pub fn hosts<T: Into<String>>(hosts: impl IntoIterator<Item = T>) -> Self {
        Self { hosts: Hosts::only(hosts), ..Self::default() }
    }

    /// For a server at `base`, wherever it is: its host alone, also when it is local or speaks plain HTTP.
    #[must_use]
    pub fn server(base: &Url) -> Self {
        let hosts = Hosts::only(base.host_str());
        Self { hosts, allow_private: true, allow_http: base.scheme() == "http", ..Self::default() }
    }

    /// Whether a call to `url` may be made, as far as its text tells.
    ///
    /// # Errors
    /// [`Error::BadUrl`], or [`Error::Refused`] with the host.
    pub fn check_url(&self, url: &Url) -> Result<(), Error> {
        if url.scheme() != "https" && !(self.allow_http && url.scheme() == "http") {
            return Err(Error::BadUrl("the scheme is not allowed"));
        }
        let host = url.host().ok_or(Error::BadUrl("it names no host"))?;
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
        };
        let name = host.to_string();
        let local = address.is_some_and(|address| !is_public(address));
        if (local && !self.allow_private)
            || !self.hosts.allow(name.trim_matches(['[', ']'])) && !self.hosts.allow(&name)
        {
            return Err(Error::Refused { host: name });
        }
        Ok(())
    }

    /// The addresses of a host that may be connected to; port 0.
    ///
    /// # Errors
    /// [`Error::Refused`] when all of them are private and that is not allowed; [`Error::NoAddress`].
    pub async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, Error> {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(Error::NoAddress)?;
        let allowed: Vec<_> = found.filter(|address| self.allow_private || is_public(address.ip())).collect();
        if allowed.is_empty() { Err(Error::Refused { host: host.to_owned() }) } else { Ok(allowed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(options: &Options, url: &str) -> bool {
        options.check_url(&url.parse().unwrap()).is_ok()
    }

    #[test]
    fn only_listed_hosts_over_https_may_be_reached() {
        let options = Options::hosts(["api.example.com", ".cdn.example.com"]);
        assert!(verdict(&options, "https://api.example.com/x"));
        assert!(verdict(&options, "https://a.cdn.example.com/x"));
        assert!(verdict(&options, "https://API.example.COM/x"));
        for url in [
            "http://api.example.com/",
            "https://example.com/",
            "https://evilcdn.example.com.test/",
            "https://cdn.example.com/",
            "https://xapi.example.com/",
            "https://api.example.com@192.0.2.1/",
            "https://127.0.0.1/",
            "ftp://api.example.com/",
        ] {
            assert!(!verdict(&options, url), "{url}");
        }
    }

    #[test]
    fn an_address_in_any_disguise_is_still_local() {
        let options = Options { hosts: Hosts::Any, ..Options::default() };
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert!(!verdict(&options, url), "{url}");
        }
        assert!(verdict(&options, "https://8.8.8.8/"));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused() {
        let options = Options { hosts: Hosts::Any, ..Options::default() };
        assert!(matches!(options.resolve("localhost").await, Err(Error::Refused { .. })));
    }
}
