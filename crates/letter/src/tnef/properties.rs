//! The MAPI properties within an attribute ([MS-OXTNEF], section 2.1.3.4).

use super::{Reader, string};

/// What of them concerns us.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub name: String,
    pub content_type: String,
    pub content_id: String,
    pub data: Vec<u8>,
    pub text: String,
    pub html: String,
}

/// Property ids ([MS-OXPROPS]).
const BODY: u16 = 0x1000;
const HTML: u16 = 0x1013;
const DATA: u16 = 0x3701;
const LONG_NAME: u16 = 0x3707;
const CONTENT_TYPE: u16 = 0x370e;
const CONTENT_ID: u16 = 0x3712;
/// Types: 8-bit and UTF-16 strings, bytes, an object.
const STRING: u16 = 0x001e;
const WIDE: u16 = 0x001f;
const BINARY: u16 = 0x0102;
const OBJECT: u16 = 0x000d;
const MULTIPLE: u16 = 0x1000;
/// Values of one property, properties of one attribute.
const MOST: u32 = 4096;

pub(super) fn read(data: &[u8], codepage: &str) -> Found {
    let mut reader = Reader(data);
    let mut found = Found::default();
    let count = reader.u32().unwrap_or(0).min(MOST);
    for _ in 0..count {
        if property(&mut reader, codepage, &mut found).is_none() {
            break;
        }
    }
    found
}

fn property(reader: &mut Reader<'_>, codepage: &str, found: &mut Found) -> Option<()> {
    let (kind, id) = (reader.u16()?, reader.u16()?);
    if id >= 0x8000 {
        skip_name(reader)?;
    }
    let bare = kind & !MULTIPLE;
    let Some(size) = fixed(bare) else { return values(reader, bare, id, codepage, found) };
    let count = if kind & MULTIPLE != 0 { usize::try_from(reader.u32()?.min(MOST)).ok()? } else { 1 };
    reader.take(size * count).map(|_| ())
}

/// A named property: a GUID, and a number or a name.
fn skip_name(reader: &mut Reader<'_>) -> Option<()> {
    reader.take(16)?;
    if reader.u32()? == 0 {
        return reader.take(4).map(|_| ());
    }
    let length = usize::try_from(reader.u32()?).ok()?;
    reader.take(padded(length)?).map(|_| ())
}

fn values(reader: &mut Reader<'_>, kind: u16, id: u16, codepage: &str, found: &mut Found) -> Option<()> {
    let count = reader.u32()?.min(MOST);
    for _ in 0..count {
        let length = usize::try_from(reader.u32()?).ok()?;
        let value = reader.take(length)?;
        reader.take(padded(length)? - length)?;
        take(found, kind, id, value, codepage);
    }
    Some(())
}

fn take(found: &mut Found, kind: u16, id: u16, value: &[u8], codepage: &str) {
    let text = match kind {
        STRING | BINARY => string(value, codepage),
        WIDE => wide(value),
        _ => String::new(),
    };
    match id {
        // An object begins with its interface, 16 bytes.
        DATA if kind == OBJECT => found.data = value.get(16..).unwrap_or_default().to_vec(),
        DATA => found.data = value.to_vec(),
        LONG_NAME => found.name = text,
        CONTENT_TYPE => found.content_type = text,
        CONTENT_ID => found.content_id = text,
        BODY => found.text = text,
        HTML => found.html = text,
        _ => {}
    }
}

fn wide(value: &[u8]) -> String {
    let units = value.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).take_while(|unit| *unit != 0);
    String::from_utf16_lossy(&units.collect::<Vec<_>>())
}

/// Bytes of a value of a fixed length, padding included; `None` for those that say their length.
fn fixed(kind: u16) -> Option<usize> {
    match kind {
        0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        STRING | WIDE | BINARY | OBJECT => None,
        _ => Some(0),
    }
}

fn padded(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(4)
}
