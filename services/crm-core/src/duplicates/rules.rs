//! What makes two records the same: rules, their strength, and what a pair of records says under them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::names::Name;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Inn,
    Phone,
    Email,
    Identity,
    Name,
    SimilarName,
    Birthday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    Weak,
    Medium,
    Strong,
    Hard,
}

impl Strength {
    /// How sure a rule of this strength alone makes us.
    const fn weight(self) -> f64 {
        match self {
            Self::Weak => 0.3,
            Self::Medium => 0.5,
            Self::Strong => 0.75,
            Self::Hard => 0.97,
        }
    }
}

/// Which rules are on, and how strong each is; and what many share, so that it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rules {
    pub strengths: BTreeMap<Rule, Strength>,
    /// Phones by digits, e-mails in lower case: switchboards and shared mailboxes.
    pub shared: BTreeSet<String>,
}

impl Rules {
    #[must_use]
    pub fn of_clients() -> Self {
        let strengths = [
            (Rule::Inn, Strength::Hard),
            (Rule::Phone, Strength::Strong),
            (Rule::Email, Strength::Strong),
            (Rule::Identity, Strength::Strong),
            (Rule::Name, Strength::Medium),
            (Rule::SimilarName, Strength::Weak),
            (Rule::Birthday, Strength::Medium),
        ];
        Self { strengths: strengths.into(), shared: BTreeSet::new() }
    }

    /// A contact has no INN.
    #[must_use]
    pub fn of_contacts() -> Self {
        let mut rules = Self::of_clients();
        rules.strengths.remove(&Rule::Inn);
        rules
    }

    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.strengths.contains_key(&rule)
    }
}

/// A client or contact as far as it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub id: Uuid,
    pub company: bool,
    /// The name, the working name; of a person also what its parts make.
    pub names: Vec<String>,
    pub inn: String,
    pub kpp: String,
    pub birthday: Option<NaiveDate>,
    /// Digits with the country code; those of contacts too.
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    /// "<channel>:<name>".
    pub identities: Vec<String>,
}

/// Facts, made ready once for many comparisons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: Uuid,
    pub company: bool,
    pub names: Vec<Name>,
    pub inn: Option<String>,
    pub kpp: Option<String>,
    pub birthday: Option<NaiveDate>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub identities: Vec<String>,
}

impl Record {
    #[must_use]
    pub fn of(facts: &Facts, rules: &Rules) -> Self {
        let told = |values: &[String]| values.iter().filter(|value| !rules.shared.contains(*value)).cloned().collect();
        let mut names: Vec<Name> = facts.names.iter().filter_map(|name| Name::read(name)).collect();
        names.dedup();
        Self {
            id: facts.id,
            company: facts.company,
            names,
            inn: Some(facts.inn.trim().to_owned()).filter(|inn| is_inn(inn)),
            kpp: Some(facts.kpp.trim().to_owned()).filter(|kpp| !kpp.is_empty()),
            birthday: facts.birthday,
            phones: told(&facts.phones),
            emails: told(&facts.emails),
            identities: told(&facts.identities),
        }
    }

    /// They cannot be the same, whatever their names say.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let differ =
            |one: &Option<String>, other: &Option<String>| matches!((one, other), (Some(a), Some(b)) if a != b);
        let born = matches!((self.birthday, other.birthday), (Some(a), Some(b)) if a != b);
        differ(&self.inn, &other.inn) || born
    }
}

/// Whether the check digits of an INN are right: 10 digits of a company, 12 of a person.
#[must_use]
pub fn is_inn(inn: &str) -> bool {
    let digits: Vec<u32> = inn.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != inn.len() || digits.iter().all(|digit| *digit == 0) {
        return false;
    }
    let check =
        |weights: &[u32]| weights.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum::<u32>() % 11 % 10;
    match digits.len() {
        10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[9],
        12 => {
            check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[10]
                && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[11]
        }
        _ => false,
    }
}

/// What two records share.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// In the order of `Rule`.
    pub rules: Vec<Rule>,
    /// A hard rule, or two strong ones.
    pub duplicate: bool,
    /// 1 to 100.
    pub score: i16,
}

/// From where two names are alike.
const ALIKE: f64 = 0.85;

/// What two records share under these rules; `None`: nothing that counts.
#[must_use]
pub fn compare(one: &Record, other: &Record, rules: &Rules) -> Option<Match> {
    let hits: Vec<(Rule, Strength)> = rules
        .strengths
        .iter()
        .filter_map(|(rule, strength)| Some((*rule, of_rule(*rule, one, other)?.min(*strength))))
        .collect();
    // An equal name is a similar one too; it counts once.
    let equal = hits.iter().any(|(rule, _)| *rule == Rule::Name);
    let hits: Vec<_> = hits.into_iter().filter(|(rule, _)| !(equal && *rule == Rule::SimilarName)).collect();
    let strong = hits.iter().filter(|(_, strength)| *strength == Strength::Strong).count();
    let hard = hits.iter().any(|(_, strength)| *strength == Strength::Hard);
    let doubt: f64 = hits.iter().map(|(_, strength)| 1.0 - strength.weight()).product();
    #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
    let score = ((1.0 - doubt) * 100.0).round() as i16;
    let rules: Vec<Rule> = hits.into_iter().map(|(rule, _)| rule).collect();
    (!rules.is_empty()).then_some(Match { rules, duplicate: hard || strong >= 2, score })
}

/// How much a rule may count at most between these two; `None`: it does not fit.
fn of_rule(rule: Rule, one: &Record, other: &Record) -> Option<Strength> {
    let shares = |a: &[String], b: &[String]| a.iter().any(|value| b.contains(value)).then_some(Strength::Hard);
    match rule {
        Rule::Inn => match (&one.inn, &other.inn) {
            // Another KPP is another branch of the same company.
            (Some(a), Some(b)) if a == b => {
                let branch = matches!((&one.kpp, &other.kpp), (Some(a), Some(b)) if a != b);
                Some(if branch { Strength::Medium } else { Strength::Hard })
            }
            _ => None,
        },
        Rule::Phone => shares(&one.phones, &other.phones),
        Rule::Email => shares(&one.emails, &other.emails),
        Rule::Identity => shares(&one.identities, &other.identities),
        Rule::Name => names(one, other, Name::equals),
        Rule::SimilarName => names(one, other, |a, b| !a.equals(b) && a.similarity(b) >= ALIKE),
        Rule::Birthday => born_alike(one, other),
    }
}

fn names(one: &Record, other: &Record, fit: impl Fn(&Name, &Name) -> bool) -> Option<Strength> {
    let alike = one.names.iter().any(|a| other.names.iter().any(|b| fit(a, b)));
    (alike && !one.contradicts(other)).then_some(Strength::Hard)
}

/// Born on the same day, with surname and given name the same; the patronymic may be missing.
fn born_alike(one: &Record, other: &Record) -> Option<Strength> {
    if one.birthday.is_none() || one.birthday != other.birthday || one.contradicts(other) {
        return None;
    }
    let shared = |a: &Name, b: &Name| a.words.iter().filter(|word| b.words.contains(word)).count() >= 2;
    one.names.iter().any(|a| other.names.iter().any(|b| shared(a, b))).then_some(Strength::Hard)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(facts: &Facts) -> Record {
        Record::of(facts, &Rules::of_clients())
    }

    fn named(name: &str) -> Facts {
        Facts { names: vec![name.to_owned()], ..Facts::default() }
    }

    fn verdict(one: &Facts, other: &Facts) -> Option<(Vec<Rule>, bool)> {
        let found = compare(&record(one), &record(other), &Rules::of_clients())?;
        Some((found.rules, found.duplicate))
    }

    #[test]
    fn an_inn_is_checked_by_its_digits() {
        assert!(is_inn("7707083893") && is_inn("500100732259"));
        for wrong in ["7707083894", "500100732258", "0000000000", "77070838", "", "770708389x"] {
            assert!(!is_inn(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_hard_rule_or_two_strong_ones_are_a_duplicate_and_less_is_possible() {
        let inn = Facts { inn: "7707083893".into(), ..named("Альфа") };
        let same = Facts { inn: "7707083893".into(), ..named("Бета") };
        assert_eq!(verdict(&inn, &same), Some((vec![Rule::Inn], true)));
        let (here, there) = (Facts { kpp: "770101001".into(), ..inn }, Facts { kpp: "780101001".into(), ..same });
        assert_eq!(verdict(&here, &there), Some((vec![Rule::Inn], false)), "a branch");

        let phone = Facts { phones: vec!["79990000001".into()], ..named("Альфа") };
        let other = Facts { phones: vec!["79990000001".into()], ..named("Бета") };
        assert_eq!(verdict(&phone, &other), Some((vec![Rule::Phone], false)));
        let mail = |facts: Facts| Facts { emails: vec!["a@example.com".into()], ..facts };
        assert_eq!(verdict(&mail(phone), &mail(other)), Some((vec![Rule::Phone, Rule::Email], true)));
        assert_eq!(verdict(&named("ООО Альфа"), &named("Alfa LLC")), Some((vec![Rule::Name], false)));
        assert_eq!(verdict(&named("Ромашка"), &named("Рамашка")), Some((vec![Rule::SimilarName], false)));
        assert_eq!(verdict(&named("Ромашка"), &named("Вектор")), None);
    }

    #[test]
    fn what_contradicts_makes_a_name_say_nothing() {
        let one = Facts { inn: "7707083893".into(), ..named("Ромашка") };
        let other = Facts { inn: "7736050003".into(), ..named("Ромашка") };
        assert!(is_inn(&other.inn));
        assert_eq!(verdict(&one, &other), None);
        let born = |day: u32, name: &str| Facts { birthday: NaiveDate::from_ymd_opt(1990, 5, day), ..named(name) };
        assert_eq!(verdict(&born(1, "Иванов Иван"), &born(2, "Иванов Иван")), None);
        let fits = verdict(&born(1, "Иванов Иван Петрович"), &born(1, "Иван Иванов"));
        assert_eq!(fits, Some((vec![Rule::Birthday], false)));
    }

    #[test]
    fn what_is_shared_or_switched_off_does_not_count() {
        let phone = |name: &str| Facts { phones: vec!["79990000001".into()], ..named(name) };
        let mut rules = Rules::of_clients();
        rules.shared.insert("79990000001".into());
        let of = |facts: &Facts, rules: &Rules| Record::of(facts, rules);
        assert!(compare(&of(&phone("Альфа"), &rules), &of(&phone("Бета"), &rules), &rules).is_none());
        let mut rules = Rules::of_clients();
        rules.strengths.remove(&Rule::Phone);
        assert!(compare(&of(&phone("Альфа"), &rules), &of(&phone("Бета"), &rules), &rules).is_none());
        rules.strengths.insert(Rule::Phone, Strength::Hard);
        let hard = compare(&of(&phone("Альфа"), &rules), &of(&phone("Бета"), &rules), &rules);
        assert!(hard.is_some_and(|found| found.duplicate && found.score == 97));
    }
}
