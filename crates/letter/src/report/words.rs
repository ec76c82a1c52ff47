//! Reports of servers that follow no standard: qmail, old Exim and Exchange, and what providers have made of them. Only letters
//! from a daemon are read so.

use std::sync::LazyLock;

use regex::Regex;

use super::{Action, Original, Recipient, Report, standard};
use crate::{Letter, automatic, clean, fields, mime::Part};

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"<?([A-Za-z0-9._%+=&'/-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)>?"));
static STATUS: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|$)"));
static CODE: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^|[^\d.-])([45])\d\d[ -]"));
/// Words behind which the letter itself comes back.
const COPIES: [&str; 7] = [
    "--- below this line is a copy",
    "this is a copy of",
    "------ this is a copy",
    "original message headers",
    "message header follows",
    "исходные заголовки сообщения",
    "заголовки исходного письма",
];
const LATE: [&str; 6] =
    ["delayed", "has not been delivered yet", "still being retried", "warning only", "задержк", "будут продолжены"];
const FAILED: [&str; 19] = [
    "undeliver",
    "returned to sender",
    "returned mail",
    "failure",
    "failed",
    "could not be delivered",
    "couldn't be delivered",
    "wasn't delivered",
    "permanent error",
    "delivery status notification",
    "unable to deliver",
    "не доставлено",
    "недоставленное",
    "не может быть доставлено",
    "не удалось доставить",
    "не было доставлено",
    "недоставк",
    "возвращено отправителю",
    "возвращенное письмо",
];
/// So much of a text is looked at, in bytes, and so many addresses are taken from it.
const LOOK: usize = 64 << 10;
const RECIPIENTS: usize = 50;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("a pattern of ours: {error}"))
}

pub(super) fn report(raw: &[u8], root: &Part, letter: &Letter) -> Option<Report> {
    // People's auto-replies have no return path either, and speak of delays: of those only the subject counts.
    let words = match automatic::is_from_daemon(letter) {
        true => format!("{}\n{}", letter.subject, start(&letter.text, LOOK)).to_lowercase(),
        false if automatic::is_silent(letter) => letter.subject.to_lowercase(),
        false => return None,
    };
    let is_late = LATE.iter().any(|word| words.contains(word));
    if !is_late && !FAILED.iter().any(|word| words.contains(word)) {
        return None;
    }
    let (said, copy) = parted(&letter.text);
    let action = if is_late { Action::Delayed } else { Action::Failed };
    let mut recipients = named(letter, said, action);
    recipients.truncate(RECIPIENTS);
    let original = standard::original(raw, &standard::flat(root));
    let original = if original == Original::default() { returned(copy) } else { original };
    Some(Report { recipients, original, ..Report::default() })
}

/// What the server says, and the copy of the letter behind it.
fn parted(text: &str) -> (&str, &str) {
    let lower = text.to_lowercase();
    // Small letters may be of another length: then the whole text is what it says.
    let at = COPIES
        .iter()
        .filter_map(|words| lower.find(words))
        .min()
        .filter(|at| lower.len() == text.len() && text.is_char_boundary(*at));
    at.map_or((text, ""), |at| text.split_at(at))
}

fn returned(copy: &str) -> Original {
    let lines = copy.lines().skip(1).skip_while(|line| !line.contains(": ")).collect::<Vec<_>>().join("\n");
    standard::of_bytes(lines.as_bytes())
}

/// Those of `X-Failed-Recipients` (Exim, Gmail), else the addresses in the text that are not our own.
fn named(letter: &Letter, said: &str, action: Action) -> Vec<Recipient> {
    let listed: Vec<_> =
        letter.headers.all("x-failed-recipients").flat_map(fields::addresses).map(|one| one.address).collect();
    let own: Vec<_> = letter.to.iter().chain(&letter.from).map(|one| one.address.to_lowercase()).collect();
    let said = start(said, LOOK);
    let mut recipients: Vec<Recipient> = Vec::new();
    for found in ADDRESS.captures_iter(said) {
        let (Some(whole), Some(address)) = (found.get(0), found.get(1)) else { continue };
        let address = address.as_str();
        let is_known = recipients.iter().any(|one| one.address.eq_ignore_ascii_case(address));
        let is_other =
            own.contains(&address.to_lowercase()) || !listed.is_empty() && !listed.iter().any(|one| one == address);
        if !is_known && !is_other {
            recipients.push(recipient(address, start(&said[whole.end()..], 1000), action));
        }
    }
    let missing =
        listed.into_iter().filter(|address| !recipients.iter().any(|one| &one.address == address)).collect::<Vec<_>>();
    recipients.extend(missing.into_iter().map(|address| Recipient { address, action, ..Recipient::default() }));
    recipients
}

/// What follows an address up to an empty line is about it.
fn recipient(address: &str, behind: &str, action: Action) -> Recipient {
    let about = behind.trim_start_matches([':', ' ', '\n', '\r']);
    let about = clean::line(about.split("\n\n").next().unwrap_or_default());
    let status = STATUS.captures(&about).and_then(|found| found.get(1)).map(|code| code.as_str().to_owned());
    let by_code =
        || CODE.captures(&about).and_then(|found| found.get(1)).map(|class| format!("{}.0.0", class.as_str()));
    let status = status.or_else(by_code).unwrap_or_default();
    Recipient {
        address: address.to_owned(),
        action,
        status,
        diagnostic: about.chars().take(500).collect(),
        ..Recipient::default()
    }
}

fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
