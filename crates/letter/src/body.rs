//! Which parts are the body and which are files: RFC 2046 as programs really use it.

use crate::mime::Part;

/// One piece of the body: the same thing as text and as HTML, or only one of them.
#[derive(Debug, Default)]
pub(crate) struct Piece<'a> {
    pub text: Option<&'a Part>,
    pub html: Option<&'a Part>,
}

/// A letter sorted out.
#[derive(Debug, Default)]
pub(crate) struct Sorted<'a> {
    pub body: Vec<Piece<'a>>,
    pub files: Vec<&'a Part>,
}

pub(crate) fn sort(root: &Part) -> Sorted<'_> {
    let mut sorted = Sorted::default();
    sorted.part(root, false);
    sorted
}

impl<'a> Sorted<'a> {
    /// `is_resource`: beside the body of a `multipart/related`, where nothing else is body.
    fn part(&mut self, part: &'a Part, is_resource: bool) {
        match part.kind.word.as_str() {
            "multipart/alternative" if part.is_multipart() => self.alternative(part),
            "multipart/related" if part.is_multipart() => self.related(part, is_resource),
            _ if part.is_multipart() => part.kids.iter().for_each(|kid| self.part(kid, is_resource)),
            "text/html" if self.is_body(part) && !is_resource => self.body.push(Piece { text: None, html: Some(part) }),
            _ if is_text(part) && self.is_body(part) && !is_resource => {
                self.body.push(Piece { text: Some(part), html: None })
            }
            _ => self.files.push(part),
        }
    }

    /// Whether a part is meant to be read in place. The first may have a name all the same.
    fn is_body(&self, part: &Part) -> bool {
        let is_first = self.body.is_empty() && self.files.is_empty();
        let is_named = part.disposition.param("filename").is_some() || part.kind.param("name").is_some();
        part.disposition.word != "attachment" && (is_first || !is_named)
    }

    /// The pieces of all kids say the same: the text of one, the HTML of another.
    fn alternative(&mut self, part: &'a Part) {
        let mut inner = Sorted::default();
        part.kids.iter().for_each(|kid| inner.part(kid, false));
        let texts: Vec<_> = inner.body.iter().filter_map(|piece| piece.text).collect();
        let htmls: Vec<_> = inner.body.iter().filter_map(|piece| piece.html).collect();
        for at in 0..texts.len().max(htmls.len()) {
            self.body.push(Piece { text: texts.get(at).copied(), html: htmls.get(at).copied() });
        }
        self.files.extend(inner.files);
    }

    /// The first part, or the one that `start` names, is the body; the others belong to it.
    fn related(&mut self, part: &'a Part, is_resource: bool) {
        let main =
            part.kids.iter().position(|kid| kid.kind.word.starts_with("text/") || kid.is_multipart()).unwrap_or(0);
        for (at, kid) in part.kids.iter().enumerate() {
            self.part(kid, is_resource || at != main);
        }
    }
}

/// What is none of the known kinds of text, or broken, is still read as text.
fn is_text(part: &Part) -> bool {
    matches!(part.kind.word.as_str(), "text/plain" | "text/enriched" | "text" | "" | "plain")
        || part.kind.family() == "multipart"
}
