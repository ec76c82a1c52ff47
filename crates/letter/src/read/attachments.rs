//! The files of a letter.

use std::collections::HashSet;

use filetype::Sniffed;

use crate::{
    Attachment, Broken, Disposition, Limits, Preview, clean,
    letter::Source,
    mime::{self, Part},
    tnef::{self, Unpacked},
};

/// Pictures that are smaller belong to signatures (in bytes), or count who reads (in pixels).
const SMALL_BYTES: u64 = 2048;
const SMALL_PIXELS: u32 = 2;
const TECHNICAL: [&str; 8] = [
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "application/pgp-encrypted",
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
];

/// The files of a letter while they are read.
pub(super) struct Files<'a> {
    raw: &'a [u8],
    limits: &'a Limits,
    room: usize,
    all: Vec<Attachment>,
    /// What a `winmail.dat` holds beside files.
    pub tnef: Unpacked,
}

impl<'a> Files<'a> {
    pub fn new(raw: &'a [u8], limits: &'a Limits) -> Self {
        Self { raw, limits, room: limits.decoded_bytes, all: Vec::new(), tnef: Unpacked::default() }
    }

    pub fn read(&mut self, parts: &[&Part]) -> Result<(), Broken> {
        parts.iter().try_for_each(|part| self.part(part))
    }

    fn part(&mut self, part: &Part) -> Result<(), Broken> {
        let content = part.encoding.decode(&self.raw[part.body.clone()]);
        let file = attachment(self.raw, part, &content, self.limits);
        let packed = is_tnef(&file).then(|| tnef::unpack(&content)).flatten();
        self.push(Attachment { is_hidden: packed.is_some() || is_technical(&file), ..file })?;
        let Some(unpacked) = packed else { return Ok(()) };
        for inner in &unpacked.files {
            self.push(of_tnef(inner))?;
        }
        self.tnef = Unpacked { files: Vec::new(), ..unpacked };
        Ok(())
    }

    fn push(&mut self, file: Attachment) -> Result<(), Broken> {
        let limit = self.limits.decoded_bytes;
        let size = usize::try_from(file.size_bytes).unwrap_or(usize::MAX);
        self.room = self.room.checked_sub(size).ok_or(Broken::TooLarge { limit })?;
        self.all.push(file);
        Ok(())
    }

    /// In the order of the letter, numbered; `html` shows some of them.
    pub fn finished(mut self, html: Option<&str>) -> Vec<Attachment> {
        let named = named_by(html.unwrap_or_default());
        self.all.iter_mut().for_each(|file| file.is_hidden |= is_shown_or_small(file, &named));
        number(&mut self.all);
        self.all
    }
}

fn is_tnef(file: &Attachment) -> bool {
    ["application/ms-tnef", "application/vnd.ms-tnef"].contains(&file.declared_type.as_str())
        || file.name.eq_ignore_ascii_case("winmail.dat")
}

/// What is for programs, and said otherwise: signatures, the fields of a report.
fn is_technical(file: &Attachment) -> bool {
    TECHNICAL.contains(&file.declared_type.as_str())
}

fn of_tnef(file: &tnef::File) -> Attachment {
    let sniffed = filetype::sniff(&file.bytes[..file.bytes.len().min(filetype::HEAD_BYTES)]);
    Attachment {
        name: file.name.clone(),
        declared_type: file.content_type.clone(),
        content_type: sniffed.settle(&file.content_type),
        content_id: file.content_id.clone(),
        size_bytes: file.bytes.len() as u64,
        width: sniffed.width,
        height: sniffed.height,
        source: Source::Owned(file.bytes.clone()),
        ..Attachment::default()
    }
}

fn number(all: &mut [Attachment]) {
    for (number, file) in (1..).zip(all) {
        file.number = number;
        if file.name.is_empty() {
            file.name = format!("{}-{number}{}", stem(file), ending(&file.content_type));
        }
    }
}

fn stem(file: &Attachment) -> &'static str {
    match file.content_type.split('/').next() {
        Some("image") => "image",
        Some("message") => "letter",
        Some("text") => "text",
        _ => "file",
    }
}

fn ending(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "message/rfc822" | "message/global" => ".eml",
        "text/calendar" => ".ics",
        "text/html" => ".html",
        "text/plain" => ".txt",
        _ => "",
    }
}

fn attachment(raw: &[u8], part: &Part, content: &[u8], limits: &Limits) -> Attachment {
    let sniffed = filetype::sniff(&content[..content.len().min(filetype::HEAD_BYTES)]);
    let content_id =
        part.head.text(raw, "content-id", None).map(|value| value.trim_matches(['<', '>', ' ']).to_owned());
    let preview = nested(raw, part, content, limits);
    Attachment {
        name: name(part, preview.as_ref()),
        declared_type: part.kind.word.clone(),
        content_type: settled(&sniffed, part),
        disposition: disposition(part, content_id.is_some()),
        content_id: content_id.filter(|id| !id.is_empty()),
        size_bytes: content.len() as u64,
        width: sniffed.width,
        height: sniffed.height,
        preview,
        source: Source::Raw(part.body.clone(), part.encoding),
        ..Attachment::default()
    }
}

fn disposition(part: &Part, has_id: bool) -> Disposition {
    match part.disposition.word.as_str() {
        "inline" => Disposition::Inline,
        "" if has_id => Disposition::Inline,
        _ => Disposition::Attachment,
    }
}

/// Types of letters are told by their place, and what is sealed looks like anything.
fn settled(sniffed: &Sniffed, part: &Part) -> String {
    let word = &part.kind.word;
    let is_sealed = word.contains("pkcs7") || word.contains("pgp") || word.contains("ms-tnef");
    if part.is_letter() || is_sealed { word.clone() } else { sniffed.settle(word) }
}

/// A letter in the letter; one that is packed is taken apart now.
fn nested(raw: &[u8], part: &Part, content: &[u8], limits: &Limits) -> Option<Preview> {
    if !part.is_letter() {
        return None;
    }
    match part.kids.first() {
        Some(inner) => Some(super::preview(raw, inner)),
        None => mime::walk(content, limits).ok().map(|inner| super::preview(content, &inner)),
    }
}

/// `filename` before `name`; of a nested letter its subject.
fn name(part: &Part, preview: Option<&Preview>) -> String {
    let said = part.disposition.param("filename").or_else(|| part.kind.param("name"));
    let said = said.map(clean::file_name).filter(|name| !name.is_empty());
    let subject = preview.map(|letter| clean::file_name(&letter.subject)).filter(|subject| !subject.is_empty());
    said.or_else(|| subject.map(|subject| format!("{subject}.eml"))).unwrap_or_default()
}

/// The ids that HTML names as `cid:`.
pub(crate) fn named_by(html: &str) -> HashSet<String> {
    let ends = ['"', '\'', ')', ' ', '>', '<', '\n', '\r', '&', ','];
    html.split("cid:").skip(1).filter_map(|rest| rest.split(ends).next()).map(mime::percent_decoded).collect()
}

fn is_shown_or_small(file: &Attachment, named: &HashSet<String>) -> bool {
    let is_shown = file.content_id.as_ref().is_some_and(|id| named.contains(id));
    let is_image = file.content_type.starts_with("image/");
    let is_dot = is_image && file.width > 0 && file.width <= SMALL_PIXELS && file.height <= SMALL_PIXELS;
    let is_small = is_image && file.content_id.is_some() && file.size_bytes < SMALL_BYTES;
    is_shown || is_dot || is_small && file.disposition == Disposition::Inline
}
