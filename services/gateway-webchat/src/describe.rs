//! What the web chat can carry, and how an account is set up, in words for people.

mod fields;

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsSchema, SettingsSnippet,
    TextStyle, TextUnit,
};

use gateway_kit::describe;
pub use gateway_kit::describe::text;

use crate::normalize::{FILES_MOST, TEXT_CHARS};

/// What the page takes of an operator; links to files are streamed, so the chat sets no limit of its own.
const SEND_BYTES: i64 = 100 << 20;
const BUTTONS_MOST: u32 = 20;
const DATA_BYTES: u32 = 256;

pub fn gateway() -> GatewayDescription {
    let settings = SettingsSchema {
        fields: fields::all(),
        steps: steps(),
        remedies: remedies(),
        snippets: snippets(),
        ..SettingsSchema::default()
    };
    describe::gateway::<crate::Webchat>(text("Чат на сайте", "Web chat"), capabilities(), settings)
}

fn capabilities() -> Capabilities {
    use AttachmentKind::{Animation, Audio, Document, Image, Sticker, Video, VideoNote, Voice};
    use TextStyle::{Bold, Code, Italic, Link, Mention, Pre, Quote, Spoiler, Strike, Underline};
    let kinds = [Image, Video, VideoNote, Voice, Audio, Animation, Sticker, Document];
    let media =
        kinds.map(|kind| MediaCapability { kind: kind.into(), max_bytes: SEND_BYTES, ..MediaCapability::default() });
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let styles = [Bold, Italic, Underline, Strike, Code, Pre, Link, Quote, Spoiler, Mention];
    Capabilities {
        text_limit: number(TEXT_CHARS),
        text_unit: TextUnit::CodePoints.into(),
        caption_limit: number(TEXT_CHARS),
        media: media.into(),
        album_max: number(FILES_MOST),
        album_kinds: kinds.map(i32::from).into(),
        replies: true,
        edits: true,
        deletes: true,
        reactions: false,
        reports_delivered: true,
        reports_read: true,
        typing: true,
        // The browser puts it in by its id, however often it comes.
        idempotent_send: true,
        writes_first: false,
        buttons_max: BUTTONS_MOST,
        button_data_limit: DATA_BYTES,
        styles: styles.map(i32::from).into(),
        delete_within_seconds: 0,
        marks_read: true,
        templates: false,
        letters: false,
    }
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "Впишите адреса сайтов, на которых будет чат, по одному в строке: https://example.com. На других сайтах он не откроется.",
            "Enter the addresses of the sites that will have the chat, one a line: https://example.com. It opens on no other site.",
        ),
        text(
            "Сохраните учётную запись, скопируйте код чата и вставьте его перед </body> на каждой странице сайта или в общий шаблон.",
            "Save the account, copy the chat's code and paste it before </body> on every page of the site, or into its template.",
        ),
        text(
            "Если сайт задаёт Content-Security-Policy, добавьте адрес чата в script-src, frame-src и connect-src.",
            "If the site sets a Content-Security-Policy, add the chat's address to script-src, frame-src and connect-src.",
        ),
        text(
            "Откройте сайт и напишите в чат: обращение появится в очереди отдела.",
            "Open the site and write to the chat: the request appears in the department's queue.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    let settings = text(
        "Исправьте настройки чата: пока они неверны, он не открывается на сайтах.",
        "Correct the chat's settings: while they are wrong it opens on no site.",
    );
    describe::remedies([("settings", settings)])
}

fn snippets() -> Vec<SettingsSnippet> {
    let snippet = |title, help, text: &str| SettingsSnippet { title: Some(title), help: Some(help), text: text.into() };
    vec![
        snippet(
            text("Код чата", "The chat's code"),
            text(
                "Вставьте перед </body> на каждой странице. Код загружается после страницы и не мешает ей.",
                "Paste it before </body> on every page. It loads after the page and holds nothing up.",
            ),
            EMBED,
        ),
        snippet(
            text("Кнопка или ссылка", "A button or link"),
            text(
                "Открывает чат на странице с кодом чата; без него — отдельной страницей. Адрес годится и для QR-кода.",
                "Opens the chat on a page that has its code; elsewhere as a page of its own. The address suits a QR code too.",
            ),
            LINK,
        ),
        snippet(
            text("Вход клиента", "Signed-in customers"),
            text(
                "Сервер сайта подписывает JWT секретом из настроек; браузер передаёт его чату. Секрет не должен попасть в браузер.",
                "The site's server signs a JWT with the secret of the settings; the browser hands it to the chat. The secret must never reach the browser.",
            ),
            IDENTITY,
        ),
    ]
}

const EMBED: &str = "<script>
  window.OknoChat = window.OknoChat || function () { (OknoChat.q = OknoChat.q || []).push(arguments); };
  OknoChat('init', { site: '{account_id}' });
</script>
<script async src=\"{public_url}/webchat/okno.js\"></script>";

const LINK: &str =
    "<a href=\"{public_url}/webchat/{account_id}/page\" target=\"_blank\" rel=\"noopener\" data-okno-open>Chat</a>";

const IDENTITY: &str = "// On the server: HS256, at most 24 hours
const now = Math.floor(Date.now() / 1000);
const token = jwt.sign(
  { sub: customer.id, name: customer.name, email: customer.email, iat: now, exp: now + 3600 },
  process.env.OKNO_CHAT_SECRET, { algorithm: 'HS256' });

// In the page, for a signed-in customer, and when they sign out
OknoChat('identify', token);
OknoChat('logout');";
