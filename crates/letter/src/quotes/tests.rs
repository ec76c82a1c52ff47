use super::*;

const OWN: &str = "Да, подходит.\nСпасибо!\n";
const QUOTE: &str = "> Вам подходит среда?\n> Анна\n";

fn visible(text: &str) -> &str {
    &text[..folds(text, "Re: Среда", None).visible_until]
}

/// What programs write between an answer and the letter that it answers.
const ATTRIBUTIONS: [&str; 26] = [
    "пн, 23 нояб. 2026 г. в 10:15, Анна <anna@example.com>:",
    "пн, 23 нояб. 2026 г. в 10:15, Анна Александровна из отдела продаж <\nanna@example.com>:",
    "On Mon, Nov 23, 2026 at 10:15 AM Anna <anna@example.com> wrote:",
    "On Mon, Nov 23, 2026 at 10:15\u{202f}AM Anna of the department of sales <\nanna@example.com> wrote:",
    "23.11.2026, 10:15, \"Анна\" <anna@example.com>:",
    "Понедельник, 23 ноября 2026, 10:15 +03:00 от Анна <anna@example.com>:",
    "Понедельник, 23 ноября 2026, 10:15 +03:00 от Анна:",
    "23 нояб. 2026 г., в 10:15, Анна <anna@example.com> написал(а):",
    "23 нояб. 2026 г., в 10:15, Анна\n<anna@example.com> написала:",
    "23.11.2026 10:15, Анна пишет:",
    "23.11.2026 10:15, Анна via Support\nпишет:",
    "Вы писали 23 ноября 2026 г., 10:15:00:",
    "Monday, November 23, 2026, 10:15:00 AM, you wrote:",
    "On 23.11.2026 10:15, Anna wrote:",
    "On 2026-11-23 10:15, Anna wrote:",
    "Анна писал 2026-11-23 10:15:",
    "Анна писал(а) 23.11.2026 10:15:",
    "2026-11-23 10:15 GMT+03:00 Анна <anna@example.com>:",
    "Am 23.11.2026 um 10:15 schrieb Anna:",
    "Le lun. 23 nov. 2026 à 10:15, Anna <anna@example.com> a écrit :",
    "On Nov 23, 2026, at 10:15, Anna <anna@example.com> wrote:",
    "чт, 26 нояб. 2026 г., 9:01 Анна <anna@example.com>:",
    "-----Исходное сообщение-----",
    "-------- Исходное сообщение --------",
    "-----Original Message-----",
    "— Пишите ответ выше этой строки —",
];

#[test]
fn every_attribution_is_the_end_of_what_is_shown() {
    for attribution in ATTRIBUTIONS {
        for quote in [QUOTE.to_owned(), QUOTE.replace("> ", "")] {
            let text = format!("{OWN}\n{attribution}\n\n{quote}");
            assert_eq!(visible(&text), OWN, "{attribution}");
        }
    }
}

#[test]
fn outlooks_block_of_fields_is_the_end_too() {
    let blocks = [
        "От: Анна <anna@example.com>\nОтправлено: 23 ноября 2026 г. 10:15\nКому: Борис\nТема: Среда",
        "*От:* Анна\n*Отправлено:* понедельник\n*Кому:* Борис\n*Копия:* Анна\n*Тема:* Среда",
        "From: Anna <anna@example.com>\nSent: Monday, November 23, 2026 10:15 AM\nTo: Boris\nSubject: Wednesday",
        "________________________________\nОт: Анна\nОтправлено: 23 ноября 2026 г.\nКому: Борис\nТема: Среда",
        "________________________________\n\nFrom: Anna\nDate: Monday\nTo: Boris\nSubject: Wednesday",
    ];
    for block in blocks {
        assert_eq!(visible(&format!("{OWN}\n{block}\n\nВам подходит среда?\n")), OWN, "{block}");
    }
}

#[test]
fn quoted_lines_at_the_end_are_cut_without_an_attribution() {
    assert_eq!(visible(&format!("{OWN}\n{QUOTE}")), OWN);
    assert_eq!(visible(&format!("{OWN}{QUOTE}\n-- \nБорис\n")), OWN);
}

#[test]
fn answers_between_the_lines_are_never_cut() {
    let inline = "23.11.2026 10:15, Анна пишет:\n> Когда?\nВ среду.\n> Где?\nУ нас.\n";
    assert_eq!(visible(inline), inline);
    let below = "23.11.2026 10:15, Анна пишет:\n> Когда?\n\nВ среду.\n";
    assert_eq!(visible(below), below);
    let rest = "> Когда?\nВ среду.\n> Где?\n> И сколько?\n";
    assert_eq!(visible(rest), "> Когда?\nВ среду.\n");
}

#[test]
fn letters_that_are_passed_on_are_never_cut() {
    let forwarded = "Посмотрите.\n\n---------- Forwarded message ---------\nОт: Анна <anna@example.com>\nDate: пн\nSubject: Среда\nTo: Борис\n\nТекст\n";
    assert_eq!(visible(forwarded), forwarded);
    let yandex = "Для вас\n\n-------- Пересылаемое сообщение --------\n23.11.2026, 10:15, \"Анна\" <anna@example.com>:\n\nТекст\n";
    assert_eq!(visible(yandex), yandex);
    let apple = "Для вас\n\n> Начало переадресованного сообщения:\n> От: Анна\n> Тема: Среда\n> Кому: Борис\n";
    assert_eq!(&apple[..folds(apple, "Fwd: Среда", None).visible_until], apple);
    let outlook = "Для вас\n\nОт: Анна\nОтправлено: пн\nКому: Борис\nТема: Среда\n\nТекст\n";
    assert_eq!(&outlook[..folds(outlook, "FW: Среда", None).visible_until], outlook);
    assert_eq!(&outlook[..folds(outlook, "RE: FW: Среда", None).visible_until], "Для вас\n");
}

#[test]
fn words_of_ones_own_are_no_attribution() {
    for text in [
        "23.11.2026 ждём вас:\nадрес прежний\n",
        "От: станции метро 5 минут\nДата: потом\n",
        "On the other hand:\nnothing\n",
        "Список:\n- раз\n- два\n",
        "Вы писали мне: зачем?\n",
        "Анна пишет:\nпривет\n",
    ] {
        assert_eq!(visible(text), text);
    }
}

#[test]
fn a_letter_of_nothing_but_a_quotation_is_shown() {
    assert_eq!(visible(QUOTE), QUOTE);
    assert_eq!(visible(""), "");
}

#[test]
fn the_marks_of_html_count_where_words_say_nothing() {
    let html =
        "<div>Да, подходит.<br>Спасибо!</div><div class=gmail_quote>Анна сказала<blockquote>Среда?</blockquote></div>";
    let text = format!("{OWN}\nАнна сказала\nСреда?\n");
    let until = folds(&text, "Re: Среда", Some(&crate::html::text(html))).visible_until;
    assert_eq!(&text[..until], OWN);
    let other = format!("Иначе\n\n{OWN}");
    assert_eq!(folds(&other, "Re: Среда", Some(&crate::html::text(html))).visible_until, other.len());
}

#[test]
fn signatures_are_folded_and_not_cut() {
    for (own, signature) in [
        ("Да\n", "-- \nБорис\nООО «Пример»\n"),
        ("Да\n", "С уважением,\nБорис\n+7 000 000-00-00\n"),
        ("Да\n", "Отправлено с iPhone\n"),
        ("Да\n", "Отправлено из мобильной Почты Mail\n"),
        ("Да\n", "Best regards,\nBoris\n"),
    ] {
        let text = format!("{own}\n{signature}");
        let folds = folds(&text, "", None);
        assert_eq!((folds.visible_until, folds.signature_at), (text.len(), Some(own.len() + 1)), "{signature}");
    }
    let long = format!("С уважением отнеситесь к просьбе:\n{}\n", "длинный текст ".repeat(20));
    assert_eq!(folds(&long, "", None).signature_at, None);
}
