//! What WhatsApp can carry, and how an account is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsChoice, SettingsField,
    SettingsFieldKind, SettingsSchema, SettingsSnippet, TextUnit,
};
pub use gateway_kit::describe::text;
use gateway_kit::{Outside, describe};

use crate::config::GRAPH_URL;

/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages>, read 2026-11-26.
pub const TEXT_LIMIT: u32 = 4096;
/// The text of a question with buttons, and the text under a file.
pub const CAPTION_LIMIT: u32 = 1024;
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>, read 2026-11-26.
pub const IMAGE_BYTES: i64 = 5 << 20;
pub const VIDEO_BYTES: i64 = 16 << 20;
pub const AUDIO_BYTES: i64 = 16 << 20;
pub const STICKER_BYTES: i64 = 500 << 10;
pub const DOCUMENT_BYTES: i64 = 100 << 20;
/// What a person may send is not larger.
pub const FETCH_BYTES: u64 = DOCUMENT_BYTES.cast_unsigned();
/// Up to three answers are buttons, up to ten a list
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages>, read
/// 2026-11-26).
pub const REPLY_BUTTONS_MOST: usize = 3;
pub const BUTTONS_MOST: u32 = 10;
pub const BUTTON_TITLE_CHARS: usize = 20;
pub const ROW_TITLE_CHARS: usize = 24;
/// Of a list's row; a button's may have 256.
pub const DATA_BYTES: u32 = 200;

pub const REMEDY_TOKEN: &str = "token";
pub const REMEDY_PERMISSION: &str = "permission";
pub const REMEDY_SPAM: &str = "spam";
pub const REMEDY_LOCKED: &str = "locked";
pub const REMEDY_NAME: &str = "display_name";
pub const REMEDY_BILLING: &str = "billing";
pub const REMEDY_REGISTER: &str = "register";
pub const REMEDY_PUBLIC_URL: &str = "public_url";
pub const REMEDY_WEBHOOK: &str = "webhook";
pub const REMEDY_META: &str = "meta";
pub const REMEDY_TEST_NUMBER: &str = "test_number";
pub const REMEDY_MARKETING: &str = "marketing";
pub const REMEDY_APP_SECRET: &str = "app_secret";

pub fn gateway() -> GatewayDescription {
    describe::gateway::<crate::WhatsApp>(text("WhatsApp", "WhatsApp"), capabilities(), settings())
}

fn capabilities() -> Capabilities {
    use AttachmentKind::{Animation, Audio, Document, Image, Sticker, Video, VideoNote, Voice};
    // What is too large or of another form for its kind goes as a document.
    let media = [Image, Video, VideoNote, Voice, Audio, Animation, Sticker, Document];
    let media = media.map(|kind| MediaCapability {
        kind: kind.into(),
        max_bytes: DOCUMENT_BYTES,
        without_caption: matches!(kind, Voice | Audio | Sticker),
        ..MediaCapability::default()
    });
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: CAPTION_LIMIT,
        media: media.into(),
        replies: true,
        reactions: true,
        reports_delivered: true,
        reports_read: true,
        typing: true,
        buttons_max: BUTTONS_MOST,
        button_data_limit: DATA_BYTES,
        marks_read: true,
        templates: true,
        ..Capabilities::default()
    }
}

fn settings() -> SettingsSchema {
    let mut fields = vec![phone_number_id(), business_id(), token(), app_secret(), callback(), verify_token()];
    fields.extend(Outside::fields(GRAPH_URL, &text("WhatsApp", "WhatsApp")));
    SettingsSchema { fields, steps: steps(), remedies: remedies(), snippets: snippets(), ..SettingsSchema::default() }
}

fn phone_number_id() -> SettingsField {
    let help = text(
        "Показан в приложении Meta: WhatsApp, API Setup, Phone number ID. Это не сам телефон.",
        "Shown in Meta's app: WhatsApp, API Setup, Phone number ID. It is not the phone itself.",
    );
    SettingsField {
        required: true,
        pattern: r"^\d{5,25}$".into(),
        placeholder: "106540352242922".into(),
        ..describe::line("phone_number_id", text("Идентификатор номера", "Phone number ID"), help)
    }
}

fn business_id() -> SettingsField {
    let help = text(
        "Рядом с идентификатором номера: WhatsApp Business Account ID.",
        "Beside the phone number ID: WhatsApp Business Account ID.",
    );
    SettingsField {
        required: true,
        pattern: r"^\d{5,25}$".into(),
        placeholder: "102290129340398".into(),
        ..describe::line(
            "waba_id",
            text("Идентификатор аккаунта WhatsApp Business", "WhatsApp Business account ID"),
            help,
        )
    }
}

fn token() -> SettingsField {
    let help = text(
        "Токен системного пользователя с правами whatsapp_business_messaging и whatsapp_business_management, без срока.",
        "Of a system user, with whatsapp_business_messaging and whatsapp_business_management, without an expiry date.",
    );
    SettingsField {
        required: true,
        secret: true,
        placeholder: "EAA…".into(),
        ..describe::line("token", text("Токен доступа", "Access token"), help)
    }
}

fn app_secret() -> SettingsField {
    let help = text(
        "Настройки приложения Meta, Basic, App secret. По нему Okno узнаёт, что сообщение и правда от Meta.",
        "Meta's app settings, Basic, App secret. By it Okno knows that a message really comes from Meta.",
    );
    SettingsField {
        required: true,
        secret: true,
        pattern: r"^[0-9a-fA-F]{16,128}$".into(),
        ..describe::line("app_secret", text("Секрет приложения", "App secret"), help)
    }
}

fn callback() -> SettingsField {
    let choice = |value: &str, title| SettingsChoice { value: value.into(), title: Some(title) };
    let help = text(
        "Обычно Okno само называет Meta адрес для этого номера. Если в приложении один адрес на все номера, впишите туда \
         адрес вебхука любого из них: Okno разберёт, чьё сообщение.",
        "Usually Okno tells Meta this number's address itself. If the app has one address for all its numbers, enter the \
         webhook address of any of them there: Okno sorts out whose a message is.",
    );
    SettingsField {
        kind: SettingsFieldKind::Choice.into(),
        advanced: true,
        default_value: "number".into(),
        choices: vec![
            choice("number", text("Okno настроит само", "Okno sets it up")),
            choice("app", text("Один адрес в приложении Meta", "One address in Meta's app")),
        ],
        ..describe::line("callback", text("Адрес для сообщений", "Where messages go"), help)
    }
}

fn verify_token() -> SettingsField {
    let help = text(
        "Только для адреса в приложении: слово, которое вы ввели в поле Verify token.",
        "Only for an address in the app: the word that you entered as Verify token.",
    );
    SettingsField {
        secret: true,
        advanced: true,
        ..describe::line("verify_token", text("Проверочное слово", "Verify token"), help)
    }
}

fn snippets() -> Vec<SettingsSnippet> {
    vec![SettingsSnippet {
        title: Some(text("Адрес вебхука", "Webhook address")),
        help: Some(text(
            "Нужен, только если в приложении Meta один адрес на все номера: впишите его там в Configuration, Callback URL.",
            "Needed only if Meta's app has one address for all its numbers: enter it there under Configuration, Callback URL.",
        )),
        text: "{public_url}/hook/whatsapp/{account_id}".into(),
    }]
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "На https://developers.facebook.com/apps создайте приложение типа Business и добавьте продукт WhatsApp.",
            "At https://developers.facebook.com/apps create an app of type Business and add the product WhatsApp.",
        ),
        text(
            "В WhatsApp, API Setup добавьте номер и подтвердите его. Скопируйте оба идентификатора сюда.",
            "In WhatsApp, API Setup add a number and confirm it. Copy both IDs here.",
        ),
        text(
            "В Business Settings, System users создайте пользователя, дайте ему приложение и аккаунт WhatsApp и выпустите токен.",
            "In Business Settings, System users make a user, assign the app and the WhatsApp account, and issue a token.",
        ),
        text(
            "В WhatsApp, Configuration подпишите приложение на поле messages; для номера, который есть и в приложении \
             WhatsApp Business, ещё на smb_message_echoes.",
            "In WhatsApp, Configuration subscribe the app to the field messages; for a number that is also in the \
             WhatsApp Business app, to smb_message_echoes, too.",
        ),
        text(
            "В App settings, Basic скопируйте App secret. Okno проверит всё и подключится.",
            "In App settings, Basic copy the App secret. Okno checks it all and connects.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_TOKEN,
            text(
                "Токен истёк, отозван или введён с ошибкой. Выпустите новый у системного пользователя и вставьте его.",
                "The token has expired, was taken back or is mistyped. Issue a new one for the system user and paste it.",
            ),
        ),
        (
            REMEDY_PERMISSION,
            text(
                "Токену не хватает прав. Дайте системному пользователю аккаунт WhatsApp и права whatsapp_business_messaging, \
                 whatsapp_business_management.",
                "The token lacks rights. Assign the WhatsApp account to the system user, with whatsapp_business_messaging \
                 and whatsapp_business_management.",
            ),
        ),
        (
            REMEDY_SPAM,
            text(
                "Meta ограничила отправку: слишком многие заблокировали номер или пожаловались. Смотрите качество номера в \
                 WhatsApp Manager.",
                "Meta has limited sending: too many people blocked or reported the number. See its quality in WhatsApp \
                 Manager.",
            ),
        ),
        (
            REMEDY_LOCKED,
            text(
                "Meta заблокировала аккаунт или запретила писать в эту страну. Подайте апелляцию в Business Support Home.",
                "Meta has locked the account, or forbids it to write to this country. Appeal in Business Support Home.",
            ),
        ),
        (
            REMEDY_NAME,
            text(
                "Имя номера не одобрено. Проверьте его в WhatsApp Manager, Phone numbers.",
                "The number's display name is not approved. Check it in WhatsApp Manager, Phone numbers.",
            ),
        ),
        (
            REMEDY_BILLING,
            text(
                "Проблема с оплатой. Проверьте способ оплаты аккаунта WhatsApp в Business Settings.",
                "There is a problem with payment. Check the WhatsApp account's payment method in Business Settings.",
            ),
        ),
        (
            REMEDY_REGISTER,
            text(
                "Номер не зарегистрирован в Cloud API. Зарегистрируйте его в WhatsApp Manager (понадобится PIN).",
                "The number is not registered with Cloud API. Register it in WhatsApp Manager (the PIN is needed).",
            ),
        ),
        (
            REMEDY_PUBLIC_URL,
            text(
                "WhatsApp присылает сообщения только на внешний адрес https. Его задаёт OKNO_PUBLIC_URL.",
                "WhatsApp delivers only to a public https address. OKNO_PUBLIC_URL sets it.",
            ),
        ),
        (
            REMEDY_WEBHOOK,
            text(
                "Meta не смогла проверить наш адрес. Проверьте, открыт ли он снаружи и верен ли секрет приложения.",
                "Meta could not verify our address. Check that it can be reached from outside, and the app secret.",
            ),
        ),
        (
            REMEDY_META,
            text(
                "Meta сообщает о проблеме с номером. Подробности в WhatsApp Manager.",
                "Meta tells of a problem with the number. WhatsApp Manager has the details.",
            ),
        ),
        (
            REMEDY_TEST_NUMBER,
            text(
                "Это тестовый номер: он пишет только тем, кто внесён в его список. Добавьте получателя в приложении Meta, \
                 WhatsApp, API Setup, или подключите настоящий номер.",
                "This is a test number: it writes only to those on its list. Add the recipient in the Meta app, WhatsApp, \
                 API Setup, or connect a real number.",
            ),
        ),
        (
            REMEDY_MARKETING,
            text(
                "Рекламные шаблоны для этого номера отключены в Cloud API. Включите их в WhatsApp Manager; остальные сообщения \
                 уходят.",
                "Marketing templates are switched off for this number in Cloud API. Switch them on in WhatsApp Manager; other \
                 messages go.",
            ),
        ),
        (
            REMEDY_APP_SECRET,
            text(
                "Meta подписывает доставки этого номера другим секретом приложения. Скопируйте App secret заново: App settings, \
                 Basic.",
                "Meta signs this number's deliveries with another app secret. Copy the App secret anew: App settings, Basic.",
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
        let named = crate::error::remedies().chain([REMEDY_PUBLIC_URL, REMEDY_WEBHOOK, REMEDY_META]);
        for key in named {
            assert!(known.contains_key(key), "{key}");
        }
    }
}
