use std::time::{SystemTime, UNIX_EPOCH};

use contracts::channel::{AttachmentKind, Content, Inbound, Peer, TextStyle, inbound::Body};
use prost::Message;

use super::Findings;

const KEY_BYTES: usize = 200;
const ADDRESS_BYTES: usize = 256;
const REMOTE_REF_BYTES: usize = 2 * 1024;
/// 2000-01-01.
const FIRST_DATE: i64 = 946_684_800;
const DAY: i64 = 86_400;

pub(super) fn check(findings: &mut Findings, place: &str, fact: &Inbound) {
    let key = &fact.key;
    findings.expect(!key.is_empty() && key.len() <= KEY_BYTES, "G6", || {
        format!("{place}: a key of {} bytes; 1 to {KEY_BYTES} are allowed", key.len())
    });
    findings.expect(!key.chars().any(char::is_control), "G6", || format!("{place}: control characters in {key:?}"));
    findings.expect(fact.replays.is_empty(), "G5", || format!("{place}: replays is the kit's to fill"));
    if let Some(peer) = &fact.peer {
        check_peer(findings, place, peer);
    }
    check_body(findings, place, fact);
    findings.expect(!holds_nul(fact), "G43", || format!("{place}: {key:?} holds a NUL, which PostgreSQL does not"));
}

/// Debug writes a NUL as `\0`, and a backslash as two.
fn holds_nul(fact: &Inbound) -> bool {
    let is_raw = matches!(fact.body, Some(Body::Unparsed(_)));
    !is_raw && format!("{fact:?}").replace(r"\\", "").contains(r"\0")
}

/// What holds for deliveries that a provider really sends; for made-up ones it is router's business.
pub(super) fn check_real(findings: &mut Findings, place: &str, fact: &Inbound) {
    let unparsed = matches!(fact.body, Some(Body::Unparsed(_)));
    findings.expect(unparsed || fact.encoded_len() <= bus::MAX_FACT_BYTES, "G11", || {
        format!("{place}: the fact {:?} has {} bytes", fact.key, fact.encoded_len())
    });
    let aliases = fact.peer.iter().flat_map(|peer| &peer.aliases);
    let named = aliases.into_iter().all(|alias| alias.kind != 0 && !alias.value.is_empty());
    findings.expect(named, "G8", || format!("{place}: an alias without kind or value"));
    check_date(findings, place, fact);
}

fn check_date(findings: &mut Findings, place: &str, fact: &Inbound) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let latest = i64::try_from(now).unwrap_or(i64::MAX).saturating_add(DAY);
    let fits = fact.sent_on.is_none_or(|date| (FIRST_DATE..=latest).contains(&date.seconds));
    findings.expect(fits, "G7", || {
        format!("{place}: sent_on of {:?} is before 2000 or in the future; leave it out", fact.key)
    });
}

fn check_peer(findings: &mut Findings, place: &str, peer: &Peer) {
    findings.expect(!peer.address.is_empty() && peer.address.len() <= ADDRESS_BYTES, "G8", || {
        format!("{place}: a peer's address of {} bytes; 1 to {ADDRESS_BYTES} are allowed", peer.address.len())
    });
    let fits = peer.reply_address.len() <= ADDRESS_BYTES && peer.scope.len() <= ADDRESS_BYTES;
    findings.expect(fits, "G8", || format!("{place}: a peer's scope or reply address is too long"));
}

fn check_body(findings: &mut Findings, place: &str, fact: &Inbound) {
    let key = &fact.key;
    let content = match &fact.body {
        Some(Body::Message(message)) => {
            findings.expect(fact.peer.is_some(), "G8", || format!("{place}: the message {key:?} has no peer"));
            message.content.as_ref()
        }
        Some(Body::Edit(edit)) => edit.content.as_ref(),
        Some(Body::OwnEcho(echo)) => {
            findings.expect(echo.own != 0, "G14", || format!("{place}: the echo {key:?} does not say whose it is"));
            echo.content.as_ref()
        }
        Some(Body::Unparsed(unparsed)) => {
            findings.expect(!unparsed.reason.is_empty(), "G10", || format!("{place}: {key:?} does not say why"));
            return;
        }
        Some(
            Body::Claim(_)
            | Body::Released(_)
            | Body::AttachmentStored(_)
            | Body::PollPosition(_)
            | Body::OrderResult(_)
            | Body::Templates(_)
            | Body::Kept(_),
        ) => {
            findings.expect(false, "G5", || format!("{place}: {key:?} is of a kind that only the kit makes"));
            return;
        }
        Some(_) => return,
        None => {
            findings.expect(false, "G10", || format!("{place}: the fact {key:?} is empty"));
            return;
        }
    };
    findings.expect(content.is_some(), "G10", || format!("{place}: {key:?} has no content"));
    if let Some(content) = content {
        check_content(findings, place, content);
    }
}

fn check_content(findings: &mut Findings, place: &str, content: &Content) {
    let length = content.text.chars().count();
    for span in &content.spans {
        let end = u64::from(span.offset) + u64::from(span.length);
        let fits = span.length > 0 && end <= length as u64 && span.style() != TextStyle::Unspecified;
        findings.expect(fits, "G12", || {
            format!("{place}: a span {}+{} of a text of {length} code points", span.offset, span.length)
        });
    }
    for attachment in &content.attachments {
        findings.expect(attachment.kind() != AttachmentKind::Unspecified, "G13", || {
            format!("{place}: an attachment without kind")
        });
        findings.expect(attachment.remote_ref.len() <= REMOTE_REF_BYTES, "G13", || {
            format!("{place}: a remote_ref of {} bytes", attachment.remote_ref.len())
        });
        let blank = attachment.attachment_id.is_empty() && attachment.object_key.is_empty();
        findings.expect(blank, "G13", || format!("{place}: attachment_id and object_key are router's to give"));
    }
}
