//! Channel secrets at rest: ChaCha20-Poly1305 under a key derived per channel, bound to the account.

use base64::{Engine, prelude::BASE64_STANDARD};
use contracts::channel::Sealed;
use model::{AccountId, Channel};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf,
    rand::{SecureRandom, SystemRandom},
};

/// Why a secret cannot be opened or sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("a key is 32 bytes in base64")]
    BadKey,
    #[error("sealed with key {sealed}, but {held} is held: rotate the key back or enter the secrets again")]
    OtherKey { sealed: String, held: String },
    #[error("the sealed bytes were changed, or belong to another account")]
    Forged,
    #[error("the system gives no random bytes")]
    NoRandom,
}

/// The root key, held by router only (`OKNO_SECRETS_KEY`).
#[derive(Clone)]
pub struct RootKey([u8; 32]);

impl RootKey {
    /// Reads base64.
    ///
    /// # Errors
    /// [`SealError::BadKey`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        parse(text).map(Self)
    }

    /// The key of one channel: HKDF-SHA256 with the channel's name.
    #[must_use]
    pub fn for_channel(&self, channel: &Channel) -> ChannelKey {
        let info = format!("okno channel {channel}");
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]);
        let mut key = [0; 32];
        let pseudo_random = salt.extract(&self.0);
        let info = [info.as_bytes()];
        let derived = pseudo_random.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
        debug_assert!(derived.is_ok(), "32 bytes are within HKDF's limit");
        ChannelKey { channel: channel.clone(), key }
    }
}

/// What an adapter holds: the derived key of its channel.
#[derive(Clone)]
pub struct ChannelKey {
    channel: Channel,
    key: [u8; 32],
}

impl ChannelKey {
    /// Reads base64 (`OKNO_SECRETS_KEY_<CHANNEL>`).
    ///
    /// # Errors
    /// [`SealError::BadKey`].
    pub fn parse(channel: &Channel, text: &str) -> Result<Self, SealError> {
        Ok(Self { channel: channel.clone(), key: parse(text)? })
    }

    /// In base64, to hand it to an adapter's deployment.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(self.key)
    }

    /// Names the key without telling it.
    #[must_use]
    pub fn key_id(&self) -> String {
        hex(&digest::digest(&digest::SHA256, &self.key).as_ref()[..4])
    }

    /// A key of one account for one purpose, the same in every process that holds this one.
    #[must_use]
    pub fn derive(&self, account: AccountId, purpose: &str) -> [u8; 32] {
        let info = format!("okno account {account} {purpose}");
        let mut key = [0; 32];
        let pseudo_random = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&self.key);
        let info = [info.as_bytes()];
        let derived = pseudo_random.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
        debug_assert!(derived.is_ok(), "32 bytes are within HKDF's limit");
        key
    }

    /// Seals for one account.
    ///
    /// # Errors
    /// [`SealError::NoRandom`].
    pub fn seal(&self, account: AccountId, plain: &[u8]) -> Result<Sealed, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::NoRandom)?;
        let mut sealed = plain.to_vec();
        let aad = Aad::from(self.bound_to(account));
        self.aead()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| SealError::NoRandom)?;
        Ok(Sealed { key_id: self.key_id(), r#box: [nonce.as_slice(), &sealed].concat() })
    }

    /// Opens what was sealed for this account.
    ///
    /// # Errors
    /// [`SealError::OtherKey`], [`SealError::Forged`].
    pub fn open(&self, account: AccountId, sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        if sealed.key_id != self.key_id() {
            return Err(SealError::OtherKey { sealed: sealed.key_id.clone(), held: self.key_id() });
        }
        let (nonce, body) = sealed.r#box.split_at_checked(NONCE_LEN).ok_or(SealError::Forged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Forged)?;
        let mut body = body.to_vec();
        let aad = Aad::from(self.bound_to(account));
        let plain = self.aead()?.open_in_place(nonce, aad, &mut body).map_err(|_| SealError::Forged)?;
        Ok(plain.to_vec())
    }

    fn aead(&self) -> Result<LessSafeKey, SealError> {
        Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &self.key).map_err(|_| SealError::BadKey)?))
    }

    fn bound_to(&self, account: AccountId) -> Vec<u8> {
        format!("{}.{account}", self.channel).into_bytes()
    }
}

fn parse(text: &str) -> Result<[u8; 32], SealError> {
    let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| SealError::BadKey)?;
    bytes.try_into().map_err(|_| SealError::BadKey)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ChannelKey {
        RootKey([7; 32]).for_channel(&"telegram".parse().unwrap())
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_account_only() {
        let (account, other) = (AccountId::new(), AccountId::new());
        let sealed = key().seal(account, b"token").unwrap();
        assert_eq!(key().open(account, &sealed).unwrap(), b"token");
        assert!(matches!(key().open(other, &sealed), Err(SealError::Forged)));
    }

    #[test]
    fn another_channels_key_opens_nothing() {
        let account = AccountId::new();
        let sealed = key().seal(account, b"token").unwrap();
        let other = RootKey([7; 32]).for_channel(&"email".parse().unwrap());
        assert!(matches!(other.open(account, &sealed), Err(SealError::OtherKey { .. })));
    }

    #[test]
    fn a_handed_over_key_is_the_same_key() {
        let parsed = ChannelKey::parse(&"telegram".parse().unwrap(), &key().to_base64()).unwrap();
        assert_eq!(parsed.key_id(), key().key_id());
    }
}
