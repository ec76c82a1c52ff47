//! Calls to the Bot API: teloxide-core makes them, our own types read the answers.

use std::{future::IntoFuture as _, marker::PhantomData, sync::Arc, time::Duration};

use egress::{Options, Url};
use gateway_kit::SettingsError;
use reqwest_012::{
    Certificate, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use teloxide_core::{
    Bot,
    payloads::GetUpdates,
    requests::{JsonRequest, MultipartPayload, MultipartRequest, Payload},
    types::InputFile,
};
use tokio::time::timeout;

use crate::{
    config::{Deliveries, Settings},
    error::CallError,
};

/// Telegram may hold a poll for so long. It would take 50 s; less keeps a quiet account well clear of the kit's watchdog.
pub const POLL_WAIT: Duration = Duration::from_secs(40);

/// How long calls may take. teloxide-core sleeps 10 s after a 5xx before it reads on, so less would hide what came.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    pub call: Duration,
    /// A call with files. Below two minutes, when router gives a claim up as unknown.
    pub upload: Duration,
    pub poll: Duration,
    /// Texts that nobody waits for, such as "typing".
    pub aside: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            upload: Duration::from_secs(100),
            poll: POLL_WAIT + Duration::from_secs(15),
            aside: Duration::from_secs(5),
        }
    }
}

/// The Bot API of one bot.
pub struct Client {
    bot: Bot,
    files: egress::Client,
    /// To the API server that Telegram runs itself, or to one of our own.
    pub deliveries: Deliveries,
    pub deadlines: Deadlines,
}

impl Client {
    /// No network.
    ///
    /// # Errors
    /// When the way to the API cannot be used.
    pub fn new(settings: &Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let files = settings.outside.client::<String>([])?;
        let http = http(files.options().clone(), &deadlines)?;
        let bot = Bot::with_client(settings.token.expose(), http).set_api_url(settings.outside.base().clone());
        Ok(Self { bot, files, deliveries: settings.deliveries(), deadlines })
    }

    /// Calls a method that takes no files.
    pub async fn call<P, T>(&self, payload: P) -> Result<T, CallError>
    where
        P: Payload + Serialize + Send + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        self.call_within(self.deadlines.call, payload).await
    }

    pub async fn call_within<P, T>(&self, deadline: Duration, payload: P) -> Result<T, CallError>
    where
        P: Payload + Serialize + Send + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        let request = JsonRequest::new(self.bot.clone(), Reading::new(payload, None));
        answered(deadline, request.into_future()).await
    }

    /// Calls a method that sends, in a topic of a channel's direct messages where there is one.
    pub async fn send<P, T>(&self, payload: P, direct: Option<i64>) -> Result<T, CallError>
    where
        P: Payload + Serialize + Send + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        let request = JsonRequest::new(self.bot.clone(), Reading::new(payload, direct));
        answered(self.deadlines.call, request.into_future()).await
    }

    /// The same with files.
    pub async fn upload<P, T>(&self, payload: P, direct: Option<i64>) -> Result<T, CallError>
    where
        P: MultipartPayload + Serialize + Send + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        let request = MultipartRequest::new(self.bot.clone(), Reading::new(payload, direct));
        answered(self.deadlines.upload, request.into_future()).await
    }

    /// `getUpdates`, each update as its bytes: one that we cannot read must not stop the others, which a parse of the
    /// whole answer would let it do.
    pub async fn updates(&self, payload: &GetUpdates) -> Result<Vec<Box<RawValue>>, CallError> {
        let url = self.url(&["GetUpdates"]);
        let answer = async {
            let response = self.bot.client().post(url).json(payload).send().await?;
            response.text().await
        };
        let text = timeout(self.deadlines.poll, answer).await.map_err(|_| late())?;
        updates_of(&text.map_err(|error| CallError::network(&error))?)
    }

    /// A file by the `file_path` that `getFile` gave; `None` when that names no file of this bot.
    pub async fn file(&self, path: &str, most_bytes: u64) -> Option<Result<egress::Download, egress::Error>> {
        let parts: Vec<_> = below_folder(path, self.bot.token())?.split('/').collect();
        if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return None;
        }
        let mut url = self.url(&[]);
        let name = url.path_segments().and_then(Iterator::last).unwrap_or_default().to_owned();
        url.path_segments_mut().ok()?.pop().push("file").push(&name).extend(parts);
        Some(self.files.download(&url, most_bytes).await)
    }

    fn url(&self, method: &[&str]) -> Url {
        let mut url = self.bot.api_url();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&format!("bot{}", self.bot.token())).extend(method);
        }
        url
    }
}

/// A server in `--local` mode tells where the file is on its disk: `<its folder>/<token>/<path>`.
fn below_folder<'a>(path: &'a str, token: &str) -> Option<&'a str> {
    if path.starts_with('/') { path.split_once(&format!("/{token}/")).map(|(_, path)| path) } else { Some(path) }
}

/// teloxide-core's client, set up as egress demands of one that is not its own.
fn http(options: Options, deadlines: &Deadlines) -> Result<reqwest_012::Client, SettingsError> {
    let longest = deadlines.upload.max(deadlines.poll);
    let mut builder = teloxide_core::net::default_reqwest_settings()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .timeout(longest)
        .user_agent(&options.user_agent);
    for pem in &options.extra_ca {
        let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| unusable("ca"))?;
        builder = roots.into_iter().fold(builder, reqwest_012::ClientBuilder::add_root_certificate);
    }
    if let Some(proxy) = &options.proxy {
        // egress has read the same address before, and checked it.
        builder = builder.proxy(Proxy::all(proxy.expose()).map_err(|_| unusable("proxy"))?);
    } else {
        builder = builder.dns_resolver(Arc::new(Resolver(Arc::new(options))));
    }
    builder.build().map_err(|_| unusable("api_url"))
}

/// Hands out only addresses that egress allows; reqwest connects to exactly these.
struct Resolver(Arc<Options>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let options = self.0.clone();
        Box::pin(async move {
            let addresses = options.resolve(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn unusable(field: &'static str) -> SettingsError {
    SettingsError::new(field, "с этим значением соединение не устанавливается", "no connection can be set up with it")
}

async fn answered<T>(
    deadline: Duration,
    call: impl Future<Output = Result<T, teloxide_core::RequestError>> + Send,
) -> Result<T, CallError> {
    timeout(deadline, call).await.map_err(|_| late())?.map_err(CallError::from)
}

/// Whoever gives up waiting cannot know.
fn late() -> CallError {
    CallError::Unknown("Telegram did not answer in time".into())
}

/// One of teloxide's payloads whose answer is read as `T`: the crate's own types are those of an older API.
/// They lack the topic of a channel's direct messages as well.
struct Reading<P, T> {
    payload: P,
    direct: Option<i64>,
    answer: PhantomData<fn() -> T>,
}

/// <https://core.telegram.org/bots/api#sendmessage>, since Bot API 9.2.
#[derive(Serialize)]
struct Direct<'a, P> {
    #[serde(flatten)]
    payload: &'a P,
    direct_messages_topic_id: i64,
}

impl<P, T> Reading<P, T> {
    fn new(payload: P, direct: Option<i64>) -> Self {
        Self { payload, direct, answer: PhantomData }
    }
}

impl<P: Payload, T> Payload for Reading<P, T> {
    type Output = T;
    const NAME: &'static str = P::NAME;
}

impl<P: Serialize, T> Serialize for Reading<P, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.direct {
            Some(topic) => Direct { payload: &self.payload, direct_messages_topic_id: topic }.serialize(serializer),
            None => self.payload.serialize(serializer),
        }
    }
}

impl<P: MultipartPayload, T> MultipartPayload for Reading<P, T> {
    fn copy_files(&self, into: &mut dyn FnMut(InputFile)) {
        self.payload.copy_files(into);
    }

    fn move_files(&mut self, into: &mut dyn FnMut(InputFile)) {
        self.payload.move_files(into);
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Vec<Box<RawValue>>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(serde::Deserialize)]
struct Parameters {
    #[serde(default)]
    retry_after: Option<u64>,
}

fn updates_of(text: &str) -> Result<Vec<Box<RawValue>>, CallError> {
    let answer: Answer =
        serde_json::from_str(text).map_err(|_| CallError::Unknown("the answer is not Telegram's".into()))?;
    match answer.parameters.and_then(|parameters| parameters.retry_after) {
        _ if answer.ok => Ok(answer.result),
        Some(seconds) => Err(CallError::Flood(Duration::from_secs(seconds))),
        None => Err(CallError::described(answer.description)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_that_cannot_be_read_leaves_the_others() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let text = format!(r#"{{"ok":true,"result":[{{"update_id":1,"x":{deep}}},{{"update_id":2}}]}}"#);
        assert_eq!(updates_of(&text).unwrap().len(), 2);
    }

    #[test]
    fn a_place_on_the_servers_disk_is_one_below_the_bots_folder() {
        for (path, expected) in [
            ("documents/file_1.pdf", Some("documents/file_1.pdf")),
            ("/var/lib/telegram-bot-api/7:A/documents/file_1.pdf", Some("documents/file_1.pdf")),
            ("/var/lib/telegram-bot-api/8:B/documents/file_1.pdf", None),
            ("/etc/passwd", None),
        ] {
            assert_eq!(below_folder(path, "7:A"), expected, "{path}");
        }
    }

    #[test]
    fn a_refused_poll_says_why() {
        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(updates_of(flood).unwrap_err(), CallError::Flood(Duration::from_secs(7)));
        let conflict =
            r#"{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}"#;
        assert!(matches!(updates_of(conflict).unwrap_err(), CallError::Refused(_)));
        assert!(matches!(updates_of("<html>502</html>").unwrap_err(), CallError::Unknown(_)));
    }
}
