//! What every gateway must hold, as far as it can be seen without its provider. A gateway's tests call [`check`] with
//! samples of what its provider sends; the numbers are those of docs/gateway-spec.md.
//!
//! ```no_run
//! # fn example<G: gateway_kit::Gateway>(fixtures: Vec<Vec<u8>>) {
//! gateway_kit::conformance::check::<G>(&fixtures);
//! # }
//! ```
//!
//! A gateway whose samples are files reads them as [`Fixtures`], and shows what becomes of each by [`shown`]. Its tests
//! against a fake of the provider take their webhooks with a [`Listener`], and their contents and files from [`hand`].

mod chance;
mod description;
mod exchange;
mod fact;
mod fixtures;
pub mod hand;
mod hostile;
mod listener;

use std::{
    collections::BTreeSet,
    env, fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use contracts::channel::{Inbound, inbound::Body};
pub use fixtures::{Fixtures, shown};
pub use listener::Listener;
use model::AccountId;
use uuid::Uuid;

use crate::Gateway;

/// Whose deliveries the suite parses: always the same, so that snapshots stay, and a parser that mixes it into a key is
/// not taken for an impure one.
pub const ACCOUNT: AccountId = AccountId(Uuid::nil());

/// Something that a gateway does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule of docs/gateway-spec.md, for example "G6".
    pub rule: &'static str,
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

/// Checks a gateway with samples of deliveries: the more kinds and quirks, the better.
///
/// # Panics
/// With every finding, when there is one.
pub fn check<G: Gateway>(samples: &[impl AsRef<[u8]>]) {
    none::<G>(&findings::<G>(samples));
}

/// Tries changed samples on and on: for `OKNO_SEARCH_SECONDS` (60 by default), from a place that `OKNO_SEARCH_SEED`
/// names (of the clock by default). Says what it took.
///
/// # Panics
/// With what it finds first, and the bytes: they belong into the fixtures as `hostile-<what>.json`.
pub fn search<G: Gateway>(samples: &[impl AsRef<[u8]>]) {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse().expect("a whole number"));
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs() << 20);
    let seconds = number("OKNO_SEARCH_SECONDS").unwrap_or(60);
    let seed = number("OKNO_SEARCH_SEED").unwrap_or_else(clock);
    let mut findings = Findings::default();
    let tried = hostile::search::<G>(&mut findings, samples, seed, Duration::from_secs(seconds));
    none::<G>(&findings.found);
    println!("{}: {tried} deliveries from seed {seed} on, nothing found", G::CHANNEL);
}

fn none<G: Gateway>(findings: &[Finding]) {
    let text = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(findings.is_empty(), "{} does not conform:\n{text}", G::CHANNEL);
}

/// What a gateway makes of one delivery of any kind, checked.
///
/// # Panics
/// With every finding, when there is one.
#[must_use]
pub fn delivered<G: Gateway>(delivery: &[u8]) -> Vec<Inbound> {
    let mut findings = Findings::default();
    let facts = deliver::<G>(&mut findings, "the delivery", delivery);
    none::<G>(&findings.found);
    facts
}

/// Checks that several deliveries of one event (polled and pushed, or a repeat under another number) give facts of the
/// same keys and dates: only then is the repeat noticed.
///
/// # Panics
/// When they differ.
pub fn one_event<G: Gateway>(deliveries: &[impl AsRef<[u8]>]) {
    let named = |bytes: &[u8]| -> Vec<_> {
        G::parse(ACCOUNT, bytes).into_iter().map(|fact| (fact.key, fact.sent_on)).collect()
    };
    let Some((first, others)) = deliveries.split_first() else { return };
    for other in others {
        assert_eq!(named(first.as_ref()), named(other.as_ref()), "G6, G7: two deliveries of one event are two facts");
    }
}

/// What [`check`] finds, for those who want to look at it.
#[must_use]
pub fn findings<G: Gateway>(samples: &[impl AsRef<[u8]>]) -> Vec<Finding> {
    let mut findings = Findings::default();
    description::check::<G>(&mut findings);
    for (number, sample) in samples.iter().enumerate() {
        let place = format!("sample {number}");
        let facts = deliver::<G>(&mut findings, &place, sample.as_ref());
        facts.iter().for_each(|fact| fact::check_real(&mut findings, &place, fact));
        apart(&mut findings, &place, &facts);
    }
    hostile::check::<G>(&mut findings, samples);
    findings.found
}

/// At most so many findings of one rule: a broken parser would fill pages.
const PER_RULE: usize = 20;

#[derive(Default)]
struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    fn expect(&mut self, holds: bool, rule: &'static str, text: impl FnOnce() -> String) {
        if !holds && self.found.iter().filter(|finding| finding.rule == rule).count() < PER_RULE {
            self.found.push(Finding { rule, text: text() });
        }
    }
}

/// Parses one delivery as the kit would, and checks what comes out.
fn deliver<G: Gateway>(findings: &mut Findings, place: &str, bytes: &[u8]) -> Vec<Inbound> {
    let parse = || catch_unwind(AssertUnwindSafe(|| G::parse(ACCOUNT, bytes)));
    let (Ok(facts), Ok(again)) = (parse(), parse()) else {
        findings.expect(false, "G10", || format!("{place}: the parser panics"));
        return Vec::new();
    };
    findings.expect(facts == again, "G5", || format!("{place}: the same bytes give other facts the second time"));
    for fact in &facts {
        fact::check(findings, place, fact);
        if let Some(Body::Unparsed(unparsed)) = &fact.body {
            findings.expect(unparsed.raw == bytes || facts.len() > 1, "G10", || {
                format!("{place}: an unparsed delivery must hold all its bytes; the kit cuts them")
            });
        }
    }
    cut::<G>(findings, place, bytes, &facts);
    facts
}

/// Cut by the accounts that it concerns, a delivery holds the same facts.
fn cut<G: Gateway>(findings: &mut Findings, place: &str, bytes: &[u8], facts: &[Inbound]) {
    let share =
        || G::shares(bytes).map(|shares| shares.iter().flat_map(|share| G::parse(ACCOUNT, &share.body)).collect());
    let Ok(shares): Result<Option<Vec<Inbound>>, _> = catch_unwind(AssertUnwindSafe(share)) else {
        return findings.expect(false, "G58", || format!("{place}: cutting it by accounts panics"));
    };
    let keys = |facts: &[Inbound]| facts.iter().map(|fact| fact.key.clone()).collect::<BTreeSet<_>>();
    let same = shares.is_none_or(|shares| keys(&shares) == keys(facts));
    findings.expect(same, "G58", || format!("{place}: cut by accounts it holds other facts than the whole"));
}

/// No provider says the same twice in one delivery.
fn apart(findings: &mut Findings, place: &str, facts: &[Inbound]) {
    for (number, fact) in facts.iter().enumerate() {
        let repeated = facts[..number].iter().any(|other| other.key == fact.key);
        findings.expect(!repeated, "G6", || format!("{place}: two facts have the key {:?}", fact.key));
    }
}
