//! How good the rules are: of 10,000 invented clients 1,000 are doubles of others, in ten ways.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::{
    blocks,
    invented::{KINDS, Luck, client, double},
    rules::{Record, Rules},
};

#[test]
fn of_a_thousand_planted_doubles_nearly_all_are_found_and_hardly_anything_else() {
    let mut luck = Luck(20_261_127);
    let mut facts: Vec<_> = (0..9_000).map(|number| client(number, &mut luck)).collect();
    let mut planted: HashMap<(Uuid, Uuid), usize> = HashMap::new();
    for number in 0..1_000 {
        let (of, kind) = (facts[number * 9 + number % 9].clone(), number % KINDS);
        let other = double(&of, kind, &mut luck);
        planted.insert((of.id, other.id), kind);
        facts.push(other);
    }
    assert_eq!((facts.len(), planted.len()), (10_000, 1_000));

    let rules = Rules::of_clients();
    let records: HashMap<Uuid, Record> = facts.iter().map(|facts| (facts.id, Record::of(facts, &rules))).collect();
    let mut by_key: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for record in records.values() {
        blocks::keys(record, &rules).into_iter().for_each(|key| by_key.entry(key).or_default().push(record.id));
    }
    let blocks: Vec<Vec<Uuid>> = by_key.into_values().filter(|block| block.len() > 1).collect();
    let pairs = blocks::pairs(&blocks, &records, &rules);

    let found: HashSet<(Uuid, Uuid)> = pairs.iter().map(|pair| (pair.one, pair.other)).collect();
    let hits = planted.keys().filter(|pair| found.contains(*pair)).count();
    let mut missed = [0; KINDS];
    planted.iter().filter(|(pair, _)| !found.contains(*pair)).for_each(|(_, kind)| missed[*kind] += 1);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let (recall, precision) = (hits as f64 / planted.len() as f64, hits as f64 / found.len() as f64);
    println!("recall {recall:.3}, precision {precision:.3}, missed by kind {missed:?}");
    assert!(recall >= 0.95, "recall {recall}, missed by kind {missed:?}");
    assert!(precision >= 0.90, "precision {precision}: {} found", found.len());
    assert!(missed.iter().all(|missed| *missed <= 20), "no kind is forgotten: {missed:?}");
}
