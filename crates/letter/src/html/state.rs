//! What the tags of a letter mean for its text.

use html5ever::tokenizer::Tag;

use super::{
    Plain,
    marks::{self, Reach, attribute},
    writer::Writer,
};

/// An open element that matters, found again by counting those of its name.
struct Open {
    name: String,
    count: usize,
}

impl Open {
    fn of(tag: &Tag) -> Option<Self> {
        let is_void = VOID.contains(&&*tag.name) || tag.self_closing;
        (!is_void).then(|| Self { name: tag.name.to_string(), count: 1 })
    }

    /// Whether the element ends with this tag.
    fn counts(&mut self, name: &str, opens: bool) -> bool {
        if self.name == name {
            self.count = if opens { self.count + 1 } else { self.count - 1 };
        }
        self.count == 0
    }
}

const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
const SKIPPED: [&str; 9] = ["head", "style", "script", "title", "template", "noscript", "iframe", "select", "object"];
const BLOCKS: [&str; 22] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "section",
    "table",
    "tr",
];
const APART: [&str; 8] = ["h1", "h2", "h3", "h4", "h5", "h6", "ul", "pre"];

/// A letter while its HTML goes by.
pub(super) struct State {
    writer: Writer,
    skipped: Option<Open>,
    quoted: Option<Open>,
    quote_at: Option<usize>,
    is_rest: bool,
    own_after: bool,
    kept: usize,
}

impl State {
    pub fn new() -> Self {
        let (skipped, quoted, quote_at) = (None, None, None);
        Self { writer: Writer::new(), skipped, quoted, quote_at, is_rest: false, own_after: false, kept: 0 }
    }

    pub fn open(&mut self, tag: &Tag) {
        // Heads are often left open.
        self.skipped.take_if(|open| open.name == "head" && &*tag.name == "body");
        if let Some(open) = &mut self.skipped {
            open.counts(&tag.name, true);
            return;
        }
        if SKIPPED.contains(&&*tag.name) || marks::hidden(tag) {
            self.skipped = Open::of(tag);
            return;
        }
        self.lines(tag);
        self.quote(tag);
        match &*tag.name {
            "blockquote" => self.writer.depth += 1,
            "pre" => self.kept += 1,
            "li" => self.characters("- "),
            // Small pictures that stand for letters: emoji.
            "img" => self.characters(attribute(tag, "alt").filter(|alt| alt.chars().count() <= 4).unwrap_or_default()),
            _ => {}
        }
    }

    fn lines(&mut self, tag: &Tag) {
        match &*tag.name {
            "br" => self.writer.one_more_end(),
            "td" | "th" => self.writer.words(" "),
            // Word makes a paragraph of each line, without space between them.
            "p" if attribute(tag, "class").is_some_and(|class| class.starts_with("Mso")) => self.writer.ends(1),
            "p" => self.writer.ends(2),
            name => self.block(name),
        }
    }

    fn block(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.writer.ends(1);
        } else if APART.contains(&name) {
            self.writer.ends(2);
        }
    }

    fn quote(&mut self, tag: &Tag) {
        if let Some(open) = &mut self.quoted {
            open.counts(&tag.name, true);
            return;
        }
        let Some(reach) = marks::quoted(tag).filter(|_| !self.is_rest) else { return };
        let place = self.writer.place();
        self.quote_at.get_or_insert(place);
        match reach {
            Reach::Rest => self.is_rest = true,
            Reach::Element => self.quoted = Open::of(tag),
        }
    }

    pub fn close(&mut self, name: &str) {
        if let Some(open) = &mut self.skipped {
            if open.counts(name, false) {
                self.skipped = None;
            }
            return;
        }
        match name {
            "p" => self.writer.ends(1),
            _ => self.block(name),
        }
        match name {
            "blockquote" => self.writer.depth = self.writer.depth.saturating_sub(1),
            "pre" => self.kept = self.kept.saturating_sub(1),
            _ => {}
        }
        if self.quoted.as_mut().is_some_and(|open| open.counts(name, false)) {
            self.quoted = None;
        }
    }

    pub fn characters(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        let is_own = self.quote_at.is_some() && self.quoted.is_none() && !self.is_rest;
        self.own_after |= is_own && !text.trim().is_empty();
        if self.kept > 0 { self.writer.kept(text) } else { self.writer.words(text) }
    }

    pub fn plain(self) -> Plain {
        let mut text = self.writer.out.replace('\u{a0}', " ");
        // A space that does not break is two bytes long, one that does is one.
        let shift = |at: usize| at - self.writer.out[..at].matches('\u{a0}').count();
        let quote_at = self.quote_at.filter(|_| !self.own_after).map(|at| shift(at.min(self.writer.out.len())));
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Plain { text, quote_at }
    }
}
