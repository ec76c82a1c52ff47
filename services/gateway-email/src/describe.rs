//! What letters can carry, and how a mailbox is connected, in words for people.

use std::collections::HashMap;

use contracts::channel::{
    AttachmentKind, Capabilities, GatewayDescription, LocalText, MediaCapability, SettingsChoice, SettingsConsent,
    SettingsField, SettingsFieldKind, SettingsSchema, TextUnit,
};

pub use gateway_kit::describe::text;
use gateway_kit::describe::{self, line};

use crate::{config, login, preset};

/// A letter of text is never cut: this is far beyond what anybody types.
const TEXT_LIMIT: u32 = 100_000;
/// Files are a third larger on their way; the large providers take letters of 25 to 35 MB.
const FILE_BYTES: i64 = 18 << 20;
const FILES_MOST: u32 = 20;

pub const REMEDY_PASSWORD: &str = "password";
pub const REMEDY_SERVER: &str = "server";
pub const REMEDY_SENDER: &str = "sender";
pub const REMEDY_OAUTH: &str = "oauth";
pub const REMEDY_CONSENT: &str = "consent";

pub fn gateway() -> GatewayDescription {
    let consent = SettingsConsent {
        field: login::consent::FIELD.to_owned(),
        title: Some(text("Войти через почтовую службу", "Sign in at the mail service")),
        needs: vec!["address".to_owned(), "oauth_client_id".to_owned()],
    };
    let settings = SettingsSchema {
        fields: fields(),
        steps: steps(),
        remedies: remedies(),
        snippets: Vec::new(),
        consent: Some(consent),
    };
    describe::gateway::<crate::Email>(text("Почта", "E-mail"), capabilities(), settings)
}

/// Any file goes, and any number of them in one letter.
fn capabilities() -> Capabilities {
    let kinds = [AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::Document];
    let media =
        kinds.map(|kind| MediaCapability { kind: kind.into(), max_bytes: FILE_BYTES, ..MediaCapability::default() });
    Capabilities {
        text_limit: TEXT_LIMIT,
        text_unit: TextUnit::CodePoints.into(),
        caption_limit: TEXT_LIMIT,
        media: media.into(),
        album_max: FILES_MOST,
        album_kinds: kinds.map(i32::from).into(),
        replies: true,
        letters: true,
        writes_first: true,
        ..Capabilities::default()
    }
}

fn fields() -> Vec<SettingsField> {
    let required = |field: SettingsField| SettingsField { required: true, ..field };
    let secret = |field: SettingsField| SettingsField { secret: true, ..field };
    let advanced = |field: SettingsField| SettingsField { advanced: true, ..field };
    let mut fields = vec![
        required(SettingsField {
            pattern: r"^\s*[^@\s]+@[^@\s]+\s*$".into(),
            placeholder: "support@example.com".into(),
            ..line("address", text("Адрес", "Address"), text("Адрес этого ящика.", "The address of this mailbox."))
        }),
        SettingsField {
            kind: SettingsFieldKind::Choice.into(),
            default_value: "other".into(),
            choices: preset::all().into_iter().map(|p| choice(p.value, text(p.title.0, p.title.1))).collect(),
            ..line(
                "provider",
                text("Почтовая служба", "Mail service"),
                text(
                    "Серверы этих служб известны; для другого сервера впишите их ниже.",
                    "The servers of these services are known; for another server put them in below.",
                ),
            )
        },
        secret(line(
            "password",
            text("Пароль", "Password"),
            text(
                "У Яндекса, Mail.ru и Gmail – пароль приложения: его создают в настройках ящика.",
                "At Yandex, Mail.ru and Gmail an app password, which is made in the mailbox's settings.",
            ),
        )),
        line(
            "sender_name",
            text("Имя отправителя", "Sender's name"),
            text("Его видят получатели рядом с адресом.", "Recipients see it beside the address."),
        ),
    ];
    fields.extend(server_fields("in", ("Приём", "Receiving"), ("993, 995", "143, 110"), "imap.example.com"));
    fields.extend(server_fields("smtp", ("Отправка", "Sending"), ("465", "587"), "smtp.example.com"));
    fields.extend([
        advanced(SettingsField {
            kind: SettingsFieldKind::Choice.into(),
            default_value: "imap".into(),
            choices: vec![
                choice("imap", text("IMAP", "IMAP")),
                choice("pop3", text("POP3", "POP3")),
                choice("push", text("LMTP или SMTP: письма приносит почтовый сервер", "LMTP or SMTP: a mail server brings them")),
            ],
            ..line(
                "receive",
                text("Принимать по", "Receive by"),
                text(
                    "По POP3 не видно ответов, написанных в других программах. Письма остаются на сервере.",
                    "By POP3 replies from other programs are not seen. Letters stay on the server.",
                ),
            )
        }),
        advanced(line(
            "user",
            text("Имя пользователя", "User name"),
            text("Если вход не по адресу ящика.", "Where one does not sign in by the mailbox's address."),
        )),
        advanced(line(
            "smtp_user",
            text("Имя пользователя для отправки", "User name for sending"),
            text("Если оно другое.", "Where it is another one."),
        )),
        advanced(secret(line(
            "smtp_password",
            text("Пароль для отправки", "Password for sending"),
            text("Если он другой.", "Where it is another one."),
        ))),
        advanced(line(
            "oauth_client_id",
            text("OAuth: номер приложения", "OAuth: client id"),
            text(
                "Вход без пароля: приложение, которое заведено у почтовой службы. Microsoft 365 пускает только так.",
                "Signing in without a password: the application that was made at the mail service. Microsoft 365 takes nothing else.",
            ),
        )),
        advanced(secret(line(
            "oauth_client_secret",
            text("OAuth: секрет приложения", "OAuth: client secret"),
            text("Если он есть.", "Where there is one."),
        ))),
        advanced(secret(line(
            "oauth_refresh_token",
            text("OAuth: согласие", "OAuth: consent"),
            text(
                "Его даёт кнопка «Войти через почтовую службу», или впишите refresh token сами.",
                "“Sign in at the mail service” gives it; or type in a refresh token yourself.",
            ),
        ))),
        advanced(SettingsField {
            kind: SettingsFieldKind::Url.into(),
            placeholder: "https://oauth.example.com/token".into(),
            ..line(
                "oauth_token_url",
                text("OAuth: адрес токенов", "OAuth: address of tokens"),
                text("Пусто – адрес выбранной службы.", "Empty: that of the chosen service."),
            )
        }),
        advanced(SettingsField {
            kind: SettingsFieldKind::Url.into(),
            placeholder: "https://oauth.example.com/authorize".into(),
            ..line(
                "oauth_authorize_url",
                text("OAuth: страница согласия", "OAuth: page of the consent"),
                text("Пусто – страница выбранной службы.", "Empty: that of the chosen service."),
            )
        }),
        advanced(line(
            "sent_folder",
            text("Папка отправленных", "Folder of sent letters"),
            text(
                "Обычно сервер называет её сам. Письма из неё попадают в историю клиента.",
                "The server mostly names it. Letters from it go into the client's history.",
            ),
        )),
        advanced(SettingsField {
            kind: SettingsFieldKind::Lines.into(),
            placeholder: "Заказы".into(),
            ..line(
                "folders",
                text("Другие папки", "Other folders"),
                text(
                    "Кроме входящих и отправленных: по одной в строке, вложенные через /. Звёздочка – все, кроме спама, корзины и черновиков.",
                    "Beside inbox and sent letters: one a line, nested ones with /. An asterisk: all but junk, trash and drafts.",
                ),
            )
        }),
        advanced(SettingsField {
            kind: SettingsFieldKind::Choice.into(),
            default_value: "auto".into(),
            choices: vec![
                choice("auto", text("Как принято у службы", "As is usual at the service")),
                choice("ours", text("Кладёт Okno", "Okno puts it there")),
                choice("providers", text("Кладёт почтовая служба", "The mail service puts it there")),
            ],
            ..line(
                "copies",
                text("Копия в отправленных", "Copy among the sent letters"),
                text("Кто её кладёт.", "Who puts it there."),
            )
        }),
        advanced(SettingsField {
            kind: SettingsFieldKind::Choice.into(),
            default_value: "none".into(),
            choices: vec![
                choice("none", text("Нет", "None")),
                choice("address", text("В адресе для ответов (ящик+метка)", "In the address for replies (mailbox+token)")),
                choice("subject", text("В теме: [#метка]", "In the subject: [#token]")),
            ],
            ..line(
                "reply_tokens",
                text("Метка ответов", "Reply token"),
                text(
                    "Для программ, чьи ответы не называют письмо. В адресе – если сервер принимает письма на «ящик+что угодно».",
                    "For programs whose answers name no letter. In the address, if the server takes letters for “mailbox+anything”.",
                ),
            )
        }),
        advanced(SettingsField {
            placeholder: "mx.example.com".into(),
            ..line(
                "authserv_id",
                text("Кто проверяет отправителей", "Who checks senders"),
                text(
                    "Имя сервера в поле Authentication-Results: только его словам о SPF, DKIM и DMARC верят.",
                    "The server's name in Authentication-Results: only its word on SPF, DKIM and DMARC is believed.",
                ),
            )
        }),
        advanced(number(
            "history_days",
            text("История, дней", "History, days"),
            text(
                "За сколько дней взять письма при подключении. Обращений из них не будет.",
                "Letters of so many days are taken when the mailbox is connected. They open no requests.",
            ),
            config::HISTORY_DAYS,
        )),
        advanced(number(
            "period_seconds",
            text("Проверять почту, секунд", "Look for letters, seconds"),
            text(
                "Если сервер не сообщает о письмах сам (IDLE). От 10 до 3600.",
                "Where the server does not announce letters by itself (IDLE). 10 to 3600.",
            ),
            config::PERIOD_SECONDS,
        )),
        advanced(SettingsField {
            kind: SettingsFieldKind::Lines.into(),
            placeholder: "-----BEGIN CERTIFICATE-----".into(),
            ..line(
                "ca",
                text("Корневые сертификаты", "Root certificates"),
                text(
                    "PEM. Нужны, если сертификат сервера подписан корнем, которого нет в системе.",
                    "PEM. Needed if the server's certificate is signed by a root that the system lacks.",
                ),
            )
        }),
    ]);
    fields
}

fn server_fields(
    side: &str,
    (ru, en): (&str, &str),
    (tls, starttls): (&str, &str),
    placeholder: &str,
) -> [SettingsField; 3] {
    let host = SettingsField {
        pattern: r"^\s*[A-Za-z0-9._:-]+\s*$".into(),
        placeholder: placeholder.into(),
        ..line(
            &format!("{side}_host"),
            text(&format!("{ru}: сервер"), &format!("{en}: server")),
            text("Пусто – сервер выбранной службы.", "Empty: that of the chosen service."),
        )
    };
    let security = SettingsField {
        kind: SettingsFieldKind::Choice.into(),
        advanced: true,
        default_value: "auto".into(),
        choices: vec![
            choice("auto", text("Как принято у службы", "As is usual at the service")),
            choice("tls", text(&format!("TLS сразу (порт {tls})"), &format!("TLS from the start (port {tls})"))),
            choice("starttls", text(&format!("STARTTLS (порт {starttls})"), &format!("STARTTLS (port {starttls})"))),
            choice(
                "none",
                text("Без шифрования, только во внутренней сети", "Without encryption, in a private network only"),
            ),
        ],
        ..line(
            &format!("{side}_security"),
            text(&format!("{ru}: шифрование"), &format!("{en}: encryption")),
            text("Пароль без шифрования не уходит за пределы сети.", "No password leaves the network without it."),
        )
    };
    let port = SettingsField {
        kind: SettingsFieldKind::Number.into(),
        advanced: true,
        ..line(
            &format!("{side}_port"),
            text(&format!("{ru}: порт"), &format!("{en}: port")),
            text("Пусто – обычный.", "Empty: the usual one."),
        )
    };
    [host, security, port]
}

fn number(name: &str, title: LocalText, help: LocalText, usual: u32) -> SettingsField {
    SettingsField {
        kind: SettingsFieldKind::Number.into(),
        default_value: usual.to_string(),
        ..line(name, title, help)
    }
}

fn choice(value: &str, title: LocalText) -> SettingsChoice {
    SettingsChoice { value: value.into(), title: Some(title) }
}

fn steps() -> Vec<LocalText> {
    vec![
        text(
            "В настройках ящика включите доступ по IMAP. У Яндекса: «Почтовые программы»; у Gmail: «Пересылка и POP/IMAP».",
            "Switch IMAP on in the mailbox's settings. At Yandex: “Email clients”; at Gmail: “Forwarding and POP/IMAP”.",
        ),
        text(
            "Создайте пароль приложения (у Mail.ru: «пароль для внешнего приложения»). Обычный пароль службы не принимают.",
            "Make an app password (at Mail.ru: “password for external application”). Services refuse the usual one.",
        ),
        text(
            "Впишите адрес и пароль, выберите службу. Проверка войдёт и на приём, и на отправку и скажет, где не вышло.",
            "Put in address and password, and choose the service. The check signs in for receiving and for sending, and tells which failed.",
        ),
    ]
}

fn remedies() -> HashMap<String, LocalText> {
    describe::remedies([
        (
            REMEDY_PASSWORD,
            text(
                "Сервер не пускает с этим именем и паролем. Создайте новый пароль приложения и впишите его; проверьте, включён ли IMAP.",
                "The server does not accept user name and password. Make a new app password and put it in; see whether IMAP is switched on.",
            ),
        ),
        (
            REMEDY_SERVER,
            text(
                "С сервером не соединиться так, как настроено. Проверьте имя сервера, порт и шифрование.",
                "The server cannot be reached as it is set up. Check the server's name, port and encryption.",
            ),
        ),
        (
            REMEDY_SENDER,
            text(
                "Сервер не отправляет письма от этого адреса. Адрес должен быть адресом самого ящика или его псевдонимом.",
                "The server sends no letters from this address. It must be the mailbox's own address, or an alias of it.",
            ),
        ),
        (
            REMEDY_CONSENT,
            text(
                "Служба больше не даёт доступа по этому согласию. Пусть владелец ящика даст его снова: «Войти через почтовую службу» в настройках доступа.",
                "The service no longer gives access for this consent. Let the mailbox's owner give it again: “Sign in at the mail service” in the access settings.",
            ),
        ),
        (
            REMEDY_OAUTH,
            text(
                "Служба отключила вход по паролю для программ. Подключите ящик по OAuth, или пусть её администратор включит пароли.",
                "The service has switched off passwords for programs. Connect the mailbox by OAuth, or let its administrator allow them.",
            ),
        ),
    ])
}
