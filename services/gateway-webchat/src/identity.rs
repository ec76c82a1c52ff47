//! What a site signs for its customers: a JWT (RFC 7519), HS256 with one of the account's identity secrets.

use jwt::VerifyingKey;
use model::AccountId;
use runtime::Secret;
use serde::Deserialize;

use crate::person::{Person, address_of};

const JWT_BYTES: usize = 8 * 1024;
const SUB_CHARS: usize = 256;
/// A JWT is for one visit: a copied one must not open a history for ever.
const LIFE_SECONDS: i64 = 86_400;
/// The site's clock may be off by this much.
const LEEWAY_SECONDS: i64 = 60;

#[derive(Deserialize)]
struct Claims {
    sub: Sub,
    exp: i64,
    iat: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
}

/// Sites number their customers, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sub {
    Text(String),
    Number(i64),
}

/// The person that a JWT vouches for at `now` (Unix seconds); `None`: wrong, expired, or too long-lived.
#[must_use]
pub fn verify(account: AccountId, secrets: &[Secret], jwt: &str, now: i64) -> Option<Person> {
    if jwt.len() > JWT_BYTES {
        return None;
    }
    let claims = secrets.iter().find_map(|secret| open(jwt, secret))?;
    let lives = claims.exp > now - LEEWAY_SECONDS && claims.iat <= now + LEEWAY_SECONDS;
    let short = claims.exp.checked_sub(claims.iat).is_some_and(|life| (0..=LIFE_SECONDS).contains(&life));
    let sub = match claims.sub {
        Sub::Text(text) => text,
        Sub::Number(number) => number.to_string(),
    };
    let named = !sub.trim().is_empty() && sub.chars().count() <= SUB_CHARS;
    (lives && short && named).then(|| Person {
        address: address_of(account, &sub),
        name: tidy(&claims.name, 200),
        email: tidy(&claims.email, 254),
        phone: tidy(&claims.phone, 32),
        until: claims.exp.saturating_add(LEEWAY_SECONDS),
    })
}

fn open(jwt: &str, secret: &Secret) -> Option<Claims> {
    VerifyingKey::hs256(secret.expose().as_bytes()).open(jwt).ok()
}

fn tidy(text: &str, most: usize) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use jwt::SigningKey;
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const NEXT: &str = "fedcba9876543210fedcba9876543210";

    fn jwt(claims: &Value, secret: &str) -> String {
        SigningKey::hs256(secret.as_bytes()).sign(claims).unwrap()
    }

    fn read(claims: &Value, secret: &str) -> Option<Person> {
        let secrets = [Secret::new(SECRET), Secret::new(NEXT)];
        verify(AccountId::default(), &secrets, &jwt(claims, secret), NOW)
    }

    #[test]
    fn either_secret_opens_and_no_other() {
        let claims =
            json!({ "sub": "42", "iat": NOW, "exp": NOW + 3600, "name": " Анна\n", "email": "anna@example.com" });
        for secret in [SECRET, NEXT] {
            let person = read(&claims, secret).unwrap();
            assert_eq!((person.name.as_str(), person.email.as_str()), ("Анна", "anna@example.com"));
            assert_eq!(person.until, NOW + 3600 + LEEWAY_SECONDS);
        }
        assert_eq!(read(&claims, "another secret, unknown to the account"), None);
        let numbered = json!({ "sub": 42, "iat": NOW, "exp": NOW + 60 });
        assert!(read(&numbered, SECRET).is_some());
    }

    #[test]
    fn what_has_expired_or_lives_too_long_is_refused() {
        for claims in [
            json!({ "sub": "42", "iat": NOW - 7200, "exp": NOW - 3600 }),
            json!({ "sub": "42", "iat": NOW, "exp": NOW + 86_401 }),
            json!({ "sub": "42", "iat": NOW + 3600, "exp": NOW + 7200 }),
            json!({ "sub": "42", "iat": NOW, "exp": NOW - 10 }),
            json!({ "sub": " ", "iat": NOW, "exp": NOW + 60 }),
            json!({ "sub": "42", "exp": NOW + 60 }),
            json!({ "iat": NOW, "exp": NOW + 60 }),
            json!({ "sub": "42", "iat": i64::MIN, "exp": i64::MAX }),
        ] {
            assert_eq!(read(&claims, SECRET), None, "{claims}");
        }
    }

    #[test]
    fn another_algorithm_is_refused() {
        let claims = json!({ "sub": "42", "iat": NOW, "exp": NOW + 60 });
        let body = jwt(&claims, SECRET).split('.').nth(1).unwrap().to_owned();
        let unsigned = format!("eyJhbGciOiJub25lIn0.{body}.");
        assert_eq!(verify(AccountId::default(), &[Secret::new(SECRET)], &unsigned, NOW), None);
    }
}
