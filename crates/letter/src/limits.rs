//! How much of a stranger's letter we are willing to take apart.

use thiserror::Error;

/// Bounds for one letter. What is beyond them is [`Broken`], and kept as its raw bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parts within parts, nested letters among them. 20 unless set.
    pub depth: usize,
    /// Parts of a letter and of the letters in it. 500 unless set.
    pub parts: usize,
    /// Decoded bytes of all parts together. 100 MiB unless set.
    pub decoded_bytes: usize,
    /// Bytes of one block of headers. 256 KiB unless set.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 20, parts: 500, decoded_bytes: 100 << 20, header_bytes: 256 << 10 }
    }
}

/// Why a letter could not be taken apart, in words for the people who look after the quarantine. Never a word of the letter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    #[error("the bytes hold no header field: this is no letter")]
    NoHeader,
    #[error("a block of headers is larger than {limit} bytes")]
    HeaderTooLarge { limit: usize },
    #[error("parts lie more than {limit} deep in each other")]
    TooDeep { limit: usize },
    #[error("the letter has more than {limit} parts")]
    TooManyParts { limit: usize },
    #[error("unpacked, the letter is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// A defect of ours or of a library: the bytes belong into the corpus.
    #[error("the parser gave up on the letter: please report it as a defect")]
    Defect,
}
