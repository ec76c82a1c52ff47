//! The conditions of folder rules: checked, made ready, asked. No I/O.
//!
//! A small tree of our own: sorting asks plain questions about the fields of a letter, and nothing that runs for long can be
//! written in it. What handles requests asks about more, and will bring a language.

use contracts::inbox::{
    FolderCondition, FolderField, FolderGroupKind, FolderOperator, FolderTest, folder_condition::What,
};
use tonic::Status;

use super::letter::{Seen, same};

const TESTS: usize = 20;
const DEPTH: usize = 3;
const LISTED: usize = 100;
const VALUE: usize = 500;

/// A condition, ready to be asked of any number of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test { field: FolderField, fit: Fit, negated: bool },
}

/// How a value of a field fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It is one of these.
    Among(Vec<String>),
    Contains(String),
    Filled,
}

impl Condition {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field below `place`.
    pub fn read(asked: Option<&FolderCondition>, place: &str) -> Result<Self, Status> {
        let mut left = TESTS;
        read(asked, place, DEPTH, &mut left)
    }

    #[must_use]
    pub fn fits(&self, letter: &Seen) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.fits(letter)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.fits(letter)),
            Self::Test { field, fit, negated } => fit.fits(*field, letter) != *negated,
        }
    }
}

impl Fit {
    fn fits(&self, field: FolderField, letter: &Seen) -> bool {
        let one = std::slice::from_ref;
        let values = match field {
            FolderField::From => letter.from.as_slice(),
            FolderField::FromDomain => one(&letter.from_domain),
            FolderField::To => letter.to.as_slice(),
            FolderField::Subject => one(&letter.subject),
            FolderField::Text => one(&letter.text),
            FolderField::Attachment => letter.attachments.as_slice(),
            FolderField::Unspecified => &[],
        };
        match self {
            Self::Among(wanted) => values.iter().any(|value| wanted.contains(value)),
            Self::Contains(part) => values.iter().any(|value| value.contains(part)),
            // A file without a name is attached all the same.
            Self::Filled => values.iter().any(|value| field == FolderField::Attachment || !value.is_empty()),
        }
    }
}

fn read(asked: Option<&FolderCondition>, place: &str, deep: usize, left: &mut usize) -> Result<Condition, Status> {
    match asked.and_then(|asked| asked.what.as_ref()) {
        None => Err(rpc::invalid_field(place, "is empty")),
        Some(What::Test(test)) => {
            *left = left.checked_sub(1).ok_or_else(|| rpc::invalid_field(place, "is more than 20 tests"))?;
            read_test(test, place)
        }
        Some(What::Group(_)) if deep == 0 => Err(rpc::invalid_field(place, "is more than 3 groups deep")),
        Some(What::Group(group)) if group.conditions.is_empty() => Err(rpc::invalid_field(place, "is an empty group")),
        Some(What::Group(group)) => {
            let inner = group.conditions.iter().map(|condition| read(Some(condition), place, deep - 1, left));
            let inner = inner.collect::<Result<_, _>>()?;
            Ok(if group.kind() == FolderGroupKind::Any { Condition::Any(inner) } else { Condition::All(inner) })
        }
    }
}

fn read_test(test: &FolderTest, place: &str) -> Result<Condition, Status> {
    let field = test.field();
    if field == FolderField::Unspecified {
        return Err(rpc::invalid_field(place, "names no field"));
    }
    let values: Vec<String> = test.values.iter().map(|value| same(value)).collect();
    if values.iter().any(|value| value.is_empty() || value.contains('\0') || value.chars().count() > VALUE) {
        return Err(rpc::invalid_field(place, "holds a value that is empty, or longer than 500 characters"));
    }
    let (fit, negated, most) = match test.operator() {
        FolderOperator::Equals => (Fit::Among(values), false, 1),
        FolderOperator::NotEquals => (Fit::Among(values), true, 1),
        FolderOperator::InList => (Fit::Among(values), false, LISTED),
        FolderOperator::NotInList => (Fit::Among(values), true, LISTED),
        FolderOperator::Contains => (Fit::Contains(values.into_iter().next().unwrap_or_default()), false, 1),
        FolderOperator::NotContains => (Fit::Contains(values.into_iter().next().unwrap_or_default()), true, 1),
        FolderOperator::Filled => (Fit::Filled, false, 0),
        FolderOperator::NotFilled => (Fit::Filled, true, 0),
        FolderOperator::Unspecified => return Err(rpc::invalid_field(place, "names no operator")),
    };
    let given = test.values.len();
    if given > most || (most > 0 && given == 0) {
        return Err(rpc::invalid_field(place, "has too few or too many values for its operator"));
    }
    Ok(Condition::Test { field, fit, negated })
}

#[cfg(test)]
mod tests {
    use contracts::inbox::FolderGroup;

    use super::*;

    fn test(field: FolderField, operator: FolderOperator, values: &[&str]) -> FolderCondition {
        let values = values.iter().map(ToString::to_string).collect();
        let test = FolderTest { field: field.into(), operator: operator.into(), values };
        FolderCondition { what: Some(What::Test(test)) }
    }

    fn group(kind: FolderGroupKind, conditions: Vec<FolderCondition>) -> FolderCondition {
        FolderCondition { what: Some(What::Group(FolderGroup { kind: kind.into(), conditions })) }
    }

    fn letter() -> Seen {
        Seen {
            from: vec!["petr@shop.example.com".into(), "петр ильин".into()],
            from_domain: "shop.example.com".into(),
            to: vec!["info@example.com".into(), "sales@example.com".into()],
            subject: "счет на оплату".into(),
            text: "добрый день".into(),
            attachments: vec!["счет 7.pdf".into(), String::new()],
        }
    }

    fn fits(condition: &FolderCondition) -> bool {
        Condition::read(Some(condition), "rules[0].condition").unwrap().fits(&letter())
    }

    #[test]
    fn each_operator_on_each_kind_of_field() {
        use FolderField::{Attachment, From, FromDomain, Subject, Text, To};
        use FolderOperator::{Contains, Equals, Filled, InList, NotContains, NotEquals, NotFilled, NotInList};
        let cases: [(FolderField, FolderOperator, &[&str], bool); 22] = [
            (From, Equals, &["PETR@shop.example.com"], true),
            (From, Equals, &["Пётр Ильин"], true),
            (From, Equals, &["petr"], false),
            (From, NotEquals, &["petr"], true),
            (From, NotEquals, &["petr@shop.example.com"], false),
            (From, Contains, &["ПЁТР"], true),
            (FromDomain, Equals, &["shop.example.com"], true),
            (FromDomain, InList, &["example.org", "Shop.Example.com"], true),
            (FromDomain, NotInList, &["example.org", "shop.example.com"], false),
            (FromDomain, NotInList, &["example.org"], true),
            (To, Equals, &["sales@example.com"], true),
            (To, NotContains, &["sales"], false),
            (To, NotContains, &["boss"], true),
            (Subject, Contains, &["Счёт"], true),
            (Subject, NotContains, &["счёт"], false),
            (Subject, NotFilled, &[], false),
            (Text, Contains, &["день"], true),
            (Text, Filled, &[], true),
            (Attachment, Contains, &[".PDF"], true),
            (Attachment, Filled, &[], true),
            (Attachment, NotFilled, &[], false),
            (Attachment, InList, &["а.pdf", "счёт 7.pdf"], true),
        ];
        for (field, operator, values, expected) in cases {
            assert_eq!(fits(&test(field, operator, values)), expected, "{field:?} {operator:?} {values:?}");
        }
        let bare = |field, operator| Condition::read(Some(&test(field, operator, &[])), "").unwrap();
        let nameless = Seen { attachments: vec![String::new()], ..Seen::default() };
        assert!(bare(Attachment, Filled).fits(&nameless));
        for field in [From, FromDomain, To, Subject, Text, Attachment] {
            assert!(bare(field, NotFilled).fits(&Seen::default()) && !bare(field, Filled).fits(&Seen::default()));
        }
    }

    #[test]
    fn groups_are_all_or_any_of_what_is_in_them() {
        use FolderGroupKind::{All, Any};
        let yes = || test(FolderField::Subject, FolderOperator::Contains, &["счёт"]);
        let no = || test(FolderField::Subject, FolderOperator::Contains, &["акт"]);
        assert!(fits(&group(All, vec![yes(), yes()])) && !fits(&group(All, vec![yes(), no()])));
        assert!(fits(&group(Any, vec![no(), yes()])) && !fits(&group(Any, vec![no(), no()])));
        assert!(fits(&group(All, vec![yes(), group(Any, vec![no(), group(All, vec![yes()])])])));
        assert!(!fits(&group(FolderGroupKind::Unspecified, vec![yes(), no()])), "all, where nothing is said");
    }

    #[test]
    fn what_is_no_condition_or_too_much_is_refused() {
        let yes = || test(FolderField::Subject, FolderOperator::Contains, &["счёт"]);
        let nested = |deep: usize| (0..deep).fold(yes(), |inner, _| group(FolderGroupKind::All, vec![inner]));
        let many = |count: usize| group(FolderGroupKind::Any, (0..count).map(|_| yes()).collect());
        let long = "я".repeat(501);
        let listed = vec!["a"; 101];
        let bad = [
            FolderCondition::default(),
            group(FolderGroupKind::All, vec![]),
            group(FolderGroupKind::All, vec![FolderCondition::default()]),
            nested(4),
            many(21),
            test(FolderField::Unspecified, FolderOperator::Filled, &[]),
            test(FolderField::Text, FolderOperator::Unspecified, &[]),
            test(FolderField::Text, FolderOperator::Filled, &["a"]),
            test(FolderField::Text, FolderOperator::Equals, &[]),
            test(FolderField::Text, FolderOperator::Equals, &["a", "b"]),
            test(FolderField::Text, FolderOperator::Contains, &["  "]),
            test(FolderField::Text, FolderOperator::Contains, &[&long]),
            test(FolderField::Text, FolderOperator::InList, &listed),
        ];
        for condition in &bad {
            let refused = Condition::read(Some(condition), "rules[3].condition").unwrap_err();
            assert_eq!(rpc::metadata_of(&refused)["field"], "rules[3].condition", "{condition:?}");
        }
        assert!(fits(&nested(3)) && fits(&many(20)));
    }
}
