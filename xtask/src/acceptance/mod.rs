//! `cargo xtask acceptance`: docs/acceptance.md says what is held; the tests must agree.

mod marks;
mod sheet;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{files, root, say};
use sheet::{Point, State};

/// Compares the list of points with the marks above tests.
pub fn check() -> Result<()> {
    say::step("acceptance", "a point counts as held only while a test that names it stands");
    let text = std::fs::read_to_string(root::path("docs/acceptance.md")).context("docs/acceptance.md")?;
    let (points, mut broken) = sheet::read(&text);
    let (marks, bad) = marks_of_the_tree()?;
    broken.extend(bad);
    broken.extend(disagreements(&points, &marks));
    for line in &broken {
        println!("  {line}");
    }
    if !broken.is_empty() {
        bail!("{} disagreements between docs/acceptance.md and the tests", broken.len());
    }
    say::note(&summary(&points));
    Ok(())
}

/// One point named above one test.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark {
    pub point: String,
    pub place: String,
}

fn marks_of_the_tree() -> Result<(Vec<Mark>, Vec<String>)> {
    let (mut marks, mut bad) = (Vec::new(), Vec::new());
    for file in files::below(root::workspace(), &["rs", "ts", "tsx"])? {
        let place = file.strip_prefix(root::workspace()).unwrap_or(&file);
        if is_own(place) {
            continue;
        }
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let (found, wrong) = marks::read(&place.display().to_string(), &text);
        marks.extend(found);
        bad.extend(wrong);
    }
    Ok((marks, bad))
}

/// xtask's own tests quote marks without holding anything.
fn is_own(place: &Path) -> bool {
    place.starts_with("xtask/src/acceptance")
}

fn disagreements(points: &[Point], marks: &[Mark]) -> Vec<String> {
    let mut broken = Vec::new();
    for mark in marks {
        match points.iter().find(|point| point.name == mark.point) {
            None => broken.push(format!("{}: no point {} in docs/acceptance.md", mark.place, mark.point)),
            Some(point) if point.state == State::Open => {
                broken.push(format!("{}: {} has a test, but is listed as open", mark.place, mark.point));
            }
            Some(_) => {}
        }
    }
    let tested = |point: &&Point| marks.iter().any(|mark| mark.point == point.name);
    let claimed = points.iter().filter(|point| point.state != State::Open);
    broken.extend(claimed.filter(|point| !tested(point)).map(|point| {
        format!("docs/acceptance.md:{}: {} is listed as {}, but no test names it", point.line, point.name, point.state)
    }));
    broken
}

fn summary(points: &[Point]) -> String {
    let count = |state| points.iter().filter(|point| point.state == state).count();
    let (held, part, open) = (count(State::Held), count(State::Part), count(State::Open));
    format!("{} points: {held} held, {part} in part, {open} open", points.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(name: &str, state: State) -> Point {
        Point { name: name.to_owned(), state, line: 1 }
    }

    fn mark(point: &str) -> Mark {
        Mark { point: point.to_owned(), place: "tests/a.rs:3".to_owned() }
    }

    #[test]
    fn held_with_a_test_and_open_without_agree() {
        let points = [point("DI-5", State::Held), point("DI-6", State::Part), point("DI-7", State::Open)];
        assert_eq!(disagreements(&points, &[mark("DI-5"), mark("DI-6"), mark("DI-5")]), Vec::<String>::new());
    }

    #[test]
    fn a_claim_without_a_test_is_refused() {
        assert_eq!(disagreements(&[point("DI-5", State::Held)], &[]).len(), 1);
        assert_eq!(disagreements(&[point("DI-5", State::Part)], &[]).len(), 1);
    }

    #[test]
    fn a_test_of_an_unknown_or_open_point_is_refused() {
        assert!(disagreements(&[], &[mark("DI-99")])[0].contains("no point DI-99"));
        assert!(disagreements(&[point("DI-5", State::Open)], &[mark("DI-5")])[0].contains("listed as open"));
    }
}
