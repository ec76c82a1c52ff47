//! An account's settings.

use egress::Url;
use gateway_kit::{AccountSetup, Outside, SettingsError, Way};
use runtime::Secret;

use crate::describe::{OWN_UPLOAD_BYTES, UPLOAD_BYTES};

pub const API_URL: &str = "https://api.telegram.org";

/// The ports that Telegram delivers to (<https://core.telegram.org/bots/webhooks>, read 2026-11-23).
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub token: Secret,
    pub way: Way,
    pub outside: Outside,
}

/// To which addresses the API server delivers, and how much it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliveries {
    /// Telegram's own: HTTPS on four ports.
    Public,
    /// A server of one's own: HTTP too, any port.
    Anywhere,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let token = setup.get("token").trim();
        if !is_token(token) {
            return Err(SettingsError::new(
                "token",
                "токен выглядит так: 123456789:AAF…, как его дал @BotFather",
                "it should look like 123456789:AAF…, as @BotFather gave it",
            ));
        }
        let outside = Outside::read(setup, API_URL)?;
        let way = Way::read(setup, |url| deliveries(outside.base()).reach(url))?;
        Ok(Self { token: Secret::new(token), way, outside })
    }

    pub fn deliveries(&self) -> Deliveries {
        deliveries(self.outside.base())
    }
}

fn deliveries(api_url: &Url) -> Deliveries {
    if api_url.host_str() == Some("api.telegram.org") { Deliveries::Public } else { Deliveries::Anywhere }
}

/// `^\d{6,12}:[A-Za-z0-9_-]{35}$`: the bot's user id and its secret.
pub fn is_token(text: &str) -> bool {
    let Some((id, secret)) = text.split_once(':') else { return false };
    let digits = (6..=12).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    digits && secret.len() == 35 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl Deliveries {
    /// The most bytes of a file that goes out.
    pub fn upload_bytes(self) -> i64 {
        match self {
            Self::Public => UPLOAD_BYTES,
            Self::Anywhere => OWN_UPLOAD_BYTES,
        }
    }

    pub fn reach(self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let port = url.port_or_known_default();
        match self {
            Self::Public => url.scheme() == "https" && port.is_some_and(|port| WEBHOOK_PORTS.contains(&port)),
            Self::Anywhere => matches!(url.scheme(), "http" | "https"),
        }
    }
}

#[cfg(test)]
mod tests {
    use gateway_kit::PUBLIC_URL;

    use super::*;

    const TOKEN: &str = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn read(allow_private_addresses: bool, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut settings: std::collections::HashMap<_, _> = [("token".to_owned(), TOKEN.to_owned())].into();
        settings.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Settings::read(&AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses })
    }

    #[test]
    fn auto_means_webhook_where_telegram_can_reach_us() {
        for (url, expected) in [
            ("https://okno.example.com", Way::Webhook),
            ("https://okno.example.com:8443/in", Way::Webhook),
            ("https://okno.example.com:8080", Way::Poll),
            ("http://okno.example.com", Way::Poll),
            ("", Way::Poll),
        ] {
            assert_eq!(read(false, &[(PUBLIC_URL, url)]).unwrap().way, expected, "{url}");
        }
        let own_server = [("api_url", "http://127.0.0.1:8081"), (PUBLIC_URL, "http://127.0.0.1:8083")];
        assert_eq!(read(true, &own_server).unwrap().way, Way::Webhook, "a server of one's own delivers anywhere");
        let most = |pairs: &[(&str, &str)]| read(true, pairs).unwrap().deliveries().upload_bytes();
        assert_eq!((most(&[]), most(&own_server)), (50 << 20, 2000 << 20));
        assert_eq!(read(false, &[("receive", "webhook")]).unwrap().way, Way::Webhook);
        assert_eq!(read(false, &[("receive", "pigeon")]).unwrap_err().field, "receive");
    }

    #[test]
    fn a_token_of_another_form_is_refused_and_not_repeated() {
        for token in ["", "777888", "12345:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "123456:short", "123456:пароль"]
        {
            let error = read(false, &[("token", token)]).unwrap_err();
            assert_eq!(error.field, "token");
            assert!(token.is_empty() || !error.problem.en.contains(token) && !error.problem.ru.contains(token));
        }
        let settings = read(false, &[("token", &format!(" {TOKEN}\n"))]).unwrap();
        assert!(!format!("{settings:?}").contains("AAAAAA"));
    }
}
