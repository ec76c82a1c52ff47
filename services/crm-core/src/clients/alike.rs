//! Clients whose names sound like what somebody typed: with slips, in Latin letters, in any case of the language.
//!
//! The words of a query are looked up among all words that names hold, of which there are few; clients are then found by whole
//! words. So the work does not grow with how common the letters of a query are.

use std::collections::HashMap;

use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    duplicates::{
        names::{self, word_slips},
        store,
    },
    leads::store as leads,
};

/// Words of a query that are looked for.
const WORDS: usize = 4;
/// Words that one of the query may mean.
const MEANINGS: usize = 16;
/// Clients that are put in order.
const MOST: i64 = 300;
/// Fewer than this found strictly: it is looked for loosely too.
const FEW: usize = 20;

/// Endings of names in Russian, as they sound; longer ones first.
const ENDINGS: [&str; 25] = [
    "iami", "ami", "ogo", "ego", "omu", "emu", "imi", "oiu", "eiu", "iah", "iam", "oi", "ei", "om", "em", "im", "ah",
    "ih", "am", "ia", "iu", "a", "e", "i", "u",
];

/// A word without its ending; short ones keep it.
fn stem(word: &str) -> &str {
    let short = |ending: &&&str| word.strip_suffix(**ending).is_some_and(|stem| stem.chars().count() >= 3);
    ENDINGS.iter().find(short).and_then(|ending| word.strip_suffix(ending)).unwrap_or(word)
}

/// How far a word of a name is from a typed one; `None`: they are different words.
fn distance(typed: &str, word: &str) -> Option<i32> {
    if typed == word {
        return Some(0);
    }
    let letters = typed.chars().count();
    if letters >= 3 && (stem(typed) == stem(word) || word.starts_with(typed)) {
        return Some(1);
    }
    let slips = word_slips(typed, word).or_else(|| word_slips(stem(typed), stem(word)));
    let short =
        letters >= 4 && !typed.bytes().any(|byte| byte.is_ascii_digit()) && strsim::osa_distance(typed, word) == 1;
    slips.map(|slips| 1 + i32::try_from(slips).unwrap_or(9)).or_else(|| short.then_some(3))
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    Clients,
    Leads,
}

/// Clients in whose name, or a contact's, there is each of the typed words or one like it, or such leads, with their distance;
/// at most 300.
pub async fn alike(db: &PgPool, typed: &str, among: Among) -> sqlx::Result<Vec<(Uuid, i32)>> {
    let mut words = names::words(typed);
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.dedup();
    words.truncate(WORDS);
    if words.is_empty() || typed.contains('@') || !typed.chars().any(char::is_alphabetic) {
        return Ok(Vec::new());
    }
    let mut meanings: Vec<Vec<(String, i32)>> = Vec::with_capacity(words.len());
    for word in &words {
        meanings.push(meant(db, word).await?);
    }
    let mut found = named(db, among, &meanings, 1).await?;
    if found.len() < FEW {
        found.extend(named(db, among, &meanings, i32::MAX).await?);
    }
    if found.is_empty() && meanings.len() > 2 {
        // One word too many, for example a patronymic that is not on the card.
        found.extend(
            named(db, among, &meanings[..2], i32::MAX).await?.into_iter().map(|(client, far)| (client, far + 3)),
        );
    }
    Ok(found.into_iter().collect())
}

/// The words that a typed one may mean, the nearest first; itself among them.
async fn meant(db: &PgPool, typed: &str) -> sqlx::Result<Vec<(String, i32)>> {
    let beginning: String =
        if typed.chars().count() <= 5 { typed.chars().take(2).collect() } else { stem(typed).to_owned() };
    let known = store::words_like(db, typed, &beginning).await?;
    let mut near: Vec<(String, i32)> =
        known.into_iter().filter_map(|word| distance(typed, &word).map(|far| (word, far))).collect();
    near.retain(|(word, _)| word != typed);
    near.push((typed.to_owned(), 0));
    near.sort_by(|(a, near), (b, far)| (near, a).cmp(&(far, b)));
    near.truncate(MEANINGS);
    Ok(near)
}

/// Clients that hold one meaning of each word, none of them farther than this.
async fn named(
    db: &PgPool,
    among: Among,
    meanings: &[Vec<(String, i32)>],
    most: i32,
) -> sqlx::Result<HashMap<Uuid, i32>> {
    let mut lists: [Vec<String>; WORDS] = Default::default();
    for (meanings, list) in meanings.iter().zip(&mut lists) {
        list.extend(meanings.iter().filter(|(_, far)| *far <= most).map(|(word, _)| word.clone()));
    }
    let mut found: HashMap<Uuid, i32> = HashMap::new();
    let lists = lists.each_ref().map(Vec::as_slice);
    let rows = match among {
        Among::Clients => store::named(db, lists, MOST).await?,
        Among::Leads => leads::named(db, lists, MOST).await?,
    };
    for (client, words) in rows {
        let nearest = |meanings: &Vec<(String, i32)>| {
            meanings.iter().filter(|(word, _)| words.contains(word)).map(|(_, far)| *far).min().unwrap_or(9)
        };
        // Of two that fit alike, the one with fewer other words stands first.
        let more = i32::try_from(words.len().saturating_sub(meanings.len()).min(9)).unwrap_or(9);
        let far = meanings.iter().map(nearest).sum::<i32>() * 10 + more;
        let kept = found.entry(client).or_insert(far);
        *kept = far.min(*kept);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::sound::sound;

    #[test]
    fn cases_of_a_name_are_near_and_slips_a_little_farther() {
        let far = |typed: &str, word: &str| distance(&sound(typed), &sound(word));
        for (typed, word) in
            [("ромашкой", "ромашка"), ("петровым", "петров"), ("петровой", "петрова"), ("ром", "ромашка")]
        {
            assert_eq!(far(typed, word), Some(1), "{typed}");
        }
        for (typed, word) in [("рамашка", "ромашка"), ("алексея", "алексей"), ("ивна", "иван"), ("сергеем", "сергей")]
        {
            assert!(far(typed, word).is_some_and(|far| (1..=3).contains(&far)), "{typed} {:?}", far(typed, word));
        }
        for (typed, word) in [("ромашка", "рубашка"), ("100", "101"), ("ан", "анна")] {
            assert_eq!(far(typed, word), None, "{typed}");
        }
    }
}
