//! A letter's bytes are kept before it is told of: whatever we make of it today, it can be read again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use contracts::channel::Inbound;
use letter::Limits;
use model::AccountId;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use tokio::time::timeout;
use tracing::warn;

use crate::{
    Email,
    config::ReplyTokens,
    error::MailboxError,
    normalize,
    wire::{self, Place},
};

const STORE_WAIT: Duration = Duration::from_secs(20);

/// Stores a letter and makes its facts.
///
/// # Errors
/// When the object store does not take it: the letter stays where it is, and is fetched again.
pub async fn letter(email: &Email, place: Place, bytes: Bytes) -> Result<Vec<Inbound>, MailboxError> {
    let objects = email.objects().ok_or_else(|| MailboxError::Broken("there is no object store yet".to_owned()))?;
    letter_in(&objects, email.account, &email.settings.reply, place, bytes).await
}

/// The same where the connection is not at work: any replica takes letters that are brought.
///
/// # Errors
/// As [`letter`].
pub async fn letter_in(
    objects: &Arc<dyn ObjectStore>,
    account: AccountId,
    reply: &ReplyTokens,
    mut place: Place,
    bytes: Bytes,
) -> Result<Vec<Inbound>, MailboxError> {
    let hash = gateway_kit::words::hash(&bytes);
    let store = Store { objects, account };
    place.object_key = format!("in/{account}/letters/{hash}.eml");
    store.put(&place.object_key, bytes.clone()).await?;
    let letter = letter::parse(&bytes, &Limits::default());
    let tokens = reply.tokens.as_ref();
    place.token = letter.as_ref().ok().and_then(|letter| tokens?.conversation(letter)).map(|id| id.to_string());
    if let Some(html) = letter.as_ref().ok().and_then(|letter| letter.html.as_deref()) {
        place.html_object_key = format!("in/{account}/letters/{hash}.html");
        let safe = letter::sanitize(html, |id| Some(format!("cid:{}", encoded(id)))).html;
        store.put(&place.html_object_key, safe.into()).await?;
    }
    Ok(normalize::taken(account, &place, &bytes, &letter, || wire::pack(&place, &bytes)))
}

/// An id of a picture as it stands in an address.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'@' | b'$' | b'+');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    id.bytes().map(one).collect()
}

struct Store<'a> {
    objects: &'a Arc<dyn ObjectStore>,
    account: AccountId,
}

impl Store<'_> {
    /// The name is made of the bytes: what is there is the same.
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), MailboxError> {
        let path = Path::from(key);
        let storing = async {
            match self.objects.head(&path).await {
                Ok(there) if there.size == bytes.len() as u64 => Ok(()),
                _ => self.objects.put(&path, bytes.into()).await.map(drop),
            }
        };
        match timeout(STORE_WAIT, storing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                warn!(account.id = %self.account, %error, "the object store refused a letter");
                Err(MailboxError::Broken("the object store refused a letter".to_owned()))
            }
            Err(_) => Err(MailboxError::Broken("the object store does not answer in time".to_owned())),
        }
    }
}
