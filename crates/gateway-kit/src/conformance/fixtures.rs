use std::{collections::BTreeMap, fs, path::Path};

use contracts::channel::{Inbound, inbound::Body};

use super::ACCOUNT;
use crate::Gateway;

/// What no provider sends, and still must stop nothing.
const HOSTILE: &str = "hostile";

/// Samples of what a provider sends, a file per quirk in a gateway's `tests/fixtures`: `<table>-<row>.json` or
/// `<table>-<row>-<variant>.json`, and `hostile-<what>.json`.
#[derive(Debug)]
pub struct Fixtures(BTreeMap<String, Vec<u8>>);

impl Fixtures {
    /// Those of a crate: `Fixtures::of(env!("CARGO_MANIFEST_DIR"))`.
    ///
    /// # Panics
    /// When they cannot be read.
    #[must_use]
    pub fn of(crate_folder: &str) -> Self {
        let files = fs::read_dir(Path::new(crate_folder).join("tests/fixtures")).expect("tests/fixtures");
        let files = files.map(|entry| entry.expect("an entry").path());
        let named = |path: &Path| path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        Self(files.map(|path| (named(&path), fs::read(&path).expect("a fixture"))).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Those that a provider sends.
    pub fn real(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.iter().filter(|(name, _)| !is_of(name, HOSTILE))
    }

    /// The bytes of all, for [`super::check`].
    #[must_use]
    pub fn samples(&self) -> Vec<&[u8]> {
        self.iter().map(|(_, bytes)| bytes).collect()
    }

    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).unwrap_or_else(|| panic!("no fixture {name}"))
    }

    /// What a gateway makes of one.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn facts<G: Gateway>(&self, name: &str) -> Vec<Inbound> {
        G::parse(ACCOUNT, self.get(name))
    }

    /// The fixtures and the rows of the provider's tables stand for each other (rule G43).
    ///
    /// # Panics
    /// Names the rows that have no fixture, and the fixtures that name no row.
    pub fn stand_for(&self, tables: &[(&str, &[&str])]) {
        let rows = tables.iter().flat_map(|(table, rows)| rows.iter().map(move |row| format!("{table}-{row}")));
        let rows: Vec<_> = rows.collect();
        let bare: Vec<_> = rows.iter().filter(|row| !self.iter().any(|(name, _)| is_of(name, row))).collect();
        let stray: Vec<_> =
            self.real().map(|(name, _)| name).filter(|name| !rows.iter().any(|row| is_of(name, row))).collect();
        assert!(bare.is_empty() && stray.is_empty(), "rows without a fixture: {bare:?}; fixtures of no row: {stray:?}");
    }
}

fn is_of(name: &str, row: &str) -> bool {
    name.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Facts as a snapshot shows them, one field a line: what is empty is left out, bytes stand as their number.
#[must_use]
pub fn shown(facts: &[Inbound]) -> String {
    let empty = [
        "automatic: false,",
        ": \"\",",
        ": 0,",
        ": 0.0,",
        ": None,",
        ": [],",
        ": {},",
        ": Unspecified,",
        ": Pending,",
        "nanos: 0,",
    ];
    let mut shown = format!("{} fact(s)\n", facts.len());
    for fact in facts {
        let mut fact = fact.clone();
        if let Some(Body::Unparsed(unparsed)) = &mut fact.body {
            shown += &format!("raw: {} bytes\n", unparsed.raw.len());
            unparsed.raw.clear();
        }
        let text = format!("{fact:#?}");
        let mut lines: Vec<_> = text.lines().filter(|line| !empty.iter().any(|end| line.ends_with(end))).collect();
        // Maps come in any order.
        lines.chunk_by_mut(|a, b| is_of_map(a) && is_of_map(b)).for_each(<[_]>::sort_unstable);
        shown += &lines.join("\n");
        shown.push('\n');
    }
    shown
}

fn is_of_map(line: &str) -> bool {
    line.trim_start().starts_with('"') && line.contains("\": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixtures(names: &[&str]) -> Fixtures {
        Fixtures(names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect())
    }

    #[test]
    fn rows_and_fixtures_stand_for_each_other() {
        fixtures(&["event-new", "event-new-of_a_group", "hostile-cut"]).stand_for(&[("event", &["new"])]);
    }

    #[test]
    #[should_panic(expected = r#"rows without a fixture: ["event-old"]"#)]
    fn a_row_without_a_fixture_is_named() {
        fixtures(&["event-new", "event-old_school"]).stand_for(&[("event", &["new", "old"])]);
    }

    #[test]
    #[should_panic(expected = r#"fixtures of no row: ["event-newer"]"#)]
    fn a_fixture_of_no_row_is_named() {
        fixtures(&["event-new", "event-newer"]).stand_for(&[("event", &["new"])]);
    }
}
