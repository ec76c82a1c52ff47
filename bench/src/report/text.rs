//! The report on the terminal.

use std::fmt::Write as _;

use super::{Median, Report, Section};

/// What it was measured on.
pub fn head(report: &Report) -> String {
    let machine = &report.machine;
    let settings: Vec<_> = report.durability.postgres.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "{}, {} cores, {:.0} GiB, Linux {}, {} (a flush takes {:.2} ms), load before {:.2}\nPostgreSQL: {}\nNATS: {}\n",
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
    for figure in &section.figures {
        let _ = writeln!(text, "  {:<26} {}", figure.name, value(figure));
    }
    let joined =
        |all: &[Median]| all.iter().map(|one| format!("{} {:.0}", one.name, one.median)).collect::<Vec<_>>().join(", ");
    if !section.cpu_us.is_empty() {
        let _ = writeln!(text, "  {:<26} {}", "CPU for each, µs", joined(&section.cpu_us));
        let _ = writeln!(text, "  {:<26} {}", "memory, MiB", joined(&section.memory_mib));
    }
    text + &indented(&section.notes)
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// A figure with its unit and spread.
pub fn value(figure: &Median) -> String {
    let number = |value: f64| if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    let Median { median, least, most, unit, .. } = figure;
    let spread = if least == most { String::new() } else { format!("  ({} … {})", number(*least), number(*most)) };
    format!("{} {unit}{spread}", number(*median))
}
