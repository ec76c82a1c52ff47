//! Public links to stored files that expire, for a provider that fetches what we send instead of taking an upload:
//! `GET /<channel>/<account>/files/<token>/<name>` on the gateway's own listener. Whoever holds a link gets this one file until
//! it expires; nobody can make or change one, and every order has links of its own.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Utc};
use contracts::channel::Attachment;
use download::NotGiven;
use futures::StreamExt as _;
use model::AccountId;
use object_store::{ObjectStore, path::Path as Key};
use ring::hmac;
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::sleep};
use tracing::warn;
use url::Url;

use crate::{AccountSetup, Front, Gateway, PUBLIC_URL, Refusal, refusal::SOON};

/// Files that one process hands out at the same time; the next ones are asked to come again.
const PLACES: usize = 256;
/// For one file: whoever reads slower holds a place for nothing.
const LONGEST: Duration = Duration::from_secs(900);
/// Longer ones are none of ours.
const TOKEN_BYTES: usize = 1024;

/// Makes and opens an account's links. Every replica knows the same key.
#[derive(Clone)]
pub struct FileLinks {
    /// The first one signs, each opens.
    keys: Vec<hmac::Key>,
    /// Below it lie the links; `None`: no public address is known.
    base: Option<Url>,
}

/// What a link names, beside the file's name, which stands in the URL itself: some providers look at its ending.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// Unix seconds.
    #[serde(rename = "e")]
    expires: i64,
    /// Whose message the file stands in.
    #[serde(rename = "i")]
    message_id: String,
    #[serde(rename = "o")]
    object_key: String,
    #[serde(rename = "m")]
    mime_type: String,
}

impl FileLinks {
    /// `secret` is one of the account's that only we and its provider know; when it changes, older links end.
    #[must_use]
    pub fn new(channel: &str, setup: &AccountSetup, secret: &str) -> Self {
        let path = format!("{channel}/{}/files/", setup.account);
        let base = Url::parse(&format!("{}/", setup.get(PUBLIC_URL))).ok();
        Self { keys: vec![key(setup.account, secret)], base: base.and_then(|base| base.join(&path).ok()) }
    }

    /// Opens links of an older secret too, while the account has one.
    #[must_use]
    pub fn opened_by(mut self, setup: &AccountSetup, older: Option<&str>) -> Self {
        self.keys.extend(older.map(|secret| key(setup.account, secret)));
        self
    }

    /// Whether links can be made at all.
    #[must_use]
    pub fn are_public(&self) -> bool {
        self.base.is_some()
    }

    /// The link under which the file of a message can be had until `until`; `None`: no public address is known. `name` is what
    /// it is saved as, `file` says where it lies.
    #[must_use]
    pub fn link(&self, message_id: &str, file: &Attachment, name: &str, until: DateTime<Utc>) -> Option<Url> {
        let name = segment(name);
        let claims = Claims {
            expires: until.timestamp(),
            message_id: message_id.to_owned(),
            object_key: file.object_key.clone(),
            mime_type: file.mime_type.clone(),
        };
        // Our own claims always become JSON.
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let tag = hmac::sign(self.keys.first()?, &signed(&claims, &name));
        let mut url = self.base.clone()?;
        let token = format!("{}.{}", BASE64.encode(&claims), BASE64.encode(tag.as_ref()));
        url.path_segments_mut().ok()?.pop_if_empty().push(&token).push(&name);
        Some(url)
    }

    fn open(&self, token: &str, name: &str) -> Option<Claims> {
        if token.len() > TOKEN_BYTES {
            return None;
        }
        let (claims, tag) = token.split_once('.')?;
        let (claims, tag) = (BASE64.decode(claims).ok()?, BASE64.decode(tag).ok()?);
        // In constant time.
        let good = self.keys.iter().any(|key| hmac::verify(key, &signed(&claims, name), &tag).is_ok());
        if good { serde_json::from_slice(&claims).ok() } else { None }
    }

    /// The file that a link names, or the part of it that `headers` ask for.
    ///
    /// # Errors
    /// 404 for a link that is none of ours or has expired, and for a file that is gone; 416; 503.
    pub async fn give(
        &self,
        objects: &dyn ObjectStore,
        token: &str,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let claims = self.open(token, name).filter(|claims| claims.expires > Utc::now().timestamp());
        let claims = claims.ok_or(not_found())?;
        let given = download::bytes(objects, &Key::from(claims.object_key.as_str()), headers).await;
        let mut response = given.map_err(refusal)?;
        download::describe(response.headers_mut(), &claims.mime_type, name);
        Ok(response)
    }
}

/// Apart from whatever else is signed with the same secret.
fn key(account: AccountId, secret: &str) -> hmac::Key {
    let root = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let own = hmac::sign(&root, format!("okno file links {account}").as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, own.as_ref())
}

fn signed(claims: &[u8], name: &str) -> Vec<u8> {
    [claims, b"\n", name.as_bytes()].concat()
}

/// A name that stays one segment of a path.
fn segment(name: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '/' | '\\' | '?' | '#' | '%') { '_' } else { c };
    let name: String = name.chars().map(plain).collect();
    if matches!(name.as_str(), "" | "." | "..") { "file".to_owned() } else { name }
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "file")
}

fn refusal(cause: NotGiven) -> Refusal {
    match cause {
        NotGiven::NotSatisfiable { .. } => Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "range"),
        NotGiven::Store(object_store::Error::NotFound { .. }) => not_found(),
        NotGiven::Store(error) => {
            warn!(%error, "the object store did not give a file");
            Refusal::later("objects", 2)
        }
    }
}

struct Desk<G> {
    front: Arc<Front<G>>,
    links: fn(&G) -> &FileLinks,
    places: Arc<Semaphore>,
}

/// For [`Gateway::routes`]: serves the links of every account of this gateway.
pub fn serve_files<G: Gateway>(front: Arc<Front<G>>, links: fn(&G) -> &FileLinks) -> Router {
    let desk = Desk { front, links, places: Arc::new(Semaphore::new(PLACES)) };
    let path = format!("/{}/{{account}}/files/{{token}}/{{name}}", G::CHANNEL);
    Router::new().route(&path, get(hand_out::<G>)).with_state(Arc::new(desk))
}

async fn hand_out<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    Path((account, token, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = desk.front.visit(&account)?;
    let place = desk.places.clone().try_acquire_owned().map_err(|_| Refusal::later("busy", SOON))?;
    let links = (desk.links)(&visit.gateway);
    let response = links.give(desk.front.objects().as_ref(), &token, &name, &headers).await?;
    Ok(response.map(|body| {
        let parts = body.into_data_stream().take_until(sleep(LONGEST));
        Body::from_stream(parts.map(move |part| {
            let _held = &place;
            part
        }))
    }))
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::header::RANGE};
    use chrono::TimeDelta;
    use object_store::{ObjectStoreExt as _, memory::InMemory};

    use super::*;

    fn links(account: AccountId, secret: &str) -> FileLinks {
        let setup = AccountSetup { account, settings: [].into(), allow_private_addresses: false };
        let url = Url::parse("https://okno.example.org/in/").unwrap();
        FileLinks::new("scripted", &setup.with_public_url(Some(&url)), secret)
    }

    fn file(object_key: &str, mime_type: &str) -> Attachment {
        Attachment { object_key: object_key.into(), mime_type: mime_type.into(), ..Attachment::default() }
    }

    /// The last two segments of a link, as the listener reads them.
    fn parts(url: &Url) -> (String, String) {
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        let name = segments[segments.len() - 1];
        let name = name.replace("%20", " ").replace("%D1%91", "ё");
        (segments[segments.len() - 2].to_owned(), name)
    }

    async fn give(links: &FileLinks, token: &str, name: &str, range: Option<&str>) -> (u16, Vec<u8>) {
        let objects = InMemory::new();
        objects.put(&Key::from("up/1"), b"0123456789".as_slice().into()).await.unwrap();
        let headers = range.map(|range| (RANGE, range.parse().unwrap())).into_iter().collect();
        match links.give(&objects, token, name, &headers).await {
            Ok(given) => (given.status().as_u16(), to_bytes(given.into_body(), 100).await.unwrap().to_vec()),
            Err(refusal) => (refusal.status().as_u16(), Vec::new()),
        }
    }

    #[tokio::test]
    async fn a_link_gives_its_file_whole_and_in_part() {
        let links = links(AccountId::new(), "secret");
        let url = links.link("m1", &file("up/1", "image/png"), "ё 1.png", Utc::now() + TimeDelta::days(1)).unwrap();
        assert!(url.as_str().starts_with("https://okno.example.org/in/"), "{url}");
        let (token, name) = parts(&url);
        assert_eq!(name, "ё 1.png");
        assert_eq!(give(&links, &token, &name, None).await, (200, b"0123456789".to_vec()));
        assert_eq!(give(&links, &token, &name, Some("bytes=2-4")).await, (206, b"234".to_vec()));
        assert_eq!(give(&links, &token, &name, Some("bytes=99-")).await.0, 416);
    }

    #[tokio::test]
    async fn nothing_of_a_link_can_be_changed_or_guessed() {
        let account = AccountId::new();
        let own = links(account, "secret");
        let until = Utc::now() + TimeDelta::days(1);
        let (token, name) = parts(&own.link("m1", &file("up/1", "image/png"), "a.png", until).unwrap());
        for other in [links(account, "another"), links(AccountId::new(), "secret")] {
            assert_eq!(give(&other, &token, &name, None).await.0, 404);
        }
        assert_eq!(give(&own, &token, "a.html", None).await.0, 404);
        let (other, _) = parts(&own.link("m2", &file("up/1", "image/png"), "a.png", until).unwrap());
        assert_ne!(other, token, "each message has a link of its own");
        let (claims, tag) = token.split_once('.').unwrap();
        let longer = BASE64.encode(br#"{"e":9999999999,"i":"m1","o":"up/1","m":"text/html"}"#);
        let long = "A".repeat(5000);
        for token in [format!("{longer}.{tag}"), format!("{claims}."), claims.to_owned(), String::new(), long] {
            assert_eq!(give(&own, &token, &name, None).await.0, 404, "{token}");
        }
    }

    #[tokio::test]
    async fn a_link_ends_and_so_does_its_file() {
        let links = links(AccountId::new(), "secret");
        let (token, name) =
            parts(&links.link("m1", &file("up/1", ""), "a", Utc::now() - TimeDelta::seconds(1)).unwrap());
        assert_eq!(give(&links, &token, &name, None).await.0, 404, "expired");
        let (token, name) = parts(&links.link("m1", &file("up/2", ""), "a", Utc::now() + TimeDelta::days(1)).unwrap());
        assert_eq!(give(&links, &token, &name, None).await.0, 404, "gone from the store");
    }

    #[tokio::test]
    async fn while_a_secret_changes_older_links_stay_good() {
        let account = AccountId::new();
        let (token, name) =
            parts(&links(account, "old").link("m1", &file("up/1", ""), "a", Utc::now() + TimeDelta::days(1)).unwrap());
        let setup = AccountSetup { account, settings: [].into(), allow_private_addresses: false };
        let new = links(account, "new");
        assert_eq!(give(&new, &token, &name, None).await.0, 404);
        assert_eq!(give(&new.opened_by(&setup, Some("old")), &token, &name, None).await.0, 200);
    }

    #[test]
    fn without_a_public_address_there_is_no_link() {
        let setup = AccountSetup { account: AccountId::new(), settings: [].into(), allow_private_addresses: false };
        let links = FileLinks::new("scripted", &setup, "secret");
        assert!(!links.are_public());
        assert_eq!(links.link("m1", &file("up/1", ""), "a", Utc::now()), None);
    }

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("../a?b#c%2f.png"), ".._a_b_c_2f.png");
        assert_eq!((segment(".."), segment("")), ("file".to_owned(), "file".to_owned()));
    }
}
