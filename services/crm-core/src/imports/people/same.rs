//! Which rows name a contact who is there already, or who stands in an earlier row: by the contacts' match rules in force, but for names
//! with slips.

use std::collections::{BTreeSet, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Row, store};
use crate::{
    clients::domain::AddressKind,
    contacts::domain::Contact,
    duplicates::{
        Kind, blocks, contacts as known_contacts,
        rules::{Facts, Match, Record, Rule, Rules, Strength, compare},
        store as records,
    },
    imports::{
        ImportError,
        doubles::{self, Earlier, Same, Who, better, is_same, of_kinds},
        parse::Parsed,
        step::Ground,
        store as rows,
    },
};

/// Shorter ones are initials.
const WORD: usize = 3;
/// Namesakes at one client are taken for the same whatever names count, and changed only by people.
const NAMESAKE: i16 = 50;

/// A contact as it is compared; its id is its client's, for colleagues are told from namesakes by it.
fn record(contact: &Contact, owner: Uuid, rules: &Rules) -> Record {
    let of = |kinds: &[AddressKind]| of_kinds(contact.addresses.iter(), kinds);
    let facts = Facts {
        id: owner,
        names: vec![contact.name()],
        birthday: contact.person.birthday,
        phones: of(&[AddressKind::Phone]),
        emails: of(&[AddressKind::Email]),
        identities: of(&[AddressKind::Username, AddressKind::Messenger]),
        ..Facts::default()
    };
    Record::of(&facts, rules)
}

/// Earlier rows of a dry run that share something with those of this stretch.
///
/// # Errors
/// What the database answers.
pub async fn earlier(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    parsed: &[(i32, Parsed)],
) -> Result<Vec<(i32, Parsed)>, ImportError> {
    let contacts = parsed.iter().filter_map(|(_, one)| one.contact.as_ref());
    let keys: BTreeSet<i64> = contacts
        .flat_map(|contact| blocks::keys(&record(contact, Uuid::nil(), &ground.rules), &ground.rules))
        .collect();
    let keys: Vec<i64> = keys.into_iter().collect();
    let under = rows::rows_under(&mut *db, ground.import.id, &keys).await?;
    let numbers: BTreeSet<i32> = under.into_iter().map(|(_, row)| row).collect();
    let found = rows::rows_of(db, ground.import.id, &numbers.into_iter().collect::<Vec<_>>()).await?;
    Ok(found.into_iter().filter_map(|row| Some((row.number, ground.parse(&row.cells).ok()?))).collect())
}

/// Who each row is already: of the contacts, or of the rows before it.
///
/// # Errors
/// What the database answers.
pub async fn judge(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    before: &[Row<'_>],
    stretch: &[Row<'_>],
) -> Result<Vec<Option<Same>>, ImportError> {
    let (import, rules) = (ground.import, &ground.rules);
    let of = |row: &Row<'_>| record(row.contact, row.owner.client, rules);
    let mut earlier = Earlier::default();
    before.iter().for_each(|row| earlier.add(row.number, of(row), rules));
    let all: Vec<Record> = stretch.iter().map(of).collect();
    let known = among_contacts(&mut *db, &all, rules).await?;
    let contacts = known.iter().flatten().filter_map(Same::contact);
    let ours = store::made_by(&mut *db, import.id, &contacts.collect::<Vec<_>>()).await?;
    let mut verdicts = Vec::with_capacity(all.len());
    for ((row, record), known) in stretch.iter().zip(all).zip(known) {
        let known = known.map(|same| match same.contact().and_then(|id| ours.get(&id)) {
            Some(row) => Same { who: Who::Row(*row), ..same },
            None => same,
        });
        let near =
            || earlier.near(&record, rules).filter_map(|(row, other)| same(&record, other, Who::Row(*row), rules));
        let verdict = known.or_else(|| near().fold(None, better));
        if verdict.is_none() {
            earlier.add(row.number, record, rules);
        }
        verdicts.push(verdict);
    }
    if import.dry_run {
        let (keys, numbers) = earlier.keys(import.cursor.saturating_add(1));
        rows::insert_keys(db, import.id, &keys, &numbers).await?;
    }
    Ok(verdicts)
}

/// The likeliest contact for each record, where there is one.
async fn among_contacts(db: &mut PgConnection, all: &[Record], rules: &Rules) -> sqlx::Result<Vec<Option<Same>>> {
    let mut candidates: Vec<BTreeSet<Uuid>> = vec![BTreeSet::new(); all.len()];
    let mut by_address: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, record) in all.iter().enumerate() {
        for (rule, values) in
            [(Rule::Phone, &record.phones), (Rule::Email, &record.emails), (Rule::Identity, &record.identities)]
        {
            let told = values.iter().filter(|_| rules.has(rule));
            told.for_each(|value| by_address.entry(value).or_default().push(place));
        }
    }
    let addresses: Vec<String> = by_address.keys().map(|address| (*address).to_owned()).collect();
    for (address, contact) in store::with_addresses(&mut *db, &addresses).await? {
        for place in by_address.get(address.as_str()).into_iter().flatten() {
            candidates[*place].insert(contact);
        }
    }
    if rules.has(Rule::Name) || rules.has(Rule::Birthday) {
        for (place, contact) in store::contacts_named(&mut *db, &all.iter().map(asked).collect::<Vec<_>>()).await? {
            candidates[place].insert(contact);
        }
    }
    let ids: Vec<Uuid> = candidates.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let owners = records::owners(&mut *db, Kind::Contact, &ids).await?;
    let facts = known_contacts::facts(db, Kind::Contact, &ids).await?;
    let known = facts.into_iter().filter_map(|facts| {
        let (id, owner) = (facts.id, *owners.get(&facts.id)?);
        Some((id, Record::of(&Facts { id: owner, ..facts }, rules)))
    });
    let known: HashMap<Uuid, Record> = known.collect();
    let best = |(record, ids): (&Record, BTreeSet<Uuid>)| {
        let hits = ids.into_iter().filter_map(|id| {
            let other = known.get(&id)?;
            same(record, other, Who::Contact { id, client: other.id }, rules)
        });
        hits.fold(None, better)
    };
    Ok(all.iter().zip(candidates).map(best).collect())
}

fn asked(record: &Record) -> store::Asked {
    store::Asked { words: doubles::name_words(record), owner: record.id, birthday: record.birthday }
}

/// Whether two are one person. Namesakes are one at the same client only, and surely so unless something else tells them apart; whoever
/// shares an address has to bear a name that may be the same, unless an administrator made that address proof.
fn same(one: &Record, other: &Record, who: Who, rules: &Rules) -> Option<Same> {
    let mut found = compare(one, other, rules)?;
    if one.contradicts(other) {
        return None;
    }
    if found.rules == [Rule::Name] {
        let (is_full, differ) = (one.names.iter().any(|name| name.words.len() > 1), reached_otherwise(one, other));
        if one.id != other.id || !is_full && differ {
            return None;
        }
        found.duplicate = is_full && !differ;
        found.score = found.score.max(NAMESAKE);
    } else if !named(&found) && !proves(&found, rules) && !may_be_one(one, other) {
        return None;
    }
    is_same(&found).then_some(Same { who, found })
}

/// Both say where they are reached, and nothing of it is the same.
fn reached_otherwise(one: &Record, other: &Record) -> bool {
    let differ = |one: &[String], other: &[String]| {
        !one.is_empty() && !other.is_empty() && one.iter().all(|address| !other.contains(address))
    };
    differ(&one.phones, &other.phones) || differ(&one.emails, &other.emails)
}

fn named(found: &Match) -> bool {
    found.rules.iter().any(|rule| matches!(rule, Rule::Name | Rule::Birthday))
}

fn proves(found: &Match, rules: &Rules) -> bool {
    found.rules.iter().any(|rule| rules.strengths.get(rule) == Some(&Strength::Hard))
}

/// Whether each word of the shorter name stands in the other, an initial for its word: of two colleagues with one surname the given
/// names differ.
fn may_be_one(one: &Record, other: &Record) -> bool {
    let fits = |word: &String, other: &String| {
        word == other
            || is_initial(word) && other.starts_with(word)
            || is_initial(other) && word.starts_with(other.as_str())
    };
    let both = one.names.iter().flat_map(|name| other.names.iter().map(move |other| (&name.words, &other.words)));
    both.map(|(a, b)| if a.len() <= b.len() { (a, b) } else { (b, a) }).any(|(short, long)| {
        let mut free: Vec<&String> = long.iter().collect();
        let is_word = short.iter().any(|word| !is_initial(word));
        // Whole words first: an initial takes what they leave.
        let mut short: Vec<&String> = short.iter().collect();
        short.sort_by_key(|word| is_initial(word));
        is_word
            && short.into_iter().all(|word| {
                let found = free
                    .iter()
                    .position(|other| word == *other)
                    .or_else(|| free.iter().position(|other| fits(word, other)));
                found.map(|place| free.remove(place)).is_some()
            })
    })
}

fn is_initial(word: &str) -> bool {
    word.chars().count() < WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, owner: u128, phone: &str) -> Record {
        let phones = Some(phone.to_owned()).filter(|phone| !phone.is_empty()).into_iter().collect();
        let facts = Facts { id: Uuid::from_u128(owner), names: vec![name.to_owned()], phones, ..Facts::default() };
        Record::of(&facts, &Rules::of_contacts())
    }

    fn is_there(one: &Record, other: &Record, rules: &Rules) -> bool {
        same(one, other, Who::Row(1), rules).is_some()
    }

    fn are_one(one: &Record, other: &Record, rules: &Rules) -> bool {
        same(one, other, Who::Row(1), rules).is_some_and(|same| same.is_sure())
    }

    #[test]
    fn namesakes_are_one_at_the_same_client_and_strangers_at_one_desk_are_two() {
        let rules = doubles::exact(Rules::of_contacts());
        let anna = person("Иванова Анна", 1, "79990000001");
        assert!(are_one(&anna, &person("Анна Иванова", 1, ""), &rules));
        assert!(!are_one(&anna, &person("Иванова Анна", 2, ""), &rules), "a namesake elsewhere");
        assert!(are_one(&anna, &person("Иванова А.", 2, "79990000001"), &rules), "who took the phone along");
        for other in ["Петров Пётр", "Петрова Анна", "Иванов Пётр", "Иванова Мария", "А. И."]
        {
            assert!(!is_there(&anna, &person(other, 1, "79990000001"), &rules), "the office's phone: {other}");
        }
        for other in ["Анна", "Иванова Анна Петровна", "А. Иванова"] {
            assert!(is_there(&anna, &person(other, 2, "79990000001"), &rules), "{other}");
        }
        let reached = person("Иванова Анна", 1, "79990000002");
        assert!(
            is_there(&anna, &reached, &rules) && !are_one(&anna, &reached, &rules),
            "nothing is changed by the name alone"
        );
        assert!(!is_there(&person("Анна", 1, "79990000001"), &person("Анна", 1, "79990000002"), &rules), "two of them");
        let mut proof = rules.clone();
        proof.strengths.insert(Rule::Phone, Strength::Hard);
        assert!(are_one(&anna, &person("Петров Пётр", 1, "79990000001"), &proof), "where a phone is proof");
    }
}
