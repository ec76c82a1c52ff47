//! Calls to MAX's Bot API (<https://dev.max.ru/docs-api>, read 2026-11-26): about a dozen, JSON, a token in the header.

mod limits;
mod upload;

use std::time::Duration;

use bytes::Bytes;
use contracts::channel::Inbound;
use egress::{Client as Http, Method, StatusCode, Url};
use gateway_kit::SettingsError;
use limits::{Denial, Denials, Slowness};
use ring::hmac;
use runtime::Secret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;
use upload::Tokens;
pub use upload::{Kind, Parcel};

use crate::{
    address::Place,
    config::Settings,
    error::CallError,
    normalize::proof,
    wire::{Problem, Success},
};

/// MAX may hold a poll for so long. It would take 90 s; less keeps a quiet account well clear of the kit's watchdog.
pub const POLL_WAIT: Duration = Duration::from_secs(40);

/// Where MAX keeps files (<https://dev.max.ru/docs-api>, read 2026-11-26: fu.oneme.ru, iu.oneme.ru, vu.okcdn.ru; the
/// hosts of downloads are not documented, these are their families).
const MEDIA_HOSTS: [&str; 4] = [".oneme.ru", ".okcdn.ru", ".mycdn.me", ".max.ru"];

/// How long calls may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    pub call: Duration,
    /// One file; what `gateway_kit::prepared` gives to all of a message together is less.
    pub upload: Duration,
    pub poll: Duration,
    /// What nobody waits for, such as "typing".
    pub aside: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(25),
            upload: Duration::from_secs(300),
            poll: POLL_WAIT + Duration::from_secs(15),
            aside: Duration::from_secs(5),
        }
    }
}

/// The Bot API of one bot.
pub struct Client {
    http: Http,
    base: Url,
    token: Secret,
    pub deadlines: Deadlines,
    slowness: Slowness,
    denials: Denials,
    tokens: Tokens,
    proof: hmac::Key,
}

impl Client {
    /// No network.
    ///
    /// # Errors
    /// When the way to the API cannot be used.
    pub fn new(settings: &Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        Ok(Self {
            http: settings.outside.client(MEDIA_HOSTS)?,
            base: settings.outside.base().clone(),
            token: settings.token.clone(),
            deadlines,
            slowness: Slowness::default(),
            denials: Denials::default(),
            tokens: Tokens::default(),
            proof: hmac::Key::new(hmac::HMAC_SHA256, settings.token.expose().as_bytes()),
        })
    }

    /// Marks the numbers that a delivery proves to be its sender's.
    pub fn prove(&self, delivery: &[u8], facts: &mut [Inbound]) {
        let claims = facts.iter().filter_map(|fact| fact.peer.as_ref()).flat_map(|peer| &peer.aliases);
        if claims.into_iter().any(|alias| alias.claimed) {
            proof::mark(facts, &proof::phones_of(delivery, &self.proof));
        }
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<T, CallError> {
        read(&self.call(Method::GET, path, query, None, self.deadlines.call).await?)
    }

    /// `GET /updates` waits for what is new.
    pub async fn poll<T: DeserializeOwned>(&self, query: &[(&str, String)]) -> Result<T, CallError> {
        read(&self.call(Method::GET, &["updates"], query, None, self.deadlines.poll).await?)
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        body: &Value,
    ) -> Result<T, CallError> {
        read(&self.call(Method::POST, path, query, Some(body), self.deadlines.call).await?)
    }

    /// A call that answers whether it was done: a refusal may come with status 200.
    pub async fn write(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<(), CallError> {
        let answer = self.call(method, path, query, body, self.deadlines.call).await?;
        let answer: Success = read(&answer)?;
        if answer.success {
            return Ok(());
        }
        let text = answer.message.unwrap_or_default();
        Err(CallError::Refused { status: 200, code: String::new(), text })
    }

    /// Sends a message; what every conversation answers is told from what this one answers.
    pub async fn send<T: DeserializeOwned>(&self, place: Place, body: &Value) -> Result<T, CallError> {
        match self.post(&["messages"], &[place.query()], body).await {
            Ok(sent) => {
                self.denials.taken(place);
                Ok(sent)
            }
            Err(CallError::Refused { status: 403, code, text }) => Err(match self.denials.refused(place) {
                Denial::Theirs => CallError::Refused { status: 403, code, text },
                Denial::Unclear => CallError::Denied(text),
                Denial::Everybody => CallError::Closed(text),
            }),
            Err(error) => Err(error),
        }
    }

    pub async fn typing(&self, chat: i64) {
        let body = serde_json::json!({ "action": "typing_on" });
        let (chat, wait) = (chat.to_string(), self.deadlines.aside);
        let _ = self.call(Method::POST, &["chats", &chat, "actions"], &[], Some(&body), wait).await;
    }

    /// A file by the address that MAX gave.
    pub async fn file(&self, url: &Url, most_bytes: u64) -> Result<egress::Download, egress::Error> {
        self.http.download(url, most_bytes).await
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&Value>,
        deadline: Duration,
    ) -> Result<Bytes, CallError> {
        let url = self.url(path, query);
        let call = self.http.call(method, &url).map_err(|error| CallError::network(&error))?;
        let call = call.with(|request| {
            // No scheme such as "Bearer" before it.
            let request = request.header("Authorization", self.token.expose()).timeout(deadline);
            body.into_iter().fold(request, |request, body| request.json(body))
        });
        let answered = async {
            let response = call.send().await?;
            let status = response.status();
            Ok((status, response.bytes().await?))
        };
        let answered = timeout(deadline, answered).await.map_err(|_| late())?;
        let (status, bytes) = answered.map_err(|error: egress::Error| CallError::network(&error))?;
        self.judge(status, bytes)
    }

    fn judge(&self, status: StatusCode, bytes: Bytes) -> Result<Bytes, CallError> {
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.slowness.passed();
        }
        match status.as_u16() {
            200..300 => Ok(bytes),
            429 => Err(self.slowness.again()),
            400..500 => Err(refusal(status, &bytes)),
            _ => Err(CallError::Unknown(format!("MAX answered {status}"))),
        }
    }

    fn url(&self, path: &[&str], query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(bytes).map_err(|_| CallError::Unknown("the answer is not MAX's".into()))
}

/// What is not MAX's JSON is a page of somebody between us: it says nothing of what MAX has done, nor of a person.
fn refusal(status: StatusCode, bytes: &[u8]) -> CallError {
    let status = status.as_u16();
    match serde_json::from_slice(bytes).unwrap_or_default() {
        Problem { code: None, message: None } => {
            CallError::Unknown(format!("an answer with status {status} that is not MAX's"))
        }
        Problem { code, message } => {
            CallError::Refused { status, code: code.unwrap_or_default(), text: message.unwrap_or_default() }
        }
    }
}

/// Whoever gives up waiting cannot know.
fn late() -> CallError {
    CallError::Unknown("MAX did not answer in time".into())
}
