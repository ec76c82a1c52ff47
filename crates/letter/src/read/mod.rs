//! From the tree of parts to a [`Letter`].

mod attachments;
pub(crate) use attachments::named_by;
mod text;

use crate::{
    Broken, Invite, Letter, Limits, charset, clean, fields, invite,
    letter::{Headers, Mailbox, Preview},
    mime::{self, Part},
    quotes, report, seal,
};

/// How much of a nested letter is shown beforehand, in characters.
const PREVIEW: usize = 500;

pub(crate) fn letter(raw: &[u8], limits: &Limits) -> Result<Letter, Broken> {
    let root = mime::walk(raw, limits)?;
    of_part(raw, &root, limits)
}

fn of_part(raw: &[u8], root: &Part, limits: &Limits) -> Result<Letter, Broken> {
    let fallback = declared_charset(root);
    let mut letter = with_headers(Headers(root.head.texts(raw, fallback)));
    let sorted = crate::body::sort(root);
    let mut body = text::body(raw, &sorted.body);
    let mut files = attachments::Files::new(raw, limits);
    files.read(&sorted.files)?;
    body.take_from(&files.tnef);
    letter.attachments = files.finished(body.html.as_deref());
    letter.invite = sorted.files.iter().find_map(|part| calendar(raw, part));
    letter.seal = seal::seal(root, &body.text);
    letter.folds = quotes::folds(&body.text, &letter.subject, body.plain.as_ref());
    (letter.text, letter.html) = (body.text, body.html);
    letter.report = report::report(raw, root, &letter);
    Ok(letter)
}

fn calendar(raw: &[u8], part: &Part) -> Option<Invite> {
    let is_calendar = ["text/calendar", "application/ics"].contains(&part.kind.word.as_str());
    let read = is_calendar.then(|| invite::invite(&text::decoded(raw, part))).flatten()?;
    let method = part.kind.param("method").filter(|_| read.method.is_empty()).map(str::to_ascii_uppercase);
    Some(Invite { method: method.unwrap_or(read.method.clone()), ..read })
}

/// The charset that the first text of a letter names.
fn declared_charset(part: &Part) -> Option<&str> {
    let own = part.kind.param("charset").filter(|_| part.kind.family() == "text");
    own.or_else(|| part.kids.iter().find_map(declared_charset))
}

fn with_headers(headers: Headers) -> Letter {
    let people = |name| headers.all(name).flat_map(fields::addresses).collect::<Vec<Mailbox>>();
    let ids = |name| headers.all(name).flat_map(fields::ids).collect::<Vec<String>>();
    Letter {
        message_id: ids("message-id").into_iter().next(),
        in_reply_to: ids("in-reply-to"),
        references: ids("references"),
        from: people("from"),
        sender: people("sender").into_iter().next(),
        reply_to: people("reply-to"),
        to: people("to"),
        cc: people("cc"),
        bcc: people("bcc"),
        subject: clean::line(&charset::decode_words(headers.get("subject").unwrap_or_default())),
        sent_at: headers.get("date").and_then(fields::date),
        headers,
        ..Letter::default()
    }
}

/// What is shown of a letter within a letter.
fn preview(raw: &[u8], root: &Part) -> Preview {
    let letter = with_headers(Headers(root.head.texts(raw, declared_charset(root))));
    let text = text::body(raw, &crate::body::sort(root).body).text;
    let from = letter.from.into_iter().next();
    Preview { from, subject: letter.subject, sent_at: letter.sent_at, text: text.chars().take(PREVIEW).collect() }
}
