//! Deliveries that no provider sends: cut, changed, and made up. Nothing may break on them.

use super::{Findings, deliver};
use crate::Gateway;

/// Places where each sample is cut.
const CUTS: usize = 200;
/// Changed copies of each sample.
const CHANGES: u64 = 300;

pub(super) fn check<G: Gateway>(findings: &mut Findings, samples: &[impl AsRef<[u8]>]) {
    for (number, sample) in samples.iter().enumerate() {
        let sample = sample.as_ref();
        for length in (0..sample.len()).step_by((sample.len() / CUTS).max(1)) {
            deliver::<G>(findings, &format!("sample {number} cut to {length} bytes"), &sample[..length]);
        }
        for seed in 0..CHANGES {
            let changed = change(sample, seed);
            deliver::<G>(findings, &format!("sample {number} changed by seed {seed}"), &changed);
        }
    }
    for (name, bytes) in made_up() {
        let facts = deliver::<G>(findings, name, &bytes);
        findings.expect(!facts.is_empty(), "G10", || format!("{name}: nothing is kept of it"));
    }
}

fn made_up() -> [(&'static str, Vec<u8>); 5] {
    let nested = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let objects = format!("{}1{}", r#"{"a":"#.repeat(50_000), "}".repeat(50_000));
    [
        ("bytes that are no text", vec![0xff; 64]),
        ("half a JSON object", br#"{"half":"#.to_vec()),
        ("arrays nested 100,000 deep", nested),
        ("objects nested 50,000 deep", objects.into_bytes()),
        ("a megabyte of zeros", vec![0; 1 << 20]),
    ]
}

/// Changes a few bytes, the same ones for the same seed: replaced, doubled, removed, or exchanged for what parsers dislike.
fn change(sample: &[u8], seed: u64) -> Vec<u8> {
    const DISLIKED: [&[u8]; 8] =
        [b"\"", b"-1", b"99999999999999999999", b"null", b"\\ud800", b"\xe2\x80\xae", b"\0", b"[]"];
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = sample.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(9)).min(bytes.len());
        match chance.below(4) {
            0 if at < bytes.len() => bytes[at] = chance.below(256).to_le_bytes()[0],
            1 => drop(bytes.drain(at..end)),
            2 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            _ => drop(bytes.splice(at..end, DISLIKED[chance.below(DISLIKED.len())].iter().copied())),
        }
    }
    bytes
}

/// Xorshift: the same numbers everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }
}
