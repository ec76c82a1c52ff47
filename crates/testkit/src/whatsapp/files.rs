use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use ring::digest;
use serde_json::{Value, json};

use super::error::{Answer, GraphError};
use super::state::ReceivedFile;

const UPLOAD_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
const WEBHOOK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
const URL_LIFE: Duration = Duration::from_secs(300);

#[derive(Debug)]
struct Kept {
    file: ReceivedFile,
    number: String,
    until: Duration,
}

#[derive(Debug)]
struct Place {
    media: String,
    until: Duration,
}

/// Media ids and the addresses that were given for them.
#[derive(Debug, Default)]
pub(super) struct Files {
    kept: HashMap<String, Kept>,
    places: HashMap<String, Place>,
}

/// What uploads may be. What a message of a kind may be is checked when it is sent.
const TYPES: [&str; 19] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/3gpp",
    "audio/aac",
    "audio/amr",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/opus",
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
];

const UPLOAD_BYTES: usize = 100 << 20;

impl Files {
    /// Takes an upload of a business.
    pub(super) fn upload(&mut self, number: &str, file: ReceivedFile, id: u64, now: Duration) -> Answer<String> {
        if !TYPES.contains(&file.mime.as_str()) {
            return Err(GraphError::bad(&format!("Param file must not be of the type {}", file.mime)));
        }
        if file.bytes.is_empty() || file.bytes.len() > UPLOAD_BYTES {
            return Err(GraphError::new(400, 131_053, "Media upload error", "the file is too large, or empty"));
        }
        Ok(self.keep(number, file, id, now + UPLOAD_LIFE))
    }

    /// What a person sends.
    pub(super) fn receive(&mut self, number: &str, file: ReceivedFile, id: u64, now: Duration) -> String {
        self.keep(number, file, id, now + WEBHOOK_LIFE)
    }

    fn keep(&mut self, number: &str, file: ReceivedFile, id: u64, until: Duration) -> String {
        let id = format!("{}", 1_000_000_000_000_000 + id);
        self.kept.insert(id.clone(), Kept { file, number: number.to_owned(), until });
        id
    }

    pub(super) fn get(&self, number: &str, id: &str, now: Duration) -> Option<&ReceivedFile> {
        self.kept.get(id).filter(|kept| kept.number == number && kept.until > now).map(|kept| &kept.file)
    }

    pub(super) fn number_of(&self, id: &str) -> Option<&str> {
        self.kept.get(id).map(|kept| kept.number.as_str())
    }

    /// Gives an address for five minutes.
    pub(super) fn place(&mut self, id: &str, base: &str, number: u64, now: Duration) -> Answer<Value> {
        let kept = self.kept.get(id).filter(|kept| kept.until > now).ok_or_else(GraphError::nothing_there)?;
        let name = format!("mid{number:08}");
        let url = format!("{base}/media-file/{name}");
        let sha256 = hex::encode(digest::digest(&digest::SHA256, &kept.file.bytes));
        let answer = json!({
            "messaging_product": "whatsapp", "url": url, "mime_type": kept.file.mime, "sha256": sha256,
            "file_size": kept.file.bytes.len().to_string(), "id": id,
        });
        self.places.insert(name, Place { media: id.to_owned(), until: now + URL_LIFE });
        Ok(answer)
    }

    /// The number whose token opens an address, the type and the bytes.
    pub(super) fn open(&self, name: &str, now: Duration) -> Option<(&str, &str, Bytes)> {
        let place = self.places.get(name).filter(|place| place.until > now)?;
        let kept = self.kept.get(&place.media)?;
        Some((&kept.number, &kept.file.mime, kept.file.bytes.clone()))
    }

    /// Ids grow.
    pub(super) fn last(&self) -> Option<String> {
        self.kept.keys().max().cloned()
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        self.kept.remove(id).is_some()
    }
}
