//! The report on the terminal.

use std::fmt::Write as _;

use super::{Median, Report, Section};

/// What it was measured on.
pub fn head(report: &Report) -> String {
    let machine = &report.machine;
    let settings: Vec<_> = report.durability.postgres.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "Okno {}, {}, {}\n{}, {} cores, {:.0} GiB, Linux {}, {} (a flush takes {:.2} ms), load before {:.2}\nPostgreSQL: {}\nNATS: {}\n",
        report.okno,
        report.commit,
        report.settings,
        machine.cpu,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        machine.disk,
        machine.flush_ms,
        machine.load_before,
        settings.join(" "),
        report.durability.nats
    )
}

/// What all of it comes to.
pub fn end(report: &Report) -> String {
    let mut text = String::new();
    if let Some(ratio) = report.ratio_to_limit {
        let _ = writeln!(text, "\nOkno stores {:.0} % of what the limit program does", ratio * 100.0);
    }
    if report.only_a_check {
        text.push_str("\nThis was a check that everything works: its figures mean nothing.\n");
    }
    text
}

pub fn section(section: &Section) -> String {
    let mut text = format!("\n{}: {} (median of {}, least … most)\n", section.name, section.what, section.runs);
    for (name, value) in rows(&section.figures) {
        let _ = writeln!(text, "  {name:<26} {value}");
    }
    let joined =
        |all: &[Median]| all.iter().map(|one| format!("{} {:.0}", one.name, one.median)).collect::<Vec<_>>().join(", ");
    if !section.cpu_us.is_empty() {
        let _ = writeln!(text, "  {:<26} {}", "CPU for each, µs", joined(&section.cpu_us));
        let _ = writeln!(text, "  {:<26} {}", "memory, MiB", joined(&section.memory_mib));
    }
    let broken: Vec<_> = section.broken.iter().map(|what| format!("NOT AS PROMISED, {what}")).collect();
    let verdicts: Vec<_> = section.verdicts.iter().map(|verdict| verdict.words.clone()).collect();
    text + &indented(&verdicts) + &indented(&broken) + &indented(&section.notes)
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// A row for each figure; the five points of a latency are one, with the spread of its p99.
pub fn rows(figures: &[Median]) -> Vec<(String, String)> {
    let (mut rows, mut rest) = (Vec::new(), figures);
    while let Some(figure) = rest.first() {
        let points = rest.len().min(5);
        let (name, taken) = match figure.name.strip_suffix(" p50") {
            Some(name) if points == 5 => (name.to_owned(), 5),
            _ => (figure.name.clone(), 1),
        };
        let value = if taken == 5 { latency(&name, &rest[..5]) } else { value(figure) };
        rows.push((name, value));
        rest = &rest[taken..];
    }
    rows
}

fn latency(name: &str, points: &[Median]) -> String {
    let point = |median: &Median| {
        let which = median.name.strip_prefix(name).unwrap_or_default().trim_start();
        let spread = if which == "p99" { spread(median) } else { String::new() };
        format!("{which} {}{spread}", number(median.median))
    };
    format!("{} ms", points.iter().map(point).collect::<Vec<_>>().join(", "))
}

/// A figure with its unit and spread.
pub fn value(figure: &Median) -> String {
    format!("{} {}{}", number(figure.median), figure.unit, spread(figure)).trim_end().to_owned()
}

fn spread(figure: &Median) -> String {
    let Median { least, most, .. } = figure;
    if least == most { String::new() } else { format!(" ({} … {})", number(*least), number(*most)) }
}

fn number(value: f64) -> String {
    let digits = if value.fract() == 0.0 || value.abs() >= 100.0 { 0 } else { 2 };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_is_one_row() {
        let figure = |name: &str, values: &[f64]| Median::of(name, "ms", values);
        let mut figures = vec![Median::of("failed", "", &[0.0])];
        let points = ["p50", "p95", "p99", "p99.9", "max"];
        figures.extend(points.iter().map(|point| figure(&format!("answer {point}"), &[1.25, 1.5])));
        let rows = rows(&figures);
        assert_eq!(rows[0], ("failed".to_owned(), "0".to_owned()));
        assert_eq!(rows[1].1, "p50 1.38, p95 1.38, p99 1.38 (1.25 … 1.50), p99.9 1.38, max 1.38 ms");
    }
}
