//! A folder whose packs are read and thinned member by member, as if each were a file.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path as FilePath,
    sync::Arc,
};

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, stream, stream::BoxStream};
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    local::LocalFileSystem, path::Path,
};

use crate::pack::{ALIVE, Member};

/// Removed at the same time.
const AT_ONCE: usize = 10;

#[derive(Debug)]
pub(crate) struct Packed(Arc<LocalFileSystem>);

impl Packed {
    pub fn over(folder: LocalFileSystem) -> Self {
        Self(Arc::new(folder))
    }

    async fn member(&self, location: &Path, member: Member, options: GetOptions) -> Result<GetResult> {
        let pack = self.0.head(&member.pack).await?;
        let (e_tag, version) = (None, None);
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: pack.last_modified,
            size: member.size(),
            e_tag,
            version,
        };
        options.check_preconditions(&meta)?;
        let wanted = if options.head { member.marked().start..member.bytes.start } else { member.marked() };
        let bytes = self.0.get_range(&member.pack, wanted).await?;
        if bytes.first() != Some(&ALIVE) {
            return Err(gone(location));
        }
        let broken = |source| Error::Generic { store: "pack", source };
        let range = match options.range {
            Some(range) => range.as_range(member.size()).map_err(|error| broken(error.into()))?,
            None => 0..member.size(),
        };
        let (from, to) = (place(range.start).map_err(broken)?, place(range.end).map_err(broken)?);
        let part = if options.head { bytes.slice(1..1) } else { bytes.slice(1 + from..1 + to) };
        let payload = GetResultPayload::Stream(stream::once(async move { Ok(part) }).boxed());
        Ok(GetResult { payload, meta, range, attributes: Attributes::default(), extensions: <_>::default() })
    }
}

/// In a member's bytes.
fn place(offset: u64) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    Ok(usize::try_from(offset)?)
}

fn gone(location: &Path) -> Error {
    Error::NotFound { path: location.to_string(), source: "it was deleted from its pack".into() }
}

async fn remove(folder: Arc<LocalFileSystem>, location: Path) -> Result<Path> {
    let Some(member) = Member::of(&location) else {
        return folder.delete(&location).await.map(|()| location);
    };
    let file = folder.path_to_filesystem(&member.pack)?;
    let blanking = tokio::task::spawn_blocking(move || blank(&file, &member));
    let blanked = blanking.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    match blanked {
        Ok(()) => Ok(location),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(gone(&location)),
        Err(source) => Err(Error::Generic { store: "pack", source: source.into() }),
    }
}

/// Overwrites a member, for good; the pack goes with its last one.
fn blank(pack: &FilePath, member: &Member) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(pack)?;
    let (from, to) = (member.marked().start, member.marked().end);
    if to > file.metadata()?.len() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut mark = [0];
    file.read_exact_at(&mut mark, from)?;
    if mark != [ALIVE] {
        return Err(io::ErrorKind::NotFound.into());
    }
    // The mark last: whoever is ended in between finds it again, and begins anew.
    let zeros = vec![0; usize::try_from(member.size()).map_err(io::Error::other)?];
    file.write_all_at(&zeros, member.bytes.start)?;
    file.sync_data()?;
    file.write_all_at(&[0], from)?;
    file.sync_data()?;
    if is_blank(file)? { std::fs::remove_file(pack) } else { Ok(()) }
}

fn is_blank(file: File) -> io::Result<bool> {
    let mut reader = io::BufReader::with_capacity(64 << 10, file);
    let mut chunk = [0; 4 << 10];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(true),
            read if chunk[..read].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Packed {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.0.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match Member::of(location) {
            Some(member) => self.member(location, member, options).await,
            None => self.0.get_opts(location, options).await,
        }
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let folder = self.0.clone();
        let removing = move |location: Result<Path>| {
            let folder = folder.clone();
            async move { remove(folder, location?).await }.boxed()
        };
        locations.map(removing).buffered(AT_ONCE).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}
