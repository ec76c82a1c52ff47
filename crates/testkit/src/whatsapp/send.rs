//! `POST /<number>/messages`: what is sent, marked read, or shown as typing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::error::{Answer, GraphError};
use super::pacing::Bucket;
use super::state::{Received, ReceivedFile, Shared, World, put};
use super::{templates, user, webhook};

/// Free messages are possible for so long after the person's last one.
const WINDOW: Duration = Duration::from_secs(24 * 3600);

pub(super) fn message(shared: &Arc<Shared>, number: &str, body: Value) -> Answer<Value> {
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::bad("The parameter messaging_product is required"));
    }
    if body["status"] == "read" {
        return read(&mut shared.world(), number, &body);
    }
    let (answer, statuses) = accept(shared, &mut shared.world(), number, body)?;
    for status in statuses {
        webhook::tell(shared, &status.lane, number, status.change);
    }
    Ok(answer)
}

fn read(world: &mut World, number: &str, body: &Value) -> Answer<Value> {
    let id = body["message_id"].as_str().unwrap_or_default().to_owned();
    let known = id.starts_with("wamid.");
    if !known {
        return Err(GraphError::new(
            400,
            131_009,
            "Parameter value is not valid",
            "message_id is none of this number's",
        ));
    }
    let typing = body["typing_indicator"]["type"] == "text";
    for user in world.users.iter_mut().filter(|user| user.number == number) {
        user.read_by_business.push(id.clone());
        if typing {
            user.typing_seen.push(id.clone());
        }
    }
    Ok(json!({ "success": true }))
}

struct Status {
    lane: String,
    change: Value,
}

fn accept(shared: &Shared, world: &mut World, number: &str, body: Value) -> Answer<(Value, Vec<Status>)> {
    let to = body["to"]
        .as_str()
        .or(body["recipient"].as_str())
        .ok_or_else(|| GraphError::bad("to or recipient is required"))?;
    let to = to.trim_start_matches('+').to_owned();
    if world.numbers[number].phone == to {
        return Err(GraphError::new(400, 131_021, "Recipient cannot be sender", "sender and recipient are one number"));
    }
    let found = world.find_user(number, &to);
    pace(shared, world, number, found)?;
    let kind = body["type"].as_str().unwrap_or("text").to_owned();
    let file = check(world, number, &kind, &body, shared.clock.now())?;
    let id = world.wamid();
    let mut failed = None;
    if let Some(user) = found {
        let user = &mut world.users[user];
        let open = user.last_wrote.is_some_and(|at| shared.clock.now() < at + WINDOW);
        if user.blocks {
            failed = Some((131_026, "Message undeliverable"));
        } else if !open && kind != "template" {
            failed = Some((131_047, "Re-engagement message"));
        } else {
            user.received.push(Received { id: id.clone(), kind, json: body.clone(), file });
        }
    } else {
        failed = Some((131_026, "Message undeliverable"));
    }
    let mut contact = json!({ "input": to });
    let is_user_id = body["to"].is_null();
    contact[if is_user_id { "user_id" } else { "wa_id" }] = json!(to);
    let answer = json!({
        "messaging_product": "whatsapp", "contacts": [contact],
        "messages": [{ "id": id, "message_status": "accepted" }],
    });
    let lane = format!("status of {number} to {to}");
    let statuses = match failed {
        Some((code, title)) => vec![status(world, number, &id, "failed", &body, found, Some((code, title)))],
        None if shared.options.tells_delivered => {
            ["sent", "delivered"].map(|kind| status(world, number, &id, kind, &body, found, None)).into()
        }
        None => vec![status(world, number, &id, "sent", &body, found, None)],
    };
    Ok((answer, statuses.into_iter().map(|change| Status { lane: lane.clone(), change }).collect()))
}

fn pace(shared: &Shared, world: &mut World, number: &str, user: Option<usize>) -> Answer<()> {
    let options = &shared.options;
    let Some(number) = world.numbers.get_mut(number) else { return Err(GraphError::nothing_there()) };
    if let Some(user) = user
        && !number.pairs.entry(user).or_insert_with(|| Bucket::new(options.pair_rate)).take()
    {
        let title = "(Business Account, Consumer Account) pair rate limit hit";
        return Err(GraphError::new(400, 131_056, title, "too many messages to one person"));
    }
    if !number.bucket.get_or_insert_with(|| Bucket::new(options.number_rate)).take() {
        return Err(GraphError::new(400, 130_429, "Rate limit hit", "Cloud API message throughput has been reached"));
    }
    Ok(())
}

/// Meta's limits of each kind; the file that it names.
fn check(world: &World, number: &str, kind: &str, body: &Value, now: Duration) -> Answer<Option<ReceivedFile>> {
    let own = &body[kind];
    if !own.is_object() && !own.is_array() {
        return Err(GraphError::new(400, 131_008, "Required parameter is missing", kind));
    }
    let long = |text: &Value, most: usize| text.as_str().is_some_and(|text| text.encode_utf16().count() > most);
    let missing = |text: &Value| text.as_str().is_none_or(|text| text.trim().is_empty());
    match kind {
        "text" if missing(&own["body"]) || long(&own["body"], 4096) => {
            Err(GraphError::bad("text.body must have 1 to 4096 characters"))
        }
        "text" | "location" | "contacts" | "reaction" => Ok(None),
        "image" | "video" | "audio" | "document" | "sticker" if long(&own["caption"], 1024) => {
            Err(GraphError::bad("a caption has at most 1024 characters"))
        }
        "image" | "video" | "audio" | "document" | "sticker" => media(world, number, kind, own, now).map(Some),
        "interactive" => interactive(world, number, own, now),
        "template" => {
            let app = world.app_of(number).ok_or_else(GraphError::nothing_there)?;
            templates::check(&app.templates, own)?;
            let parameters = own["components"].as_array().into_iter().flatten().filter(|one| one["type"] == "header");
            let file = parameters.flat_map(|one| one["parameters"].as_array().into_iter().flatten()).find_map(|one| {
                let kind = one["type"].as_str().filter(|kind| *kind != "text")?;
                Some(media(world, number, kind, &one[kind], now))
            });
            file.transpose()
        }
        _ => Err(GraphError::new(400, 131_051, "Unsupported message type", kind)),
    }
}

fn media(world: &World, number: &str, kind: &str, own: &Value, now: Duration) -> Answer<ReceivedFile> {
    let id = own["id"].as_str().ok_or_else(|| GraphError::bad("a media object needs its id"))?;
    let file = world.files.get(number, id, now);
    let file =
        file.ok_or_else(|| GraphError::new(400, 131_009, "Parameter value is not valid", "Media ID is not found"))?;
    let (prefix, most) = match kind {
        "image" => ("image/", 5 << 20),
        "video" => ("video/", 16 << 20),
        "audio" => ("audio/", 16 << 20),
        "sticker" => ("image/webp", 500 << 10),
        _ => ("", 100 << 20),
    };
    if !file.mime.starts_with(prefix) || file.bytes.len() > most {
        return Err(GraphError::new(400, 131_053, "Media upload error", "the file does not suit the message's type"));
    }
    Ok(file.clone())
}

fn interactive(world: &World, number: &str, own: &Value, now: Duration) -> Answer<Option<ReceivedFile>> {
    let action = &own["action"];
    let long = |text: &Value, most: usize| {
        text.as_str().is_none_or(|text| text.is_empty() || text.encode_utf16().count() > most)
    };
    let ids = |list: Vec<&Value>| {
        let mut ids: Vec<_> = list.iter().filter_map(|one| one["id"].as_str()).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        ids.len() == count && count == list.len()
    };
    let fits = match own["type"].as_str() {
        Some("button") => {
            let buttons: Vec<_> = action["buttons"].as_array().into_iter().flatten().map(|one| &one["reply"]).collect();
            let titles = buttons.iter().all(|one| !long(&one["title"], 20) && !long(&one["id"], 256));
            (1..=3).contains(&buttons.len()) && titles && ids(buttons) && !long(&own["body"]["text"], 1024)
        }
        Some("list") => {
            let sections = action["sections"].as_array().into_iter().flatten();
            let rows: Vec<_> = sections.flat_map(|one| one["rows"].as_array().into_iter().flatten()).collect();
            let titles = rows.iter().all(|one| !long(&one["title"], 24) && !long(&one["id"], 200));
            let button = !long(&action["button"], 20);
            (1..=10).contains(&rows.len()) && titles && ids(rows) && button && !long(&own["body"]["text"], 4096)
        }
        Some("cta_url") => {
            let parameters = &action["parameters"];
            !long(&parameters["display_text"], 20)
                && !long(&parameters["url"], 2000)
                && !long(&own["body"]["text"], 1024)
        }
        _ => false,
    };
    if !fits {
        return Err(GraphError::new(
            400,
            131_009,
            "Parameter value is not valid",
            "the interactive message is not as it must be",
        ));
    }
    match own["header"]["type"].as_str() {
        Some(kind @ ("image" | "video" | "document")) => {
            media(world, number, kind, &own["header"][kind], now).map(Some)
        }
        _ => Ok(None),
    }
}

/// A status as a change.
pub(super) fn status(
    world: &World,
    number: &str,
    id: &str,
    kind: &str,
    request: &Value,
    user: Option<usize>,
    failed: Option<(i64, &str)>,
) -> Value {
    let mut status = json!({ "id": id, "status": kind, "timestamp": user::now() });
    let shape = user.map(|user| &world.users[user].shape);
    if let Some(shape) = shape {
        put(&mut status, "recipient_id", shape.phone.as_ref());
        put(&mut status, "recipient_user_id", shape.user_id.as_ref());
    }
    if let Some(data) = request["biz_opaque_callback_data"].as_str() {
        status["biz_opaque_callback_data"] = json!(data);
    }
    let mut value = user::value(world, number);
    match failed {
        Some((code, title)) => {
            let details = "More than 24 hours have passed since the recipient last replied to the sender number.";
            let details = if code == 131_047 { details } else { "Unable to deliver the message." };
            status["errors"] =
                json!([{ "code": code, "title": title, "message": title, "error_data": { "details": details } }]);
        }
        None => {
            value["contacts"] = shape.map_or(json!([]), |shape| json!([shape.contact()]));
            let category = if request["type"] == "template" { "utility" } else { "service" };
            status["pricing"] =
                json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": category });
        }
    }
    value["statuses"] = json!([status]);
    json!({ "field": "messages", "value": value })
}
