//! How a name sounds: one spelling for what people write in Russian and in Latin letters, with and without doubled letters.
//!
//! `crm.sound()` in SQL is the same, step by step: the database indexes by it. A test holds them together.

/// Russian letters that become one Latin letter.
const SINGLE: [(char, char); 29] = [
    ('а', 'a'),
    ('б', 'b'),
    ('в', 'v'),
    ('г', 'g'),
    ('д', 'd'),
    ('е', 'e'),
    ('ё', 'e'),
    ('з', 'z'),
    ('и', 'i'),
    ('й', 'i'),
    ('к', 'k'),
    ('л', 'l'),
    ('м', 'm'),
    ('н', 'n'),
    ('о', 'o'),
    ('п', 'p'),
    ('р', 'r'),
    ('с', 's'),
    ('т', 't'),
    ('у', 'u'),
    ('ф', 'f'),
    ('ы', 'i'),
    ('э', 'e'),
    ('і', 'i'),
    ('ї', 'i'),
    ('є', 'e'),
    // The same sound in Latin spellings; frees y, j and w for the sounds below.
    ('y', 'i'),
    ('j', 'i'),
    ('w', 'v'),
];

/// One after another, over the whole text. The letters w, j, y and q stand for sh, ch, zh and ts.
const LONGER: [(&str, &str); 28] = [
    ("qu", "kv"),
    ("q", "k"),
    ("ж", "zh"),
    ("х", "kh"),
    ("ц", "ts"),
    ("ч", "ch"),
    ("ш", "sh"),
    ("щ", "shch"),
    ("ю", "iu"),
    ("я", "ia"),
    ("shch", "w"),
    ("sch", "w"),
    ("sh", "w"),
    ("tch", "j"),
    ("ch", "j"),
    ("zh", "y"),
    ("kh", "h"),
    ("tz", "q"),
    ("ts", "q"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("x", "ks"),
    ("ce", "qe"),
    ("ci", "qi"),
    ("c", "k"),
    ("ie", "e"),
    ("io", "e"),
];

/// Letters and marks that make no sound of their own.
const SILENT: [char; 5] = ['ь', 'ъ', '\'', '’', '`'];
/// Marks beyond ASCII that separate words.
const MARKS: [char; 13] = ['«', '»', '„', '“', '”', '‘', '—', '–', '№', '…', '·', '•', '\u{a0}'];

/// The sound of a text in lower case; words stay apart by single spaces.
#[must_use]
pub fn sound(text: &str) -> String {
    let single = |c: char| SINGLE.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
    let letters = text.to_lowercase();
    let mut sound: String = letters.chars().filter(|c| !SILENT.contains(c)).map(single).collect();
    for (from, to) in LONGER {
        if sound.contains(from) {
            sound = sound.replace(from, to);
        }
    }
    let mut plain = String::with_capacity(sound.len());
    for c in sound.chars() {
        let mark = MARKS.contains(&c) || (c.is_ascii() && !c.is_ascii_alphanumeric());
        let (c, last) = (if mark { ' ' } else { c }, plain.chars().next_back());
        let is_doubled = last == Some(c) && (c == ' ' || c.is_ascii_lowercase());
        let leads = c == ' ' && last.is_none();
        if !is_doubled && !leads {
            plain.push(c);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_name_sound_alike() {
        for (one, other) in [
            ("Ромашка", "ROMASHKA"),
            ("Щукин Пётр", "Schukin  Petr"),
            ("Щукин", "Shchukin"),
            ("Юлия Алексеева", "Yuliya Alekseeva"),
            ("Юлия", "Julia"),
            ("Алексей", "Alexey"),
            ("Соловьёв", "Solovyov"),
            ("Соловьев", "Solovyev"),
            ("Фёдор", "Fyodor"),
            ("Хабаров", "Khabarov"),
            ("Цветков", "Tsvetkov"),
            ("Чернышевский", "Chernyshevskiy"),
            ("Жукова", "Zhukova"),
            ("Компани", "Company"),
            ("«Рога—Копыта»", "Roga-Kopyta"),
            ("Филипп", "Philip"),
        ] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
    }

    #[test]
    fn different_sounds_and_numbers_stay_apart() {
        for (one, other) in [("Шаров", "Саров"), ("Зуев", "Жуев"), ("Салон 10", "Салон 100"), ("Цех", "Чех")]
        {
            assert_ne!(sound(one), sound(other));
        }
    }
}
