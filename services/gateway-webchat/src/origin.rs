//! Where an account's chat may be shown, and where calls may come from.

use gateway_kit::SettingsError;
use http::{HeaderMap, header::HOST};
use url::Url;

use crate::config::{lines, problem};

const MOST: usize = 100;

/// The origins that an account allows.
#[derive(Debug, Clone)]
pub struct Origins(Vec<Origin>);

/// `https://shop.example:8443`, or every subdomain of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    /// Lower case, international names as browsers send them.
    host: String,
    /// `None`: the scheme's own.
    port: Option<u16>,
    subdomains: bool,
}

impl Origins {
    /// Reads one origin a line.
    ///
    /// # Errors
    /// Names the line that is none, and the field when there is none at all.
    pub fn read(text: &str) -> Result<Self, SettingsError> {
        const FIELD: &str = "allowed_origins";
        let read = |line: &str| {
            Origin::read(line).ok_or_else(|| {
                let ru = format!("{line:?}: адрес выглядит так: https://example.com");
                problem(FIELD, &ru, &format!("{line:?} should look like https://example.com"))
            })
        };
        let origins = lines(text).map(read).collect::<Result<Vec<_>, _>>()?;
        match origins.len() {
            0 => {
                let ru = "укажите адрес сайта, например https://example.com";
                Err(problem(FIELD, ru, "name the address of the site, like https://example.com"))
            }
            1..=MOST => Ok(Self(origins)),
            _ => Err(problem(FIELD, "не больше 100 адресов", "at most 100 addresses")),
        }
    }

    /// Whether an `Origin` header names one of them.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        let Some(asked) = Origin::read(origin).filter(|asked| !asked.subdomains) else { return false };
        self.0.iter().any(|allowed| allowed.covers(&asked))
    }

    /// The first of them, for people.
    #[must_use]
    pub fn first(&self) -> String {
        self.0.first().map(Origin::source).unwrap_or_default()
    }

    /// As a content security policy lists sources.
    #[must_use]
    pub fn sources(&self) -> String {
        self.0.iter().map(Origin::source).collect::<Vec<_>>().join(" ")
    }
}

impl Origin {
    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (subdomains, rest) = rest.strip_prefix("*.").map_or((false, rest), |rest| (true, rest));
        let url = Url::parse(&format!("{scheme}://{rest}")).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let plain = bare && url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain || rest.contains('*') {
            return None;
        }
        let host = url.host_str().filter(|host| !subdomains || host.contains('.'))?.to_owned();
        Some(Self { scheme: url.scheme().to_owned(), host, port: url.port(), subdomains })
    }

    fn covers(&self, asked: &Self) -> bool {
        let host = match self.subdomains {
            true => asked.host.strip_suffix(&self.host).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
            false => asked.host == self.host,
        };
        host && self.scheme == asked.scheme && self.port == asked.port
    }

    fn source(&self) -> String {
        let star = if self.subdomains { "*." } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{star}{}{port}", self.scheme, self.host)
    }
}

/// Whether an origin is the gateway's own, where the chat's frame lives. Without a public address it is the host that
/// was asked for.
#[must_use]
pub fn is_own(origin: &str, public_url: Option<&Url>, headers: &HeaderMap) -> bool {
    if let Some(url) = public_url {
        return url.origin().ascii_serialization() == origin;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let asked = origin.split_once("://").map(|(_, host)| host);
    asked.is_some() && asked == host
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_origin_is_matched_exactly() {
        let origins = Origins::read("https://shop.example\nhttp://127.0.0.1:8080/\nhttps://*.example.com").unwrap();
        for allowed in
            ["https://shop.example", "http://127.0.0.1:8080", "https://a.example.com", "https://a.b.example.com"]
        {
            assert!(origins.allow(allowed), "{allowed}");
        }
        for foreign in [
            "http://shop.example",
            "https://shop.example:8443",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://example.com",
            "https://evilexample.com",
            "https://*.example.com",
            "https://user@shop.example",
            "https://shop.example/path",
            "null",
            "",
        ] {
            assert!(!origins.allow(foreign), "{foreign}");
        }
        assert_eq!(origins.sources(), "https://shop.example http://127.0.0.1:8080 https://*.example.com");
    }

    #[test]
    fn an_international_name_is_what_browsers_send() {
        let origins = Origins::read("https://пример.example").unwrap();
        assert!(origins.allow("https://xn--e1afmkfd.example"));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "shop.example",
            "ftp://shop.example",
            "https://shop.example/chat",
            "https://a*b.example",
            "*",
            "https://*.com",
        ] {
            assert!(Origins::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn our_own_origin_is_the_public_address_or_the_asked_host() {
        let url = Url::parse("https://chat.example/okno").unwrap();
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("127.0.0.1:8084"))]);
        assert!(is_own("https://chat.example", Some(&url), &headers));
        assert!(!is_own("http://127.0.0.1:8084", Some(&url), &headers));
        assert!(is_own("http://127.0.0.1:8084", None, &headers) && !is_own("http://127.0.0.1:1", None, &headers));
    }
}
