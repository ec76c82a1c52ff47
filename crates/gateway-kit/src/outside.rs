//! How an account reaches its provider: the address of the API, a proxy, more roots of trust. Networks differ by account
//! and not by machine, and some providers are signed by roots that no trust store holds.

use contracts::channel::{LocalText, SettingsField, SettingsFieldKind};
use egress::{BuildError, Client, Options, Url};
use runtime::Secret;

use crate::{AccountSetup, SettingsError, describe::text};

const API_URL: &str = "api_url";
const PROXY: &str = "proxy";
const CA: &str = "ca";

/// A bundle has a few certificates of about 2 KB each.
const CA_BYTES: usize = 64 << 10;

/// The way to a provider, read from an account's settings and checked.
#[derive(Debug, Clone)]
pub struct Outside {
    base: Url,
    proxy: Option<Secret>,
    ca: String,
    allow_private: bool,
}

impl Outside {
    /// Reads `api_url` (`default_base` when it is empty), `proxy` and `ca`. No network.
    ///
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup, default_base: &str) -> Result<Self, SettingsError> {
        let allow_private = setup.allow_private_addresses;
        let outside = Self {
            base: base(setup.get(API_URL), default_base, allow_private)?,
            proxy: proxy(setup.get(PROXY))?,
            ca: ca(setup.get(CA))?,
            allow_private,
        };
        outside.options::<String>([]).check_url(&outside.base).map_err(|_| private(API_URL))?;
        outside.client::<String>([])?;
        Ok(outside)
    }

    /// Where the API is: the setting, else the provider's own. No query, no fragment.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What a client may reach: the host of [`Outside::base`], and `more_hosts` (media, as [`egress::Hosts`] writes
    /// them). Private addresses and plain HTTP only with the account's permission.
    #[must_use]
    pub fn options<T: Into<String>>(&self, more_hosts: impl IntoIterator<Item = T>) -> Options {
        let own = self.base.host_str().map(|host| host.trim_matches(['[', ']']).to_owned());
        Options {
            allow_private: self.allow_private,
            allow_http: self.allow_private && self.base.scheme() == "http",
            proxy: self.proxy.clone(),
            extra_ca: Some(self.ca.clone()).filter(|ca| !ca.is_empty()).into_iter().collect(),
            ..Options::hosts(own.into_iter().chain(more_hosts.into_iter().map(Into::into)))
        }
    }

    /// # Errors
    /// Names the field that cannot be used.
    pub fn client<T: Into<String>>(&self, more_hosts: impl IntoIterator<Item = T>) -> Result<Client, SettingsError> {
        Client::new(self.options(more_hosts)).map_err(|error| self.problem(&error))
    }

    /// A certificate that is PEM but none inside shows only when the client is made.
    fn problem(&self, error: &BuildError) -> SettingsError {
        match error {
            BuildError::Proxy(_) => bad_proxy(),
            BuildError::Certificate(_) => bad_ca(),
            BuildError::Client(_) if !self.ca.is_empty() => bad_ca(),
            BuildError::Client(_) => SettingsError::new(
                API_URL,
                "соединение с этими настройками не создаётся: проверьте корневые сертификаты системы (ca-certificates)",
                "no connection can be set up: check the system's root certificates (ca-certificates)",
            ),
        }
    }

    /// The three fields for the form of an account, all of them advanced.
    #[must_use]
    pub fn fields(default_base: &str, provider: &LocalText) -> Vec<SettingsField> {
        vec![api_url_field(default_base, provider), proxy_field(provider), ca_field(provider)]
    }
}

fn base(text: &str, default: &str, allow_private: bool) -> Result<Url, SettingsError> {
    let text = text.trim().trim_end_matches('/');
    let url = Url::parse(if text.is_empty() { default } else { text }).map_err(|_| {
        let (ru, en) = ("нужен адрес, например https://…", "it should be an address, for example https://…");
        SettingsError::new(API_URL, ru, en)
    })?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.host().is_some();
    let is_safe = url.scheme() == "https" || allow_private && url.scheme() == "http";
    if !is_plain || !is_safe {
        let ru = "адрес начинается с https://, без ? и #";
        return Err(SettingsError::new(API_URL, ru, "it should begin with https:// and have neither ? nor #"));
    }
    Ok(url)
}

fn proxy(text: &str) -> Result<Option<Secret>, SettingsError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5h") && url.has_host();
    match Url::parse(text) {
        Ok(url) if known(&url) => Ok(Some(Secret::new(text))),
        _ => Err(bad_proxy()),
    }
}

fn ca(text: &str) -> Result<String, SettingsError> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        let ru = "здесь закрытый ключ: ему тут не место, нужны только сертификаты (BEGIN CERTIFICATE)";
        return Err(SettingsError::new(CA, ru, "there is a private key in it: only certificates belong here"));
    }
    let is_bundle = text.contains("-----BEGIN CERTIFICATE-----") && text.len() <= CA_BYTES;
    if text.is_empty() || is_bundle { Ok(text.to_owned()) } else { Err(bad_ca()) }
}

fn private(field: &'static str) -> SettingsError {
    let ru = "это адрес внутренней сети: такие разрешает администратор сервера";
    SettingsError::new(
        field,
        ru,
        "this is an address of a private network, which the server's administrator must allow",
    )
}

/// Never repeats the value: a password may stand in it.
fn bad_proxy() -> SettingsError {
    SettingsError::new(
        PROXY,
        "нужен адрес http://, https:// или socks5h:// с именем сервера и портом",
        "it should be http://, https:// or socks5h:// with host and port",
    )
}

fn bad_ca() -> SettingsError {
    SettingsError::new(
        CA,
        "нужны сертификаты в виде PEM: строки от -----BEGIN CERTIFICATE----- до -----END CERTIFICATE----- целиком",
        "it should be PEM: everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    )
}

fn api_url_field(default_base: &str, provider: &LocalText) -> SettingsField {
    SettingsField {
        name: API_URL.into(),
        kind: SettingsFieldKind::Url.into(),
        title: Some(text("Адрес API", "API address")),
        help: Some(text(
            &format!(
                "Меняйте, только если у вас свой сервер или зеркало ({}). Сервер получит ключи доступа.",
                provider.ru
            ),
            &format!(
                "Change it only for a server or mirror of your own ({}). That server gets the access keys.",
                provider.en
            ),
        )),
        advanced: true,
        default_value: default_base.into(),
        ..SettingsField::default()
    }
}

fn proxy_field(provider: &LocalText) -> SettingsField {
    SettingsField {
        name: PROXY.into(),
        kind: SettingsFieldKind::Text.into(),
        title: Some(text("Прокси", "Proxy")),
        help: Some(text(
            &format!(
                "http://, https:// или socks5h://, если напрямую не соединиться ({}). Имя и пароль можно указать в адресе.",
                provider.ru
            ),
            &format!(
                "http://, https:// or socks5h://, if there is no direct way ({}). It may hold user and password.",
                provider.en
            ),
        )),
        secret: true,
        advanced: true,
        pattern: r"^(https?|socks5h)://\S+$".into(),
        placeholder: "socks5h://proxy.example.com:1080".into(),
        ..SettingsField::default()
    }
}

fn ca_field(provider: &LocalText) -> SettingsField {
    SettingsField {
        name: CA.into(),
        kind: SettingsFieldKind::Lines.into(),
        title: Some(text("Корневые сертификаты", "Root certificates")),
        help: Some(text(
            &format!(
                "PEM. Нужны, если сертификат сервера ({}) подписан корнем, которого нет в системе, например корнем \
                 Минцифры. Действуют только для этой учётной записи.",
                provider.ru
            ),
            &format!(
                "PEM. Needed if the server's certificate ({}) is signed by a root that the system lacks, such as that of \
                 the Russian Ministry of Digital Development. They hold for this account only.",
                provider.en
            ),
        )),
        advanced: true,
        placeholder: "-----BEGIN CERTIFICATE-----".into(),
        ..SettingsField::default()
    }
}
