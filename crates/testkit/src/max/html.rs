//! MAX's HTML: known tags become markup, unknown ones are stripped. Markup counts UTF-16 units.

use serde_json::{Value, json};

pub(super) fn read(html: &str) -> (String, Vec<Value>) {
    let (mut text, mut open, mut markup) = (String::new(), Vec::<(String, usize, Option<String>)>::new(), Vec::new());
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((tag, after)) = rest[1..].split_once('>')
        {
            rest = after;
            let at = text.encode_utf16().count();
            if let Some(name) = tag.strip_prefix('/') {
                if let Some(place) = open.iter().rposition(|(known, ..)| known == name) {
                    let (name, from, url) = open.remove(place);
                    markup.extend(one(&name, from, at - from, url));
                }
            } else {
                let (name, more) = tag.split_once(' ').unwrap_or((tag, ""));
                let url = more.split_once("href=\"").and_then(|(_, url)| url.strip_suffix('"')).map(unescape);
                open.push((name.to_owned(), at, url));
            }
            continue;
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(at, _)| at);
        text.push_str(&unescape(&rest[..end]));
        rest = &rest[end..];
    }
    (text, markup)
}

fn one(tag: &str, from: usize, length: usize, url: Option<String>) -> Option<Value> {
    let kind = match tag {
        "b" | "strong" => "strong",
        "i" | "em" => "emphasized",
        "s" | "del" => "strikethrough",
        "u" | "ins" => "underline",
        "code" | "pre" => "monospaced",
        "h1" => "heading",
        "mark" => "highlighted",
        "a" => return Some(json!({ "type": "link", "from": from, "length": length, "url": url? })),
        _ => return None,
    };
    Some(json!({ "type": kind, "from": from, "length": length }))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_markup_in_utf16_units() {
        let (text, markup) = read("🪟 <b>a &lt; <a href=\"https://example.com/?a=1&amp;b\">b</a></b><x>!</x>");
        assert_eq!(text, "🪟 a < b!");
        let link = json!({ "type": "link", "from": 7, "length": 1, "url": "https://example.com/?a=1&b" });
        assert_eq!(markup, [link, json!({ "type": "strong", "from": 3, "length": 5 })]);
    }
}
