//! The rules, apart from where the facts come from.

use std::collections::{BTreeSet, HashMap};

use super::house::{Dependency, Kind, Member, Place};

/// What some members must never reach, and why. The last column says whether what lies behind our own crates counts.
const BANS: &[Ban] = &[
    Ban {
        who: |member| member.name.starts_with("gateway-") && member.place == Place::Service,
        what: &["sqlx", "redis", "store", "rpc"],
        why: "an adapter knows its provider, the bus and the object store, nothing else",
        transitive: true,
    },
    Ban {
        who: |member| member.name == "model",
        what: &["tokio", "tonic", "sqlx", "redis", "async-nats", "reqwest", "axum"],
        why: "model does no I/O",
        transitive: true,
    },
    Ban {
        who: |member| member.name == "edge",
        what: &["sqlx", "store"],
        why: "the edge stores nothing",
        transitive: false,
    },
];

struct Ban {
    who: fn(&Member) -> bool,
    what: &'static [&'static str],
    why: &'static str,
    transitive: bool,
}

/// Every broken rule in words; empty when the house stands.
pub fn violations(members: &[Member]) -> Vec<String> {
    let house: HashMap<&str, &Member> = members.iter().map(|member| (member.name.as_str(), member)).collect();
    members.iter().flat_map(|member| broken_by(member, &house)).collect()
}

fn broken_by(member: &Member, house: &HashMap<&str, &Member>) -> Vec<String> {
    let mut broken = Vec::new();
    if !member.inherits_lints {
        broken.push(format!("{}: Cargo.toml lacks `[lints] workspace = true`", member.name));
    }
    for dependency in &member.dependencies {
        if let Some(to) = house.get(dependency.name.as_str())
            && let Err(why) = arrow(member, to, dependency)
        {
            broken.push(format!("{} -> {}: {why}", member.name, to.name));
        }
    }
    broken.extend(BANS.iter().filter(|ban| (ban.who)(member)).flat_map(|ban| banned(member, ban, house)));
    broken
}

/// Whether one member may depend on another.
fn arrow(from: &Member, to: &Member, dependency: &Dependency) -> Result<(), &'static str> {
    use Place::{Base, Bench, Binary, Kit, Service, Testkit, Tests, Xtask};
    match (from.place, to.place) {
        (Xtask, Testkit) | (Tests, Base | Kit | Testkit | Service) | (Bench, Base | Testkit) => Ok(()),
        // How long one pure function takes is measured where it is.
        (Bench, Kit | Service) if dependency.kind == Kind::Dev => Ok(()),
        (Bench, _) => Err("bench measures from outside: contracts and testkit are all of the house that it knows"),
        (Xtask, _) => Err("xtask compiles first, on a fresh machine: it may use testkit only"),
        (_, Testkit) if dependency.kind == Kind::Dev => Ok(()),
        (_, Testkit) => Err("testkit is a dev-dependency only"),
        (_, Tests | Bench | Xtask | Binary) => Err("nothing depends on the binary, the tests, bench or xtask"),
        (Service, Service) => Err("services meet in proto, on the bus and in published views, never in code"),
        (Binary, Service) | (_, Base) => Ok(()),
        (_, Service) => Err("crates never depend on services"),
        (Base, Kit) => Err("contracts and model stand below the kits"),
        (_, Kit) => Ok(()),
    }
}

fn banned(member: &Member, ban: &Ban, house: &HashMap<&str, &Member>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut ways = vec![vec![member]];
    while let Some(way) = ways.pop() {
        let Some(last) = way.last() else { continue };
        for dependency in shipped(last) {
            let name = dependency.name.as_str();
            if ban.what.contains(&name) {
                let way: Vec<_> = way.iter().map(|member| member.name.as_str()).collect();
                found.push(format!("{} -> {name}: {}", way.join(" -> "), ban.why));
            } else if let Some(next) = house.get(name).filter(|_| ban.transitive && seen.insert(name.to_owned())) {
                ways.push(way.iter().copied().chain([*next]).collect());
            }
        }
    }
    found
}

/// What goes into the product; tests may look further.
fn shipped(member: &Member) -> impl Iterator<Item = &Dependency> {
    member.dependencies.iter().filter(|dependency| dependency.kind != Kind::Dev)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str, dependencies: &[(&str, Kind)]) -> Member {
        let dependencies =
            dependencies.iter().map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: *kind }).collect();
        let place = Place::of(folder).expect("a place of the house");
        Member { name: name.to_owned(), place, inherits_lints: true, dependencies }
    }

    fn house() -> Vec<Member> {
        use Kind::{Dev, Normal};
        vec![
            member("model", "crates/model", &[("serde", Normal)]),
            member("bus", "crates/bus", &[("model", Normal), ("testkit", Dev)]),
            member("store", "crates/store", &[("sqlx", Normal)]),
            member("testkit", "crates/testkit", &[("bus", Normal)]),
            member("gateway-kit", "crates/gateway-kit", &[("bus", Normal)]),
            member("gateway-telegram", "services/gateway-telegram", &[("gateway-kit", Normal), ("sqlx", Dev)]),
            member("router", "services/router", &[("store", Normal), ("testkit", Dev)]),
            member("edge", "services/edge", &[("bus", Normal)]),
            member("okno", "services/okno", &[("router", Normal), ("gateway-telegram", Normal)]),
            member("okno-tests", "tests", &[("router", Dev), ("testkit", Dev)]),
            member("okno-bench", "bench", &[("testkit", Normal), ("gateway-telegram", Dev)]),
            member("xtask", "xtask", &[("testkit", Normal)]),
        ]
    }

    fn with(name: &str, dependency: &str, kind: Kind) -> Vec<String> {
        let mut house = house();
        let member = house.iter_mut().find(|member| member.name == name).expect("a member");
        member.dependencies.push(Dependency { name: dependency.to_owned(), kind });
        violations(&house)
    }

    #[test]
    fn a_house_with_its_arrows_down_stands() {
        assert_eq!(violations(&house()), Vec::<String>::new());
    }

    #[test]
    fn a_service_never_reaches_another_even_in_tests() {
        assert_eq!(with("router", "edge", Kind::Normal).len(), 1);
        assert_eq!(with("router", "edge", Kind::Dev).len(), 1);
    }

    #[test]
    fn a_crate_never_reaches_a_service_nor_model_a_kit() {
        assert_eq!(with("store", "router", Kind::Normal).len(), 1);
        assert_eq!(with("model", "bus", Kind::Dev).len(), 1);
        assert_eq!(with("model", "tokio", Kind::Normal), ["model -> tokio: model does no I/O"]);
    }

    #[test]
    fn testkit_stays_in_tests() {
        assert_eq!(with("router", "testkit", Kind::Normal), ["router -> testkit: testkit is a dev-dependency only"]);
        assert_eq!(with("xtask", "router", Kind::Normal).len(), 1);
    }

    #[test]
    fn what_measures_the_house_stands_outside() {
        assert_eq!(with("okno-bench", "router", Kind::Normal).len(), 1);
        assert_eq!(with("okno-bench", "bus", Kind::Normal).len(), 1);
    }

    #[test]
    fn a_gateway_reaches_no_database_not_even_through_its_kit() {
        let direct = with("gateway-telegram", "redis", Kind::Normal);
        assert!(direct[0].starts_with("gateway-telegram -> redis"), "{direct:?}");
        let hidden = with("gateway-kit", "store", Kind::Normal);
        assert!(hidden[0].starts_with("gateway-telegram -> gateway-kit -> store"), "{hidden:?}");
    }

    #[test]
    fn the_edge_stores_nothing_and_lints_are_inherited() {
        assert_eq!(with("edge", "sqlx", Kind::Normal), ["edge -> sqlx: the edge stores nothing"]);
        let mut house = house();
        house[0].inherits_lints = false;
        assert_eq!(violations(&house).len(), 1);
    }
}
