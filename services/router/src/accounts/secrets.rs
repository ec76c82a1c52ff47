//! The secrets of an account, sealed for its channel: only router seals, only the channel's gateway opens.

use std::collections::HashMap;

use bus::seal::RootKey;
use contracts::channel::Sealed;
use model::{AccountId, Channel};

use super::domain::AccountError;

/// Opens what is stored, puts what was given over it, and seals the whole. Nothing stored and nothing given: nothing.
pub fn merge(
    root: &RootKey,
    channel: &Channel,
    account: AccountId,
    stored: &Sealed,
    given: &HashMap<String, String>,
) -> Result<Sealed, AccountError> {
    let key = root.for_channel(channel);
    let mut secrets: HashMap<String, String> = if stored.r#box.is_empty() {
        HashMap::new()
    } else {
        serde_json::from_slice(&key.open(account, stored)?).unwrap_or_default()
    };
    secrets.extend(given.iter().map(|(k, v)| (k.clone(), v.clone())));
    let plain = serde_json::to_vec(&secrets).unwrap_or_default();
    Ok(key.seal(account, &plain)?)
}
