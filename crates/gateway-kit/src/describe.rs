//! The parts of a gateway's description that read the same in all of them.

use std::collections::HashMap;

use contracts::channel::{
    Capabilities, GatewayDescription, LocalText, SettingsField, SettingsFieldKind, SettingsSchema,
};

use crate::Gateway;

/// A text in the languages of the page.
#[must_use]
pub fn text(ru: &str, en: &str) -> LocalText {
    LocalText { ru: ru.into(), en: en.into() }
}

/// A whole description; its version is the product's, which all crates share, and the kit fills in the instance.
#[must_use]
pub fn gateway<G: Gateway>(
    title: LocalText,
    capabilities: Capabilities,
    settings: SettingsSchema,
) -> GatewayDescription {
    GatewayDescription {
        channel: G::CHANNEL.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        title: Some(title),
        capabilities: Some(capabilities),
        settings: Some(settings),
        instance: String::new(),
    }
}

/// A line of text in an account's form.
#[must_use]
pub fn line(name: &str, title: LocalText, help: LocalText) -> SettingsField {
    SettingsField {
        name: name.into(),
        kind: SettingsFieldKind::Text.into(),
        title: Some(title),
        help: Some(help),
        ..SettingsField::default()
    }
}

/// What an account cannot do without and nobody may read: it is sealed, and never shown again.
#[must_use]
pub fn secret(name: &str, title: LocalText, help: LocalText, pattern: &str) -> SettingsField {
    SettingsField { required: true, secret: true, pattern: pattern.into(), ..line(name, title, help) }
}

/// What an administrator can do, by the keys that errors name.
#[must_use]
pub fn remedies<const N: usize>(texts: [(&str, LocalText); N]) -> HashMap<String, LocalText> {
    texts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect()
}
