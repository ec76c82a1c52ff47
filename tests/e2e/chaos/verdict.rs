//! What was wrong, in the words of the first law; the rules alone, without anything to ask.

use std::{collections::BTreeMap, fmt};

use contracts::inbox::MessageStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Lost,
    Doubled,
    OutOfOrder,
    /// Whatever else must not be: a reply that waits for ever, a page that shows something else than what is stored.
    Wrong,
}

/// One broken promise with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.what)
    }
}

pub fn violation(kind: Kind, what: impl Into<String>) -> Violation {
    Violation { kind, what: what.into() }
}

/// What is wrong with a thread that holds these numbers where 1, 2, ... `written` were accepted.
pub fn judge_thread(whose: &str, written: u64, stored: &[u64]) -> Vec<Violation> {
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    stored.iter().for_each(|number| *times.entry(*number).or_default() += 1);
    let lost = (1..=written).filter(|number| !times.contains_key(number));
    let mut wrong: Vec<_> = lost.map(|number| violation(Kind::Lost, format!("{whose} {number}"))).collect();
    let doubled = times.iter().filter(|(_, times)| **times > 1);
    wrong.extend(doubled.map(|(number, times)| violation(Kind::Doubled, format!("{whose} {number}, {times} times"))));
    wrong.extend(
        times
            .range(written + 1..)
            .map(|(number, _)| violation(Kind::Wrong, format!("{whose} {number} was never written"))),
    );
    wrong.extend(judge_order(whose, stored));
    wrong
}

/// What is wrong with the order in which these numbers stand; repeats are judged elsewhere.
pub fn judge_order(whose: &str, numbers: &[u64]) -> Vec<Violation> {
    let late = |pair: &&[u64]| pair[0] > pair[1];
    let words = |pair: &[u64]| violation(Kind::OutOfOrder, format!("{whose} {} after {}", pair[1], pair[0]));
    numbers.windows(2).filter(late).map(words).collect()
}

/// What may become of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// Nobody can know whether it arrived, and it is shown so.
    Unknown,
    Failed,
}

/// What became of an accepted reply that is shown with `status` and was received so many times.
///
/// # Errors
/// What must not be.
pub fn judge_reply(text: &str, status: Option<MessageStatus>, received: usize) -> Result<Fate, Violation> {
    use MessageStatus as Status;
    let Some(status) = status else { return Err(violation(Kind::Lost, format!("reply {text} is not stored"))) };
    match (status, received) {
        (_, 2..) => Err(violation(Kind::Doubled, format!("reply {text} ({status:?}) arrived {received} times"))),
        (Status::Sent | Status::Delivered | Status::Read, 1) => Ok(Fate::Sent),
        (Status::Sent | Status::Delivered | Status::Read, 0) => {
            Err(violation(Kind::Lost, format!("reply {text} is shown as {status:?} and never arrived")))
        }
        (Status::Unknown, _) => Ok(Fate::Unknown),
        (Status::Failed, 0) => Ok(Fate::Failed),
        _ => Err(violation(Kind::Wrong, format!("reply {text} is shown as {status:?}, arrived {received} times"))),
    }
}

/// `<whose> <number>`.
pub fn numbered(text: &str) -> Option<(&str, u64)> {
    let (whose, number) = text.rsplit_once(' ')?;
    Some((whose, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(wrong: &[Violation]) -> Vec<Kind> {
        wrong.iter().map(|one| one.kind).collect()
    }

    #[test]
    fn a_whole_thread_is_right_and_each_harm_is_named() {
        assert_eq!(judge_thread("a", 3, &[1, 2, 3]), []);
        assert_eq!(kinds(&judge_thread("a", 3, &[1, 3])), [Kind::Lost]);
        assert_eq!(kinds(&judge_thread("a", 3, &[1, 2, 2, 3])), [Kind::Doubled]);
        assert_eq!(kinds(&judge_thread("a", 3, &[1, 3, 2])), [Kind::OutOfOrder]);
        assert_eq!(kinds(&judge_thread("a", 2, &[1, 2, 3])), [Kind::Wrong]);
        assert_eq!(judge_thread("a", 1, &[])[0].to_string(), "Lost: a 1");
    }

    #[test]
    fn a_reply_is_received_once_or_shown_as_unknown() {
        use MessageStatus as Status;
        assert_eq!(judge_reply("r", Some(Status::Delivered), 1), Ok(Fate::Sent));
        assert_eq!(judge_reply("r", Some(Status::Unknown), 0), Ok(Fate::Unknown));
        assert_eq!(judge_reply("r", Some(Status::Unknown), 1), Ok(Fate::Unknown));
        assert_eq!(judge_reply("r", Some(Status::Failed), 0), Ok(Fate::Failed));
        let wrong = |status, received| judge_reply("r", status, received).unwrap_err().kind;
        assert_eq!(wrong(None, 1), Kind::Lost);
        assert_eq!(wrong(Some(Status::Sent), 0), Kind::Lost);
        assert_eq!(wrong(Some(Status::Unknown), 2), Kind::Doubled);
        assert_eq!(wrong(Some(Status::Failed), 1), Kind::Wrong);
        assert_eq!(wrong(Some(Status::Queued), 0), Kind::Wrong);
    }

    #[test]
    fn a_text_tells_whose_it_is_and_its_place() {
        assert_eq!(numbered("hook-1 12"), Some(("hook-1", 12)));
        assert_eq!(numbered("hook-1"), None);
    }
}
