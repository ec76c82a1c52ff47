use std::sync::Arc;

use http::Method;
use reqwest::{
    Certificate, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use url::Url;

use crate::{Download, Error, Options, Response};

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("a certificate is not PEM")]
    Certificate(#[source] reqwest::Error),
    #[error("the proxy's address cannot be read")]
    Proxy(#[source] ProxyError),
    #[error("the HTTP client cannot be made; are the system's root certificates (ca-certificates) installed?")]
    Client(#[source] reqwest::Error),
}

/// Never repeats the address: a password may stand in it.
#[derive(Debug, thiserror::Error)]
#[error("it should be http://, https:// or socks5h:// with host and port")]
pub struct ProxyError;

/// An HTTP client within its [`Options`]. Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    options: Arc<Options>,
}

impl Client {
    /// # Errors
    /// When a certificate, the proxy, or the system's roots of trust cannot be read.
    #[expect(clippy::disallowed_methods, reason = "this is the client that the ban points to")]
    pub fn new(options: Options) -> Result<Self, BuildError> {
        runtime::install_crypto();
        let proxy_host = options.proxy.as_ref().map(|proxy| proxy_host(proxy.expose())).transpose()?;
        let options = Arc::new(options);
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .timeout(options.total_timeout)
            .read_timeout(options.stall_timeout)
            .user_agent(&options.user_agent)
            .dns_resolver(Arc::new(Resolver { options: options.clone(), proxy_host }));
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(Proxy::all(proxy.expose()).map_err(|_| BuildError::Proxy(ProxyError))?);
        }
        for pem in &options.extra_ca {
            let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(BuildError::Certificate)?;
            builder = builder.tls_certs_merge(roots);
        }
        let http = builder.build().map_err(|error| BuildError::Client(error.without_url()))?;
        Ok(Self { http, options })
    }

    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// A call to be filled and sent.
    ///
    /// # Errors
    /// [`Error::BadUrl`] or [`Error::Refused`] when `url` may not be reached.
    pub fn call(&self, method: Method, url: &Url) -> Result<Call, Error> {
        self.options.check_url(url)?;
        Ok(Call { request: self.http.request(method, url.clone()), answer_bytes: self.options.answer_bytes })
    }

    /// # Errors
    /// As [`Client::call`].
    pub fn get(&self, url: &Url) -> Result<Call, Error> {
        self.call(Method::GET, url)
    }

    /// # Errors
    /// As [`Client::call`].
    pub fn post(&self, url: &Url) -> Result<Call, Error> {
        self.call(Method::POST, url)
    }

    /// Streams a file of at most `most_bytes`; the stream fails with [`Error::TooLarge`] as soon as it is known.
    ///
    /// # Errors
    /// As [`Call::send`]; [`Error::Status`] unless it is 2xx, so a redirect too.
    pub async fn download(&self, url: &Url, most_bytes: u64) -> Result<Download, Error> {
        let timeout = self.options.download_timeout;
        let response = self.get(url)?.with(|request| request.timeout(timeout)).send().await?;
        response.into_download(most_bytes)
    }
}

/// One call, not sent yet.
#[must_use]
pub struct Call {
    request: reqwest::RequestBuilder,
    answer_bytes: usize,
}

impl Call {
    /// Adds headers, query, JSON, a form, a body or another deadline.
    pub fn with(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.request = change(self.request);
        self
    }

    /// Any status is an answer, redirects too.
    ///
    /// # Errors
    /// What [`Error::surely_not_sent`] tells apart.
    pub async fn send(self) -> Result<Response, Error> {
        let response = self.request.send().await?;
        Ok(Response::new(response, self.answer_bytes))
    }
}

/// Hands out only addresses that were checked; reqwest connects to exactly these.
struct Resolver {
    options: Arc<Options>,
    /// An administrator named it, so it may stand anywhere.
    proxy_host: Option<String>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let mut options = self.options.clone();
        if self.proxy_host.as_deref() == Some(name.as_str()) {
            Arc::make_mut(&mut options).allow_private = true;
        }
        Box::pin(async move {
            let addresses = options.resolve(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn proxy_host(proxy: &str) -> Result<String, BuildError> {
    let url = Url::parse(proxy).map_err(|_| BuildError::Proxy(ProxyError))?;
    url.host_str().map(str::to_owned).ok_or(BuildError::Proxy(ProxyError))
}
