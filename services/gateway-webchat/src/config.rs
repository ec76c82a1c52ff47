//! An account's settings, read and checked.

use gateway_kit::{AccountSetup, SettingsError};
use runtime::Secret;
use url::Url;

use crate::origin::Origins;

/// What the protocol allows; an account may say less.
pub const FILE_MB_MOST: u64 = 20;
/// Titles, texts and topics are shown, not read by machines.
const TEXT_CHARS: usize = 2_000;
const TOPICS_MOST: usize = 30;
/// Of an identity secret.
const SECRET_CHARS: usize = 32;

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub origins: Origins,
    pub title: String,
    pub greeting: String,
    /// `#rrggbb`.
    pub color: String,
    pub position: &'static str,
    pub language: &'static str,
    pub prechat: Prechat,
    pub offline: Offline,
    pub consent: Consent,
    /// Nothing about where a visitor came from is stored before the site says so.
    pub storage_consent: bool,
    pub visits: Visits,
    pub require_identity: bool,
    /// At most two: the one in use and the next.
    pub identity_secrets: Vec<Secret>,
    pub file_bytes: u64,
}

/// What is asked before the first message.
#[derive(Debug, Clone)]
pub struct Prechat {
    /// `off`, `optional`, `required`.
    pub mode: &'static str,
    /// Of `name`, `phone`, `email`.
    pub fields: Vec<&'static str>,
    pub topics: Vec<String>,
}

/// What is asked while nobody is there.
#[derive(Debug, Clone)]
pub struct Offline {
    pub form: bool,
    pub text: String,
}

/// What visitors do on the site's pages.
#[derive(Debug, Clone)]
pub struct Visits {
    /// `off`, `site` (the site asks for consent), `banner` (the widget does).
    pub mode: &'static str,
    pub text_ru: String,
    pub text_en: String,
    /// What is left in marked fields of forms is taken, too: the words of consent speak of it.
    pub forms: bool,
}

impl Visits {
    #[must_use]
    pub fn on(&self) -> bool {
        self.mode != "off"
    }
}

/// The agreement to the processing of personal data.
#[derive(Debug, Clone)]
pub struct Consent {
    pub required: bool,
    pub text: String,
    pub version: String,
    pub policy_url: String,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let origins = Origins::read(setup.get("allowed_origins"))?;
        let require_identity = switch(setup, "require_identity")?;
        let identity_secrets = secrets(setup)?;
        if require_identity && identity_secrets.is_empty() {
            return Err(problem(
                "identity_secret",
                "пусто, хотя писать могут только вошедшие покупатели",
                "it is empty, though only signed-in customers may write",
            ));
        }
        let visits = Visits {
            mode: choice(setup, "visits", &["off", "site", "banner"])?,
            text_ru: text(setup, "visits_text_ru")?,
            text_en: text(setup, "visits_text_en")?,
            forms: switch(setup, "visits_forms")?,
        };
        Ok(Self {
            origins,
            title: text(setup, "title")?,
            greeting: text(setup, "greeting")?,
            color: color(setup)?,
            position: choice(setup, "position", &["right", "left"])?,
            language: choice(setup, "language", &["auto", "ru", "en"])?,
            prechat: prechat(setup)?,
            offline: Offline { form: switch_or(setup, "offline_form", true)?, text: text(setup, "offline_text")? },
            consent: consent(setup)?,
            // Who reports visits needs consent for that, so nothing else is kept before it either.
            storage_consent: switch(setup, "storage_consent")? || visits.on(),
            visits,
            require_identity,
            identity_secrets,
            file_bytes: file_bytes(setup)?,
        })
    }
}

fn prechat(setup: &AccountSetup) -> Result<Prechat, SettingsError> {
    let asked = [("name", true), ("phone", false), ("email", false)];
    let mut fields = Vec::new();
    for (name, default) in asked {
        if switch_or(setup, prechat_switch(name), default)? {
            fields.push(name);
        }
    }
    let topics: Vec<String> = lines(setup.get("topics")).map(str::to_owned).collect();
    if topics.len() > TOPICS_MOST || topics.iter().any(|topic| topic.chars().count() > 100) {
        return Err(problem("topics", "не больше 30 тем по 100 знаков", "at most 30 topics of at most 100 characters"));
    }
    Ok(Prechat { mode: choice(setup, "prechat", &["off", "optional", "required"])?, fields, topics })
}

/// The setting that asks for a field.
const fn prechat_switch(field: &str) -> &'static str {
    match field.as_bytes() {
        b"name" => "prechat_name",
        b"phone" => "prechat_phone",
        _ => "prechat_email",
    }
}

fn consent(setup: &AccountSetup) -> Result<Consent, SettingsError> {
    let policy_url = setup.get("policy_url").trim();
    let is_web = Url::parse(policy_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !policy_url.is_empty() && !is_web {
        return Err(problem("policy_url", "нужен адрес https://", "it should be an https:// address"));
    }
    Ok(Consent {
        required: choice(setup, "consent", &["none", "required"])? == "required",
        text: text(setup, "consent_text")?,
        version: text(setup, "consent_version")?,
        policy_url: policy_url.to_owned(),
    })
}

fn secrets(setup: &AccountSetup) -> Result<Vec<Secret>, SettingsError> {
    let mut found = Vec::new();
    for name in ["identity_secret", "identity_secret_next"] {
        let secret = setup.get(name).trim();
        if secret.is_empty() {
            continue;
        }
        if secret.chars().count() < SECRET_CHARS {
            return Err(problem(
                name,
                "нужно 32 случайных знака или больше",
                "it should have 32 characters or more, made by chance",
            ));
        }
        found.push(Secret::new(secret));
    }
    Ok(found)
}

fn file_bytes(setup: &AccountSetup) -> Result<u64, SettingsError> {
    let text = setup.get("max_file_mb").trim();
    if text.is_empty() {
        return Ok(FILE_MB_MOST << 20);
    }
    let mb = text.parse::<u64>().ok().filter(|mb| *mb <= FILE_MB_MOST);
    mb.map(|mb| mb << 20).ok_or(problem(
        "max_file_mb",
        "число от 0 (без файлов) до 20",
        "a number from 0 (no files) to 20",
    ))
}

fn color(setup: &AccountSetup) -> Result<String, SettingsError> {
    let color = setup.get("color").trim();
    if color.is_empty() {
        return Ok(DEFAULT_COLOR.to_owned());
    }
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    let hex = digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if hex {
        Ok(color.to_ascii_lowercase())
    } else {
        Err(problem("color", "цвет выглядит так: #1b62cc", "it should look like #1b62cc"))
    }
}

pub const DEFAULT_COLOR: &str = "#1b62cc";

fn text(setup: &AccountSetup, name: &'static str) -> Result<String, SettingsError> {
    let text = setup.get(name).trim();
    if text.chars().count() > TEXT_CHARS {
        return Err(problem(name, "не больше 2000 знаков", "at most 2,000 characters"));
    }
    Ok(text.to_owned())
}

/// The first choice is the default.
fn choice(
    setup: &AccountSetup,
    name: &'static str,
    choices: &'static [&'static str],
) -> Result<&'static str, SettingsError> {
    let value = setup.get(name).trim();
    if value.is_empty() {
        return Ok(choices[0]);
    }
    choices.iter().find(|choice| **choice == value).copied().ok_or(problem(
        name,
        "такого варианта нет",
        "it is none of the choices",
    ))
}

fn switch(setup: &AccountSetup, name: &'static str) -> Result<bool, SettingsError> {
    switch_or(setup, name, false)
}

fn switch_or(setup: &AccountSetup, name: &'static str, default: bool) -> Result<bool, SettingsError> {
    match setup.get(name).trim() {
        "" => Ok(default),
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(problem(name, "может быть true или false", "it should be true or false")),
    }
}

/// The lines of a setting that are not empty.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

pub fn problem(field: &'static str, ru: &str, en: &str) -> SettingsError {
    SettingsError::new(field, ru, en)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let base = [("allowed_origins", "https://shop.example")];
        let settings: HashMap<_, _> =
            base.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::read(&AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses: false })
    }

    #[test]
    fn only_the_origins_must_be_given() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.color.as_str(), settings.position, settings.language), (DEFAULT_COLOR, "right", "auto"));
        assert_eq!((settings.prechat.mode, settings.prechat.fields), ("off", vec!["name"]));
        assert_eq!((settings.file_bytes, settings.offline.form), (20 << 20, true));
        assert_eq!(read(&[("allowed_origins", " \n")]).unwrap_err().field, "allowed_origins");
    }

    #[test]
    fn visits_are_off_unless_asked_for_and_need_consent() {
        let (off, on) = (read(&[]).unwrap(), read(&[("visits", "site")]).unwrap());
        assert!(!off.visits.on() && !off.storage_consent && on.visits.on() && on.storage_consent);
        assert!(!on.visits.forms && read(&[("visits", "site"), ("visits_forms", "true")]).unwrap().visits.forms);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value) in [
            ("color", "red"),
            ("position", "top"),
            ("max_file_mb", "21"),
            ("policy_url", "javascript:alert(1)"),
            ("identity_secret", "short"),
            ("require_identity", "yes"),
            ("visits", "always"),
            ("visits_forms", "yes"),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().field, name);
        }
        assert_eq!(read(&[("require_identity", "true")]).unwrap_err().field, "identity_secret");
    }

    #[test]
    fn what_is_asked_before_a_chat_is_read() {
        let asked = [("prechat", "required"), ("prechat_email", "true"), ("topics", "Delivery\n\n Returns ")];
        let prechat = read(&asked).unwrap().prechat;
        assert_eq!((prechat.mode, prechat.fields), ("required", vec!["name", "email"]));
        assert_eq!(prechat.topics, ["Delivery", "Returns"]);
    }
}
