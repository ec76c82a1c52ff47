//! Small secrets that a gateway comes by while it works (a refresh token that was replaced): sealed with the account's own key,
//! kept by router as they are, and given back with the account's settings.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bus::seal::ChannelKey;
use contracts::channel::{Inbound, Kept, Sealed, inbound::Body};
use model::{AccountId, Channel};
use prost::Message as _;

use crate::{AccountSetup, OWN_KEY};

/// The setting under which [`AccountSetup`] gives back what was kept, in base64. No account can set it.
pub const KEPT: &str = "_kept";

/// Seals and opens what one account keeps.
#[derive(Clone)]
pub struct Strongbox {
    account: AccountId,
    key: ChannelKey,
}

impl Strongbox {
    /// `None`: there is no key, as in a gateway's own tests.
    #[must_use]
    pub fn of(setup: &AccountSetup, channel: &Channel) -> Option<Self> {
        let key = ChannelKey::parse(channel, setup.get(OWN_KEY)).ok()?;
        Some(Self { account: setup.account, key })
    }

    /// What this account has kept. `None`: nothing, or it was sealed with another key.
    #[must_use]
    pub fn kept(&self, setup: &AccountSetup) -> Option<Vec<u8>> {
        let sealed = Sealed::decode(BASE64_STANDARD.decode(setup.get(KEPT)).ok()?.as_slice()).ok()?;
        if sealed.r#box.is_empty() { None } else { self.key.open(self.account, &sealed).ok() }
    }

    /// The fact that has router keep this in place of what was kept before. `None`: the system gives no random bytes.
    #[must_use]
    pub fn keep(&self, plain: &[u8]) -> Option<Inbound> {
        let sealed = self.key.seal(self.account, plain).ok()?.encode_to_vec();
        let key = format!("kept_secret:{}", crate::words::hash(&sealed));
        Some(Inbound { key, body: Some(Body::Kept(Kept { sealed })), ..Inbound::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(kept: &str) -> AccountSetup {
        let own = BASE64_STANDARD.encode([7; 32]);
        let settings = [(OWN_KEY.to_owned(), own), (KEPT.to_owned(), kept.to_owned())];
        AccountSetup { account: AccountId::new(), settings: settings.into(), allow_private_addresses: false }
    }

    #[test]
    fn what_is_kept_comes_back_to_its_account_alone() {
        let channel: Channel = "test".parse().unwrap();
        let empty = setup("");
        let strongbox = Strongbox::of(&empty, &channel).unwrap();
        assert_eq!(strongbox.kept(&empty), None);
        let Some(Body::Kept(Kept { sealed })) = strongbox.keep(b"secret").unwrap().body else { panic!() };
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        let mut back = setup(&BASE64_STANDARD.encode(&sealed));
        assert_eq!(Strongbox::of(&back, &channel).unwrap().kept(&back), None, "another account's");
        back.account = empty.account;
        assert_eq!(Strongbox::of(&back, &channel).unwrap().kept(&back).as_deref(), Some(&b"secret"[..]));
    }
}
