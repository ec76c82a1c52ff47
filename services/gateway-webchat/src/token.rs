//! What the gateway signs: who a visitor is, an upload, a link to a file. HMAC-SHA256 with keys of the account, so that
//! every replica knows them and none stores them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::hmac;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::person::Person;

/// Longer ones are none of ours.
const TOKEN_BYTES: usize = 8 * 1024;
/// A token is good for a year.
const YEAR_SECONDS: i64 = 365 * 86_400;
/// After a day it is renewed.
const DAY_SECONDS: i64 = 86_400;
/// A clock may be this far behind another replica's.
const SKEW_SECONDS: i64 = 300;

/// Signs and checks for one account and one purpose.
#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The claims, readable, and their signature; safe in a URL.
    #[must_use]
    pub fn sign(&self, claims: &impl Serialize) -> String {
        // Our own claims always become JSON.
        let claims = serde_json::to_vec(claims).unwrap_or_default();
        let tag = hmac::sign(&self.0, &claims);
        format!("{}.{}", BASE64.encode(&claims), BASE64.encode(tag.as_ref()))
    }

    /// The claims of a token that was signed with this key; `None`: it was not, or it was changed.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        if token.len() > TOKEN_BYTES {
            return None;
        }
        let (claims, tag) = token.split_once('.')?;
        let (claims, tag) = (BASE64.decode(claims).ok()?, BASE64.decode(tag).ok()?);
        hmac::verify(&self.0, &claims, &tag).ok()?;
        serde_json::from_slice(&claims).ok()
    }
}

/// Who a visitor is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorToken {
    #[serde(rename = "v")]
    pub visitor: Uuid,
    /// Unix seconds.
    #[serde(rename = "i")]
    pub issued: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// Version of the agreement, and when it was given (ms since 1970).
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<(String, i64)>,
}

impl VisitorToken {
    /// Whether it may be used at `now` (Unix seconds).
    #[must_use]
    pub fn is_good(&self, now: i64) -> bool {
        self.issued <= now + SKEW_SECONDS && now - self.issued < YEAR_SECONDS
    }

    /// Whether it says a person whom the site no longer vouches for.
    #[must_use]
    pub fn lapsed(&self, now: i64) -> bool {
        self.person.as_ref().is_some_and(|person| person.until <= now)
    }

    #[must_use]
    pub fn wants_renewal(&self, now: i64) -> bool {
        now - self.issued >= DAY_SECONDS
    }
}

/// A file that a visitor has uploaded, to be named in a message within a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadToken {
    #[serde(rename = "v")]
    pub visitor: Uuid,
    /// Unix seconds.
    #[serde(rename = "e")]
    pub expires: i64,
    #[serde(rename = "o")]
    pub object_key: String,
    /// The contract's number.
    #[serde(rename = "k")]
    pub kind: i32,
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "m")]
    pub mime: String,
    #[serde(rename = "s")]
    pub size: i64,
    #[serde(rename = "w", default)]
    pub width: u32,
    #[serde(rename = "h", default)]
    pub height: u32,
    /// Of a recording.
    #[serde(rename = "d", default)]
    pub duration_ms: u32,
    #[serde(rename = "x")]
    pub sha256: String,
}

/// A file of a conversation, for whoever holds the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Unix seconds.
    #[serde(rename = "e")]
    pub expires: i64,
    /// Of the person whose conversation it is.
    #[serde(rename = "a")]
    pub address: String,
    #[serde(rename = "o")]
    pub object_key: String,
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "m")]
    pub mime: String,
}

impl UploadToken {
    /// Long enough for an outbox that waits for the line.
    #[must_use]
    pub fn expiry(now: i64) -> i64 {
        now + DAY_SECONDS
    }
}

impl FileLink {
    /// 24 to 25 hours: the same link within an hour, so that a browser finds what it has.
    #[must_use]
    pub fn expiry(now: i64) -> i64 {
        (now / 3600 + 25) * 3600
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn visitor(issued: i64) -> VisitorToken {
        VisitorToken { visitor: Uuid::now_v7(), issued, person: None, consent: None }
    }

    #[test]
    fn a_token_of_another_account_is_none() {
        let (ours, theirs) = (Signer::new(&[1; 32]), Signer::new(&[2; 32]));
        let claims = visitor(1_000);
        let token = ours.sign(&claims);
        assert_eq!(ours.open(&token), Some(claims));
        assert_eq!(theirs.open::<VisitorToken>(&token), None);
    }

    #[test]
    fn a_token_lives_a_year_and_is_renewed_after_a_day() {
        let token = visitor(1_000_000);
        assert!(token.is_good(1_000_000) && !token.wants_renewal(1_000_000 + DAY_SECONDS - 1));
        assert!(token.wants_renewal(1_000_000 + DAY_SECONDS));
        assert!(token.is_good(1_000_000 + YEAR_SECONDS - 1) && !token.is_good(1_000_000 + YEAR_SECONDS));
        assert!(!token.is_good(1_000_000 - SKEW_SECONDS - 1), "it comes from the future");
    }

    #[test]
    fn a_link_stays_the_same_for_an_hour() {
        assert_eq!(FileLink::expiry(7_200), FileLink::expiry(10_799));
        assert!(FileLink::expiry(10_799) - 10_799 > 86_400);
    }

    proptest! {
        #[test]
        fn nothing_that_was_changed_opens(place in 0_usize..200, to in "[A-Za-z0-9._-]") {
            let signer = Signer::new(&[7; 32]);
            let token = signer.sign(&visitor(5));
            let place = place % token.len();
            let changed = format!("{}{to}{}", &token[..place], &token[place + 1..]);
            prop_assert_eq!(signer.open::<VisitorToken>(&changed).is_some(), changed == token);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,300}") {
            prop_assert_eq!(Signer::new(&[7; 32]).open::<VisitorToken>(&text), None);
        }
    }
}
