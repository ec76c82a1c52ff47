//! Names as they are compared: by sound, without the legal form, in any order, with a slip or two.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use super::sound::sound;

/// Legal forms and words that say nothing; the longer before what they hold.
const PHRASES: [&str; 9] = [
    "общество с ограниченной ответственностью",
    "публичное акционерное общество",
    "открытое акционерное общество",
    "закрытое акционерное общество",
    "акционерное общество",
    "индивидуальный предприниматель",
    "limited liability company",
    "joint stock company",
    "торговый дом",
];
const FORMS: &str = "ооо ао оао зао пао ип нко ано гуп муп фгуп фгбу гбу мбу мбоу чуп тоо одо тсж снт кфх гк тд компания фирма и \
    llc ltd limited inc incorporated corp corporation co company gmbh ag plc sa srl sarl bv oy jsc ojsc cjsc pjsc lp llp and the";

/// As they sound.
static SILENT_PHRASES: LazyLock<Vec<String>> =
    LazyLock::new(|| PHRASES.iter().map(|phrase| format!(" {} ", sound(phrase))).collect());
static SILENT_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| FORMS.split_whitespace().map(sound).collect());

/// The words of a text as they sound, without legal forms unless there is nothing else.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let whole = sound(text);
    let mut bare = format!(" {whole} ");
    for phrase in SILENT_PHRASES.iter() {
        if bare.contains(phrase.as_str()) {
            bare = bare.replace(phrase.as_str(), " ");
        }
    }
    let words: Vec<String> =
        bare.split_whitespace().filter(|word| !SILENT_WORDS.contains(*word)).map(str::to_owned).collect();
    if words.is_empty() { whole.split_whitespace().map(str::to_owned).collect() } else { words }
}

/// A name, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Words as they sound, sorted.
    pub words: Vec<String>,
    /// The same in the order written, without spaces.
    pub joined: String,
}

impl Name {
    /// `None` when nothing is left to compare.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut words = words(text);
        let joined = words.concat();
        words.sort();
        (!words.is_empty()).then_some(Self { words, joined })
    }

    /// The same but for legal form, marks, case, alphabet and order.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.words == other.words || self.joined == other.joined
    }

    /// How alike, from 0 to 1: the same but for slips of the pen.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        let trigrams = trigram_similarity(&self.words, &other.words);
        let slips = slips(&self.words, &other.words).map_or(0.0, |slips| {
            let letters: usize = self.words.iter().map(|word| word.chars().count()).sum();
            1.0 - ratio(slips, letters.max(1))
        });
        trigrams.max(slips)
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of names")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// How many slips a word of this length may hold and still be the same.
const fn allowed(letters: usize) -> usize {
    match letters {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// Slips between two words, `None` when they are different words. Numbers are never slips: "Salon 1" is not "Salon 2".
#[must_use]
pub fn word_slips(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return Some(0);
    }
    let (a, b) = (one.chars().count(), other.chars().count());
    let most = allowed(a.min(b)).max(usize::from(a.max(b) > 4 && a.min(b) == 4));
    let numbers = one.bytes().chain(other.bytes()).any(|byte| byte.is_ascii_digit());
    if numbers || most == 0 || a.abs_diff(b) > most {
        return None;
    }
    Some(strsim::osa_distance(one, other)).filter(|slips| *slips <= most)
}

/// Slips between two sets of words of the same size, each word with its counterpart; `None` when one has none or there
/// are more than two slips.
fn slips(one: &[String], other: &[String]) -> Option<usize> {
    if one.len() != other.len() {
        return None;
    }
    let mut free: Vec<&String> = other.iter().collect();
    let mut sum = 0;
    let mut rest: Vec<&String> = Vec::new();
    for word in one {
        match free.iter().position(|candidate| *candidate == word) {
            Some(place) => drop(free.swap_remove(place)),
            None => rest.push(word),
        }
    }
    for word in rest {
        let near = free.iter().enumerate().filter_map(|(place, other)| Some((word_slips(word, other)?, place)));
        let (slips, place) = near.min()?;
        free.swap_remove(place);
        sum += slips;
    }
    (sum <= 2).then_some(sum)
}

/// As pg_trgm counts: shared trigrams over all trigrams.
fn trigram_similarity(one: &[String], other: &[String]) -> f64 {
    let numbers = |words: &[String]| -> Vec<String> {
        words.iter().filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).cloned().collect()
    };
    if numbers(one) != numbers(other) {
        return 0.0;
    }
    let (a, b) = (trigrams(one), trigrams(other));
    let shared = a.intersection(&b).count();
    ratio(shared, (a.len() + b.len() - shared).max(1))
}

fn trigrams(words: &[String]) -> BTreeSet<[char; 3]> {
    let padded = words.iter().map(|word| format!("  {word} ").chars().collect::<Vec<char>>());
    padded.flat_map(|letters| letters.windows(3).map(|w| [w[0], w[1], w[2]]).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(text).unwrap()
    }

    #[test]
    fn forms_marks_case_alphabet_and_order_do_not_matter() {
        for (one, other) in [
            ("ООО «Ромашка»", "romashka, LLC"),
            ("Общество с ограниченной ответственностью \"Ромашка\"", "РОМАШКА"),
            ("АО Вектор-Плюс", "Вектор плюс"),
            ("ИП Ёлкин Пётр", "Петр Елкин"),
            ("Индивидуальный предприниматель Ёлкин Пётр", "Петр Елкин"),
            ("Рога и Копыта", "Рога & копыта"),
            ("СтройМонтаж", "Строй Монтаж"),
            ("Acme Ltd.", "ACME"),
            ("Публичное акционерное общество Вектор", "PAO Vector"),
        ] {
            assert!(name(one).equals(&name(other)), "{:?} {:?}", name(one), name(other));
        }
        assert!(!name("Ромашка").equals(&name("Ромашка Плюс")));
        assert!(Name::read(" «» ").is_none());
        assert!(Name::read("ООО").is_some(), "a form alone is a name");
    }

    #[test]
    fn slips_are_told_from_other_names() {
        let alike = |one: &str, other: &str| name(one).similarity(&name(other)) >= 0.85;
        for (one, other) in [
            ("Ромашка", "Рамашка"),
            ("Технопромсервис", "Технпоромсервис"),
            ("Иванов Сергей Петрович", "Сергей Ивонов Петрович"),
            ("Стройинвест", "Стройинвес"),
        ] {
            assert!(alike(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("Салон 1", "Салон 2"),
            ("Вера", "Вега"),
            ("Иванов Иван", "Иванова Инна"),
            ("Ромашка", "Рубашка"),
            ("Альфа Строй", "Альфа Торг"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}
