//! The page on which a newcomer plays the customer of a demo bot.
//!
//! `POST /demo/api/bot` names the bot; once an adapter polls for it or sets its webhook, the demo customer writes first.
//! The page talks to `/demo/api` in JSON; a form of another site cannot, because browsers ask before sending such types.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::customer::Customer;
use super::message::CustomerMessage;
use super::state::{Bot, ChatKey, Person, Shared, Standing};
use super::{image, text};

/// The token of the demo bot: always the same, so that a channel connected before a restart keeps working.
pub const DEMO_TOKEN: &str = "7000000001:DEMO_not_a_secret_the_fake_accepts_";
pub(super) const USERNAME: &str = "okno_demo_bot";
const CUSTOMER_ID: i64 = 7_000_000_101;
const GREETING: &str = "Здравствуйте! Сколько стоит окно два на полтора метра с установкой?";
const PICTURE_LIMIT: usize = 10 << 20;
/// How long the page waits for news before it asks again.
const NEWS_WAIT: Duration = Duration::from_secs(25);

/// How the demo is run.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// A folder that remembers that the demo customer has written first; without it each start of the fake greets anew.
    pub memory: Option<PathBuf>,
}

impl DemoOptions {
    /// Whether this is the first greeting; it is remembered.
    fn first_greeting(&self) -> bool {
        let Some(folder) = &self.memory else { return true };
        let file = folder.join("demo-customer-has-written");
        let known = file.exists();
        // A memory that cannot be kept costs a second greeting.
        let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, ""));
        !known
    }
}

fn customer(shared: &Arc<Shared>) -> Customer {
    Customer::new(shared.clone(), DEMO_TOKEN, Person::new(CUSTOMER_ID, "Покупатель 1"))
}

/// Makes the demo customer, whom the bot may write to: in an earlier life of the fake the customer may have written.
pub(super) fn prepare(shared: &Arc<Shared>) {
    customer(shared);
    let key = ChatKey::own(CUSTOMER_ID);
    shared.with_bot(DEMO_TOKEN, |_, bot| bot.chats.entry(key).or_default().standing = Standing::Open);
}

/// The customer's first message, once an adapter listens.
pub(super) fn greet(shared: &Arc<Shared>, token: &str) {
    let Some(options) = shared.options.demo.as_ref().filter(|_| token == DEMO_TOKEN) else { return };
    let first = shared.with_bot(token, |common, _| !std::mem::replace(&mut common.demo_greeted, true));
    if first && options.first_greeting() {
        customer(shared).text(GREETING);
    }
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/demo", get(page))
        .route("/demo/api/account", post(account))
        .route("/demo/api/bot", post(bot))
        .route("/demo/api/chat", get(chat))
        .route("/demo/api/text", post(write))
        .route("/demo/api/photo", post(picture))
        .route("/demo/api/press", post(press))
        .route("/demo/api/file/{file_id}", get(file))
        .layer(DefaultBodyLimit::max(PICTURE_LIMIT))
}

async fn page(headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let nonce = uuid::Uuid::now_v7().simple().to_string();
    let page = include_str!("page.html").replace("{{lang}}", language(accepted)).replace("{{nonce}}", &nonce);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

/// The first of our languages that the browser names; English for the rest of the world.
fn language(accepted: &str) -> &'static str {
    let ours = accepted.split(',').filter_map(|one| match one.trim().get(..2)?.to_lowercase().as_str() {
        "ru" => Some("ru"),
        "en" => Some("en"),
        _ => None,
    });
    ours.into_iter().next().unwrap_or("en")
}

/// What the demo button connects: which channel, with which settings, and where to write as the customer.
async fn account(headers: HeaderMap) -> Response {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let settings = json!({ "token": DEMO_TOKEN, "api_url": format!("http://{host}"), "receive": "poll" });
    let url = format!("http://{host}/demo");
    Json(json!({ "channel": "telegram", "name": "Демо Telegram", "settings": settings, "customer_url": url }))
        .into_response()
}

async fn bot() -> Json<Value> {
    Json(json!({ "token": DEMO_TOKEN, "username": USERNAME, "customer_chat_id": CUSTOMER_ID }))
}

#[derive(Deserialize)]
struct After {
    /// The `version` that the page has.
    #[serde(default)]
    after: String,
}

/// The chat as the customer sees it; waits until it differs from what the page has.
async fn chat(State(shared): State<Arc<Shared>>, Query(known): Query<After>) -> Json<Value> {
    let until = Instant::now() + NEWS_WAIT;
    let mut changes = shared.world().bots[DEMO_TOKEN].watch();
    loop {
        changes.borrow_and_update();
        let view = shared.with_bot_quietly(DEMO_TOKEN, view);
        if view["version"] != known.after.as_str() || Instant::now() >= until {
            return Json(view);
        }
        tokio::select! {
            () = shared.stop.cancelled() => return Json(view),
            _ = changes.changed() => {}
            () = sleep_until(until) => {}
        }
    }
}

fn view(bot: &Bot) -> Value {
    let chat = bot.chats.get(&ChatKey::own(CUSTOMER_ID));
    let messages: Vec<_> = chat.into_iter().flat_map(|chat| chat.messages.values()).map(|one| seen(one, bot)).collect();
    let connected = bot.webhook.is_some() || bot.polling.is_used();
    let mut hasher = DefaultHasher::new();
    (json!(messages).to_string(), connected).hash(&mut hasher);
    json!({ "version": format!("{:x}", hasher.finish()), "connected": connected, "messages": messages })
}

/// What the page shows of a message. Texts are foreign and are never put into the page as HTML.
fn seen(message: &Value, bot: &Bot) -> Value {
    let text = message.get("text").or_else(|| message.get("caption"));
    let file =
        ["document", "video", "audio", "voice", "video_note", "sticker"].iter().find_map(|field| message.get(*field));
    let photo = message["photo"].as_array().and_then(|sizes| sizes.last());
    json!({
        "id": message["message_id"], "date": message["date"], "own": message["from"]["id"] != bot.id, "text": text,
        "edited": message.get("edit_date").is_some(), "photo": photo.map(|photo| &photo["file_id"]),
        "file": file.map(|file| json!({ "id": file["file_id"], "name": file["file_name"] })),
        "quote": message["reply_to_message"].get("text").or_else(|| message["reply_to_message"].get("caption")),
        "buttons": message["reply_markup"]["inline_keyboard"], "location": message.get("location"),
    })
}

/// What the page is told when something cannot be sent.
fn refused(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

async fn write(State(shared): State<Arc<Shared>>, Json(Text { text }): Json<Text>) -> Response {
    let text = text.trim();
    if text.is_empty() || text::utf16_len(text) > text::TEXT_LIMIT {
        return refused(StatusCode::BAD_REQUEST, "text_length");
    }
    let sent = customer(&shared).text(text);
    Json(json!({ "message_id": sent.message_id })).into_response()
}

async fn picture(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("image/") || image::size(&bytes).is_none() {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_picture");
    }
    let sent = customer(&shared).send(CustomerMessage::photo(bytes));
    Json(json!({ "message_id": sent.message_id })).into_response()
}

#[derive(Deserialize)]
struct Press {
    message_id: i64,
    data: String,
}

async fn press(State(shared): State<Arc<Shared>>, Json(Press { message_id, data }): Json<Press>) -> Response {
    match customer(&shared).try_press(message_id, &data) {
        Some(_) => Json(json!({})).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no_button"),
    }
}

/// A file of the chat; only pictures are shown, everything else is only saved.
async fn file(State(shared): State<Arc<Shared>>, Path(file_id): Path<String>) -> Response {
    let bytes = shared.with_bot_quietly(DEMO_TOKEN, |bot| bot.files.get(&file_id).map(|file| file.bytes.clone()));
    let Some(bytes) = bytes else { return refused(StatusCode::NOT_FOUND, "no_file") };
    let kind = image::mime(&bytes).unwrap_or("application/octet-stream");
    let place = if kind.starts_with("image/") { "inline" } else { "attachment" };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, place),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_first_language_that_both_know() {
        assert_eq!(language("ru-RU,ru;q=0.9,en;q=0.8"), "ru");
        assert_eq!(language("de, en;q=0.5"), "en");
        assert_eq!(language("fr"), "en");
        assert_eq!(language(""), "en");
    }

    #[test]
    fn the_greeting_is_remembered_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let options = DemoOptions { memory: Some(folder.path().join("demo")) };
        assert!(options.first_greeting());
        assert!(!options.first_greeting());
        assert!(DemoOptions::default().first_greeting());
    }
}
