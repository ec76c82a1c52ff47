//! What MAX can carry, and how an account is connected, in words for people.
//! Limits: <https://dev.max.ru/docs-api>, read 2026-11-26.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsField, SettingsSchema,
    TextStyle, TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, Way, describe};

use crate::config::API_URL;

pub const TEXT_LIMIT: u32 = 4000;
/// Pictures and videos may be several; how many is not documented.
pub const ALBUM_MOST: u32 = 10;
pub const IMAGE_BYTES: i64 = 50 << 20;
pub const VIDEO_BYTES: i64 = 250 << 20;
pub const AUDIO_BYTES: i64 = 256 << 20;
/// MAX takes 4 GB; a file is held in memory on its way, so ours is less.
pub const UPLOAD_BYTES: i64 = 256 << 20;
pub const BUTTONS_MOST: u32 = 210;
pub const ROWS_MOST: usize = 30;
pub const BUTTON_TITLE: usize = 128;
pub const DATA_BYTES: u32 = 1024;

pub const REMEDY_TOKEN: &str = "token";
pub const REMEDY_CA: &str = "ca";
pub const REMEDY_MODERATION: &str = "moderation";
pub const REMEDY_PUBLIC_URL: &str = "public_url";

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::Max>(text("MAX", "MAX"), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    use AttachmentKind::{Animation, Audio, Document, Image, Video, VideoNote, Voice};
    let media = [
        (Image, IMAGE_BYTES),
        (Animation, IMAGE_BYTES),
        (Video, VIDEO_BYTES),
        (VideoNote, VIDEO_BYTES),
        (Voice, AUDIO_BYTES),
        (Audio, AUDIO_BYTES),
        (Document, UPLOAD_BYTES),
    ];
    let media =
        media.map(|(kind, max_bytes)| MediaCapability { kind: kind.into(), max_bytes, ..MediaCapability::default() });
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: TEXT_LIMIT,
        media: media.into(),
        album_max: ALBUM_MOST,
        album_kinds: [Image, Video].map(i32::from).into(),
        replies: true,
        edits: true,
        deletes: true,
        typing: true,
        buttons_max: BUTTONS_MOST,
        button_data_limit: DATA_BYTES,
        styles: styles(),
        ..Capabilities::default()
    }
}

fn styles() -> Vec<i32> {
    use TextStyle::{Bold, Code, Italic, Link, Pre, Strike, Underline};
    [Bold, Italic, Underline, Strike, Code, Pre, Link].map(i32::from).into()
}

fn settings() -> SettingsSchema {
    SettingsSchema {
        fields: [vec![token(), receive()], Outside::fields(API_URL, &text("MAX", "MAX"))].concat(),
        steps: steps(),
        remedies: remedies(),
        snippets: Vec::new(),
        ..SettingsSchema::default()
    }
}

fn token() -> SettingsField {
    let help = text(
        "Он стоит на business.max.ru у вашего чат-бота. Кто знает токен, тот владеет ботом: никому его не показывайте.",
        "It stands at business.max.ru beside your bot. Whoever knows the token owns the bot: show it to nobody.",
    );
    describe::secret("token", text("Токен бота", "Bot token"), help, r"^[!-~]{20,512}$")
}

fn receive() -> SettingsField {
    let help = text(
        "Okno выберет вебхук, если у него есть внешний адрес https на порту 443, иначе опрос. Опрос MAX предназначает для \
         разработки и ограничивает.",
        "Automatic: a webhook if Okno has a public https address on port 443, else polling. MAX means polling for \
         development and limits it.",
    );
    Way::field(help, text("Вебхук", "Webhook"), text("Опрос", "Polling"))
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Откройте https://business.max.ru от имени проверенной организации и создайте чат-бота. MAX проверяет ботов, это занимает время.",
            "Open https://business.max.ru as a verified organisation and make a chat bot. MAX moderates bots, which takes a while.",
        ),
        text(
            "Скопируйте токен бота и вставьте его сюда. Okno проверит его и подключится.",
            "Copy the bot's token and paste it here. Okno checks it and connects.",
        ),
        text(
            "Если проверка скажет, что сертификату MAX не доверяют, вставьте корневой сертификат Минцифры \
             (https://www.gosuslugi.ru/crt) в «Корневые сертификаты».",
            "If the check says that MAX's certificate is not trusted, paste the root of the Russian Ministry of Digital \
             Development (https://www.gosuslugi.ru/crt) under \"Root certificates\".",
        ),
        text(
            "Первым пишет клиент. Дайте ему ссылку https://max.ru/<имя бота>?start=<метка>: метка станет источником обращения.",
            "The customer writes first. Give them https://max.ru/<bot name>?start=<mark>: the mark becomes the request's source.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_TOKEN,
            text(
                "Токен отозван или введён с ошибкой. Возьмите новый на business.max.ru и вставьте его.",
                "The token was taken back or is mistyped. Get a new one at business.max.ru and paste it.",
            ),
        ),
        (
            REMEDY_CA,
            text(
                "Сертификат MAX подписан корнем Минцифры. Скачайте «Russian Trusted Root CA» (gosuslugi.ru/crt, PEM) и \
                 вставьте в «Корневые сертификаты» этой учётной записи.",
                "MAX's certificate is signed by the root of the Russian Ministry of Digital Development. Get \"Russian \
                 Trusted Root CA\" (gosuslugi.ru/crt, PEM) and paste it under this account's \"Root certificates\".",
            ),
        ),
        (
            REMEDY_MODERATION,
            text(
                "MAX отказывает во всех диалогах: бот не прошёл модерацию или заблокирован. Проверьте его на business.max.ru. \
                 Клиенты вас не блокировали.",
                "MAX refuses every conversation: the bot has not passed moderation, or is blocked. See to it at \
                 business.max.ru. The customers have not blocked you.",
            ),
        ),
        (
            REMEDY_PUBLIC_URL,
            text(
                "Для вебхука нужен внешний адрес https на порту 443 (OKNO_PUBLIC_URL). Или выберите опрос.",
                "A webhook needs a public https address on port 443 (OKNO_PUBLIC_URL). Or choose polling.",
            ),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_in_both_languages() {
        let settings = settings();
        let fields = settings.fields.iter().flat_map(|field| [field.title.clone(), field.help.clone()]).flatten();
        let choices = settings.fields.iter().flat_map(|field| &field.choices).filter_map(|choice| choice.title.clone());
        for text in fields.chain(choices).chain(settings.steps).chain(settings.remedies.into_values()) {
            assert!(!text.ru.is_empty() && !text.en.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn every_remedy_that_an_error_names_has_its_text() {
        let known = settings().remedies;
        for key in [REMEDY_TOKEN, REMEDY_CA, REMEDY_MODERATION, REMEDY_PUBLIC_URL] {
            assert!(known.contains_key(key), "{key}");
        }
    }
}
