//! `send_message`: checked as Viber checks it, then taken to the person's client, which fetches what is to be shown.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    callback,
    methods::refusal,
    state::{Chat, Sent, Shared},
};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// To one person within an hour without a reply.
const UNANSWERED_MOST: usize = 100;
const FETCH_WAIT: Duration = Duration::from_secs(10);
const VIDEO_BYTES: u64 = 26 << 20;
const FILE_BYTES: u64 = 50 << 20;

type Checked = Result<(), Value>;

pub(super) fn message(shared: &Arc<Shared>, token: &str, body: &Value) -> Value {
    match accept(shared, token, body) {
        Ok(sent) => {
            let answer = json!({
                "status": 0, "status_message": "ok", "message_token": sent.token, "chat_hostname": callback::HOSTNAME,
                "billing_status": sent.billing_status,
            });
            let (tasks, shared, token) = (shared.tasks.clone(), shared.clone(), token.to_owned());
            tasks.spawn(async move { show(shared, token, sent).await });
            answer
        }
        Err(refusal) => refusal,
    }
}

fn accept(shared: &Shared, token: &str, body: &Value) -> Result<Sent, Value> {
    let now = shared.clock.now();
    let mut world = shared.world();
    let bot = world.bots.get_mut(token).expect("a bot that was looked up before");
    if bot.webhook.is_none() {
        return Err(refusal(10, "webhookNotSet"));
    }
    check_sender(body)?;
    let receiver = text(body, "receiver").ok_or_else(|| missing("receiver"))?;
    let chat = bot.chats.get_mut(receiver).ok_or_else(|| refusal(5, "receiverNotRegistered"))?;
    check_chat(chat, body, now)?;
    check_kind(body)?;
    check_keyboard(&body["keyboard"])?;
    chat.unanswered.push_back(now);
    let in_session = chat.session_since.is_some_and(|since| now < since + DAY);
    let token_of_message = world.next_token();
    let sent = Sent {
        token: token_of_message,
        receiver: receiver.to_owned(),
        kind: text(body, "type").unwrap_or_default().to_owned(),
        text: text(body, "text").unwrap_or_default().to_owned(),
        json: body.clone(),
        file: None,
        file_headers: Default::default(),
        billing_status: if in_session { 1 } else { 2 },
        delivered: false,
    };
    world.bots.get_mut(token).expect("the same bot").sent.push(sent.clone());
    Ok(sent)
}

fn check_sender(body: &Value) -> Checked {
    let name = body["sender"]["name"].as_str().filter(|name| !name.is_empty()).ok_or_else(|| missing("sender.name"))?;
    expect(name.chars().count() <= 28, "sender.name")
}

fn check_chat(chat: &mut Chat, body: &Value, now: Duration) -> Checked {
    if !chat.subscribed {
        return Err(refusal(6, "notSubscribed"));
    }
    let wanted = body["min_api_version"].as_i64().unwrap_or(1);
    if wanted > chat.api_version {
        return Err(refusal(13, "apiVersionNotSupported"));
    }
    while chat.unanswered.front().is_some_and(|at| now > *at + HOUR) {
        chat.unanswered.pop_front();
    }
    if chat.unanswered.len() >= UNANSWERED_MOST { Err(refusal(12, "tooManyRequests")) } else { Ok(()) }
}

fn check_kind(body: &Value) -> Checked {
    let most =
        |field: &str, chars: usize| expect(text(body, field).is_none_or(|text| text.chars().count() <= chars), field);
    match text(body, "type").ok_or_else(|| missing("type"))? {
        "text" => {
            text(body, "text").filter(|text| !text.is_empty()).ok_or_else(|| missing("text"))?;
            most("text", 7000)
        }
        "picture" => {
            text(body, "text").ok_or_else(|| missing("text"))?;
            most("text", 768)?;
            media(body, &["jpg", "jpeg", "png", "gif"])
        }
        "video" => {
            most("text", 768)?;
            size(body, VIDEO_BYTES)?;
            media(body, &["mp4"])
        }
        "file" => {
            let name = text(body, "file_name").ok_or_else(|| missing("file_name"))?;
            expect(name.contains('.') && name.chars().count() <= 256, "file_name")?;
            let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            expect(!["exe", "bat", "sh", "apk", "com", "cmd", "msi"].contains(&ending.as_str()), "file_name")?;
            size(body, FILE_BYTES)?;
            media(body, &[])
        }
        "contact" => contact(&body["contact"]),
        "location" => expect(body["location"]["lat"].is_number() && body["location"]["lon"].is_number(), "location"),
        "url" => {
            most("media", 2000)?;
            media(body, &[])
        }
        "sticker" => expect(body["sticker_id"].is_u64(), "sticker_id"),
        _ => Err(refusal(3, "badData: type")),
    }
}

fn contact(contact: &Value) -> Checked {
    let within = |field: &str, most: usize| {
        contact[field].as_str().is_some_and(|text| !text.is_empty() && text.chars().count() <= most)
    };
    expect(within("name", 28) && within("phone_number", 18), "contact")
}

fn size(body: &Value, most: u64) -> Checked {
    let size = body["size"].as_u64().ok_or_else(|| missing("size"))?;
    expect((1..=most).contains(&size), "size")
}

/// An address whose last part ends as the kind must.
fn media(body: &Value, endings: &[&str]) -> Checked {
    let media = text(body, "media").ok_or_else(|| missing("media"))?;
    let url = url::Url::parse(media).map_err(|_| refusal(3, "badData: media"))?;
    let ending = url.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    expect(media.len() <= 2000 && (endings.is_empty() || endings.contains(&ending.as_str())), "media")
}

fn check_keyboard(keyboard: &Value) -> Checked {
    if keyboard.is_null() {
        return Ok(());
    }
    let buttons = keyboard["Buttons"].as_array().filter(|buttons| !buttons.is_empty());
    let buttons = buttons.ok_or_else(|| refusal(3, "badData: keyboard is not valid"))?;
    let within = |value: &Value, from: i64, to: i64| value.as_i64().is_none_or(|value| (from..=to).contains(&value));
    let good = |button: &Value| {
        let body = button["ActionBody"].as_str().is_some_and(|body| !body.is_empty());
        let text = button["Text"].as_str().is_none_or(|text| text.chars().count() <= 250);
        body && text && within(&button["Columns"], 1, 6) && within(&button["Rows"], 1, 2)
    };
    let columns: i64 = buttons.iter().map(|button| button["Columns"].as_i64().unwrap_or(6)).sum();
    let fits = keyboard["Type"] == "keyboard" && buttons.iter().all(good) && columns <= 12 * 6;
    expect(fits, "keyboard is not valid")
}

fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    body[field].as_str()
}

fn missing(field: &str) -> Value {
    refusal(4, &format!("missingData: {field}"))
}

fn expect(holds: bool, field: &str) -> Checked {
    if holds { Ok(()) } else { Err(refusal(3, &format!("badData: {field}"))) }
}

/// The person's client: fetches what is to be shown, and tells what became of it.
async fn show(shared: Arc<Shared>, token: String, sent: Sent) {
    let rejects = shared.with_chat(&token, &sent.receiver, |chat| chat.rejects.contains(&sent.kind));
    let fetched = match text(&sent.json, "media").filter(|_| matches!(sent.kind.as_str(), "picture" | "video" | "file"))
    {
        Some(media) => fetch(&shared, media).await.map(Some),
        None => Ok(None),
    };
    let problem =
        if rejects { Some("the client does not show it".to_owned()) } else { fetched.as_ref().err().cloned() };
    if let Some(problem) = problem {
        let fields = json!({ "user_id": sent.receiver, "desc": problem });
        let failed = callback::event(&shared, "failed", Some(sent.token), fields);
        return callback::deliver(&shared, &token, failed);
    }
    if let Some(bot) = shared.world().bots.get_mut(&token)
        && let Some(known) = bot.sent.iter_mut().find(|known| known.token == sent.token)
    {
        known.delivered = true;
        if let Ok(Some((bytes, headers))) = fetched {
            (known.file, known.file_headers) = (Some(bytes), headers);
        }
    }
    for _ in 0..shared.options.devices {
        let fields = json!({ "user_id": sent.receiver });
        callback::deliver(&shared, &token, callback::event(&shared, "delivered", Some(sent.token), fields));
        // Each device has its own time.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn fetch(shared: &Shared, media: &str) -> Result<(Bytes, [String; 2]), String> {
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let answer = shared.http.get(media).timeout(FETCH_WAIT).send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(format!("the media answers {}", answer.status()));
    }
    let header = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let headers = [header(CONTENT_TYPE), header(CONTENT_DISPOSITION)];
    Ok((answer.bytes().await.map_err(failed)?, headers))
}
