//! `multipart/report`: words for people, groups of fields for programs, and the letter that came back.

use super::{Action, Original, Recipient, Report};
use crate::{
    charset, clean, fields,
    mime::{Head, Kind, Part},
};

const STATUSES: [&str; 3] =
    ["message/delivery-status", "message/global-delivery-status", "message/disposition-notification"];
const ORIGINALS: [&str; 4] = ["message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"];
/// A letter has no more recipients than that; servers ask for fewer.
const RECIPIENTS: usize = 500;

pub(super) fn report(raw: &[u8], root: &Part) -> Option<Report> {
    let parts = flat(root);
    let status = parts.iter().find(|part| STATUSES.contains(&part.kind.word.as_str()))?;
    let groups = groups(&status.encoding.decode(&raw[status.body.clone()]));
    let original = original(raw, &parts);
    let is_reading = status.kind.word.ends_with("disposition-notification");
    let per_letter = groups.first()?;
    let mut report = Report {
        envelope_id: per_letter.get("original-envelope-id"),
        reporting_server: server(&per_letter.get("reporting-mta")),
        original,
        recipients: groups
            .iter()
            .filter(|group| !group.get("final-recipient").is_empty())
            .take(RECIPIENTS)
            .map(recipient)
            .collect(),
    };
    if is_reading {
        let said = per_letter.get("original-message-id");
        report.original.message_id = fields::ids(&said).into_iter().next().or(report.original.message_id);
        report.recipients.iter_mut().for_each(|one| one.action = disposition(per_letter));
    }
    Some(report)
}

/// All parts, but none of a letter within.
pub(super) fn flat(part: &Part) -> Vec<&Part> {
    if part.is_multipart() { part.kids.iter().flat_map(flat).collect() } else { vec![part] }
}

/// Fields of one group, names in lower case.
struct Group(Vec<(String, String)>);

impl Group {
    fn get(&self, name: &str) -> String {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| charset::decode_words(value));
        clean::line(&value.unwrap_or_default())
    }
}

/// Groups stand apart by empty lines.
fn groups(bytes: &[u8]) -> Vec<Group> {
    let text = charset::decode(bytes, None).replace("\r\n", "\n");
    let blocks =
        text.split("\n\n").map(|block| block.trim_start_matches('\n')).filter(|block| !block.trim().is_empty());
    blocks
        .filter_map(|block| {
            Head::read(block.as_bytes(), 0..block.len(), usize::MAX)
                .ok()
                .map(|head| Group(head.texts(block.as_bytes(), None)))
        })
        .take(RECIPIENTS + 1)
        .collect()
}

fn recipient(group: &Group) -> Recipient {
    Recipient {
        address: address(&group.get("final-recipient")),
        original_address: address(&group.get("original-recipient")),
        action: action(&group.get("action")),
        status: status(&group.get("status")),
        diagnostic: typed(&group.get("diagnostic-code")).to_owned(),
        remote_server: server(&group.get("remote-mta")),
    }
}

fn action(value: &str) -> Action {
    let word = value.split([' ', '(', ';']).next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "delayed" => Action::Delayed,
        "delivered" => Action::Delivered,
        "relayed" => Action::Relayed,
        "expanded" => Action::Expanded,
        _ => Action::Failed,
    }
}

/// `manual-action/MDN-sent-manually; displayed`.
fn disposition(group: &Group) -> Action {
    let kind = Kind::of(&group.get("disposition").split(';').nth(1).unwrap_or_default().replace('/', ";"));
    if kind.word == "displayed" { Action::Displayed } else { Action::Delivered }
}

/// `rfc822; anna@example.com` without its type.
fn typed(value: &str) -> &str {
    value.split_once(';').filter(|(kind, _)| !kind.trim().contains([' ', '@'])).map_or(value, |(_, rest)| rest).trim()
}

fn address(value: &str) -> String {
    typed(value).trim_matches(['<', '>', '"']).to_owned()
}

fn server(value: &str) -> String {
    typed(value).split_whitespace().next().unwrap_or_default().to_owned()
}

fn status(value: &str) -> String {
    let is_code =
        |word: &&str| word.split('.').count() == 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    value.split([' ', '(']).find(is_code).unwrap_or_default().to_owned()
}

/// The letter that came back, or its head.
pub(super) fn original(raw: &[u8], parts: &[&Part]) -> Original {
    let Some(part) = parts.iter().find(|part| ORIGINALS.contains(&part.kind.word.as_str())) else {
        return Original::default();
    };
    let packed = part.encoding.decode(&raw[part.body.clone()]);
    of_bytes(&packed)
}

pub(super) fn of_bytes(bytes: &[u8]) -> Original {
    // Servers cut what they send back, and put empty lines before it.
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    let Ok(head) = Head::read(bytes, start..bytes.len(), usize::MAX) else { return Original::default() };
    let field = |name| head.text(bytes, name, None).unwrap_or_default();
    Original {
        message_id: fields::ids(&field("message-id")).into_iter().next(),
        message: Some(clean::line(&field("x-okno-message"))).filter(|id| !id.is_empty()),
        subject: clean::line(&charset::decode_words(&field("subject"))),
    }
}
