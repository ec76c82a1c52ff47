//! Several runs become one: the median of each figure, with its spread.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Run, Verdict};
use crate::load::Quantiles;

/// The middle of the runs, and how far they lie apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Median {
    pub name: String,
    pub unit: &'static str,
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Median {
    pub fn of(name: &str, unit: &'static str, values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() {
            0 => 0.0,
            even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        let end = |value: Option<&f64>| value.copied().unwrap_or_default();
        Self { name: name.to_owned(), unit, median, least: end(sorted.first()), most: end(sorted.last()) }
    }
}

/// A scenario's part of the report.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    pub name: String,
    pub what: String,
    pub runs: usize,
    pub figures: Vec<Median>,
    pub cpu_us: Vec<Median>,
    pub memory_mib: Vec<Median>,
    /// Of the first run: name, and points of (share, milliseconds).
    pub curves: Vec<(String, Vec<(f64, f64)>)>,
    /// Of the first run: done in each second.
    pub seconds: Vec<u32>,
    pub notes: Vec<String>,
    /// What should have happened and did not.
    pub broken: Vec<String>,
    /// What its figures are worth.
    pub verdicts: Vec<Verdict>,
}

impl Section {
    pub fn of(name: String, what: &str, runs: &[Run]) -> Self {
        let mut figures = merged(runs, |run| run.figures.iter().map(|f| (f.name.clone(), f.unit, f.value)).collect());
        figures.extend(merged(runs, |run| {
            run.latencies.iter().flat_map(|(name, l)| points(name, &l.quantiles())).collect()
        }));
        let per_done = |run: &Run| {
            let us = |seconds: &f64| seconds * 1e6 / run.done.max(1) as f64;
            run.usage.cpu_s.iter().map(|(name, seconds)| ((*name).to_owned(), "µs", us(seconds))).collect()
        };
        let memory = |run: &Run| run.usage.memory_mib.iter().map(|(n, mib)| ((*n).to_owned(), "MiB", *mib)).collect();
        let first = runs.first();
        Self {
            name,
            what: what.to_owned(),
            runs: runs.len(),
            figures,
            cpu_us: merged(runs, per_done),
            memory_mib: merged(runs, memory),
            curves: first
                .map(|run| run.latencies.iter().map(|(name, l)| ((*name).to_owned(), l.curve())).collect())
                .unwrap_or_default(),
            seconds: first.map(|run| run.seconds.clone()).unwrap_or_default(),
            notes: numbered(runs, |run| &run.notes),
            broken: numbered(runs, |run| &run.broken),
            verdicts: Vec::new(),
        }
    }
}

type Values = Vec<(String, &'static str, f64)>;

/// The medians of what `pick` names, in the order of the first run.
fn merged(runs: &[Run], pick: impl Fn(&Run) -> Values) -> Vec<Median> {
    let mut order: Vec<(String, &'static str)> = Vec::new();
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (name, unit, value) in runs.iter().flat_map(&pick) {
        if !values.contains_key(&name) {
            order.push((name.clone(), unit));
        }
        values.entry(name).or_default().push(value);
    }
    order.iter().map(|(name, unit)| Median::of(name, unit, &values[name])).collect()
}

fn points(name: &str, quantiles: &Quantiles) -> Values {
    let Quantiles { count, p50, p95, p99, p999, max } = *quantiles;
    let of = |what: &str| format!("{name} {what}");
    if count == 0 {
        return Vec::new();
    }
    let mut points = vec![(of("p50"), "ms", p50), (of("p95"), "ms", p95), (of("p99"), "ms", p99)];
    points.extend([(of("p99.9"), "ms", p999), (of("max"), "ms", max)]);
    points
}

fn numbered(runs: &[Run], lines: impl Fn(&Run) -> &Vec<String>) -> Vec<String> {
    let of = |(number, run): (usize, &Run)| {
        lines(run).iter().map(|line| format!("run {}: {line}", number + 1)).collect::<Vec<_>>()
    };
    runs.iter().enumerate().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_keeps_an_outlier_out_and_tells_of_it() {
        let median = Median::of("stored", "msg/s", &[30.0, 1.0, 20.0]);
        assert_eq!((median.median, median.least, median.most), (20.0, 1.0, 30.0));
        assert_eq!(Median::of("x", "", &[1.0, 2.0]).median, 1.5);
    }

    #[test]
    fn runs_become_one_section() {
        let run = |value| {
            let mut run = Run { done: 1_000, ..Run::default() };
            run.figure("stored", "msg/s", value);
            run.usage.cpu_s.insert("okno", 0.5);
            run.notes.push("a note".to_owned());
            run
        };
        let section = Section::of("throughput".to_owned(), "what", &[run(1.0), run(3.0), run(2.0)]);
        assert_eq!((section.figures[0].median, section.cpu_us[0].median), (2.0, 500.0));
        assert_eq!(section.notes[2], "run 3: a note");
    }
}
