//! What Telegram can carry, and how an account is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsField, SettingsSchema,
    TextStyle, TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, Way, describe};

use crate::config::API_URL;

/// UTF-16 units (<https://core.telegram.org/bots/api#sendmessage>, #sendphoto; read 2026-11-23).
pub const TEXT_LIMIT: u32 = 4096;
pub const CAPTION_LIMIT: u32 = 1024;
/// <https://core.telegram.org/bots/api#sendmediagroup>, read 2026-11-23.
pub const ALBUM_MOST: u32 = 10;
/// <https://core.telegram.org/bots/api#sending-files>, read 2026-11-23.
pub const UPLOAD_BYTES: i64 = 50 << 20;
pub const PHOTO_BYTES: i64 = 10 << 20;
/// Of a Bot API server of one's own (<https://core.telegram.org/bots/api#using-a-local-bot-api-server>, read 2026-11-26).
pub const OWN_UPLOAD_BYTES: i64 = 2000 << 20;
/// <https://core.telegram.org/bots/api#inlinekeyboardbutton>, read 2026-11-23.
pub const DATA_BYTES: u32 = 64;
/// Not documented: what Telegram's servers take.
pub const BUTTONS_MOST: u32 = 100;
/// <https://core.telegram.org/bots/api#deletemessage>, read 2026-11-23.
const DELETE_WITHIN_SECONDS: u32 = 48 * 3600;

pub const REMEDY_TOKEN: &str = "token";
pub const REMEDY_FROZEN: &str = "frozen";
pub const REMEDY_CONFLICT: &str = "conflict";
pub const REMEDY_WEBHOOK: &str = "webhook";
pub const REMEDY_PUBLIC_URL: &str = "public_url";
pub const REMEDY_BUSINESS: &str = "business";

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::Telegram>(text("Telegram", "Telegram"), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    use AttachmentKind::{Animation, Audio, Document, Image, Sticker, Video, VideoNote, Voice};
    let media = [Image, Video, VideoNote, Voice, Audio, Animation, Sticker, Document];
    let media =
        media.map(|kind| MediaCapability { kind: kind.into(), max_bytes: UPLOAD_BYTES, ..MediaCapability::default() });
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: CAPTION_LIMIT,
        media: media.into(),
        album_max: ALBUM_MOST,
        album_kinds: [Image, Video, Audio, Document].map(i32::from).into(),
        replies: true,
        edits: true,
        deletes: true,
        reactions: true,
        reports_delivered: false,
        reports_read: false,
        typing: true,
        idempotent_send: false,
        writes_first: false,
        buttons_max: BUTTONS_MOST,
        button_data_limit: DATA_BYTES,
        styles: styles(),
        delete_within_seconds: DELETE_WITHIN_SECONDS,
        marks_read: true,
        templates: false,
        letters: false,
    }
}

fn styles() -> Vec<i32> {
    use TextStyle::{Bold, Code, Italic, Link, Pre, Quote, Spoiler, Strike, Underline};
    [Bold, Italic, Underline, Strike, Code, Pre, Link, Quote, Spoiler].map(i32::from).into()
}

fn settings() -> SettingsSchema {
    let mut way = Outside::fields(API_URL, &text("Telegram", "Telegram"));
    if let Some(address) = way.first_mut() {
        address.help = Some(text(
            "Меняйте, только если у вас свой сервер Bot API или зеркало: сервер получит токен. Через свой сервер с ключом \
             --local уходят файлы больше 50 МБ.",
            "Change it only for a Bot API server or mirror of your own: that server gets the token. One that runs with \
             --local sends files above 50 MB.",
        ));
        address.media_bytes = OWN_UPLOAD_BYTES;
    }
    SettingsSchema {
        fields: [vec![token(), receive()], way].concat(),
        steps: steps(),
        remedies: remedies(),
        snippets: Vec::new(),
        ..SettingsSchema::default()
    }
}

fn token() -> SettingsField {
    let help = text(
        "Его присылает @BotFather. Кто знает токен, тот владеет ботом: никому его не показывайте.",
        "@BotFather sends it. Whoever knows the token owns the bot: show it to nobody.",
    );
    SettingsField {
        placeholder: "123456789:AAF…".into(),
        ..describe::secret("token", text("Токен бота", "Bot token"), help, r"^\d{6,12}:[A-Za-z0-9_-]{35}$")
    }
}

fn receive() -> SettingsField {
    let help = text(
        "Okno выберет вебхук, если у него есть внешний адрес https, иначе опрос. Опрос работает и без внешнего адреса.",
        "Automatic: a webhook if Okno has a public https address, else polling. Polling needs no public address.",
    );
    Way::field(help, text("Вебхук", "Webhook"), text("Опрос", "Polling"))
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Откройте в Telegram @BotFather (https://t.me/BotFather), отправьте /newbot и придумайте боту имя.",
            "Open @BotFather in Telegram (https://t.me/BotFather), send /newbot and give the bot a name.",
        ),
        text(
            "Скопируйте токен из ответа и вставьте его сюда. Okno проверит его и подключится.",
            "Copy the token from the answer and paste it here. Okno checks it and connects.",
        ),
        text(
            "Первым пишет клиент. Дайте ему ссылку https://t.me/<имя бота>?start=<метка>: метка станет источником обращения.",
            "The customer writes first. Give them https://t.me/<bot name>?start=<mark>: the mark becomes the request's source.",
        ),
        text(
            "Чтобы бот отвечал в группах, отключите ему Group Privacy: /setprivacy у @BotFather.",
            "To serve groups, turn the bot's Group Privacy off: /setprivacy at @BotFather.",
        ),
        text(
            "Чтобы отвечать от имени личного аккаунта, включите боту Business Mode (/mybots, Bot Settings), а в аккаунте \
             добавьте его: Настройки, Telegram для бизнеса, Чат-боты.",
            "To answer in the name of a personal account, turn on the bot's Business Mode (/mybots, Bot Settings), and \
             add it there: Settings, Telegram Business, Chatbots.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_TOKEN,
            text(
                "Токен отозван или введён с ошибкой. Возьмите новый у @BotFather (/mybots, API Token) и вставьте его.",
                "The token was taken back or is mistyped. Get a new one from @BotFather (/mybots, API Token) and paste it.",
            ),
        ),
        (
            REMEDY_FROZEN,
            text(
                "Telegram заморозил бота. Напишите в поддержку Telegram через @SpamBot или @BotSupport.",
                "Telegram has frozen the bot. Write to Telegram's support by @SpamBot or @BotSupport.",
            ),
        ),
        (
            REMEDY_CONFLICT,
            text(
                "Сообщения этого бота забирает ещё одна программа. Остановите её или смените токен у @BotFather.",
                "Another program takes this bot's messages. Stop it, or change the token at @BotFather.",
            ),
        ),
        (
            REMEDY_WEBHOOK,
            text(
                "Telegram не может до нас достучаться. Проверьте внешний адрес и сертификат или выберите опрос.",
                "Telegram cannot reach us. Check the public address and its certificate, or choose polling.",
            ),
        ),
        (
            REMEDY_PUBLIC_URL,
            text(
                "Для вебхука нужен внешний адрес https на порту 443, 80, 88 или 8443 (OKNO_PUBLIC_URL). Или выберите опрос.",
                "A webhook needs a public https address on port 443, 80, 88 or 8443 (OKNO_PUBLIC_URL). Or choose polling.",
            ),
        ),
        (
            REMEDY_BUSINESS,
            text(
                "Владелец аккаунта должен снова добавить бота в Telegram для бизнеса и разрешить ему отвечать.",
                "The account's owner must add the bot to Telegram Business again and let it answer.",
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
        for key in [REMEDY_TOKEN, REMEDY_FROZEN, REMEDY_CONFLICT, REMEDY_WEBHOOK, REMEDY_PUBLIC_URL, REMEDY_BUSINESS] {
            assert!(known.contains_key(key), "{key}");
        }
    }
}
