//! Which values the original of a merge gets. Works on rows as the database writes them as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use uuid::Uuid;

use super::references::{Differ, Field};

pub type Row = Map<String, Value>;

/// Columns that change, by name.
pub type Columns = BTreeMap<String, Value>;

/// A row of which a record has one by this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub name: String,
    pub owner: Uuid,
    /// A hash of all but its owner.
    pub content: Vec<u8>,
}

/// What filling the original from the others changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    pub before: Columns,
    pub after: Columns,
}

/// Fills empty ones of these fields of the original from the others and takes what was chosen.
///
/// # Errors
/// The fields in which they differ and no choice was made.
pub fn fill(
    fields: &[Field],
    original: &Row,
    others: &[(Uuid, Row)],
    choices: &BTreeMap<String, Uuid>,
) -> Result<Filled, Vec<String>> {
    let (mut filled, mut conflicts) = (Filled::default(), Vec::new());
    for field in fields {
        if field.differ == Differ::Unite {
            unite(field, original, others, &mut filled);
            continue;
        }
        match source(field, original, others, choices) {
            Ok(Some(source)) => take(field, original, source, &mut filled),
            Ok(None) => {}
            Err(()) => conflicts.push(field.name.to_owned()),
        }
    }
    if conflicts.is_empty() { Ok(filled) } else { Err(conflicts) }
}

/// Whose value it gets; `None`: its own.
fn source<'a>(
    field: &Field,
    original: &Row,
    others: &'a [(Uuid, Row)],
    choices: &BTreeMap<String, Uuid>,
) -> Result<Option<&'a Row>, ()> {
    if let Some(chosen) = choices.get(field.name) {
        return Ok(others.iter().find(|(id, _)| id == chosen).map(|(_, row)| row));
    }
    let told: Vec<&Row> = others.iter().map(|(_, row)| row).filter(|row| !is_empty(field, row)).collect();
    let same = |one: &Row, other: &Row| field.columns.iter().all(|column| one.get(*column) == other.get(*column));
    if is_empty(field, original) {
        return match told.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if field.differ == Differ::Keep || rest.iter().all(|row| same(first, row)) => {
                Ok(Some(first))
            }
            _ => Err(()),
        };
    }
    if field.differ == Differ::Keep || told.iter().all(|row| same(original, row)) { Ok(None) } else { Err(()) }
}

fn is_empty(field: &Field, row: &Row) -> bool {
    match field.columns.first().and_then(|column| row.get(*column)) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Bool(is)) => !is,
        Some(Value::Number(number)) => number.as_i64() == Some(0), // the enums of the contract begin there
    }
}

/// Entries of a list may say which of them is the main one.
const MAIN: &str = "is_main";

fn is_main(entry: &Value) -> bool {
    entry.get(MAIN).and_then(Value::as_bool).unwrap_or_default()
}

fn same_entry(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let told =
                |of: &Row, than: &Row| of.iter().all(|(name, value)| name == MAIN || than.get(name) == Some(value));
            told(one, other) && told(other, one)
        }
        _ => one == other,
    }
}

/// Whose row stays of those that records have one of: custom values and photos. Names and owners.
///
/// # Errors
/// What they differ in and no choice was made.
pub fn kept(
    held: &[Held],
    original: Uuid,
    choices: &BTreeMap<String, Uuid>,
) -> Result<BTreeMap<String, Uuid>, Vec<String>> {
    let mut by_name: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for one in held {
        by_name.entry(&one.name).or_default().push(one);
    }
    let (mut kept, mut conflicts) = (BTreeMap::new(), Vec::new());
    for (name, mut held) in by_name {
        held.sort_by_key(|one| (one.owner != original, one.owner));
        let first = held.first().filter(|first| held.iter().all(|one| one.content == first.content));
        if let Some(owner) = choices.get(name).copied().or_else(|| first.map(|first| first.owner)) {
            kept.insert(name.to_owned(), owner);
        } else {
            conflicts.push(name.to_owned());
        }
    }
    if conflicts.is_empty() { Ok(kept) } else { Err(conflicts) }
}

/// A list that holds what all of them hold, the original's first.
fn unite(field: &Field, original: &Row, others: &[(Uuid, Row)], filled: &mut Filled) {
    for column in field.columns {
        let of = |row: &Row| row.get(*column).and_then(Value::as_array).cloned().unwrap_or_default();
        let own = of(original);
        let mut all = own.clone();
        for mut value in others.iter().flat_map(|(_, row)| of(row)) {
            if all.iter().any(|there| same_entry(there, &value)) {
                continue;
            }
            if let Some(main) = value.get_mut(MAIN).filter(|_| all.iter().any(is_main)) {
                *main = false.into();
            }
            all.push(value);
        }
        if all != own {
            filled.before.insert((*column).to_owned(), own.into());
            filled.after.insert((*column).to_owned(), all.into());
        }
    }
}

fn take(field: &Field, original: &Row, source: &Row, filled: &mut Filled) {
    for column in field.columns {
        let (before, after) = (original.get(*column).cloned(), source.get(*column).cloned());
        if before != after {
            filled.before.insert((*column).to_owned(), before.unwrap_or_default());
            filled.after.insert((*column).to_owned(), after.unwrap_or_default());
        }
    }
}

/// What an undo sets back: columns that still hold what the merge wrote.
#[must_use]
pub fn unfill(fields: &[Field], now: &Row, before: &Columns, after: &Columns) -> Columns {
    let untouched =
        |column: &String| now.get(column).unwrap_or(&Value::Null) == after.get(column).unwrap_or(&Value::Null);
    let untouched_field = |column: &String| {
        let field = fields.iter().find(|field| field.columns.contains(&column.as_str()));
        let of_merge = |other: &&&str| after.contains_key(**other);
        field.is_none_or(|field| field.columns.iter().filter(of_merge).all(|other| untouched(&(*other).to_owned())))
    };
    before.iter().filter(|(column, _)| untouched_field(column)).map(|(c, value)| (c.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::references::FIELDS, *};

    fn row(value: Value) -> Row {
        let Value::Object(row) = value else { panic!("a row") };
        row
    }

    #[test]
    fn what_is_empty_is_filled_and_what_differs_is_asked() {
        let original =
            row(json!({"name": "Альфа", "search_name": "альфа", "kind": 2, "comment": "", "tag_ids": ["a"]}));
        let other = row(
            json!({"name": "Бета", "search_name": "бета", "kind": 1, "comment": "Звонить утром", "tag_ids": ["b", "a"]}),
        );
        let third = row(json!({"name": "Гамма", "search_name": "гамма", "kind": 1, "comment": "Звонить вечером"}));
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        let none = BTreeMap::new();
        let filled = fill(&FIELDS, &original, &[(one, other.clone())], &none).unwrap();
        let after = [("comment".to_owned(), json!("Звонить утром")), ("tag_ids".to_owned(), json!(["a", "b"]))];
        assert_eq!(filled.after, after.into());
        let others = [(one, other), (two, third)];
        assert_eq!(fill(&FIELDS, &original, &others, &none), Err(vec!["comment".to_owned()]));
        let chosen = BTreeMap::from([("comment".to_owned(), two), ("name".to_owned(), one)]);
        let filled = fill(&FIELDS, &original, &others, &chosen).unwrap();
        assert_eq!(filled.after["comment"], "Звонить вечером");
        assert_eq!((&filled.after["name"], &filled.after["search_name"]), (&json!("Бета"), &json!("бета")));
        assert_eq!(filled.before["name"], "Альфа");
    }

    #[test]
    fn lists_are_united_and_have_one_main_entry() {
        let account = |number: &str, is_main: bool| json!({"number": number, "is_main": is_main});
        let original = row(json!({"bank_accounts": [account("1", true)], "extras": [{"name": "a", "value": "b"}]}));
        let other = row(json!({"bank_accounts": [account("1", false), account("2", true)],
                               "extras": [{"name": "a", "value": "c"}, {"name": "a", "value": "b"}]}));
        let filled = fill(&FIELDS, &original, &[(Uuid::now_v7(), other)], &BTreeMap::new()).unwrap();
        assert_eq!(filled.after["bank_accounts"], json!([account("1", true), account("2", false)]));
        assert_eq!(filled.after["extras"], json!([{"name": "a", "value": "b"}, {"name": "a", "value": "c"}]));
    }

    #[test]
    fn an_undo_leaves_what_was_changed_since() {
        let columns = |pairs: &[(&str, &str)]| -> Columns {
            pairs.iter().map(|(column, value)| ((*column).to_owned(), json!(value))).collect()
        };
        let before = columns(&[("name", "Альфа"), ("search_name", "альфа"), ("comment", "")]);
        let after = columns(&[("name", "Бета"), ("search_name", "бета"), ("comment", "Утром")]);
        let now = row(json!({"name": "Бета", "search_name": "бета", "comment": "Утром, но не рано"}));
        assert_eq!(unfill(&FIELDS, &now, &before, &after), columns(&[("name", "Альфа"), ("search_name", "альфа")]));
    }
}
