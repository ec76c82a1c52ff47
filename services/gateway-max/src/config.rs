//! An account's settings.

use egress::Url;
use gateway_kit::{AccountSetup, Outside, SettingsError, Way};
use runtime::Secret;

/// <https://dev.max.ru/docs-api>, read 2026-11-26. Earlier hosts (botapi.max.ru, platform-api.max.ru) are withdrawn.
pub const API_URL: &str = "https://platform-api2.max.ru";

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub token: Secret,
    pub way: Way,
    pub outside: Outside,
}

/// To which addresses the API server delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliveries {
    /// MAX's own: HTTPS on port 443 alone (<https://dev.max.ru/docs-api>, read 2026-11-26).
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
                "токен – строка без пробелов из раздела «Чат-боты» на business.max.ru, скопируйте её целиком",
                "it should be the text without spaces from \"Chat bots\" at business.max.ru; copy all of it",
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
    let is_max = api_url.host_str().is_some_and(|host| host == "max.ru" || host.ends_with(".max.ru"));
    if is_max { Deliveries::Public } else { Deliveries::Anywhere }
}

/// MAX does not tell what a token looks like: it is one word that a header can carry.
pub fn is_token(text: &str) -> bool {
    (20..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

impl Deliveries {
    pub fn reach(self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        match self {
            Self::Public => url.scheme() == "https" && url.port().is_none(),
            Self::Anywhere => matches!(url.scheme(), "http" | "https"),
        }
    }
}

#[cfg(test)]
mod tests {
    use gateway_kit::PUBLIC_URL;

    use super::*;

    const TOKEN: &str = "f9LHodD0cOL5Y7All_9xJRh5VOPKvbp";

    fn read(allow_private_addresses: bool, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut settings: std::collections::HashMap<_, _> = [("token".to_owned(), TOKEN.to_owned())].into();
        settings.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Settings::read(&AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses })
    }

    #[test]
    fn auto_means_webhook_where_max_can_reach_us() {
        for (url, expected) in [
            ("https://okno.example.com", Way::Webhook),
            ("https://okno.example.com:443/in", Way::Webhook),
            ("https://okno.example.com:8443", Way::Poll),
            ("http://okno.example.com", Way::Poll),
            ("", Way::Poll),
        ] {
            assert_eq!(read(false, &[(PUBLIC_URL, url)]).unwrap().way, expected, "{url}");
        }
        let own_server = [("api_url", "http://127.0.0.1:8081"), (PUBLIC_URL, "http://127.0.0.1:8084")];
        assert_eq!(read(true, &own_server).unwrap().way, Way::Webhook, "a server of one's own delivers anywhere");
        assert_eq!(read(false, &[("receive", "webhook")]).unwrap().way, Way::Webhook);
        assert_eq!(read(false, &[("receive", "pigeon")]).unwrap_err().field, "receive");
        assert_eq!(read(false, &[("ca", "none")]).unwrap_err().field, "ca");
    }

    #[test]
    fn a_token_of_another_form_is_refused_and_not_repeated() {
        for token in ["", "short", "Bearer f9LHodD0cOL5Y7All_9xJRh5VOPKvbp", "токен-токен-токен-токен"]
        {
            let error = read(false, &[("token", token)]).unwrap_err();
            assert_eq!(error.field, "token");
            assert!(token.is_empty() || !error.problem.en.contains(token) && !error.problem.ru.contains(token));
        }
        let settings = read(false, &[("token", &format!(" {TOKEN}\n"))]).unwrap();
        assert!(!format!("{settings:?}").contains("f9LHod"));
    }
}
