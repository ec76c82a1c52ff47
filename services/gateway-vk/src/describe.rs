//! What VK can carry, and how an account is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsField, SettingsSchema,
    TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, Way, describe};

use crate::config::API_URL;

/// VK says 9000 (<https://dev.vk.com/ru/method/messages.send>, read 2026-11-26), and cut or refused texts above 4096 for
/// years; what it counts is not documented.
pub const TEXT_LIMIT: u32 = 4000;
/// <https://dev.vk.com/ru/method/messages.send>, read 2026-11-26.
pub const ATTACHMENTS_MOST: u32 = 10;
/// <https://dev.vk.com/ru/api/upload/photo-in-message>, read 2026-11-26.
pub const PHOTO_BYTES: i64 = 50 << 20;
pub const PHOTO_SIDES: u32 = 14_000;
pub const PHOTO_RATIO: u32 = 20;
/// <https://dev.vk.com/ru/api/upload/document-in-message>, read 2026-11-26.
pub const FILE_BYTES: i64 = 200 << 20;
/// <https://dev.vk.com/ru/api/bots/development/keyboard>, read 2026-11-26.
pub const BUTTONS_MOST: u32 = 10;
pub const BUTTON_ROWS: usize = 6;
pub const BUTTONS_IN_ROW: usize = 5;
pub const LABEL_CHARS: usize = 40;
/// The payload is JSON of 255 characters; ours is `{"d":"…"}`, and what JSON escapes takes more.
pub const DATA_BYTES: u32 = 200;
/// Not documented; what VK's own apps allow.
const DELETE_WITHIN_SECONDS: u32 = 24 * 3600;

pub const REMEDY_TOKEN: &str = "token";
pub const REMEDY_RIGHTS: &str = "rights";
pub const REMEDY_CAPTCHA: &str = "captcha";
pub const REMEDY_VALIDATION: &str = "validation";
pub const REMEDY_APP: &str = "app";
pub const REMEDY_WEBHOOK: &str = "webhook";
pub const REMEDY_PUBLIC_URL: &str = "public_url";
pub const REMEDIES: [&str; 7] =
    [REMEDY_TOKEN, REMEDY_RIGHTS, REMEDY_CAPTCHA, REMEDY_VALIDATION, REMEDY_APP, REMEDY_WEBHOOK, REMEDY_PUBLIC_URL];

fn title() -> LocalText {
    text("ВКонтакте", "VK")
}

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::Vk>(title(), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    use AttachmentKind::{Animation, Audio, Document, Image, Video, Voice};
    let media = |kind: AttachmentKind, max_bytes| MediaCapability {
        kind: kind.into(),
        max_bytes,
        ..MediaCapability::default()
    };
    // MP3 is refused as a file; as music it cannot be sent at all.
    let audio = ["audio/ogg", "audio/wav", "audio/x-wav", "audio/mp4", "audio/x-m4a", "audio/flac", "audio/aac"];
    let audio = MediaCapability { mime_types: audio.map(str::to_owned).into(), ..media(Audio, FILE_BYTES) };
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: TEXT_LIMIT,
        media: [Image, Video, Voice, Animation, Document]
            .map(|kind| media(kind, FILE_BYTES))
            .into_iter()
            .chain([audio])
            .collect(),
        album_max: ATTACHMENTS_MOST,
        album_kinds: [Image, Video, Animation, Document, Audio].map(i32::from).into(),
        replies: true,
        edits: true,
        deletes: true,
        reactions: true,
        reports_delivered: false,
        reports_read: true,
        typing: true,
        idempotent_send: true,
        writes_first: false,
        buttons_max: BUTTONS_MOST,
        button_data_limit: DATA_BYTES,
        styles: Vec::new(),
        delete_within_seconds: DELETE_WITHIN_SECONDS,
        marks_read: true,
        ..Capabilities::default()
    }
}

fn settings() -> SettingsSchema {
    let own = [token(), group_id(), receive()];
    SettingsSchema {
        fields: own.into_iter().chain(Outside::fields(API_URL, &title())).collect(),
        steps: steps(),
        remedies: remedies(),
        snippets: Vec::new(),
        ..SettingsSchema::default()
    }
}

fn token() -> SettingsField {
    let help = text(
        "Кто знает ключ, тот пишет от имени сообщества: никому его не показывайте.",
        "Whoever knows the key writes in the community's name: show it to nobody.",
    );
    SettingsField {
        placeholder: "vk1.a.…".into(),
        ..describe::secret(
            "token",
            text("Ключ доступа сообщества", "The community's access key"),
            help,
            r"^[A-Za-z0-9._-]{20,512}$",
        )
    }
}

fn group_id() -> SettingsField {
    let help = text(
        "Он виден в Управлении сообществом, Настройки, внизу: «Номер сообщества» (club…).",
        "Manage, Settings show it at the bottom as the community's number (club…).",
    );
    SettingsField {
        required: true,
        pattern: r"^(club|public|-)?[0-9]{1,10}$".into(),
        placeholder: "2200300".into(),
        ..describe::line("group_id", text("Номер сообщества", "The community's number"), help)
    }
}

fn receive() -> SettingsField {
    let help = text(
        "Okno выберет Callback API, если у него есть внешний адрес https, иначе Long Poll. Long Poll работает и без него.",
        "Automatic: the Callback API if Okno has a public https address, else Long Poll, which needs none.",
    );
    Way::field(help, text("Callback API", "Callback API"), text("Long Poll", "Long Poll"))
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Откройте Управление сообществом, Сообщения и включите их. Там же в настройках бота включите возможности ботов.",
            "Open the community's Manage, Messages and turn them on. In the bot settings there turn the bot features on.",
        ),
        text(
            "В Управлении откройте Работа с API, создайте ключ с правами: управление сообществом, сообщения, фотографии, файлы.",
            "In Manage, API usage create a key with these rights: community management, messages, photos, documents.",
        ),
        text(
            "Вставьте сюда ключ и номер сообщества. Okno проверит их и само настроит получение сообщений.",
            "Paste the key and the community's number here. Okno checks them and sets up how messages arrive.",
        ),
        text(
            "Первым пишет клиент. Дайте ему ссылку https://vk.me/<адрес сообщества>?ref=<метка>: метка станет источником обращения.",
            "The customer writes first. Give them https://vk.me/<the community's address>?ref=<mark>: the mark becomes the request's source.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    let texts = [
        text(
            "Ключ доступа отозван или введён с ошибкой. Создайте новый: Управление, Работа с API, Ключи доступа.",
            "The access key was taken back or is mistyped. Make a new one: Manage, API usage, Access tokens.",
        ),
        text(
            "Ключу не хватает прав. Создайте новый с правами: управление сообществом, сообщения, фотографии, файлы.",
            "The key lacks rights. Make a new one with: community management, messages, photos, documents.",
        ),
        text(
            "ВКонтакте просит ввести код с картинки. Подождите час; если не пройдёт, смените адрес выхода в сеть (прокси).",
            "VK wants a captcha solved. Wait for an hour; if it stays, change the address that calls go out from (proxy).",
        ),
        text(
            "ВКонтакте просит подтвердить вход. Зайдите в сообщество на сайте ВКонтакте, подтвердите, затем смените ключ.",
            "VK wants a confirmation. Open the community on VK's site, confirm, then make a new key.",
        ),
        text(
            "ВКонтакте не признаёт сообщество или приложение. Проверьте номер сообщества и не заблокировано ли оно.",
            "VK does not accept the community or app. Check the community's number, and whether it is blocked.",
        ),
        text(
            "ВКонтакте не может до нас достучаться. Проверьте внешний адрес и сертификат или выберите Long Poll.",
            "VK cannot reach us. Check the public address and its certificate, or choose Long Poll.",
        ),
        text(
            "Для Callback API нужен внешний адрес https (OKNO_PUBLIC_URL). Или выберите Long Poll.",
            "The Callback API needs a public https address (OKNO_PUBLIC_URL). Or choose Long Poll.",
        ),
    ];
    REMEDIES.into_iter().map(str::to_owned).zip(texts).collect()
}
