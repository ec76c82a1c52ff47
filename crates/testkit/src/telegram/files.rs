use std::collections::HashMap;
use std::time::Duration;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::image;
use super::media::MediaKind;

/// What `getFile` lets a bot download.
pub(super) const DOWNLOAD_LIMIT: usize = 20 << 20;
/// How long a `file_path` stays valid.
const PATH_LIFE: Duration = Duration::from_secs(3600);

/// A file that some message of a bot's chats carries.
#[derive(Debug, Clone)]
pub(super) struct StoredFile {
    pub(super) file_id: String,
    pub(super) unique_id: String,
    pub(super) kind: MediaKind,
    pub(super) name: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) bytes: Bytes,
}

/// The files of one bot: a `file_id` means something to that bot only.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: HashMap<String, StoredFile>,
    paths: HashMap<String, (String, Duration)>,
    count: u64,
    /// On the server's disk, where `getFile` tells places there.
    folder: Option<String>,
}

impl Files {
    pub(super) fn kept_in(folder: Option<String>) -> Self {
        Self { folder, ..Self::default() }
    }

    pub(super) fn add(
        &mut self,
        bot_id: i64,
        kind: MediaKind,
        name: Option<String>,
        mime: Option<String>,
        bytes: Bytes,
    ) -> StoredFile {
        self.count += 1;
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let encode = |bytes: &[u8]| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let own = format!("{}:{bot_id}:{}", kind.field(), self.count);
        let file_id = format!("AgAC{}", encode(&[own.as_bytes(), &digest.as_ref()[..8]].concat()));
        // The same file in the chats of two bots has the same unique id.
        let unique_id = format!("AQAD{}", encode(&[&digest.as_ref()[..9], kind.field().as_bytes()].concat()[..12]));
        let file = StoredFile { file_id, unique_id, kind, name, mime, bytes };
        self.known.insert(file.file_id.clone(), file.clone());
        file
    }

    pub(super) fn get(&self, file_id: &str) -> Option<&StoredFile> {
        self.known.get(file_id)
    }

    /// The `File` object that `getFile` answers with.
    pub(super) fn open(&mut self, file_id: &str, now: Duration) -> Answer {
        let wrong = || ApiError::bad("wrong file_id or the file is temporarily unavailable");
        let file = self.known.get(file_id).ok_or_else(wrong)?;
        if self.folder.is_none() && file.bytes.len() > DOWNLOAD_LIMIT {
            return Err(ApiError::bad("file is too big"));
        }
        let extension =
            file.name.as_deref().and_then(|name| name.rsplit_once('.')).map_or(file.kind.extension(), |it| it.1);
        let path = format!("{}/{}.{extension}", file.kind.folder(), &file.unique_id);
        self.paths.insert(path.clone(), (file_id.to_owned(), now + PATH_LIFE));
        Ok(json!({
            "file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.bytes.len(),
            "file_path": format!("{}{path}", self.folder.as_deref().unwrap_or_default()),
        }))
    }

    /// The bytes behind a `file_path` that has not expired.
    pub(super) fn download(&self, path: &str, now: Duration) -> Option<Bytes> {
        let (file_id, until) = self.paths.get(path)?;
        (now < *until).then(|| self.known[file_id].bytes.clone())
    }

    /// Stores a picture in the sizes Telegram makes of it, and returns the `PhotoSize` list, smallest first.
    pub(super) fn add_photo(&mut self, bot_id: i64, bytes: &Bytes) -> Option<Vec<Value>> {
        let (width, height) = image::size(bytes)?;
        let mut sizes = Vec::new();
        for edge in [90, 320, 800] {
            if width.max(height) > edge {
                let scale = f64::from(edge) / f64::from(width.max(height));
                let shrunk = |length: u32| ((f64::from(length) * scale) as u32).max(1);
                let (width, height) = (shrunk(width), shrunk(height));
                let small = self.add(bot_id, MediaKind::Photo, None, None, image::png(width, height).into());
                sizes.push(photo_size(&small, width, height));
            }
        }
        let whole = self.add(bot_id, MediaKind::Photo, None, None, bytes.clone());
        sizes.push(photo_size(&whole, width, height));
        Some(sizes)
    }
}

fn photo_size(file: &StoredFile, width: u32, height: u32) -> Value {
    let mut size = file.to_json();
    size.extend([("width".to_owned(), json!(width)), ("height".to_owned(), json!(height))]);
    Value::Object(size)
}

impl StoredFile {
    /// The fields that every kind of file has in a message.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("file_id".into(), json!(self.file_id));
        fields.insert("file_unique_id".into(), json!(self.unique_id));
        fields.insert("file_size".into(), json!(self.bytes.len()));
        fields
    }
}

/// A download as Telegram's file server answers it.
pub(super) fn response(bytes: Option<Bytes>) -> Response {
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => ApiError::new(404, "Not Found").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_expires_and_a_new_one_can_be_had() {
        let mut files = Files::default();
        let file = files.add(7, MediaKind::Document, Some("a.pdf".into()), None, Bytes::from_static(b"pdf"));
        assert_ne!(file.file_id, file.unique_id);
        let open = files.open(&file.file_id, Duration::ZERO).unwrap();
        let path = open["file_path"].as_str().unwrap();
        assert!(path.starts_with("documents/") && path.ends_with(".pdf"), "{path}");
        assert!(files.download(path, PATH_LIFE - Duration::from_secs(1)).is_some());
        assert!(files.download(path, PATH_LIFE).is_none());
        files.open(&file.file_id, PATH_LIFE).unwrap();
        assert!(files.download(path, PATH_LIFE).is_some());
    }

    #[test]
    fn a_picture_has_several_sizes_with_their_own_ids() {
        let sizes = Files::default().add_photo(7, &image::png(1280, 640).into()).unwrap();
        let widths: Vec<_> = sizes.iter().map(|size| size["width"].as_u64().unwrap()).collect();
        assert_eq!(widths, [90, 320, 800, 1280]);
        assert_ne!(sizes[0]["file_id"], sizes[3]["file_id"]);
    }

    #[test]
    fn what_is_above_20_mb_cannot_be_downloaded() {
        let mut files = Files::default();
        let big = files.add(7, MediaKind::Video, None, None, vec![0; DOWNLOAD_LIMIT + 1].into());
        assert_eq!(files.open(&big.file_id, Duration::ZERO).unwrap_err().description, "Bad Request: file is too big");
    }
}
