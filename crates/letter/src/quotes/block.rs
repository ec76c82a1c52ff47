//! Lines and blocks that stand before a quoted letter, or before one that is passed on.
//!
//! Each line of a letter is asked all of it, so what tells most of them apart without small letters is asked first.

use std::sync::LazyLock;

use regex::Regex;

use super::{Line, MARKERS};

/// Fields as programs repeat them, in small letters.
const SENDER: [&str; 5] = ["от:", "from:", "de:", "von:", "отправитель:"];
const OTHERS: [&str; 19] = [
    "отправлено:",
    "дата:",
    "кому:",
    "копия:",
    "тема:",
    "sent:",
    "date:",
    "to:",
    "cc:",
    "subject:",
    "gesendet:",
    "an:",
    "betreff:",
    "envoyé:",
    "à:",
    "objet:",
    "получатель:",
    "важность:",
    "importance:",
];
const ORIGINALS: [&str; 5] =
    ["исходное сообщение", "original message", "исходное письмо", "ursprüngliche nachricht", "original appointment"];
const FORWARDED: [&str; 8] = [
    "пересылаемое сообщение",
    "пересланное сообщение",
    "переадресованное сообщение",
    "перенаправленное сообщение",
    "конец пересылаемого сообщения",
    "forwarded message",
    "begin forwarded message",
    "начало переадресованного сообщения",
];
/// Blank lines and an underscore line may stand before a block; it has so many lines of which so many are fields.
const LOOK: usize = 10;
const FIELDS: usize = 2;

/// Our own markers, however somebody's program writes them.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    let markers = MARKERS.map(|marker| regex::escape(marker.trim_matches(['—', ' '])));
    Regex::new(&format!("(?i){}", markers.join("|"))).unwrap_or_else(|error| panic!("a pattern of ours: {error}"))
});

/// `-----Original Message-----`, or the line that we put there ourselves.
pub(super) fn separates(lines: &[Line<'_>]) -> bool {
    let Some(line) = lines.first() else { return false };
    let text = line.text.trim();
    let is_line = text.len() >= 30 && text.bytes().all(|byte| byte == b'_');
    is_line && is_head_soon(&lines[1..]) || is_ruled(text) && names(text, &ORIGINALS) || OWN.is_match(text)
}

fn is_ruled(text: &str) -> bool {
    text.starts_with("--") || text.starts_with("__")
}

fn names(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|words| text.contains(words))
}

fn is_head_soon(lines: &[Line<'_>]) -> bool {
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    is_head(&lines[first.min(lines.len())..])
}

/// A block of `From: Sent: To: Subject:`, in bold type or not.
pub(super) fn is_head(lines: &[Line<'_>]) -> bool {
    let Some(first) = lines.first().filter(|line| line.text.contains(':')).map(|line| field(line.text)) else {
        return false;
    };
    if !SENDER.iter().any(|name| first.starts_with(name)) {
        return false;
    }
    let block = lines.iter().skip(1).take(LOOK).take_while(|line| !line.is_empty());
    block.filter(|line| OTHERS.iter().any(|name| field(line.text).starts_with(name))).count() >= FIELDS
}

fn field(text: &str) -> String {
    text.trim_start().replace(['*', '\u{a0}'], "").replace(" :", ":").to_lowercase()
}

/// Whether the first quotation of a letter is one that is passed on.
pub(super) fn forwards(lines: &[Line<'_>]) -> bool {
    let first =
        lines.iter().position(|line| separates(std::slice::from_ref(line)) || line.is_quoted()).unwrap_or(lines.len());
    lines[..first].iter().any(|line| {
        let text = line.text.trim();
        (text.starts_with("--") || text.ends_with(':')) && names(text, &FORWARDED)
    })
}
