//! How a pack is written. A file of its own costs a journal entry, a block and a flush; thousands of letters cost thousands.

use std::{fmt::Write as _, ops::Range};

use bytes::Bytes;
use object_store::path::Path;
use ring::digest::{SHA256, digest};

/// Before each member: it is there; 0 stands there when it was deleted.
pub(crate) const ALIVE: u8 = 1;
const SUFFIX: &str = ".pack";

/// Small objects that are put together.
#[derive(Default)]
pub struct Pack(Vec<u8>);

impl Pack {
    /// Adds a member; its name within the pack, for which `extension` says what it is.
    pub fn add(&mut self, bytes: &[u8], extension: &str) -> String {
        self.0.push(ALIVE);
        let offset = self.0.len();
        self.0.extend_from_slice(bytes);
        format!("{offset}-{}.{extension}", bytes.len())
    }

    /// The pack's key in this folder, made of its bytes, and the bytes. A member is reached as `<key>/<name>`.
    #[must_use]
    pub fn seal(self, folder: &str) -> (String, Bytes) {
        let mut key = format!("{folder}/");
        for byte in digest(&SHA256, &self.0).as_ref() {
            let _ = write!(key, "{byte:02x}");
        }
        key.push_str(SUFFIX);
        (key, self.0.into())
    }
}

/// Where a member lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub pack: Path,
    pub bytes: Range<u64>,
}

impl Member {
    /// `None`: it is no member of a pack.
    pub fn of(location: &Path) -> Option<Self> {
        let (pack, name) = location.as_ref().rsplit_once('/')?;
        let (offset, rest) = name.split_once('-')?;
        let (length, _) = rest.split_once('.')?;
        let (offset, length): (u64, u64) = (offset.parse().ok()?, length.parse().ok()?);
        // Before the first byte stands its mark.
        let is_member = pack.ends_with(SUFFIX) && offset > 0;
        is_member.then_some(Self { pack: pack.into(), bytes: offset..offset.checked_add(length)? })
    }

    /// With the mark before it.
    pub fn marked(&self) -> Range<u64> {
        self.bytes.start - 1..self.bytes.end
    }

    pub fn size(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}
