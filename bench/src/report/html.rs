//! The report as one page that loads nothing.

use std::fmt::Write as _;

use super::{
    Median, Report, Section, Verdict, Worth,
    plot::{Axis, Line, Scale, escape, lines},
    text::{rows, value},
};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1f2937}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem;border-top:1px solid #d1d5db;padding-top:1rem}\
table{border-collapse:collapse;margin:.6rem 0}td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}\
td.n{font-variant-numeric:tabular-nums}svg{width:100%;max-width:44rem;font-size:12px}svg .grid{stroke:#e5e7eb}\
svg polyline{fill:none;stroke-width:2}svg text{fill:#374151}.warn{background:#fef3c7;padding:.6rem 1rem}small{color:#6b7280}";

pub fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Okno measured</title><style>{STYLE}</style><h1>Okno {} measured</h1>",
        escape(&report.okno)
    );
    if report.only_a_check {
        page.push_str("<p class=\"warn\">A check that everything works: these figures mean nothing.</p>");
    }
    let _ =
        write!(page, "<p><small>{} · <code>{}</code></small></p>", escape(&report.started_at), escape(&report.command));
    page.push_str(&machine(report));
    if let Some(ratio) = report.ratio_to_limit {
        let _ = write!(page, "<p>Okno stores <b>{:.0} %</b> of what the limit program does.</p>", ratio * 100.0);
    }
    report.sections.iter().for_each(|one| page.push_str(&section(one)));
    if let Some(growth) = &report.growth {
        page.push_str("<h2>growth</h2>");
        for (title, unit, plotted) in growth.plots() {
            let x = Axis { title: "messages stored", scale: Scale::Log };
            let y = Axis { title: unit, scale: Scale::Linear };
            let plotted: Vec<Line> = plotted.into_iter().map(|(name, points)| Line { name, points }).collect();
            let _ = write!(page, "<h3>{}</h3>{}", escape(title), lines(&x, &y, None, &plotted));
        }
        page.push_str(&small(&growth.rows()));
    }
    page + "</html>\n"
}

fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let mut rows = vec![
        (
            "machine",
            format!(
                "{}, {} cores, {:.0} GiB, Linux {}",
                machine.cpu, machine.cores, machine.memory_gib, machine.kernel
            ),
        ),
        ("disk", format!("{}; a write of 8 KiB is flushed in {:.2} ms (median)", machine.disk, machine.flush_ms)),
        ("load before", format!("{:.2} runnable tasks: of others, since nothing of ours ran", machine.load_before)),
        ("built from", report.commit.clone()),
        ("settings", report.settings.clone()),
        ("NATS", report.durability.nats.clone()),
        ("Redis", report.durability.redis.clone()),
    ];
    let settings: Vec<_> = report.durability.postgres.iter().map(|(name, value)| format!("{name}={value}")).collect();
    rows.insert(5, ("PostgreSQL", settings.join(", ")));
    table(&rows)
}

fn section(section: &Section) -> String {
    let mut text = format!(
        "<h2>{}</h2><p>{} <small>Median of {}; least … most in brackets.</small></p>",
        escape(&section.name),
        escape(&section.what),
        section.runs
    );
    text.push_str(&table(&rows(&section.figures)));
    if !section.cpu_us.is_empty() {
        let joined = |all: &[Median]| {
            all.iter().map(|one| format!("{} {}", one.name, value(one))).collect::<Vec<_>>().join("; ")
        };
        text.push_str(&table(&[("CPU for each", joined(&section.cpu_us)), ("memory", joined(&section.memory_mib))]));
    }
    text.push_str(&section.verdicts.iter().map(verdict).collect::<String>());
    text.push_str(&curves(section));
    if section.seconds.len() > 3 {
        // The last second is not a whole one.
        let points = section.seconds.iter().take(section.seconds.len() - 1).enumerate();
        let points = points.map(|(second, done)| (second as f64, f64::from(*done))).collect();
        let (x, y) = (
            Axis { title: "second of the run", scale: Scale::Linear },
            Axis { title: "done a second", scale: Scale::Linear },
        );
        text.push_str(&lines(&x, &y, None, &[Line { name: "first run".to_owned(), points }]));
    }
    let broken = section.broken.iter().map(|what| format!("<p class=\"warn\">Not as promised, {}</p>", escape(what)));
    text + &broken.collect::<String>() + &small(&section.notes)
}

fn verdict(verdict: &Verdict) -> String {
    let class = if verdict.worth == Worth::BelowFloor { " class=\"warn\"" } else { "" };
    format!("<p{class}>{}</p>", escape(&verdict.words))
}

fn small(lines: &[String]) -> String {
    lines.iter().map(|line| format!("<p><small>{}</small></p>", escape(line))).collect()
}

/// Latency over the share of what took no longer, with room for the last thousandth.
fn curves(section: &Section) -> String {
    let nines = |share: f64| 1.0 / (1.0 - share);
    let plotted: Vec<Line> = section
        .curves
        .iter()
        .map(|(name, points)| Line {
            name: name.clone(),
            points: points.iter().map(|(share, ms)| (nines(*share), *ms)).collect(),
        })
        .collect();
    let marks = [(2.0, "50 %"), (10.0, "90 %"), (100.0, "99 %"), (1_000.0, "99.9 %"), (10_000.0, "99.99 %")];
    let most = plotted.iter().flat_map(|line| &line.points).map(|point| point.0).fold(1.0, f64::max);
    let marks: Vec<(f64, String)> =
        marks.into_iter().filter(|(at, _)| *at <= most * 1.1).map(|(at, text)| (at, text.to_owned())).collect();
    let (x, y) = (
        Axis { title: "share that took no longer (first run)", scale: Scale::Log },
        Axis { title: "ms", scale: Scale::Log },
    );
    lines(&x, &y, Some(&marks), &plotted)
}

fn table<N: AsRef<str>>(rows: &[(N, String)]) -> String {
    let row = |(name, value): &(N, String)| {
        format!("<tr><th>{}</th><td class=\"n\">{}</td></tr>", escape(name.as_ref()), escape(value))
    };
    format!("<table>{}</table>", rows.iter().map(row).collect::<String>())
}
