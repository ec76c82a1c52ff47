//! Signatures of both directions, by Standard Webhooks 1.0.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, read 2026-11-26).

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use http::HeaderMap;
use ring::hmac;

pub const ID: &str = "webhook-id";
pub const TIMESTAMP: &str = "webhook-timestamp";
pub const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";
/// Bytes of a secret: 192 to 512 bits.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How far the other side's clock may be from ours; an older delivery is a replay.
const TOLERANCE_SECONDS: i64 = 300;
/// More signatures than a change of secrets has are an attack.
const SIGNATURES_MOST: usize = 10;

/// Signs and checks with the account's secret, and with the one before it while that one is changed.
#[derive(Clone)]
pub struct Signer(Vec<hmac::Key>);

impl Signer {
    /// `whsec_` and 24 to 64 bytes in base64; `None`: it is none.
    pub fn parse(secret: &str) -> Option<Self> {
        let bytes = BASE64.decode(secret.strip_prefix(PREFIX)?).ok()?;
        SECRET_BYTES.contains(&bytes.len()).then(|| Self(vec![hmac::Key::new(hmac::HMAC_SHA256, &bytes)]))
    }

    /// Somebody who does not know the secret.
    pub fn stranger() -> Self {
        Self(vec![hmac::Key::new(hmac::HMAC_SHA256, uuid::Uuid::now_v7().as_bytes())])
    }

    /// Signs with both, takes either.
    pub fn and(mut self, older: Self) -> Self {
        self.0.extend(older.0);
        self
    }

    /// The value of `webhook-signature`: a signature for each secret.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let message = signed(id, &seconds.to_string(), body);
        let tags = self.0.iter().map(|key| format!("v1,{}", BASE64.encode(hmac::sign(key, &message).as_ref())));
        tags.collect::<Vec<_>>().join(" ")
    }

    /// Whether these headers sign this body, now (Unix seconds). In constant time.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
        let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let (Some(id), Some(timestamp), Some(signatures)) = (header(ID), header(TIMESTAMP), header(SIGNATURE)) else {
            return false;
        };
        let fresh = timestamp.parse::<i64>().is_ok_and(|at| at.abs_diff(now) <= TOLERANCE_SECONDS.unsigned_abs());
        if !fresh || id.is_empty() {
            return false;
        }
        let message = signed(id, timestamp, body);
        let shown = signatures.split(' ').take(SIGNATURES_MOST).filter_map(|one| one.strip_prefix("v1,"));
        let good = |tag: &[u8]| self.0.iter().any(|key| hmac::verify(key, &message, tag).is_ok());
        shown.filter_map(|tag| BASE64.decode(tag).ok()).any(|tag| good(&tag))
    }
}

fn signed(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    /// Made apart from this program, with Python's hmac.
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let pairs = [(ID, id), (TIMESTAMP, timestamp), (SIGNATURE, signature)];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_signature_is_what_others_make_it() {
        let signer = Signer::parse(SECRET).unwrap();
        assert_eq!(signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, BODY), SIGNED);
    }

    #[test]
    fn only_the_whole_signature_of_these_bytes_opens_and_only_for_a_while() {
        let signer = Signer::parse(SECRET).unwrap();
        let (id, at, now) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", 1_614_265_330);
        assert!(signer.verify(&headers(id, at, SIGNED), BODY, now));
        assert!(signer.verify(&headers(id, at, &format!("v1a,xx v1,AAAA {SIGNED}")), BODY, now + 300));
        for (headers, body, now) in [
            (headers(id, at, SIGNED), BODY, now + 301),
            (headers(id, at, SIGNED), BODY, now - 301),
            (headers(id, at, SIGNED), b"{}".as_slice(), now),
            (headers("msg_other", at, SIGNED), BODY, now),
            (headers("", at, SIGNED), BODY, now),
            (headers(id, "1614265331", SIGNED), BODY, now),
            (headers(id, "soon", SIGNED), BODY, now),
            (headers(id, at, "v1,"), BODY, now),
            (headers(id, at, &SIGNED.replace("v1,", "v2,")), BODY, now),
            (headers(id, at, &format!("{}{SIGNED}", "v1,AAAA ".repeat(10))), BODY, now),
            (HeaderMap::new(), BODY, now),
        ] {
            assert!(!signer.verify(&headers, body, now), "{headers:?}");
        }
    }

    #[test]
    fn while_a_secret_changes_both_sign_and_either_opens() {
        let old = Signer::parse(SECRET).unwrap();
        let new = Signer::parse(&format!("{PREFIX}{}", BASE64.encode([7; 32]))).unwrap();
        let both = new.clone().and(old.clone());
        let signed = both.sign("id", 1_614_265_330, BODY);
        assert_eq!(signed.split(' ').count(), 2);
        for one in [&old, &new, &both] {
            assert!(one.verify(&headers("id", "1614265330", &signed), BODY, 1_614_265_330));
            let alone = one.sign("id", 1_614_265_330, BODY);
            assert!(both.verify(&headers("id", "1614265330", &alone), BODY, 1_614_265_330));
        }
        assert!(!new.verify(&headers("id", "1614265330", &old.sign("id", 1_614_265_330, BODY)), BODY, 1_614_265_330));
    }

    #[test]
    fn a_secret_has_192_to_512_bits() {
        for (bytes, good) in [(23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(Signer::parse(&format!("{PREFIX}{}", BASE64.encode(vec![1; bytes]))).is_some(), good);
        }
        for text in ["", "whsec_", "whsec_нет", &BASE64.encode([1; 32])] {
            assert!(Signer::parse(text).is_none());
        }
    }
}
