//! From bytes to the tree of parts.

use std::ops::Range;

use super::{Encoding, Head, Kind, head::line_end};
use crate::{Broken, Limits};

/// One part: a leaf with a body, several parts, or a letter in the letter.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub head: Head,
    pub kind: Kind,
    pub disposition: Kind,
    pub encoding: Encoding,
    /// Place of the body in the letter, packed as it is.
    pub body: Range<usize>,
    /// Of a multipart; of a nested letter the one part that it is.
    pub kids: Vec<Part>,
}

impl Part {
    pub fn is_multipart(&self) -> bool {
        self.kind.family() == "multipart" && !self.kids.is_empty()
    }

    pub fn is_letter(&self) -> bool {
        matches!(self.kind.word.as_str(), "message/rfc822" | "message/global")
    }
}

/// Takes a letter apart.
///
/// # Errors
/// [`Broken`] when it is beyond the limits or no letter at all.
pub(crate) fn walk(raw: &[u8], limits: &Limits) -> Result<Part, Broken> {
    let mut walker = Walker { raw, limits, parts: 0 };
    let root = walker.part(0..raw.len(), "text/plain", 0)?;
    if root.head.is_empty() { Err(Broken::NoHeader) } else { Ok(root) }
}

struct Walker<'a> {
    raw: &'a [u8],
    limits: &'a Limits,
    parts: usize,
}

impl Walker<'_> {
    fn part(&mut self, within: Range<usize>, default: &str, depth: usize) -> Result<Part, Broken> {
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(Broken::TooManyParts { limit: self.limits.parts });
        }
        if depth > self.limits.depth {
            return Err(Broken::TooDeep { limit: self.limits.depth });
        }
        let head = Head::read(self.raw, within.clone(), self.limits.header_bytes)?;
        let kind = head.text(self.raw, "content-type", None).filter(|value| !value.is_empty());
        let kind = Kind::of(kind.as_deref().unwrap_or(default));
        let encoding = head.text(self.raw, "content-transfer-encoding", None);
        let encoding = encoding.as_deref().map(Encoding::of).unwrap_or_default();
        let disposition = Kind::of(&head.text(self.raw, "content-disposition", None).unwrap_or_default());
        let body = head.body.min(within.end)..within.end;
        let mut part = Part { head, kind, disposition, encoding, body, kids: Vec::new() };
        part.kids = self.kids(&part, depth + 1)?;
        Ok(part)
    }

    fn kids(&mut self, part: &Part, depth: usize) -> Result<Vec<Part>, Broken> {
        if part.is_letter() && part.encoding == Encoding::None {
            return Ok(vec![self.part(part.body.clone(), "text/plain", depth)?]);
        }
        let Some(boundary) = part.kind.param("boundary").filter(|_| part.kind.family() == "multipart") else {
            return Ok(Vec::new());
        };
        let default = if part.kind.word == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let most = self.limits.parts - self.parts;
        let Some(places) = between(self.raw, part.body.clone(), boundary.as_bytes(), most) else {
            return Err(Broken::TooManyParts { limit: self.limits.parts });
        };
        places.into_iter().map(|place| self.part(place, default, depth)).collect()
    }
}

/// What lies between the lines of a boundary. An end that is missing is the end of the body. `None` for more than `most`.
fn between(raw: &[u8], body: Range<usize>, boundary: &[u8], most: usize) -> Option<Vec<Range<usize>>> {
    let (mut places, mut open, mut at) = (Vec::new(), None, body.start);
    while at < body.end {
        let end = line_end(raw, at, body.end);
        if let Some(is_last) = is_boundary(&raw[at..end], boundary) {
            places.extend(open.take().map(|start: usize| start..without_line_end(raw, start, at)));
            if places.len() > most {
                return None;
            }
            if is_last {
                return Some(places);
            }
            open = Some(end);
        }
        at = end;
    }
    places.extend(open.map(|start| start..body.end));
    Some(places)
}

/// Whether a line is `--boundary`, and if so whether the last one, `--boundary--`.
fn is_boundary(line: &[u8], boundary: &[u8]) -> Option<bool> {
    match line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1).
fn without_line_end(raw: &[u8], start: usize, end: usize) -> usize {
    let part = &raw[start..end];
    let part = part.strip_suffix(b"\n").map_or(part, |part| part.strip_suffix(b"\r").unwrap_or(part));
    start + part.len()
}
