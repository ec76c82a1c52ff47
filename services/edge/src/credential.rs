use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};
use ring::digest::{SHA256, digest};
use runtime::Secret;

/// `__Host-` makes browsers insist on Secure, Path=/ and no Domain: no neighbour can set it.
pub const COOKIE_NAME: &str = "__Host-okno";
/// 400 days, the longest that browsers keep a cookie: it outlives any session, and the session's own end is what counts.
const COOKIE_SECONDS: u32 = 400 * 24 * 3600;

/// What a caller shows to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A browser's cookie; only with it must a call prove where it comes from.
    Session(Secret),
    ApiKey(Secret),
}

impl Credential {
    /// An API key wins over a cookie.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let key = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) {
            return Some(Self::ApiKey(Secret::new(key)));
        }
        cookies(headers).find(|(name, _)| *name == COOKIE_NAME).map(|(_, secret)| Self::Session(Secret::new(secret)))
    }

    /// What caches know it by.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let (Self::Session(secret) | Self::ApiKey(secret)) = self;
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.expose().as_bytes()).as_ref());
        hash[0] ^= u8::from(matches!(self, Self::ApiKey(_)));
        hash
    }
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The cookie of a fresh session. `None` when the secret holds what a cookie cannot.
#[must_use]
pub fn session_cookie(secret: &str) -> Option<HeaderValue> {
    let plain = secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'));
    let cookie = format!("{COOKIE_NAME}={secret}; Max-Age={COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if plain { HeaderValue::from_str(&cookie).ok() } else { None }
}

/// Takes the cookie away.
pub const NO_COOKIE: HeaderValue =
    HeaderValue::from_static("__Host-okno=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Option<Credential> {
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v)));
        Credential::of(&headers.collect::<HeaderMap>())
    }

    #[test]
    fn a_key_wins_over_a_cookie() {
        let cookie = Credential::Session(Secret::new("s3cret"));
        assert_eq!(of(&[("cookie", "a=b; __Host-okno=s3cret; c=d")]), Some(cookie.clone()));
        let key = Credential::ApiKey(Secret::new("okno_key"));
        assert_eq!(of(&[("cookie", "__Host-okno=s3cret"), ("authorization", "Bearer okno_key")]), Some(key));
        assert_eq!(of(&[("cookie", "okno=s3cret")]), None);
        assert_eq!(of(&[("authorization", "Basic x")]), None);
        assert_ne!(cookie.digest(), Credential::ApiKey(Secret::new("s3cret")).digest());
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let cookie = session_cookie("abc-_").unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.starts_with("__Host-okno=abc-_; "));
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(session_cookie("a; Domain=example.com").is_none());
    }
}
