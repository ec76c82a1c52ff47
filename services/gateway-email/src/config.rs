//! A mailbox's settings.

use std::sync::Arc;

use egress::{Client, Options, Url};
use gateway_kit::{AccountSetup, OWN_KEY, SettingsError};
use letter::threads::Tokens;
use runtime::Secret;

use crate::{
    imap::MOST_CHOSEN,
    login::{Login, OAuth, Proof, Replaced},
    net::{Dialer, Security, Server},
    preset::{self, Preset},
    push,
};

/// Seconds between two looks where the server does not announce letters by itself.
pub const PERIOD_SECONDS: u32 = 60;
/// Days of history that are taken when a mailbox is connected.
pub const HISTORY_DAYS: u32 = 30;

/// By what letters come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receive {
    Imap,
    /// Letters stay on the server; what others wrote from the mailbox is not seen.
    Pop3,
    /// A mail server brings them to us. What others wrote from the mailbox is seen where it brings that, too.
    Push,
}

/// Which folders are read, beside that of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folders {
    Inbox,
    /// All that a person would look into.
    All,
    /// These too, with `/` between the levels.
    These(Vec<String>),
}

/// Whether we put a copy of what we send among the sent letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    Ours,
    /// The provider does it; a copy of ours would be the second one.
    Providers,
}

/// Where our letters carry what leads an answer back, should its program name no letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    Nowhere,
    /// In an address for answers: `support+r-<token>@example.com`.
    Address,
    /// In the subject: `[#<token>]`.
    Subject,
}

/// How reply tokens are made, and read.
#[derive(Clone)]
pub struct ReplyTokens {
    pub carried: Carried,
    /// `None`: there is no key. What was sent with one is still read when new letters carry none.
    pub tokens: Option<Tokens>,
}

impl ReplyTokens {
    fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let carried = match setup.get("reply_tokens") {
            "address" => Carried::Address,
            "subject" => Carried::Subject,
            _ => Carried::Nowhere,
        };
        let key = setup.get(OWN_KEY);
        let tokens = (!key.is_empty()).then(|| Tokens::new(key.as_bytes()));
        if carried != Carried::Nowhere && tokens.is_none() {
            return Err(SettingsError::new(
                "reply_tokens",
                "метки ответов подписываются ключом канала, а его нет",
                "reply tokens are signed with the channel's key, and there is none",
            ));
        }
        Ok(Self { carried, tokens })
    }
}

/// A mailbox's settings, checked.
#[derive(Clone)]
pub struct Settings {
    /// In lower case.
    pub address: String,
    /// What people see beside the address; may be empty.
    pub name: String,
    pub receive: Receive,
    /// `None`: letters are brought to us.
    pub incoming: Option<Server>,
    pub smtp: Server,
    pub login: Login,
    pub smtp_login: Login,
    pub dialer: Dialer,
    /// As the owner writes it; empty: the server tells.
    pub sent_folder: String,
    /// IMAP only.
    pub folders: Folders,
    pub period_seconds: u32,
    pub history_days: u32,
    pub copies: Copies,
    pub reply: ReplyTokens,
    /// The server whose word on senders counts; empty: nobody's does.
    pub authserv_id: String,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let address = address(setup.get("address"))?;
        let preset = preset::of(setup.get("provider"));
        let receive = receive(setup)?;
        let dialer = Dialer::new(setup.allow_private_addresses, setup.get("ca").trim()).ok_or_else(bad_ca)?;
        let login = login(setup, &preset, &address)?;
        let smtp_login = match setup.get("smtp_password").is_empty() {
            true => login.clone(),
            false => by_password(setup, "smtp_user", "smtp_password", &login.user)?,
        };
        Ok(Self {
            name: gateway_kit::words::clean(setup.get("sender_name"), 200),
            incoming: match receive {
                Receive::Imap => Some(server(setup, &IMAP, &preset)?),
                Receive::Pop3 => Some(server(setup, &POP3, &preset)?),
                Receive::Push => None,
            },
            receive,
            smtp: server(setup, &SMTP, &preset)?,
            login,
            smtp_login,
            dialer,
            sent_folder: plain("sent_folder", setup.get("sent_folder"))?,
            folders: folders(setup)?,
            period_seconds: number(setup, "period_seconds", PERIOD_SECONDS, 10, 3600)?,
            history_days: number(setup, "history_days", HISTORY_DAYS, 0, 3650)?,
            copies: match setup.get("copies") {
                "ours" => Copies::Ours,
                "providers" => Copies::Providers,
                _ => preset.copies,
            },
            reply: ReplyTokens::read(setup)?,
            authserv_id: authserv_id(setup, &preset)?,
            address,
        })
    }
}

fn receive(setup: &AccountSetup) -> Result<Receive, SettingsError> {
    match setup.get("receive") {
        "pop3" => Ok(Receive::Pop3),
        "push" if setup.get(push::TAKEN).is_empty() => Err(SettingsError::new(
            "receive",
            "шлюз почты не принимает писем сам: администратору сервера нужно задать OKNO_GATEWAY_EMAIL_LMTP",
            "the mail gateway takes no letters itself: the server's administrator has to set OKNO_GATEWAY_EMAIL_LMTP",
        )),
        "push" => Ok(Receive::Push),
        _ => Ok(Receive::Imap),
    }
}

fn folders(setup: &AccountSetup) -> Result<Folders, SettingsError> {
    const FIELD: &str = "folders";
    let lines = setup.get(FIELD).lines().map(|line| line.trim().trim_matches('/')).filter(|line| !line.is_empty());
    let names = lines.map(|line| plain(FIELD, line)).collect::<Result<Vec<_>, _>>()?;
    match names.as_slice() {
        [] => Ok(Folders::Inbox),
        names if names.iter().any(|name| name == "*") => Ok(Folders::All),
        names if names.len() > MOST_CHOSEN => {
            let (ru, en) = (format!("не больше {MOST_CHOSEN} папок"), format!("at most {MOST_CHOSEN} folders"));
            Err(SettingsError::new(FIELD, &ru, &en))
        }
        _ => Ok(Folders::These(names)),
    }
}

fn authserv_id(setup: &AccountSetup, preset: &Preset) -> Result<String, SettingsError> {
    let typed = plain("authserv_id", setup.get("authserv_id"))?;
    Ok(if typed.is_empty() { preset.authserv_id.to_owned() } else { typed })
}

/// The fields of one side.
struct Side {
    host: &'static str,
    port: &'static str,
    security: &'static str,
    of: fn(&Preset) -> Option<Server>,
    ports: (u16, u16),
}

const IMAP: Side =
    Side { host: "in_host", port: "in_port", security: "in_security", of: |p| p.imap.clone(), ports: (993, 143) };
const POP3: Side = Side { of: |p| p.pop3.clone(), ports: (995, 110), ..IMAP };
const SMTP: Side =
    Side { host: "smtp_host", port: "smtp_port", security: "smtp_security", of: |p| p.smtp.clone(), ports: (465, 587) };

/// What is typed in wins over the provider's own.
fn server(setup: &AccountSetup, side: &Side, preset: &Preset) -> Result<Server, SettingsError> {
    let known = (side.of)(preset);
    let host = setup.get(side.host).trim().to_lowercase();
    let host = if host.is_empty() { known.as_ref().map(|known| known.host.clone()).unwrap_or_default() } else { host };
    let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_'));
    if host.is_empty() || !is_name {
        let ru = "нужно имя сервера, например mail.example.com";
        return Err(SettingsError::new(side.host, ru, "it should be a host name, for example mail.example.com"));
    }
    let security = match setup.get(side.security) {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "none" if setup.allow_private_addresses => Security::Plain,
        "none" => return Err(not_in_the_clear(side.security)),
        _ => known.as_ref().map_or(Security::Tls, |known| known.security),
    };
    let usual = if security == Security::Tls { side.ports.0 } else { side.ports.1 };
    let usual = known.filter(|known| known.security == security).map_or(usual, |known| known.port);
    let port = number(setup, side.port, u32::from(usual), 1, 65_535)?;
    Ok(Server { host, port: u16::try_from(port).unwrap_or(usual), security })
}

/// By consent where there is one, else by password.
fn login(setup: &AccountSetup, preset: &Preset, address: &str) -> Result<Login, SettingsError> {
    if !setup.get("oauth_refresh_token").is_empty() {
        return by_consent(setup, preset, address);
    }
    if setup.get("password").is_empty() {
        return Err(SettingsError::new("password", "нужен пароль почтового ящика", "the mailbox's password is needed"));
    }
    by_password(setup, "user", "password", address)
}

fn by_password(
    setup: &AccountSetup,
    user: &'static str,
    password: &'static str,
    usual: &str,
) -> Result<Login, SettingsError> {
    let proof = Proof::Password(Secret::new(plain(password, setup.get(password))?));
    Ok(Login { user: user_name(setup, user, usual)?, proof })
}

fn user_name(setup: &AccountSetup, field: &'static str, usual: &str) -> Result<String, SettingsError> {
    let name = plain(field, setup.get(field))?;
    Ok(if name.is_empty() { usual.to_owned() } else { name })
}

fn by_consent(setup: &AccountSetup, preset: &Preset, address: &str) -> Result<Login, SettingsError> {
    let id = plain("oauth_client_id", setup.get("oauth_client_id"))?;
    if id.is_empty() {
        let ru = "нужен номер приложения, для которого дано согласие";
        return Err(SettingsError::new(
            "oauth_client_id",
            ru,
            "the application that the consent was given to is needed",
        ));
    }
    let url = token_url(setup, preset)?;
    let client = token_client(setup, &url)?;
    let secret = |field: &'static str| plain(field, setup.get(field)).map(Secret::new);
    let channel = gateway_kit::channel_of::<crate::Email>();
    let replaced = Replaced::read(setup, &channel, secret("oauth_refresh_token")?);
    let oauth = OAuth::new(client, url, id, secret("oauth_client_secret")?, replaced);
    Ok(Login { user: user_name(setup, "user", address)?, proof: Proof::Consent(Arc::new(oauth)) })
}

/// Where the mail service gives tokens.
///
/// # Errors
/// Names the field.
pub fn token_url(setup: &AccountSetup, preset: &Preset) -> Result<Url, SettingsError> {
    service_url(setup, "oauth_token_url", preset.token_url)
}

/// The mail service's page that asks for a consent.
///
/// # Errors
/// Names the field.
pub fn authorize_url(setup: &AccountSetup, preset: &Preset) -> Result<Url, SettingsError> {
    service_url(setup, "oauth_authorize_url", preset.authorize_url)
}

fn service_url(setup: &AccountSetup, field: &'static str, known: &str) -> Result<Url, SettingsError> {
    let typed = setup.get(field).trim();
    let url = if typed.is_empty() { known } else { typed };
    let bad = || SettingsError::new(field, "нужен адрес https://…", "it should be an address like https://…");
    let url: Url = url.parse().map_err(|_| bad())?;
    token_options(setup, &url).check_url(&url).map_err(|_| bad())?;
    Ok(url)
}

/// For calls to where tokens are given, and nowhere else.
///
/// # Errors
/// Names the field `ca`.
pub fn token_client(setup: &AccountSetup, url: &Url) -> Result<Client, SettingsError> {
    Client::new(token_options(setup, url)).map_err(|_| bad_ca())
}

fn token_options(setup: &AccountSetup, url: &Url) -> Options {
    Options {
        allow_private: setup.allow_private_addresses,
        allow_http: setup.allow_private_addresses,
        extra_ca: Some(setup.get("ca").trim().to_owned()).filter(|ca| !ca.is_empty()).into_iter().collect(),
        answer_bytes: 64 << 10,
        ..Options::hosts(url.host_str().map(str::to_owned))
    }
}

/// Commands of mail protocols are lines: nobody may add one.
fn plain(field: &'static str, text: &str) -> Result<String, SettingsError> {
    if text.chars().any(char::is_control) {
        return Err(SettingsError::new(
            field,
            "здесь лишние знаки",
            "there are characters in it that do not belong there",
        ));
    }
    Ok(text.trim().to_owned())
}

fn address(text: &str) -> Result<String, SettingsError> {
    let address = text.trim().to_lowercase();
    let parsed: Result<lettre::Address, _> = address.parse();
    match parsed {
        Ok(_) if address.len() <= 256 => Ok(address),
        _ => Err(SettingsError::new(
            "address",
            "нужен адрес вида support@example.com",
            "it should look like support@example.com",
        )),
    }
}

fn number(setup: &AccountSetup, field: &'static str, usual: u32, least: u32, most: u32) -> Result<u32, SettingsError> {
    let text = setup.get(field).trim();
    if text.is_empty() {
        return Ok(usual);
    }
    text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let (ru, en) =
            (format!("нужно число от {least} до {most}"), format!("it should be a number from {least} to {most}"));
        SettingsError::new(field, &ru, &en)
    })
}

fn not_in_the_clear(field: &'static str) -> SettingsError {
    SettingsError::new(
        field,
        "без шифрования – только серверы внутренней сети, и это разрешает администратор сервера",
        "without encryption only servers of a private network, which the server's administrator must allow",
    )
}

fn bad_ca() -> SettingsError {
    SettingsError::new(
        "ca",
        "нужны сертификаты в виде PEM: строки от -----BEGIN CERTIFICATE----- до -----END CERTIFICATE----- целиком",
        "it should be PEM: everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let usual = [("address", "Support@Example.com"), ("provider", "yandex"), ("password", "secret")];
        let pairs = usual.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let account = model::AccountId::new();
        Settings::read(&AccountSetup { account, settings: pairs.collect(), allow_private_addresses: false })
    }

    #[test]
    fn a_provider_brings_its_servers() {
        let settings = read(&[]).ok().unwrap();
        let incoming = settings.incoming.unwrap();
        assert_eq!((incoming.host.as_str(), incoming.port), ("imap.yandex.ru", 993));
        assert_eq!((settings.smtp.host.as_str(), settings.smtp.port), ("smtp.yandex.ru", 465));
        assert_eq!(
            (settings.address.as_str(), settings.login.user.as_str()),
            ("support@example.com", "support@example.com")
        );
    }

    #[test]
    fn what_is_typed_in_wins() {
        let settings =
            read(&[("smtp_host", "relay.example.com"), ("smtp_security", "starttls"), ("smtp_port", "2525")]);
        let smtp = settings.ok().unwrap().smtp;
        assert_eq!(smtp, Server { host: "relay.example.com".into(), port: 2525, security: Security::StartTls });
    }

    #[test]
    fn letters_are_brought_only_where_they_are_taken() {
        let push = ("receive", "push");
        assert_eq!(read(&[push]).err().map(|error| error.field), Some("receive"));
        let settings = read(&[push, (push::TAKEN, "true")]).ok().unwrap();
        assert!(settings.receive == Receive::Push && settings.incoming.is_none());
    }

    #[test]
    fn folders_are_named_a_line_each() {
        let of = |text: &str| read(&[("folders", text)]).map(|settings| settings.folders).ok();
        assert_eq!(of(" \n"), Some(Folders::Inbox));
        assert_eq!(of("Заказы\n/Shop/Old/\n"), Some(Folders::These(vec!["Заказы".into(), "Shop/Old".into()])));
        assert_eq!(of("Заказы\n*"), Some(Folders::All));
        assert_eq!(of(&"x\n".repeat(31)), None);
    }

    #[test]
    fn what_is_missing_or_odd_is_named() {
        for (field, value) in [
            ("address", "support"),
            ("password", ""),
            ("user", "a\r\nb"),
            ("in_host", "a b"),
            ("in_port", "0"),
            ("in_security", "none"),
            ("period_seconds", "1"),
            ("history_days", "-1"),
            ("ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ] {
            assert_eq!(read(&[(field, value)]).err().map(|error| error.field), Some(field), "{value:?}");
        }
        assert_eq!(read(&[("provider", "other")]).err().map(|error| error.field), Some("in_host"));
    }

    #[test]
    fn a_consent_needs_no_password_but_an_application() {
        let consent = ("oauth_refresh_token", "r");
        let refused = |pairs: &[(&str, &str)]| read(pairs).err().map(|error| error.field);
        assert_eq!(refused(&[("password", ""), consent]), Some("oauth_client_id"));
        assert_eq!(refused(&[("password", ""), consent, ("oauth_client_id", "a")]), None);
        let local = ("oauth_token_url", "http://127.0.0.1/token");
        assert_eq!(refused(&[consent, ("oauth_client_id", "a"), local]), Some("oauth_token_url"));
        let settings = read(&[("provider", "outlook"), consent, ("oauth_client_id", "a")]).ok().unwrap();
        assert!(matches!(settings.login.proof, Proof::Consent(_)));
        assert_eq!((settings.smtp.port, settings.smtp.security), (587, Security::StartTls));
    }
}
