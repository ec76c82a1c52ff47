//! What Viber can carry, and how an account is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsField, SettingsFieldKind,
    SettingsSchema, TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, describe};

use crate::config::API_URL;

// <https://developers.viber.com/docs/api/rest-bot-api/#send-message>, read 2026-11-26.
/// Characters. Counted in UTF-16 units the whole request stays below Viber's 30 KB, whatever the script.
pub const TEXT_LIMIT: u32 = 7000;
/// The documentation says 768, Viber's partners 512: what both take.
pub const CAPTION_LIMIT: u32 = 512;
pub const PICTURE_BYTES: i64 = 1 << 20;
pub const VIDEO_BYTES: i64 = 26 << 20;
pub const FILE_BYTES: i64 = 50 << 20;
/// <https://developers.viber.com/docs/tools/keyboards/>, read 2026-11-26: rows of up to six columns.
pub const KEYBOARD_ROWS: usize = 12;
pub const KEYBOARD_COLUMNS: usize = 6;
pub const BUTTON_TEXT: usize = 250;

pub const REMEDY_TOKEN: &str = "token";
pub const REMEDY_SUSPENDED: &str = "suspended";
pub const REMEDY_WEBHOOK: &str = "webhook";
pub const REMEDY_PUBLIC_URL: &str = "public_url";

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::Viber>(text("Viber", "Viber"), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: CAPTION_LIMIT,
        media: media(),
        reports_delivered: true,
        reports_read: true,
        buttons_max: (KEYBOARD_ROWS * KEYBOARD_COLUMNS) as u32,
        button_data_limit: BUTTON_TEXT as u32,
        ..Capabilities::default()
    }
}

/// Viber knows pictures, videos and files; a file carries no text.
fn media() -> Vec<MediaCapability> {
    use AttachmentKind::{Audio, Document, Image, Video, Voice};
    let shown = |kind: AttachmentKind, max_bytes, mime_types: &[&str]| MediaCapability {
        kind: kind.into(),
        max_bytes,
        mime_types: mime_types.iter().map(|mime| (*mime).to_owned()).collect(),
        without_caption: false,
    };
    let file = |kind: AttachmentKind| MediaCapability {
        kind: kind.into(),
        max_bytes: FILE_BYTES,
        mime_types: Vec::new(),
        without_caption: true,
    };
    vec![
        shown(Image, PICTURE_BYTES, &["image/jpeg", "image/png"]),
        shown(Video, VIDEO_BYTES, &["video/mp4"]),
        file(Voice),
        file(Audio),
        file(Document),
    ]
}

fn settings() -> SettingsSchema {
    SettingsSchema {
        fields: [vec![token(), welcome(), sender()], Outside::fields(API_URL, &text("Viber", "Viber"))].concat(),
        steps: steps(),
        remedies: remedies(),
        snippets: Vec::new(),
        ..SettingsSchema::default()
    }
}

fn token() -> SettingsField {
    let help = text(
        "App key из настроек бота. Кто знает токен, тот владеет ботом: никому его не показывайте.",
        "The app key in the bot's settings. Whoever knows the token owns the bot: show it to nobody.",
    );
    SettingsField {
        placeholder: "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9".into(),
        ..describe::secret("token", text("Токен бота", "Bot token"), help, r"^[A-Za-z0-9-]{20,100}$")
    }
}

fn welcome() -> SettingsField {
    let help = text(
        "Его увидит тот, кто открыл чат и ещё не писал: Viber показывает его бесплатно. Пусто: без приветствия.",
        "Whoever opens the chat and has not written yet sees it: Viber shows it free of charge. Empty: no greeting.",
    );
    SettingsField {
        kind: SettingsFieldKind::Lines.into(),
        placeholder: "Здравствуйте! Напишите, что вас интересует.".into(),
        ..describe::line("welcome", text("Приветствие", "Greeting"), help)
    }
}

fn sender() -> SettingsField {
    let help = text(
        "Viber показывает его над каждым сообщением. Пусто: имя сотрудника, который отвечает.",
        "Viber shows it above every message. Empty: the name of the employee who answers.",
    );
    SettingsField {
        advanced: true,
        pattern: r"^.{0,28}$".into(),
        ..describe::line("sender", text("Имя отправителя", "Sender's name"), help)
    }
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Нужен бот Viber: с февраля 2024 года их заводят только по договору с Viber или его партнёром.",
            "You need a Viber bot: since February 2024 they are made only under a contract with Viber or a partner of it.",
        ),
        text(
            "Возьмите токен: в приложении Viber откройте Ещё, Настройки, Боты, бота, Изменить информацию, App key. Или спросите партнёра.",
            "Get the token: in the Viber app open More, Settings, Bots, the bot, Edit info, app key. Or ask the partner.",
        ),
        text(
            "Вставьте токен сюда. Okno проверит его и скажет Viber, куда присылать сообщения. Нужен внешний адрес https.",
            "Paste the token here. Okno checks it and tells Viber where to send messages. It needs a public https address.",
        ),
        text(
            "Первым пишет клиент. Дайте ему ссылку viber://pa?chatURI=<адрес бота>&context=<метка>: метка станет источником обращения.",
            "The customer writes first. Give them the link viber://pa?chatURI=<the bot's URI>&context=<mark>: the mark becomes the request's source.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_TOKEN,
            text(
                "Viber не знает такого токена. Возьмите его заново в настройках бота (App key) или у партнёра и вставьте.",
                "Viber does not know this token. Get it again from the bot's settings (app key) or the partner, and paste it.",
            ),
        ),
        (
            REMEDY_SUSPENDED,
            text(
                "Viber остановил бота: проверьте договор и оплату у Viber или партнёра.",
                "Viber has stopped the bot: check contract and payment with Viber or the partner.",
            ),
        ),
        (
            REMEDY_WEBHOOK,
            text(
                "Viber не может до нас достучаться. Проверьте внешний адрес; сертификат должен быть от известного центра, самоподписанный Viber не примет.",
                "Viber cannot reach us. Check the public address; its certificate must be of a known authority, Viber takes none that is self-signed.",
            ),
        ),
        (
            REMEDY_PUBLIC_URL,
            text(
                "Viber присылает сообщения и забирает файлы только по внешнему адресу https. Его задаёт OKNO_PUBLIC_URL.",
                "Viber sends messages to, and takes files from, a public https address only. OKNO_PUBLIC_URL sets it.",
            ),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remedy_that_an_error_names_has_its_text() {
        let known = settings().remedies;
        for key in [REMEDY_TOKEN, REMEDY_SUSPENDED, REMEDY_WEBHOOK, REMEDY_PUBLIC_URL] {
            assert!(known.contains_key(key), "{key}");
        }
    }
}
