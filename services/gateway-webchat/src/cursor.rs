//! How far the browser has the history without a gap.

/// The last message up to which nothing is missing in the browser. What replicas tell moves it only while nothing can have
/// been lost since the history was read: else everything behind the gap would never be asked for.
#[derive(Debug, Default)]
pub struct Cursor {
    last: Option<String>,
    /// How many losses there had been when the history was asked for; `None`: it is still to be read.
    losses: Option<u64>,
}

impl Cursor {
    /// The browser says what it has; its history is to be read from there.
    pub fn begin(&mut self, last: Option<String>) {
        *self = Self { last, losses: None };
    }

    /// Where to ask from. Until the answer is there, nothing that is told moves it.
    pub fn ask(&mut self) -> Option<String> {
        self.losses = None;
        self.last.clone()
    }

    /// The browser gets the history up to `last`; it was asked for after so many losses.
    pub fn read(&mut self, last: Option<String>, losses: u64) {
        *self = Self { last, losses: Some(losses) };
    }

    /// The browser is told a message, after so many losses.
    pub fn told(&mut self, id: &str, losses: u64) {
        if self.losses == Some(losses) {
            self.last = Some(id.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_before_the_history_was_read_moves_nothing() {
        let mut cursor = Cursor::default();
        cursor.begin(Some("a".into()));
        cursor.told("z", 0);
        assert_eq!(cursor.ask().as_deref(), Some("a"));
        cursor.told("z", 0);
        cursor.read(Some("c".into()), 0);
        cursor.told("d", 0);
        assert_eq!(cursor.ask().as_deref(), Some("d"));
    }

    #[test]
    fn what_is_told_after_a_loss_moves_nothing_until_the_gap_is_closed() {
        let mut cursor = Cursor::default();
        cursor.read(Some("a".into()), 0);
        cursor.told("z", 1);
        assert_eq!(cursor.ask().as_deref(), Some("a"));
        // One more loss while the answer was on its way.
        cursor.read(Some("c".into()), 1);
        cursor.told("z", 2);
        assert_eq!(cursor.ask().as_deref(), Some("c"));
    }
}
