//! Pairs that hang together are one group.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

/// For each id of a pair the group it is in: the lowest id of all that hang together.
#[must_use]
pub fn groups(pairs: &[(Uuid, Uuid)]) -> BTreeMap<Uuid, Uuid> {
    let mut above: HashMap<Uuid, Uuid> = HashMap::new();
    for (one, other) in pairs {
        let (a, b) = (top(&mut above, *one), top(&mut above, *other));
        above.insert(a.max(b), a.min(b));
    }
    let ids: Vec<Uuid> = above.keys().copied().collect();
    ids.into_iter().map(|id| (id, top(&mut above, id))).collect()
}

fn top(above: &mut HashMap<Uuid, Uuid>, id: Uuid) -> Uuid {
    let mut at = id;
    loop {
        let next = *above.entry(at).or_insert(at);
        if next == at {
            break;
        }
        at = next;
    }
    above.insert(id, at); // shorter next time
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_together_is_one_group_in_whatever_order_it_comes() {
        let id = Uuid::from_u128;
        let found = groups(&[(id(5), id(6)), (id(1), id(2)), (id(3), id(4)), (id(2), id(3))]);
        let of: Vec<_> = (1..=6).map(|n| found[&id(n)]).collect();
        assert_eq!(of, [id(1), id(1), id(1), id(1), id(5), id(5)]);
    }
}
