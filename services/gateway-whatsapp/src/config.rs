//! An account's settings.

use gateway_kit::{AccountSetup, Outside, SettingsError};
use runtime::Secret;

pub const GRAPH_URL: &str = "https://graph.facebook.com";

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The number, by Meta's id of it.
    pub phone_number_id: String,
    /// The WhatsApp Business account that the number is of.
    pub business_id: String,
    pub token: Secret,
    pub app_secret: Secret,
    /// The administrator's own word for the app's callback URL; `None`: none was set.
    pub verify_token: Option<Secret>,
    pub callback: Callback,
    pub outside: Outside,
}

/// How Meta knows where to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {
    /// We set the number's own callback URL.
    Number,
    /// An administrator has set one for the app, for all of its numbers.
    App,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Ok(Self {
            phone_number_id: id(setup, "phone_number_id")?,
            business_id: id(setup, "waba_id")?,
            token: token(setup)?,
            app_secret: app_secret(setup)?,
            verify_token: Some(setup.get("verify_token").trim()).filter(|text| !text.is_empty()).map(Secret::new),
            callback: callback(setup)?,
            outside: Outside::read(setup, GRAPH_URL)?,
        })
    }
}

fn id(setup: &AccountSetup, name: &'static str) -> Result<String, SettingsError> {
    let text = setup.get(name).trim();
    let fits = (5..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        SettingsError::new(
            name,
            "это номер из одних цифр, его показывает Meta рядом с телефоном; сам телефон сюда не подходит",
            "it is a number that Meta shows beside the phone; the phone itself does not serve",
        )
    })
}

fn token(setup: &AccountSetup) -> Result<Secret, SettingsError> {
    let text = setup.get("token").trim();
    let fits = (20..=1000).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| Secret::new(text)).ok_or_else(|| {
        SettingsError::new(
            "token",
            "нужен токен системного пользователя целиком, обычно он начинается с EAA",
            "it should be the whole token of a system user; it mostly begins with EAA",
        )
    })
}

fn app_secret(setup: &AccountSetup) -> Result<Secret, SettingsError> {
    let text = setup.get("app_secret").trim();
    let fits = (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| Secret::new(text)).ok_or_else(|| {
        SettingsError::new(
            "app_secret",
            "секрет приложения состоит из цифр и букв a–f, обычно их 32",
            "an app secret consists of digits and the letters a to f, mostly 32 of them",
        )
    })
}

fn callback(setup: &AccountSetup) -> Result<Callback, SettingsError> {
    match setup.get("callback") {
        "" | "number" => Ok(Callback::Number),
        "app" => Ok(Callback::App),
        _ => Err(SettingsError::new("callback", "может быть number или app", "it should be number or app")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let usual = [
            ("phone_number_id", "106540352242922"),
            ("waba_id", "102290129340398"),
            ("token", "EAAtestEAAtestEAAtest"),
            ("app_secret", "0123456789abcdef0123456789abcdef"),
        ];
        let settings = usual.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let account = model::AccountId::new();
        Settings::read(&AccountSetup { account, settings: settings.collect(), allow_private_addresses: false })
    }

    #[test]
    fn each_field_is_named_when_it_cannot_be_used_and_no_secret_is_repeated() {
        for (field, value) in [
            ("phone_number_id", "+7 999 000-00-01"),
            ("waba_id", ""),
            ("token", "short"),
            ("token", "with a space in the middle of it"),
            ("app_secret", "not a secret of an app"),
            ("callback", "pigeon"),
            ("api_url", "http://127.0.0.1:1"),
        ] {
            let error = read(&[(field, value)]).unwrap_err();
            assert_eq!(error.field, field);
            assert!(value.is_empty() || !error.problem.en.contains(value), "{}", error.problem.en);
        }
    }

    #[test]
    fn spaces_around_a_pasted_value_do_no_harm_and_secrets_do_not_show() {
        let settings = read(&[("token", " EAAtestEAAtestEAAtest\n"), ("callback", "app")]).unwrap();
        assert_eq!(settings.token.expose(), "EAAtestEAAtestEAAtest");
        assert_eq!((settings.callback, settings.verify_token.is_none()), (Callback::App, true));
        assert!(!format!("{settings:?}").contains("EAAtest"));
    }
}
