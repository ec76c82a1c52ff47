//! Every `OKNO_...` variable that the product reads stands in docs/operations.md.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

use crate::{files, root};

/// The variables that the documents leave out, and where each is read.
pub fn unexplained() -> Result<Vec<String>> {
    let page = fs::read_to_string(root::path("docs/operations.md")).context("docs/operations.md")?;
    let explained = |name: &str| page.contains(&format!("`{name}`")) || is_of_a_channel(name, &page);
    let read = read_by_the_product()?;
    let missing = read.iter().filter(|(name, _)| !explained(name));
    Ok(missing.map(|(name, place)| format!("{place}: {name} is not in docs/operations.md")).collect())
}

/// `OKNO_NATS_URL_TELEGRAM` is explained by `OKNO_NATS_URL_<CHANNEL>`.
fn is_of_a_channel(name: &str, page: &str) -> bool {
    name.match_indices('_').any(|(at, _)| {
        let rest = &name[at + 1..];
        let end = rest.find('_').unwrap_or(rest.len());
        page.contains(&format!("`{}_<CHANNEL>{}`", &name[..at], &rest[end..]))
    })
}

fn read_by_the_product() -> Result<BTreeMap<String, String>> {
    let mut read = BTreeMap::new();
    for folder in ["crates", "services"] {
        for file in files::below(&root::path(folder), &["rs"])? {
            let place = file.strip_prefix(root::workspace()).unwrap_or(&file).display().to_string();
            if is_of_the_product(Path::new(&place)) {
                let text = fs::read_to_string(&file).with_context(|| place.clone())?;
                read.extend(names(&text).into_iter().map(|name| (name, place.clone())));
            }
        }
    }
    Ok(read)
}

pub(super) fn is_of_the_product(place: &Path) -> bool {
    let of_tests = |part: &str| ["tests", "tests.rs", "testkit", "conformance"].contains(&part);
    !place.iter().any(|part| part.to_str().is_some_and(of_tests))
}

/// The names between quotes, up to the tests at the end of the file.
fn names(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let quoted = code.split("\"OKNO_").skip(1).filter_map(|rest| rest.split_once('"'));
    let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    quoted.map(|pair| pair.0).filter(is_name).map(|name| format!("OKNO_{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_up_to_the_tests() {
        let text = "env.get(\"OKNO_PARTS\", 1); \"OKNO_{x}\"\n#[cfg(test)]\nmod tests {\n\"OKNO_OTHER\"";
        assert_eq!(names(text), ["OKNO_PARTS"]);
        assert!(is_of_the_product(Path::new("services/router/src/config.rs")));
        assert!(!is_of_the_product(Path::new("services/router/src/tests/batch.rs")));
    }

    #[test]
    fn a_channels_variable_is_explained_by_the_pattern() {
        let page = "| `OKNO_NATS_URL_<CHANNEL>` | `OKNO_GATEWAY_<CHANNEL>_LISTEN` |";
        assert!(is_of_a_channel("OKNO_NATS_URL_TELEGRAM", page) && is_of_a_channel("OKNO_GATEWAY_VK_LISTEN", page));
        assert!(!is_of_a_channel("OKNO_NATS_REPLICAS", page));
    }
}
