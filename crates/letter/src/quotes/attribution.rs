//! "On Monday Anna wrote:" as the programs of Russian and English people say it. Seen in their letters, and changed with every
//! version: a form that is missing here is a letter for the corpus.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::Line;

/// A line may be wrapped so often.
const LINES: usize = 4;
/// Longer is no attribution.
const LONGEST: usize = 400;

/// Begins with a date or with words that only stand there, so that a line of the sender's own is never drawn in.
static WRAPPED: LazyLock<RegexSet> = LazyLock::new(|| {
    let day = r"(?:(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|среду|четверг|пятница|пятницу|суббота|субботу|воскресенье|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )";
    let date = r"(?:\d{1,2}(?:\.\d{1,2}\.\d{2,4}|[ -](?:[а-яё]{3,9}|[a-z]{3,9})\.?,?[ -]\d{2,4})|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|(?:[a-z]{3,9}) \d{1,2}, \d{4})";
    set(&[
        // Gmail: "пн, 23 нояб. 2026 г. в 10:15, Имя <a@b>:"; Yandex, Mail.ru, Thunderbird, Apple begin alike.
        &format!(
            r"^{day}?{date}.*(?:<[^<>]+@[^<>]+>|\S+@\S+|\]|\)|(?:пишет|писала?|написала?|написал\(а\)|писал\(а\)|wrote|writes)) ?:$"
        ),
        &format!(r"^{day}{date}.* (?:от|from) .+:$"),
        r"^on .*\d{1,4}.* (?:wrote|writes) ?:$",
        r"^(?:am|le|el|il) .*\d{1,4}.* (?:schrieb|a écrit|escribió|ha scritto).*:$",
        // The Bat!
        r"^вы писали .*\d{4}.*:$",
        r"^you wrote .*\d{4}.*:$",
        &format!(r"^{day}.*\d{{4}}.* (?:you wrote|вы писали) ?:$"),
    ])
});

/// Begins with a name: one line only.
static ONE_LINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^.+ (?:писал|писала|писал\(а\)|написал|написала|написал\(а\)|wrote on|wrote at) .*(?:\d{1,2}[./ -]|\d{4}).*:$",
    )
});

fn set(patterns: &[&str]) -> RegexSet {
    RegexSet::new(patterns.iter().map(|pattern| format!("(?i){pattern}")))
        .unwrap_or_else(|error| panic!("a pattern of ours: {error}"))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(&format!("(?i){pattern}")).unwrap_or_else(|error| panic!("a pattern of ours: {error}"))
}

/// How many lines from the first on are an attribution.
pub(super) fn length(lines: &[Line<'_>]) -> Option<usize> {
    let first = lines.first().filter(|line| !line.is_quoted() && !line.is_empty() && line.text.len() <= LONGEST)?;
    // Most lines are none, which this tells without a copy.
    if !lines.iter().take(LINES).any(|line| line.text.trim_end_matches(is_trifle).ends_with(':')) {
        return None;
    }
    let mut joined = String::new();
    for (number, line) in lines.iter().take(LINES).enumerate() {
        if line.is_empty() || joined.len() + line.text.len() > LONGEST {
            return None;
        }
        joined = format!("{joined} {}", cleaned(line.text)).trim().to_owned();
        if is_attribution(&joined) || number == 0 && may_be(&joined) && ONE_LINE.is_match(&cleaned(first.text)) {
            return Some(number + 1);
        }
    }
    None
}

fn is_attribution(text: &str) -> bool {
    may_be(text) && WRAPPED.is_match(text)
}

/// Looked at first, for it costs nothing: most lines are none.
fn may_be(text: &str) -> bool {
    text.ends_with(':') && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// What `cleaned` leaves out at the end of a line.
fn is_trifle(letter: char) -> bool {
    letter.is_whitespace() || letter == '*'
}

/// Without marks of bold type and the narrow spaces that Apple puts into times.
fn cleaned(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").replace('*', "").trim().to_owned()
}
