//! Keys under which records that may be the same meet: only those that share one are compared, so that a search does not
//! compare everybody with everybody.

use std::{
    collections::{BTreeSet, HashSet, hash_map::HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::rules::{Match, Record, Rule, Rules, compare};
use uuid::Uuid;

/// A key that more records share than this says nothing: a switchboard, or a name like a million others.
pub const MOST: usize = 100;
/// Words of a name that make keys.
const WORDS: usize = 4;

/// The keys of a record under these rules. They are the same in every process of one version: a search keeps its own.
#[must_use]
pub fn keys(record: &Record, rules: &Rules) -> BTreeSet<i64> {
    let mut keys = BTreeSet::new();
    let mut add = |kind: Rule, parts: &[&str]| {
        let mut hasher = DefaultHasher::new();
        (kind, parts).hash(&mut hasher);
        keys.insert(hasher.finish().cast_signed());
    };
    for (rule, values) in
        [(Rule::Phone, &record.phones), (Rule::Email, &record.emails), (Rule::Identity, &record.identities)]
    {
        values.iter().filter(|_| rules.has(rule)).for_each(|value| add(rule, &[value]));
    }
    if let Some(inn) = record.inn.as_ref().filter(|_| rules.has(Rule::Inn)) {
        add(Rule::Inn, &[inn]);
    }
    for name in &record.names {
        if rules.has(Rule::Name) {
            add(Rule::Name, &[&name.joined]);
            add(Rule::Name, &name.words.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if rules.has(Rule::Birthday)
            && let Some(day) = record.birthday
        {
            name.words.iter().for_each(|word| add(Rule::Birthday, &[&day.to_string(), word]));
        }
        if rules.has(Rule::SimilarName) {
            let mut words: Vec<&str> = name.words.iter().map(String::as_str).collect();
            words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
            words.truncate(WORDS);
            match words.as_slice() {
                [word] => lacking(word).iter().for_each(|part| add(Rule::SimilarName, &[part])),
                // A slip in one word leaves another as it is, and the beginning or the end of its own.
                words => {
                    for (place, exact) in words.iter().enumerate() {
                        let others = words.iter().enumerate().filter(|(other, _)| *other != place);
                        for end in others.flat_map(|(_, word)| ends(word)) {
                            add(Rule::SimilarName, &[exact, &end]);
                        }
                    }
                }
            }
        }
    }
    keys
}

/// A word, and it without each of its letters: two words with one slip between them share one of these.
fn lacking(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let without = |place: usize| letters.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, c)| *c).collect();
    std::iter::once(word.to_owned()).chain((0..letters.len().min(24)).map(without)).collect()
}

/// Beginning and end of a word; of middle length both short and long ones, for a slip may change the length.
fn ends(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let sizes: &[usize] = match letters.len() {
        0..=4 => &[2],
        5 | 6 => &[2, 3],
        _ => &[3],
    };
    let of = |size: &usize| {
        let size = (*size).min(letters.len());
        let begin: String = letters[..size].iter().collect();
        let end: String = letters[letters.len() - size..].iter().collect();
        [format!("{begin}-"), format!("-{end}")]
    };
    sizes.iter().flat_map(of).collect()
}

/// A pair of records that share something; the lower id first.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub one: Uuid,
    pub other: Uuid,
    pub found: Match,
}

/// The pairs within blocks; each compared once, however many keys they share.
#[must_use]
pub fn pairs(blocks: &[Vec<Uuid>], records: &HashMap<Uuid, Record>, rules: &Rules) -> Vec<Pair> {
    let mut seen: HashSet<(Uuid, Uuid)> = HashSet::new();
    let mut found = Vec::new();
    for block in blocks.iter().filter(|block| block.len() <= MOST) {
        for (place, one) in block.iter().enumerate() {
            for other in &block[place + 1..] {
                let (one, other) = (*one.min(other), *one.max(other));
                if one == other || !seen.insert((one, other)) {
                    continue;
                }
                let both = records.get(&one).zip(records.get(&other));
                let hit = both.and_then(|(a, b)| compare(a, b, rules));
                found.extend(hit.map(|found| Pair { one, other, found }));
            }
        }
    }
    found
}
