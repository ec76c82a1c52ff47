//! Bytes of strangers: whatever comes, there is an answer within a bounded time. Here are bombs that are too large to store, the
//! corpus changed the same way everywhere, and a longer search.

use std::time::{Duration, Instant};

use letter::{Broken, Letter, Limits, automatic, html, parse, sanitize, threads, verdicts};

use crate::common::{Chance, corpus, letter, shown};

const HEAD: &str = "From: a@example.com\nSubject: x\n";
/// How long a letter of a few megabytes may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// All that the house does with a letter.
fn everything(raw: &[u8]) -> Result<Letter, Broken> {
    let read = parse(raw, &Limits::default())?;
    let _ = (threads::of(&read), automatic(&read, shown::INSTANCE), verdicts(&read.headers, shown::PROVIDER));
    let _ = read.html.as_deref().map(|source| sanitize(source, |_| None));
    assert!(read.text.is_char_boundary(read.folds.visible_until));
    assert!(read.folds.signature_at.is_none_or(|at| at <= read.folds.visible_until && read.text.is_char_boundary(at)));
    for file in &read.attachments {
        assert_eq!(file.content(raw).len() as u64, file.size_bytes);
        assert!(!file.name.is_empty() && !file.name.contains(['/', '\\', '\n']));
    }
    Ok(read)
}

fn in_time(what: &str, raw: &[u8]) -> Result<Letter, Broken> {
    let start = Instant::now();
    let read = everything(raw);
    assert!(start.elapsed() < PATIENCE, "{what} took {:?}", start.elapsed());
    read
}

fn nested(levels: usize) -> String {
    (0..levels).map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n")).collect()
}

#[test]
fn what_is_beyond_the_limits_is_refused_in_words() {
    let limits = Limits::default();
    let letters = format!("{HEAD}Content-Type: message/rfc822\n\n").repeat(1000);
    assert_eq!(in_time("letters in letters", &letter(&letters)), Err(Broken::TooDeep { limit: limits.depth }));
    assert_eq!(
        in_time("parts in parts", &letter(&(HEAD.to_owned() + &nested(100)))),
        Err(Broken::TooDeep { limit: limits.depth })
    );
    let parts = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
    assert_eq!(in_time("many parts", &letter(&parts)), Err(Broken::TooManyParts { limit: limits.parts }));
    let fields = "X-A: b\n".repeat(100_000) + HEAD;
    assert_eq!(in_time("many fields", &letter(&fields)), Err(Broken::HeaderTooLarge { limit: limits.header_bytes }));
    assert_eq!(in_time("nothing", b""), Err(Broken::NoHeader));
    let small = Limits { decoded_bytes: 10, ..limits };
    let file = letter(&format!("{HEAD}Content-Type: application/pdf\n\n%PDF-1.4 larger than ten\n"));
    assert_eq!(parse(&file, &small).unwrap_err(), Broken::TooLarge { limit: 10 });
}

#[test]
fn large_letters_are_read_in_time() {
    let text = |kind: &str, body: &str| letter(&format!("{HEAD}Content-Type: {kind}; charset=utf-8\n\n{body}"));
    for (what, kind, body) in [
        ("lines of quotations", "text/plain", "> a\n".repeat(100_000)),
        ("lines that may be attributions", "text/plain", "23.11.2026 10:15, x:\n".repeat(20_000)),
        ("one line", "text/plain", "я".repeat(500_000)),
        ("spaces", "text/plain; format=flowed", "a \n".repeat(100_000)),
        ("deep HTML", "text/html", "<div><b><table><tr><td>".repeat(20_000)),
        ("formats never closed", "text/html", "<p><b><i><font><a href=x>".repeat(10_000)),
        ("attributes", "text/html", format!("<p {}>", "a=b ".repeat(100_000))),
        (
            "attributes of other names",
            "text/html",
            format!("<p {}>", (0..100_000).map(|n| format!("a{n} ")).collect::<String>()),
        ),
        ("entities", "text/html", "&amp;".repeat(200_000)),
        ("open brackets", "text/html", "<".repeat(300_000)),
        ("style", "text/html", format!("<p style='{}'>a", "color:red;".repeat(20_000))),
    ] {
        assert!(in_time(what, &text(kind, &body)).is_ok(), "{what}");
    }
    let words = letter(&format!("Subject: {}\n\n", "=?utf-8?B?0J8=?= ".repeat(10_000)));
    assert_eq!(in_time("encoded words", &words).unwrap().subject.chars().count(), 10_000);
    let unclosed = letter(&format!("Subject: {}\n\n", "=?utf-8?Q?".repeat(20_000)));
    assert!(in_time("encoded words without an end", &unclosed).is_ok());
    let people = letter(&format!("To: {}\n\n", "<a@example.com>, ".repeat(10_000)));
    assert_eq!(in_time("people", &people).unwrap().to.len(), 10_000);
}

#[test]
fn text_of_html_is_bounded_by_the_html() {
    let quotes = "<blockquote>".repeat(100_000) + "a";
    assert!(html::text(&quotes).text.len() < 100);
}

/// Changes a few bytes, the same ones for the same seed: cut, replaced, doubled, removed, or exchanged for what parsers dislike.
fn changed(sample: &[u8], seed: u64) -> Vec<u8> {
    const DISLIKED: [&[u8]; 12] =
        [b"\"", b"\r\n", b"\r\n\r\n", b"=?", b"?=", b"\0", b"\xff\xfe", b"--b1--", b"<", b"\xd0", b";*0*=", b": "];
    let mut chance = Chance::of(seed);
    let mut bytes = sample.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(40)).min(bytes.len());
        match chance.below(5) {
            0 if at < bytes.len() => bytes[at] = chance.below(256).to_le_bytes()[0],
            1 => drop(bytes.drain(at..end)),
            2 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            3 if chance.below(4) == 0 => bytes.truncate(at),
            _ => drop(bytes.splice(at..end, DISLIKED[chance.below(DISLIKED.len())].iter().copied())),
        }
    }
    bytes
}

/// Tries one change, and tells the bytes where it is not borne.
fn survives(name: &str, sample: &[u8], seed: u64) {
    let bytes = changed(sample, seed);
    let read = std::panic::catch_unwind(|| everything(&bytes));
    let is_borne = read.is_ok_and(|read| read != Err(Broken::Defect));
    assert!(is_borne, "{name} with seed {seed} breaks the parser: {}", bytes.escape_ascii());
}

#[test]
fn changed_letters_break_nothing() {
    for (name, sample) in corpus() {
        (0..12).for_each(|seed| survives(&name, &sample, seed));
    }
}

mod long {
    use std::{
        env,
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    };

    use super::{corpus, survives};

    /// For `OKNO_SEARCH_SECONDS` (60), from the place that `OKNO_SEARCH_SEED` names, else that of the clock.
    #[test]
    fn no_letter_breaks_the_parser() {
        let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs() << 20);
        let first = number("OKNO_SEARCH_SEED").unwrap_or_else(clock);
        let (time, start) = (Duration::from_secs(number("OKNO_SEARCH_SECONDS").unwrap_or(60)), Instant::now());
        let (letters, mut seed) = (corpus(), first);
        while start.elapsed() < time {
            letters.iter().for_each(|(name, sample)| survives(name, sample, seed));
            seed += 1;
        }
        println!("{} letters from seed {first} on, nothing found", (seed - first) * letters.len() as u64);
    }
}
