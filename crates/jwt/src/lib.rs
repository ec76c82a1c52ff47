//! Signed tokens (JWS compact, RFC 7515) with two algorithms and nothing to choose: EdDSA over Ed25519 (RFC 8037) for the
//! edge's tokens, HS256 for what a site signs for its web chat. The cryptography is ring's.
//!
//! A key knows its algorithm; what a token says of itself can only be refused. Whoever opens a token checks its claims:
//! here it is only sure that the holder of the key has made them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longer ones are read by nobody.
const LONGEST_BYTES: usize = 16 * 1024;
const EDDSA: &str = "EdDSA";
const HS256: &str = "HS256";

/// Makes tokens.
pub struct SigningKey(Signing);

enum Signing {
    Ed25519(Box<Ed25519KeyPair>),
    Hs256(hmac::Key),
}

/// Opens tokens.
pub struct VerifyingKey(Verifying);

enum Verifying {
    Ed25519([u8; 32]),
    Hs256(hmac::Key),
}

/// Why a token is not opened. Nothing of the token or the key is in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("it is no token")]
    NoToken,
    #[error("it is signed in another way")]
    Algorithm,
    #[error("its signature does not fit")]
    Signature,
    #[error("its claims are not the expected ones")]
    Claims(#[source] serde_json::Error),
}

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
}

/// What of a header matters; what must be understood (`crit`) is not.
#[derive(Deserialize)]
struct Seen {
    alg: String,
    crit: Option<serde::de::IgnoredAny>,
}

impl SigningKey {
    /// Ed25519 from its 32-byte seed; `None` when ring refuses it.
    #[must_use]
    pub fn ed25519(seed: &[u8; 32]) -> Option<Self> {
        Some(Self(Signing::Ed25519(Box::new(Ed25519KeyPair::from_seed_unchecked(seed).ok()?))))
    }

    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self(Signing::Hs256(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// What others verify with; `None` for a secret.
    #[must_use]
    pub fn public_key(&self) -> Option<[u8; 32]> {
        match &self.0 {
            Signing::Ed25519(pair) => pair.public_key().as_ref().try_into().ok(),
            Signing::Hs256(_) => None,
        }
    }

    /// The claims as a token.
    ///
    /// # Errors
    /// When the claims do not become JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let alg = match &self.0 {
            Signing::Ed25519(_) => EDDSA,
            Signing::Hs256(_) => HS256,
        };
        let header = serde_json::to_vec(&Header { typ: "JWT", alg })?;
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(serde_json::to_vec(claims)?));
        let signature = match &self.0 {
            Signing::Ed25519(pair) => BASE64.encode(pair.sign(signed.as_bytes())),
            Signing::Hs256(key) => BASE64.encode(hmac::sign(key, signed.as_bytes())),
        };
        Ok(format!("{signed}.{signature}"))
    }
}

impl VerifyingKey {
    #[must_use]
    pub fn ed25519(public: [u8; 32]) -> Self {
        Self(Verifying::Ed25519(public))
    }

    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self(Verifying::Hs256(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The claims of a token that was signed with this key. Dates and names in it are the caller's to check.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open<C: DeserializeOwned>(&self, token: &str) -> Result<C, OpenError> {
        serde_json::from_slice(&self.payload(token)?).map_err(OpenError::Claims)
    }

    fn payload(&self, token: &str) -> Result<Vec<u8>, OpenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(OpenError::NoToken)?;
        let (header, payload) = signed.split_once('.').ok_or(OpenError::NoToken)?;
        if token.len() > LONGEST_BYTES || payload.contains('.') {
            return Err(OpenError::NoToken);
        }
        let header: Seen = serde_json::from_slice(&decode(header)?).map_err(|_| OpenError::NoToken)?;
        let (alg, fits) = self.check(signed.as_bytes(), &decode(signature)?);
        if header.alg != alg || header.crit.is_some() {
            return Err(OpenError::Algorithm);
        }
        if fits { decode(payload) } else { Err(OpenError::Signature) }
    }

    fn check(&self, signed: &[u8], signature: &[u8]) -> (&'static str, bool) {
        match &self.0 {
            Verifying::Ed25519(key) => (EDDSA, UnparsedPublicKey::new(&ED25519, key).verify(signed, signature).is_ok()),
            Verifying::Hs256(key) => (HS256, hmac::verify(key, signed, signature).is_ok()),
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, OpenError> {
    BASE64.decode(part).map_err(|_| OpenError::NoToken)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    /// RFC 8037, appendix A.
    #[test]
    fn the_example_of_ed25519_is_signed_and_opened() {
        let seed = bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").try_into().unwrap();
        let public = SigningKey::ed25519(&seed).unwrap().public_key().unwrap();
        assert_eq!(public.to_vec(), bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIb\
                     QR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let payload = VerifyingKey::ed25519(public).payload(token).unwrap();
        assert_eq!(payload, b"Example of Ed25519 signing");
    }

    /// RFC 7515, appendix A.1.
    #[test]
    fn the_example_of_hs256_is_opened() {
        let secret = bytes("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6\
                     Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let claims: Value = VerifyingKey::hs256(&secret).open(token).unwrap();
        assert_eq!(claims["iss"], "joe");
    }

    #[test]
    fn a_token_comes_back_and_another_key_does_not_open_it() {
        let claims = json!({ "sub": "42" });
        let key = |byte| SigningKey::ed25519(&[byte; 32]).unwrap();
        let token = key(1).sign(&claims).unwrap();
        let open = |byte| VerifyingKey::ed25519(key(byte).public_key().unwrap()).open::<Value>(&token);
        assert_eq!(open(1).unwrap(), claims);
        assert!(matches!(open(2), Err(OpenError::Signature)));
        let token = SigningKey::hs256(b"one").sign(&claims).unwrap();
        assert_eq!(VerifyingKey::hs256(b"one").open::<Value>(&token).unwrap(), claims);
        assert!(matches!(VerifyingKey::hs256(b"two").open::<Value>(&token), Err(OpenError::Signature)));
        assert!(matches!(VerifyingKey::hs256(b"one").open::<Vec<u8>>(&token), Err(OpenError::Claims(_))));
    }

    #[test]
    fn what_a_token_says_of_itself_changes_nothing() {
        let public = SigningKey::ed25519(&[1; 32]).unwrap().public_key().unwrap();
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &public);
        let payload = BASE64.encode(r#"{"sub":"42"}"#);
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"HS256"}"#, // with the public key for a secret
            r#"{"alg":"EdDSA","crit":["exp"]}"#,
            r#"{"alg":"eddsa"}"#,
        ] {
            let signed = format!("{}.{payload}", BASE64.encode(header));
            for signature in [String::new(), BASE64.encode(hmac::sign(&secret, signed.as_bytes()))] {
                let opened = VerifyingKey::ed25519(public).open::<Value>(&format!("{signed}.{signature}"));
                assert!(matches!(opened, Err(OpenError::Algorithm)), "{header}");
            }
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let key = VerifyingKey::hs256(b"one");
        let token = SigningKey::hs256(b"one").sign(&json!({})).unwrap();
        let long = format!("{token}.{}", "A".repeat(LONGEST_BYTES));
        for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30", &format!("{token}="), &format!("{token}.e30"), &long]
        {
            assert!(key.open::<Value>(text).is_err(), "{text}");
        }
    }
}
