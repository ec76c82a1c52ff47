//! A letter's bytes are kept before it is told of: whatever we make of it today, it can be read again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use contracts::channel::Inbound;
use letter::{Broken, Letter, Limits};
use model::AccountId;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use objects::Pack;
use tokio::{task::spawn_blocking, time::timeout};
use tracing::warn;

use crate::{
    Email,
    config::ReplyTokens,
    error::MailboxError,
    normalize,
    wire::{self, Place},
};

const STORE_WAIT: Duration = Duration::from_secs(20);

/// Keeps the letters of an account.
#[derive(Clone)]
pub struct Keeper {
    objects: Arc<dyn ObjectStore>,
    account: AccountId,
    reply: ReplyTokens,
}

impl Keeper {
    /// # Errors
    /// The connection is not at work yet.
    pub fn of(email: &Email) -> Result<Self, MailboxError> {
        let objects = email.objects().ok_or_else(|| MailboxError::Broken("there is no object store yet".to_owned()))?;
        Ok(Self::with(objects, email.account, &email.settings.reply))
    }

    /// The same where the connection is not at work: any replica takes letters that are brought.
    pub fn with(objects: Arc<dyn ObjectStore>, account: AccountId, reply: &ReplyTokens) -> Self {
        Self { objects, account, reply: reply.clone() }
    }

    /// Stores a letter and makes its facts. The names are made of the bytes: one that comes again is stored once.
    ///
    /// # Errors
    /// When the object store does not take it: the letter stays where it is, and is fetched again.
    pub async fn letter(&self, mut place: Place, bytes: Bytes) -> Result<Vec<Inbound>, MailboxError> {
        let name = format!("{}/{}", self.folder(), gateway_kit::words::hash(&bytes));
        place.object_key = format!("{name}.eml");
        self.put_once(&place.object_key, bytes.clone()).await?;
        let letter = Apart::of(&bytes);
        if let Some(html) = &letter.html {
            place.html_object_key = format!("{name}.html");
            self.put_once(&place.html_object_key, html.clone().into()).await?;
        }
        Ok(self.facts(place, &bytes, &letter))
    }

    /// Stores small letters in one file and makes the facts of each: a file of its own takes longer than the letter. One
    /// that comes again in other company is stored again.
    ///
    /// # Errors
    /// As [`Keeper::letter`], for all of them.
    pub async fn together(&self, letters: Vec<(Place, Bytes)>) -> Result<Vec<Vec<Inbound>>, MailboxError> {
        let keeper = self.clone();
        let packing = spawn_blocking(move || keeper.pack(letters));
        let packed = packing.await.map_err(|_| MailboxError::Broken("letters could not be packed".to_owned()))?;
        self.put(&packed.key, packed.bytes).await?;
        Ok(packed.facts)
    }

    fn pack(&self, letters: Vec<(Place, Bytes)>) -> Packed {
        let mut pack = Pack::default();
        let named = letters.into_iter().map(|(place, bytes)| {
            let letter = Apart::of(&bytes);
            let raw = pack.add(&bytes, "eml");
            let html = letter.html.as_ref().map(|html| pack.add(html.as_bytes(), "html"));
            (place, bytes, letter, raw, html)
        });
        let named: Vec<_> = named.collect();
        let (key, bytes) = pack.seal(&self.folder());
        let facts = named.into_iter().map(|(mut place, bytes, letter, raw, html)| {
            place.object_key = format!("{key}/{raw}");
            place.html_object_key = html.map(|html| format!("{key}/{html}")).unwrap_or_default();
            self.facts(place, &bytes, &letter)
        });
        Packed { facts: facts.collect(), key, bytes }
    }

    fn facts(&self, mut place: Place, bytes: &[u8], letter: &Apart) -> Vec<Inbound> {
        let tokens = self.reply.tokens.as_ref();
        place.token = letter.letter.as_ref().ok().and_then(|it| tokens?.conversation(it)).map(|id| id.to_string());
        normalize::taken(self.account, &place, bytes, &letter.letter, || wire::pack(&place, bytes))
    }

    fn folder(&self) -> String {
        format!("in/{}/letters", self.account)
    }

    /// What is there under this name is the same.
    async fn put_once(&self, key: &str, bytes: Bytes) -> Result<(), MailboxError> {
        let (path, size) = (Path::from(key), bytes.len() as u64);
        let known = timeout(STORE_WAIT, self.objects.head(&path)).await.map_err(|_| slow())?;
        if known.is_ok_and(|there| there.size == size) { Ok(()) } else { self.put(key, bytes).await }
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), MailboxError> {
        match timeout(STORE_WAIT, self.objects.put(&Path::from(key), bytes.into())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                warn!(account.id = %self.account, %error, "the object store refused a letter");
                Err(MailboxError::Broken("the object store refused a letter".to_owned()))
            }
            Err(_) => Err(slow()),
        }
    }
}

fn slow() -> MailboxError {
    MailboxError::Broken("the object store does not answer in time".to_owned())
}

/// Letters in one file, and what is told of each.
struct Packed {
    key: String,
    bytes: Bytes,
    facts: Vec<Vec<Inbound>>,
}

/// A letter that was taken apart, and its HTML made safe.
struct Apart {
    letter: Result<Letter, Broken>,
    html: Option<String>,
}

impl Apart {
    fn of(bytes: &[u8]) -> Self {
        let letter = letter::parse(bytes, &Limits::default());
        let html = letter.as_ref().ok().and_then(|letter| letter.html.as_deref());
        let html = html.map(|html| letter::sanitize(html, |id| Some(format!("cid:{}", encoded(id)))).html);
        Self { letter, html }
    }
}

/// An id of a picture as it stands in an address.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'@' | b'$' | b'+');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    id.bytes().map(one).collect()
}
