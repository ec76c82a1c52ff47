//! Files of letters lie in the letters, which we keep.

use bytes::Bytes;
use contracts::channel::Attachment;
use futures::{StreamExt, stream};
use gateway_kit::{Download, FetchError};
use object_store::{ObjectStoreExt, path::Path};

use crate::Email;

/// What an attachment needs to be found again: the letter's place in the object store, and its number in the letter.
#[must_use]
pub fn reference(object_key: &str, number: u32) -> String {
    format!("{object_key}#{number}")
}

/// Takes one file out of its letter.
///
/// # Errors
/// [`FetchError`].
pub async fn open(email: &Email, attachment: &Attachment) -> Result<Download, FetchError> {
    let gone = || FetchError::Gone("the letter has no such file".to_owned());
    let (key, number) = attachment.remote_ref.rsplit_once('#').ok_or_else(gone)?;
    let number: u32 = number.parse().map_err(|_| gone())?;
    if !key.starts_with(&format!("in/{}/letters/", email.account)) {
        return Err(gone());
    }
    let later = |text: &str| FetchError::Temporary { text: text.to_owned(), retry_after: None };
    let objects = email.objects().ok_or_else(|| later("there is no object store yet"))?;
    let letter = match objects.get(&Path::from(key)).await {
        Ok(found) => found.bytes().await.map_err(|_| later("the object store does not give the letter"))?,
        Err(object_store::Error::NotFound { .. }) => return Err(FetchError::Gone("the letter is gone".to_owned())),
        Err(_) => return Err(later("the object store does not give the letter")),
    };
    let (bytes, mime_type) = file(&letter, number).ok_or_else(gone)?;
    let size_bytes = Some(bytes.len() as u64);
    let bytes = stream::once(async move { Ok(bytes) }).boxed();
    Ok(Download { size_bytes, mime_type: Some(mime_type).filter(|mime| !mime.is_empty()), bytes })
}

fn file(raw: &[u8], number: u32) -> Option<(Bytes, String)> {
    let letter = letter::parse(raw, &letter::Limits::default()).ok()?;
    let file = letter.attachments.iter().find(|file| file.number == number)?;
    Some((Bytes::from(file.content(raw).into_owned()), file.content_type.clone()))
}
