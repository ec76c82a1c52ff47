//! Files on their way out: where to put them is asked for, they are put there, and saved
//! (<https://dev.vk.com/ru/api/upload/photo-in-message>, document-in-message; read 2026-11-26).

use contracts::channel::FailureReason as R;
use egress::{Url, multipart};
use gateway_kit::SendOutcome;
use serde_json::Value;

use super::file::{File, Form};
use crate::{
    client::Client,
    error::{CallError, Verdict, before_sending, refused},
    wire::UploadServer,
};

/// An address for uploads is good for a while only, and a save may fail: then all begins anew, twice.
const TRIES: usize = 3;

/// Brings a file to VK and gives what names it there, as `doc77001_5_key`.
///
/// # Errors
/// What becomes of the order; nothing was sent.
pub async fn file(client: &Client, peer: i64, file: &File, attempt: u32) -> Result<String, SendOutcome> {
    let mut tries = 0;
    loop {
        tries += 1;
        match once(client, peer, file).await {
            Ok(name) => return Ok(name),
            Err(Failed::Call(error)) if again(&error) && tries < TRIES => {}
            Err(Failed::Call(error)) => return Err(before_sending(error, attempt)),
            Err(Failed::Rejected(_)) if tries < TRIES => {}
            Err(Failed::Rejected(why)) => return Err(refused(R::FileRejected, &why)),
        }
    }
}

enum Failed {
    Call(CallError),
    /// VK took the bytes and did not like them, or the address had expired: it tells them apart in words only.
    Rejected(String),
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

fn again(error: &CallError) -> bool {
    matches!(error.verdict(), Some(Verdict::Upload))
}

async fn once(client: &Client, peer: i64, file: &File) -> Result<String, Failed> {
    let kind = match file.form {
        Form::Photo => return photo(client, peer, file).await,
        Form::Document => "doc",
        Form::Voice => "audio_message",
    };
    let params = [("type", kind.to_owned()), ("peer_id", peer.to_string())];
    let url = server(client, "docs.getMessagesUploadServer", &params).await?;
    let taken = put(client, &url, "file", file).await?;
    let uploaded = taken["file"].as_str().filter(|text| !text.is_empty());
    let uploaded = uploaded.ok_or_else(|| Failed::Rejected("VK did not take the file".into()))?;
    let params = [("file", uploaded.to_owned()), ("title", file.name.clone())];
    let saved: Value = client.call("docs.save", &params).await?;
    let kind = saved["type"].as_str().unwrap_or("doc");
    named("doc", &saved[kind])
}

async fn photo(client: &Client, peer: i64, file: &File) -> Result<String, Failed> {
    let url = server(client, "photos.getMessagesUploadServer", &[("peer_id", peer.to_string())]).await?;
    let taken = put(client, &url, "photo", file).await?;
    let photo = taken["photo"].as_str().unwrap_or_default();
    if photo.is_empty() || photo == "[]" {
        return Err(Failed::Rejected("VK did not take the picture".into()));
    }
    let text = |name: &str| taken[name].as_str().map_or_else(|| taken[name].to_string(), str::to_owned);
    let params = [("server", text("server")), ("photo", photo.to_owned()), ("hash", text("hash"))];
    let saved: Value = client.call("photos.saveMessagesPhoto", &params).await?;
    named("photo", &saved[0])
}

async fn server(client: &Client, method: &str, params: &[(&'static str, String)]) -> Result<Url, CallError> {
    let server: UploadServer = client.call(method, params).await?;
    server.upload_url.parse().map_err(|_| CallError::Unknown("VK names no address for uploads".into()))
}

async fn put(client: &Client, url: &Url, field: &'static str, file: &File) -> Result<Value, Failed> {
    let part = multipart::Part::stream_with_length(file.bytes.clone(), file.bytes.len() as u64);
    let part = part.file_name(file.name.clone()).mime_str(&file.mime);
    let part = part.unwrap_or_else(|_| multipart::Part::bytes(file.bytes.to_vec()).file_name(file.name.clone()));
    let answer: Value = client.upload(url, multipart::Form::new().part(field, part)).await?;
    let Some(error) = answer["error"].as_str() else { return Ok(answer) };
    let described = answer["error_descr"].as_str().unwrap_or_default();
    Err(Failed::Rejected(format!("VK did not take the file: {error} {described}").trim_end().to_owned()))
}

fn named(kind: &str, saved: &Value) -> Result<String, Failed> {
    let (Some(owner), Some(id)) = (saved["owner_id"].as_i64(), saved["id"].as_i64()) else {
        return Err(Failed::Call(CallError::Unknown("VK saved a file and does not name it".into())));
    };
    let key = saved["access_key"].as_str().map(|key| format!("_{key}")).unwrap_or_default();
    Ok(format!("{kind}{owner}_{id}{key}"))
}
