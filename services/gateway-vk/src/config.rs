//! An account's settings.

use egress::Url;
use gateway_kit::{AccountSetup, Outside, SettingsError, Way};
use runtime::Secret;

/// VK moves from vk.com to vk.ru; its documentation names this address first (read 2026-11-26).
pub const API_URL: &str = "https://api.vk.ru/method";

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub token: Secret,
    /// The community's id, positive.
    pub group: i64,
    pub way: Way,
    pub outside: Outside,
    pub deliveries: Deliveries,
}

/// To which addresses VK delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliveries {
    Public,
    /// A server of one's own, in one's own network.
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
                "ключ доступа – длинная строка из латинских букв и цифр: скопируйте её целиком",
                "an access key is a long string of letters and digits: copy all of it",
            ));
        }
        let group = group_id(setup.get("group_id")).ok_or_else(|| {
            let ru = "нужен номер сообщества, например 2200300 или club2200300";
            SettingsError::new("group_id", ru, "it should be the community's number, for example 2200300")
        })?;
        let outside = Outside::read(setup, API_URL)?;
        let deliveries = deliveries(setup, outside.base());
        let way = Way::read(setup, |url| deliveries.reach(url))?;
        Ok(Self { token: Secret::new(token), group, way, outside, deliveries })
    }
}

/// The form is not documented; keys have 85 characters or about 200, beginning with `vk1.a.`.
pub fn is_token(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (20..=512).contains(&text.len()) && text.bytes().all(plain)
}

/// `2200300`, also with `club`, `public` or `-` before it.
pub fn group_id(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = ["club", "public", "-"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    digits.parse().ok().filter(|id| (1..2_000_000_000).contains(id))
}

fn deliveries(setup: &AccountSetup, base: &Url) -> Deliveries {
    let own = setup.allow_private_addresses && base.as_str() != API_URL;
    if own { Deliveries::Anywhere } else { Deliveries::Public }
}

impl Deliveries {
    pub fn reach(self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        match self {
            Self::Public => url.scheme() == "https",
            Self::Anywhere => matches!(url.scheme(), "http" | "https"),
        }
    }
}

#[cfg(test)]
mod tests {
    use gateway_kit::PUBLIC_URL;

    use super::*;

    const TOKEN: &str = "vk1.a.Test_key-of_a_community_that_is_a_fake";

    fn read(allow_private_addresses: bool, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let known = [("token", TOKEN), ("group_id", "2200300")];
        let settings = known.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = settings.collect();
        Settings::read(&AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses })
    }

    #[test]
    fn auto_means_webhook_where_vk_can_reach_us() {
        for (url, expected) in [
            ("https://okno.example.com", Way::Webhook),
            ("https://okno.example.com:8443/in", Way::Webhook),
            ("http://okno.example.com", Way::Poll),
            ("", Way::Poll),
        ] {
            assert_eq!(read(false, &[(PUBLIC_URL, url)]).unwrap().way, expected, "{url}");
        }
        let own_server = [("api_url", "http://127.0.0.1:8081/method"), (PUBLIC_URL, "http://127.0.0.1:8083")];
        assert_eq!(read(true, &own_server).unwrap().way, Way::Webhook, "a server of one's own delivers anywhere");
        assert_eq!(read(false, &[("receive", "pigeon")]).unwrap_err().field, "receive");
    }

    #[test]
    fn a_community_is_known_by_its_number_in_any_of_its_forms() {
        for text in ["2200300", " club2200300", "public2200300", "-2200300"] {
            assert_eq!(read(false, &[("group_id", text)]).unwrap().group, 2_200_300, "{text}");
        }
        for text in ["", "shop", "0", "99999999999", "club"] {
            assert_eq!(read(false, &[("group_id", text)]).unwrap_err().field, "group_id", "{text}");
        }
    }

    #[test]
    fn a_key_of_another_form_is_refused_and_never_shown() {
        for token in ["", "short", "a key with spaces in it, twenty"] {
            assert_eq!(read(false, &[("token", token)]).unwrap_err().field, "token", "{token}");
        }
        assert!(!format!("{:?}", read(false, &[]).unwrap()).contains("Test_key"));
    }
}
