//! Every metric of the product stands in docs/telemetry.md, and nothing else does.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};

use super::variables::is_of_the_product;
use crate::{files, root};

const PAGE: &str = "docs/telemetry.md";

/// Metrics that only one of code and document knows.
pub fn differing() -> Result<Vec<String>> {
    let told = told(&fs::read_to_string(root::path(PAGE)).context(PAGE)?);
    let made = made_by_the_product()?;
    let untold = made.difference(&told).map(|name| format!("{name} is not in {PAGE}"));
    let unmade = told.difference(&made).map(|name| format!("{PAGE}: {name} is made by no code"));
    Ok(untold.chain(unmade).collect())
}

fn made_by_the_product() -> Result<BTreeSet<String>> {
    let mut made = BTreeSet::new();
    for folder in ["crates", "services"] {
        for file in files::below(&root::path(folder), &["rs"])? {
            let place = file.strip_prefix(root::workspace()).unwrap_or(&file);
            if is_of_the_product(Path::new(place)) {
                made.extend(made_in(&fs::read_to_string(&file).with_context(|| place.display().to_string())?));
            }
        }
    }
    Ok(made)
}

/// The first text after each of the `metrics` macros.
fn made_in(text: &str) -> BTreeSet<String> {
    let of = |kind: &str| text.split(&format!("{kind}!(")).skip(1).filter_map(name).collect::<Vec<_>>();
    ["counter", "gauge", "histogram"].into_iter().flat_map(of).collect()
}

fn name(rest: &str) -> Option<String> {
    let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    name.starts_with("okno_").then(|| name.to_owned())
}

/// What stands between backquotes and begins like a metric.
fn told(text: &str) -> BTreeSet<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.starts_with("okno_")).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_in_code_and_document() {
        let code = "metrics::counter!(\n    \"okno_a_total\", \"x\" => y).increment(1); gauge!(\"okno_b\")";
        assert_eq!(made_in(code), BTreeSet::from(["okno_a_total".to_owned(), "okno_b".to_owned()]));
        assert_eq!(told("| `okno_a_total`, `okno_b` | `part` |"), made_in(code));
    }
}
