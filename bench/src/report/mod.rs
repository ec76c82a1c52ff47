//! What was measured, as JSON, as a page, and on the terminal.

mod html;
mod median;
mod plot;
mod text;
mod verdict;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

pub use median::{Median, Section};
pub use text::{end, head, section, value};
pub use verdict::{Verdict, Worth, verdicts};

use crate::{
    growth::Growth,
    load::Latency,
    machine::{Durability, Machine},
    usage::Usage,
};

/// One run of one scenario.
#[derive(Default)]
pub struct Run {
    pub figures: Vec<Figure>,
    pub latencies: Vec<(&'static str, Latency)>,
    pub usage: Usage,
    /// What the CPU is divided by: messages, replies, receipts.
    pub done: u64,
    /// Done in each second.
    pub seconds: Vec<u32>,
    pub notes: Vec<String>,
    /// What should have happened and did not: with any of it the call of `cargo xtask bench` fails in the end.
    pub broken: Vec<String>,
}

/// One number with its unit.
#[derive(Debug, Clone)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub value: f64,
}

impl Run {
    pub fn figure(&mut self, name: &str, unit: &'static str, value: f64) {
        self.figures.push(Figure { name: name.to_owned(), unit, value });
    }

    /// None may be missing: `what` says what happened to so many of them.
    pub fn all_of(&mut self, missing: u64, what: &str) {
        if missing > 0 {
            self.broken.push(format!("{missing} {what}"));
        }
    }

    /// Says what went wrong, by what it was.
    pub fn failures(&mut self, failed: &BTreeMap<String, u64>) {
        self.figure("failed", "", failed.values().sum::<u64>() as f64);
        self.broken.extend(failed.iter().map(|(why, count)| format!("{count} × {why}")));
    }
}

/// Everything of one call of `cargo xtask bench`.
#[derive(Serialize)]
pub struct Report {
    pub okno: String,
    /// What this was built from, as far as git tells.
    pub commit: String,
    pub started_at: String,
    pub command: String,
    /// What every run had, whether it was said or not.
    pub settings: String,
    /// A quick check or a debug build: the figures mean nothing.
    pub only_a_check: bool,
    pub machine: Machine,
    pub durability: Durability,
    pub sections: Vec<Section>,
    pub growth: Option<Growth>,
    /// What Okno commits, as a share of what the limit program does.
    pub ratio_to_limit: Option<f64>,
}

impl Report {
    pub fn add(&mut self, section: Section) {
        self.sections.push(section);
        let of = |name: &str| {
            let section = self.sections.iter().find(|section| section.name == name)?;
            section.figures.iter().find(|figure| figure.name == "stored").map(|figure| figure.median)
        };
        self.ratio_to_limit = of("throughput").zip(of("limit")).map(|(ours, limit)| ours / limit);
    }

    /// What should have happened in any scenario and did not.
    pub fn broken(&self) -> Vec<String> {
        let of = |section: &Section| section.broken.iter().map(|what| format!("{}, {what}", section.name)).collect();
        self.sections.iter().flat_map::<Vec<_>, _>(of).collect()
    }

    /// What lies below its floor.
    pub fn below_floor(&self) -> Vec<String> {
        let below = |section: &Section| {
            let below = section.verdicts.iter().filter(|verdict| verdict.worth == Worth::BelowFloor);
            below.map(|verdict| format!("{}, {}", section.name, verdict.words)).collect()
        };
        self.sections.iter().flat_map::<Vec<_>, _>(below).collect()
    }

    /// Writes `report.json` and `report.html`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(folder.join("report.json"), serde_json::to_vec_pretty(self)?)?;
        Ok(fs::write(folder.join("report.html"), html::page(self))?)
    }
}
