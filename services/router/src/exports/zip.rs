//! A ZIP that is written from front to back, in memory a stretch at a time (PKWARE APPNOTE 6.3.10, read 2026-11-27). What may be
//! longer than 4 GiB is told in the ZIP64 way; a single file never is.

/// Names are UTF-8 (4.4.4, bit 11).
const UTF8: u16 = 1 << 11;
/// Sizes stand behind the bytes (4.4.4, bit 3).
const SIZES_BEHIND: u16 = 1 << 3;
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, where whoever unpacks it may read and write it.
const MADE_BY: u16 = (3 << 8) | ZIP64;
const MODE: u32 = 0o100_600 << 16;
/// What does not fit into its field.
const BEHIND: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Stored = 0,
    Deflated = 8,
}

/// A file in the ZIP, once it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub method: i16,
    pub crc32: u32,
    pub packed_bytes: u32,
    pub size_bytes: u32,
    pub starts_at: u64,
}

/// What stands before the bytes of a file; `None`: its sizes stand behind them.
#[must_use]
pub fn header(name: &str, method: Method, sizes: Option<(u32, u32, u32)>) -> Vec<u8> {
    let (crc32, packed, size) = sizes.unwrap_or_default();
    let flags = if sizes.is_some() { UTF8 } else { UTF8 | SIZES_BEHIND };
    let mut bytes = b"PK\x03\x04".to_vec();
    short(&mut bytes, &[PLAIN, flags, method as u16, 0, FIRST_DAY]);
    long(&mut bytes, &[crc32, packed, size]);
    short(&mut bytes, &[length(name), 0]);
    bytes.extend_from_slice(name.as_bytes());
    bytes
}

/// 1 January 1980: when it was is in the texts.
const FIRST_DAY: u16 = (1 << 5) | 1;

/// What stands behind the bytes of a file whose sizes were not known before.
#[must_use]
pub fn behind(crc32: u32, size: u32) -> Vec<u8> {
    let mut bytes = b"PK\x07\x08".to_vec();
    long(&mut bytes, &[crc32, size, size]);
    bytes
}

/// An entry in the directory at the end.
#[must_use]
pub fn listed(entry: &Entry) -> Vec<u8> {
    let far = u32::try_from(entry.starts_at).ok().filter(|at| *at != BEHIND);
    let flags = if entry.method == Method::Stored as i16 { UTF8 | SIZES_BEHIND } else { UTF8 };
    let needs = if far.is_some() { PLAIN } else { ZIP64 };
    let mut bytes = b"PK\x01\x02".to_vec();
    short(&mut bytes, &[MADE_BY, needs, flags, entry.method.cast_unsigned(), 0, FIRST_DAY]);
    long(&mut bytes, &[entry.crc32, entry.packed_bytes, entry.size_bytes]);
    short(&mut bytes, &[length(&entry.name), if far.is_some() { 0 } else { 12 }, 0, 0, 0]);
    long(&mut bytes, &[MODE, far.unwrap_or(BEHIND)]);
    bytes.extend_from_slice(entry.name.as_bytes());
    if far.is_none() {
        short(&mut bytes, &[1, 8]);
        bytes.extend_from_slice(&entry.starts_at.to_le_bytes());
    }
    bytes
}

/// The end of a ZIP whose directory of so many entries lies there.
#[must_use]
pub fn end(entries: u64, starts_at: u64, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fits = entries < u64::from(u16::MAX) && starts_at < u64::from(BEHIND) && size < u64::from(BEHIND);
    if !fits {
        bytes.extend_from_slice(b"PK\x06\x06");
        bytes.extend_from_slice(&44_u64.to_le_bytes());
        short(&mut bytes, &[MADE_BY, ZIP64]);
        long(&mut bytes, &[0, 0]);
        for figure in [entries, entries, size, starts_at] {
            bytes.extend_from_slice(&figure.to_le_bytes());
        }
        bytes.extend_from_slice(b"PK\x06\x07");
        long(&mut bytes, &[0]);
        bytes.extend_from_slice(&(starts_at + size).to_le_bytes());
        long(&mut bytes, &[1]);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    bytes.extend_from_slice(b"PK\x05\x06");
    short(&mut bytes, &[0, 0, count, count]);
    long(&mut bytes, &[u32::try_from(size).unwrap_or(BEHIND), u32::try_from(starts_at).unwrap_or(BEHIND)]);
    short(&mut bytes, &[0]);
    bytes
}

/// A name that any system can unpack: one folder below another, none of what Windows refuses.
#[must_use]
pub fn safe(name: &str) -> String {
    name.chars()
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '/') { '_' } else { c })
        .collect()
}

fn length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

fn short(bytes: &mut Vec<u8>, figures: &[u16]) {
    bytes.extend(figures.iter().flat_map(|figure| figure.to_le_bytes()));
}

fn long(bytes: &mut Vec<u8>, figures: &[u32]) {
    bytes.extend(figures.iter().flat_map(|figure| figure.to_le_bytes()));
}
