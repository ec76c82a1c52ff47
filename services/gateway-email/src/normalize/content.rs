//! What a letter shows: text, files, and its head.

use std::collections::HashSet;

use contracts::channel::{
    Attachment, AttachmentKind, AutomaticLetter, Content, Letter as Head, MailAddress, MailVerdict,
};
use gateway_kit::words::{clean, storable};
use letter::{Letter, Mailbox, Verdict};

use crate::{fetch, wire::Place};

// Bounds of what a fact may carry.
const TEXT_BYTES: usize = 100 << 10;
const SUBJECT: usize = 998;
const NAME: usize = 200;
const ADDRESSES: usize = 100;
const REFERENCES: usize = 50;
const ID_BYTES: usize = 998;
const FILES: usize = 100;

pub fn of(place: &Place, letter: &Letter, kind: AutomaticLetter) -> Content {
    // Without markup nothing shows its pictures.
    let ids = if place.html_object_key.is_empty() { HashSet::new() } else { letter.shown_ids() };
    let shown =
        |file: &letter::Attachment| file.content_id.clone().filter(|id| ids.contains(id) && id.len() <= ID_BYTES);
    let files = letter.attachments.iter().map(|file| (file, shown(file)));
    let files = files.filter(|(file, shown)| !file.is_hidden || shown.is_some()).take(FILES);
    let left_out =
        (place.left_out_bytes > 0).then(|| format!("letter of {} MB", place.left_out_bytes.div_ceil(1 << 20)));
    Content {
        text: text(&letter.text),
        attachments: files.map(|(file, shown)| attachment(place, file, shown)).collect(),
        unsupported: left_out.unwrap_or_default(),
        letter: Some(Box::new(head(place, letter, kind))),
        ..Content::default()
    }
}

const BLANK: [char; 3] = ['\n', '\r', ' '];

/// A longer one is whole in the letter that we keep.
fn text(text: &str) -> String {
    let text = text.trim_matches(BLANK);
    let end = text.floor_char_boundary(TEXT_BYTES);
    let cut = if end < text.len() { "…" } else { "" };
    storable(&format!("{}{cut}", &text[..end]))
}

fn head(place: &Place, letter: &Letter, kind: AutomaticLetter) -> Head {
    let many = |who: &[Mailbox]| who.iter().take(ADDRESSES).map(address).collect::<Vec<_>>();
    let mut references: Vec<_> = letter.references.iter().map(|id| plain(id)).collect();
    let last = letter.in_reply_to.first().map(|id| plain(id));
    references.extend(last.filter(|last| !letter.references.contains(last)));
    if references.len() > REFERENCES {
        // The first names the thread, the last are the nearest.
        references.drain(1..references.len() - REFERENCES + 1);
    }
    Head {
        subject: clean(&letter.subject, SUBJECT),
        from: letter.from.first().map(address),
        reply_to: many(&letter.reply_to),
        to: many(&letter.to),
        cc: many(&letter.cc),
        bcc: many(&letter.bcc),
        message_id: letter.message_id.as_deref().map(plain).unwrap_or_default(),
        references,
        html_object_key: place.html_object_key.clone(),
        raw_object_key: place.object_key.clone(),
        folded_from: folded_from(letter),
        verdicts: verdicts(place, letter),
        automatic: kind.into(),
        ..Head::default()
    }
}

/// What the mailbox's own server found out about the sender.
fn verdicts(place: &Place, letter: &Letter) -> Vec<MailVerdict> {
    let Some(found) = letter::verdicts(&letter.headers, &place.authserv_id) else { return Vec::new() };
    let told = [("spf", found.spf, ""), ("dkim", found.dkim, found.dkim_domain.as_str()), ("dmarc", found.dmarc, "")];
    let told = told.into_iter().filter_map(|(method, verdict, domain)| {
        let result = match verdict {
            Verdict::None => return None,
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unsure => "neutral",
        };
        Some(MailVerdict { method: method.into(), result: result.into(), domain: clean(domain, NAME) })
    });
    told.collect()
}

/// Where signature or quotation begin, whichever is first, in code points of the text as it is shown.
fn folded_from(letter: &Letter) -> u32 {
    let text = &letter.text;
    let at = letter.folds.signature_at.unwrap_or(letter.folds.visible_until).min(letter.folds.visible_until);
    let lead = text.len() - text.trim_start_matches(BLANK).len();
    let is_folded = at < text.trim_end_matches(BLANK).len() && at > lead && at <= TEXT_BYTES;
    let shown = text.get(lead..at).filter(|_| is_folded).map_or(0, |shown| shown.chars().count());
    u32::try_from(shown).unwrap_or(0)
}

/// Ids go into the heads of our answers: nothing but what can stand there.
fn plain(id: &str) -> String {
    let plain: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
    plain[..plain.len().min(ID_BYTES)].to_owned()
}

fn address(who: &Mailbox) -> MailAddress {
    MailAddress { address: clean(&who.address, 320), name: clean(&who.name, NAME) }
}

fn attachment(place: &Place, file: &letter::Attachment, shown: Option<String>) -> Attachment {
    Attachment {
        kind: kind(&file.content_type).into(),
        name: clean(&file.name, NAME),
        mime_type: clean(&file.content_type, NAME),
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        width: file.width,
        height: file.height,
        remote_ref: fetch::reference(&place.object_key, file.number),
        content_id: shown.unwrap_or_default(),
        ..Attachment::default()
    }
}

/// Only what a browser shows is shown.
fn kind(mime: &str) -> AttachmentKind {
    match mime {
        "image/png" | "image/jpeg" | "image/webp" | "image/gif" => AttachmentKind::Image,
        "video/mp4" | "video/webm" => AttachmentKind::Video,
        "audio/mpeg" | "audio/ogg" | "audio/mp4" => AttachmentKind::Audio,
        _ => AttachmentKind::Document,
    }
}
