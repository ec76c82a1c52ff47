//! Files: an address for each upload, then saving; and what people have sent.

use std::sync::Arc;

use axum::extract::Multipart;
use serde_json::{Value, json};

use super::{
    error::{Answer, VkError},
    params::Params,
    state::{Hosted, Shared, World},
};

/// Kinds of files that VK takes for nothing.
const REFUSED: [&str; 5] = ["mp3", "exe", "bat", "sh", "apk"];

pub(super) fn call(shared: &Arc<Shared>, group: i64, method: &str, params: &Params) -> Answer {
    let mut world = shared.world();
    let right = if method.starts_with("photos.") { "photos" } else { "docs" };
    if !world.group(group).rights.contains(&right) {
        return Err(VkError::new(15, "Access denied"));
    }
    match method {
        "photos.getMessagesUploadServer" => Ok(server(shared, &mut world, "photo")),
        "docs.getMessagesUploadServer" => match params.text("type") {
            kind @ ("doc" | "audio_message" | "graffiti") => Ok(server(shared, &mut world, kind)),
            _ => Err(VkError::param("type is undefined")),
        },
        "photos.saveMessagesPhoto" => {
            let file = world.put.remove(params.text("photo")).ok_or_else(|| VkError::new(129, "Invalid photo"))?;
            let saved = attachment(&mut world, &shared.base, "photo", -group, file);
            Ok(json!([saved["photo"]]))
        }
        "docs.save" => {
            let kind = params.text("file").split('|').next().unwrap_or_default().to_owned();
            let file = world.put.remove(params.text("file")).ok_or_else(|| VkError::new(105, "Couldn't save file"))?;
            let kind = if kind == "audio_message" { "audio_message" } else { "doc" };
            let named = Hosted { name: params.text("title").to_owned(), ..file };
            let saved = attachment(&mut world, &shared.base, kind, -group, named);
            Ok(json!({ "type": kind, kind: saved[kind] }))
        }
        _ => Err(VkError::new(3, "Unknown method passed")),
    }
}

fn server(shared: &Shared, world: &mut World, kind: &str) -> Value {
    let place = world.number();
    world.uploads.insert(place, kind.to_owned());
    json!({ "upload_url": format!("{}/upload/{place}", shared.base), "album_id": -64, "group_id": 0 })
}

/// An address serves once; what VK does not like is said with HTTP 200.
pub(super) async fn put(shared: &Shared, place: u64, mut parts: Multipart, rejected: bool) -> Value {
    let mut found = None;
    while let Ok(Some(part)) = parts.next_field().await {
        let name = part.file_name().unwrap_or_default().to_owned();
        let mime = part.content_type().unwrap_or_default().to_owned();
        let field = part.name().unwrap_or_default().to_owned();
        if let Ok(bytes) = part.bytes().await {
            found = Some((field, Hosted { name, mime, bytes }));
        }
    }
    let mut world = shared.world();
    let Some(kind) = world.uploads.remove(&place) else {
        return json!({ "error": "ERR_UPLOAD_EXPIRED", "error_descr": "upload url expired" });
    };
    let Some((field, file)) = found else { return json!({ "error": "no_file" }) };
    let number = world.number();
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if kind == "photo" {
        let good = field == "photo"
            && !rejected
            && (file.bytes.starts_with(b"\x89PNG") || file.bytes.starts_with(&[0xff, 0xd8]));
        let photo = if good { format!("photo{number}") } else { "[]".to_owned() };
        world.put.insert(photo.clone(), file);
        return json!({ "server": 7, "photo": photo, "hash": "h" });
    }
    let bad = ending.is_none_or(|ending| REFUSED.contains(&ending.as_str()));
    if field != "file" || rejected || bad || kind == "audio_message" && !file.bytes.starts_with(b"OggS") {
        return json!({ "error": "unknown error", "error_descr": "file type is not allowed" });
    }
    let name = format!("{kind}|{number}");
    world.put.insert(name.clone(), file);
    json!({ "file": name })
}

/// Hosts a file and gives the attachment that shows it.
pub(super) fn attachment(world: &mut World, base: &str, kind: &str, owner: i64, file: Hosted) -> Value {
    let id = world.number();
    let url = format!("{base}/file/{}/{id}", world.file_generation);
    let mut value = json!({ "id": id, "owner_id": owner, "access_key": format!("k{id}") });
    let extra = match kind {
        "photo" => json!({ "sizes": [
            { "type": "s", "url": format!("{url}?size=s"), "width": 75, "height": 56 },
            { "type": "w", "url": url, "width": 640, "height": 480 },
        ], "text": "" }),
        "audio_message" => json!({ "duration": 3, "waveform": [1, 2], "link_ogg": url, "link_mp3": "" }),
        _ => {
            let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
            json!({ "title": file.name, "size": file.bytes.len(), "ext": ending, "url": url, "type": 8 })
        }
    };
    value.as_object_mut().expect("an object").extend(extra.as_object().cloned().unwrap_or_default());
    let attachment = json!({ "type": kind, kind: value });
    world.files.insert(id, file.clone());
    world.saved.insert(name_of(&attachment), (attachment.clone(), file));
    attachment
}

/// As attachments are named in parameters, without the key.
pub(super) fn name_of(attachment: &Value) -> String {
    let kind = attachment["type"].as_str().unwrap_or_default();
    let short = if kind == "audio_message" { "doc" } else { kind };
    format!("{short}{}_{}", attachment[kind]["owner_id"], attachment[kind]["id"])
}

/// The same attachment with addresses that are good now.
pub(super) fn fresh(world: &World, base: &str, attachment: &Value) -> Value {
    let kind = attachment["type"].as_str().unwrap_or_default();
    let mut fresh = attachment.clone();
    let url = format!("{base}/file/{}/{}", world.file_generation, attachment[kind]["id"]);
    match kind {
        "photo" => fresh["photo"]["sizes"][1]["url"] = url.into(),
        "audio_message" => fresh["audio_message"]["link_ogg"] = url.into(),
        "doc" => fresh["doc"]["url"] = url.into(),
        _ => {}
    }
    fresh
}
