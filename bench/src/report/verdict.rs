//! What a figure is worth: the aims and floors of docs/performance.md, which a test compares with these.

use serde::Serialize;

use super::Section;
use crate::options::{Options, Scenario};

/// What one figure of one scenario should be.
#[derive(Debug)]
struct Aim {
    scenario: Scenario,
    figure: &'static str,
    /// In the figure's unit.
    aim: f64,
    /// Worse than this it is not done.
    floor: Option<f64>,
    more_is_better: bool,
}

const fn most(scenario: Scenario, figure: &'static str, aim: f64, floor: Option<f64>) -> Aim {
    Aim { scenario, figure, aim, floor, more_is_better: false }
}

const AIMS: [Aim; 16] = [
    Aim { scenario: Scenario::Throughput, figure: "stored", aim: 10_000.0, floor: Some(3_000.0), more_is_better: true },
    most(Scenario::Inbound, "answer p99", 20.0, None),
    most(Scenario::Inbound, "screen p99", 30.0, Some(100.0)),
    most(Scenario::Inbound, "okno resident", 150.0, None),
    most(Scenario::Operators, "screen p99", 100.0, None),
    most(Scenario::Start, "ready", 1.0, None),
    // What Meta asks for: half within 250 ms, all but one in a hundred within a second.
    most(Scenario::Whatsapp, "answer p99", 100.0, Some(1_000.0)),
    most(Scenario::WhatsappTogether, "answer p99", 100.0, Some(1_000.0)),
    most(Scenario::Mailboxes, "screen p99", 2_000.0, Some(10_000.0)),
    most(Scenario::Mailboxes, "an idle mailbox", 300.0, None),
    Aim { scenario: Scenario::Import, figure: "ratio to the loop", aim: 0.5, floor: None, more_is_better: true },
    most(Scenario::Whatsapp, "answer p50", 100.0, Some(250.0)),
    most(Scenario::Clients, "search p95", 100.0, None),
    most(Scenario::Clients, "card p95", 50.0, None),
    most(Scenario::Base, "search for doubles", 120.0, Some(900.0)),
    most(Scenario::Base, "recount of quality", 60.0, Some(600.0)),
];

/// How a figure compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    Reached,
    Missed,
    BelowFloor,
}

/// One figure's verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    pub worth: Worth,
    pub words: String,
}

/// Of a section that was measured as it usually is: with another rate or other streams the aims say nothing.
pub fn verdicts(section: &Section, options: &Options) -> Vec<Verdict> {
    let asked =
        [options.streams.is_some(), options.mailboxes.is_some(), options.letters.is_some(), options.clients.is_some()];
    let unusual = options.rate.is_some() || asked.contains(&true) || options.quick || cfg!(debug_assertions);
    if unusual { Vec::new() } else { AIMS.iter().filter_map(|aim| aim.of(section)).collect() }
}

impl Aim {
    fn of(&self, section: &Section) -> Option<Verdict> {
        if section.name != self.scenario.name() {
            return None;
        }
        let figure = section.figures.iter().find(|figure| figure.name == self.figure)?;
        let reaches = |limit: f64| if self.more_is_better { figure.median >= limit } else { figure.median <= limit };
        let worth = match self.floor {
            _ if reaches(self.aim) => Worth::Reached,
            Some(floor) if !reaches(floor) => Worth::BelowFloor,
            _ => Worth::Missed,
        };
        let how = match worth {
            Worth::Reached => "the aim is reached",
            Worth::Missed => "the aim is missed",
            Worth::BelowFloor => "BELOW THE FLOOR",
        };
        let floor = self.floor.map(|floor| format!(", floor {floor}")).unwrap_or_default();
        let words = format!("{} {:.1} {}: {how} (aim {}{floor})", self.figure, figure.median, figure.unit, self.aim);
        Some(Verdict { worth, words: words.replace("  ", " ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Run;

    fn section(scenario: Scenario, figure: &str, value: f64) -> Section {
        let mut run = Run::default();
        run.figure(figure, "", value);
        Section::of(scenario.name(), "", &[run])
    }

    #[test]
    fn a_figure_reaches_its_aim_misses_it_or_lies_below_the_floor() {
        let worth = |scenario, figure, value| {
            let section = section(scenario, figure, value);
            AIMS.iter().find_map(|aim| aim.of(&section)).map(|verdict| verdict.worth)
        };
        assert_eq!(worth(Scenario::Throughput, "stored", 10_000.0), Some(Worth::Reached));
        assert_eq!(worth(Scenario::Throughput, "stored", 5_000.0), Some(Worth::Missed));
        assert_eq!(worth(Scenario::Throughput, "stored", 2_999.0), Some(Worth::BelowFloor));
        assert_eq!(worth(Scenario::Inbound, "screen p99", 29.0), Some(Worth::Reached));
        assert_eq!(worth(Scenario::Inbound, "screen p99", 101.0), Some(Worth::BelowFloor));
        assert_eq!(worth(Scenario::Replies, "stored", 1.0), None);
    }

    #[test]
    fn the_document_names_the_same_aims_and_floors() {
        let document = std::fs::read_to_string("../docs/performance.md").unwrap();
        let aims = document.split("\n## Aims\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        for said in ["10,000 | 3,000", "20 ms |", "30 ms | 100 ms", "100 ms |", "150 MB", "1 s |", "250 ms, 1 s"] {
            assert!(aims.contains(said), "docs/performance.md does not say {said}");
        }
    }
}
