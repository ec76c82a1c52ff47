//! Reading the tables of docs/acceptance.md: `| point | what must hold | state | what is missing |`.

use std::{collections::HashSet, fmt};

/// One numbered point of the product's model.
#[derive(Debug, PartialEq, Eq)]
pub struct Point {
    pub name: String,
    pub state: State,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Held,
    Part,
    Open,
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Held => "held",
            Self::Part => "part",
            Self::Open => "open",
        })
    }
}

/// The points, and what is wrong with the tables.
pub fn read(text: &str) -> (Vec<Point>, Vec<String>) {
    let (mut points, mut wrong, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, line) in text.lines().enumerate() {
        let place = format!("docs/acceptance.md:{}", index + 1);
        match row(line, index + 1) {
            None => {}
            Some(Err(problem)) => wrong.push(format!("{place}: {problem}")),
            Some(Ok(point)) if !seen.insert(point.name.clone()) => {
                wrong.push(format!("{place}: {} stands here for the second time", point.name));
            }
            Some(Ok(point)) => points.push(point),
        }
    }
    (points, wrong)
}

/// `None` for a line that is no row of a point.
fn row(line: &str, number: usize) -> Option<Result<Point, String>> {
    let cells: Vec<_> = line.trim().strip_prefix('|')?.trim_end_matches('|').split('|').map(str::trim).collect();
    let name = cells.first().copied().filter(|cell| is_point(cell))?.to_owned();
    Some(point(name, &cells, number))
}

fn point(name: String, cells: &[&str], line: usize) -> Result<Point, String> {
    let &[_, text, state, missing] = cells else {
        return Err(format!("{name} has {} cells, not four", cells.len()));
    };
    let state = match state {
        "held" => State::Held,
        "part" => State::Part,
        "open" => State::Open,
        other => return Err(format!("{name} is `{other}`: the states are held, part, open")),
    };
    if text.is_empty() {
        return Err(format!("{name} does not say what must hold"));
    }
    if state == State::Held && !missing.is_empty() {
        return Err(format!("{name} is held, so nothing can be missing"));
    }
    if state != State::Held && missing.is_empty() {
        return Err(format!("{name} is {state}, so the last cell says what is missing"));
    }
    Ok(Point { name, state, line })
}

/// Two to four capitals, a hyphen, a number: `DI-5`.
pub fn is_point(word: &str) -> bool {
    let Some((area, number)) = word.split_once('-') else { return false };
    (2..=4).contains(&area.len())
        && area.bytes().all(|byte| byte.is_ascii_uppercase())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_headings_passed_over() {
        let text = "# Points\n\n| point | what | state | missing |\n|---|---|---|---|\n| DI-5 | no doubles | held | |\n| DI-6 | media | open | comes with the messengers |\n";
        let (points, wrong) = read(text);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(points[0], Point { name: "DI-5".to_owned(), state: State::Held, line: 5 });
        assert_eq!(points[1].state, State::Open);
    }

    #[test]
    fn a_row_that_says_too_little_or_twice_is_refused() {
        let wrong = |text: &str| read(text).1.len();
        assert_eq!(wrong("| DI-5 | text | open | |"), 1);
        assert_eq!(wrong("| DI-5 | text | held | media |"), 1);
        assert_eq!(wrong("| DI-5 | text | done | |"), 1);
        assert_eq!(wrong("| DI-5 | text | held |"), 1);
        assert_eq!(wrong("| DI-5 | a | held | |\n| DI-5 | b | held | |"), 1);
    }

    #[test]
    fn a_point_is_capitals_and_a_number() {
        assert!(is_point("DI-5") && is_point("KPI-12"));
        assert!(!is_point("di-5") && !is_point("DI5") && !is_point("D-5") && !is_point("---"));
    }
}
