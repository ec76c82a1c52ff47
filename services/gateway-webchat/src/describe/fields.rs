use contracts::channel::{LocalText, SettingsChoice, SettingsField, SettingsFieldKind as Kind};

use super::text;
use crate::config::DEFAULT_COLOR;

/// An origin, or every subdomain of a host; checked in full by `crate::origin`.
const ORIGIN: &str = r"^\s*[Hh][Tt][Tt][Pp][Ss]?://(\*\.)?[^\s/?#@:*]+(:\d{1,5})?/?\s*$";

/// The form, in its order.
pub fn all() -> Vec<SettingsField> {
    let mut fields = vec![origins()];
    fields.extend(looks());
    fields.extend(prechat());
    fields.extend(offline());
    fields.extend(consent());
    fields.extend(visits());
    fields.extend(identity());
    fields.push(max_file_mb());
    fields
}

fn field(name: &str, kind: Kind, title: LocalText, help: LocalText) -> SettingsField {
    SettingsField {
        name: name.into(),
        kind: kind.into(),
        title: Some(title),
        help: Some(help).filter(|help| !help.en.is_empty()),
        ..SettingsField::default()
    }
}

fn none() -> LocalText {
    LocalText::default()
}

fn switch(name: &str, on: bool, title: LocalText, help: LocalText) -> SettingsField {
    SettingsField { default_value: on.to_string(), advanced: true, ..field(name, Kind::Switch, title, help) }
}

fn choice(name: &str, title: LocalText, help: LocalText, choices: &[(&str, LocalText)]) -> SettingsField {
    let choices: Vec<_> = choices
        .iter()
        .map(|(value, title)| SettingsChoice { value: (*value).into(), title: Some(title.clone()) })
        .collect();
    SettingsField {
        default_value: choices.first().map(|choice| choice.value.clone()).unwrap_or_default(),
        choices,
        ..field(name, Kind::Choice, title, help)
    }
}

fn advanced(field: SettingsField) -> SettingsField {
    SettingsField { advanced: true, ..field }
}

fn origins() -> SettingsField {
    SettingsField {
        required: true,
        pattern: ORIGIN.into(),
        placeholder: "https://example.com".into(),
        ..field(
            "allowed_origins",
            Kind::Lines,
            text("Адреса сайтов", "Addresses of the sites"),
            text(
                "По одному в строке, с https:// и без пути. https://*.example.com разрешает все поддомены.",
                "One a line, with https:// and without a path. https://*.example.com allows every subdomain.",
            ),
        )
    }
}

fn looks() -> [SettingsField; 5] {
    let color = SettingsField {
        default_value: DEFAULT_COLOR.into(),
        ..field("color", Kind::Color, text("Цвет", "Colour"), none())
    };
    [
        field(
            "title",
            Kind::Text,
            text("Заголовок", "Title"),
            text("Пусто: имя из самого чата.", "Empty: the chat's own."),
        ),
        field("greeting", Kind::Text, text("Приветствие", "Greeting"), none()),
        color,
        choice(
            "position",
            text("Где кнопка", "Where the button is"),
            none(),
            &[("right", text("Справа", "On the right")), ("left", text("Слева", "On the left"))],
        ),
        choice(
            "language",
            text("Язык", "Language"),
            none(),
            &[
                ("auto", text("Как в браузере посетителя", "That of the visitor's browser")),
                ("ru", text("Русский", "Russian")),
                ("en", text("Английский", "English")),
            ],
        ),
    ]
}

fn prechat() -> [SettingsField; 5] {
    [
        choice(
            "prechat",
            text("Вопросы перед чатом", "Questions before the chat"),
            text("Чем меньше спрашивать, тем больше людей напишет.", "The less is asked, the more people write."),
            &[
                ("off", text("Не задавать", "None")),
                ("optional", text("Можно пропустить", "May be skipped")),
                ("required", text("Обязательные", "Required")),
            ],
        ),
        switch("prechat_name", true, text("Спросить имя", "Ask the name"), none()),
        switch("prechat_phone", false, text("Спросить телефон", "Ask the phone number"), none()),
        switch("prechat_email", false, text("Спросить почту", "Ask the e-mail address"), none()),
        advanced(field(
            "topics",
            Kind::Lines,
            text("Темы на выбор", "Topics to choose from"),
            text("По одной в строке; пусто: тему не спрашивать.", "One a line; empty: no topic is asked."),
        )),
    ]
}

fn offline() -> [SettingsField; 2] {
    [
        switch(
            "offline_form",
            true,
            text("Форма в нерабочее время", "A form outside working hours"),
            text("Просит почту для ответа.", "It asks for an e-mail address to answer to."),
        ),
        advanced(field(
            "offline_text",
            Kind::Text,
            text("Текст в нерабочее время", "Text outside working hours"),
            none(),
        )),
    ]
}

fn consent() -> [SettingsField; 5] {
    let url = SettingsField {
        placeholder: "https://example.com/privacy".into(),
        ..field("policy_url", Kind::Url, text("Политика обработки данных", "Privacy policy"), none())
    };
    [
        advanced(choice(
            "consent",
            text("Согласие на обработку данных", "Agreement to data processing"),
            text(
                "Флажок со ссылкой на политику перед первым сообщением; время и версия хранятся с обращением.",
                "A box with a link to the policy before the first message; its time and version are kept with the request.",
            ),
            &[("none", text("Не спрашивать", "Not asked")), ("required", text("Требовать", "Required"))],
        )),
        advanced(field("consent_text", Kind::Text, text("Текст согласия", "Text of the agreement"), none())),
        advanced(field("consent_version", Kind::Text, text("Версия согласия", "Version of the agreement"), none())),
        advanced(url),
        switch(
            "storage_consent",
            false,
            text("Ждать согласия сайта на хранение", "Wait for the site's consent to storage"),
            text(
                "Откуда пришёл посетитель, не запоминается, пока сайт не вызовет OknoChat('consent', true).",
                "Where a visitor came from is not kept before the site calls OknoChat('consent', true).",
            ),
        ),
    ]
}

fn visits() -> [SettingsField; 4] {
    let said = |name: &str, title| {
        let help = text(
            "Пусто: свои слова виджета. Если включены контакты из форм, текст должен говорить и о них.",
            "Empty: the widget's own words. Where contact details from forms are on, the text must speak of them, too.",
        );
        advanced(field(name, Kind::Text, title, help))
    };
    let forms = switch(
        "visits_forms",
        false,
        text("Контакты из форм", "Contact details from forms"),
        text(
            "Имя, телефон и почта из полей с data-okno-field. Вопрос о согласии должен говорить и о них: свой вопрос виджета тогда говорит, в своём тексте скажите сами, а сайт, который спрашивает сам, вызывает OknoChat('consent', true, {forms: true}).",
            "Name, phone and e-mail of fields with data-okno-field. The question for consent must speak of them, too: the widget's own then does, a text of yours has to, and a site that asks calls OknoChat('consent', true, {forms: true}).",
        ),
    );
    [
        choice(
            "visits",
            text("История посещений сайта", "Visits of the site"),
            text(
                "Страницы, возвраты и отправленные формы видны в карточке потенциального клиента. Только с согласия посетителя; отзыв согласия удаляет всё.",
                "Pages, returns and sent forms show on a lead's card. Only with the visitor's consent; taking it back deletes all of it.",
            ),
            &[
                ("off", text("Не собирать", "Not kept")),
                (
                    "site",
                    text(
                        "Согласие спрашивает сайт: OknoChat('consent', true)",
                        "The site asks: OknoChat('consent', true)",
                    ),
                ),
                ("banner", text("Согласие спрашивает виджет", "The widget asks")),
            ],
        ),
        forms,
        said("visits_text_ru", text("Текст вопроса, по-русски", "Text of the question, in Russian")),
        said("visits_text_en", text("Текст вопроса, по-английски", "Text of the question, in English")),
    ]
}

fn identity() -> [SettingsField; 3] {
    let secret = |name: &str, title, help| SettingsField {
        secret: true,
        advanced: true,
        pattern: r"^\s*\S{32,200}\s*$".into(),
        ..field(name, Kind::Text, title, help)
    };
    [
        switch(
            "require_identity",
            false,
            text("Только вошедшие клиенты", "Signed-in customers only"),
            text("Писать может только тот, за кого сайт поручился.", "Only those may write whom the site vouches for."),
        ),
        secret(
            "identity_secret",
            text("Секрет для входа клиентов", "Secret for signed-in customers"),
            text(
                "От 32 случайных знаков, тот же, что на сервере сайта. Кто его знает, может выдать себя за любого клиента.",
                "32 characters or more, made by chance, the same as on the site's server. Whoever knows it can pass for any customer.",
            ),
        ),
        secret(
            "identity_secret_next",
            text("Следующий секрет", "The next secret"),
            text("Для замены без перерыва: годятся оба.", "To change it without a gap: both are good."),
        ),
    ]
}

fn max_file_mb() -> SettingsField {
    SettingsField {
        default_value: "20".into(),
        advanced: true,
        pattern: r"^(\d|1\d|20)$".into(),
        ..field(
            "max_file_mb",
            Kind::Number,
            text("Файлы посетителей, МБ", "Visitors' files, MB"),
            text("Не больше 20; 0: файлы не принимать.", "20 at most; 0: no files are taken."),
        )
    }
}
