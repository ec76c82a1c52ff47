//! What of a letter is the sender's own: where the quoted letter begins, and the signature. The whole text is kept; these are
//! places in it, for folding.

mod attribution;
mod block;
mod signature;

use crate::{html::Plain, threads};

/// Put this line into letters that go out, and answers come cut: the first is used, each is understood.
pub const MARKERS: [&str; 2] = ["— Пишите ответ выше этой строки —", "— Please reply above this line —"];

/// So many lines are looked at; whoever writes more of his own is shown whole.
const LOOK: usize = 5_000;

/// Places in the text of a letter, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folds {
    /// Where what is quoted begins; the length of the text when nothing is.
    pub visible_until: usize,
    /// Where the signature begins, within what is visible.
    pub signature_at: Option<usize>,
}

/// Finds the folds. `html` is what the letter's HTML says, when it has some: its marks count beside the words of the text.
///
/// Letters that are passed on, and answers that stand between the lines they answer, are never cut.
#[must_use]
pub fn folds(text: &str, subject: &str, html: Option<&Plain>) -> Folds {
    let lines = lines(text);
    let end = visible_until(text, &lines, subject, html);
    let visible: Vec<_> = lines.iter().take_while(|line| line.at < end).copied().collect();
    Folds { visible_until: end, signature_at: signature::begins(&visible).map(|line| visible[line].at) }
}

/// A line with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub at: usize,
    pub text: &'a str,
}

impl Line<'_> {
    fn is_quoted(&self) -> bool {
        self.text.starts_with('>')
    }

    fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut next = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let at = next;
            next += line.len();
            Line { at, text: line.trim_end_matches(['\n', '\r']) }
        })
        .collect()
}

fn visible_until(text: &str, lines: &[Line<'_>], subject: &str, html: Option<&Plain>) -> usize {
    if threads::is_forward(subject) || block::forwards(lines) {
        return text.len();
    }
    let by_html = html.and_then(|plain| as_in_text(text, plain));
    let cut = by_words(lines).into_iter().chain(by_html).min();
    match cut.map(|at| text[..at].trim_end().len()) {
        // Nothing of the sender's own before it: then the quotation is what he wants to say.
        None | Some(0) => text.len(),
        Some(own) => own + usize::from(text[own..].starts_with('\n')),
    }
}

/// Where the first line stands that begins a quotation.
fn by_words(lines: &[Line<'_>]) -> Option<usize> {
    let first = (0..lines.len().min(LOOK)).find(|number| begins(&lines[*number..]));
    first.into_iter().chain(tail(lines)).min().map(|number| lines[number].at)
}

fn begins(rest: &[Line<'_>]) -> bool {
    let is_attribution = || attribution::length(rest).is_some_and(|length| all_quoted(&rest[length..]));
    block::separates(rest) || block::is_head(rest) || is_attribution()
}

/// Whether nothing of the sender's own stands between quoted lines, or behind them.
fn all_quoted(rest: &[Line<'_>]) -> bool {
    let (Some(first), Some(last)) = (rest.iter().position(Line::is_quoted), rest.iter().rposition(Line::is_quoted))
    else {
        return true;
    };
    rest[first..last].iter().all(|line| line.is_quoted() || line.is_empty()) && is_over(&rest[last + 1..])
}

/// Nothing but a signature follows.
fn is_over(rest: &[Line<'_>]) -> bool {
    let Some(first) = rest.iter().position(|line| !line.is_empty()) else { return true };
    signature::begins(&rest[first..]) == Some(0)
}

/// The first of the quoted lines that a letter ends with.
fn tail(lines: &[Line<'_>]) -> Option<usize> {
    let last = lines.iter().rposition(Line::is_quoted)?;
    if !is_over(&lines[last + 1..]) {
        return None;
    }
    let own = lines[..last].iter().rposition(|line| !line.is_quoted() && !line.is_empty());
    let after = own.map_or(0, |own| own + 1);
    lines[after..].iter().position(Line::is_quoted).map(|at| after + at)
}

/// The place of the HTML's mark in the text that came beside it: behind as many letters, if they are the same.
fn as_in_text(text: &str, plain: &Plain) -> Option<usize> {
    let is_sign = |letter: &char| letter.is_alphanumeric();
    let own = plain.text[..plain.quote_at?].chars().filter(is_sign);
    let mut letters = text.char_indices().filter(|(_, letter)| is_sign(letter));
    let mut end = 0;
    for wanted in own {
        let (at, found) = letters.next().filter(|(_, found)| *found == wanted)?;
        end = at + found.len_utf8();
    }
    // What follows the last letter on its line, a full stop, is the sender's own.
    let line = text[end..].find('\n').map_or(text.len(), |line| end + line + 1);
    (end > 0).then_some(line)
}

#[cfg(test)]
mod tests;
