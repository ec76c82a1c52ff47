//! Every letter of the corpus, and what is read of it. A quirk is a file `<table>-<row>[-<variant>].eml`.

use letter::{Limits, parse};

use crate::common::{corpus, shown};

/// Kinds of letters: every file is of a row, every row has a file.
const TABLES: [(&str, &[&str]); 17] = [
    (
        "charset",
        &[
            "utf-8",
            "windows-1251",
            "koi8-r",
            "iso-8859-5",
            "ibm866",
            "x-mac-cyrillic",
            "utf-16",
            "latin",
            "japanese",
            "raw_headers",
            "lying",
            "cut_word",
            "quoted_word",
            "aliases",
        ],
    ),
    ("name", &["rfc2231", "encoded_word", "raw", "path", "bidi", "none", "only_in_type"]),
    (
        "mime",
        &[
            "alternative",
            "stub",
            "html_only",
            "related",
            "flowed",
            "nested",
            "digest",
            "no_end",
            "no_boundary",
            "boundary_never",
            "no_type",
            "attachment_only",
            "lying_type",
            "empty",
            "folded_wrong",
            "mbox",
            "no_message_id",
            "groups",
            "bare_cr",
            "two_texts",
            "signed",
            "encrypted",
        ],
    ),
    ("gmail", &["reply", "inline", "forward"]),
    ("outlook", &["reply", "forward", "winmail"]),
    ("apple", &["reply", "forward"]),
    ("thunderbird", &["reply", "inline", "forward"]),
    ("yandex", &["reply", "forward"]),
    ("mailru", &["reply", "forward"]),
    ("bat", &["reply"]),
    ("roundcube", &["reply"]),
    ("okno", &["marker"]),
    ("1c", &["reply", "document"]),
    (
        "auto",
        &[
            "submitted",
            "precedence",
            "exchange",
            "subject",
            "return_path",
            "x_autoreply",
            "list",
            "noreply",
            "loop",
            "received",
            "verdicts",
        ],
    ),
    (
        "bounce",
        &[
            "unknown_user",
            "full",
            "expired",
            "delayed",
            "delivered",
            "relayed",
            "several",
            "exchange",
            "policy",
            "no_original",
            "read_receipt",
            "qmail",
            "exim",
            "russian",
            "late",
            "none",
        ],
    ),
    ("invite", &["request", "cancel", "reply", "day", "foreign_zone"]),
    (
        "xss",
        &[
            "script",
            "handlers",
            "links",
            "style",
            "style_escapes",
            "frames",
            "forms",
            "images",
            "svg",
            "mutation",
            "clobber",
            "comments",
            "unicode",
            "cid",
            "unclosed",
            "subject",
            "header_injection",
        ],
    ),
];

#[test]
fn every_letter_is_read_as_recorded() {
    for (name, raw) in corpus() {
        insta::with_settings!({ snapshot_suffix => &name, omit_expression => true }, {
            insta::assert_snapshot!("letter", shown::letter(&raw));
        });
    }
}

#[test]
fn rows_and_letters_stand_for_each_other() {
    let rows: Vec<_> =
        TABLES.iter().flat_map(|(table, rows)| rows.iter().map(move |row| format!("{table}-{row}"))).collect();
    let is_of =
        |name: &str, row: &str| name.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let letters = corpus();
    let bare: Vec<_> = rows.iter().filter(|row| !letters.keys().any(|name| is_of(name, row))).collect();
    let real = letters.keys().filter(|name| !name.starts_with("hostile-"));
    let stray: Vec<_> = real.filter(|name| !rows.iter().any(|row| is_of(name, row))).collect();
    assert!(bare.is_empty() && stray.is_empty(), "rows without a letter: {bare:?}; letters of no row: {stray:?}");
    assert!(letters.len() >= 120, "{} letters", letters.len());
}

/// Servers and programs change the ends of lines.
#[test]
fn a_letter_with_other_line_ends_is_the_same_letter() {
    for (name, raw) in corpus() {
        let other: Vec<u8> = raw.iter().copied().filter(|byte| *byte != b'\r').collect();
        if name == "mime-bare_cr" || name == "charset-utf-16-base64" {
            continue;
        }
        let text = |raw: &[u8]| {
            parse(raw, &Limits::default()).map(|letter| (letter.subject, letter.text, letter.attachments.len()))
        };
        assert_eq!(text(&raw), text(&other), "{name}");
    }
}

#[test]
fn nothing_that_is_shown_runs_or_fetches() {
    for (name, raw) in corpus() {
        let Ok(letter) = parse(&raw, &Limits::default()) else { continue };
        let Some(html) = &letter.html else { continue };
        let clean = letter::sanitize(html, |id| Some(format!("/files/{id}"))).html.to_lowercase();
        for (bad, why) in [
            ("<script", "runs"),
            ("<style", "moves"),
            ("<iframe", "fetches"),
            ("<form", "asks"),
            ("<input", "asks"),
            ("<svg", "runs"),
            ("<meta", "leads away"),
            ("<base", "leads away"),
            ("<link", "fetches"),
            (" src=\"http", "fetches"),
            (" src=\"//", "fetches"),
            ("srcset", "fetches"),
            ("background=", "fetches"),
            ("poster", "fetches"),
            ("position", "moves"),
            ("url(", "fetches"),
        ] {
            assert!(!clean.contains(bad), "{name}: {bad} {why}: {clean}");
        }
        let tags = clean.split('<').skip(1).filter_map(|rest| rest.split('>').next());
        for tag in tags {
            let outside: String = tag.split('"').step_by(2).collect();
            assert!(!outside.contains(" on"), "{name}: a handler in {tag}");
            assert!(!tag.contains("href=\"javascript") && !tag.contains("href=\"data"), "{name}: {tag}");
        }
    }
}
