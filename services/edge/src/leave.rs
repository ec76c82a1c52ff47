//! `/u/<token>`: how one leaves mailings. A page that asks, for people; the answer to a POST at once, for their mail programs
//! (RFC 8058). Whoever has the token may: it stands in that person's letter alone, so there are no cookies and no sign-in.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use contracts::inbox::LeaveMailingRequest;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER},
};
use rpc::Audience;
use tonic::Code;
use tracing::warn;

use crate::{Edge, upstream::Upstreams};

/// A token has 32 characters; what is longer is none.
const TOKEN: usize = 100;
const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
    ("strict-transport-security", "max-age=31536000"), // browsers heed it over TLS only
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Asked,
    Left,
    Unknown,
    /// Router does not say now.
    Later,
}

/// What a page says: title, text, and what the button says where there is one.
type Words = (&'static str, &'static str, &'static str);

/// GET: asks, and changes nothing: programs look at links, too.
pub async fn ask(State(edge): State<Arc<Edge>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let found = call(&edge.upstreams, token, true).await;
    page(found, is_russian(&headers))
}

/// POST, from a mail program or from the page's button.
pub async fn leave(State(edge): State<Arc<Edge>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let found = call(&edge.upstreams, token, false).await;
    page(found, is_russian(&headers))
}

async fn call(upstreams: &Upstreams, token: String, only_look: bool) -> Found {
    if token.len() > TOKEN {
        return Found::Unknown;
    }
    let answer = match upstreams.own_request(Audience::Router, LeaveMailingRequest { token, only_look }) {
        Ok(request) => rpc::call_with_deadline(upstreams.mailings().leave_mailing(request)).await,
        Err(status) => Err(status),
    };
    match answer {
        Ok(_) if only_look => Found::Asked,
        Ok(_) => Found::Left,
        Err(status) if status.code() == Code::NotFound => Found::Unknown,
        Err(status) => {
            warn!("router does not say whether somebody left a mailing: {}", status.code());
            Found::Later
        }
    }
}

/// Which of the two comes first.
fn is_russian(headers: &HeaderMap) -> bool {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let languages = wanted.split(',').map(|one| one.trim().to_ascii_lowercase());
    let known = languages.into_iter().find(|one| one.starts_with("ru") || one.starts_with("en"));
    known.is_some_and(|one| one.starts_with("ru"))
}

fn words(found: Found, russian: bool) -> Words {
    match (found, russian) {
        (Found::Asked, true) => (
            "Отписаться от рассылки?",
            "Письма рассылок на ваш адрес больше не придут. Ответы на ваши письма придут.",
            "Отписаться",
        ),
        (Found::Asked, false) => (
            "Unsubscribe?",
            "You will get no more letters of mailings. Answers to your own letters still reach you.",
            "Unsubscribe",
        ),
        (Found::Left, true) => ("Вы отписались", "Писем рассылок больше не будет.", ""),
        (Found::Left, false) => ("You are unsubscribed", "There will be no more letters of mailings.", ""),
        (Found::Unknown, true) => {
            ("Ссылка не подходит", "Такой ссылки для отписки нет. Откройте её из самого письма, целиком.", "")
        }
        (Found::Unknown, false) => (
            "This link does not fit",
            "There is no such link to unsubscribe by. Open it from the letter itself, as a whole.",
            "",
        ),
        (Found::Later, true) => ("Сейчас не получилось", "Откройте ссылку ещё раз через минуту.", ""),
        (Found::Later, false) => ("Not possible just now", "Open the link once more in a minute.", ""),
    }
}

fn page(found: Found, russian: bool) -> Response {
    let (title, text, button) = words(found, russian);
    let form = if button.is_empty() {
        String::new()
    } else {
        format!(
            "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>{button}</button></form>"
        )
    };
    let language = if russian { "ru" } else { "en" };
    let html = format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;\
         padding:0 1rem}}h1{{font-size:1.4rem}}button{{font:inherit;padding:.6rem 1.2rem;border-radius:.5rem;\
         border:1px solid;cursor:pointer}}</style><main><h1>{title}</h1><p>{text}</p>{form}</main></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = match found {
        Found::Asked | Found::Left => StatusCode::OK,
        Found::Unknown => StatusCode::NOT_FOUND,
        Found::Later => StatusCode::SERVICE_UNAVAILABLE,
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if found == Found::Later {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
    }
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_asked_in_their_language() {
        let russian = |wanted: &'static str| {
            is_russian(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(wanted))]))
        };
        assert!(russian("ru-RU,ru;q=0.9,en;q=0.8") && russian("de, RU"));
        assert!(!russian("en-GB,ru;q=0.5") && !russian("") && !is_russian(&HeaderMap::new()));
    }

    #[test]
    fn every_answer_says_what_it_is() {
        let status = |found| page(found, true).status();
        assert_eq!((status(Found::Asked), status(Found::Left)), (StatusCode::OK, StatusCode::OK));
        assert_eq!(status(Found::Unknown), StatusCode::NOT_FOUND);
        let later = page(Found::Later, false);
        assert_eq!(
            (later.status(), later.headers()[RETRY_AFTER].as_bytes()),
            (StatusCode::SERVICE_UNAVAILABLE, &b"60"[..])
        );
        assert!(later.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    }
}
