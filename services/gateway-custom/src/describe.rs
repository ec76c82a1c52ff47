//! What a company's chat can carry, and how it is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsField, SettingsFieldKind,
    SettingsSchema, SettingsSnippet, TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, describe};

use crate::content::{FILES_MOST, KINDS};

// What docs/custom-channel.md promises the chat.
pub const TEXT_LIMIT: u32 = 4000;
pub const FILE_BYTES: i64 = 100 << 20;
const BUTTONS_MOST: u32 = 20;
const BUTTON_BYTES: u32 = 200;

pub const REMEDY_SECRET: &str = "secret";
pub const REMEDY_ADDRESS: &str = "address";
pub const REMEDY_PUBLIC_URL: &str = "public_url";

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::Custom>(text("Свой чат", "Own chat"), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    let media = KINDS.map(|(_, kind)| MediaCapability {
        kind: kind.into(),
        max_bytes: FILE_BYTES,
        ..MediaCapability::default()
    });
    let album = [AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Document];
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::CodePoints.into(),
        caption_limit: TEXT_LIMIT,
        media: media.into(),
        album_max: FILES_MOST as u32,
        album_kinds: album.map(i32::from).into(),
        replies: true,
        edits: true,
        deletes: true,
        reports_delivered: true,
        reports_read: true,
        typing: true,
        // `webhook-id` is the same on every repeat, and the contract asks the chat to heed it.
        idempotent_send: true,
        buttons_max: BUTTONS_MOST,
        button_data_limit: BUTTON_BYTES,
        marks_read: true,
        ..Capabilities::default()
    }
}

fn settings() -> SettingsSchema {
    let mut way = Outside::fields("", &text("ваш чат", "your chat")).into_iter();
    let address = SettingsField {
        title: Some(text("Куда слать события", "Where events go")),
        help: Some(text(
            "Адрес https вашего сервера. На него Okno шлёт сообщения операторов, подписанные секретом.",
            "The https address of your server. Okno sends it the operators' messages, signed with the secret.",
        )),
        placeholder: "https://chat.example.com/okno".into(),
        required: true,
        advanced: false,
        ..way.next().unwrap_or_default()
    };
    let abilities = [
        ability("edits", "edits", text("Чат умеет править сообщения", "The chat can edit messages")),
        ability("deletes", "deletes", text("Чат умеет удалять сообщения", "The chat can delete messages")),
        ability("reads", "marks_read", text("Чату сообщать о прочтении", "The chat is told what was read")),
        ability(
            "typing",
            "typing",
            text("Чату сообщать, что оператор печатает", "The chat is told when an operator types"),
        ),
    ];
    // What the chat can do comes before how it is reached.
    let mut fields = vec![address, secret()];
    fields.extend(abilities);
    fields.extend([media_hosts(), secret_before()]);
    fields.extend(way);
    SettingsSchema { fields, steps: steps(), remedies: remedies(), snippets: snippets(), ..SettingsSchema::default() }
}

fn secret() -> SettingsField {
    let help = text(
        "whsec_ и от 24 до 64 случайных байтов в base64. Им подписываются события в обе стороны. Сделать его: \
         echo whsec_$(openssl rand -base64 32)",
        "whsec_ and 24 to 64 random bytes in base64. Events in both directions are signed with it. To make one: \
         echo whsec_$(openssl rand -base64 32)",
    );
    SettingsField {
        placeholder: "whsec_…".into(),
        ..describe::secret("secret", text("Секрет", "Secret"), help, r"^whsec_[A-Za-z0-9+/]{32,88}={0,2}$")
    }
}

fn secret_before() -> SettingsField {
    SettingsField {
        name: "secret_before".into(),
        title: Some(text("Прежний секрет", "The secret before")),
        help: Some(text(
            "На время смены секрета: события подписываются обоими и принимаются с любым. Сменили в чате – очистите.",
            "While the secret changes: events are signed with both and taken with either. Clear it once the chat has the new one.",
        )),
        required: false,
        advanced: true,
        ..secret()
    }
}

fn ability(name: &str, ability: &str, title: LocalText) -> SettingsField {
    SettingsField {
        name: name.into(),
        kind: SettingsFieldKind::Switch.into(),
        title: Some(title),
        advanced: true,
        default_value: "true".into(),
        ability: ability.into(),
        ..SettingsField::default()
    }
}

fn media_hosts() -> SettingsField {
    SettingsField {
        name: "media_hosts".into(),
        kind: SettingsFieldKind::Lines.into(),
        title: Some(text("Серверы с файлами", "Servers with files")),
        help: Some(text(
            "Имена серверов, с которых можно забирать файлы клиентов, по одному в строке. Сервер чата можно всегда.",
            "Host names that customers' files may be fetched from, one a line. The chat's own is always allowed.",
        )),
        advanced: true,
        pattern: r"^[A-Za-z0-9.-]+$".into(),
        placeholder: "files.example.com".into(),
        ..SettingsField::default()
    }
}

fn snippets() -> Vec<SettingsSnippet> {
    vec![SettingsSnippet {
        title: Some(text("Куда чату слать события", "Where the chat sends its events")),
        help: Some(text(
            "Сюда чат шлёт, что пишут клиенты. Каждое событие подписано тем же секретом.",
            "The chat sends here what customers write. Each event is signed with the same secret.",
        )),
        text: "{public_url}/hook/custom/{account_id}".into(),
    }]
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Нужен разработчик чата. Что чат и Okno говорят друг другу, описано в docs/custom-channel.md (в исходном коде Okno); \
             там же готовый пример на Python в 48 строк.",
            "You need the chat's developer. What the chat and Okno tell each other stands in docs/custom-channel.md (in \
             Okno's sources), with a sample in 48 lines of Python.",
        ),
        text(
            "Придумайте секрет, запишите его здесь и в настройках чата.",
            "Make a secret, and put it here and into the chat's settings.",
        ),
        text(
            "Впишите адрес, на который слать события. Okno проверит его событием ping: чат должен ответить 2xx.",
            "Put in the address that events go to. Okno checks it with a ping: the chat must answer 2xx.",
        ),
        text(
            "Подключите и скопируйте адрес, на который чат будет слать свои события: он появится на следующем шаге.",
            "Connect, and copy the address that the chat is to send its events to: the next step shows it.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_SECRET,
            text(
                "Чат не принимает подпись. Секрет здесь и в чате должен быть один, часы – верными до пяти минут.",
                "The chat does not accept the signature. The secret must be the same on both sides, the clocks right within five minutes.",
            ),
        ),
        (
            REMEDY_ADDRESS,
            text(
                "По этому адресу никто не принимает события. Проверьте его и сервер чата.",
                "Nothing takes events at this address. Check it, and the chat's server.",
            ),
        ),
        (
            REMEDY_PUBLIC_URL,
            text(
                "Чат забирает файлы по ссылке, нужен внешний адрес. Его задаёт OKNO_PUBLIC_URL.",
                "The chat takes files by a link, which needs a public address. OKNO_PUBLIC_URL sets it.",
            ),
        ),
    ])
}
