//! Text and HTML beside each other, pictures within, files behind (RFC 2046, RFC 2387).

use lettre::{
    Message,
    error::Error,
    message::{
        Attachment, Body as Bytes, MessageBuilder, MultiPart, MultiPartBuilder, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::{Draft, File};
use crate::{clean, html};

pub(super) fn put(builder: MessageBuilder, draft: &Draft) -> Result<Message, Error> {
    let body = shown(draft);
    if draft.files.iter().all(is_within) {
        return match body {
            Body::One(text) => builder.singlepart(text),
            Body::Many(parts) => builder.multipart(parts),
        };
    }
    let mixed = bounded(MultiPart::mixed(), draft, "mixed");
    let mut mixed = match body {
        Body::One(text) => mixed.singlepart(text),
        Body::Many(parts) => mixed.multipart(parts),
    };
    for file in draft.files.iter().filter(|file| !is_within(file)) {
        mixed = mixed.singlepart(Attachment::new(name(file)).body(bytes(file), content_type(file)));
    }
    builder.multipart(mixed)
}

enum Body {
    One(SinglePart),
    Many(MultiPart),
}

fn shown(draft: &Draft) -> Body {
    let Some(source) = &draft.html else { return Body::One(SinglePart::plain(lines(&draft.text))) };
    let text = if draft.text.trim().is_empty() { html::text(source).text } else { draft.text.clone() };
    let both = bounded(MultiPart::alternative(), draft, "both").singlepart(SinglePart::plain(lines(&text)));
    let pictures: Vec<_> = draft.files.iter().filter(|file| is_within(file)).collect();
    let page = SinglePart::html(source.clone());
    if pictures.is_empty() {
        return Body::Many(both.singlepart(page));
    }
    let mut related = bounded(MultiPart::related(), draft, "related").singlepart(page);
    for picture in pictures {
        let id = picture.content_id.clone().unwrap_or_default();
        let inline = Attachment::new_inline_with_name(id, name(picture));
        related = related.singlepart(inline.body(bytes(picture), content_type(picture)));
    }
    Body::Many(both.multipart(related))
}

fn is_within(file: &File) -> bool {
    file.content_id.is_some()
}

/// Of the letter's own id, and not of chance: a repeat has the same bytes.
fn bounded(builder: MultiPartBuilder, draft: &Draft, level: &str) -> MultiPartBuilder {
    let id: String = draft.message_id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    builder.boundary(format!("okno-{level}-{id}"))
}

fn name(file: &File) -> String {
    let name = clean::file_name(&file.name);
    if name.is_empty() { "file".to_owned() } else { name }
}

/// Byte for byte: any other way would change the ends of a file's lines. A letter within a letter may have no such coat
/// (RFC 2046, section 5.2.1).
fn bytes(file: &File) -> Bytes {
    if file.content_type.starts_with("message/") {
        return Bytes::new(file.bytes.clone());
    }
    let coated = Bytes::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
    coated.unwrap_or_else(Bytes::new)
}

/// What is no type goes as bytes; a letter of its own text types would lose its charset.
fn content_type(file: &File) -> ContentType {
    let bytes = || ContentType::parse("application/octet-stream").ok();
    let said = ContentType::parse(&file.content_type).ok();
    said.filter(|_| !file.content_type.starts_with("multipart/")).or_else(bytes).unwrap_or(ContentType::TEXT_PLAIN)
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
