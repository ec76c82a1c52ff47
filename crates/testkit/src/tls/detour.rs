use super::{CA, ConnectProxy, TlsFront};

const HOST: &str = "provider.example.invalid";

/// A fake provider that only an account with these settings reaches: by a name that nobody but its proxy knows, and under
/// a root that no machine trusts.
pub struct Detour {
    proxy: ConnectProxy,
    api_url: String,
    proxy_url: String,
    _front: TlsFront,
}

impl Detour {
    /// `base_url`: the fake's, `http://<address>/<path>`.
    ///
    /// # Panics
    /// When it is none, or no port can be had.
    pub async fn to(base_url: &str) -> Self {
        let plain = base_url.strip_prefix("http://").expect("a plain address");
        let (address, path) = plain.split_once('/').unwrap_or((plain, ""));
        let front = TlsFront::start(address.parse().expect("an address on loopback")).await;
        let proxy = ConnectProxy::start(front.address()).await;
        let (api_url, proxy_url) = (format!("https://{HOST}/{path}"), proxy.url());
        Self { proxy, api_url, proxy_url, _front: front }
    }

    /// What leads there.
    #[must_use]
    pub fn settings(&self) -> [(&'static str, &str); 3] {
        [("api_url", &self.api_url), ("proxy", &self.proxy_url), ("ca", CA)]
    }

    /// What does not: without the root, and without the proxy.
    #[must_use]
    pub fn dead_ends(&self) -> [[(&'static str, &str); 2]; 2] {
        let [api_url, proxy, ca] = self.settings();
        [[api_url, proxy], [api_url, ca]]
    }

    /// Whether somebody came, and nobody asked the proxy for anything else.
    #[must_use]
    pub fn was_taken(&self) -> bool {
        let asked = self.proxy.tunnels();
        !asked.is_empty() && asked.iter().all(|name| *name == format!("{HOST}:443"))
    }
}
