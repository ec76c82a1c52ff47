//! A block of header fields, as bytes: values may be in any charset.

use std::ops::Range;

use crate::{Broken, charset};

/// The fields of one block in their order, and where the body begins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    /// Name in lower case, and the place of its value in the letter.
    fields: Vec<(String, Range<usize>)>,
    pub body: usize,
}

impl Head {
    /// Reads the block at the beginning of `raw[within]`. A line that is no field ends it, as an empty one does; where a field
    /// follows it is taken for the rest of the field before: old programs fold without a space.
    pub fn read(raw: &[u8], within: Range<usize>, limit: usize) -> Result<Self, Broken> {
        let mut head = Self { fields: Vec::new(), body: within.end };
        let mut at = within.start;
        while at < within.end {
            let end = line_end(raw, at, within.end);
            if end - within.start > limit {
                return Err(Broken::HeaderTooLarge { limit });
            }
            if let Some(body) = head.take(raw, at..end, within.end) {
                head.body = body;
                break;
            }
            at = end;
        }
        Ok(head)
    }

    /// Takes a line in; `Some` is where the body begins.
    fn take(&mut self, raw: &[u8], line: Range<usize>, end: usize) -> Option<usize> {
        let bytes = raw[line.clone()].trim_ascii_end();
        if bytes.is_empty() && !raw[line.start].is_ascii_whitespace() || matches!(raw[line.start], b'\r' | b'\n') {
            return Some(line.end);
        }
        let folded = matches!(raw[line.start], b' ' | b'\t');
        if let Some(name) = field_name(bytes).filter(|_| !folded) {
            let name_bytes = name.len();
            let colon =
                line.start + bytes[name_bytes..].iter().position(|byte| *byte == b':').unwrap_or(0) + name_bytes;
            self.fields.push((name.to_ascii_lowercase(), colon + 1..line.end));
        } else if is_mbox_line(bytes) && self.fields.is_empty() {
            // What mailbox files put before a letter.
        } else if let Some((_, value)) = self.fields.last_mut()
            && (folded || field_name(&raw[line.end..line_end(raw, line.end, end)]).is_some())
        {
            value.end = line.end;
        } else {
            return Some(line.start);
        }
        None
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The first value of a name as text: unfolded, encoded words as they are. `fallback` is the charset of 8-bit bytes.
    pub fn text(&self, raw: &[u8], name: &str, fallback: Option<&str>) -> Option<String> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| text(&raw[value.clone()], fallback))
    }

    pub fn texts(&self, raw: &[u8], fallback: Option<&str>) -> Vec<(String, String)> {
        self.fields.iter().map(|(name, value)| (name.clone(), text(&raw[value.clone()], fallback))).collect()
    }
}

fn text(value: &[u8], fallback: Option<&str>) -> String {
    charset::of_header(unfolded(value).trim_ascii(), fallback)
}

/// One line; where the next one begins without a space, one is put there.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len());
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'\n' if !matches!(value.get(at + 1), None | Some(b' ' | b'\t')) => line.push(b' '),
            b'\r' | b'\n' | 0 => {}
            _ => line.push(*byte),
        }
    }
    line
}

/// The end of the line that begins at `at`, behind its line feed.
pub(crate) fn line_end(raw: &[u8], at: usize, end: usize) -> usize {
    raw[at..end].iter().position(|byte| *byte == b'\n').map_or(end, |length| at + length + 1)
}

/// `Name` of `Name: value`; spaces before the colon are forgiven.
fn field_name(line: &[u8]) -> Option<&str> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(name).ok().filter(|_| is_name)
}

fn is_mbox_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}
