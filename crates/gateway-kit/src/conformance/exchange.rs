//! JSON in which values stand in the places of others: bytes changed by chance are mostly no JSON any more, and never
//! come to what a parser does with it.

use serde_json::{Value, json};

use super::chance::Chance;

/// A value longer than this is not put elsewhere: the changed sample would grow with every exchange.
const LONGEST: usize = 2_000;

/// All values that stand in the samples, and those that parsers dislike.
pub(super) fn values(samples: &[impl AsRef<[u8]>]) -> Vec<Value> {
    let mut values = Vec::new();
    for sample in samples {
        if let Ok(sample) = serde_json::from_slice(sample.as_ref()) {
            collect(&sample, &mut values);
        }
        values.extend(disliked()); // Once a sample, or they would drown.
    }
    values
}

fn disliked() -> impl Iterator<Item = Value> {
    let deep = (0..40).fold(Value::Null, |inner, _| json!([inner]));
    let numbers = [json!(0), json!(-1), json!(i64::MIN), json!(i64::MAX), json!(u64::MAX), json!(1e308), json!(0.5)];
    let texts = ["", "\0", "0", "-1", "\u{202e}", "|:@#!", "🪟"].map(Value::from);
    let long = "я".repeat(300).into();
    let others = [Value::Null, true.into(), json!([]), json!({}), json!([{}]), deep, long];
    numbers.into_iter().chain(texts).chain(others)
}

fn collect(value: &Value, into: &mut Vec<Value>) {
    if value.to_string().len() <= LONGEST {
        into.push(value.clone());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// The sample with one to four of its values exchanged for others, the same ones for the same seed; `None`: it is no JSON.
pub(super) fn change(sample: &[u8], seed: u64, values: &[Value]) -> Option<Vec<u8>> {
    let mut changed: Value = serde_json::from_slice(sample).ok()?;
    let mut chance = Chance::of(seed);
    for _ in 0..=chance.below(4) {
        let mut at = chance.below(count(&changed));
        put(&mut changed, &mut at, chance.of_these(values)?);
    }
    Some(changed.to_string().into_bytes())
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Puts `with` in the place of value number `at`, counted from the outside in; whether it has come to it.
fn put(value: &mut Value, at: &mut usize, with: &Value) -> bool {
    if *at == 0 {
        value.clone_from(with);
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| put(item, at, with)),
        Value::Object(fields) => fields.values_mut().any(|item| put(item, at, with)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_sample_is_met() {
        let sample = json!({ "a": [1, { "b": 2 }], "c": 3 });
        let with = |mut at: usize| {
            let mut changed = sample.clone();
            assert!(put(&mut changed, &mut at, &"x".into()), "{at}");
            changed.to_string()
        };
        let changed: Vec<_> = (0..count(&sample)).map(with).collect();
        let x = r#""x""#;
        assert_eq!(
            changed,
            [
                x.to_owned(),
                format!(r#"{{"a":{x},"c":3}}"#),
                format!(r#"{{"a":[{x},{{"b":2}}],"c":3}}"#),
                format!(r#"{{"a":[1,{x}],"c":3}}"#),
                format!(r#"{{"a":[1,{{"b":{x}}}],"c":3}}"#),
                format!(r#"{{"a":[1,{{"b":2}}],"c":{x}}}"#),
            ]
        );
    }

    #[test]
    fn a_seed_gives_the_same_change_each_time() {
        let sample = br#"{"a":[1,2,3],"b":{"c":"d"}}"#;
        let values = values(&[sample]);
        let changes: Vec<_> = (0..50).map(|seed| change(sample, seed, &values).unwrap()).collect();
        assert!((0..50).zip(&changes).all(|(seed, first)| change(sample, seed, &values).as_ref() == Some(first)));
        assert!(changes.windows(2).any(|two| two[0] != two[1]));
        assert_eq!(change(b"{", 1, &values), None);
    }
}
