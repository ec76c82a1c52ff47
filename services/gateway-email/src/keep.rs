//! A letter's bytes are kept before it is told of: whatever we make of it today, it can be read again.

use std::time::Duration;

use bytes::Bytes;
use contracts::channel::Inbound;
use letter::Limits;
use object_store::{ObjectStoreExt, path::Path};
use tokio::time::timeout;
use tracing::warn;

use crate::{
    Email,
    error::MailboxError,
    normalize,
    wire::{self, Place},
};

const STORE_WAIT: Duration = Duration::from_secs(20);

/// Stores a letter and makes its facts.
///
/// # Errors
/// When the object store does not take it: the letter stays where it is, and is fetched again.
pub async fn letter(email: &Email, mut place: Place, bytes: &[u8]) -> Result<Vec<Inbound>, MailboxError> {
    let hash = gateway_kit::words::hash(bytes);
    place.object_key = format!("in/{}/letters/{hash}.eml", email.account);
    store(email, &place.object_key, Bytes::copy_from_slice(bytes)).await?;
    let letter = letter::parse(bytes, &Limits::default());
    if let Some(html) = letter.as_ref().ok().and_then(|letter| letter.html.as_deref()) {
        place.html_object_key = format!("in/{}/letters/{hash}.html", email.account);
        let safe = letter::sanitize(html, |id| Some(format!("cid:{}", encoded(id)))).html;
        store(email, &place.html_object_key, safe.into()).await?;
    }
    Ok(normalize::taken(email.account, &place, bytes, &letter, || wire::pack(&place, bytes)))
}

/// An id of a picture as it stands in an address.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'@' | b'$' | b'+');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    id.bytes().map(one).collect()
}

/// The name is made of the bytes: what is there is the same.
async fn store(email: &Email, key: &str, bytes: Bytes) -> Result<(), MailboxError> {
    let Some(objects) = email.objects() else {
        return Err(MailboxError::Broken("there is no object store yet".to_owned()));
    };
    let path = Path::from(key);
    let storing = async {
        match objects.head(&path).await {
            Ok(there) if there.size == bytes.len() as u64 => Ok(()),
            _ => objects.put(&path, bytes.into()).await.map(drop),
        }
    };
    match timeout(STORE_WAIT, storing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            warn!(account.id = %email.account, %error, "the object store refused a letter");
            Err(MailboxError::Broken("the object store refused a letter".to_owned()))
        }
        Err(_) => Err(MailboxError::Broken("the object store does not answer in time".to_owned())),
    }
}
