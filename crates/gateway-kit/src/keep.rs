//! Bytes from outside into the object store, within bounds, and looked at on the way: what a file is says `filetype`, here
//! as at the edge.

use std::time::Duration;

use contracts::channel::Attachment;
use filetype::Head;
use futures::StreamExt;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart, path::Path};
use ring::digest::{Context, SHA256};
use tokio::time::timeout;
use tracing::warn;

use crate::{Download, FetchError, text::hex};

/// Until the next bytes come, or are stored.
const BYTES_WAIT: Duration = Duration::from_secs(60);
/// Parts of one file that are written at the same time.
const WRITES: usize = 2;

/// What the bytes told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kept {
    pub size_bytes: u64,
    /// In hex.
    pub sha256: String,
    pub mime_type: String,
    /// Of a picture, in pixels.
    pub width_height: Option<(u32, u32)>,
}

impl Kept {
    pub(crate) fn onto(self, attachment: Attachment) -> Attachment {
        let (width, height) = self.width_height.unwrap_or((attachment.width, attachment.height));
        let size_bytes = i64::try_from(self.size_bytes).unwrap_or(i64::MAX);
        Attachment { size_bytes, width, height, mime_type: self.mime_type, sha256: self.sha256, ..attachment }
    }
}

/// Stores a file under `key`: at most `limit` bytes, and exactly as many as `download` announces. `announced` is what
/// the sender calls it. What breaks off leaves nothing behind.
///
/// # Errors
/// [`FetchError`].
pub async fn keep(
    objects: &dyn ObjectStore,
    key: &str,
    download: Download,
    limit: u64,
    announced: &str,
) -> Result<Kept, FetchError> {
    if download.size_bytes.is_some_and(|size| size > limit) {
        return Err(FetchError::TooLarge);
    }
    let path = Path::from(key);
    let upload = objects.put_multipart(&path).await.map_err(not_stored)?;
    let mut writer = WriteMultipart::new(upload);
    match copy(download, &mut writer, limit, announced).await {
        Ok(kept) => {
            timeout(BYTES_WAIT, writer.finish()).await.map_err(|_| slow_store())?.map_err(not_stored)?;
            Ok(kept)
        }
        Err(error) => {
            if let Err(error) = writer.abort().await {
                warn!(%error, "a broken upload was left behind");
            }
            Err(error)
        }
    }
}

async fn copy(
    mut download: Download,
    writer: &mut WriteMultipart,
    limit: u64,
    announced: &str,
) -> Result<Kept, FetchError> {
    let (mut size_bytes, mut head, mut hash) = (0, Head::default(), Context::new(&SHA256));
    loop {
        let next = timeout(BYTES_WAIT, download.bytes.next()).await;
        let Some(part) = next.map_err(|_| temporary("the sender stopped in the middle of a file"))? else { break };
        let part = part?;
        size_bytes += part.len() as u64;
        if size_bytes > limit {
            return Err(FetchError::TooLarge);
        }
        hash.update(&part);
        head.take(&part);
        timeout(BYTES_WAIT, writer.wait_for_capacity(WRITES)).await.map_err(|_| slow_store())?.map_err(not_stored)?;
        writer.put(part);
    }
    if download.size_bytes.is_some_and(|announced| announced != size_bytes) {
        return Err(temporary("the file ended before its announced size"));
    }
    let announced = [announced, download.mime_type.as_deref().unwrap_or_default()].into_iter().find(|m| !m.is_empty());
    let sniffed = head.sniff();
    Ok(Kept {
        size_bytes,
        sha256: hex(hash.finish().as_ref()),
        mime_type: sniffed.settle(announced.unwrap_or_default()),
        width_height: (sniffed.width > 0).then_some((sniffed.width, sniffed.height)),
    })
}

pub(crate) fn temporary(text: &str) -> FetchError {
    FetchError::Temporary { text: text.to_owned(), retry_after: None }
}

fn slow_store() -> FetchError {
    temporary("the object store does not answer in time")
}

fn not_stored(error: object_store::Error) -> FetchError {
    warn!(%error, "the object store refused a file");
    temporary("the object store refused the file")
}
