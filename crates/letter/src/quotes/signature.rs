//! Where a signature begins.

use super::Line;

/// What phones and web mail add.
const ADDED: [&str; 15] = [
    "получить outlook для",
    "отправлено с iphone",
    "отправлено с ipad",
    "отправлено с моего",
    "отправлено из",
    "отправлено с устройства",
    "отправлено с помощью",
    "отправлено через",
    "sent from my",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo",
    "sent with proton",
    "get outlook for",
    "скачать outlook для",
];
/// What people end with.
const WISHES: [&str; 12] = [
    "с уважением",
    "с наилучшими",
    "с наилучшим",
    "всего доброго",
    "всего хорошего",
    "best regards",
    "kind regards",
    "regards,",
    "sincerely",
    "best wishes",
    "yours faithfully",
    "thanks and regards",
];
/// A signature has so many lines after its first, of so many characters.
const LINES: usize = 8;
const CHARACTERS: usize = 80;

/// The first line of the signature.
pub(super) fn begins(lines: &[Line<'_>]) -> Option<usize> {
    let dashes = lines.iter().rposition(|line| line.text == "-- " || line.text.trim_end() == "--");
    let from = lines.len().saturating_sub(LINES * 2);
    let wished = (from..lines.len()).find(|number| is_wish(lines[*number].text) && is_short(&lines[number + 1..]));
    let added = (from..lines.len()).find(|number| is_added(lines[*number].text) && is_short(&lines[number + 1..]));
    [dashes.filter(|number| lines.len() - number <= LINES * 3), wished, added].into_iter().flatten().min()
}

fn is_wish(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.chars().count() < CHARACTERS && WISHES.iter().any(|wish| text.starts_with(wish))
}

fn is_added(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['-', '—', ' ']).to_lowercase();
    text.chars().count() < CHARACTERS && ADDED.iter().any(|added| text.starts_with(added))
}

fn is_short(rest: &[Line<'_>]) -> bool {
    rest.iter().filter(|line| !line.is_empty()).count() <= LINES
        && rest.iter().all(|line| line.text.chars().count() < CHARACTERS)
}
