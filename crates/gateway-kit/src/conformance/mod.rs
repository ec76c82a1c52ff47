//! What every gateway must hold, as far as it can be seen without its provider. A gateway's tests call [`check`] with
//! samples of what its provider sends; the numbers are those of docs/gateway-spec.md.
//!
//! ```no_run
//! # fn example<G: gateway_kit::Gateway>(fixtures: Vec<Vec<u8>>) {
//! gateway_kit::conformance::check::<G>(&fixtures);
//! # }
//! ```

mod description;
mod fact;
mod hostile;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use contracts::channel::{Inbound, inbound::Body};
use model::AccountId;
use uuid::Uuid;

use crate::Gateway;

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
    let findings = findings::<G>(samples);
    let text = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(findings.is_empty(), "{} does not conform:\n{text}", G::CHANNEL);
}

/// Checks that several deliveries of one event (polled and pushed, or a repeat under another number) give facts of the
/// same keys and dates: only then is the repeat noticed.
///
/// # Panics
/// When they differ.
pub fn one_event<G: Gateway>(deliveries: &[impl AsRef<[u8]>]) {
    let account = AccountId(Uuid::from_u128(7));
    let named = |bytes: &[u8]| -> Vec<_> {
        G::parse(account, bytes).into_iter().map(|fact| (fact.key, fact.sent_on)).collect()
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
    // Fixed, so that a parser that mixes it into a key is not taken for an impure one.
    let account = AccountId(Uuid::from_u128(7));
    let parse = || catch_unwind(AssertUnwindSafe(|| G::parse(account, bytes)));
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
    for (number, fact) in facts.iter().enumerate() {
        let repeated = facts[..number].iter().any(|other| other.key == fact.key);
        findings.expect(!repeated, "G6", || format!("{place}: two facts have the key {:?}", fact.key));
    }
    facts
}
