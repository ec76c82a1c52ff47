//! Paragraphs that were cut into lines for the way are made whole (RFC 3676).

/// Joins soft line ends: a space before the end, the same depth of quoting on the next line. `delete_space` is `delsp=yes`.
pub(crate) fn unflow(text: &str, delete_space: bool) -> String {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        match lines.last_mut().filter(|(before, _)| open && *before == depth && !is_signature) {
            Some((_, paragraph)) => paragraph.push_str(content),
            None => lines.push((depth, content.to_owned())),
        }
        open = content.ends_with(' ') && !is_signature;
        if let Some((_, paragraph)) = lines.last_mut().filter(|_| open && delete_space) {
            paragraph.pop();
        }
    }
    lines.into_iter().map(|(depth, text)| prefixed(depth, &text) + "\n").collect()
}

fn prefixed(depth: usize, text: &str) -> String {
    if depth == 0 { text.to_owned() } else { format!("{} {text}", ">".repeat(depth)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_within_their_depth() {
        let text = "One \ntwo \nthree.\n> quoted \n> on\nOwn\n-- \nAnna\n";
        assert_eq!(unflow(text, false), "One two three.\n> quoted on\nOwn\n-- \nAnna\n");
    }

    #[test]
    fn a_deleted_space_joins_words() {
        assert_eq!(unflow("сло \nво\n", true), "слово\n");
        assert_eq!(unflow(" >not quoted\n", false), ">not quoted\n");
    }
}
