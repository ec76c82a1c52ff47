//! Deliveries that no provider sends: cut, changed, and made up. Nothing may break on them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Findings, chance::Chance, deliver, exchange};
use crate::Gateway;

/// Places where each sample is cut.
const CUTS: usize = 100;
/// Changed copies of each sample, by bytes and by values.
const CHANGES: u64 = 100;

pub(super) fn check<G: Gateway>(findings: &mut Findings, samples: &[impl AsRef<[u8]>]) {
    let values = exchange::values(samples);
    for (number, sample) in samples.iter().enumerate() {
        let sample = sample.as_ref();
        for length in (0..sample.len()).step_by((sample.len() / CUTS).max(1)) {
            deliver::<G>(findings, &format!("sample {number} cut to {length} bytes"), &sample[..length]);
        }
        for seed in 0..CHANGES {
            changed::<G>(findings, (number, sample), seed, &values);
        }
    }
    for (name, bytes) in made_up() {
        let facts = deliver::<G>(findings, name, &bytes);
        findings.expect(!facts.is_empty(), "G10", || format!("{name}: nothing is kept of it"));
    }
}

/// Goes on from a seed until the time is over or something is found. Returns how many deliveries were tried.
pub(super) fn search<G: Gateway>(
    findings: &mut Findings,
    samples: &[impl AsRef<[u8]>],
    seed: u64,
    time: Duration,
) -> usize {
    let (values, start) = (exchange::values(samples), Instant::now());
    let mut tried = 0;
    for seed in seed.. {
        for (number, sample) in samples.iter().enumerate() {
            if start.elapsed() >= time || !findings.found.is_empty() {
                return tried;
            }
            tried += changed::<G>(findings, (number, sample.as_ref()), seed, &values);
        }
    }
    tried
}

/// One change of each sort, told with its bytes when it breaks something; returns how many there were.
fn changed<G: Gateway>(
    findings: &mut Findings,
    (number, sample): (usize, &[u8]),
    seed: u64,
    values: &[Value],
) -> usize {
    let changes = [Some(change(sample, seed)), exchange::change(sample, seed, values)];
    for (bytes, how) in changes.iter().zip(["bytes", "values"]) {
        let (Some(bytes), known) = (bytes, findings.found.len()) else { continue };
        deliver::<G>(findings, &format!("sample {number} with other {how}, seed {seed}"), bytes);
        for finding in &mut findings.found[known..] {
            finding.text += &format!("\n  delivered: {}", bytes.escape_ascii());
        }
    }
    changes.iter().flatten().count()
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
    let mut chance = Chance::of(seed);
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
