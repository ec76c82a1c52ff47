//! HTML that would take a library hours: it compares each attribute of a tag with all before it, and is slow with entities.

/// No program writes so many.
const ATTRIBUTES: usize = 500;
/// Nor so many entities: a whole book written in them.
const ENTITIES: usize = 50_000;
/// Elements whose content is no HTML.
const RAW: [&str; 4] = ["script", "style", "title", "textarea"];

/// Whether no program writes such HTML.
pub(super) fn is_wild(html: &str) -> bool {
    html.matches('&').count() > ENTITIES || has_wild_tag(html)
}

fn has_wild_tag(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
        } else if rest.trim_start_matches('/').starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            let Some(end) = tag(rest) else { return true };
            rest = behind(&rest[..end], &rest[end..]);
        }
    }
    false
}

/// What follows a tag; of an element of raw text what follows its content.
fn behind<'a>(tag: &str, rest: &'a str) -> &'a str {
    let name =
        tag.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    if !RAW.contains(&name.as_str()) {
        return rest;
    }
    let ends = |at: &usize| rest[at + 2..].get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(&name));
    rest.match_indices("</").map(|(at, _)| at).find(ends).map_or("", |at| &rest[at..])
}

/// The length of a tag behind its `<`; `None` when it has too many attributes.
fn tag(text: &str) -> Option<usize> {
    let (mut attributes, mut quote, mut before) = (0, None, ' ');
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if letter == '>' => return Some(at),
            None if before == '=' && matches!(letter, '"' | '\'') => quote = Some(letter),
            None if is_apart(before) && !is_apart(letter) => attributes += 1,
            None => {}
        }
        if attributes > ATTRIBUTES {
            return None;
        }
        // A space behind the sign of equality does not part a value from it.
        if !(before == '=' && letter.is_ascii_whitespace()) {
            before = letter;
        }
    }
    Some(text.len())
}

fn is_apart(letter: char) -> bool {
    letter.is_ascii_whitespace() || matches!(letter, '/' | '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attributes_count() {
        let many: String = (0..ATTRIBUTES + 9).map(|number| format!("a{number}=1 ")).collect();
        assert!(is_wild(&format!("<p {many}>")));
        assert!(is_wild(&format!("<!-- <p a=\" --><p a='>' {many}>")));
        assert!(is_wild(&format!("<style>'<</style><p {many}>")));
        for tame in [format!("<p title=\"{many}\">"), format!("<p>{many}"), format!("<!-- <p {many} -->"), many] {
            assert!(!is_wild(&tame), "{tame}");
        }
    }
}
