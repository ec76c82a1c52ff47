use std::collections::HashMap;

use bytes::Bytes;

use super::error::{Answer, ApiError};
use super::files::StoredFile;
use super::media::MediaKind;
use super::params::Params;
use super::state::{Bot, Hosted};

const MB: usize = 1 << 20;
pub(super) const UPLOAD_LIMIT: usize = 50 * MB;
/// Of a server of one's own in `--local` mode.
pub(super) const OWN_UPLOAD_LIMIT: usize = 2000 * MB;
const PHOTO_LIMIT: usize = 10 * MB;
const URL_LIMIT: usize = 20 * MB;
const PHOTO_URL_LIMIT: usize = 5 * MB;

/// Where the bytes of a file to send come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A file this bot knows, named by its `file_id`.
    Known(StoredFile),
    /// An upload, or what stands behind a URL.
    New { name: Option<String>, mime: Option<String>, bytes: Bytes },
}

impl Source {
    /// Reads the parameter `field`: a part of the body, `attach://<part>`, a URL or a `file_id`.
    pub(super) fn read(
        kind: MediaKind,
        field: &str,
        params: &Params,
        bot: &Bot,
        hosted: &HashMap<String, Hosted>,
    ) -> Answer<Self> {
        if params.file(field).is_some() {
            return upload(kind, field, params);
        }
        let missing = || ApiError::bad(format!("there is no {} in the request", kind.field().replace('_', " ")));
        let text = params.non_empty(field).ok_or_else(missing)?;
        if let Some(part) = text.strip_prefix("attach://") {
            return upload(kind, part, params);
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return fetch(kind, &text, hosted);
        }
        let wrong = || ApiError::bad("wrong file identifier/HTTP URL specified");
        let file = bot.files.get(&text).ok_or_else(wrong)?;
        if file.kind != kind {
            let (is, asked) = (title(file.kind), title(kind));
            return Err(ApiError::bad(format!("can't use file of type {is} as {asked}")));
        }
        Ok(Self::Known(file.clone()))
    }
}

fn upload(kind: MediaKind, part: &str, params: &Params) -> Answer<Source> {
    let file = params.file(part).ok_or_else(|| ApiError::bad("wrong file identifier/HTTP URL specified"))?;
    let len = file.bytes.len();
    if len == 0 {
        return Err(ApiError::bad("file must be non-empty"));
    }
    if kind == MediaKind::Photo && len > PHOTO_LIMIT {
        return Err(ApiError::bad(format!(
            "file of size {len} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )));
    }
    if len > params.upload_limit {
        return Err(ApiError::new(413, "Request Entity Too Large"));
    }
    Ok(Source::New { name: Some(file.name.clone()), mime: file.mime.clone(), bytes: file.bytes.clone() })
}

/// The fake fetches nothing: it knows what a test said stands behind a URL.
fn fetch(kind: MediaKind, url: &str, hosted: &HashMap<String, Hosted>) -> Answer<Source> {
    let Some(file) = hosted.get(url) else { return Err(ApiError::bad("failed to get HTTP URL content")) };
    let limit = if kind == MediaKind::Photo { PHOTO_URL_LIMIT } else { URL_LIMIT };
    if file.bytes.len() > limit {
        return Err(ApiError::bad("failed to get HTTP URL content"));
    }
    let fits = match kind {
        MediaKind::Photo => file.mime.starts_with("image/"),
        MediaKind::Document => matches!(file.mime.as_str(), "image/gif" | "application/pdf" | "application/zip"),
        _ => true,
    };
    if !fits {
        return Err(ApiError::bad("wrong type of the web page content"));
    }
    let name = url.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Source::New { name, mime: Some(file.mime.clone()), bytes: file.bytes.clone() })
}

fn title(kind: MediaKind) -> String {
    let field = kind.field().replace('_', "");
    field[..1].to_uppercase() + &field[1..]
}
