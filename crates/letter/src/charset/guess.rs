//! Which charset Cyrillic bytes are in, by how the letters read: in the wrong one the case looks inverted, rare letters are
//! many, and signs stand within words.

use encoding_rs::{Encoding, IBM866, ISO_8859_5, KOI8_R, WINDOWS_1251};

const CANDIDATES: [&Encoding; 4] = [WINDOWS_1251, KOI8_R, ISO_8859_5, IBM866];
/// What a letter is worth: often met in Russian (National Corpus of the Russian Language, letter frequencies), met, or seldom met.
const OFTEN: &str = "оеаинтсрвлк";
const SELDOM: &str = "хжшюцщэфъё";
/// Looking at more tells nothing new.
const LOOK: usize = 16 << 10;

pub(super) fn decode(bytes: &[u8]) -> String {
    let best = CANDIDATES.into_iter().rev().max_by_key(|encoding| score_of(bytes, encoding)).unwrap_or(WINDOWS_1251);
    best.decode_without_bom_handling(bytes).0.into_owned()
}

/// The likeliest reading, or `text` when no other reads better.
pub(super) fn better(bytes: &[u8], text: &str) -> String {
    let guessed = decode(bytes);
    if score(&guessed) > score(text).max(0) { guessed } else { text.to_owned() }
}

/// More damage than whole letters outside ASCII: it is another charset, not one with a flaw.
pub(super) fn is_mostly_broken(text: &str) -> bool {
    let damaged = text.chars().filter(|letter| *letter == '\u{fffd}').count();
    let whole = text.chars().filter(|letter| !letter.is_ascii()).count() - damaged;
    damaged > whole + 1
}

/// Words of accented Latin letters only; in languages that have them they are few.
pub(super) fn reads_as_latin_rubbish(text: &str) -> bool {
    let accented = text.chars().take(LOOK).filter(|letter| ('\u{a8}'..='\u{ff}').contains(letter)).count();
    let in_runs = text
        .split(|letter| !('\u{a8}'..='\u{ff}').contains(&letter))
        .map(|run| run.chars().count())
        .filter(|length| *length > 2)
        .sum::<usize>();
    accented > 2 && in_runs * 2 > accented
}

/// Another Cyrillic charset, or none, reads much better.
pub(super) fn reads_as_cyrillic_rubbish(bytes: &[u8], text: &str) -> bool {
    let best = CANDIDATES.into_iter().map(|encoding| score_of(bytes, encoding)).max().unwrap_or(0);
    best > score(text).max(0) * 2 + 4
}

fn score_of(bytes: &[u8], encoding: &'static Encoding) -> i64 {
    score(&encoding.decode_without_bom_handling(&bytes[..bytes.len().min(LOOK)]).0)
}

fn score(text: &str) -> i64 {
    let (mut sum, mut before) = (0, ' ');
    for letter in text.chars().take(LOOK) {
        sum += worth(before, letter);
        before = letter;
    }
    sum
}

fn worth(before: char, letter: char) -> i64 {
    let small = letter.to_lowercase().next().unwrap_or(letter);
    match small {
        _ if letter.is_ascii() || "№«»—–…“”„\u{a0}’•€©".contains(letter) => 0,
        'а'..='я' | 'ё' => {
            let met = if OFTEN.contains(small) { 3 } else { 1 - 3 * i64::from(SELDOM.contains(small)) };
            met - i64::from(letter != small) - 4 * i64::from(letter != small && before.is_lowercase())
        }
        'і' | 'ї' | 'є' | 'ґ' => 1,
        'ђ'..='џ' => -1,
        _ => -4,
    }
}
