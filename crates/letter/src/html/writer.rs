//! Text as it grows: spaces and empty lines are written only before the next word.

#[derive(Debug, Default)]
pub(super) struct Writer {
    pub out: String,
    /// Line ends owed, at most two.
    ends: usize,
    space: bool,
    /// `>` before each line.
    pub depth: usize,
    is_at_start: bool,
}

/// A letter quotes letters that quote letters; deeper ones look alike.
const DEEPEST: usize = 20;

impl Writer {
    pub fn new() -> Self {
        Self { is_at_start: true, ..Self::default() }
    }

    /// Owes so many line ends before what comes next.
    pub fn ends(&mut self, count: usize) {
        self.ends = self.ends.max(count).min(2);
        self.space = false;
    }

    /// A line end that stands by itself: `<br>`.
    pub fn one_more_end(&mut self) {
        self.ends = (self.ends + 1).min(2);
        self.space = false;
    }

    pub fn words(&mut self, text: &str) {
        for piece in text.split_inclusive(is_space) {
            let word = piece.trim_matches(is_space);
            if !word.is_empty() {
                self.begin();
                self.out.push_str(word);
            }
            self.space |= piece.ends_with(is_space);
        }
    }

    /// Text whose spaces and line ends are its own.
    pub fn kept(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if !content.is_empty() {
                self.begin();
                self.out.push_str(content);
            }
            if line.ends_with('\n') {
                self.one_more_end();
            }
        }
    }

    /// Where the next word will stand.
    pub fn place(&mut self) -> usize {
        self.settle();
        self.out.len()
    }

    fn begin(&mut self) {
        self.settle();
        if self.is_at_start && self.depth > 0 {
            self.out.push_str(&">".repeat(self.depth.min(DEEPEST)));
            self.out.push(' ');
        } else if self.space && !self.is_at_start {
            self.out.push(' ');
        }
        (self.space, self.is_at_start) = (false, false);
    }

    fn settle(&mut self) {
        if self.ends > 0 && !self.out.is_empty() {
            let there = usize::from(self.is_at_start);
            self.out.push_str(&"\n\n"[..self.ends - there]);
            self.is_at_start = true;
        }
        self.ends = 0;
    }
}

/// The spaces of HTML; one that does not break is meant.
fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}
