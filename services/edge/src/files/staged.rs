//! Uploads while they grow: apart from the files, so that nobody reads half of one and none writes over another.

use std::{
    io::ErrorKind,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use model::FileId;
use object_store::{Error, ObjectStoreExt as _, WriteMultipart, path::Path as Key};
use tracing::warn;

use super::{
    Files, Refusal,
    incoming::{Received, receive},
    upload::LONGEST,
};

const FOLDER: &str = "staged";
/// What an edge that was killed has left is older than any upload may last.
const LEFT_BEHIND: Duration = LONGEST.saturating_mul(2);

/// An upload in a place of its own.
pub struct Staged<'a> {
    files: &'a Files,
    key: Key,
    pub writer: WriteMultipart,
}

impl Files {
    pub async fn stage(&self, file_id: FileId) -> Result<Staged<'_>, Refusal> {
        let key = Key::from(format!("{FOLDER}/{file_id}-{}", uuid::Uuid::now_v7().simple()));
        let writer = WriteMultipart::new(self.store.put_multipart(&key).await?);
        Ok(Staged { files: self, key, writer })
    }

    /// Reads a stored file of `size` bytes once more, to know what it is.
    pub async fn read(&self, key: &Key, size: u64) -> Result<Received, Refusal> {
        receive(None, self.store.get(key).await?.into_stream(), size).await
    }

    /// Removes what uploads have left behind whose edge was killed.
    pub async fn sweep(&self) {
        let folder = self.folder.join(FOLDER);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || sweep(folder)).await {
            warn!("what broken uploads have left cannot be removed: {error}");
        }
    }
}

/// By the folder itself: the store does not list a file that is half written.
fn sweep(folder: PathBuf) -> std::io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = |at| SystemTime::now().duration_since(at).is_ok_and(|age| age > LEFT_BEHIND);
        if changed.is_ok_and(is_old)
            && let Err(error) = std::fs::remove_file(entry.path())
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(())
}

impl Staged<'_> {
    /// Ends the upload and gives it its place, all at once; `false`: there was something already, which stays.
    pub async fn publish(self, key: &Key) -> Result<bool, Refusal> {
        self.writer.finish().await?;
        match self.files.store.rename_if_not_exists(&self.key, key).await {
            Ok(()) => Ok(true),
            Err(Error::AlreadyExists { .. }) => {
                self.files.store.delete(&self.key).await?;
                Ok(false)
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Leaves nothing behind.
    pub async fn give_up<T>(self, why: Refusal) -> Result<T, Refusal> {
        if let Err(error) = self.writer.abort().await {
            warn!("a broken upload was left behind: {error}");
        }
        Err(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_long_ago_is_removed_and_what_grows_is_not() {
        let folder = tempfile::tempdir().unwrap();
        sweep(folder.path().join("none yet")).unwrap();
        let (old, young) = (folder.path().join("a-1#1"), folder.path().join("b-2#1"));
        for path in [&old, &young] {
            std::fs::write(path, "half").unwrap();
        }
        let long_ago = SystemTime::now() - LEFT_BEHIND - Duration::from_secs(1);
        std::fs::File::options().append(true).open(&old).unwrap().set_modified(long_ago).unwrap();
        sweep(folder.path().to_owned()).unwrap();
        assert!(!old.exists() && young.exists());
    }
}
