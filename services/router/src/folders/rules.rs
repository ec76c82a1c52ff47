//! The rules of one account, in their order. No I/O.

use std::collections::HashSet;

use contracts::inbox::{FolderRule, ListFolderRulesResponse};
use prost::Message;
use tonic::Status;
use uuid::Uuid;

use super::{condition::Condition, letter::Seen};

const RULES: usize = 100;
const NAME: usize = 100;

/// Rules, ready to sort.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorting {
    pub revision: i64,
    rules: Vec<Ready>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ready {
    condition: Condition,
    folder: Uuid,
}

impl Sorting {
    /// What is stored was checked when it was; a rule that a newer version wrote and this one does not understand fits nothing.
    #[must_use]
    pub fn stored(revision: i64, bytes: &[u8]) -> Self {
        Self::of(revision, &decoded(bytes))
    }

    #[must_use]
    pub fn of(revision: i64, rules: &[FolderRule]) -> Self {
        let ready = |rule: &FolderRule| {
            let condition = Condition::read(rule.condition.as_ref(), "condition").ok()?;
            Some(Ready { condition, folder: rule.folder_id.parse().ok()? })
        };
        Self { revision, rules: rules.iter().filter(|rule| !rule.off).filter_map(ready).collect() }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The folder of the first rule that fits.
    #[must_use]
    pub fn folder(&self, letter: &Seen) -> Option<Uuid> {
        self.rules.iter().find(|rule| rule.condition.fits(letter)).map(|rule| rule.folder)
    }
}

#[must_use]
pub fn decoded(bytes: &[u8]) -> Vec<FolderRule> {
    ListFolderRulesResponse::decode(bytes).unwrap_or_default().rules
}

#[must_use]
pub fn encoded(rules: &[FolderRule]) -> Vec<u8> {
    ListFolderRulesResponse { rules: rules.to_vec(), etag: String::new() }.encode_to_vec()
}

/// Checks a whole list; where its folders are is looked up by the caller.
///
/// # Errors
/// INVALID_ARGUMENT, naming the field.
pub fn read(asked: Vec<FolderRule>) -> Result<Vec<FolderRule>, Status> {
    if asked.len() > RULES {
        return Err(rpc::invalid_field("rules", "holds more than 100"));
    }
    let mut seen = HashSet::new();
    let mut rules = Vec::with_capacity(asked.len());
    for (place, mut rule) in asked.into_iter().enumerate() {
        let field = |name: &str| format!("rules[{place}].{name}");
        let id: Uuid = rpc::parse_id(&field("rule_id"), &rule.rule_id)?;
        if !seen.insert(id) {
            return Err(rpc::invalid_field(&field("rule_id"), "is that of another rule"));
        }
        rule.rule_id = id.to_string();
        rule.name = rule.name.trim().to_owned();
        if rule.name.chars().count() > NAME || rule.name.contains(char::is_control) {
            return Err(rpc::invalid_field(&field("name"), "must have at most 100 characters"));
        }
        rule.folder_id = rpc::parse_id::<Uuid>(&field("folder_id"), &rule.folder_id)?.to_string();
        Condition::read(rule.condition.as_ref(), &field("condition"))?;
        rules.push(rule);
    }
    Ok(rules)
}

/// Of these rules, those that are asked for, in the order that they are asked for, whether they are on or off; all that
/// are on where none is named.
///
/// # Errors
/// INVALID_ARGUMENT when one is named that there is not.
pub fn chosen(rules: &[FolderRule], ids: &[Uuid]) -> Result<Vec<FolderRule>, Status> {
    if ids.is_empty() {
        return Ok(rules.iter().filter(|rule| !rule.off).cloned().collect());
    }
    let find = |id: &Uuid| rules.iter().find(|rule| rule.rule_id == id.to_string());
    let on = |rule: &FolderRule| FolderRule { off: false, ..rule.clone() };
    let named = ids.iter().map(|id| find(id).map(on)).collect::<Option<_>>();
    named.ok_or_else(|| rpc::invalid_field("rule_ids", "names a rule that there is not"))
}

#[cfg(test)]
mod tests {
    use contracts::inbox::{FolderCondition, FolderField, FolderOperator, FolderTest, folder_condition::What};

    use super::*;

    fn rule(part: &str, folder: Uuid) -> FolderRule {
        let test = FolderTest {
            field: FolderField::Subject.into(),
            operator: FolderOperator::Contains.into(),
            values: vec![part.to_owned()],
        };
        FolderRule {
            rule_id: Uuid::now_v7().to_string(),
            condition: Some(FolderCondition { what: Some(What::Test(test)) }),
            folder_id: folder.to_string(),
            ..FolderRule::default()
        }
    }

    #[test]
    fn the_first_rule_that_fits_and_is_on_decides() {
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        let letter = Seen { subject: "счет и акт".into(), ..Seen::default() };
        let folder = |rules: &[FolderRule]| Sorting::stored(1, &encoded(rules)).folder(&letter);
        let (bill, act) = (rule("счёт", one), rule("акт", two));
        assert_eq!(folder(&[bill.clone(), act.clone()]), Some(one));
        assert_eq!(folder(&[act.clone(), bill.clone()]), Some(two));
        assert_eq!(folder(&[FolderRule { off: true, ..bill }, act]), Some(two));
        assert_eq!(folder(&[rule("договор", one)]), None);
    }

    #[test]
    fn a_run_takes_the_rules_and_the_order_that_it_is_told() {
        let folder = Uuid::now_v7();
        let rules = [rule("1", folder), FolderRule { off: true, ..rule("2", folder) }];
        let ids: Vec<Uuid> = rules.iter().map(|rule| rule.rule_id.parse().unwrap()).collect();
        assert_eq!(chosen(&rules, &[]).unwrap(), rules[..1]);
        let turned = chosen(&rules, &[ids[1], ids[0]]).unwrap();
        assert_eq!(turned[0].rule_id, rules[1].rule_id);
        assert!(!turned[0].off);
        assert!(chosen(&rules, &[Uuid::now_v7()]).is_err());
    }

    #[test]
    fn a_bad_list_names_its_field() {
        let good = || rule("1", Uuid::now_v7());
        let twice = good();
        let bad = [
            ("rules", vec![good(); 101]),
            ("rules[1].rule_id", vec![twice.clone(), twice]),
            ("rules[0].rule_id", vec![FolderRule { rule_id: "7".into(), ..good() }]),
            ("rules[0].name", vec![FolderRule { name: "я".repeat(101), ..good() }]),
            ("rules[0].folder_id", vec![FolderRule { folder_id: String::new(), ..good() }]),
            ("rules[0].condition", vec![FolderRule { condition: None, ..good() }]),
        ];
        for (field, rules) in bad {
            assert_eq!(rpc::metadata_of(&read(rules).unwrap_err())["field"], field);
        }
    }
}
