//! How deep a tree of HTML would become, before one is made: reading a tag costs as much time as the tree is deep.

use std::collections::HashMap;

/// Counts what is open by name; a tag that ends nothing counts for nothing. At least as deep as the tree.
pub(super) fn deepest(html: &str) -> usize {
    let (mut open, mut depth, mut deepest) = (HashMap::<String, usize>::new(), 0, 0);
    for tag in html.split('<').skip(1) {
        let ends = tag.starts_with('/');
        let name = name(tag.trim_start_matches('/'));
        if name.is_empty() || is_void(&name, tag) {
            continue;
        }
        let count = open.entry(name).or_default();
        if !ends {
            (*count, depth) = (*count + 1, depth + 1);
        } else if *count > 0 {
            (*count, depth) = (*count - 1, depth - 1);
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn name(tag: &str) -> String {
    tag.chars().take_while(char::is_ascii_alphanumeric).take(20).collect::<String>().to_ascii_lowercase()
}

/// What has no end: elements without content, and those that the next of their kind ends.
fn is_void(name: &str, tag: &str) -> bool {
    const NAMES: [&str; 22] = [
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
        "param", "source", "td", "th", "tr", "track", "wbr",
    ];
    NAMES.contains(&name) || tag.split('>').next().is_some_and(|inside| inside.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_open_counts() {
        assert_eq!(deepest("<div><p>a<p>b<br></div><div><b>c</b></div>"), 2);
        assert_eq!(deepest(&"<div></x></p>".repeat(9)), 9);
        assert_eq!(deepest("1 < 2 </b>"), 0);
    }
}
