use std::net::{IpAddr, SocketAddr};

use http::{
    HeaderMap, Uri,
    header::{HOST, ORIGIN},
    request::Parts,
};

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Whether a call comes from a page of ours, or from no page at all.
///
/// Browsers send Origin with every POST and PUT, so with a cookie it must be there and name this host.
#[must_use]
pub fn is_ours(parts: &Parts, with_cookie: bool) -> bool {
    let Some(origin) = parts.headers.get(ORIGIN) else {
        return !with_cookie;
    };
    let origin = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    let from = origin.as_ref().and_then(|uri| Some(uri.authority()?.as_str()));
    from.is_some() && from == host(parts)
}

/// The host that was asked for: `:authority` in HTTP/2, Host in HTTP/1.1.
fn host(parts: &Parts) -> Option<&str> {
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| parts.headers.get(HOST)?.to_str().ok())
}

/// The client's address: the peer's, or what our own proxies say of it.
#[must_use]
pub fn client_address(parts: &Parts, hops: usize) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
    if hops == 0 { peer } else { forwarded(&parts.headers, hops).or(peer) }
}

fn forwarded(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").into_iter().filter_map(|line| line.to_str().ok());
    let addresses: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    addresses.iter().rev().nth(hops - 1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn with_a_cookie_only_our_own_page_may_call() {
        let own = parts(&[("host", "okno.example.com"), ("origin", "https://okno.example.com")]);
        let port = parts(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]);
        assert!(is_ours(&own, true) && is_ours(&port, true));
        for origin in
            ["https://evil.example", "null", "https://okno.example.com.evil.example", "http://okno.example.com:81"]
        {
            let foreign = parts(&[("host", "okno.example.com"), ("origin", origin)]);
            assert!(!is_ours(&foreign, true) && !is_ours(&foreign, false), "{origin}");
        }
        let none = parts(&[("host", "okno.example.com")]);
        assert!(!is_ours(&none, true));
        assert!(is_ours(&none, false), "an API client has no page");
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let mut parts = parts(&[("x-forwarded-for", "198.51.100.9, 203.0.113.5, 192.0.2.1")]);
        parts.extensions.insert(Peer(SocketAddr::from(([10, 0, 0, 1], 4000))));
        let address = |hops| client_address(&parts, hops).unwrap().to_string();
        assert_eq!(address(0), "10.0.0.1");
        assert_eq!(address(1), "192.0.2.1");
        assert_eq!(address(2), "203.0.113.5");
        assert_eq!(address(9), "10.0.0.1");
    }
}
