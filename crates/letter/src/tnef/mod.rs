//! `winmail.dat`, which Outlook makes of a letter ([MS-OXTNEF]): the files in it, as far as they can be read. A reader of our own,
//! with bounds.

mod properties;

use crate::{charset, clean};

/// A file out of a `winmail.dat`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct File {
    pub name: String,
    pub content_type: String,
    pub content_id: Option<String>,
    pub bytes: Vec<u8>,
}

/// What a `winmail.dat` holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub files: Vec<File>,
    /// The body, where the letter has none beside it.
    pub text: String,
    pub html: String,
}

const SIGNATURE: u32 = 0x223e_9f78;
/// Attributes (section 2.1.3.2): lower half of the id.
const BODY: u16 = 0x800c;
const ATTACH_DATA: u16 = 0x800f;
const ATTACH_TITLE: u16 = 0x8010;
const ATTACH_REND: u16 = 0x9002;
const MESSAGE_PROPS: u16 = 0x9003;
const ATTACHMENT: u16 = 0x9005;
const CODEPAGE: u16 = 0x9007;
/// Files, attributes: more is no letter.
const FILES: usize = 100;
const ATTRIBUTES: usize = 10_000;

/// Takes a `winmail.dat` apart; `None` for what is none. What is cut off gives what came before.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Unpacked> {
    let mut reader = Reader(bytes);
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.take(2)?;
    let (mut unpacked, mut codepage) = (Unpacked::default(), "windows-1252".to_owned());
    for _ in 0..ATTRIBUTES {
        let Some((id, data)) = attribute(&mut reader) else { break };
        if id == ATTACH_REND && unpacked.files.len() < FILES {
            unpacked.files.push(File::default());
        }
        take(&mut unpacked, &mut codepage, id, data);
    }
    unpacked.files.retain(|file| !file.bytes.is_empty());
    Some(unpacked)
}

/// Level, id, type, length, data, checksum.
fn attribute<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    reader.take(1)?;
    let id = reader.u16()?;
    reader.take(2)?;
    let length = usize::try_from(reader.u32()?).ok()?;
    let data = reader.take(length)?;
    reader.take(2)?;
    Some((id, data))
}

fn take(unpacked: &mut Unpacked, codepage: &mut String, id: u16, data: &[u8]) {
    match (id, unpacked.files.last_mut()) {
        (CODEPAGE, _) => *codepage = Reader(data).u32().map(label).unwrap_or_default(),
        (BODY, _) => unpacked.text = string(data, codepage),
        (MESSAGE_PROPS, _) => {
            let found = properties::read(data, codepage);
            unpacked.html = found.html;
            if unpacked.text.is_empty() {
                unpacked.text = found.text;
            }
        }
        (ATTACH_TITLE, Some(file)) if file.name.is_empty() => file.name = clean::file_name(&string(data, codepage)),
        (ATTACH_DATA, Some(file)) => file.bytes = data.to_vec(),
        (ATTACHMENT, Some(file)) => named(file, properties::read(data, codepage)),
        _ => {}
    }
}

/// The long name is better than the short one of before 1995.
fn named(file: &mut File, found: properties::Found) {
    if !found.name.is_empty() {
        file.name = clean::file_name(&found.name);
    }
    file.content_type = found.content_type.to_lowercase();
    file.content_id = Some(found.content_id).filter(|id| !id.is_empty());
    if file.bytes.is_empty() {
        file.bytes = found.data;
    }
}

/// The charset of a Windows code page.
fn label(codepage: u32) -> String {
    match codepage {
        65001 => "utf-8".to_owned(),
        866 => "ibm866".to_owned(),
        20866 => "koi8-r".to_owned(),
        28595 => "iso-8859-5".to_owned(),
        number => format!("windows-{number}"),
    }
}

fn string(bytes: &[u8], codepage: &str) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    charset::decode(&bytes[..end], Some(codepage))
}

/// Little-endian numbers; never beyond the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests;
