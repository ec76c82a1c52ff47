//! `cargo xtask sqlx`: writes `.sqlx/`, what the `query!` macros learn from a database, so that builds need none.
//!
//! The macros write a file per query into `SQLX_OFFLINE_DIR` when they expand against a live database. So: a private
//! PostgreSQL with our schema, an expansion of every crate that has queries, and a comparison with what is committed.

mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, bail};

use crate::{block_on, files, install, root, say, sh};

/// Writes `.sqlx/`, or with `check` fails when it is not what would be written.
pub fn prepare(check: bool) -> Result<()> {
    install::servers()?;
    let sources = sources_with_queries()?;
    let fresh = root::target().join("sqlx-queries");
    empty(&fresh)?;
    if !sources.is_empty() {
        say::step("sqlx", "the queries are expanded against our schema in a private PostgreSQL");
        block_on(expand(&sources, &fresh))?;
    }
    settle(&fresh, &root::path(".sqlx"), check)
}

async fn expand(sources: &[PathBuf], fresh: &Path) -> Result<()> {
    let database = schema::database().await?;
    let mut cargo = sh::cargo();
    cargo.args(["check", "--all-targets"]);
    for package in packages_of(sources)? {
        cargo.args(["-p", &package]);
    }
    cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", fresh).env("DATABASE_URL", database.url());
    // Cargo does not know that the macros look at a database: newer sources make it expand them again.
    let touched = Touched::now(sources)?;
    let done = sh::run(&mut cargo);
    touched.back()?;
    database.stop().await;
    done
}

/// Puts the fresh files in the place of the committed ones, or says how they differ.
fn settle(fresh: &Path, kept: &Path, check: bool) -> Result<()> {
    let (new, old) = (read(fresh)?, read(kept)?);
    let missing = new.iter().filter(|(name, text)| old.get(*name) != Some(*text)).count();
    let stale = old.keys().filter(|name| !new.contains_key(*name)).count();
    if missing + stale == 0 {
        say::note(&format!("{} queries, .sqlx/ is right", new.len()));
        return Ok(());
    }
    if check {
        bail!(".sqlx/ is out of date ({missing} new or changed, {stale} stale): run `cargo xtask sqlx` and commit it");
    }
    empty(kept)?;
    for (name, text) in &new {
        fs::write(kept.join(name), text)?;
    }
    say::note(&format!("{} queries written to .sqlx/ ({missing} new or changed, {stale} stale removed)", new.len()));
    Ok(())
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry?;
        texts.insert(entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?);
    }
    Ok(texts)
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

fn sources_with_queries() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in files::below(root::workspace(), &["rs"])? {
        if !file.starts_with(root::path("xtask")) && has_query(&fs::read_to_string(&file)?) {
            found.push(file);
        }
    }
    Ok(found)
}

/// Whether a source uses one of sqlx's checked macros: `query!`, `query_as!`, `query_scalar!`, `query_file!`, ...
fn has_query(text: &str) -> bool {
    text.match_indices("query").any(|(at, word)| {
        let rest =
            text[at + word.len()..].trim_start_matches(|letter: char| letter == '_' || letter.is_ascii_lowercase());
        rest.starts_with("!(") || rest.starts_with("! (") || rest.starts_with("!{")
    })
}

fn packages_of(sources: &[PathBuf]) -> Result<BTreeSet<String>> {
    sources.iter().map(|source| package_of(source)).collect()
}

/// The name in the nearest Cargo.toml above a source.
fn package_of(source: &Path) -> Result<String> {
    let manifest = source.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|file| file.exists());
    let text = fs::read_to_string(manifest.with_context(|| format!("{} belongs to no crate", source.display()))?)?;
    let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    Ok(name.with_context(|| format!("no name in the manifest of {}", source.display()))?.to_owned())
}

/// Sources made newer for a moment; their times come back so that later builds do not repeat themselves, but for what
/// was edited meanwhile.
struct Touched {
    at: SystemTime,
    before: Vec<(PathBuf, SystemTime)>,
}

impl Touched {
    fn now(sources: &[PathBuf]) -> Result<Self> {
        let (at, mut before) = (SystemTime::now(), Vec::new());
        for source in sources {
            before.push((source.clone(), source.metadata()?.modified()?));
            File::options().append(true).open(source)?.set_modified(at)?;
        }
        Ok(Self { at, before })
    }

    fn back(self) -> Result<()> {
        for (source, time) in self.before {
            let file = File::options().append(true).open(source)?;
            if file.metadata()?.modified()? == self.at {
                file.set_modified(time)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_macros_are_told_from_functions() {
        assert!(has_query("sqlx::query!(\"select 1\")") && has_query("query_as!(Row, \"select 1\")"));
        assert!(has_query("sqlx::query_file_scalar!(\"a.sql\")"));
        assert!(!has_query("sqlx::query(\"select 1\")") && !has_query("let query = a != (b);"));
    }

    #[test]
    fn a_source_belongs_to_the_crate_above_it() {
        assert_eq!(package_of(&root::path("xtask/src/sqlx/mod.rs")).expect("our own"), "xtask");
    }

    #[test]
    fn stale_and_missing_files_are_settled_or_refused() {
        let folder = std::env::temp_dir().join(format!("okno-sqlx-{}", std::process::id()));
        let (fresh, kept) = (folder.join("fresh"), folder.join("kept"));
        empty(&fresh).and_then(|()| empty(&kept)).expect("temporary folders");
        fs::write(fresh.join("query-new.json"), "{}").expect("ours");
        fs::write(kept.join("query-old.json"), "{}").expect("ours");
        let refused = settle(&fresh, &kept, true).expect_err("different").to_string();
        assert!(refused.contains("1 new or changed, 1 stale"), "{refused}");
        settle(&fresh, &kept, false).expect("written");
        settle(&fresh, &kept, true).expect("the same now");
        assert!(kept.join("query-new.json").exists() && !kept.join("query-old.json").exists());
        fs::remove_dir_all(&folder).expect("our own folder");
    }
}
