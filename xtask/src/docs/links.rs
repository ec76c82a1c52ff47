//! Every relative link in our Markdown leads somewhere.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{files, root};

/// The dead links of every Markdown file of the tree.
pub fn broken() -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in files::below(root::workspace(), &["md"])? {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let place = file.strip_prefix(root::workspace()).unwrap_or(&file).display().to_string();
        broken.extend(dead_links(&file, &text).into_iter().map(|link| format!("{place}: {link} leads nowhere")));
    }
    Ok(broken)
}

fn dead_links(file: &Path, text: &str) -> Vec<String> {
    links(text).into_iter().filter(|link| !resolves(file, link)).collect()
}

/// The targets of `[text](target)`, outside code.
fn links(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced {
            found.extend(
                outside_code(line)
                    .split("](")
                    .skip(1)
                    .filter_map(|rest| rest.split_once(')'))
                    .map(|pair| pair.0.to_owned()),
            );
        }
    }
    found
}

/// The line without its `code`.
fn outside_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

fn resolves(file: &Path, link: &str) -> bool {
    if link.contains("://") || link.starts_with("mailto:") {
        return true;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { file.to_path_buf() } else { beside(file, path) };
    target.exists() && (anchor.is_empty() || has_heading(&target, anchor))
}

fn beside(file: &Path, path: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

fn has_heading(file: &Path, anchor: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix('#')).any(|rest| slug(rest.trim_start_matches('#')) == anchor)
}

/// How a heading becomes an anchor: lower case, spaces to hyphens, other signs dropped.
fn slug(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_code_do_not_count() {
        let text = "See [a](docs/a.md) and `[b](b.md)`.\n```\n[c](c.md)\n```\n[d](#words), ![e](e.png)";
        assert_eq!(links(text), ["docs/a.md", "#words", "e.png"]);
    }

    #[test]
    fn a_heading_answers_to_its_anchor() {
        assert_eq!(slug(" The five laws (in short)"), "the-five-laws-in-short");
        assert_eq!(slug("`okno dead`"), "okno-dead");
    }

    #[test]
    fn a_missing_file_or_heading_is_found() {
        let file = root::path("xtask/Cargo.toml");
        assert_eq!(dead_links(&file, "[a](src/main.rs) [b](src/none.rs) [c](https://example.org)"), ["src/none.rs"]);
        assert_eq!(dead_links(&file, "[a](#nothing)"), ["#nothing"]);
    }
}
