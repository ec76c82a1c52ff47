//! Letters as files that people can read. `{{raw windows-1251|Счёт}}` stands for bytes in that charset; `b64` and `qp` for the
//! same packed as a body, `b64w` and `qpw` as encoded words, `pct` percent-encoded; `{{hex|00ff}}` for bytes; `{{tnef}}` for a
//! `winmail.dat`. Lines end with CR LF.

mod pack;
pub mod shown;

use std::{collections::BTreeMap, fs, path::Path};

/// All letters of the corpus, by name.
pub fn corpus() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = fs::read_dir(folder).expect("tests/corpus").map(|entry| entry.expect("an entry").path());
    let named = |path: &Path| path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
    files.map(|path| (named(&path), letter(&fs::read_to_string(&path).expect("a letter")))).collect()
}

/// The bytes of a letter.
pub fn letter(source: &str) -> Vec<u8> {
    let source = source.replace('\n', "\r\n");
    let (mut bytes, mut rest) = (Vec::new(), source.as_str());
    while let Some((before, after)) = rest.split_once("{{") {
        bytes.extend(before.as_bytes());
        let (order, behind) = after.split_once("}}").expect("an end of {{");
        bytes.extend(pack::bytes(order));
        rest = behind;
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// Xorshift: the same numbers everywhere.
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).expect("below a bound")
    }
}
