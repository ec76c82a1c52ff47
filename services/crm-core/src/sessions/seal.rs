//! TOTP secrets at rest: ChaCha20-Poly1305 under a key derived from the installation's root, bound to the employee.

use model::EmployeeId;
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
    rand::{SecureRandom as _, SystemRandom},
};

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the machine gives no randomness")]
    NoRandom,
    #[error("the sealed TOTP secret does not open: was OKNO_SECRETS_KEY changed?")]
    Closed,
}

/// Seals and opens. Made of `OKNO_SECRETS_KEY`.
#[derive(Clone)]
pub struct TotpKey([u8; 32]);

impl TotpKey {
    /// `None` only when HKDF refuses, which 32 bytes never make it do.
    #[must_use]
    pub fn derive(root: &[u8; 32]) -> Option<Self> {
        let mut key = [0; 32];
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(root);
        extracted.expand(&[b"okno crm totp"], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).ok()?;
        Some(Self(key))
    }

    /// # Errors
    /// [`SealError::NoRandom`].
    pub fn seal(&self, of: EmployeeId, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::NoRandom)?;
        let mut sealed = secret.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(of.0.into_bytes()), &mut sealed)
            .map_err(|_| SealError::NoRandom)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// # Errors
    /// [`SealError::Closed`].
    pub fn open(&self, of: EmployeeId, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::Closed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Closed)?;
        let mut body = body.to_vec();
        let opened = self.cipher()?.open_in_place(nonce, Aad::from(of.0.into_bytes()), &mut body);
        Ok(opened.map_err(|_| SealError::Closed)?.to_vec())
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &self.0).map_err(|_| SealError::Closed)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_employee_and_key_only() {
        let key = TotpKey::derive(&[7; 32]).unwrap();
        let (one, other) = (EmployeeId::new(), EmployeeId::new());
        let sealed = key.seal(one, b"secret").unwrap();
        assert_eq!(key.open(one, &sealed).unwrap(), b"secret");
        assert!(key.open(other, &sealed).is_err());
        assert!(TotpKey::derive(&[8; 32]).unwrap().open(one, &sealed).is_err());
        assert!(key.open(one, b"short").is_err());
    }
}
