//! Cuts a long text into messages that a channel takes.

use contracts::channel::{TextSpan, TextUnit};

/// One message of a text that was too long for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    /// Offsets count from the beginning of the piece.
    pub spans: Vec<TextSpan>,
}

/// How long a text is as the channel counts.
#[must_use]
pub fn length(text: &str, unit: TextUnit) -> usize {
    text.chars().map(|c| cost(c, unit)).sum()
}

/// Cuts a text into pieces of at most `limit` units each; together they are the text again.
///
/// Cuts after a line, else after a word; a span that fits into a message stays whole, a longer one goes on in the next
/// piece. What one sees as one character (an emoji of several) is not cut while another place is left.
/// `limit` below 4 may be exceeded by a single character.
#[must_use]
pub fn split(text: &str, spans: &[TextSpan], limit: usize, unit: TextUnit) -> Vec<Piece> {
    let text = Text::new(text, spans);
    let (mut pieces, mut start) = (Vec::new(), 0);
    while start < text.chars.len() {
        let end = text.next_cut(start, limit, unit);
        pieces.push(text.piece(start, end));
        start = end;
    }
    pieces
}

fn cost(c: char, unit: TextUnit) -> usize {
    match unit {
        TextUnit::Utf16 => c.len_utf16(),
        TextUnit::Bytes => c.len_utf8(),
        TextUnit::CodePoints | TextUnit::Unspecified => 1,
    }
}

struct Text<'a> {
    chars: Vec<char>,
    spans: &'a [TextSpan],
    /// How many spans a cut before this character would cut.
    depth: Vec<u32>,
    /// Whether a cut before this character would cut what one sees as one character.
    glued: Vec<bool>,
}

impl<'a> Text<'a> {
    fn new(text: &str, spans: &'a [TextSpan]) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut edges = vec![0_i64; chars.len() + 2];
        for (start, end) in spans.iter().map(|span| bounds(span, chars.len())).filter(|(start, end)| start < end) {
            edges[start + 1] += 1;
            edges[end] -= 1;
        }
        let mut open = 0;
        let depth = edges.iter().take(chars.len() + 1).map(|edge| {
            open += edge;
            u32::try_from(open).unwrap_or_default()
        });
        Self { depth: depth.collect(), glued: glued(&chars), chars, spans }
    }

    /// Where the piece that begins at `start` ends.
    fn next_cut(&self, start: usize, limit: usize, unit: TextUnit) -> usize {
        let mut left = limit;
        let fitting = self.chars[start..].iter().take_while(|c| {
            let fits = cost(**c, unit) <= left;
            left = left.saturating_sub(cost(**c, unit));
            fits
        });
        let most = start + fitting.count().max(1);
        if most == self.chars.len() { most } else { self.best_cut(start, most) }
    }

    fn best_cut(&self, start: usize, most: usize) -> usize {
        let back = start + (most - start) / 2 + 1;
        let free = |p: &usize| self.depth[*p] == 0 && !self.glued[*p];
        let space = |p: &usize| self.chars[p - 1].is_whitespace();
        let line = |p: &usize| self.chars[p - 1] == '\n';
        let last = |from: usize, fits: &dyn Fn(&usize) -> bool| (from..=most).rev().find(fits);
        last(back, &|p| free(p) && line(p))
            .or_else(|| last(back, &|p| free(p) && space(p)))
            .or_else(|| last(start + 1, &|p| free(p) && space(p)))
            .or_else(|| last(start + 1, &free))
            .unwrap_or_else(|| self.least_bad_cut(back.min(most), most))
    }

    /// Inside of a span that is longer than a message: as few spans as possible, then after a line, then after a word.
    fn least_bad_cut(&self, back: usize, most: usize) -> usize {
        let badness = |p: &usize| {
            let before = self.chars[p - 1];
            let edge = if before == '\n' { 0 } else { 1 + u8::from(!before.is_whitespace()) };
            (self.glued[*p], self.depth[*p], edge)
        };
        (back..=most).rev().min_by_key(badness).unwrap_or(most)
    }

    fn piece(&self, start: usize, end: usize) -> Piece {
        let spans = self.spans.iter().filter_map(|span| {
            let (from, to) = bounds(span, self.chars.len());
            let (from, to) = (from.max(start), to.min(end));
            let offset = u32::try_from(from.checked_sub(start)?).ok()?;
            let length = u32::try_from(to.checked_sub(from)?).ok().filter(|length| *length > 0)?;
            Some(TextSpan { offset, length, ..span.clone() })
        });
        Piece { text: self.chars[start..end].iter().collect(), spans: spans.collect() }
    }
}

/// For each place between characters, whether what is before and after it belongs together.
fn glued(chars: &[char]) -> Vec<bool> {
    let mut flags = 0_usize; // regional indicators in a row; two make a flag
    let mut glued = Vec::with_capacity(chars.len() + 1);
    let mut before = ' ';
    for &after in chars {
        let joins = matches!(u32::from(after),
            0x0300..=0x036F | 0x200D | 0xFE00..=0xFE0F | 0x20D0..=0x20FF | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F);
        let is_flag = matches!(u32::from(after), 0x1F1E6..=0x1F1FF);
        let line_end = before == '\r' && after == '\n';
        glued.push(joins || before == '\u{200D}' || line_end || (is_flag && flags % 2 == 1));
        flags = if is_flag { flags + 1 } else { 0 };
        before = after;
    }
    glued.push(false);
    glued
}

/// The code points that a span covers, within a text of `length`.
fn bounds(span: &TextSpan, length: usize) -> (usize, usize) {
    let start = usize::try_from(span.offset).unwrap_or(usize::MAX).min(length);
    let covered = usize::try_from(span.length).unwrap_or(usize::MAX);
    (start, start.saturating_add(covered).min(length))
}

#[cfg(test)]
mod tests {
    use contracts::channel::TextStyle;
    use proptest::prelude::*;

    use super::*;

    fn span(offset: u32, length: u32) -> TextSpan {
        TextSpan { style: TextStyle::Bold.into(), offset, length, ..TextSpan::default() }
    }

    fn texts(pieces: &[Piece]) -> Vec<&str> {
        pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn a_text_is_cut_after_a_line_else_after_a_word() {
        assert_eq!(texts(&split("one two\nthree four", &[], 12, TextUnit::CodePoints)), ["one two\n", "three four"]);
        assert_eq!(texts(&split("one two three", &[], 9, TextUnit::CodePoints)), ["one two ", "three"]);
        assert_eq!(texts(&split("abcdefgh", &[], 3, TextUnit::CodePoints)), ["abc", "def", "gh"]);
        assert!(split("", &[], 9, TextUnit::CodePoints).is_empty());
    }

    #[test]
    fn a_span_that_fits_stays_whole() {
        let pieces = split("0123456789 link text here", &[span(11, 14)], 20, TextUnit::CodePoints);
        assert_eq!(texts(&pieces), ["0123456789 ", "link text here"]);
        assert_eq!((pieces[0].spans.len(), pieces[1].spans.clone()), (0, vec![span(0, 14)]));
    }

    #[test]
    fn a_longer_span_goes_on_in_the_next_piece() {
        let pieces = split("aaaa bbbb cccc", &[span(0, 14)], 10, TextUnit::CodePoints);
        assert_eq!(texts(&pieces), ["aaaa bbbb ", "cccc"]);
        assert_eq!((&pieces[0].spans, &pieces[1].spans), (&vec![span(0, 10)], &vec![span(0, 4)]));
    }

    #[test]
    fn lengths_count_as_the_channel_counts() {
        let smile = "😀";
        assert_eq!([TextUnit::Utf16, TextUnit::CodePoints, TextUnit::Bytes].map(|unit| length(smile, unit)), [2, 1, 4]);
        assert_eq!(texts(&split("😀😀😀", &[], 3, TextUnit::Utf16)), ["😀", "😀", "😀"]);
    }

    #[test]
    fn a_family_and_a_flag_are_not_torn_apart() {
        let family = "👨\u{200D}👩\u{200D}👧";
        assert_eq!(texts(&split(&format!("abc{family}"), &[], 5, TextUnit::CodePoints)), ["abc", family]);
        assert_eq!(texts(&split("a🇩🇪🇫🇷", &[], 4, TextUnit::CodePoints)), ["a🇩🇪", "🇫🇷"]);
    }

    #[test]
    fn spans_that_begin_one_after_another_do_not_make_crumbs() {
        let text = "x".repeat(20_000);
        let spans: Vec<_> = (0..2_000).map(|i| span(i, 10_000)).collect();
        assert!(split(&text, &spans, 4_096, TextUnit::Utf16).len() < 15);
    }

    fn any_unit() -> impl Strategy<Value = TextUnit> {
        prop_oneof![Just(TextUnit::Utf16), Just(TextUnit::CodePoints), Just(TextUnit::Bytes)]
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,600}", "[a-z \n]{0,600}", "[а-я😀\u{200D}🇩 ]{0,300}"]
    }

    fn any_spans() -> impl Strategy<Value = Vec<TextSpan>> {
        prop::collection::vec((0_u32..700, 1_u32..300).prop_map(|(offset, length)| span(offset, length)), 0..12)
    }

    /// Whether some span covers each character, piece by piece.
    fn covered(pieces: &[Piece]) -> Vec<usize> {
        let cover = |piece: &Piece| {
            let count = |i: usize| {
                piece
                    .spans
                    .iter()
                    .map(|s| bounds(s, usize::MAX))
                    .filter(|(start, end)| (*start..*end).contains(&i))
                    .count()
            };
            (0..piece.text.chars().count()).map(count).collect::<Vec<_>>()
        };
        pieces.iter().flat_map(cover).collect()
    }

    proptest! {
        #[test]
        fn pieces_join_back_and_fit(text in any_text(), spans in any_spans(), limit in 4_usize..300, unit in any_unit()) {
            let pieces = split(&text, &spans, limit, unit);
            prop_assert_eq!(pieces.iter().map(|p| p.text.as_str()).collect::<String>(), text);
            for piece in &pieces {
                prop_assert!(!piece.text.is_empty() && length(&piece.text, unit) <= limit);
            }
        }

        #[test]
        fn spans_cover_the_same_characters(text in any_text(), spans in any_spans(), limit in 4_usize..300) {
            let whole = split(&text, &spans, usize::MAX, TextUnit::CodePoints);
            let pieces = split(&text, &spans, limit, TextUnit::CodePoints);
            prop_assert_eq!(covered(&pieces), covered(&whole));
        }

        #[test]
        fn spans_apart_that_fit_are_never_cut(
            gaps in prop::collection::vec((0_u32..40, 1_u32..60), 0..12), limit in 60_usize..120,
        ) {
            let mut end = 0;
            let spans: Vec<_> = gaps.iter().map(|(gap, length)| {
                let this = span(end + gap, *length);
                end += gap + length;
                this
            }).collect();
            let pieces = split(&"ab cd".repeat(200), &spans, limit, TextUnit::CodePoints);
            let lengths: Vec<u32> = pieces.iter().flat_map(|p| &p.spans).map(|s| s.length).collect();
            prop_assert_eq!(lengths, spans.iter().map(|s| s.length).collect::<Vec<_>>());
        }

        #[test]
        fn words_that_fit_are_never_cut(words in prop::collection::vec("[a-z]{1,20}", 1..60), limit in 30_usize..80) {
            let text = words.join(" ");
            for piece in split(&text, &[], limit, TextUnit::CodePoints) {
                for word in piece.text.split_whitespace() {
                    prop_assert!(words.iter().any(|w| w == word), "{word}");
                }
            }
        }
    }
}
