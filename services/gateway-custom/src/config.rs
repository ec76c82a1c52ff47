//! An account's settings.

use egress::Url;
use gateway_kit::{AccountSetup, Outside, SettingsError};
use runtime::Secret;

use crate::sign::Signer;

/// What the company's chat can do beyond messages; an order that it cannot is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    pub edits: bool,
    pub deletes: bool,
    pub reads: bool,
    pub typing: bool,
}

/// An account's settings, checked.
#[derive(Clone)]
pub struct Settings {
    pub secret: Secret,
    /// The secret before it, while that one is changed.
    pub older: Option<Secret>,
    pub signer: Signer,
    pub outside: Outside,
    /// Hosts that files may be fetched from, beside the chat's own.
    pub media_hosts: Vec<String>,
    pub abilities: Abilities,
}

impl Settings {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let (secret, older) = (setup.get("secret").trim(), setup.get("secret_before").trim());
        let mut signer = Signer::parse(secret).ok_or_else(|| bad_secret("secret"))?;
        if !older.is_empty() {
            signer = signer.and(Signer::parse(older).ok_or_else(|| bad_secret("secret_before"))?);
        }
        Ok(Self {
            secret: Secret::new(secret),
            older: Some(older).filter(|older| !older.is_empty()).map(Secret::new),
            signer,
            outside: Outside::read(setup, "")?,
            media_hosts: hosts(setup.get("media_hosts"))?,
            abilities: Abilities {
                edits: is_on(setup, "edits"),
                deletes: is_on(setup, "deletes"),
                reads: is_on(setup, "reads"),
                typing: is_on(setup, "typing"),
            },
        })
    }
}

/// Never repeats the value.
fn bad_secret(field: &'static str) -> SettingsError {
    SettingsError::new(
        field,
        "нужен секрет вида whsec_…: от 24 до 64 случайных байтов в base64",
        "it should look like whsec_…: 24 to 64 random bytes in base64",
    )
}

/// On unless it was switched off.
fn is_on(setup: &AccountSetup, field: &str) -> bool {
    setup.get(field) != "false"
}

fn hosts(lines: &str) -> Result<Vec<String>, SettingsError> {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| host(line).ok_or_else(bad_host)).collect()
}

/// A plain name: no scheme, port, path, no address.
fn host(text: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{text}/")).ok()?;
    url.domain().filter(|domain| *domain == text.to_lowercase()).map(str::to_owned)
}

fn bad_host() -> SettingsError {
    SettingsError::new(
        "media_hosts",
        "нужны имена серверов, по одному в строке, например files.example.com",
        "it should be host names, one a line, for example files.example.com",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut settings: std::collections::HashMap<_, _> =
            [("secret", SECRET), ("api_url", "https://chat.example.com/okno")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        settings.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let account = model::AccountId::new();
        Settings::read(&AccountSetup { account, settings, allow_private_addresses: false })
    }

    #[test]
    fn what_is_missing_or_odd_is_named() {
        for (field, value) in [
            ("secret", ""),
            ("secret", "whsec_short"),
            ("secret_before", "whsec_short"),
            ("api_url", ""),
            ("api_url", "http://chat.example.com"),
            ("media_hosts", "https://files.example.com"),
            ("media_hosts", "127.0.0.1"),
            ("media_hosts", "a b"),
        ] {
            assert_eq!(read(&[(field, value)]).err().map(|error| error.field), Some(field), "{value}");
        }
        let hosts = read(&[("media_hosts", "Files.example.com\n\n cdn.example.com ")]).ok().unwrap().media_hosts;
        assert_eq!(hosts, ["files.example.com", "cdn.example.com"]);
    }

    #[test]
    fn abilities_are_on_unless_switched_off() {
        let on = Abilities { edits: true, deletes: true, reads: true, typing: true };
        assert_eq!(read(&[]).ok().unwrap().abilities, on);
        let off = read(&[("edits", "false"), ("typing", "false")]).ok().unwrap().abilities;
        assert_eq!(off, Abilities { edits: false, typing: false, ..on });
    }
}
