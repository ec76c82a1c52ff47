//! One-time codes by RFC 6238: SHA-1, six digits, 30 s, one step of skew: what every authenticator app speaks.

use ring::rand::{SecureRandom as _, SystemRandom};
use totp_rs::{Algorithm, Builder, Totp};

use super::seal::SealError;

const SECRET_BYTES: usize = 20;

/// A fresh secret.
///
/// # Errors
/// [`SealError::NoRandom`].
pub fn new_secret() -> Result<Vec<u8>, SealError> {
    let mut secret = vec![0; SECRET_BYTES];
    SystemRandom::new().fill(&mut secret).map_err(|_| SealError::NoRandom)?;
    Ok(secret)
}

/// The step that this code belongs to, if it is good at `unix_seconds`. Each step is to be accepted once.
#[must_use]
pub fn matching_step(secret: &[u8], code: &str, unix_seconds: i64) -> Option<i64> {
    let time = u64::try_from(unix_seconds).ok()?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    totp(secret)?.check(&digits, time).and_then(|step| i64::try_from(step).ok())
}

/// For typing into an app.
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    totp_rs::Secret::new(secret.into()).to_base32()
}

/// For a QR code: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>, read 2026-11-24.
#[must_use]
pub fn otpauth_url(secret: &[u8], login: &str) -> String {
    let login: String = url_encoded(login);
    format!("otpauth://totp/Okno:{login}?secret={}&issuer=Okno&algorithm=SHA1&digits=6&period=30", base32(secret))
}

fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
        .build()
        .ok()
}

/// The code of this moment, as an app would show it.
#[cfg(test)]
#[must_use]
pub fn code_at(secret: &[u8], unix_seconds: i64) -> String {
    totp(secret).expect("a secret of 20 bytes").generate(unix_seconds.unsigned_abs()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code_at(secret, time), code);
            assert_eq!(matching_step(secret, code, time), Some(time / 30));
        }
    }

    #[test]
    fn a_code_is_good_one_step_around_its_own() {
        let secret = new_secret().unwrap();
        let code = code_at(&secret, 3_000);
        assert_eq!(matching_step(&secret, &format!("{} {}", &code[..3], &code[3..]), 3_000), Some(100));
        assert_eq!(matching_step(&secret, &code, 3_030), Some(100));
        assert_eq!(matching_step(&secret, &code, 3_060), None);
        for code in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(matching_step(&secret, code, 3_000), None);
        }
    }

    #[test]
    fn the_url_is_what_apps_read() {
        let url = otpauth_url(b"12345678901234567890", "оператор@example.com");
        assert!(url.starts_with("otpauth://totp/Okno:%D0%BE"));
        assert!(url.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Okno"));
    }
}
