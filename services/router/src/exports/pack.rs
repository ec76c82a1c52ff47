//! The piece that is being filled.

use std::{collections::BTreeMap, io::Write as _};

use flate2::{Compression, write::DeflateEncoder};
use serde::{Deserialize, Serialize};

use super::zip::{self, Entry, Method};

/// A piece ends when it is this large, so no more than it and a stretch of a file are in memory.
pub const PIECE: usize = 4 << 20;

/// A file whose bytes are being copied, perhaps over several pieces.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Open {
    name: String,
    starts_at: u64,
    pub read: u64,
    crc32: u32,
}

#[derive(Debug, Default)]
pub struct Pack {
    /// Of the ZIP before this piece.
    begun_at: u64,
    pub bytes: Vec<u8>,
    pub entries: Vec<Entry>,
    pub counts: BTreeMap<String, i64>,
}

impl Pack {
    #[must_use]
    pub fn at(begun_at: u64) -> Self {
        Self { begun_at, ..Self::default() }
    }

    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= PIECE
    }

    /// Where the next byte goes.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.begun_at + self.bytes.len() as u64
    }

    pub fn count(&mut self, kind: &str, records: i64) {
        if !kind.is_empty() && records > 0 {
            *self.counts.entry(kind.to_owned()).or_default() += records;
        }
    }

    /// A text, or anything else that is in memory.
    ///
    /// # Errors
    /// Never in fact: it is written into memory.
    pub fn add(&mut self, name: &str, body: &[u8]) -> std::io::Result<()> {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(body)?;
        let packed = deflated.finish()?;
        let entry = Entry {
            name: name.to_owned(),
            method: Method::Deflated as i16,
            crc32: crc32fast::hash(body),
            packed_bytes: fits(packed.len())?,
            size_bytes: fits(body.len())?,
            starts_at: self.place(),
        };
        let sizes = (entry.crc32, entry.packed_bytes, entry.size_bytes);
        self.bytes.extend(zip::header(name, Method::Deflated, Some(sizes)));
        self.bytes.extend(packed);
        self.entries.push(entry);
        Ok(())
    }

    pub fn open(&mut self, name: &str) -> Open {
        let open = Open { name: name.to_owned(), starts_at: self.place(), read: 0, crc32: 0 };
        self.bytes.extend(zip::header(name, Method::Stored, None));
        open
    }

    pub fn copy(&mut self, open: &mut Open, stretch: &[u8]) {
        let mut crc = crc32fast::Hasher::new_with_initial(open.crc32);
        crc.update(stretch);
        open.crc32 = crc.finalize();
        open.read += stretch.len() as u64;
        self.bytes.extend_from_slice(stretch);
    }

    /// # Errors
    /// When the file was too long; whoever copies looks before.
    pub fn close(&mut self, open: Open) -> std::io::Result<()> {
        let size = u32::try_from(open.read).map_err(std::io::Error::other)?;
        self.bytes.extend(zip::behind(open.crc32, size));
        let Open { name, starts_at, crc32, .. } = open;
        let method = Method::Stored as i16;
        self.entries.push(Entry { name, method, crc32, packed_bytes: size, size_bytes: size, starts_at });
        Ok(())
    }
}

fn fits(length: usize) -> std::io::Result<u32> {
    u32::try_from(length).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use ::zip::ZipArchive;

    use super::*;

    #[test]
    fn what_is_packed_in_pieces_is_a_zip_that_others_read() {
        let mut whole = Vec::new();
        let mut entries = Vec::new();
        let mut pack = Pack::at(0);
        pack.add("карточка/клиент.json", "{\"имя\": \"Анна\"}".repeat(100).as_bytes()).unwrap();
        let mut open = pack.open("files/1 счёт.pdf");
        pack.copy(&mut open, b"the first half, ");
        whole.extend(&pack.bytes);
        entries.append(&mut pack.entries);
        // The rest of the file stands in the next piece, which another process may write.
        let mut open: Open = serde_json::from_value(serde_json::to_value(&open).unwrap()).unwrap();
        let mut pack = Pack::at(whole.len() as u64);
        pack.copy(&mut open, b"and the second");
        pack.close(open).unwrap();
        pack.add("empty.json", b"").unwrap();
        whole.extend(&pack.bytes);
        entries.append(&mut pack.entries);
        let starts_at = whole.len() as u64;
        let listed: Vec<u8> = entries.iter().flat_map(zip::listed).collect();
        whole.extend(&listed);
        whole.extend(zip::end(entries.len() as u64, starts_at, listed.len() as u64));

        let mut zip = ZipArchive::new(Cursor::new(whole)).unwrap();
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap(); // the check sum is compared at the end
            bytes
        };
        assert_eq!(read("files/1 счёт.pdf"), b"the first half, and the second");
        assert_eq!(read("карточка/клиент.json"), "{\"имя\": \"Анна\"}".repeat(100).as_bytes());
        assert_eq!(read("empty.json"), b"");
        assert_eq!(zip.len(), 3);
    }

    #[test]
    fn what_lies_beyond_four_gib_is_told_in_the_zip64_way() {
        let far = Entry {
            name: "a".to_owned(),
            method: 0,
            crc32: 1,
            packed_bytes: 2,
            size_bytes: 2,
            starts_at: u64::from(u32::MAX) + 5,
        };
        let listed = zip::listed(&far);
        assert_eq!(listed[42..46], [0xFF; 4]);
        assert_eq!(listed[51..], (u64::from(u32::MAX) + 5).to_le_bytes());
        let end = zip::end(70_000, u64::from(u32::MAX) + 9, 100);
        assert_eq!(end[..4], *b"PK\x06\x06");
        assert_eq!(end[32..40], 70_000_u64.to_le_bytes());
        assert_eq!(end[end.len() - 12..end.len() - 10], [0xFF; 2]);
    }

    #[test]
    fn a_name_is_one_that_every_system_unpacks() {
        assert_eq!(zip::safe("a/b\\c:d?.pdf"), "a_b_c_d_.pdf");
    }
}
