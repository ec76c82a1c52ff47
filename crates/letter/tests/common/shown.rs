//! What is read of a letter, as a snapshot shows it: what is empty is left out.

use std::fmt::Write;

use letter::{Attachment, Broken, Letter, Limits, Mailbox, Report, automatic, parse, sanitize, threads, verdicts};

pub const INSTANCE: &str = "house-1";
pub const PROVIDER: &str = "mx.example.org";

pub fn letter(raw: &[u8]) -> String {
    match parse(raw, &Limits::default()) {
        Ok(letter) => whole(&letter),
        Err(broken) => refused(&broken),
    }
}

fn refused(broken: &Broken) -> String {
    format!("broken: {broken}\n")
}

fn whole(letter: &Letter) -> String {
    let mut out = head(letter);
    let (visible, quoted) = letter.text.split_at(letter.folds.visible_until);
    let (own, signature) = visible.split_at(letter.folds.signature_at.unwrap_or(visible.len()));
    for (name, text) in [("text", own), ("signature", signature), ("quoted", quoted)] {
        for line in text.lines() {
            let _ = writeln!(out, "{name:9} | {line}");
        }
    }
    if let Some(html) = &letter.html {
        let clean = sanitize(html, |id| Some(format!("/files/{id}")));
        let _ = writeln!(out, "html: {} ({} remote)", clean.html.trim(), clean.remote_images);
    }
    letter.attachments.iter().for_each(|file| attachment(&mut out, file));
    beside(&mut out, letter);
    out
}

fn head(letter: &Letter) -> String {
    let thread = threads::of(letter);
    let mut out = String::new();
    let fields = [
        ("id", letter.message_id.clone().unwrap_or_default()),
        ("refers to", thread.refers_to.join(" ")),
        ("conversation", thread.own.map(|own| own.conversation.to_string()).unwrap_or_default()),
        ("provider", thread.provider.unwrap_or_default()),
        ("from", people(&letter.from)),
        ("sender", people(letter.sender.as_slice())),
        ("reply to", people(&letter.reply_to)),
        ("to", people(&letter.to)),
        ("cc", people(&letter.cc)),
        ("subject", letter.subject.clone()),
        ("sent at", letter.sent_at.map(|at| at.to_string()).unwrap_or_default()),
    ];
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "{name}: {value}");
    }
    out
}

fn people(list: &[Mailbox]) -> String {
    list.iter().map(|one| format!("{} <{}>", one.name, one.address).trim().to_owned()).collect::<Vec<_>>().join(", ")
}

fn attachment(out: &mut String, file: &Attachment) {
    let hidden = if file.is_hidden { ", hidden" } else { "" };
    let id = file.content_id.as_ref().map(|id| format!(", cid:{id}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "file {}: {:?}, {} ({}), {} bytes, {}x{}, {:?}{id}{hidden}",
        file.number,
        file.name,
        file.content_type,
        file.declared_type,
        file.size_bytes,
        file.width,
        file.height,
        file.disposition
    );
    if let Some(preview) = &file.preview {
        let from = people(preview.from.as_slice());
        let _ = writeln!(out, "  letter from {from}: {:?}, {:?}, {:?}", preview.subject, preview.sent_at, preview.text);
    }
}

fn beside(out: &mut String, letter: &Letter) {
    if let Some(invite) = &letter.invite {
        let _ = writeln!(out, "{invite:#?}");
    }
    if let Some(seal) = &letter.seal {
        let _ = writeln!(out, "seal: {seal:?}");
    }
    if let Some(found) = verdicts(&letter.headers, PROVIDER) {
        let _ = writeln!(out, "{found:?}");
    }
    if let Some(kind) = automatic(letter, INSTANCE) {
        let _ = writeln!(out, "automatic: {kind:?}");
    }
    if let Some(found) = &letter.report {
        report(out, found);
    }
}

fn report(out: &mut String, report: &Report) {
    let original = &report.original;
    let _ = writeln!(
        out,
        "report by {:?} on envelope {:?}, letter {:?}, message {:?}, {:?}",
        report.reporting_server, report.envelope_id, original.message_id, original.message, original.subject
    );
    for one in &report.recipients {
        let _ = writeln!(
            out,
            "  {} ({}): {:?} {}, {:?}: {:?}, said by {:?}",
            one.address,
            one.original_address,
            one.action,
            one.status,
            one.outcome(),
            one.diagnostic,
            one.remote_server
        );
    }
}
