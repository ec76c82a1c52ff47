//! An account's settings.

use egress::Url;
use gateway_kit::{AccountSetup, Outside, SettingsError};
use runtime::Secret;

use crate::describe::TEXT_LIMIT;

pub const API_URL: &str = "https://chatapi.viber.com/pa";
/// <https://developers.viber.com/docs/api/rest-bot-api/#send-message>, read 2026-11-26.
pub const SENDER_NAME_MOST: usize = 28;

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub token: Secret,
    /// Stands above every message of ours; empty: the employee's name.
    pub sender: String,
    /// Shown to whoever opens the chat for the first time; empty: nothing is.
    pub welcome: String,
    pub outside: Outside,
    /// A server of our own network, over plain HTTP too.
    pub is_private: bool,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let token = setup.get("token").trim();
        if !is_token(token) {
            return Err(SettingsError::new(
                "token",
                "токен – это три группы букв и цифр через дефис, как в настройках бота (App key)",
                "it should be three groups of letters and digits with hyphens between, as the bot's settings show it (App key)",
            ));
        }
        let sender = setup.get("sender").trim();
        if sender.chars().count() > SENDER_NAME_MOST {
            return Err(SettingsError::new("sender", "не больше 28 знаков", "it should have at most 28 characters"));
        }
        let welcome = setup.get("welcome").trim();
        if welcome.encode_utf16().count() > TEXT_LIMIT as usize {
            return Err(SettingsError::new(
                "welcome",
                "не больше 7000 знаков",
                "it should have at most 7,000 characters",
            ));
        }
        let outside = Outside::read(setup, API_URL)?;
        let is_private = setup.allow_private_addresses && outside.base().scheme() == "http";
        Ok(Self {
            token: Secret::new(token),
            sender: sender.to_owned(),
            welcome: welcome.to_owned(),
            outside,
            is_private,
        })
    }

    /// Whether Viber delivers to this address, and fetches files from it: HTTPS with a certificate that is known.
    pub fn reaches(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        url.scheme() == "https" || self.is_private && url.scheme() == "http"
    }
}

/// Letters, digits and hyphens. Viber does not publish the form; all that are known have 50 characters.
pub fn is_token(text: &str) -> bool {
    (20..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "4453b6ac12345678-e02c5f12174805f9-daf9cbb448bb51ba";

    fn read(allow_private_addresses: bool, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut settings: std::collections::HashMap<_, _> = [("token".to_owned(), TOKEN.to_owned())].into();
        settings.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Settings::read(&AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses })
    }

    #[test]
    fn a_token_of_another_form_is_refused_and_not_repeated() {
        for token in ["", "short", "4453b6ac12345678 e02c5f12174805f9", "токен-токен-токен-токен"] {
            let error = read(false, &[("token", token)]).unwrap_err();
            assert_eq!(error.field, "token");
            assert!(token.is_empty() || !error.problem.en.contains(token) && !error.problem.ru.contains(token));
        }
        let settings = read(false, &[("token", &format!(" {TOKEN}\n"))]).unwrap();
        assert!(!format!("{settings:?}").contains("4453b6"));
    }

    #[test]
    fn viber_delivers_over_https_only() {
        let settings = read(true, &[]).unwrap();
        assert!(settings.reaches("https://okno.example.org:8443"));
        for url in ["http://okno.example.org", "", "okno.example.org"] {
            assert!(!settings.reaches(url), "{url}");
        }
        let private = read(true, &[("api_url", "http://127.0.0.1:8099/pa")]).unwrap();
        assert!(private.reaches("http://127.0.0.1:8087"));
    }

    #[test]
    fn a_name_has_at_most_28_characters_and_a_greeting_7000() {
        assert_eq!(read(false, &[("sender", " Окна Плюс ")]).unwrap().sender, "Окна Плюс");
        assert_eq!(read(false, &[("sender", &"я".repeat(29))]).unwrap_err().field, "sender");
        assert_eq!(read(false, &[("welcome", &"я".repeat(7_001))]).unwrap_err().field, "welcome");
    }
}
