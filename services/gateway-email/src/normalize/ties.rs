//! What ties an answer to its conversation when its head names no letter: a token of ours, or, last of all, its subject. Both
//! are names that our own letters are known by beside their ids; like every reference they lead to conversations of the same
//! person only (rule I15).

use gateway_kit::words::short_hash;
use letter::{Letter, threads::normal_subject};
use uuid::Uuid;

use crate::wire::Place;

/// How far back a subject leads: it says little, and less with time.
const WEEKS: i64 = 5;
const WEEK: i64 = 7 * 86_400;

/// The name of the conversation that a token stands for.
#[must_use]
pub fn by_token(conversation: Uuid) -> String {
    format!("token:{}", conversation.simple())
}

/// The name of letters with this subject, between us and this address, in the week of `at` (Unix seconds). `None`: the
/// subject says nothing.
#[must_use]
pub fn by_subject(subject: &str, address: &str, at: i64) -> Option<String> {
    let subject = normal_subject(subject);
    let about = format!("{}\n{subject}", address.to_lowercase());
    (!subject.is_empty()).then(|| format!("subject:{}:{}", short_hash(about.as_bytes()), at.div_euclid(WEEK)))
}

/// What a letter of somebody else may answer, the surest first. Only where no id says it, and only what a program has marked
/// as an answer: people begin anew under an old subject.
#[must_use]
pub fn of(place: &Place, letter: &Letter, address: &str) -> Vec<String> {
    if !letter.in_reply_to.is_empty() || !letter.references.is_empty() {
        return Vec::new();
    }
    let token = place.token.as_deref().and_then(|id| id.parse().ok()).map(by_token);
    let is_answer = letter::threads::without_replies(&letter.subject) != letter.subject.trim();
    let at = if place.received_at == 0 { letter.sent_at.unwrap_or_default() } else { place.received_at };
    let weeks = (0..WEEKS).filter(|_| is_answer);
    let subjects = weeks.filter_map(|back| by_subject(&letter.subject, address, at - back * WEEK));
    token.into_iter().chain(subjects).collect()
}

#[cfg(test)]
mod tests {
    use letter::{Limits, parse};

    use super::*;

    const AT: i64 = 1_790_000_000;
    const ANNA: &str = "anna@example.com";

    fn ties(head: &str, token: Option<Uuid>) -> Vec<String> {
        let letter = parse(format!("{head}\r\n\r\n").as_bytes(), &Limits::default()).unwrap();
        let place = Place { received_at: AT, token: token.map(|id| id.to_string()), ..Place::default() };
        of(&place, &letter, ANNA)
    }

    #[test]
    fn an_answer_without_ids_is_found_by_its_token_then_by_its_subject() {
        let conversation = Uuid::from_u128(7);
        let found = ties("Subject: Re: Where is my order?", Some(conversation));
        assert_eq!(found[0], by_token(conversation));
        let sent = |days: i64| by_subject("Where is my order?", "Anna@Example.com", AT - days * 86_400).unwrap();
        assert!(found.contains(&sent(0)) && found.contains(&sent(27)) && !found.contains(&sent(60)));
        assert_eq!(ties("Subject: Where is my order?", Some(conversation)), [by_token(conversation)], "it begins anew");
    }

    #[test]
    fn ids_are_believed_before_anything_else() {
        assert!(ties("Subject: Re: a\r\nIn-Reply-To: <1@example.com>", Some(Uuid::from_u128(7))).is_empty());
        assert!(ties("Subject: Re: a\r\nReferences: <1@example.com>", None).is_empty());
    }

    #[test]
    fn a_subject_that_says_nothing_ties_nothing() {
        assert!(ties("Subject: Re:", None).is_empty());
        assert_ne!(by_subject("a", ANNA, AT), by_subject("a", "boris@example.com", AT));
    }
}
