//! Lines and blocks that stand before a quoted letter, or before one that is passed on.

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

/// `-----Original Message-----`, or the line that we put there ourselves.
pub(super) fn separates(lines: &[Line<'_>]) -> bool {
    let Some(line) = lines.first() else { return false };
    let text = line.text.trim().to_lowercase();
    let is_ruled = text.starts_with("--") || text.starts_with("__");
    let is_marker = MARKERS.iter().any(|marker| text.contains(marker.trim_matches(['—', ' ']).to_lowercase().as_str()));
    let is_line = text.len() >= 30 && text.bytes().all(|byte| byte == b'_');
    is_marker || is_ruled && ORIGINALS.iter().any(|words| text.contains(words)) || is_line && is_head_soon(&lines[1..])
}

fn is_head_soon(lines: &[Line<'_>]) -> bool {
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    is_head(&lines[first.min(lines.len())..])
}

/// A block of `From: Sent: To: Subject:`, in bold type or not.
pub(super) fn is_head(lines: &[Line<'_>]) -> bool {
    let Some(first) = lines.first().map(|line| field(line.text)) else { return false };
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
        let text = line.text.trim().to_lowercase();
        let is_ruled = text.starts_with("--") || text.ends_with(':');
        is_ruled && FORWARDED.iter().any(|words| text.contains(words))
    })
}
