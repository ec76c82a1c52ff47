use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

/// A file that a bot uploaded or a customer sent.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub kind: String,
    pub name: String,
    pub bytes: Bytes,
    pub ready: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Files {
    by_token: HashMap<String, File>,
    /// Places that wait for one file each: its kind, and the token that was promised.
    places: HashMap<String, (String, String)>,
    /// Grows when all addresses become old.
    generation: u32,
}

impl Files {
    pub fn add(&mut self, token: &str, kind: &str, name: &str, bytes: Bytes, processing: Duration) {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        self.by_token.insert(token.to_owned(), File { kind, name, bytes, ready: Instant::now() + processing });
    }

    pub fn get(&self, token: &str) -> Option<&File> {
        self.by_token.get(token)
    }

    pub fn promise(&mut self, place: &str, kind: &str, token: &str) {
        self.places.insert(place.to_owned(), (kind.to_owned(), token.to_owned()));
    }

    /// One file for each place.
    pub fn redeem(&mut self, place: &str) -> Option<(String, String)> {
        self.places.remove(place)
    }

    pub fn move_all(&mut self) {
        self.generation += 1;
    }

    pub fn url(&self, media: &str, token: &str) -> String {
        format!("{media}/get/{}/{token}", self.generation)
    }

    /// The file behind an address that is not old.
    pub fn at(&self, generation: &str, token: &str) -> Option<&File> {
        (generation == self.generation.to_string()).then(|| self.by_token.get(token))?
    }
}

/// What MAX does not take as what it was announced.
pub(super) fn is_forbidden(kind: &str, name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let allowed: &[&str] = match kind {
        "image" => &["jpg", "jpeg", "png", "gif", "tiff", "bmp", "heic"],
        "video" => &["mp4", "mov", "mkv", "webm"],
        "file" => return ["exe", "bat", "cmd"].contains(&ending.as_str()),
        _ => return false,
    };
    !allowed.contains(&ending.as_str())
}
