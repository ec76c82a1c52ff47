//! How an account receives, where its provider knows both ways.

use contracts::channel::{LocalText, SettingsChoice, SettingsField, SettingsFieldKind};

use crate::{
    AccountSetup, PUBLIC_URL, SettingsError, Way,
    describe::{line, text},
};

const RECEIVE: &str = "receive";

impl Way {
    /// Reads `receive`: `webhook`, `poll`, or `auto`, which is a webhook where the provider `reaches` our public address.
    ///
    /// # Errors
    /// When it is another word.
    pub fn read(setup: &AccountSetup, reaches: impl Fn(&str) -> bool) -> Result<Self, SettingsError> {
        match setup.get(RECEIVE) {
            "webhook" => Ok(Self::Webhook),
            "poll" => Ok(Self::Poll),
            "" | "auto" if reaches(setup.get(PUBLIC_URL)) => Ok(Self::Webhook),
            "" | "auto" => Ok(Self::Poll),
            _ => {
                let (ru, en) = ("может быть auto, webhook или poll", "it should be auto, webhook or poll");
                Err(SettingsError::new(RECEIVE, ru, en))
            }
        }
    }

    /// The field for the form of an account. `webhook` and `poll` are what the provider calls them.
    #[must_use]
    pub fn field(help: LocalText, webhook: LocalText, poll: LocalText) -> SettingsField {
        let choice = |value: &str, title| SettingsChoice { value: value.into(), title: Some(title) };
        SettingsField {
            kind: SettingsFieldKind::Choice.into(),
            advanced: true,
            default_value: "auto".into(),
            choices: vec![
                choice("auto", text("Выберет Okno", "Automatic")),
                choice("webhook", webhook),
                choice("poll", poll),
            ],
            ..line(RECEIVE, text("Как получать сообщения", "How messages arrive"), help)
        }
    }
}
