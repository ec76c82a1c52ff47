//! The body of a letter, as text and as HTML.

use crate::{
    body::Piece,
    charset, flowed,
    html::{self, Plain},
    mime::Part,
    tnef::Unpacked,
};

/// A text is a stub when that of the HTML is so many times as long. That one is no longer than the HTML.
const STUB: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Body {
    pub text: String,
    pub html: Option<String>,
    /// The text of the HTML, with its marks; none when it would tell nothing.
    pub plain: Option<Plain>,
}

/// Joins the pieces of a body.
pub(super) fn body(raw: &[u8], pieces: &[Piece<'_>]) -> Body {
    let mut body = Body::default();
    let has_html = pieces.iter().any(|piece| piece.html.is_some());
    let mut whole = String::new();
    for piece in pieces {
        let own_text = piece.text.map(|part| plain(raw, part));
        let own_html = piece.html.map(|part| decoded(raw, part));
        let of_html = own_html.as_deref().filter(|html| tells_more(html, own_text.as_deref())).map(html::text);
        let text = best(own_text, of_html.as_ref());
        whole.push_str(&own_html.unwrap_or_else(|| shown(&text)));
        body.text.push_str(&text);
        body.plain = if pieces.len() == 1 { of_html } else { None };
    }
    body.html = has_html.then_some(whole);
    body
}

impl Body {
    /// A letter whose only body lies in its `winmail.dat`.
    pub fn take_from(&mut self, tnef: &Unpacked) {
        if !self.text.trim().is_empty() || self.html.is_some() {
            return;
        }
        if !tnef.html.is_empty() {
            let plain = html::text(&tnef.html);
            (self.text, self.html, self.plain) = (plain.text.clone(), Some(tnef.html.clone()), Some(plain));
        } else if !tnef.text.is_empty() {
            self.text = with_end(lines(&tnef.text));
        }
    }
}

fn shown(text: &str) -> String {
    format!("<div style=\"white-space:pre-wrap\">{}</div>", html::escaped(text))
}

/// Whether the text of the HTML may be wanted beside the letter's own: in place of a stub, or for what it marks as quoted.
fn tells_more(html: &str, own: Option<&str>) -> bool {
    own.is_none_or(|own| own.trim().len() * STUB < html.len()) || html::may_mark_quotes(html)
}

/// A text that is a stub ("your program does not show HTML") gives way to that of the HTML.
fn best(text: Option<String>, of_html: Option<&Plain>) -> String {
    match (text, of_html) {
        (Some(text), Some(plain)) if text.trim().len() * STUB < plain.text.trim().len() => plain.text.clone(),
        (Some(text), _) => text,
        (None, plain) => plain.map(|plain| plain.text.clone()).unwrap_or_default(),
    }
}

fn plain(raw: &[u8], part: &Part) -> String {
    let text = decoded(raw, part);
    let is_flowed = part.kind.param("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    let delete_space = part.kind.param("delsp").is_some_and(|delete| delete.eq_ignore_ascii_case("yes"));
    if is_flowed { flowed::unflow(&text, delete_space) } else { with_end(text) }
}

pub(super) fn decoded(raw: &[u8], part: &Part) -> String {
    let bytes = part.encoding.decode(&raw[part.body.clone()]);
    lines(&charset::decode(&bytes, part.kind.param("charset")))
}

/// Line ends are `\n`, and no character is what databases refuse.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "")
}

/// The last line has an end.
fn with_end(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
