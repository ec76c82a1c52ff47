//! Calls of VK's methods (<https://dev.vk.com/ru/api/api-requests>, read 2026-11-26): a form with the version, the key in
//! a header, errors in answers of status 200.

use std::time::Duration;

use egress::Url;
use gateway_kit::SettingsError;
use runtime::Secret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use crate::{config::Settings, error::CallError, wire};

pub const VERSION: &str = "5.199";

/// 20 calls a second are allowed; the margin is for the clocks.
const BETWEEN: Duration = Duration::from_millis(55);

/// How long calls may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    pub call: Duration,
    /// Besides what matters: typing, names.
    pub aside: Duration,
    pub upload: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { call: seconds(15), aside: Duration::from_millis(800), upload: seconds(300) }
    }
}

pub type Param = (&'static str, String);

pub struct Client {
    api: egress::Client,
    /// For addresses that VK names in its answers: uploads, long polls, files. Its hosts change, and no list is published.
    named: egress::Client,
    base: Url,
    token: Secret,
    pub group: i64,
    pub deadlines: Deadlines,
    next: Mutex<Instant>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    error: Option<wire::ApiError>,
}

impl Client {
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(settings: Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let Settings { outside, token, group, .. } = settings;
        let named = outside.options::<String>([]);
        let named = egress::Options { hosts: egress::Hosts::Any, ..named };
        Ok(Self {
            api: outside.client::<String>([])?,
            named: egress::Client::new(named).map_err(|_| no_client())?,
            base: outside.base().clone(),
            token,
            group,
            deadlines,
            next: Mutex::new(Instant::now()),
        })
    }

    /// Calls a method and reads its `response`.
    ///
    /// # Errors
    /// [`CallError`] says whether it may have been done.
    pub async fn call<T: DeserializeOwned>(&self, method: &str, params: &[Param]) -> Result<T, CallError> {
        self.call_within(self.deadlines.call, method, params).await
    }

    pub async fn call_within<T: DeserializeOwned>(
        &self,
        deadline: Duration,
        method: &str,
        params: &[Param],
    ) -> Result<T, CallError> {
        self.turn().await;
        let mut url = self.base.clone();
        let path = format!("{}/{method}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let call = self.api.post(&url)?.with(|request| {
            let request = request.timeout(deadline).bearer_auth(self.token.expose());
            request.form(&[("v", VERSION), ("lang", "ru")].iter().copied().chain(pairs(params)).collect::<Vec<_>>())
        });
        let response = call.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        let answer: Answer<'_> = match serde_json::from_slice(&body) {
            Ok(answer) => answer,
            Err(_) => {
                return Err(CallError::Unknown(format!("VK answered {status} with something that is not its own")));
            }
        };
        match answer {
            Answer { error: Some(error), .. } => Err(error.into()),
            Answer { response: Some(response), .. } => {
                serde_json::from_str(response.get()).map_err(|_| CallError::Unreadable)
            }
            _ => Err(CallError::Unknown(format!("VK answered {status} with nothing"))),
        }
    }

    /// The community, as most methods want it named.
    pub fn group_param(&self) -> Param {
        ("group_id", self.group.to_string())
    }

    /// What an address holds that VK has named, as JSON.
    pub async fn ask<T: DeserializeOwned>(&self, url: &Url, deadline: Duration) -> Result<T, CallError> {
        let response = self.named.get(url)?.with(|request| request.timeout(deadline)).send().await?;
        Ok(response.success()?.json().await?)
    }

    /// Puts a file where VK wants it; the answer is JSON, whether it was taken or not.
    pub async fn upload<T: DeserializeOwned>(&self, url: &Url, form: egress::multipart::Form) -> Result<T, CallError> {
        let deadline = self.deadlines.upload;
        let response = self.named.post(url)?.with(|request| request.timeout(deadline).multipart(form)).send().await?;
        Ok(response.success()?.json().await?)
    }

    /// For files of customers.
    pub fn files(&self) -> &egress::Client {
        &self.named
    }

    /// Waits for this community's turn, so that a message of several calls stays below VK's limit too.
    async fn turn(&self) {
        let mut next = self.next.lock().await;
        let at = (*next).max(Instant::now());
        *next = at + BETWEEN;
        drop(next);
        sleep_until(at).await;
    }
}

/// What the other client was made of is good, so this tells of the machine.
fn no_client() -> SettingsError {
    let (ru, en) = ("соединение с этими настройками не создаётся", "no connection can be set up with these settings");
    SettingsError::new("api_url", ru, en)
}

fn pairs(params: &[Param]) -> impl Iterator<Item = (&'static str, &str)> {
    params.iter().map(|(name, value)| (*name, value.as_str()))
}
